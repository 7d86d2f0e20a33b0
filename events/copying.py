"""The next meeting of a series, begun as a copy of the one before."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventOrganisation,
    EventPerson,
    Happening,
)
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import is_slug_taken, note_text_changes
from mrc_portal.transliteration import free_slug, slug_from_title

# What a next meeting usually has in common with the last one.
SAME_FACTS = ("kind", "project", "series", "original_language", "is_demonstration")
SAME_TEXTS = ("title", "venue", "address", "participants")


@transaction.atomic
def copy_as_next(event: Event, user: User) -> Event:
    """A draft of the meeting that follows, without a date. Raises ValidationError.

    People are copied with their offices but without their consent, which was for one event; who
    leads a point of the programme is left out for the same reason. Materials, outcomes, feedback
    and press belong to the old event alone."""
    texts = _columns(*SAME_TEXTS)
    copy = Event(
        previous=event,
        date_precision=DatePrecision.UNKNOWN,
        happening=Happening.PLANNED,
        created_by=user,
        changed_by=user,
        **{name: getattr(event, name) for name in (*SAME_FACTS, *texts)},
    )
    copy.slug = _free_slug(copy)
    note_text_changes(copy, [name for name in texts if getattr(copy, name)])
    copy.full_clean()
    copy.save()
    copy.topics.set(event.topics.all())
    # One by one, since each row begins its history.
    for organisation in event.organisations.all():
        _copy_row(organisation, EventOrganisation(event=copy), "role", "organisation")
    for person in event.people.all():
        _copy_row(person, EventPerson(event=copy), "role", "person", *_columns("affiliation"))
    for item in event.agenda.all():
        facts = ("level", "start_time", "end_time", *_columns("title", "text"))
        _copy_row(item, AgendaItem(event=copy), *facts)
    return copy


def _copy_row(
    old: EventOrganisation | EventPerson | AgendaItem,
    new: EventOrganisation | EventPerson | AgendaItem,
    *names: str,
) -> None:
    for name in ("position", *names):
        setattr(new, name, getattr(old, name))
    new.save()


def _columns(*fields: str) -> list[str]:
    return [localized(field, code) for field in fields for code in LANGUAGE_CODES]


def _free_slug(event: Event) -> str:
    language = event.original_language
    title = getattr(event, localized("title", language)) or ""
    return free_slug(
        slug_from_title(title, language), lambda slug: is_slug_taken(Event, slug, event.pk)
    )
