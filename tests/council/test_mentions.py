"""Plans, their rows, bodies and letters beside what they have to do with: documents, organisations,
topics, people, events and press releases. What readers see of them, and at what cost."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from council.mentions import MOST_MENTIONS, MOST_ROWS
from council.models import LetterState, Plan
from events.models import EventOutcome
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from mrc_portal.roles import EDITORS
from tests import factories
from tests.events.furnished import furnished_event

pytestmark = pytest.mark.django_db

CONSENT = {"consent_given_on": date(2013, 3, 1)}


def told(client, record):
    """The addresses under each heading, in order."""
    mentions = client.get(record.get_absolute_url()).context["mentions"]
    return [[item.url for item in group.items] for group in mentions]


def notes(client, record):
    mentions = client.get(record.get_absolute_url()).context["mentions"]
    return [item.note for group in mentions for item in group.items]


def urls(*records):
    return [record.get_absolute_url() for record in records]


def make_row(plan=None, **fields):
    return factories.make_activity(factories.make_stage(plan), **fields)


# What stands where


def test_beside_a_document_stand_what_it_gave_proved_moved_and_answered(client):
    document = factories.make_document()
    plan = factories.make_plan(source_document=document)
    waiting = factories.make_stage(plan, pending_on_document=document)
    proved, moved = make_row(plan), make_row(plan)
    factories.make_evidence(factories.make_update(proved), document=document)
    factories.make_evidence(factories.make_update(proved), document=document)  # a row once
    factories.make_deadline_change(moved, document=document)
    letter = factories.make_letter(answer_document=document, state=LetterState.ANSWERED)
    make_row()  # has nothing to do with it
    factories.make_letter()

    assert told(client, document) == [
        sorted(urls(plan, waiting), key=len),
        urls(proved, moved),
        urls(letter),
    ]


def test_beside_an_organisation_stands_what_it_owes_with_the_number_of_rows(client):
    organisation = factories.make_organisation(slug="ncm")
    plan, other = factories.make_plan(), factories.make_plan()
    stage = factories.make_stage(plan, pending_on_organisation=organisation)
    for _number in range(3):
        factories.make_responsible(factories.make_activity(stage), organisation=organisation)
    factories.make_responsible(make_row(other), organisation=organisation)
    factories.make_responsible(make_row(other))
    same = factories.make_body(organisation=organisation)
    seat = factories.make_membership(organisation=organisation, office_ru="Наблюдатель")
    signed = factories.make_signatory(organisation=organisation, state="signed_on_paper")
    factories.make_signatory(organisation=organisation, state="invited")

    plans, bodies, letters = told(client, organisation)

    owed = [reverse("council:plan_organisation", args=[it.slug, "ncm"]) for it in (plan, other)]
    assert sorted(plans) == sorted([*owed, *urls(stage)])
    assert sorted(bodies) == sorted(urls(same, seat.body))
    assert letters == urls(signed.letter)
    said = " ".join(notes(client, organisation))
    assert "3" in said
    assert "1" in said
    assert "Наблюдатель" in said


def test_beside_a_topic_stand_plans_and_bodies_of_it_and_of_those_below(client):
    topic = factories.make_topic(slug="topic")
    below = factories.make_topic(slug="below", parent=topic)
    plan = factories.make_plan(topics=[topic, below])
    body = factories.make_body()
    body.topics.add(below)

    assert told(client, topic) == [urls(plan), urls(body)]
    assert told(client, below) == [urls(plan), urls(body)]
    plan.topics.remove(below)
    assert told(client, below) == [urls(body)]


def test_beside_a_person_stand_seats_and_signatures_only_with_consent(client):
    person = factories.make_person(slug="person")
    seat = factories.make_membership(person=person, office_ru="Секретарь совета", **CONSENT)
    signature = factories.make_signatory(person=person, state="signed_on_paper", **CONSENT)
    factories.make_membership(person=person)
    factories.make_signatory(person=person, state="signed_on_paper")
    factories.make_signatory(person=person, state="agreed", **CONSENT)
    factories.make_signatory(person=person, state="withdrawn", **CONSENT)

    page = client.get(person.get_absolute_url())

    assert told(client, person) == [urls(seat.body), urls(signature.letter)]
    assert "Секретарь совета" in page.text


@pytest.mark.parametrize("is_staff", [False, True])
def test_a_person_without_consent_has_no_page_and_is_not_listed(client, is_staff):
    person = factories.make_person(slug="person")
    factories.make_membership(person=person)
    factories.make_signatory(person=person, state="signed_on_paper")
    if is_staff:
        client.force_login(factories.make_user(EDITORS))

    assert client.get(person.get_absolute_url()).status_code == 404
    factories.make_contribution(factories.make_document(), person=person)
    assert told(client, person) == []


def test_beside_an_event_stand_plans_rows_bodies_and_letters(client):
    event = factories.make_event(series=factories.make_series())
    plan = factories.make_plan(events=[event])
    outcome = EventOutcome.objects.create(event=event, kind="suggestion", text_ru="Составить")
    grown, proved = make_row(plan, origin_outcome=outcome), make_row(plan)
    factories.make_evidence(factories.make_update(proved), event=event)
    factories.make_evidence(factories.make_update(grown), event=event)
    by_series = factories.make_body(series=event.series)
    by_name = factories.make_body()
    by_name.meetings.add(event)
    letter = factories.make_letter(event=event)
    factories.make_body(series=factories.make_series())
    make_row(plan)

    plans, rows, bodies, letters = told(client, event)

    assert plans == urls(plan)
    assert rows == urls(grown, proved)
    assert sorted(bodies) == sorted(urls(by_series, by_name))
    assert letters == urls(letter)
    # Both reasons for the row that came out of the event and is proved by it.
    row_notes = [note for note in notes(client, event) if plan.title_ru in note]
    assert [note.count(" · ") for note in row_notes] == [2, 1]


def test_beside_a_release_stand_the_rows_it_is_evidence_for(client):
    release = factories.make_press_release()
    row = make_row()
    factories.make_evidence(factories.make_update(row), release=release)

    assert told(client, release) == [urls(row)]


# Who sees it


def furnish(**fields):
    """A document, organisation, topic, event and release, with a plan, body and letter that have to
    do with each, made with these fields."""
    document = factories.make_document()
    organisation = factories.make_organisation()
    topic = factories.make_topic()
    event = factories.make_event()
    release = factories.make_press_release()
    plan = factories.make_plan(source_document=document, topics=[topic], events=[event], **fields)
    row = make_row(plan)
    factories.make_responsible(row, organisation=organisation)
    update = factories.make_update(row)
    for proof in ({"document": document}, {"event": event}, {"release": release}):
        factories.make_evidence(update, **proof)
    body = factories.make_body(organisation=organisation, **fields)
    body.topics.add(topic)
    body.meetings.add(event)
    letter = factories.make_letter(
        answer_document=document, event=event, state=LetterState.ANSWERED, **fields
    )
    return [document, organisation, topic, event, release], [plan, body, letter]


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "draft", "publish_at": None},
        {"status": "in_review", "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_nothing_that_is_not_public_stands_beside_a_record(client, hidden):
    records, _hidden = furnish(title_ru="Ещётайна", **hidden)

    for record in records:
        assert told(client, record) == [], record
        assert "Ещётайна" not in client.get(record.get_absolute_url()).text


def test_what_is_withdrawn_goes_and_what_is_public_is_there(client):
    records, published = furnish()
    for record in records:
        assert told(client, record), record

    for it in published:
        withdraw(it, None, {"ru": "Ошибка"})

    for record in records:
        assert told(client, record) == [], record


def test_staff_see_what_is_being_prepared_with_its_state(client):
    records, _drafts = furnish(status="draft", publish_at=None)
    client.force_login(factories.make_user(EDITORS))

    for record in records:
        for note in notes(client, record):
            assert "Черновик" in note, record


@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize("moderation", ["waiting", "rejected"])
def test_evidence_of_reports_that_were_not_accepted_is_told_to_nobody(client, is_staff, moderation):
    document = factories.make_document()
    update = factories.make_update(
        make_row(), moderation=moderation, rejection_reason="Неверно" * (moderation == "rejected")
    )
    factories.make_evidence(update, document=document)
    if is_staff:
        client.force_login(factories.make_user(EDITORS))

    assert told(client, document) == []


# How it looks


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_words_in_another_language_are_marked(client, language):
    document = factories.make_trilingual_document()
    plan = factories.make_plan(title_ru="План <совета>", source_document=document)
    row = make_row(plan, title_ru="Только по-русски", is_lost_before=True)
    factories.make_evidence(factories.make_update(row), document=document)

    page = client.get(document.get_absolute_url().replace("/ru/", f"/{language}/")).text

    is_marked = language != "ru"
    assert ('<span lang="ru">… Только по-русски</span>' in page) == is_marked
    assert page.count('<span lang="ru">План &lt;совета&gt;</span>') == (2 if is_marked else 0)
    assert "План &lt;совета&gt;" in page


def test_demonstration_records_are_marked(client):
    document = factories.make_document()
    factories.make_plan(source_document=document, is_demonstration=True)

    (group,) = client.get(document.get_absolute_url()).context["mentions"]

    assert [item.is_demonstration for item in group.items] == [True]
    assert 'class="demo"' in client.get(document.get_absolute_url()).text


def test_of_many_some_are_told_with_a_way_to_all_or_a_word_that_there_are_more(client):
    topic = factories.make_topic()
    for _number in range(MOST_MENTIONS + 1):
        factories.make_plan(topics=[topic])
        factories.make_body().topics.add(topic)
    document = factories.make_document()
    stage = factories.make_stage()
    for _number in range(MOST_ROWS + 2):
        update = factories.make_update(factories.make_activity(stage))
        factories.make_evidence(update, document=document)

    plans, bodies = client.get(topic.get_absolute_url()).context["mentions"]
    (rows,) = client.get(document.get_absolute_url()).context["mentions"]

    assert len(plans.items) == len(bodies.items) == MOST_MENTIONS
    assert plans.more_url == reverse("council:plan_list")
    assert bodies.more_url == reverse("council:body_list")
    assert len(rows.items) == MOST_ROWS
    assert rows.remark
    assert rows.remark in client.get(document.get_absolute_url()).text


# What it costs


def test_the_fullest_pages_stay_within_their_queries(client, django_assert_max_num_queries):
    event = furnished_event(feedback_document=factories.make_document(slug="on-feedback"))
    questionnaire = factories.make_questionnaire(event)
    factories.make_question(questionnaire)
    records, _published = furnish()
    document, organisation, topic, _event, _release = records
    for _number in range(12):
        plan = factories.make_plan(source_document=document, topics=[topic], events=[event])
        row = make_row(plan)
        update = factories.make_update(row)
        factories.make_evidence(update, document=document)
        factories.make_evidence(update, event=event)
        factories.make_responsible(row, organisation=organisation)
        factories.make_letter(event=event)
        factories.make_body(series=event.series)
    person = factories.make_person()
    for _number in range(5):
        factories.make_membership(person=person, **CONSENT)
        factories.make_contribution(factories.make_document(), person=person)

    for record in (*records, event, person):
        with django_assert_max_num_queries(8):
            assert client.get(record.get_absolute_url()).context["mentions"]


def test_the_page_of_an_event_tells_press_and_meetings_as_before(client):
    event = furnished_event()
    cancelled = factories.make_event(happening="cancelled", happening_reason_ru="Карантин в зале")
    release = factories.make_press_release(events=[event, cancelled], dateline_on=date(2014, 1, 1))

    page = client.get(event.get_absolute_url())

    company = page.context["company"]
    assert company.releases[0] == release
    assert len(company.releases) == 5
    assert [it.pk for it in company.releases[0].public_events] == [cancelled.pk]
    assert page.text.count("Карантин в зале") == 1
    assert len(company.next_events) == 3
    assert {it.previous_id for it in company.next_events} == {event.pk}
    assert len(company.series) == 1


def test_a_plan_without_anything_beside_it_leaves_other_pages_as_they_were(client):
    factories.make_plan()
    document = factories.make_document()

    assert Plan.objects.count() == 1
    assert told(client, document) == []
