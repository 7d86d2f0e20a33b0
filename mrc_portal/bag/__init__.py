"""The whole portal as a folder: records, files and history in the form of BagIt (RFC 8493), out of
one portal and into another, whichever database it has. docs/operating.md says what is in it."""
