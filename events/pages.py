"""What the page of an event tells beyond its own row, in few queries."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from events.models import (
    AgendaItem,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventQuerySet,
    OrganisationRole,
    OutcomeKind,
    PersonRole,
    PressRelease,
)
from events.models.events import OFF
from events.models.press import NOT_ON_RELEASE_CARDS
from library.models import Document, Organisation, Person, Topic
from library.templatetags.library_tags import text_of
from mrc_portal.languages import LANGUAGE_CODES, LanguageVersion, columns_of, localized
from mrc_portal.publishing import User

# A working group that has met for years does not fill the page of each of its meetings.
MOST_OF_A_SERIES = 20


# Whom and what the page calls by name


@dataclass(frozen=True)
class Named:
    organisations: list[tuple[OrganisationRole, list[Organisation]]]
    people: list[tuple[PersonRole, list[EventPerson]]]
    topics: list[Topic]

    @property
    def has_organiser(self) -> bool:
        return any(
            role == OrganisationRole.ORGANISER for role, _organisations in self.organisations
        )


ORGANISATIONS, PEOPLE, TOPICS = range(3)
NOTHING = Value("", CharField())
NO_TEXTS = [NOTHING] * len(LANGUAGE_CODES)
NO_DAY = Cast(Value(None), DateField())


def read_named(event: Event) -> Named:
    """Organisations, people and topics with their names alone: three short lists, one query."""
    bodies: dict[str, list[Organisation]] = {role: [] for role in OrganisationRole}
    people: dict[str, list[EventPerson]] = {role: [] for role in PersonRole}
    topics: list[Topic] = []
    for part, _position, pk, role, slug, agreed_on, *texts in sorted(
        _organisations_of(event).union(_people_of(event), _topics_of(event), all=True)
    ):
        names, given_names, offices = texts[:3], texts[3:6], texts[6:]
        if part == ORGANISATIONS:
            bodies[role].append(Organisation(slug=slug, **_columns("name", names)))
        elif part == TOPICS:
            topics.append(Topic(slug=slug, **_columns("name", names)))
        else:
            person = Person(
                **_columns("family_name", names), **_columns("given_names", given_names)
            )
            people[role].append(
                EventPerson(
                    pk=pk,
                    role=role,
                    person=person if any(names) else None,
                    consent_given_on=agreed_on,
                    **_columns("affiliation", offices),
                )
            )
    return Named(
        organisations=[(role, bodies[role]) for role in OrganisationRole if bodies[role]],
        people=[(role, people[role]) for role in PersonRole if people[role]],
        topics=topics,
    )


def _organisations_of(event: Event) -> QuerySet:
    texts = [*_texts("organisation__name"), *NO_TEXTS, *NO_TEXTS]
    rows = EventOrganisation.objects.filter(event=event)
    return _select(rows, ORGANISATIONS, F("role"), F("organisation__slug"), NO_DAY, *texts)


def _people_of(event: Event) -> QuerySet:
    texts = [
        *_texts("person__family_name"),
        *_texts("person__given_names"),
        *_texts("affiliation"),
    ]
    rows = EventPerson.objects.filter(event=event)
    return _select(rows, PEOPLE, F("role"), NOTHING, F("consent_given_on"), *texts)


def _topics_of(event: Event) -> QuerySet:
    texts = [*_texts("name"), *NO_TEXTS, *NO_TEXTS]
    return _select(Topic.objects.filter(events=event), TOPICS, NOTHING, F("slug"), NO_DAY, *texts)


def _select(rows: QuerySet, part: int, *columns: Any) -> QuerySet:
    """The rows with the number of their part, their order, their key and these columns."""
    found = (Value(part), F("position"), F("pk"), *columns)
    named = {f"column_{number}": column for number, column in enumerate(found)}
    return columns_of(rows.annotate(**named), *named)


def _texts(name: str) -> list[F]:
    return [F(localized(name, code)) for code in LANGUAGE_CODES]


def _columns(name: str, texts: list[str | None]) -> dict[str, Any]:
    return {localized(name, code): it for code, it in zip(LANGUAGE_CODES, texts, strict=True)}


# Programme, outcomes, materials


@dataclass
class AgendaPoint:
    """A point of the programme, and what stands under it."""

    item: AgendaItem
    shows_day: bool  # the first of its day
    points: list[AgendaPoint] = field(default_factory=list)


@dataclass(frozen=True)
class Agenda:
    points: list[AgendaPoint]
    has_times: bool


def read_agenda(event: Event) -> Agenda:
    """The programme as an outline. A point that skips a level stands under the one before it."""
    top: list[AgendaPoint] = []
    open_points: list[AgendaPoint] = []  # the last point of each level above
    day, has_times = None, False
    for item in AgendaItem.objects.filter(event=event):
        point = AgendaPoint(item, shows_day=item.starts_on is not None and item.starts_on != day)
        day = item.starts_on or day
        has_times = has_times or item.start_time is not None
        while open_points and open_points[-1].item.level >= item.level:
            open_points.pop()
        (open_points[-1].points if open_points else top).append(point)
        open_points.append(point)
    return Agenda(top, has_times)


OUTCOME_HEADINGS = {
    OutcomeKind.DECISION: _("Decisions"),
    OutcomeKind.RECOMMENDATION: _("Recommendations"),
    OutcomeKind.SUGGESTION: _("Suggestions"),
    OutcomeKind.TASK: _("Tasks"),
}


def read_outcomes(
    event: Event, version: LanguageVersion
) -> Iterator[tuple[str, list[EventOutcome]]]:
    """What came out of it, under the heading of each kind, as far as readers of this version may
    have its words."""
    rows = EventOutcome.objects.filter(event=event).select_related("responsible_organisation")
    outcomes = [outcome for outcome in rows if text_of(version, "text", outcome)]
    for kind, heading in OUTCOME_HEADINGS.items():
        if found := [outcome for outcome in outcomes if outcome.kind == kind]:
            yield str(heading), found


def read_materials(event: Event, version: LanguageVersion, user: User) -> list[EventMaterial]:
    """What was handed out, as far as this person may see it, and what is still missing, as far as
    it has a name in this version."""
    visible = Document.objects.visible_to(user)
    rows = (
        EventMaterial.objects.filter(event=event)
        .filter(Q(document__isnull=True) | Q(document__in=visible.values("pk")))
        .select_related("document", "promised_by")
    )
    return [row for row in rows if not row.is_missing or text_of(version, "title", row)]


# Other meetings, and what the press was told


@dataclass(frozen=True)
class Company:
    """Releases on this event, events that continue it, and others of its series."""

    releases: list[PressRelease]
    next_events: list[Event]
    series: list[Event]


def read_company(event: Event) -> Company:
    """Public ones alone; of a long series the newest. In two queries: one for the releases, one for
    both the meetings and those events that make a release say that what it announced is off."""
    newest = event.press_releases.published().newest_first().defer(*NOT_ON_RELEASE_CARDS)
    releases: list[PressRelease] = list(newest)
    meetings = read_lines(_others(event), releases)
    meetings.sort(key=lambda it: (it.starts_on or datetime.date.max, it.pk), reverse=True)
    # The event before this one is named by itself.
    next_events = [other for other in meetings if other.previous_id == event.pk]
    named_already = {event.previous_id, *(other.pk for other in next_events)}
    return Company(
        releases=releases,
        next_events=next_events,
        series=[other for other in meetings if other.pk not in named_already],
    )


def _others(event: Event) -> EventQuerySet:
    belongs = Q(previous=event)
    if event.series_id:
        belongs |= Q(series=event.series_id)
    followers_first = Case(When(previous=event, then=0), default=1)
    newest_first = F("starts_on").desc(nulls_first=True)
    others = Event.objects.published().filter(belongs).exclude(pk=event.pk)
    return others.order_by(followers_first, newest_first, "-pk")[:MOST_OF_A_SERIES]


def read_lines(events: EventQuerySet, releases: list[PressRelease]) -> list[Event]:
    """These events with what a line shows, in no order; and each release learns in public_events
    what it announced that is off. One query for both."""
    nowhere = Cast(Value(None), BigIntegerField())
    shown = Event.objects.filter(pk__in=events.values("pk"))
    off = Event.objects.published().filter(happening__in=OFF, press_releases__in=releases)
    found: list[Event] = []
    off_in: dict[int, list[Event]] = {}
    for event in _as_lines(shown, nowhere).union(_as_lines(off, F("press_releases__pk")), all=True):
        if event.told_in is None:
            found.append(event)
        else:
            off_in.setdefault(event.told_in, []).append(event)
    for release in releases:
        release.public_events = off_in.get(release.pk, [])
    return found


def _as_lines(events: EventQuerySet, told_in: Cast | F) -> EventQuerySet:
    """With what a line shows, and the number of the release that speaks of the event."""
    return events.order_by().for_lines().annotate(told_in=told_in)
