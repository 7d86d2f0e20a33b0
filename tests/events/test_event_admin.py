"""The editors' rooms of events, through their addresses."""

from datetime import date, time, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone, translation
from modeltranslation.translator import translator

from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventSeries,
    Happening,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from mrc_portal.roles import CONTRIBUTORS, EDITORS
from tests import factories
from tests.editing import errors_of, said, saved

pytestmark = pytest.mark.django_db

ADD = "admin:events_event_add"
CHANGE = "admin:events_event_change"
CHANGELIST = "admin:events_event_changelist"
COPY = "admin:events_event_copy"
INLINES = ("organisations", "people", "agenda", "materials", "outcomes")


def form_data(**fields):
    """A filled form of a Russian draft without inlines."""
    data = {
        "status": "draft",
        "publish_at_0": "",
        "publish_at_1": "",
        "kind": "roundtable",
        "original_language": "ru",
        "date_precision": "day",
        "starts_on": "2013-03-26",
        "happening": "planned",
        "title_ru": "Круглый стол о передовом опыте",
    }
    for name in INLINES:
        data |= {f"{name}-TOTAL_FORMS": "0", f"{name}-INITIAL_FORMS": "0"}
    return data | fields


def rows(name, *new, old=()):
    """An inline with rows that exist and new ones; a row is a dictionary."""
    data = {f"{name}-TOTAL_FORMS": str(len(old) + len(new)), f"{name}-INITIAL_FORMS": str(len(old))}
    for number, row in enumerate([*old, *new]):
        data |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return data


def data_of(event, **fields):
    """The form of an event as it is, without inlines."""
    same = {
        "status": event.status,
        "kind": event.kind,
        "original_language": event.original_language,
        "date_precision": event.date_precision,
        "starts_on": event.starts_on.isoformat() if event.starts_on else "",
        "happening": event.happening,
        "title_ru": event.title_ru,
        "slug": event.slug,
    }
    if event.publish_at:
        local = timezone.localtime(event.publish_at)
        same |= {"publish_at_0": f"{local:%Y-%m-%d}", "publish_at_1": f"{local:%H:%M:%S}"}
    same |= {f"ready_{code}": "on" for code in event.ready_languages}
    return form_data(**same | fields)


# The form


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("name", ["event", "eventseries"])
def test_the_rooms_open_in_every_language_and_load_nothing_from_elsewhere(
    client, editor, language, name
):
    factories.make_trilingual_event(series=factories.make_series())
    with translation.override(language):
        paths = [reverse(f"admin:events_{name}_{view}") for view in ("changelist", "add")]

    for path in paths:
        page = client.get(path)
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        for scheme in ("http://", "https://", '"//'):
            for attribute in ('src="', 'href="'):
                assert attribute + scheme.strip('"') not in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_an_event_is_written_in_three_languages_with_all_that_belongs_to_it(
    client, editor, language
):
    organisation = factories.make_organisation()
    person = factories.make_person()
    document = factories.make_document()
    titles = {"ky": "Тегерек стол", "ru": "Круглый стол", "en": "Round table"}
    data = form_data(start_time="10:00", end_time="13:30", happening="held")
    for code in LANGUAGE_CODES:
        data |= {f"title_{code}": titles[code], f"venue_{code}": f"Зал {code}"}
        data |= {f"participants_{code}": f"эксперты {code}"}
    texts = {f"text_{code}": f"Текст {code}" for code in LANGUAGE_CODES}
    names = {f"title_{code}": f"Пункт {code}" for code in LANGUAGE_CODES}
    data |= rows("organisations", {"role": "organiser", "organisation": organisation.pk})
    data |= rows(
        "people",
        {
            "role": "moderator",
            "person": person.pk,
            "affiliation_ky": "борбордун директору",
            "consent_given_on": "2013-03-20",
            "consent_note": "в анкете",
        },
        {"role": "chair", "affiliation_ru": "председатель рабочей группы"},
    )
    data |= rows(
        "agenda",
        {"level": "1", "start_time": "10:00", "end_time": "11:00"} | names,
        {"level": "2", "led_by_en": "moderator"} | names | texts,
    )
    data |= rows(
        "materials",
        {"document": document.pk},
        {"title_ru": "Протокол", "promised_by": organisation.pk},
    )
    data |= rows(
        "outcomes",
        {"kind": "task", "responsible_organisation": organisation.pk} | texts,
        {"kind": "suggestion", "responsible_ru": "четверо участников"} | texts,
    )

    with translation.override(language):
        response = client.post(reverse(ADD), data)

    saved(response)
    event = Event.objects.get()
    assert {code: getattr(event, f"title_{code}") for code in LANGUAGE_CODES} == titles
    assert (event.starts_on, event.ends_on) == (date(2013, 3, 26), date(2013, 3, 26))
    assert (event.times, event.happening, event.status) == ("10:00–13:30", "held", Status.DRAFT)
    assert event.slug == "kruglyy-stol"
    assert event.created_by == editor
    assert event.organisations.get().organisation == organisation
    assert [row.is_name_public for row in event.people.all()] == [True, False]
    assert [(row.position, row.level) for row in event.agenda.all()] == [(1, 1), (2, 2)]
    assert event.agenda.last().led_by_en == "moderator"
    assert [row.is_missing for row in event.materials.all()] == [False, True]
    assert [row.kind for row in event.outcomes.all()] == ["task", "suggestion"]
    assert event.outcomes.first().text_ky == "Текст ky"


def test_every_language_has_a_tab_with_all_translated_texts(client, editor):
    event = factories.make_trilingual_event()

    form = client.get(reverse(CHANGE, args=[event.pk])).context["adminform"]

    translated = set(translator.get_options_for_model(Event).all_fields)
    for code in LANGUAGE_CODES:
        [tab] = [fields for _name, fields in form.fieldsets if f"--{code}" in str(fields)]
        names = {name.removesuffix(f"_{code}") for name in tab["fields"]}
        assert names == translated | {"ready"}  # it has been public: with the withdrawal's reason


def test_previews_lead_to_the_final_address_in_each_language(client, editor):
    event = factories.make_trilingual_event(status=Status.DRAFT, publish_at=None)

    page = client.get(reverse(CHANGE, args=[event.pk]))

    links = [url for _code, _name, url in page.context["previews"]]
    assert links == [f"/{code}/events/{event.slug}/" for code in LANGUAGE_CODES]


def test_publish_now_and_history_work_as_everywhere(client, editor):
    saved(client.post(reverse(ADD), form_data(ready_ru="on", _publish="1")))

    event = Event.objects.published().get()
    history = client.get(reverse("admin:events_event_history", args=[event.pk]))
    assert history.status_code == 200
    assert event.history.first().history_user == editor


def test_a_withdrawal_says_why(client, editor):
    event = factories.make_event()
    data = data_of(event, status="withdrawn")

    assert "withdrawn_reason_ru" in errors_of(client.post(reverse(CHANGE, args=[event.pk]), data))
    saved(
        client.post(
            reverse(CHANGE, args=[event.pk]), data | {"withdrawn_reason_ru": "Записано дважды"}
        )
    )
    event.refresh_from_db()
    assert event.is_withdrawn


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"title_ru": ""}, "title_ru"),
        ({"starts_on": ""}, "starts_on"),
        ({"starts_on": "0013-03-26"}, "starts_on"),
        ({"ends_on": "9999-03-26"}, "ends_on"),
        ({"starts_on": "9999-12-31", "date_precision": "month"}, "starts_on"),
        ({"ends_on": "2013-03-25"}, "ends_on"),
        ({"date_precision": "month", "start_time": "10:00"}, "start_time"),
        ({"end_time": "10:00"}, "start_time"),
        ({"start_time": "10:00", "end_time": "09:00"}, "end_time"),
        ({"start_time": "25:00"}, "start_time"),
        ({"date_as_written": "весной"}, "date_as_written_language"),
        ({"happening": "held", "starts_on": "2190-01-01"}, "happening"),
        ({"happening": "held", "date_precision": "unknown", "starts_on": ""}, "happening"),
        ({"happening": "cancelled"}, "happening_reason_ru"),
        ({"happening": "postponed"}, "happening_reason_ru"),
        ({"happening": "burnt"}, "happening"),
        ({"kind": ""}, "kind"),
        ({"participant_count": "0"}, "participant_count"),
        ({"participant_count": "-3"}, "participant_count"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"previous": "999999"}, "previous"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_alone(client, editor, fields, place):
    response = client.post(reverse(ADD), form_data(**fields))

    assert errors_of(response) == [place]
    assert not Event.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(client, editor):
    data = form_data(title_ru="", ends_on="2013-03-25", happening="cancelled")
    data |= rows("agenda", {"level": "1", "title_ru": "Пункт", "end_time": "10:00"})

    names = errors_of(client.post(reverse(ADD), data))

    assert set(names) == {"title_ru", "ends_on", "happening_reason_ru", "agenda-0-end_time"}


def test_times_are_shown_as_they_are_typed(client, editor):
    event = factories.make_event(start_time=time(9, 5))
    AgendaItem.objects.create(event=event, title_ru="Открытие", start_time=time(10))

    text = client.get(reverse(CHANGE, args=[event.pk])).text

    assert 'name="start_time" value="09:05"' in text
    assert 'name="agenda-0-start_time" value="10:00"' in text


@pytest.mark.parametrize(
    ("name", "row", "place"),
    [
        ("organisations", {"role": "donor", "organisation": ""}, "organisation"),
        ("people", {"role": "chair"}, "person"),
        (
            "people",
            {"role": "chair", "affiliation_ru": "судья", "consent_given_on": "2013-02-01"},
            "person",
        ),
        ("people", {"role": "chair", "consent_given_on": "2190-01-01"}, "consent_given_on"),
        ("people", {"role": "chair", "consent_given_on": "0013-01-01"}, "consent_given_on"),
        ("agenda", {"level": "1", "start_time": "10:00"}, "title_ru"),
        ("agenda", {"level": "4", "title_ru": "Пункт"}, "level"),
        ("agenda", {"level": "1", "title_ru": "Пункт", "starts_on": "2013-03-27"}, "starts_on"),
        ("agenda", {"level": "1", "title_ru": "Пункт", "end_time": "10:00"}, "end_time"),
        (
            "agenda",
            {"level": "1", "title_ru": "Пункт", "start_time": "10:00", "end_time": "9:00"},
            "end_time",
        ),
        ("materials", {"promised_by": "", "position": "3"}, "document"),
        ("outcomes", {"kind": "task"}, "text_ru"),
        ("outcomes", {"kind": "", "text_ru": "План"}, "kind"),
    ],
)
def test_what_is_wrong_in_a_row_is_said_at_its_field_alone(client, editor, name, row, place):
    response = client.post(reverse(ADD), form_data() | rows(name, row))

    assert errors_of(response) == [f"{name}-0-{place}"]
    assert not Event.objects.exists()


def test_the_same_row_twice_is_refused_at_the_second(client, editor):
    organisation = factories.make_organisation()
    document = factories.make_document()
    data = form_data()
    data |= rows("organisations", *[{"role": "donor", "organisation": organisation.pk}] * 2)
    data |= rows("materials", *[{"document": document.pk}] * 2)

    response = client.post(reverse(ADD), data)

    assert errors_of(response) == ["organisations-1-organisation", "materials-1-document"]
    inlines = {it.formset.prefix: it.formset for it in response.context["inline_admin_formsets"]}
    messages = inlines["organisations"].forms[1].errors["organisation"]
    assert messages == [str(EventOrganisation._meta.constraints[0].violation_error_message)]
    assert not Event.objects.exists()


def test_an_organisation_may_have_two_roles_and_two_materials_may_be_missing(client, editor):
    organisation = factories.make_organisation()
    data = form_data()
    data |= rows(
        "organisations",
        {"role": "donor", "organisation": organisation.pk},
        {"role": "host", "organisation": organisation.pk},
    )
    data |= rows("materials", {"title_ru": "Протокол"}, {"title_ru": "Фотографии"})

    saved(client.post(reverse(ADD), data))

    assert EventOrganisation.objects.count() == 2
    assert EventMaterial.objects.filter(document=None).count() == 2


def test_a_row_can_be_taken_away_and_entered_again_at_once(client, editor):
    event = factories.make_event()
    organisation = factories.make_organisation()
    old = EventOrganisation.objects.create(event=event, role="host", organisation=organisation)
    same = {"role": "host", "organisation": organisation.pk}
    gone = same | {"id": old.pk, "event": event.pk, "DELETE": "on"}

    data = data_of(event) | rows("organisations", same, old=[gone])
    saved(client.post(reverse(CHANGE, args=[event.pk]), data))

    assert event.organisations.get().pk != old.pk


# Days


def test_a_new_first_day_is_enough_to_move_an_event_of_one_day(client, editor):
    event = factories.make_planned_event()
    page = client.get(reverse(CHANGE, args=[event.pk]))
    assert page.context["adminform"].form["ends_on"].value() is None

    saved(client.post(reverse(CHANGE, args=[event.pk]), data_of(event, starts_on="2190-06-05")))

    event.refresh_from_db()
    assert (event.starts_on, event.ends_on) == (date(2190, 6, 5), date(2190, 6, 5))
    assert event.calendar_sequence == 1


def test_an_event_of_several_days_shows_its_last_day(client, editor):
    event = factories.make_event(ends_on=date(2013, 3, 27))

    form = client.get(reverse(CHANGE, args=[event.pk])).context["adminform"].form

    assert form["ends_on"].value() == date(2013, 3, 27)


@pytest.mark.parametrize(
    ("precision", "first", "last"),
    [
        ("month", date(2013, 1, 1), date(2013, 1, 31)),
        ("season", date(2012, 12, 1), date(2013, 2, 28)),
        ("unknown", None, None),
    ],
)
def test_a_date_is_kept_as_exactly_as_it_is_known(client, editor, precision, first, last):
    data = form_data(
        date_precision=precision,
        starts_on="2013-01-17" if first else "",
        date_as_written="в январе",
        date_as_written_language="ru",
    )
    saved(client.post(reverse(ADD), data))

    event = Event.objects.get()
    assert (event.starts_on, event.ends_on) == (first, last)
    assert event.date_as_written == "в январе"
    form = client.get(reverse(CHANGE, args=[event.pk])).context["adminform"].form
    assert form["ends_on"].value() is None
    # Saved again as it stands, it stays what it is.
    again = data_of(event, date_as_written="в январе", date_as_written_language="ru")
    saved(client.post(reverse(CHANGE, args=[event.pk]), again))
    event.refresh_from_db()
    assert (event.starts_on, event.ends_on, event.calendar_sequence) == (first, last, 0)


def test_a_postponed_event_needs_new_days_or_none(client, editor):
    event = factories.make_planned_event()
    reason = {"happening": "postponed", "happening_reason_ru": "Зал закрыт"}
    path = reverse(CHANGE, args=[event.pk])

    assert errors_of(client.post(path, data_of(event, **reason))) == ["starts_on"]

    saved(client.post(path, data_of(event, **reason, date_precision="unknown")))
    old_day = event.starts_on
    event.refresh_from_db()
    assert (event.starts_on, event.former_starts_on) == (None, old_day)


def test_days_of_the_programme_follow_the_event(client, editor):
    event = factories.make_event(ends_on=date(2013, 3, 27))
    item = AgendaItem.objects.create(event=event, title_ru="Итоги", starts_on=date(2013, 3, 27))
    row = {"id": item.pk, "event": event.pk, "level": "1", "title_ru": "Итоги"}
    data = data_of(event, ends_on="") | rows("agenda", old=[row | {"starts_on": "2013-03-27"}])

    response = client.post(reverse(CHANGE, args=[event.pk]), data)

    assert errors_of(response) == ["agenda-0-starts_on"]


def test_events_do_not_continue_each_other_in_a_circle(client, editor):
    first = factories.make_event()
    second = factories.make_event(previous=first)

    for previous in (first, second):
        response = client.post(
            reverse(CHANGE, args=[first.pk]), data_of(first, previous=previous.pk)
        )
        assert errors_of(response) == ["previous"]


# Consent


def test_the_form_says_what_readers_see_of_a_person(client, editor):
    event = factories.make_event()
    person = factories.make_person(family_name_ru="Тайная")
    EventPerson.objects.create(event=event, person=person, consent_given_on=date(2013, 3, 1))
    hidden = EventPerson.objects.create(event=event, person=person)
    path = reverse(CHANGE, args=[event.pk])

    page = client.get(path)

    [inline] = [it for it in page.context["inline_admin_formsets"] if it.formset.prefix == "people"]
    admin = inline.opts
    public, secret = (admin.what_readers_see(row) for row in event.people.order_by("pk"))
    assert public != secret
    assert str(public) in page.text
    assert str(secret) in page.text
    old = [
        {"id": row.pk, "event": event.pk, "role": "speaker", "person": person.pk}
        for row in event.people.order_by("pk")
    ]
    old[0]["consent_given_on"] = "2013-03-01"
    old[1]["affiliation_ru"] = "эксперт"
    response = saved(client.post(path, data_of(event) | rows("people", old=old)))
    assert str(hidden.person) in said(response)


def test_no_warning_where_everybody_agreed(client, editor):
    row = {
        "role": "chair",
        "person": factories.make_person(family_name_ru="Открытая").pk,
        "consent_given_on": "2013-03-01",
    }

    response = saved(client.post(reverse(ADD), form_data() | rows("people", row)))

    assert "Открытая" not in said(response)


# Contributors


def test_contributors_write_drafts_with_rows_and_take_rows_away_again(client, contributor):
    organisation = factories.make_organisation()
    data = form_data(status="published", ready_ru="on", _publish="1")
    client.post(reverse(ADD), data)
    assert not Event.objects.filter(status=Status.PUBLISHED).exists()

    data = form_data(status="in_review")
    data |= rows("organisations", {"role": "donor", "organisation": organisation.pk})
    data |= rows("people", {"role": "chair", "affiliation_ru": "судья"})
    data |= rows("agenda", {"level": "1", "title_ru": "Открытие"})
    data |= rows("materials", {"title_ru": "Протокол"})
    data |= rows("outcomes", {"kind": "task", "text_ru": "План"})
    saved(client.post(reverse(ADD), data))

    draft = Event.objects.get()
    assert (draft.status, draft.created_by) == (Status.IN_REVIEW, contributor)
    data = data_of(draft)
    for name in INLINES:
        row = getattr(draft, name).get()
        same = {
            key: value
            for key, value in data_of_row(row).items()
            if value is not None and key != "position"
        }
        data |= rows(name, old=[same | {"id": row.pk, "event": draft.pk, "DELETE": "on"}])
    saved(client.post(reverse(CHANGE, args=[draft.pk]), data))
    assert not any(getattr(draft, name).exists() for name in INLINES)


def data_of_row(row):
    names = [field.attname for field in row._meta.concrete_fields if field.editable]
    return {name.removesuffix("_id"): getattr(row, name) for name in names}


@pytest.mark.parametrize("state", ["published", "scheduled", "withdrawn"])
def test_contributors_look_at_what_is_settled_and_cannot_change_it(client, contributor, state):
    fields = {
        "published": {},
        "scheduled": {"publish_at": timezone.now() + timedelta(days=1)},
        "withdrawn": {
            "status": Status.WITHDRAWN,
            "withdrawn_at": timezone.now(),
            "withdrawn_reason_ru": "Ошибка",
        },
    }[state]
    event = factories.make_event()
    Event.objects.filter(pk=event.pk).update(**fields)
    EventOutcome.objects.create(event=event, kind="task", text_ru="План")
    data = data_of(event, title_ru="Подмена")
    data |= rows("outcomes", {"kind": "decision", "text_ru": "Подмена"})

    page = client.get(reverse(CHANGE, args=[event.pk]))
    response = client.post(reverse(CHANGE, args=[event.pk]), data)

    assert page.status_code == 200
    assert "План" in page.text
    assert 'name="title_ru"' not in page.text
    assert 'name="outcomes-0-kind"' not in page.text
    assert response.status_code == 403
    event.refresh_from_db()
    assert event.title_ru != "Подмена"
    assert event.outcomes.count() == 1


def test_who_may_only_read_sees_rich_text_without_its_tags(client, contributor):
    event = factories.make_event(note_ru="<p>О <strong>столе</strong></p>")
    release = factories.make_press_release(body_ru="<p>В <em>Бишкеке</em></p>")

    pages = [
        client.get(f"/ru/admin/events/{kind}/{record.pk}/change/").text
        for kind, record in (("event", event), ("pressrelease", release))
    ]

    assert "<p>О <strong>столе</strong></p>" in pages[0]
    assert "<p>В <em>Бишкеке</em></p>" in pages[1]
    assert not any("&lt;p&gt;" in page for page in pages)


def test_contributors_add_series_but_do_not_change_those_that_readers_see(client, contributor):
    series = factories.make_series(name_ru="Ряд")

    saved(client.post(reverse("admin:events_eventseries_add"), {"name_ru": "Новый"}))
    path = reverse("admin:events_eventseries_change", args=[series.pk])
    assert client.post(path, {"name_ru": "Подмена"}).status_code == 403

    assert set(EventSeries.objects.values_list("name_ru", flat=True)) == {"Ряд", "Новый"}


def test_people_without_a_role_see_nothing(client):
    user = factories.make_user("", is_staff=True)
    client.force_login(user)
    event = factories.make_event()

    for name, arguments in ((CHANGELIST, []), (ADD, []), (CHANGE, [event.pk])):
        assert client.get(reverse(name, args=arguments)).status_code == 403
    assert client.post(reverse(COPY, args=[event.pk])).status_code == 403
    titles = [work.title for work in client.get(reverse("admin:index")).context["work_lists"]]
    assert titles == []


# The next meeting


@pytest.mark.parametrize("role", [EDITORS, CONTRIBUTORS])
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_copy_as_next_opens_the_form_of_a_draft(client, role, language):
    user = factories.make_user(role)
    client.force_login(user)
    event = factories.make_trilingual_event(series=factories.make_series())
    with translation.override(language):
        form = client.get(reverse(CHANGE, args=[event.pk]))
        assert form.context["copy_url"] in form.text
        response = client.post(form.context["copy_url"])

        copy = Event.objects.exclude(pk=event.pk).get()
        assert response.url == reverse(CHANGE, args=[copy.pk])
    assert (copy.previous, copy.status, copy.created_by) == (event, Status.DRAFT, user)
    page = client.get(response.url)
    assert page.status_code == 200
    assert len(page.context["messages"]) == 1


def test_the_copy_can_be_saved_as_it_stands_and_published_with_a_day(client, editor):
    event = factories.make_event()
    AgendaItem.objects.create(event=event, title_ru="Итоги", starts_on=date(2013, 3, 26))
    client.post(reverse(COPY, args=[event.pk]))
    copy = event.next_events.get()
    item = copy.agenda.get()
    row = {"id": item.pk, "event": copy.pk, "level": "1", "title_ru": "Итоги"}
    path = reverse(CHANGE, args=[copy.pk])

    saved(client.post(path, data_of(copy, previous=event.pk) | rows("agenda", old=[row])))
    data = data_of(
        copy, date_precision="day", starts_on="2190-06-05", ready_ru="on", _publish="1"
    ) | rows("agenda", old=[row])
    saved(client.post(path, data))

    assert Event.objects.published().filter(pk=copy.pk, starts_on=date(2190, 6, 5)).exists()


def test_the_copy_says_when_there_is_no_series_and_twice_makes_two(client, editor):
    event = factories.make_event()

    for _time in range(2):
        response = client.post(reverse(COPY, args=[event.pk]))

    assert event.next_events.count() == 2
    assert len(list(get_messages(response.wsgi_request))) == 4  # two a copy


def test_copying_needs_a_deed_and_something_to_copy(client, editor):
    event = factories.make_event()

    assert client.get(reverse(COPY, args=[event.pk])).status_code == 405
    for wrong in (999999, "slug", "1/../2"):
        response = client.post(reverse(COPY, args=[wrong]))
        assert response.status_code in (302, 404)
    assert Event.objects.count() == 1


def test_strangers_copy_nothing(client):
    event = factories.make_event()

    client.post(reverse(COPY, args=[event.pk]))

    assert Event.objects.count() == 1


# What is asked and written about an event


def test_the_form_leads_to_the_questionnaire_and_the_releases(client, editor):
    event = factories.make_event()
    path = reverse(CHANGE, args=[event.pk])

    page = client.get(path)
    assert f"{reverse('admin:events_questionnaire_add')}?event={event.pk}" in page.text
    assert f"{reverse('admin:events_pressrelease_add')}?events={event.pk}" in page.text
    add = client.get(reverse("admin:events_pressrelease_add", query={"events": event.pk}))
    assert [str(pk) for pk in add.context["adminform"].form["events"].value()] == [str(event.pk)]
    add = client.get(reverse("admin:events_questionnaire_add", query={"event": event.pk}))
    assert str(add.context["adminform"].form["event"].value()) == str(event.pk)

    questionnaire = factories.make_questionnaire(event)
    release = factories.make_press_release(events=[event], status=Status.DRAFT, publish_at=None)
    other = factories.make_press_release()
    page = client.get(path)
    assert reverse("admin:events_questionnaire_change", args=[questionnaire.pk]) in page.text
    assert reverse("admin:events_pressrelease_change", args=[release.pk]) in page.text
    assert reverse("admin:events_pressrelease_change", args=[other.pk]) not in page.text


# The list


def test_the_list_tells_what_became_of_each_event(client, editor):
    factories.make_event(happening=Happening.PLANNED, start_time=time(10))
    factories.make_event(
        happening=Happening.CANCELLED, happening_reason_ru="Болезнь", date_precision="month"
    )
    factories.make_event(
        happening=Happening.PROPOSED, date_precision=DatePrecision.UNKNOWN, starts_on=None
    )

    text = client.get(reverse(CHANGELIST)).text

    for shown in ("26 марта 2013, 10:00", "март 2013", "badge--cancelled", "badge--proposed"):
        assert shown in text


def test_without_a_date_comes_first_then_the_newest(client, editor):
    old = factories.make_event(starts_on=date(2012, 9, 13))
    new = factories.make_event()
    undated = factories.make_event(
        happening=Happening.PROPOSED, date_precision=DatePrecision.UNKNOWN, starts_on=None
    )

    page = client.get(reverse(CHANGELIST))

    assert list(page.context["cl"].queryset) == [undated, new, old]


def shown(client, **query):
    return set(client.get(reverse(CHANGELIST), query).context["cl"].queryset)


def test_the_list_is_filtered(client, editor):
    series = factories.make_series()
    factories.make_series()
    project = factories.make_project()
    factories.make_project()
    held = factories.make_event()
    forgotten = factories.make_event(
        happening=Happening.PLANNED, kind="seminar", series=series, project=project
    )
    draft = factories.make_planned_event(status=Status.DRAFT, publish_at=None)
    demo = factories.make_event(is_demonstration=True, ready_ky=True, title_ky="Көрсөтмө")

    assert shown(client) == {held, forgotten, draft, demo}
    assert shown(client, state="draft") == {draft}
    assert shown(client, kind__exact="seminar") == {forgotten}
    assert shown(client, happening__exact="planned") == {forgotten, draft}
    assert shown(client, confirmation="missing") == {forgotten}
    assert shown(client, series__id__exact=series.pk) == {forgotten}
    assert shown(client, project__id__exact=project.pk) == {forgotten}
    assert shown(client, is_demonstration__exact="1") == {demo}
    assert shown(client, translation="missing-ky") == {held, forgotten, draft}
    assert shown(client, starts_on__year="2013") == {held, forgotten, demo}


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("happening", Happening.values)
def test_the_filter_and_the_fact_agree_on_what_is_not_confirmed(happening, offset):
    day = timezone.localdate() + timedelta(days=offset)
    event = factories.make_event(happening=Happening.PLANNED, starts_on=day, start_time=time(0))
    Event.objects.filter(pk=event.pk).update(happening=happening, end_time=time(0, 0, 1))
    event.refresh_from_db()

    assert Event.objects.unconfirmed().exists() == event.is_unconfirmed


@pytest.mark.parametrize(
    "query", ["ТРУДОВОЙ", "кенеш", "КЕҢЕШ", "Ёлка", "елка", "ала-арча", "тшцп"]
)
def test_words_are_found_whatever_their_case(client, editor, query):
    factories.make_event(title_ru="Другое")
    wanted = factories.make_event(
        title_ru="Трудовой договор и ёлка",
        title_ky="Улуттук кеңеш",
        venue_ru="Резиденция «Ала-Арча»",
    )
    organisation = factories.make_organisation(abbreviation_ru="ТШЦП")
    for role in ("organiser", "host"):
        EventOrganisation.objects.create(event=wanted, role=role, organisation=organisation)

    page = client.get(reverse(CHANGELIST), {"q": query})

    assert list(page.context["cl"].queryset) == [wanted]


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", '"', "\x00", "a" * 5000])
def test_the_search_survives_any_text(client, editor, query):
    factories.make_event()

    assert client.get(reverse(CHANGELIST), {"q": query}).status_code == 200


def test_the_list_asks_as_much_for_many_events_as_for_few(
    client, editor, django_assert_max_num_queries
):
    series = factories.make_series()
    project = factories.make_project()

    def fill(number):
        for _event in range(number):
            event = factories.make_trilingual_event(
                series=series, project=project, happening="planned", changed_by=editor
            )
            EventOrganisation.objects.create(
                event=event, organisation=factories.make_organisation()
            )

    fill(2)
    client.get(reverse(CHANGELIST))
    with django_assert_max_num_queries(30) as few:
        client.get(reverse(CHANGELIST))
    fill(20)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(CHANGELIST))


def test_the_form_asks_once_for_every_chosen_record(client, editor, django_assert_max_num_queries):
    event = factories.make_event()

    def fill(number):
        for _row in range(number):
            organisation = factories.make_organisation()
            EventOrganisation.objects.create(event=event, organisation=organisation)
            EventPerson.objects.create(event=event, person=factories.make_person())
            AgendaItem.objects.create(event=event, title_ru="Пункт")
            EventMaterial.objects.create(event=event, document=factories.make_document())
            EventOutcome.objects.create(
                event=event, kind="task", text_ru="План", responsible_organisation=organisation
            )

    fill(1)
    client.get(reverse(CHANGE, args=[event.pk]))
    with django_assert_max_num_queries(60) as few:
        client.get(reverse(CHANGE, args=[event.pk]))
    fill(10)
    chosen = 4 * 10
    with django_assert_max_num_queries(len(few) + chosen):
        client.get(reverse(CHANGE, args=[event.pk]))


def test_editors_confirm_many_events_at_once(client, editor):
    over = [factories.make_event(happening=Happening.PLANNED) for _number in range(2)]
    coming = factories.make_planned_event()
    action = {
        "action": "confirm_selected",
        "_selected_action": [event.pk for event in [*over, coming]],
    }

    response = client.post(reverse(CHANGELIST), action)

    assert set(Event.objects.filter(happening=Happening.HELD)) == set(over)
    assert coming.title_ru in said(response)
    over[0].refresh_from_db()
    assert (over[0].calendar_sequence, over[0].changed_by) == (1, editor)


def test_contributors_confirm_nothing(client, contributor):
    event = factories.make_event(happening=Happening.PLANNED)

    client.post(reverse(CHANGELIST), {"action": "confirm_selected", "_selected_action": [event.pk]})

    event.refresh_from_db()
    assert event.happening == Happening.PLANNED


def test_events_are_offered_with_their_dates(client, editor):
    factories.make_event(title_ru="Другое")
    january = factories.make_event(title_ru="Заседание", starts_on=date(2013, 1, 15))
    march = factories.make_event(title_ru="Заседание")

    response = client.get(
        reverse("admin:autocomplete"),
        {"term": "ЗАСЕД", "app_label": "events", "model_name": "event", "field_name": "previous"},
    )

    offered = [(result["id"], result["text"]) for result in response.json()["results"]]
    assert offered == [
        (str(march.pk), "Заседание, 26 марта 2013"),
        (str(january.pk), "Заседание, 15 января 2013"),
    ]


# Series


def test_a_series_gets_its_address_from_its_name(client, editor):
    for _time in range(2):
        saved(client.post(reverse("admin:events_eventseries_add"), {"name_ky": "Жумушчу топ"}))
    empty = client.post(reverse("admin:events_eventseries_add"), {"description_ru": "Без имени"})

    slugs = EventSeries.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["jumushchu-top", "jumushchu-top-2"]
    assert empty.context["adminform"].form.non_field_errors()


def test_the_list_of_series_counts_events_and_is_searched(
    client, editor, django_assert_max_num_queries
):
    wanted = factories.make_series(name_ky="Улуттук кеңеш")
    factories.make_series()
    for _event in range(3):
        factories.make_event(series=wanted)

    page = client.get(reverse("admin:events_eventseries_changelist"), {"q": "КЕНЕШ"})

    assert [(series, series.number) for series in page.context["cl"].queryset] == [(wanted, 3)]
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("admin:events_eventseries_changelist"))
    for _series in range(10):
        factories.make_event(series=factories.make_series())
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("admin:events_eventseries_changelist"))


def test_a_series_with_events_is_not_deleted(client, editor):
    series = factories.make_series()
    factories.make_event(series=series)

    client.post(reverse("admin:events_eventseries_delete", args=[series.pk]), {"post": "yes"})

    assert EventSeries.objects.get() == series


# The start page


def work_titles(client):
    lists = client.get(reverse("admin:index")).context["work_lists"]
    return [{item.title for item in work.items} for work in lists]


def test_the_start_page_names_what_is_over_and_what_is_missing(client, editor):
    forgotten = factories.make_event(happening=Happening.PLANNED, title_ru="Забыто")
    draft = factories.make_event(
        happening=Happening.PLANNED, title_ru="Черновик", status=Status.DRAFT, publish_at=None
    )
    held = factories.make_event(title_ru="Состоялось")
    gone = factories.make_event(title_ru="Снято")
    Event.objects.filter(pk=gone.pk).update(
        status=Status.WITHDRAWN, withdrawn_at=timezone.now(), happening=Happening.PLANNED
    )
    organisation = factories.make_organisation(name_ru="Кто обещал")
    EventMaterial.objects.create(event=held, title_ru="Протокол", promised_by=organisation)
    EventMaterial.objects.create(event=held, document=factories.make_document())
    EventMaterial.objects.create(event=gone, title_ru="Снятое")

    titles = work_titles(client)

    assert {forgotten.title_ru, draft.title_ru} in titles
    assert {"Протокол"} in titles
    page = client.get(reverse("admin:index"))
    assert "Кто обещал" in page.text
    assert "Снятое" not in page.text


def test_the_start_page_shows_a_few_of_many_and_counts_the_rest(
    client, editor, django_assert_max_num_queries
):
    for number in range(12):
        event = factories.make_event(happening=Happening.PLANNED)
        EventMaterial.objects.create(event=event, title_ru=f"Протокол {number}")

    # Eight for each kind of record that is published, however many rows there are.
    with django_assert_max_num_queries(80):
        lists = client.get(reverse("admin:index")).context["work_lists"]

    totals = [(len(work.items), work.more) for work in lists if work.total == 12]
    assert (8, 4) in totals
    assert totals.count((8, 4)) >= 2


# At once, and hostile


def test_two_editors_at_once_do_not_overwrite_each_other(client, editor):
    event = factories.make_event()
    seen = event.changed_at.isoformat()
    event.save()

    response = client.post(
        reverse(CHANGE, args=[event.pk]), data_of(event, title_ru="Моё", edited_from=seen)
    )

    assert response.context["adminform"].form.non_field_errors()
    event.refresh_from_db()
    assert event.title_ru != "Моё"


def test_texts_are_shown_as_text_and_rich_text_is_cleaned(client, editor):
    bad = "<script>alert(1)</script>"
    data = form_data(title_ru=bad, venue_ru=bad, body_ru=f'<p onclick="x()">Текст</p>{bad}')
    data |= rows("people", {"role": "chair", "affiliation_ru": bad})
    data |= rows("agenda", {"level": "1", "title_ru": bad})
    data |= rows("outcomes", {"kind": "task", "text_ru": bad})
    data |= rows("materials", {"title_ru": bad})
    saved(client.post(reverse(ADD), data))

    event = Event.objects.get()
    assert event.body_ru == "<p>Текст</p>"
    for path in (reverse(CHANGE, args=[event.pk]), reverse(CHANGELIST), reverse("admin:index")):
        assert bad not in client.get(path).text
    client.post(reverse(COPY, args=[event.pk]))
    copy = event.next_events.get()
    assert bad not in client.get(reverse(CHANGE, args=[copy.pk])).text


def test_a_public_address_stays_and_what_was_public_is_not_deleted(client, editor):
    event = factories.make_event(slug="first")
    client.post(reverse(CHANGE, args=[event.pk]), data_of(event, slug="second"))
    event.refresh_from_db()
    assert event.slug == "first"

    delete = reverse("admin:events_event_delete", args=[event.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    draft = factories.make_event(status=Status.DRAFT, publish_at=None, previous=event)
    EventOutcome.objects.create(event=draft, kind="task", text_ru="План")
    delete = reverse("admin:events_event_delete", args=[draft.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 302
    assert Event.objects.get() == event


# Dates that are typed are not lost


def test_a_day_typed_while_the_date_is_to_be_announced_is_asked_about(client, editor):
    event = factories.make_event(
        date_precision=DatePrecision.UNKNOWN, starts_on=None, happening=Happening.PLANNED
    )
    path = reverse(CHANGE, args=[event.pk])

    refused = client.post(path, data_of(event, starts_on="2027-01-15"))
    assert "date_precision" in errors_of(refused)
    assert "2027" in refused.text

    saved(client.post(path, data_of(event, starts_on="2027-01-15", date_precision="day")))
    event.refresh_from_db()
    assert event.starts_on == date(2027, 1, 15)


def test_a_day_that_is_left_standing_goes_when_the_date_becomes_unknown(client, editor):
    event = factories.make_planned_event()
    path = reverse(CHANGE, args=[event.pk])

    saved(client.post(path, data_of(event, date_precision="unknown")))

    event.refresh_from_db()
    assert event.starts_on is None


def agenda_row(point):
    return {
        "id": point.pk,
        "event": point.event_id,
        "position": point.position,
        "level": 1,
        "starts_on": point.starts_on.isoformat(),
        "title_ru": point.title_ru,
    }


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (date(2027, 1, 16), [date(2027, 1, 15), date(2027, 1, 16)]),  # moved as a whole
        (date(2027, 1, 18), None),  # and longer than before
    ],
)
def test_the_programme_moves_with_a_postponed_event(client, editor, last_day, expected):
    first = timezone.localdate() + timedelta(days=10)
    event = factories.make_planned_event(starts_on=first, ends_on=first + timedelta(days=1))
    points = [
        AgendaItem.objects.create(
            event=event,
            position=place,
            title_ru="Доклад",
            starts_on=first + timedelta(days=place - 1),
        )
        for place in (1, 2)
    ]
    data = data_of(
        event,
        happening="postponed",
        happening_reason_ru="Зал закрыт.",
        starts_on="2027-01-15",
        ends_on=last_day.isoformat(),
        **rows("agenda", old=[agenda_row(point) for point in points]),
    )

    response = client.post(reverse(CHANGE, args=[event.pk]), data)

    days = list(event.agenda.order_by("position").values_list("starts_on", flat=True))
    if expected is None:
        assert "agenda-0-starts_on" in errors_of(response)
        assert days == [first, first + timedelta(days=1)]
    else:
        saved(response)
        assert days == expected


def test_a_day_of_the_programme_that_is_typed_does_not_move(client, editor):
    first = timezone.localdate() + timedelta(days=10)
    event = factories.make_planned_event(starts_on=first, ends_on=first + timedelta(days=1))
    point = AgendaItem.objects.create(event=event, title_ru="Доклад", starts_on=first)
    row = agenda_row(point) | {"starts_on": "2027-01-16"}
    data = data_of(event, starts_on="2027-01-15", ends_on="2027-01-16", **rows("agenda", old=[row]))

    saved(client.post(reverse(CHANGE, args=[event.pk]), data))

    point.refresh_from_db()
    assert point.starts_on == date(2027, 1, 16)


def test_a_release_about_an_event_knows_what_the_event_knows(client, editor):
    topic, project = factories.make_topic(), factories.make_project()
    event = factories.make_event(topics=[topic], project=project)
    organisation = factories.make_organisation()
    EventOrganisation.objects.create(event=event, organisation=organisation)
    page = client.get(reverse(CHANGE, args=[event.pk]))

    form = client.get(page.context["release_add_url"]).context["adminform"].form

    assert form["events"].value() == [str(event.pk)]
    assert form["topics"].value() == [str(topic.pk)]
    assert form["organisations"].value() == [str(organisation.pk)]
    assert form["project"].value() == str(project.pk)
