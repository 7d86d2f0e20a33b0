"""The next meeting of a series, begun as a copy."""

from datetime import date, time

import pytest

from events.copying import copy_as_next
from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    Happening,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, remember_slug
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return factories.make_user(username="editor")


@pytest.fixture
def meeting():
    """A meeting with everything that an event can have."""
    event = factories.make_trilingual_event(
        title_ky="Жумушчу топтун жыйыны",
        title_ru="Заседание рабочей группы",
        title_en="Meeting of the working group",
        slug="first-meeting",
        summary_ru="Что было",
        body_ru="<p>Как прошло</p>",
        starts_on=date(2013, 1, 15),
        ends_on=date(2013, 1, 16),
        start_time=time(10),
        end_time=time(13, 30),
        date_as_written="в январе",
        date_as_written_language="ru",
        venue_ru="Зал",
        address_ru="Бишкек",
        participants_ru="эксперты",
        participant_count=20,
        how_to_attend_ru="Запишитесь до 10 января",
        online_url="https://example.org/meeting",
        note_ru="<p>Примечание</p>",
        project=factories.make_project(),
        series=factories.make_series(),
        topics=[factories.make_topic()],
        feedback_document=factories.make_document(),
        previous=factories.make_event(),
    )
    organisation = factories.make_organisation()
    EventOrganisation.objects.create(
        event=event, role="donor", organisation=organisation, position=1
    )
    EventPerson.objects.create(
        event=event,
        role="moderator",
        person=factories.make_person(),
        affiliation_ru="директор центра",
        consent_given_on=date(2013, 1, 10),
        consent_note="анкета",
        position=1,
    )
    AgendaItem.objects.create(
        event=event,
        level=2,
        starts_on=date(2013, 1, 16),
        start_time=time(10),
        end_time=time(11),
        title_ru="Обсуждение",
        text_ky="Талкуу",
        led_by_ru="Имя, которое дали для этого дня",
        position=1,
    )
    EventMaterial.objects.create(event=event, title_ru="Протокол", promised_by=organisation)
    EventOutcome.objects.create(event=event, kind="task", text_ru="Составить план")
    factories.make_questionnaire(event)
    factories.make_press_release(events=[event])
    return event


def picture(event):
    """Everything that is stored of an event and its rows, for comparing."""
    rows = [
        list(related.order_by("pk").values())
        for related in (
            event.organisations,
            event.people,
            event.agenda,
            event.materials,
            event.outcomes,
            event.topics,
            event.press_releases,
        )
    ]
    return Event.objects.filter(pk=event.pk).values().get(), rows


def test_the_copy_is_a_draft_without_a_date(meeting, editor):
    copy = copy_as_next(meeting, editor)

    copy.refresh_from_db()
    assert copy.previous == meeting
    assert (copy.status, copy.publish_at, copy.ready_languages) == (Status.DRAFT, None, ())
    assert (copy.created_by, copy.changed_by) == (editor, editor)
    assert copy.happening == Happening.PLANNED
    assert copy.date_precision == DatePrecision.UNKNOWN
    days = (copy.starts_on, copy.ends_on, copy.start_time, copy.end_time, copy.date_as_written)
    assert days == (None, None, None, None, "")
    assert copy.calendar_sequence == 0
    assert copy.short_id != meeting.short_id
    assert copy.slug == "zasedanie-rabochey-gruppy"
    assert not Event.objects.published().filter(pk=copy.pk).exists()


def test_what_meetings_have_in_common_is_copied(meeting, editor):
    copy = copy_as_next(meeting, editor)

    copy.refresh_from_db()
    for name in ("kind", "project", "series", "original_language", "is_demonstration"):
        assert getattr(copy, name) == getattr(meeting, name)
    for field in ("title", "venue", "address", "participants"):
        for code in LANGUAGE_CODES:
            assert getattr(copy, f"{field}_{code}") == getattr(meeting, f"{field}_{code}")
    assert list(copy.topics.all()) == list(meeting.topics.all())
    [organisation] = copy.organisations.all()
    [old_organisation] = meeting.organisations.all()
    assert organisation.organisation == old_organisation.organisation
    assert organisation.role == "donor"
    [item] = copy.agenda.all()
    assert (item.level, item.times, item.title_ru, item.text_ky) == (
        2,
        "10:00–11:00",
        "Обсуждение",
        "Талкуу",
    )


def test_consent_is_for_one_event_and_not_copied(meeting, editor):
    copy = copy_as_next(meeting, editor)

    [person] = copy.people.all()
    assert (person.role, person.affiliation_ru) == ("moderator", "директор центра")
    assert (person.consent_given_on, person.consent_note) == (None, "")
    assert person.public_name is None
    [item] = copy.agenda.all()
    assert not item.led_by_ru


def test_what_belongs_to_the_old_meeting_stays_there(meeting, editor):
    copy = copy_as_next(meeting, editor)

    copy.refresh_from_db()
    assert not copy.materials.exists()
    assert not copy.outcomes.exists()
    assert not copy.press_releases.exists()
    assert not hasattr(copy, "questionnaire")
    assert copy.feedback_document is None
    assert copy.participant_count is None
    assert copy.online_url == ""
    for field in ("summary", "body", "how_to_attend", "note", "happening_reason"):
        assert not getattr(copy, f"{field}_ru")
    assert copy.agenda.get().starts_on is None


def test_nothing_of_the_original_changes_and_twice_makes_two(meeting, editor):
    before = picture(meeting)

    copies = [copy_as_next(meeting, editor) for _time in range(2)]

    assert picture(meeting) == before
    assert [copy.slug for copy in copies] == [
        "zasedanie-rabochey-gruppy",
        "zasedanie-rabochey-gruppy-2",
    ]
    assert set(meeting.next_events.all()) == set(copies)


def test_no_translation_of_the_copy_seems_older_than_its_original(meeting, editor):
    copy = copy_as_next(meeting, editor)

    copy.refresh_from_db()
    assert all(getattr(copy, f"text_changed_at_{code}") for code in LANGUAGE_CODES)
    assert not any(copy.is_outdated_in(code) for code in LANGUAGE_CODES)


def test_a_meeting_without_a_series_is_copied_without_one(editor):
    copy = copy_as_next(factories.make_event(), editor)

    assert copy.series is None


def test_a_former_address_is_not_taken_again(meeting, editor):
    remember_slug(meeting, "zasedanie-rabochey-gruppy")

    assert copy_as_next(meeting, editor).slug == "zasedanie-rabochey-gruppy-2"


def test_a_copy_of_a_copy_continues_the_chain(meeting, editor):
    second = copy_as_next(meeting, editor)
    third = copy_as_next(second, editor)

    assert (third.previous, second.previous) == (second, meeting)


def test_a_failure_half_way_leaves_nothing_behind(meeting, editor, monkeypatch):
    before = Event.objects.count()

    def fail(*arguments, **options):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(AgendaItem, "save", fail)
    with pytest.raises(RuntimeError):
        copy_as_next(meeting, editor)

    assert Event.objects.count() == before
    assert EventOrganisation.objects.count() == EventPerson.objects.count() == 1


@pytest.mark.parametrize("status", [Status.DRAFT, Status.IN_REVIEW])
def test_a_draft_can_be_copied_too(status, editor):
    draft = factories.make_event(status=status, publish_at=None, ready_ru=False)

    assert copy_as_next(draft, editor).status == Status.DRAFT


def test_every_row_of_the_copy_has_a_history(meeting, editor):
    copy = copy_as_next(meeting, editor)

    for record in (copy, copy.organisations.get(), copy.people.get(), copy.agenda.get()):
        assert record.history.exists()
