"""Events and press releases of any number, written as rows."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from events.models import (
    AgendaItem,
    Event,
    EventKind,
    EventOrganisation,
    EventOutcome,
    Happening,
    OutcomeKind,
    PressRelease,
)
from library.models import Organisation, Project, Topic
from mrc_portal.languages import localized
from mrc_portal.publishing import Status
from tests.bench.queries import DOCUMENTS_FOR_AN_EVENT, YEARS, event_slug, release_slug
from tests.bench.texts import LANGUAGES, random_for, writer

POINTS_OF_AN_AGENDA, OUTCOMES = 8, 5


def write_events(documents: int) -> None:
    """Events and releases beside so many documents. The search index is not told."""
    organisations = list(Organisation.objects.all())
    projects = list(Project.objects.all())
    topics = list(Topic.objects.all())
    numbers = range(documents // DOCUMENTS_FOR_AN_EVENT)
    about: Any = Event.topics.through
    with transaction.atomic():
        events = Event.objects.bulk_create(_event(number, projects) for number in numbers)
        parts: dict[type[Any], list[Any]] = {
            EventOrganisation: [],
            AgendaItem: [],
            EventOutcome: [],
            about: [],
        }
        for event in events:
            random = random_for("parts", event.slug)
            for organisation in random.sample(organisations, 2):
                parts[EventOrganisation].append(
                    EventOrganisation(event=event, organisation=organisation)
                )
            for position in range(POINTS_OF_AN_AGENDA):
                title = _texts(random, title=5)
                parts[AgendaItem].append(AgendaItem(event=event, position=position, **title))
            for position in range(OUTCOMES):
                outcome = EventOutcome(event=event, position=position, **_texts(random, text=20))
                outcome.kind = random.choice(OutcomeKind.values)
                parts[EventOutcome].append(outcome)
            parts[about].append(about(event=event, topic=random.choice(topics)))
        for model, rows in parts.items():
            model._default_manager.bulk_create(rows, batch_size=500)
        releases = PressRelease.objects.bulk_create(_release(number) for number in numbers)
        spoken_of: Any = PressRelease.events.through
        spoken_of._default_manager.bulk_create(
            spoken_of(pressrelease=release, event=event)
            for release, event in zip(releases, events, strict=True)
        )


def _event(number: int, projects: list[Project]) -> Event:
    random = random_for("event", str(number))
    day = _day(random)
    return Event(
        slug=event_slug(number),
        kind=random.choice(EventKind.values),
        starts_on=day,
        ends_on=day,
        happening=Happening.HELD,
        project=random.choice(projects),
        **_published(),
        **_texts(random, title=8, summary=40, body=150, venue=3, participants=6),
    )


def _release(number: int) -> PressRelease:
    random = random_for("release", str(number))
    return PressRelease(
        slug=release_slug(number),
        dateline_on=_day(random),
        **_published(),
        **_texts(random, title=8, summary=30, body=350, dateline_place=1),
    )


def _day(random: Random) -> datetime.date:
    return datetime.date(random.choice(YEARS), random.randint(1, 12), random.randint(1, 28))


def _published() -> dict[str, Any]:
    return {
        "status": Status.PUBLISHED,
        "publish_at": timezone.now(),
        "original_language": "ru",
        **{localized("ready", code): True for code in LANGUAGES},
    }


def _texts(random: Random, **words: int) -> dict[str, str]:
    """So many words for each field, in every language."""
    return {
        localized(field, code): writer(code).sentences(random, count)
        for field, count in words.items()
        for code in LANGUAGES
    }
