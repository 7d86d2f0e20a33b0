"""The pages of events, through their addresses: in three languages, for a reader and for an editor,
whatever is typed into them, and nothing of a draft at any of them."""

import json
import re
from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventMaterial,
    EventOrganisation,
    EventPerson,
    Happening,
    OrganisationRole,
)
from library.models import Document
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FormerSlug, Status, withdraw
from tests import factories
from tests.events.furnished import HIDDEN_NAME, SECRET, SHOWN_NAME, furnished_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]

BISHKEK = ZoneInfo("Asia/Bishkek")


def list_of(client, query=""):
    page = client.get(reverse("events:event_list") + query)
    assert page.status_code == 200
    return page.context["listing"]


def titles(listing):
    return [event.title_ru for event in listing.events]


def own_addresses(event):
    return {
        "event": event.get_absolute_url(),
        "calendar": reverse("events:event_calendar", args=[event.slug]),
        "permanent": event.get_permanent_path(),
    }


def pages_of(event):
    """Addresses where something of the event stands, by name, in the active language."""
    return {
        "list": reverse("events:event_list") + "?when=past",
        "filtered": reverse("events:event_list") + "?kind=roundtable&year=2013&when=past",
        "month": reverse("events:month_calendar_of", args=[2013, 3]),
        "calendar of all": reverse("events:event_list_calendar"),
        "feed": reverse("events:event_feed"),
        "previous": reverse("events:event_detail", args=["previous"]),
        **own_addresses(event),
    }


# Every page, every language, every visitor


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_opens_for_readers_and_editors(client, editor_client, language):
    event = furnished_event()
    with translation.override(language):
        addresses = pages_of(event) | {
            "upcoming": reverse("events:event_list"),
            "this month": reverse("events:month_calendar"),
        }

    for name, address in addresses.items():
        for visitor in (client, editor_client):
            page = visitor.get(address, follow=True)
            assert page.status_code == 200, name
            if page["Content-Type"].startswith("text/html"):
                expected = "ru" if name == "permanent" else language
                assert f'<html lang="{expected}">' in page.text, name
                assert "style=" not in page.text, name
    assert not client.cookies


def test_what_readers_find_of_a_public_event(client):
    event = furnished_event()

    for name, address in pages_of(event).items():
        page = client.get(address, follow=True)
        assert SECRET in page.text.replace("\r\n ", ""), name


@pytest.mark.parametrize(
    "state",
    [
        {"status": Status.DRAFT, "publish_at": None},
        {"status": Status.IN_REVIEW, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["draft", "in review", "scheduled"],
)
def test_nothing_of_a_draft_is_at_any_address(client, editor_client, state):
    event = furnished_event(**state)

    own = own_addresses(event)
    for name, address in pages_of(event).items():
        page = client.get(address, follow=True)
        assert page.status_code == (404 if name in own else 200), name
        assert SECRET not in page.text.replace("\r\n ", ""), name
        assert event.short_id not in page.text, name
    listing = list_of(client, "?when=past")
    assert {choice.label for facet in listing.facets for choice in facet.choices}.isdisjoint(
        {event.project.title_ru, "Организация"}
    )
    preview = editor_client.get(own["event"])
    assert SECRET in preview.text
    assert reverse("admin:events_event_change", args=[event.pk])[3:] in preview.text
    assert "ld+json" not in preview.text
    assert editor_client.get(own["calendar"]).status_code == 404


def test_a_scheduled_event_appears_by_the_clock_alone(client):
    moment = timezone.now() + timedelta(hours=1)
    event = factories.make_planned_event(publish_at=moment)

    for seconds, status in ((-1, 404), (1, 200)):
        now = moment + timedelta(seconds=seconds)
        with patch("django.utils.timezone.now", lambda now=now: now):
            for name, address in own_addresses(event).items():
                assert client.get(address, follow=True).status_code == status, name
            assert list_of(client).upcoming_count == (status == 200)
            for name in ("events:event_list_calendar", "events:event_feed"):
                assert (event.short_id in client.get(reverse(name)).text) is (status == 200)


def test_a_withdrawn_event_says_why_and_an_old_address_leads_on(client):
    event = furnished_event()
    former = FormerSlug.objects.create(kind="events.event", slug="former", record_id=event.pk).slug
    old_page = reverse("events:event_detail", args=[former])
    old_file = reverse("events:event_calendar", args=[former])

    assert client.get(old_page).url == event.get_absolute_url()
    assert client.get(old_file).url == own_addresses(event)["calendar"]
    withdraw(event, None, {"ru": "Неверные сведения"})
    for name, address in own_addresses(event).items():
        gone = client.get(address, follow=True)
        assert gone.status_code == 410, name
        assert "Неверные сведения" in gone.text
    assert SECRET not in client.get(reverse("events:event_list_calendar")).text
    assert client.get(old_file, follow=True).status_code == 410
    for name in ("event_detail", "event_calendar"):
        assert client.get(reverse(f"events:{name}", args=["nowhere"])).status_code == 404
    assert client.get("/e/nowhere").status_code == 404


def test_the_permanent_address_leads_to_the_readers_language(client):
    event = factories.make_trilingual_event()

    page = client.get(event.get_permanent_path(), headers={"accept-language": "ky"})

    assert page.url == event.get_absolute_url().replace("/ru/", "/ky/")


def test_a_missing_language_is_replaced_said_and_not_claimed(client):
    event = factories.make_event(
        title_ky="Жашыруун", title_en="Ready", ready_en=True, venue_ky="Жашыруун жер"
    )

    address = event.get_absolute_url()

    page = client.get(address.replace("/ru/", "/ky/")).text
    assert "Жашыруун" not in page
    assert f'<h1 lang="ru">{event.title_ru}</h1>' in page
    assert f'rel="canonical" href="http://testserver{address}"' in page
    assert "hreflang" not in page.split("</head>")[0]
    own = client.get(address).text.split("</head>")[0]
    assert [code for code in LANGUAGE_CODES if f'hreflang="{code}"' in own] == ["ru", "en"]
    for name in ("event_list_calendar", "event_feed"):
        with translation.override("ky"):
            assert "Жашыруун" not in client.get(reverse(f"events:{name}")).text


# The list


def test_upcoming_and_past_stand_apart_and_what_has_no_date_under_a_heading(client):
    today = timezone.localdate()
    factories.make_event(title_ru="Старое", starts_on=date(2012, 3, 1))
    factories.make_event(title_ru="Недавнее", starts_on=date(2013, 3, 1))
    factories.make_planned_event(title_ru="Без даты", starts_on=None, date_precision="unknown")
    factories.make_planned_event(title_ru="Позже", starts_on=today + timedelta(days=30))
    factories.make_planned_event(title_ru="Скоро", starts_on=today)

    ahead = list_of(client)
    assert [event.title_ru for event in ahead.with_days] == ["Скоро", "Позже"]
    assert [event.title_ru for event in ahead.without_days] == ["Без даты"]
    assert (ahead.upcoming_count, ahead.past_count) == (3, 2)
    assert titles(list_of(client, "?when=past")) == ["Недавнее", "Старое"]


def test_without_anything_ahead_the_list_shows_what_has_been(client):
    factories.make_event()

    assert list_of(client).when == "past"
    assert list_of(client, "?when=upcoming").events == []
    factories.make_planned_event(starts_on=None, date_precision=DatePrecision.UNKNOWN)
    assert list_of(client).when == "upcoming"


def test_a_long_list_has_pages_that_never_overlap(client):
    for number in range(45):
        factories.make_event(title_ru=f"Встреча {number}", starts_on=date(2013, 3, 26))

    pages = [titles(list_of(client, f"?page={number}")) for number in (1, 2, 3)]

    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({title for page in pages for title in page}) == 45
    assert titles(list_of(client, "?page=999")) == pages[2]


@pytest.fixture
def shelf():
    """Four past events that every filter tells apart."""
    project, other_project = factories.make_project(slug="p1"), factories.make_project(slug="p2")
    bodies = [factories.make_organisation(slug=f"o{number}") for number in (1, 2)]
    rows = [
        ("Первая", "roundtable", 2012, project, bodies[0], OrganisationRole.ORGANISER),
        ("Вторая", "roundtable", 2013, project, bodies[1], OrganisationRole.HOST),
        ("Третья", "seminar", 2013, other_project, bodies[1], OrganisationRole.DONOR),
        ("Четвёртая", "training", 2014, None, None, None),
    ]
    for title, kind, year, its_project, body, role in rows:
        event = factories.make_event(
            title_ru=title, kind=kind, starts_on=date(year, 3, 1), project=its_project
        )
        if body:
            EventOrganisation.objects.create(event=event, organisation=body, role=role)
    # In two roles at once it is still one event.
    first = Event.objects.get(title_ru="Первая")
    EventOrganisation.objects.create(
        event=first, organisation=bodies[0], role=OrganisationRole.HOST
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=seminar", {"Третья"}),
        ("?kind=seminar&kind=training", {"Третья", "Четвёртая"}),
        ("?year=2013", {"Вторая", "Третья"}),
        ("?year=2013&year=2014&kind=training", {"Четвёртая"}),
        ("?organisation=o2", {"Вторая", "Третья"}),
        ("?organisation=o1&organisation=o2&kind=roundtable", {"Первая", "Вторая"}),
        ("?project=p1&year=2012", {"Первая"}),
        ("?project=p1&kind=seminar", set()),
    ],
)
def test_filters_narrow_and_choices_of_one_widen(client, query, found):
    assert set(titles(list_of(client, query))) == found
    # The calendar file and the feed hold the same.
    for name in ("events:event_list_calendar", "events:event_feed"):
        text = client.get(reverse(name) + query).text
        assert {
            title for title in ("Первая", "Вторая", "Третья", "Четвёртая") if title in text
        } == (found)


@pytest.mark.usefixtures("shelf")
def test_choices_are_counted_without_their_own_group(client):
    def counts(query):
        return {
            facet.name: {choice.query: choice.count for choice in facet.choices}
            for facet in list_of(client, query).facets
        }

    def of(query, name):
        return sorted(counts(query)[name].values())

    assert of("", "organisation") == [1, 2]
    assert of("", "project") == [1, 2]
    assert of("?kind=seminar", "kind") == [1, 1, 2]
    assert of("?kind=seminar", "year") == [1]
    chosen = [choice for facet in list_of(client, "?year=2013").facets for choice in facet.chosen]
    assert [choice.query for choice in chosen] == ["when=past"]
    assert chosen[0].count == 2


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "query",
    [
        "?kind=x&year=abcd&organisation=x&project=x&when=x&page=x&x=y",
        "?year=99999&year=٢٠١٣&year=0000",
        "?organisation=%00&project=%00&kind=%00&year=%00&when=%00&page=%00",
        "?page=" + "9" * 5000,
        "?page=-1&organisation=" + "o" * 5000,
        "?kind=%ED%A0%80&organisation=%F0%9F%98%80&%FF=%FF",
        "?" + "&".join(f"organisation=x{number}" for number in range(500)),
        "?kind='%22%3E%3Cscript%3E&organisation=%3Cscript%3E",
    ],
)
def test_nonsense_in_the_address_is_ignored(client, query):
    page = client.get(reverse("events:event_list") + query)

    assert page.status_code == 200
    assert "<script>" not in page.text
    if "year=0000" not in query:
        assert len(page.context["listing"].events) == 4
    for name in ("events:event_list_calendar", "events:event_feed"):
        assert client.get(reverse(name) + query).status_code == 200


def test_the_list_leads_to_the_files_of_what_it_shows(client):
    factories.make_event(kind="seminar")

    page = client.get(reverse("events:event_list") + "?kind=seminar&kind=nonsense&page=1").text

    feed = reverse("events:event_feed") + "?kind=seminar"
    assert f'{reverse("events:event_list_calendar")}?kind=seminar"' in page
    assert 'type="application/atom+xml" title=' in page.split("</head>")[0]
    assert f'href="{feed}"' in page.split("</head>")[0]


def test_a_list_without_events_helps(client):
    empty = client.get(reverse("events:event_list"))
    assert empty.status_code == 200
    assert empty.context["listing"].events == []
    factories.make_event(kind="seminar")

    nothing = client.get(reverse("events:event_list") + "?kind=seminar&when=upcoming").text

    assert 'href="?when=past&amp;kind=seminar"' in nothing
    assert 'href="?when=upcoming"' in nothing


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_the_rows(client, django_assert_max_num_queries, rows):
    for number in range(rows):
        event = factories.make_trilingual_event(
            slug=f"row-{number}",
            project=factories.make_project(slug=f"project-{number}"),
            series=factories.make_series(),
        )
        for role in OrganisationRole.values:
            EventOrganisation.objects.create(
                event=event,
                role=role,
                organisation=factories.make_organisation(slug=f"body-{number}-{role}"),
            )
    for address in (
        reverse("events:event_list"),
        reverse("events:event_list")
        + "?organisation=body-0-host&project=project-0&kind=roundtable",
        reverse("events:month_calendar_of", args=[2013, 3]),
        reverse("events:event_list_calendar") + "?organisation=body-0-host",
        reverse("events:event_feed") + "?organisation=body-0-host",
    ):
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 200


# The month


def days_with_events(page):
    return {
        day.date.day: [event.title_ru for event in day.events]
        for week in page.context["month"].weeks
        for day in week
        if day and day.events
    }


def month_of(client, year, month):
    return client.get(reverse("events:month_calendar_of", args=[year, month]))


def test_a_month_has_events_on_each_of_their_days_and_the_vague_ones_on_none(client):
    factories.make_event(title_ru="День", starts_on=date(2013, 3, 26))
    factories.make_event(title_ru="Дни", starts_on=date(2013, 3, 30), ends_on=date(2013, 4, 2))
    factories.make_event(title_ru="Месяц", starts_on=date(2013, 3, 5), date_precision="month")
    factories.make_event(title_ru="Весна", starts_on=date(2013, 5, 5), date_precision="season")
    factories.make_event(title_ru="Не сейчас", starts_on=date(2013, 5, 5))

    march, april = month_of(client, 2013, 3), month_of(client, 2013, 4)

    assert days_with_events(march) == {26: ["День"], 30: ["Дни"], 31: ["Дни"]}
    assert days_with_events(april) == {1: ["Дни"], 2: ["Дни"]}
    vague = [event.title_ru for event in march.context["month"].without_a_day]
    assert vague == ["Месяц", "Весна"]
    first_week = march.context["month"].weeks[0]  # 1 March 2013 was a Friday
    assert [day and day.date.day for day in first_week] == [None, None, None, None, 1, 2, 3]
    assert "noindex" not in march.text


def test_a_month_leads_to_its_neighbours_and_to_the_nearest_with_events(client):
    factories.make_event(starts_on=date(2012, 11, 30), ends_on=date(2012, 12, 1))
    factories.make_event(starts_on=date(2013, 2, 28), ends_on=date(2013, 3, 1))
    factories.make_event(starts_on=date(2013, 9, 1))

    def links(year, month):
        found = month_of(client, year, month).context["month"]
        return [
            link and f"{link.first:%Y-%m}"
            for link in (
                found.previous,
                found.next,
                found.previous_with_events,
                found.next_with_events,
            )
        ]

    assert links(2013, 2) == ["2013-01", "2013-03", "2012-12", None]
    assert links(2013, 3) == ["2013-02", "2013-04", None, "2013-09"]
    assert links(2013, 10) == ["2013-09", "2013-11", None, None]


def test_crawlers_do_not_walk_through_empty_months(client):
    factories.make_event(starts_on=date(2013, 3, 26))

    empty = month_of(client, 2013, 5)

    assert 'content="noindex"' in empty.text
    assert re.search(r'/2013/6/" rel="next nofollow"', empty.text)
    neighbour = month_of(client, 2013, 4).text
    assert re.search(r'/2013/3/" rel="prev"', neighbour)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("1990/1", 200),
        ("2199/12", 200),
        ("1989/12", 404),
        ("2200/1", 404),
        ("2013/0", 404),
        ("2013/13", 404),
        ("0/1", 404),
        ("99999999999999999999/1", 404),
        ("2013/99999999999999999999", 404),
        ("2013/-1", 404),
    ],
)
def test_months_end_somewhere(client, path, status):
    page = client.get(f"/ru/calendar/{path}/")

    assert page.status_code == status
    assert "/1989/" not in page.text
    assert "/2200/" not in page.text


def test_the_calendar_opens_at_the_month_and_marks_the_day_of_bishkek(client):
    # In Bishkek it is already the first of April.
    now = datetime(2013, 4, 1, 0, 30, tzinfo=BISHKEK).astimezone(ZoneInfo("UTC"))
    with patch("django.utils.timezone.now", lambda: now):
        page = client.get(reverse("events:month_calendar"))

    assert page.context["month"].first == date(2013, 4, 1)
    today = [
        day.date for week in page.context["month"].weeks for day in week if day and day.is_today
    ]
    assert today == [date(2013, 4, 1)]
    assert page.text.count('aria-current="date"') == 1


def test_a_month_is_one_table_with_headers(client):
    factories.make_event(title_ru="Один раз", starts_on=date(2013, 3, 26))

    page = month_of(client, 2013, 3).text

    assert page.count("<table") == 1
    assert page.count('<th scope="col">') == 7
    assert page.count("Один раз") == 1


# The page of an event


def test_the_page_tells_when_where_and_who(client):
    event = furnished_event(
        date_as_written="в конце марта",
        date_as_written_language="ru",
        participants_ru="эксперты\n\nисследователи",
        participant_count=45,
        address_ru="Бишкек, Абая 1",
    )

    page = client.get(event.get_absolute_url()).text

    for text in (
        '<time datetime="2013-03-26T10:00">26 марта 2013</time>',
        "10:00–13:30",
        "<q>в конце марта</q>",
        f"Зал {SECRET}, Бишкек, Абая 1",
        "<dd>эксперты</dd>",
        "<dd>исследователи</dd>",
        "<dd>45</dd>",
        reverse("library:organisation_detail", args=["organisation-of-event-0"]),
        reverse("library:topic_detail", args=["topic"]),
        reverse("library:project_detail", args=["project"]),
        reverse("library:document_detail", args=["feedback-document"]),
        reverse("events:event_calendar", args=["event"]),
        f"http://testserver/e/{event.short_id}",
        "Пункт 3",
        "Итог 3",
    ):
        assert text in page, text


def test_what_is_not_known_says_so_and_what_is_not_there_is_left_out(client):
    event = factories.make_event(
        starts_on=None, date_precision=DatePrecision.UNKNOWN, happening=Happening.PLANNED
    )

    page = client.get(event.get_absolute_url()).text

    assert page.count('class="unstated"') == 3  # date, place, organiser
    assert page.count('<section class="band">') == 1
    assert reverse("events:event_calendar", args=[event.slug]) not in page


@pytest.mark.parametrize(
    ("precision", "date_markup"),
    [
        ("month", '<time datetime="2013-03">март 2013</time> <span class="soft">'),
        ("season", 'весна 2013 <span class="soft">'),
    ],
)
def test_a_date_is_no_more_exact_than_known(client, precision, date_markup):
    event = factories.make_event(date_precision=precision)

    page = client.get(event.get_absolute_url()).text

    assert date_markup in page
    assert "2013-03-0" not in page
    assert "1 март" not in page


def test_a_name_is_nowhere_without_consent(client, editor_client):
    event = furnished_event()

    for visitor in (client, editor_client):
        for address in pages_of(event).values():
            assert HIDDEN_NAME not in visitor.get(address, follow=True).text
    page = client.get(event.get_absolute_url()).text
    assert SHOWN_NAME in page
    assert "Должность 0" in page
    EventPerson.objects.update(consent_given_on=None)
    assert SHOWN_NAME not in client.get(event.get_absolute_url()).text


def test_the_way_to_take_part_ends_with_the_event(client):
    url = "https://example.org/room"
    fields = {"online_url": url, "how_to_attend_ru": "Напишите в центр", "start_time": time(10)}
    event = factories.make_planned_event(**fields)
    off = factories.make_planned_event(
        **fields, happening=Happening.CANCELLED, happening_reason_ru="Дождь"
    )

    def shows(it):
        page = client.get(it.get_absolute_url()).text
        return [url in page, "Напишите в центр" in page]

    assert shows(event) == [True, True]
    assert shows(off) == [False, False]
    end = datetime.combine(event.ends_on, time(23, 59, 59), BISHKEK)
    with patch("django.utils.timezone.now", lambda: end + timedelta(seconds=1)):
        assert shows(event) == [False, False]


def test_the_programme_is_an_outline_whatever_its_levels(client):
    event = factories.make_event(ends_on=date(2013, 3, 27))
    rows = [(2, "а", 26), (1, "б", 26), (3, "в", 26), (2, "г", 27), (1, "д", 27)]
    for position, (level, title, day) in enumerate(rows):
        AgendaItem.objects.create(
            event=event,
            position=position,
            level=level,
            title_ru=title,
            starts_on=date(2013, 3, day),
            start_time=time(9) if title == "в" else None,
        )

    def outline(points):
        return [(it.item.title_ru, it.shows_day, outline(it.points)) for it in points]

    page = client.get(event.get_absolute_url())

    assert outline(page.context["agenda"].points) == [
        ("а", True, []),
        ("б", False, [("в", False, []), ("г", True, [])]),
        ("д", False, []),
    ]
    assert page.context["agenda"].has_times
    assert "09:00" in page.text


def test_materials_are_those_one_may_see_and_what_is_still_promised(client, editor_client):
    event = factories.make_event()
    public = factories.make_document(title_ru="Отчёт")
    draft = factories.make_draft(title_ru="Тайный отчёт")
    promised_by = factories.make_organisation(name_ru="Обещавшая", slug="promised")
    for fields in ({"document": public}, {"document": draft}):
        EventMaterial.objects.create(event=event, **fields)
    EventMaterial.objects.create(event=event, title_ru="Протокол", promised_by=promised_by)

    page = client.get(event.get_absolute_url()).text

    assert public.get_absolute_url() in page
    assert "Тайный" not in page
    assert draft.slug not in page
    assert "Протокол" in page
    assert promised_by.get_absolute_url() in page
    assert "Тайный отчёт" in editor_client.get(event.get_absolute_url()).text


def test_drafts_around_an_event_are_not_named(client):
    hidden = {"status": Status.DRAFT, "publish_at": None}
    series = factories.make_series()
    previous = factories.make_event(title_ru="Тайная прежняя", series=series, **hidden)
    document = factories.make_draft(title_ru="Тайный отзыв")
    event = factories.make_event(series=series, previous=previous, feedback_document=document)
    factories.make_event(title_ru="Тайная следующая", previous=event, **hidden)
    factories.make_press_release(title_ru="Тайный релиз", events=[event], **hidden)
    factories.make_press_release(
        title_ru="Тайный под эмбарго",
        events=[event],
        embargo_until=timezone.now() + timedelta(hours=1),
    )
    factories.make_press_release(title_ru="Открытый релиз", events=[event])

    page = client.get(event.get_absolute_url()).text

    assert "Тайн" not in page
    assert "Открытый релиз" in page


def test_meetings_of_a_series_lead_to_each_other(client):
    series = factories.make_series()
    first = factories.make_event(series=series)
    second = factories.make_event(series=series, previous=first)
    third = factories.make_event(series=series, previous=second)
    other = factories.make_event(series=series)
    stranger = factories.make_event()

    page = client.get(second.get_absolute_url())

    company = page.context["company"]
    assert (company.next_events, company.series) == ([third], [other])
    assert page.context["previous"] == first
    assert stranger.get_absolute_url() not in page.text
    assert page.text.count(f'href="{first.get_absolute_url()}"') == 1


def test_queries_of_a_page_with_everything(client, django_assert_max_num_queries):
    event = furnished_event()
    questionnaire = factories.make_questionnaire(event)
    factories.make_question(questionnaire)

    with django_assert_max_num_queries(8):
        assert client.get(event.get_absolute_url()).status_code == 200


def test_hostile_text_stays_text(client):
    hostile = "</script><script>alert(1)</script><!-- \u2028 \x01 ]]>"
    event = factories.make_event(
        title_ru=hostile,
        summary_ru=hostile,
        venue_ru=hostile,
        happening=Happening.CANCELLED,
        happening_reason_ru=hostile,
    )

    for address in (*own_addresses(event).values(), reverse("events:event_list")):
        page = client.get(address, follow=True)
        assert page.status_code == 200
        if page["Content-Type"].startswith("text/html"):
            assert "<script>" not in page.text
    assert structured(client, event)["name"] == hostile
    assert client.get(reverse("events:event_feed")).status_code == 200


# For machines


def structured(client, event):
    page = client.get(event.get_absolute_url()).text
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[0]) if found else None


def test_machines_are_told_what_is_known(client):
    event = furnished_event(online_url="https://example.org/room")

    data = structured(client, event)

    assert data["@type"] == "Event"
    assert data["name"] == SECRET
    assert data["startDate"] == "2013-03-26T10:00:00+06:00"
    assert data["endDate"] == "2013-03-26T13:30:00+06:00"
    assert data["eventStatus"].endswith("/EventScheduled")
    assert data["eventAttendanceMode"].endswith("/MixedEventAttendanceMode")
    assert [place["@type"] for place in data["location"]] == ["Place"]  # it is over
    assert len(data["organizer"]) == 4
    assert data["inLanguage"] == "ru"
    assert "performer" not in data


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"ends_on": date(2013, 3, 27)}, ("2013-03-26", "2013-03-27")),
        ({"date_precision": "month"}, ("2013-03", "2013-03")),
        ({"date_precision": "season"}, (None, None)),
        (
            {"date_precision": "unknown", "starts_on": None, "happening": Happening.PLANNED},
            (None, None),
        ),
    ],
)
def test_machines_get_no_date_that_nobody_knows(client, fields, days):
    data = structured(client, factories.make_event(**fields))

    assert (data.get("startDate"), data.get("endDate")) == days


def test_machines_hear_that_an_event_is_moved_or_off(client):
    event = factories.make_planned_event(happening_reason_ru="Дождь")
    day = event.starts_on

    def status_after(**changes):
        for name, value in changes.items():
            setattr(event, name, value)
        event.full_clean()
        event.save()
        data = structured(client, event)
        return data and (data["eventStatus"].rpartition("/")[2], data.get("previousStartDate"))

    assert status_after() == ("EventScheduled", None)
    waiting = {"happening": Happening.POSTPONED, "date_precision": DatePrecision.UNKNOWN}
    assert status_after(**waiting) == ("EventPostponed", None)
    new_day = day + timedelta(days=7)
    moved = {"date_precision": DatePrecision.DAY, "starts_on": new_day, "ends_on": new_day}
    assert status_after(**moved) == ("EventRescheduled", day.isoformat())
    assert status_after(happening=Happening.CANCELLED) == ("EventCancelled", None)
    assert status_after(happening=Happening.PROPOSED) is None


# Off at once, everywhere


@pytest.mark.parametrize("happening", [Happening.POSTPONED, Happening.CANCELLED])
def test_an_event_that_is_off_says_so_everywhere_at_once(
    client, django_capture_on_commit_callbacks, happening
):
    with django_capture_on_commit_callbacks(execute=True):
        event = factories.make_trilingual_event(
            title_ru="Приметная встреча",
            starts_on=timezone.localdate() + timedelta(days=10),
            happening=Happening.PLANNED,
        )
    release = factories.make_press_release(events=[event])
    reason = "Зал закрыт на ремонт"
    places = {
        "page": event.get_absolute_url(),
        "list": reverse("events:event_list"),
        "calendar": reverse("events:event_calendar", args=[event.slug]),
        "calendar of all": reverse("events:event_list_calendar"),
        "feed": reverse("events:event_feed"),
        "release": release.get_absolute_url(),
        "releases": reverse("events:press_list"),
        "search": reverse("search") + "?q=Приметная",
        "home": reverse("home"),
    }

    def told():
        return {
            name
            for name, address in places.items()
            if reason in client.get(address).text.replace("\r\n ", "")
        }

    assert told() == set()
    event.happening, event.happening_reason_ru = happening, reason
    if happening == Happening.POSTPONED:
        event.date_precision = DatePrecision.UNKNOWN
    event.full_clean()
    with django_capture_on_commit_callbacks(execute=True):
        event.save()
    assert told() == set(places)


def test_a_former_day_stays_in_sight_after_a_postponement(client):
    event = factories.make_planned_event(happening_reason_ru="Дождь")
    day = event.formerly or event.when
    new_day = event.starts_on + timedelta(days=40)
    event.happening, event.starts_on, event.ends_on = Happening.POSTPONED, new_day, new_day
    event.full_clean()
    event.save()

    for address in (event.get_absolute_url(), reverse("events:event_list")):
        assert day in client.get(address).text
    month = month_of(client, new_day.year, new_day.month)
    assert days_with_events(month) == {new_day.day: [event.title_ru]}


def test_the_pages_of_an_empty_portal_open(client):
    Document.objects.all().delete()

    for name in ("event_list", "month_calendar", "event_list_calendar", "event_feed"):
        assert client.get(reverse(f"events:{name}")).status_code == 200
