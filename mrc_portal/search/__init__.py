"""Finds works by words. Apps describe what they hold as entries; nobody outside knows the index.

`search(Query(...))` finds, `register(source)` tells the engine what there is. Keeping the index
fresh and whole lives in `mrc_portal.search.upkeep`, which needs loaded models.
"""

from mrc_portal.search.entries import Entry, PageText, Source, key_of, register, split_key
from mrc_portal.search.queries import (
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
    "Entry",
    "FacetValue",
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
    "search",
    "split_key",
]
