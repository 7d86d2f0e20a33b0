"""The search of the whole portal: records of every room in one list.

A room announces its kinds of records with register_room(); nothing of them is known here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import CharField, QuerySet, Value
from django.http import QueryDict
from django.utils.functional import Promise

from mrc_portal import search
from mrc_portal.feeds import FeedEntry
from mrc_portal.filters import (
    SORT_CHOICES,
    GlossaryField,
    KnownChoicesField,
    SortField,
    YearField,
    query_string,
)
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    Wording,
    columns_of,
    current_language,
    every_column,
)
from mrc_portal.listing import (
    ROWS_PER_PAGE,
    Found,
    Labels,
    Listing,
    Sought,
    language_labels,
    name_facets,
    public_part,
    search_page,
    values_of,
    ways_on,
)
from mrc_portal.publishing import Publishable
from mrc_portal.search.suggesting import begins, names_beginning, typed_words, works_beginning
from mrc_portal.search.within import with_replacements

logger = logging.getLogger(__name__)

FACETS = ("room", "topic", "language", "year", "project")
SUGGESTIONS = 8
NAMES_SUGGESTED = 4  # so that titles find a place beside the words of the glossary


# The kind of a record, and its number among those of its kind.
Name = tuple[str, int]
Loader = Callable[[Collection[Name]], Mapping[Name, Any]]


# As entries of a feed those of some records that were published last: (the public records of each
# kind, without their columns; the address of the portal; how many are enough).
Newest = Callable[[Mapping[str, QuerySet[Any]], str, int], Iterable[FeedEntry]]


def no_labels() -> Labels:
    return {}


@dataclass(frozen=True)
class Room:
    """A kind of records that the portal's search lists."""

    # What its keys in the index begin with.
    name: str
    label: str | Promise  # of the room that it belongs to
    template: str  # of a row; it gets record and hit
    # The records behind these names that readers may see now, with all that a row shows. Kinds
    # with the same loader are loaded together, by one call.
    load: Loader
    # What the database finds by the words and the chosen filters, with a column `day` to sort by
    # that is never empty: for the time when the index is away.
    find: Callable[[str, Mapping[str, tuple[str, ...]]], QuerySet[Any]]
    # The records of a feed; kinds with the same function are told together, by one call of it.
    newest: Newest
    # A hit without what is no longer public.
    public_hit: Callable[[search.Hit, Any], search.Hit] = public_part
    # What the values of facets are called that this room brings, such as its topics.
    labels: Callable[[], Labels] = field(default=no_labels)
    # The room that several kinds of records share; empty where a kind has one to itself.
    shared: str = ""

    @property
    def facet(self) -> str:
        """The value of the facet "room"."""
        return self.shared or self.name


def loader_of(name: str, load: Callable[[Collection[int]], Mapping[int, Any]]) -> Loader:
    """A loader of one kind of records alone, by their numbers."""
    return lambda names: {
        (name, pk): record for pk, record in load([pk for _name, pk in names]).items()
    }


_rooms: dict[str, Room] = {}


def register_room(room: Room) -> None:
    """Let the portal's search list a room's records. Called once, in AppConfig.ready()."""
    _rooms[room.name] = room


class SiteFilter:
    """What a reader has typed and chosen, as far as it makes sense."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data

    @cached_property
    def labels(self) -> Labels:
        """What may be chosen, by facet; but for the years, any of which may be."""
        labels: dict[str, Mapping[str, str | Wording]] = {"topic": {}, "project": {}}
        for room in _rooms.values():
            labels |= room.labels()
        labels["room"] = {room.facet: str(room.label) for room in _rooms.values()}
        labels["language"] = language_labels()
        return labels

    @cached_property
    def values(self) -> dict[str, Any]:
        form = _SiteSearchForm(self.data, self.labels)
        form.is_valid()
        return form.cleaned_data

    @property
    def words(self) -> str:
        return self.values.get("q") or ""

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses and in the search index."""
        chosen = {name: tuple(str(it) for it in self.values.get(name) or []) for name in FACETS}
        return {name: values for name, values in chosen.items() if values}

    @property
    def query(self) -> str:
        """What was understood, but for the order, as it stands in addresses."""
        return query_string(self.words, self.chosen, with_glossary=self.with_glossary)

    @property
    def order(self) -> str:
        return self.values.get("sort") or "relevance"

    @property
    def with_glossary(self) -> bool:
        return self.values["glossary"]


class _SiteSearchForm(forms.Form):
    q = forms.CharField(required=False)
    room = KnownChoicesField(required=False)
    topic = KnownChoicesField(required=False)
    language = KnownChoicesField(choices=list(OWN_NAMES.items()), required=False)
    year = YearField(required=False)
    project = KnownChoicesField(required=False)
    sort = SortField(choices=SORT_CHOICES, required=False)
    glossary = GlossaryField(required=False)

    def __init__(self, data: QueryDict, labels: Labels) -> None:
        super().__init__(data)
        for name in ("room", "topic", "project"):
            self.fields[name].choices = list(labels[name].items())  # type: ignore[attr-defined]


def list_everything(filters: SiteFilter, page: int) -> Listing:
    """The page of records that the filters ask for; a page beyond the last is the last."""
    query = search.Query(
        text=filters.words,
        filters=filters.chosen,
        sort=filters.order,
        language=current_language(),
        facets=FACETS,
        with_glossary=filters.with_glossary,
    )
    try:
        results, page, last_page = search_page(query, page)
    except search.SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return _list_from_database(filters, page)
    labels = _labels(results.facets, filters)
    return Listing(
        rows=_read_found(results.hits),
        total=results.total,
        page=page,
        pages=last_page,
        facets=name_facets(FACETS, results.facets, filters.chosen, labels, filters.data),
        notes=results.notes,
        sought=Sought(with_replacements(filters.words, results.notes), filters.with_glossary),
        ways_on=None if results.total else ways_on(query),
    )


def _labels(counted: Mapping[str, list[search.FacetValue]], filters: SiteFilter) -> Labels:
    years = values_of("year", counted, filters.chosen)
    return {**filters.labels, "year": {year: year for year in years}}


def _read_found(hits: Iterable[search.Hit]) -> list[Found]:
    """The rows as the database has them now: an index that lags never shows what is not public."""
    names = [search.split_key(hit.key) for hit in hits]
    records = _load(names)
    return [
        Found(records[key], _rooms[key[0]].public_hit(hit, records[key]), _rooms[key[0]].template)
        for hit, key in zip(hits, names, strict=True)
        if key in records
    ]


def _load(names: Iterable[Name]) -> dict[Name, Any]:
    """The public ones of these records."""
    wanted: dict[Loader, list[Name]] = {}
    for name in names:
        if name[0] in _rooms:
            wanted.setdefault(_rooms[name[0]].load, []).append(name)
    return {name: record for load, its in wanted.items() for name, record in load(its).items()}


def _list_from_database(filters: SiteFilter, page: int) -> Listing:
    """Titles and summaries only, the newest first."""
    chosen = filters.chosen
    facets = chosen.get("room")
    rooms = [room for room in _rooms.values() if not facets or room.facet in facets]
    parts = [
        columns_of(
            room.find(filters.words, chosen).annotate(room=Value(room.name, CharField())),
            "room",
            "pk",
            "day",
        )
        for room in rooms
    ]
    keys = parts[0].union(*parts[1:], all=True).order_by("-day", "room", "-pk")
    rows = Paginator(keys, ROWS_PER_PAGE).get_page(page)
    names = [(name, pk) for name, pk, _day in rows]
    records = _load(names)
    labels = _labels({}, filters)
    return Listing(
        rows=[Found(records[it], None, _rooms[it[0]].template) for it in names if it in records],
        total=rows.paginator.count,
        page=rows.number,
        pages=rows.paginator.num_pages,
        facets=name_facets(FACETS, {}, chosen, labels, filters.data) if chosen else [],
        sought=Sought(filters.words, filters.with_glossary),
        is_search_down=True,
    )


def newest_entries(
    filters: SiteFilter, found: Collection[Name] | None, site: str, most: int
) -> Iterator[FeedEntry]:
    """Of each loader's kinds as many entries of a feed as are enough, in no order: of what the
    engine has found or, without that, of what the database finds."""
    chosen = filters.chosen
    wanted: dict[Newest, dict[str, QuerySet[Any]]] = {}
    if found is None:
        facets = chosen.get("room")
        for room in _rooms.values():
            if not facets or room.facet in facets:
                records = room.find(filters.words, chosen)
                wanted.setdefault(room.newest, {})[room.name] = records
    else:
        pks: dict[str, list[int]] = {}
        for name, pk in found:
            pks.setdefault(name, []).append(pk)
        for name, its in pks.items():
            if room := _rooms.get(name):  # type: ignore[assignment]
                records = room.find("", {}).filter(pk__in=its)
                wanted.setdefault(room.newest, {})[name] = records
    for newest, kinds in wanted.items():
        yield from newest(kinds, site, most)


# While typing


def suggest_words(text: str, room: str = "") -> list[Wording]:
    """What the words that are being typed may become: names of the glossary, then titles of what
    is public now, those in the reader's language first. Only of one room, if it is named."""
    words = typed_words(text)
    if not words:
        return []
    language = current_language()
    names = names_beginning(words, language, NAMES_SUGGESTED)
    try:
        works = works_beginning(words, {"room": (room,)} if room else {})
    except search.SearchUnavailable:
        works = []
    titles = [it for it in _titles(works) if begins(words, it.text)]
    titles.sort(key=lambda it: it.language != language)
    found = [*(Wording(name, code) for code, name in names), *titles]
    return list({it.casefold(): it for it in reversed(found)}.values())[::-1][:SUGGESTIONS]


def _titles(keys: Collection[str]) -> list[Wording]:
    """The titles of these works in all their languages, as far as readers may see them now; the
    works in their order."""
    wanted: dict[str, list[int]] = {}
    for name, pk in map(search.split_key, keys):
        wanted.setdefault(name, []).append(pk)
    parts = []
    for name, pks in wanted.items():
        records = _rooms[name].find("", {}) if name in _rooms else None
        if records is not None and issubclass(records.model, Publishable):
            named = records.filter(pk__in=pks).annotate(room=Value(name, CharField()))
            parts.append(columns_of(named, "room", "pk", *every_column("ready", "title")))
    if not parts:
        return []
    titles = {}
    for name, pk, *columns in parts[0].union(*parts[1:], all=True):
        ready, texts = columns[: len(LANGUAGE_CODES)], columns[len(LANGUAGE_CODES) :]
        titles[search.key_of(name, pk)] = [
            Wording(text, code)
            for code, is_ready, text in zip(LANGUAGE_CODES, ready, texts, strict=True)
            if is_ready and text
        ]
    return [title for key in keys for title in titles.get(key, ())]
