"""One page of a list that the search engine found: rows, counted choices, the way on.

Rooms list their own records with it, and the search of the whole portal lists all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from mrc_portal import search
from mrc_portal.languages import OWN_NAMES, Wording, current_language
from mrc_portal.publishing import Publishable
from mrc_portal.search.suggesting import fewer_words, similar_names
from mrc_portal.templatetags.portal_tags import facet_label

ROWS_PER_PAGE = 20
# Deeper pages help nobody and cost much; the search is narrowed instead.
LAST_PAGE = 500
CHOICES_PER_FACET = 12
NEAR_NAMES = 6

Chosen = Mapping[str, tuple[str, ...]]
# What the values of each facet are called; a value without a label is not offered.
Labels = Mapping[str, Mapping[str, str | Wording]]


@dataclass(frozen=True)
class Found:
    """A row of a list: the record, and where in it the words stand."""

    record: Any
    hit: search.Hit | None = None
    template: str = ""  # of the row, where records of several kinds are mixed


@dataclass(frozen=True)
class FacetChoice:
    label: str | Wording
    count: int
    is_chosen: bool
    query: str  # the address's query with this choice made or taken back


@dataclass(frozen=True)
class Facet:
    name: str
    choices: list[FacetChoice]
    more: list[FacetChoice]

    @property
    def chosen(self) -> list[FacetChoice]:
        return [choice for choice in [*self.choices, *self.more] if choice.is_chosen]


@dataclass(frozen=True)
class Sought:
    """What pages that are led to by a search mark: what was searched in the end."""

    words: str = ""
    with_glossary: bool = True

    @cached_property
    def query(self) -> str:
        """As it stands in addresses; empty when nothing is to be marked."""
        if not self.words:
            return ""
        return urlencode({"q": self.words}) + (f"&{self.kept}" if self.kept else "")

    @property
    def kept(self) -> str:
        """The part beside the words, which outlives the filters."""
        return "" if self.with_glossary else "glossary=off"


@dataclass(frozen=True)
class Fewer:
    """A search for fewer words than were typed, and how many records it finds."""

    left_out: list[str]
    words: str
    total: int
    keeps_filters: bool


@dataclass(frozen=True)
class WaysOn:
    """What else may help when nothing was found."""

    total_without_filters: int = 0
    fewer: list[Fewer] = field(default_factory=list)
    names: list[Wording] = field(default_factory=list)  # of the glossary, like the words typed


Row = TypeVar("Row")


@dataclass(frozen=True)
class PageOfRows(Generic[Row]):
    """One page of a list of ROWS_PER_PAGE rows a page."""

    rows: list[Row]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS_PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True)
class Listing(PageOfRows[Found]):
    """A page from the search engine or, when that is away, the database."""

    facets: list[Facet] = field(default_factory=list)
    notes: Any = ()
    sought: Sought = Sought()
    ways_on: WaysOn | None = None  # when there are no rows
    is_search_down: bool = False


def search_page(query: search.Query, page: int) -> tuple[search.Results, int, int]:
    """The results on a page, its number and that of the last page; beyond the last is the last.

    Raises SearchUnavailable."""
    page = min(max(page, 1), LAST_PAGE)
    results = _search(query, page)
    last_page = min(max(-(-results.total // ROWS_PER_PAGE), 1), LAST_PAGE)
    if page > last_page:
        page = last_page
        results = _search(query, page)
    return results, page, last_page


def _search(query: search.Query, page: int) -> search.Results:
    offset = (page - 1) * ROWS_PER_PAGE
    return search.search(replace(query, offset=offset, limit=ROWS_PER_PAGE))


def ways_on(query: search.Query, base: Mapping[str, tuple[str, ...]] | None = None) -> WaysOn:
    """What a reader might search instead of this, which has found nothing. `base` are filters
    that nobody has chosen: those of a room that lists only its own."""
    if not query.text:
        return WaysOn()
    unfiltered = replace(query, filters=base or {})
    has_filters = query.filters != unfiltered.filters
    total = _count(unfiltered) if has_filters else 0
    fewer = _fewer(query, keeps_filters=True)
    if has_filters and not total and not fewer:
        fewer = _fewer(unfiltered, keeps_filters=False)
    names = similar_names(query.text, query.language, NEAR_NAMES)
    return WaysOn(total, fewer, [Wording(name, code) for code, name in names])


def _fewer(query: search.Query, *, keeps_filters: bool) -> list[Fewer]:
    try:
        attempts = fewer_words(query.text, query.filters)
    except search.SearchUnavailable:
        return []
    return [
        Fewer(left_out, words, total, keeps_filters)
        for left_out, words in attempts
        if (total := _count(replace(query, text=words)))
    ]


def _count(query: search.Query) -> int:
    """How many records this finds; 0 as well when the index is away."""
    try:
        return search.search(replace(query, facets=(), offset=0, limit=0)).total
    except search.SearchUnavailable:
        return 0


def public_part(
    hit: search.Hit, record: Publishable, files: Collection[str] = frozenset()
) -> search.Hit:
    """The hit without passages from files and language versions that are no longer public.

    `files` are those of the record that readers may have."""
    snippets = tuple(
        it
        for it in hit.snippets
        if (it.file in files if it.file else it.language in record.ready_languages)
    )
    more_pages = tuple(it for it in hit.more_pages if it.file in files)
    shown = sum(1 for it in snippets if it.file) + len(more_pages)
    is_whole = len(snippets) == len(hit.snippets) and len(more_pages) == len(hit.more_pages)
    # How many pages there are of what is public, nobody knows before the index has caught up.
    page_total = max(hit.page_total, shown) if is_whole else shown
    hit = replace(hit, snippets=snippets, more_pages=more_pages, page_total=page_total)
    return _with_one_passage(hit)


def _with_one_passage(hit: search.Hit) -> search.Hit:
    """With the best passage in the reader's language, else the best; other pages are listed with
    the further ones. A second passage of each row would cost a phone as much as all the rest."""
    shown = sorted(hit.snippets, key=lambda it: it.language != current_language())[:1]
    others = [
        search.PageHit(it.file, it.number, it.language)
        for it in hit.snippets
        if it not in shown and it.file and it.number
    ]
    more_pages = sorted(
        [*hit.more_pages, *others], key=lambda it: (it.language, it.file, it.number)
    )
    return replace(hit, snippets=tuple(shown), more_pages=tuple(more_pages))


def name_facets(
    names: Collection[str],
    counted: Mapping[str, list[search.FacetValue]],
    chosen: Mapping[str, tuple[str, ...]],
    labels: Labels,
    data: QueryDict,
) -> list[Facet]:
    """The counted values with their labels; chosen ones come first, even without a hit."""
    facets = []
    for name in names:
        counts = {value.value: value.count for value in counted.get(name, [])}
        own_choice = chosen.get(name, ())
        values = [*own_choice, *(value for value in counts if value not in own_choice)]
        choices = [
            FacetChoice(
                label=labels[name][value],
                count=counts.get(value, 0),
                is_chosen=value in own_choice,
                query=toggled(data, name, value),
            )
            for value in values
            if value in labels[name]
        ]
        if choices:
            facets.append(Facet(name, choices[:CHOICES_PER_FACET], choices[CHOICES_PER_FACET:]))
    return facets


def toggled(data: QueryDict, name: str, value: str) -> str:
    """The query string with this choice added, or taken away if it is there; back to page 1."""
    values = {key: its for key, its in data.lists() if key != "page"}
    own = values.get(name, [])
    values[name] = [it for it in own if it != value] if value in own else [*own, value]
    return urlencode(values, doseq=True)


def values_of(
    name: str,
    counted: Mapping[str, list[search.FacetValue]],
    chosen: Mapping[str, tuple[str, ...]],
) -> set[str]:
    """All values of a facet that a page may have to name."""
    return {it.value for it in counted.get(name, [])} | set(chosen.get(name, ()))


def language_labels() -> dict[str, Wording]:
    return {code: Wording(name, code) for code, name in OWN_NAMES.items()}


# A list told in words: to letters and feeds


def in_words(name: str, words: str, chosen: Chosen, labels: Labels) -> str:
    """A list with its words and choices: "Library (“pensions”; topic: Labour)"."""
    parts = list(_choices(words, chosen, labels))
    if not parts:
        return name
    # Translators: a list and what was chosen from it, as in "Library (topic: Labour)".
    return _("%(list)s (%(choices)s)") % {"list": name, "choices": "; ".join(parts)}


def _choices(words: str, chosen: Chosen, labels: Labels) -> Iterable[str]:
    if words:
        # Translators: words that were searched for, quoted.
        yield _("“%(words)s”") % {"words": words}
    for facet, values in chosen.items():
        names = [str(labels.get(facet, {}).get(value, value)) for value in values]
        # Translators: a filter and what was chosen in it, as in "topic: Labour, Health".
        yield _("%(facet)s: %(choices)s") % {
            "facet": facet_label(facet).lower(),
            "choices": ", ".join(names),
        }
