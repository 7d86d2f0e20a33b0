"""What becomes public and what can be followed, as the rooms announce it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet
from django.http import Http404, QueryDict

from mrc_portal.alerts.models import MAX_QUERY

Name = tuple[str, int]  # the kind of a record, and its number among those


@dataclass(frozen=True)
class Told:
    """A record as a letter tells of it: plain text, in the language of the letter."""

    title: str
    lines: tuple[str, ...]
    path: str  # of its page
    at: datetime.datetime  # what the newest stand first by


@dataclass(frozen=True)
class Kind:
    """A kind of records that become public one by one."""

    name: str
    public: Callable[[], QuerySet[Any]]  # what readers may see now
    load: Callable[[Collection[int]], Mapping[int, Any]]  # of those, with all that is told
    tell: Callable[[Any, str], Told]  # of a record in one of its languages
    has_versions: bool = True  # which are ready each on its own: Publishable


@dataclass(frozen=True)
class Followable:
    """A list that can be followed, narrowed by a query as it stands in the list's address."""

    name: str
    kinds: tuple[str, ...]  # that it lists; if none is named, every kind that has versions
    # The query with what makes sense alone. None if there is no such list.
    normal: Callable[[QueryDict], str | None]
    title: Callable[[QueryDict], str]  # of a normal query, in the language that is active
    path: Callable[[QueryDict], str]
    # Which of these records are in the list now.
    among: Callable[[QueryDict, Collection[Name]], Collection[Name]]
    # Languages that were asked for: a record is news once it is there in one of them.
    languages: Callable[[QueryDict], tuple[str, ...]] = lambda data: ()

    def lists(self, kind: str) -> bool:
        return kind in self.kinds if self.kinds else _kinds[kind].has_versions


_kinds: dict[str, Kind] = {}
_followables: dict[str, Followable] = {}


def register_kind(kind: Kind) -> None:
    """Let what becomes public of this kind be news. Called once, in AppConfig.ready()."""
    _kinds[kind.name] = kind


def register_followable(followable: Followable) -> None:
    """Let readers follow this list. Called once, in AppConfig.ready()."""
    _followables[followable.name] = followable


def kinds() -> list[Kind]:
    return list(_kinds.values())


def kind_named(name: str) -> Kind:
    return _kinds[name]


@dataclass(frozen=True)
class Followed:
    """One list with one query: what a subscription is about."""

    followable: Followable
    query: str

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.query)

    @property
    def title(self) -> str:
        return self.followable.title(self.data)

    @property
    def words(self) -> str:
        """What was typed, and not chosen from what the portal offers."""
        return self.data.get("q", "")

    @property
    def title_without_words(self) -> str:
        data = self.data.copy()
        data.pop("q", None)
        return self.followable.title(data)

    @property
    def path(self) -> str:
        return self.followable.path(self.data)


def followed(what: str, data: QueryDict) -> Followed:
    """The list that an address or a form names. Raises Http404 if there is no such list."""
    followable = _followables.get(what)
    understood = followable.normal(data) if followable else None
    if followable is None or understood is None:
        raise Http404
    query = urlencode(sorted(parse_qsl(understood)))
    if len(query) > MAX_QUERY:  # nobody types so much
        raise Http404
    return Followed(followable, query)


def still_followed(what: str, query: str) -> Followed | None:
    """What a subscription is about; None when there is no such list any more.

    A topic that is gone must not leave a subscription to everything behind."""
    chosen = QueryDict(query)
    try:
        its = followed(what, chosen)
    except Http404:
        return None
    return its if its.data.keys() == chosen.keys() else None


def list_path(address: str, data: QueryDict) -> str:
    """For the rooms: the address of a list with its query."""
    query = data.urlencode()
    return f"{address}?{query}" if query else address
