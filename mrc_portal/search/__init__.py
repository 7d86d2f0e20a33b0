"""Finds works by words. Apps describe what they hold as entries; nobody outside knows the index.

`search(Query(...))` finds, `register(source)` tells the engine what there is. Keeping the index
fresh and whole lives in `mrc_portal.search.upkeep`, which needs loaded models.
"""

from mrc_portal.search.entries import Entry, PageText, Source, key_of, register, split_key
from mrc_portal.search.glossary import Concept, Glossary, register_glossary
from mrc_portal.search.queries import (
    Addition,
    FacetValue,
    Hit,
    Notes,
    PageHit,
    Query,
    Replacement,
    Results,
    SearchUnavailable,
    Snippet,
)
from mrc_portal.search.searching import search

__all__ = [
    "Addition",
    "Concept",
    "Entry",
    "FacetValue",
    "Glossary",
    "Hit",
    "Notes",
    "PageHit",
    "PageText",
    "Query",
    "Replacement",
    "Results",
    "SearchUnavailable",
    "Snippet",
    "Source",
    "key_of",
    "register",
    "register_glossary",
    "search",
    "split_key",
]
