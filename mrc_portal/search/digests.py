"""A few bytes that tell what an entry was made of: whether the index holds it as it is now."""

from __future__ import annotations

import hashlib

from mrc_portal.search.entries import Entry

DIGEST_BYTES = 16


def digest_of(entry: Entry) -> bytes:
    """The same for the same contents, in whatever order an app gives names, choices and pages."""
    contents = (
        entry.key,
        entry.visible_from.timestamp(),
        entry.languages,
        sorted(entry.titles.items()),
        sorted(entry.texts.items()),
        sorted(entry.names),
        sorted((facet, sorted(values)) for facet, values in entry.facets.items()),
        entry.date and entry.date.toordinal(),
        sorted(
            _digest(f"{page.file} {page.number} {page.language} {page.text}")
            for page in entry.pages
        ),
    )
    return _digest(repr(contents))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).digest()
