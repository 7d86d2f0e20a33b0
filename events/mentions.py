"""Events and press releases beside the records of the library: a document, an organisation, a
project, a topic. Both kinds are read in one query, which is written once for each of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import CharField, DateField, DateTimeField, F, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from events.models import (
    Event,
    EventMaterial,
    EventOrganisation,
    EventQuerySet,
    Happening,
    PressRelease,
    PressReleaseQuerySet,
)
from events.search import EVENT, RELEASE
from library.mentions import Mention, Mentions
from library.models import Document, Organisation, Project, Topic
from mrc_portal.dates import PartialDate
from mrc_portal.languages import (
    LANGUAGE_CODES,
    Wording,
    columns_of,
    current_language,
    every_column,
    localized,
)
from mrc_portal.prepared import Keys, Prepared
from mrc_portal.publishing import Publishable, User, may_see_drafts, status_line

# Of each kind; a centre that has held a hundred round tables links to the list of them.
MOST_MENTIONS = 8

# Columns that both kinds have, and those that only one has, with what stands there for the other.
IN_BOTH = [
    "slug",
    "original_language",
    "status",
    "publish_at",
    "is_demonstration",
    *every_column("ready", "title"),
]
NO_WORD = Value("", CharField())
IN_EVENTS = {
    "kind": NO_WORD,
    "date_precision": NO_WORD,
    "happening": NO_WORD,
    "starts_on": Cast(Value(None), DateField()),
    "ends_on": Cast(Value(None), DateField()),
    **{localized("happening_reason", code): NO_WORD for code in LANGUAGE_CODES},
}
IN_RELEASES = {
    "embargo_until": Cast(Value(None), DateTimeField()),
    "issue_day": Cast(Value(None), DateField()),
}


def find_mentions(records: list[models.Model], user: User) -> list[Mentions]:
    """Where these rows of one model of the library are spoken of, the newest first."""
    model = type(records[0])
    if model not in ABOUT:
        return []
    keys = {"records": [record.pk for record in records]}
    sees_drafts = tuple(may_see_drafts(user, it) for it in (Event, PressRelease))
    mentioned: dict[str, list[tuple[Any, Mention]]] = {EVENT: [], RELEASE: []}
    for prefix, pk, *values in _both.rows((model, sees_drafts), keys, timezone.now()):
        columns = dict(zip([*IN_BOTH, *IN_EVENTS, *IN_RELEASES], values, strict=True))
        make = _mention_event if prefix == EVENT else _mention_release
        mentioned[prefix].append(make(pk, columns))
    return [
        _group(_("Events"), mentioned[EVENT], _all_events(records[0])),
        _group(_("Press releases"), mentioned[RELEASE], _all_releases(records[0])),
    ]


def _group(title: str, found: list[tuple[Any, Mention]], more_url: str) -> Mentions:
    # What has no day yet is still to come: the newest of all.
    found.sort(key=lambda it: it[0] or datetime.date.max, reverse=True)
    items = [mention for _key, mention in found]
    is_cut = len(items) > MOST_MENTIONS
    return Mentions(title, items[:MOST_MENTIONS], more_url if is_cut else "")


# What is about a record


def _about_document(records: Sequence[int]) -> tuple[Q, Q]:
    materials = EventMaterial.objects.filter(document__in=records)
    about = PressRelease.documents.through._default_manager.filter(document__in=records)
    return (
        Q(pk__in=materials.values("event")) | Q(feedback_document__in=records),
        Q(pk__in=about.values("pressrelease")),
    )


def _about_organisation(records: Sequence[int]) -> tuple[Q, Q]:
    parts = EventOrganisation.objects.filter(organisation__in=records)
    through = PressRelease.organisations.through
    about = through._default_manager.filter(organisation__in=records)
    return Q(pk__in=parts.values("event")), Q(pk__in=about.values("pressrelease"))


def _about_topic(records: Sequence[int]) -> tuple[Q, Q]:
    events = Event.topics.through._default_manager.filter(topic__in=records)
    releases = PressRelease.topics.through._default_manager.filter(topic__in=records)
    return Q(pk__in=events.values("event")), Q(pk__in=releases.values("pressrelease"))


def _about_project(records: Sequence[int]) -> tuple[Q, Q]:
    return Q(project__in=records), Q(project__in=records)


# Which events and which releases are about records of a model.
ABOUT: dict[type[models.Model], Callable[[Sequence[int]], tuple[Q, Q]]] = {
    Document: _about_document,
    Organisation: _about_organisation,
    Topic: _about_topic,
    Project: _about_project,
}


# The newest of them, in one query


def _select_both(
    model: type[models.Model],
    sees_drafts: tuple[bool, bool],
    keys: Keys,
    moment: datetime.datetime,
) -> models.QuerySet[Any, Any]:
    events, releases = ABOUT[model](keys["records"])
    sees_events, sees_releases = sees_drafts
    about_events = Event.objects.spoken_of(sees_events, moment).filter(events)
    about_releases = PressRelease.objects.spoken_of(sees_releases, moment).filter(releases)
    return _select_events(about_events).union(_select_releases(about_releases), all=True)


_both = Prepared(_select_both)


def _select_events(events: EventQuerySet) -> models.QuerySet:
    newest = events.order_by(F("starts_on").desc(nulls_first=True), "-pk")
    chosen = Event.objects.filter(pk__in=newest.values("pk")[: MOST_MENTIONS + 1])
    return _select(EVENT, chosen, IN_RELEASES)


def _select_releases(releases: PressReleaseQuerySet) -> models.QuerySet:
    newest = releases.newest_first().values("pk")[: MOST_MENTIONS + 1]
    return _select(RELEASE, PressRelease.objects.filter(pk__in=newest).with_issue_day(), IN_EVENTS)


def _select(prefix: str, records: Any, missing: dict[str, Any]) -> models.QuerySet:
    """The columns of both kinds under numbers, as a model may not lend a name to something else."""
    names = [*IN_BOTH, *IN_EVENTS, *IN_RELEASES]
    expressions = [Value(prefix, CharField()), F("pk"), *(missing.get(it) or F(it) for it in names)]
    columns = {f"column_{number}": it for number, it in enumerate(expressions)}
    return columns_of(records.annotate(**columns), *columns)


# As one line


def _mention_event(pk: int, columns: dict[str, Any]) -> tuple[Any, Mention]:
    event = Event(pk=pk, **{name: columns[name] for name in [*IN_BOTH, *IN_EVENTS]})
    kind = capfirst(event.get_kind_display())
    mention = Mention(
        label=_title(event),
        url=event.get_absolute_url(),
        note=_note(event, kind, event.when or event.without_a_date),
        warning=str(Happening(event.happening).label) if event.is_off else "",
        reason=event.reason if event.is_off else None,
        is_demonstration=event.is_demonstration,
    )
    return event.starts_on, mention


def _mention_release(pk: int, columns: dict[str, Any]) -> tuple[Any, Mention]:
    names = [*IN_BOTH, "embargo_until"]
    release = PressRelease(pk=pk, **{name: columns[name] for name in names})
    day = columns["issue_day"]
    mention = Mention(
        label=_title(release),
        url=release.get_absolute_url(),
        note=_note(release, str(PartialDate(day)) if day else ""),
        is_demonstration=release.is_demonstration,
    )
    return day, mention


def _title(record: Publishable) -> Wording:
    version = record.version_for(current_language(), with_drafts=not record.is_published)
    return Wording(version.title, version.language)


def _note(record: Publishable, *parts: str) -> str:
    """What the staff see before readers do says so."""
    said = [*parts] if record.is_published else [*parts, status_line(record)]
    return ", ".join(filter(None, said))


# Where all of them are


def _all_events(record: models.Model) -> str:
    match record:
        case Organisation():
            return _address("events:event_list", organisation=record.slug)
        case Project():
            return _address("events:event_list", project=record.slug)
        case Topic():
            return _address("search", room=EVENT, topic=record.slug)
    return ""


def _all_releases(record: models.Model) -> str:
    match record:
        case Organisation():
            return _address("search", room=RELEASE, q=f'"{record.label.text}"')
        case Project():
            return _address("search", room=RELEASE, project=record.slug)
        case Topic():
            return _address("search", room=RELEASE, topic=record.slug)
    return ""


def _address(name: str, **query: str) -> str:
    return f"{reverse(name)}?{urlencode(query)}"
