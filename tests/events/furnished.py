"""An event with everything around it, for the tests of its pages."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from events.models import (
    AgendaItem,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    OrganisationRole,
    OutcomeKind,
    PersonRole,
)
from tests import factories

SECRET = "Ещётайна"
HIDDEN_NAME = "Скрытая-Фамилия"
SHOWN_NAME = "Открытая-Фамилия"


def furnished_event(**fields: Any) -> Event:
    """In three languages, with every part that its page can have, four of each."""
    series = factories.make_series()
    previous = factories.make_event(slug="previous", series=series)
    defaults = {
        "slug": "event",
        "title_ru": SECRET,
        "summary_ru": f"{SECRET} в кратком изложении",
        "body_ru": f"<p>{SECRET} подробно</p>",
        "start_time": time(10),
        "end_time": time(13, 30),
        "venue_ru": f"Зал {SECRET}",
        "project": factories.make_project(slug="project"),
        "series": series,
        "previous": previous,
        "topics": [factories.make_topic(slug="topic")],
        "feedback_document": factories.make_document(slug="feedback-document"),
    }
    event = factories.make_trilingual_event(**defaults | fields)
    hidden = factories.make_person(family_name_ru=HIDDEN_NAME)
    shown = factories.make_person(family_name_ru=SHOWN_NAME)
    for number in range(4):
        EventOrganisation.objects.create(
            event=event,
            role=OrganisationRole.ORGANISER,
            organisation=factories.make_organisation(slug=f"organisation-of-event-{number}"),
        )
        EventPerson.objects.create(
            event=event,
            role=PersonRole.SPEAKER,
            person=hidden,
            affiliation_ru=f"Должность {number}",
        )
        AgendaItem.objects.create(event=event, position=number, title_ru=f"Пункт {number}")
        EventOutcome.objects.create(
            event=event,
            kind=OutcomeKind.values[number],
            text_ru=f"Итог {number}",
            responsible_organisation=factories.make_organisation(),
        )
        EventMaterial.objects.create(event=event, document=factories.make_document())
        factories.make_press_release(events=[event], documents=[factories.make_document()])
        factories.make_event(series=series, previous=event if number else None)
    EventPerson.objects.create(
        event=event, role=PersonRole.CHAIR, person=shown, consent_given_on=date(2013, 3, 1)
    )
    return event
