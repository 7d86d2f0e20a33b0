"""The Atom feed of a search of the whole portal: what every room has published last.

Beside it stands what the rooms need for the feeds of their own searches."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mrc_portal import search
from mrc_portal.context_processors import site_url
from mrc_portal.feeds import MOST_ENTRIES, FeedEntry, atom_feed
from mrc_portal.languages import current_language
from mrc_portal.listing import in_words
from mrc_portal.search.searching import MAX_LIMIT
from mrc_portal.site_search import SiteFilter, newest_entries

logger = logging.getLogger(__name__)

# Among so many of what is found, those that were published last are told. The engine knows when a
# record was issued, and an old report may be new here. Words cost more: where they stand is looked
# up for each record, and every question asks whether the glossary has changed.
MOST_FOUND, MOST_FOUND_BY_WORDS = 1_000, 200


@require_safe
def search_feed(request: HttpRequest) -> HttpResponse:
    filters = SiteFilter(request.GET)
    return atom_feed(
        request,
        title=in_words(
            _("What is new in the Migrant Rights Information Center"),
            filters.words,
            filters.chosen,
            filters.labels,
        ),
        subtitle=_("Documents, events, press releases, plans and letters."),
        page=reverse("search"),
        path=reverse("search_feed"),
        query=filters.query,
        entries=_newest(filters, site_url(request)),
    )


def _newest(filters: SiteFilter, site: str) -> list[FeedEntry]:
    found = None
    if filters.words or filters.chosen:
        keys = found_keys(filters.words, filters.chosen, with_glossary=filters.with_glossary)
        found = None if keys is None else [search.split_key(key) for key in keys]
    entries = newest_entries(filters, found, site, MOST_ENTRIES)
    return sorted(entries, key=attrgetter("published"), reverse=True)[:MOST_ENTRIES]


def found_keys(
    words: str, chosen: Mapping[str, tuple[str, ...]], *, with_glossary: bool = True
) -> list[str] | None:
    """The keys of what a search finds, whatever order the reader has chosen, if need be of those
    issued last; None while the engine is away, and the database has to answer."""
    most = MOST_FOUND_BY_WORDS if words else MOST_FOUND
    query = search.Query(
        text=words,
        filters=chosen,
        sort="newest",  # by which the engine never leaves out a word to find more
        language=current_language(),
        limit=min(most, MAX_LIMIT),
        with_glossary=with_glossary,
    )
    keys: list[str] = []
    try:
        for offset in range(0, most, query.limit):
            results = search.search(replace(query, offset=offset))
            keys += [hit.key for hit in results.hits]
            if offset + query.limit >= results.total:
                break
    except search.SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return None
    return keys
