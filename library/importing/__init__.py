"""Whole collections brought in at once: a spreadsheet or a bibliography, and the files it names.

A row becomes a document, unsaved: looked at, all rows together are a dry run; written in one
transaction, they are the import. Nothing is ever deleted, and an empty cell leaves what is stored.
"""
