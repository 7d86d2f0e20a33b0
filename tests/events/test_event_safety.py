"""Events under strain: text that attacks, rows by the hundred, addresses that make no sense,
records that are deleted while others need them."""

import gzip
import html
import json
import re
from datetime import date, time, timedelta
from itertools import cycle

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    Happening,
    OrganisationRole,
    OutcomeKind,
    PressRelease,
)
from library.models import Organisation, Person
from mrc_portal.linked_data import as_script
from mrc_portal.publishing import Status
from mrc_portal.roles import ADMINISTRATORS, CONTRIBUTORS, EDITORS
from tests import factories
from tests.events.furnished import furnished_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]

MOST_BYTES = 10_000
HOSTILE = "\"'><script>alert(1)</script><!-- ]]> {{ 7 }} {% now 'Y' %}"


def save(event, **changes):
    for name, value in changes.items():
        setattr(event, name, value)
    event.full_clean()
    event.save()
    return event


# Text that attacks


def test_no_field_brings_markup_into_a_page(client):
    organisation = factories.make_organisation(
        name_ru=HOSTILE, abbreviation_ru=HOSTILE[:40], description_ru=HOSTILE, slug="hostile"
    )
    project = factories.make_project(title_ru=HOSTILE, slug="hostile")
    topic = factories.make_topic(name_ru=HOSTILE, slug="hostile")
    series = factories.make_series(name_ru=HOSTILE, description_ru=HOSTILE)
    person = factories.make_person(family_name_ru=HOSTILE, given_names_ru=HOSTILE)
    event = factories.make_planned_event(
        title_ru=HOSTILE,
        summary_ru=HOSTILE,
        body_ru=f"<p>{HOSTILE}</p>",
        note_ru=f"<p>{HOSTILE}</p>",
        venue_ru=HOSTILE,
        address_ru=HOSTILE,
        participants_ru=HOSTILE,
        how_to_attend_ru=HOSTILE,
        date_as_written=HOSTILE,
        date_as_written_language="ru",
        online_url="https://example.org/?a=1&b='%22%3E%3Cscript%3E",
        happening=Happening.POSTPONED,
        happening_reason_ru=HOSTILE,
        project=project,
        series=series,
        topics=[topic],
    )
    EventOrganisation.objects.create(event=event, organisation=organisation)
    EventPerson.objects.create(
        event=event, person=person, affiliation_ru=HOSTILE, consent_given_on=date(2013, 1, 1)
    )
    AgendaItem.objects.create(event=event, title_ru=HOSTILE, text_ru=HOSTILE, led_by_ru=HOSTILE)
    EventMaterial.objects.create(event=event, title_ru=HOSTILE, promised_by=organisation)
    EventOutcome.objects.create(
        event=event,
        kind=OutcomeKind.TASK,
        text_ru=HOSTILE,
        responsible_ru=HOSTILE,
        responsible_organisation=organisation,
    )

    for address in (
        event.get_absolute_url(),
        reverse("events:event_list") + "?organisation=hostile&project=hostile",
        reverse("events:month_calendar_of", args=[event.starts_on.year, event.starts_on.month]),
        reverse("search") + "?topic=hostile&project=hostile",
        reverse("home"),
        organisation.get_absolute_url(),
        project.get_absolute_url(),
        topic.get_absolute_url(),
    ):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>" not in page.text, address
        assert HOSTILE not in page.text, address
        assert HOSTILE in html.unescape(page.text), address


def test_a_data_block_cannot_be_left():
    block = as_script({"name": "</script><!--<script>&amp;\u2028"})

    assert re.findall("[<>&]", block.partition(">")[2].rpartition("<")[0]) == []
    assert json.loads(re.sub("<[^>]*>", "", block))["name"] == "</script><!--<script>&amp;\u2028"


NONSENSE = [
    "kind=%00",
    "kind=roundtable&kind=picnic&kind=roundtable",
    "year=0000&year=-1&year=99999&year=%D9%A2%D9%A0%D9%A1%D9%A3",
    "organisation=%00&project=%FF%FE",
    "organisation=" + "a" * 3000,
    "&".join(f"organisation=o{number}" for number in range(400)),
    "&".join(f"year={year}" for year in range(1000, 1400)),
    "page=" + "9" * 40,
    "page=-1&when=%00",
    "when=past&when=upcoming&page=%00",
    "q=%00&room=%00&room=event&room=event&language=xx&topic=%00",
    "q=" + "a+" * 400,
    "q=%22%22%22+-%22*%22+*+-",
    "=&&&%00=%00",
]


@pytest.mark.parametrize("query", NONSENSE)
def test_no_query_string_breaks_a_page_or_a_file(client, query):
    event = furnished_event()

    for address in (
        reverse("events:event_list"),
        reverse("events:event_list_calendar"),
        reverse("events:event_feed"),
        reverse("events:month_calendar"),
        reverse("search"),
        reverse("home"),
        event.get_absolute_url(),
        reverse("events:event_calendar", args=[event.slug]),
    ):
        assert client.get(f"{address}?{query}").status_code == 200, address


# Rows by the hundred

TEXT = (
    "Эмгек мигранттарынын укуктарын коргоо боюнча тегерек столдо өнөктөштөр тажрыйба алмашты. "
    "Катышуучулар чет өлкөдө иштеген жарандарды камсыздандыруунун мүмкүнчүлүктөрүн талкуулашты. "
    "Кетээр алдында даярдоо курстары ар бир облуста өткөрүлүп, келишимдин үлгүсү таратылышы керек. "
    "Жеке ишке орноштуруу агенттиктеринин жоопкерчилиги мыйзам менен так аныкталууга тийиш. "
    "Элчиликтердин эмгек атташелери даттанууларды кабыл алып, жумуш берүүчүлөр менен сүйлөшөт. "
    "Которулган акчанын баасы, үй-бүлөлөрдүн абалы жана балдардын билими өзүнчө каралды. "
)


def long_texts():
    """Sixty words of Kyrgyz, in another order each time."""
    words = TEXT.split()
    for shift in cycle(range(1, len(words))):
        yield " ".join(words[(place * 7 + shift * 5) % len(words)] for place in range(60))


def many_events(number):
    """Public ones of March 2013 and of the years around it, in a series, with a project and as
    many organisations."""
    texts = long_texts()
    with translation.override("ky"):
        series = factories.make_series(name_ky=next(texts)[:150])
        bodies = [
            factories.make_organisation(name_ky=next(texts)[:60], name_ru="Организация")
            for _number in range(number)
        ]
        projects = [
            factories.make_project(title_ky=next(texts)[:90]) for _number in range(min(number, 20))
        ]
        events = [
            factories.make_trilingual_event(
                title_ky=next(texts)[:110],
                summary_ky=next(texts),
                venue_ky=next(texts)[:60],
                starts_on=date(2013 if place % 2 else 1995 + place % 25, 3, 1 + place % 28),
                start_time=time(10),
                series=series,
                project=projects[place % len(projects)],
            )
            for place in range(number)
        ]
    EventOrganisation.objects.bulk_create(
        EventOrganisation(event=event, organisation=bodies[(place * 3 + role) % number], role=name)
        for place, event in enumerate(events)
        for role, name in enumerate(OrganisationRole.values[:3] if number > 2 else ["organiser"])
    )
    return events


@pytest.mark.parametrize("number", [1, 150])
def test_many_long_rows_make_small_pages_with_few_queries(
    client, django_assert_max_num_queries, django_capture_on_commit_callbacks, number
):
    with django_capture_on_commit_callbacks(execute=True):
        events = many_events(number)

    with translation.override("ky"):
        addresses = [
            reverse("events:event_list") + "?when=past",
            reverse("events:event_list") + "?when=past&year=2013&kind=roundtable",
            reverse("events:month_calendar_of", args=[2013, 3]),
            events[0].get_absolute_url(),
            reverse("search"),
            reverse("home"),
        ]
    for address in addresses:
        with django_assert_max_num_queries(8):
            page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) < MOST_BYTES, address


# Deletions


@pytest.mark.parametrize("role", [ADMINISTRATORS, EDITORS, CONTRIBUTORS])
def test_a_draft_with_a_questionnaire_stays_and_one_in_a_release_takes_nothing_along(client, role):
    client.force_login(factories.make_user(role))
    asked = factories.make_event(status=Status.DRAFT, publish_at=None)
    factories.make_questionnaire(asked)
    told = factories.make_event(status=Status.DRAFT, publish_at=None)
    release = factories.make_press_release(events=[told])
    following = factories.make_event(previous=told)

    for event in (asked, told):
        address = reverse("admin:events_event_delete", args=[event.pk])
        assert client.post(address, {"post": "yes"}).status_code in {200, 302, 403}

    assert Event.objects.filter(pk=asked.pk).exists()
    assert Event.objects.filter(pk=told.pk).exists() is (role == CONTRIBUTORS)
    assert PressRelease.objects.filter(pk=release.pk).exists()
    following.refresh_from_db()
    assert (following.previous is None) is (role != CONTRIBUTORS)
    assert client.get(following.get_absolute_url()).status_code == 200
    assert client.get(release.get_absolute_url()).status_code == 200


def test_what_an_event_names_cannot_be_deleted(client):
    client.force_login(factories.make_user(ADMINISTRATORS))
    event = factories.make_event(status=Status.DRAFT, publish_at=None)
    organisation, person = factories.make_organisation(), factories.make_person()
    EventOrganisation.objects.create(event=event, organisation=organisation)
    EventPerson.objects.create(event=event, person=person)

    for record in (organisation, person):
        name = f"admin:library_{record._meta.model_name}_delete"
        assert client.post(reverse(name, args=[record.pk]), {"post": "yes"}).status_code == 200

    assert Organisation.objects.filter(pk=organisation.pk).exists()
    assert Person.objects.filter(pk=person.pk).exists()


# What was found to be wrong once


def test_hours_that_become_known_do_not_replace_the_former_day(client):
    event = factories.make_planned_event(start_time=time(10), happening_reason_ru="Болезнь")
    day = event.starts_on
    new_day = day + timedelta(days=7)
    save(event, happening=Happening.POSTPONED, starts_on=new_day, ends_on=new_day)

    save(event, end_time=time(12))

    assert event.former_starts_on == day
    assert event.calendar_sequence == 2
    later = day + timedelta(days=14)
    save(event, starts_on=later, ends_on=later)
    assert event.former_starts_on == new_day


def test_a_postponement_within_the_day_tells_the_former_hour(client):
    event = factories.make_planned_event(start_time=time(10), happening_reason_ru="Болезнь")

    save(event, happening=Happening.POSTPONED, start_time=time(15))

    assert event.formerly == f"{event.when}, 10:00"
    assert event.formerly in client.get(event.get_absolute_url()).text
    save(event, happening=Happening.PLANNED, start_time=time(10))
    assert event.formerly == ""


def test_what_waited_for_a_new_day_and_is_cancelled_is_over_with_its_last_days(client):
    event = factories.make_planned_event(
        starts_on=timezone.localdate() - timedelta(days=30),
        start_time=time(10),
        happening_reason_ru="Болезнь",
    )
    day = event.starts_on
    save(event, happening=Happening.POSTPONED, date_precision=DatePrecision.UNKNOWN)
    assert list(Event.objects.upcoming()) == [event]

    save(event, happening=Happening.CANCELLED)

    assert (event.starts_on, event.start_time, event.is_exact) == (day, time(10), True)
    assert list(Event.objects.past()) == [event]
    month = reverse("events:month_calendar_of", args=[day.year, day.month])
    assert event.title_ru in client.get(month).text
    file = client.get(reverse("events:event_calendar", args=[event.slug])).text
    assert "STATUS:CANCELLED" in file
    assert f"{day:%Y%m%d}T100000" in file


def test_a_cancelled_event_without_a_date_waits_for_none(client):
    fields = {"starts_on": None, "date_precision": DatePrecision.UNKNOWN}
    planned = factories.make_planned_event(**fields)
    cancelled = factories.make_planned_event(
        **fields, happening=Happening.CANCELLED, happening_reason_ru="Нет денег"
    )

    assert planned.without_a_date != cancelled.without_a_date
    for event in (planned, cancelled):
        assert event.without_a_date in client.get(event.get_absolute_url()).text


def test_an_invented_event_says_so_in_every_file_and_is_no_fact_for_machines(client):
    event = factories.make_planned_event(title_ru="Выдуманный", is_demonstration=True)
    mark = "Демонстрационная запись: Выдуманный"

    calendars = [
        client.get(address).text.replace("\r\n ", "")
        for address in (
            reverse("events:event_calendar", args=[event.slug]),
            reverse("events:event_list_calendar"),
        )
    ]

    assert all(f"SUMMARY;LANGUAGE=ru:{mark}\r\n" in file for file in calendars)
    assert f"<title>{mark}</title>" in client.get(reverse("events:event_feed")).text
    assert "ld+json" not in client.get(event.get_absolute_url()).text


def test_the_page_tells_what_its_series_is(client):
    series = factories.make_series(description_ru="Встречи рабочей группы по законопроекту")
    event = factories.make_event(series=series)

    assert "Встречи рабочей группы по законопроекту" in client.get(event.get_absolute_url()).text


def test_rows_without_words_in_a_public_language_leave_no_empty_headings(client):
    event = factories.make_event(title_en="Draft in English", original_language="ru")
    EventMaterial.objects.create(event=event, title_en="A promised report")
    EventOutcome.objects.create(event=event, kind=OutcomeKind.TASK, text_en="Write a report")
    AgendaItem.objects.create(event=event, title_en="Opening words")

    page = client.get(event.get_absolute_url())

    assert page.context["materials"] == []
    assert page.context["outcomes"] == []
    assert not re.search(r"<(h\d|li|p|ul)\b[^>]*>\s*</\1>", page.text)
    for words in ("promised report", "Write a report", "Opening words"):
        assert words not in page.text


def test_a_reason_that_no_page_shows_is_not_found(client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        event = factories.make_planned_event(happening_reason_ru="Наводнение")

    def total():
        return client.get(reverse("search"), {"q": "наводнение"}).context["listing"].total

    assert total() == 0
    with django_capture_on_commit_callbacks(execute=True):
        save(event, happening=Happening.CANCELLED)
    assert total() == 1


def test_a_full_calendar_keeps_what_waits_for_a_new_day(client, monkeypatch):
    monkeypatch.setattr("events.calendars.MOST_EVENTS", 1)
    factories.make_event(title_ru="Давняя встреча")
    waiting = factories.make_planned_event(title_ru="Ждёт дня", happening_reason_ru="Болезнь")
    save(waiting, happening=Happening.POSTPONED, date_precision=DatePrecision.UNKNOWN)

    file = client.get(reverse("events:event_list_calendar")).text

    assert "Ждёт дня" in file
    assert "Давняя" not in file


def test_a_release_beside_an_event_says_what_else_in_it_is_off(client):
    event = factories.make_event()
    other = factories.make_planned_event(
        happening=Happening.CANCELLED, happening_reason_ru="Пожар в здании"
    )
    factories.make_press_release(events=[event, other])

    assert "Пожар в здании" in client.get(event.get_absolute_url()).text
