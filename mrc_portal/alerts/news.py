"""What there is to tell a reader: each record once, under the first thing followed that has it."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from mrc_portal.alerts.followed import (
    Followable,
    Followed,
    Name,
    Told,
    kind_named,
    kinds,
    still_followed,
)
from mrc_portal.alerts.models import Appearance, Subscriber
from mrc_portal.languages import best_language
from mrc_portal.prose import printable
from mrc_portal.search import SearchUnavailable, upkeep
from mrc_portal.templatetags.portal_tags import language_label

logger = logging.getLogger(__name__)

# Of one list; further ones are behind a link.
MOST_ITEMS = 15


@dataclass(frozen=True)
class Group:
    """What is new in one list, the newest first."""

    title: str
    path: str
    items: list[Told]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.items)


@dataclass(frozen=True)
class _News:
    """What is new in one list: all of it, the newest first."""

    title: str
    path: str
    items: list[tuple[Name, Told]]


@dataclass(frozen=True)
class _Period:
    """What became public between two letters."""

    # The languages in which a record appeared, and in which it was there before.
    appeared: dict[Name, set[str]]
    before: dict[Name, set[str]]
    noted: dict[Name, datetime.datetime]


class NewsDesk:
    """Reads the news once for all the letters of one sending."""

    def __init__(self, until: datetime.datetime) -> None:
        self.until = until
        self._periods: dict[datetime.datetime, _Period] = {}
        self._records: dict[Name, Any] = {}
        self._looked_for: set[Name] = set()
        self._found: dict[tuple[datetime.datetime, str, str], frozenset[Name]] = {}
        self._news: dict[tuple[datetime.datetime, str, str, str], _News] = {}
        try:
            upkeep.catch_up()  # what the index lacks, a saved search would miss for ever
        except SearchUnavailable as error:
            logger.warning("Letters are written without search: %s", error)

    def news_for(self, subscriber: Subscriber) -> list[Group]:
        """What became public since the last letter and is still there; empty lists are left out."""
        told: set[Name] = set()
        groups = []
        with translation.override(subscriber.language):
            for subscription in subscriber.subscriptions.all():
                news = self._news_of(
                    subscriber.told_until,
                    subscription.what,
                    subscription.query,
                    subscriber.language,
                )
                items = [item for name, item in news.items if name not in told]
                if items:
                    told |= {name for name, _item in news.items}
                    groups.append(Group(news.title, news.path, items[:MOST_ITEMS], len(items)))
        return groups

    def _news_of(self, since: datetime.datetime, what: str, query: str, language: str) -> _News:
        """Of one list, in the language that is active; asked once for all who follow it so."""
        key = (since, what, query, language)
        if key not in self._news:
            its = still_followed(what, query)
            self._news[key] = self._read(its, since, language) if its else _News("", "", [])
        return self._news[key]

    def _read(self, its: Followed, since: datetime.datetime, language: str) -> _News:
        period = self._period(since)
        languages = its.followable.languages(its.data)
        items = [
            (name, item)
            for name in self._among(its, period, since)
            if (item := self._tell(name, period, language, languages))
        ]
        items.sort(key=lambda it: (it[1].at, it[0]), reverse=True)
        return _News(_line(its.title), its.path, items)

    def _period(self, since: datetime.datetime) -> _Period:
        if since not in self._periods:
            rows = Appearance.objects.filter(noted_at__gt=since, noted_at__lte=self.until)
            period = _Period({}, {}, {})
            for kind, record, language, noted_at in rows.values_list(
                "kind", "record", "language", "noted_at"
            ):
                period.appeared.setdefault((kind, record), set()).add(language)
                period.noted[kind, record] = noted_at
            for name in _earlier(period.appeared, since):
                period.before.setdefault(name[:2], set()).add(name[2])
            self._periods[since] = period
            self._load(period.appeared)
        return self._periods[since]

    def _load(self, names: Iterable[Name]) -> None:
        """Read those that are public still."""
        wanted: dict[str, list[int]] = {}
        for kind, pk in set(names) - self._looked_for:
            wanted.setdefault(kind, []).append(pk)
        known = {kind.name for kind in kinds()}
        for kind, pks in wanted.items():
            if kind in known:
                records = kind_named(kind).load(pks)
                self._records |= {(kind, pk): record for pk, record in records.items()}
        self._looked_for |= set(names)

    def _among(self, its: Followed, period: _Period, since: datetime.datetime) -> frozenset[Name]:
        """What of the news the list has; asked once for all who follow it."""
        key = (since, its.followable.name, its.query)
        if key not in self._found:
            self._found[key] = frozenset(self._ask(its.followable, its, period))
        return self._found[key]

    def _ask(self, followable: Followable, its: Followed, period: _Period) -> set[Name]:
        names = [
            name
            for name in sorted(period.appeared)
            if name in self._records and followable.lists(name[0])
        ]
        return set(followable.among(its.data, names)) & set(names) if names else set()

    def _tell(
        self, name: Name, period: _Period, wanted: str, languages: tuple[str, ...]
    ) -> Told | None:
        """The record in the version that this reader gets, if that version is what is new."""
        kind, record = kind_named(name[0]), self._records[name]
        if not kind.has_versions:
            return _plain(kind.tell(record, wanted))
        ready = record.ready_languages
        asked = [code for code in ready if code in languages]
        language = best_language(wanted, asked or ready, record.original_language)
        if language is None or language not in period.appeared[name]:
            return None
        told = _plain(kind.tell(record, language))
        if period.before.get(name):
            also = _("The version %(language)s is new.") % {"language": language_label(language)}
            told = replace(told, lines=(also, *told.lines), at=period.noted[name])
        elif wanted not in ready:
            # Translators: language is one or more, as in "in Russian, in English".
            only = _("So far only %(language)s.") % {
                "language": ", ".join(language_label(code) for code in ready)
            }
            told = replace(told, lines=(only, *told.lines))
        return told


def _earlier(
    appeared: dict[Name, set[str]], since: datetime.datetime
) -> Iterable[tuple[str, int, str]]:
    by_kind: dict[str, list[int]] = {}
    for kind, record in appeared:
        by_kind.setdefault(kind, []).append(record)
    for kind, records in by_kind.items():
        for start in range(0, len(records), 500):  # SQLite takes so many parameters, and more
            some = records[start : start + 500]
            rows = Appearance.objects.filter(kind=kind, record__in=some, noted_at__lte=since)
            yield from rows.values_list("kind", "record", "language")


def _plain(told: Told) -> Told:
    lines = tuple(line for line in map(_line, told.lines) if line)
    return replace(told, title=_line(told.title), lines=lines)


def _line(text: str) -> str:
    """On one line, without what mail programs trip over."""
    return " ".join(printable(text).split())
