"""What the search engine sees of events and press releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db import models
from django.utils import translation

from events.models import (
    AgendaItem,
    Boilerplate,
    BoilerplateVersion,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventSeries,
    PressRelease,
    ReleaseBoilerplate,
    ReleaseChange,
)
from events.models.events import EVENT_TEXTS
from events.models.press import RELEASE_TEXTS
from library.models import Organisation, Person, Project, Topic, TopicTree
from library.search import keys_to_come, names_of, pks_of, plain
from mrc_portal import search
from mrc_portal.fields import ProseField
from mrc_portal.languages import localized
from mrc_portal.publishing import Publishable, Status

EVENT = "event"
RELEASE = "release"

Affected = Mapping[type[models.Model], Callable[[Any], Iterable[str]]]


class EventSource:
    """The events as a source of search entries."""

    prefix = EVENT

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(EVENT, Event.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        events = (
            Event.objects.filter(status=Status.PUBLISHED, pk__in=pks_of(keys))
            .select_related("project", "series")
            .prefetch_related(
                "topics",
                "organisations__organisation",
                "people__person",
                "agenda",
                "materials__promised_by",
                "outcomes__responsible_organisation",
            )
        )
        tree = TopicTree()
        for event in events:
            yield _event_entry(event, tree)

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""

        def own(row: Any) -> list[str]:
            return [search.key_of(EVENT, row.event_id)]

        return {
            Event: lambda event: [search.key_of(EVENT, event.pk)],
            EventOrganisation: own,
            EventPerson: own,
            AgendaItem: own,
            EventMaterial: own,
            EventOutcome: own,
            Event.topics.through: own,
            EventSeries: lambda series: _events(series=series),
            Organisation: lambda organisation: [
                *_events(organisations__organisation=organisation),
                *_events(outcomes__responsible_organisation=organisation),
                *_events(materials__promised_by=organisation),
            ],
            Person: lambda person: _events(people__person=person),
            Topic: lambda topic: _events(topics__in=[topic, *TopicTree().below(topic)]),
            Project: lambda project: _events(project=project),
        }


def _events(**condition: Any) -> list[str]:
    pks = Event.objects.filter(**condition).distinct().values_list("pk", flat=True)
    return [search.key_of(EVENT, pk) for pk in pks.order_by("pk")]


def _event_entry(event: Event, tree: TopicTree) -> search.Entry:
    return _entry(
        EVENT,
        event,
        tree,
        text=_event_text,
        names=_event_names(event),
        kind=event.kind,
        date=event.starts_on,
    )


def _event_text(event: Event, language: str) -> Iterator[str | None]:
    """Everything a language version says on its own page, but for names of people."""
    yield from _texts(event, language, EVENT_TEXTS)
    with translation.override(language):
        yield event.when
    if event.is_off:
        yield from _own(event, language, "happening_reason")
    if event.series:
        yield from _own(event.series, language, "name")
    for person in event.people.all():
        yield from _own(person, language, "affiliation")
    for point in event.agenda.all():
        yield from _own(point, language, "title", "text", "led_by")
    for material in event.materials.all():
        yield from _own(material, language, "title")
    for outcome in event.outcomes.all():
        yield from _own(outcome, language, "text", "responsible")


def _event_names(event: Event) -> Iterator[str]:
    """Organisations, and those people who agreed to be named."""
    for part in event.organisations.all():
        yield from names_of(part.organisation)
    for outcome in event.outcomes.all():
        yield from names_of(outcome.responsible_organisation)
    for material in event.materials.all():
        yield from names_of(material.promised_by)
    for person in event.people.all():
        if person.is_name_public:
            yield from names_of(person.person)


class PressReleaseSource:
    """The press releases as a source of search entries."""

    prefix = RELEASE

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(RELEASE, PressRelease.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        releases = (
            PressRelease.objects.filter(status=Status.PUBLISHED, pk__in=pks_of(keys))
            .select_related("project")
            .prefetch_related(
                "topics",
                "organisations",
                "changes",
                "boilerplate_rows__version",
                "boilerplate_rows__boilerplate",
            )
        )
        tree = TopicTree()
        for release in releases:
            yield _release_entry(release, tree)

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""

        def own(row: Any) -> list[str]:
            return [search.key_of(RELEASE, row.release_id)]

        def of_release(row: Any) -> list[str]:
            return [search.key_of(RELEASE, row.pressrelease_id)]

        return {
            PressRelease: lambda release: [search.key_of(RELEASE, release.pk)],
            ReleaseBoilerplate: own,
            ReleaseChange: own,
            PressRelease.topics.through: of_release,
            PressRelease.organisations.through: of_release,
            Boilerplate: lambda it: _releases(boilerplate_rows__boilerplate=it),
            BoilerplateVersion: lambda it: _releases(
                boilerplate_rows__boilerplate=it.boilerplate_id
            ),
            Organisation: lambda organisation: _releases(organisations=organisation),
            Topic: lambda topic: _releases(topics__in=[topic, *TopicTree().below(topic)]),
            Project: lambda project: _releases(project=project),
        }


def _releases(**condition: Any) -> list[str]:
    pks = PressRelease.objects.filter(**condition).distinct().values_list("pk", flat=True)
    return [search.key_of(RELEASE, pk) for pk in pks.order_by("pk")]


def _release_entry(release: PressRelease, tree: TopicTree) -> search.Entry:
    names = (name for body in release.organisations.all() for name in names_of(body))
    return _entry(
        RELEASE,
        release,
        tree,
        text=_release_text,
        names=names,
        kind="press_release",
        date=release.issued_on,
    )


def _release_text(release: PressRelease, language: str) -> Iterator[str | None]:
    """Everything a language version says on its own page."""
    yield from _texts(release, language, RELEASE_TEXTS)
    if release.issued:
        with translation.override(language):
            yield str(release.issued)
    for row in release.boilerplate_rows.all():
        if version := row.shown_version:
            yield from _own(version, language, "heading", "text")
    for change in release.changes.all():
        yield from _own(change, language, "text")


# Of both


def _entry(
    prefix: str,
    record: Any,
    tree: TopicTree,
    *,
    text: Callable[[Any, str], Iterator[str | None]],
    names: Iterable[str],
    kind: str,
    date: Any,
) -> search.Entry:
    languages = record.ready_languages
    topics = list(record.topics.all())

    def whole_text(language: str) -> str:
        parts = [
            *text(record, language),
            *(it for row in topics for it in _own(row, language, "name")),
        ]
        return "\n".join(filter(None, parts))

    assert record.visible_from is not None
    return search.Entry(
        key=search.key_of(prefix, record.pk),
        visible_from=record.visible_from,
        languages=languages,
        titles={code: getattr(record, localized("title", code)) for code in languages},
        texts={code: whole_text(code) for code in languages},
        names=tuple(dict.fromkeys(names)),
        facets={
            "room": (prefix,),
            "kind": (kind,),
            "topic": tree.slugs_of(topics),
            "language": languages,
            "year": (str(date.year),) if date else (),
            "project": (record.project.slug,) if record.project else (),
        },
        date=date,
    )


def _texts(record: Publishable, language: str, names: Iterable[str]) -> Iterator[str | None]:
    """What a record itself says in this very language, without marks; its title stands apart."""
    for name in names:
        text = getattr(record, localized(name, language))
        if name != "title":
            is_prose = isinstance(record._meta.get_field(name), ProseField)
            yield plain(text) if is_prose else text


def _own(row: Publishable | models.Model, language: str, *fields: str) -> list[str | None]:
    """Texts of a row in this very language."""
    return [getattr(row, localized(field, language)) for field in fields]
