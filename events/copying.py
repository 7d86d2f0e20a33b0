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
from mrc_portal.languages import every_column, localized
from mrc_portal.publishing import free_address, note_text_changes

# What a next meeting usually has in common with the last one.
SAME_FACTS = ("kind", "project", "series", "original_language", "is_demonstration")
SAME_TEXTS = ("title", "venue", "address", "participants")


@transaction.atomic
def copy_as_next(event: Event, user: User) -> Event:
    """A draft of the meeting that follows, without a date. Raises ValidationError.

    People are copied with their offices but without their consent, which was for one event; who
    leads a point of the programme is left out for the same reason. Materials, outcomes, feedback
    and press belong to the old event alone."""
    texts = every_column(*SAME_TEXTS)
    copy = Event(
        previous=event,
        date_precision=DatePrecision.UNKNOWN,
        happening=Happening.PLANNED,
        created_by=user,
        changed_by=user,
        **{name: getattr(event, name) for name in (*SAME_FACTS, *texts)},
    )
    title = getattr(event, localized("title", event.original_language)) or ""
    copy.slug = free_address(Event, title, event.original_language)
    note_text_changes(copy, [name for name in texts if getattr(copy, name)])
    copy.full_clean()
    copy.save()
    copy.topics.set(event.topics.all())
    # One by one, since each row begins its history.
    for organisation in event.organisations.all():
        _copy_row(organisation, EventOrganisation(event=copy), "role", "organisation")
    for person in event.people.all():
        _copy_row(person, EventPerson(event=copy), "role", "person", *every_column("affiliation"))
    for item in event.agenda.all():
        facts = ("level", "start_time", "end_time", *every_column("title", "text"))
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
