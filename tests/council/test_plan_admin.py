"""The editors' rooms of plans, stages and rows, through their addresses."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from council import tree
from council.models import (
    Activity,
    DeadlineChange,
    Plan,
    PlanVersion,
    Resource,
    RowKind,
    Stage,
)
from council.timelines import TimelineKind
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.editing import errors_of, filled, form_of, page_of, said, saved, sent

pytestmark = pytest.mark.django_db

TOMORROW = date(2199, 1, 1)


def rows(name, *rows):
    """An inline with new rows."""
    data = {f"{name}-TOTAL_FORMS": str(len(rows)), f"{name}-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return data


def add_url(kind, **query):
    return reverse(f"admin:council_{kind}_add", query=query)


def new_form(client, name, **query):
    """An empty form as a browser would send it, and its address."""
    address = add_url(name, **query)
    return address, filled(page_of(client, address))


def make_draft_stage():
    return factories.make_stage(factories.make_plan(status=Status.DRAFT, publish_at=None))


# Plans


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_rooms_open_in_every_language_and_load_nothing_from_elsewhere(client, editor, language):
    row = factories.make_activity(timeline_text_ru="до 15 мая")
    factories.make_deadline_change(row)
    stage, plan = row.stage, row.stage.plan
    with translation.override(language):
        paths = [
            reverse("admin:council_plan_changelist"),
            reverse("admin:council_plan_add"),
            reverse("admin:council_activity_changelist"),
            reverse("admin:council_stage_changelist"),
            reverse("admin:council_planversion_changelist"),
            reverse("admin:council_plan_publish_version", args=[plan.pk]),
            reverse("admin:council_activity_move_deadline", args=[row.pk]),
            add_url("stage", plan=plan.pk),
            add_url("activity", stage=stage.pk, parent=row.pk),
            *map(change_url, (plan, stage, row)),
        ]

    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        assert f'lang="{language}"' in page.text
        for scheme in ("http://", "https://", "//"):
            for attribute in ('src="', 'href="'):
                assert attribute + scheme not in page.text


def test_a_plan_is_written_and_leads_to_its_stages_and_its_tree(client, editor):
    address, data = new_form(client, "plan")
    data |= {"title_ru": "План действий", "starts_on": "2025-01-01", "original_language": "ru"}

    saved(client.post(address, data))

    plan = Plan.objects.get()
    assert (plan.title_ru, plan.created_by, plan.status) == ("План действий", editor, "draft")
    saved(client.post(*new_with(client, "stage", {"plan": plan.pk}, title_ru="Подготовка")))
    stage = plan.stages.get()
    assert (stage.number, stage.title_ru) == (1, "Подготовка")
    page = page_of(client, change_url(plan))
    for url in (change_url(stage), reverse("admin:council_plan_tree", args=[plan.pk])):
        assert f'href="{url}"' in page.text


def new_with(client, name, query, **changes):
    address, data = new_form(client, name, **query)
    return address, data | changes


def test_what_makes_no_sense_of_a_plan_stands_at_its_field(client, editor):
    plan = factories.make_plan()
    changes = {"starts_on": "2025-01-01", "ends_on": "2024-01-01"}

    assert "ends_on" in errors_of(client.post(change_url(plan), form_of(client, plan, **changes)))
    changes = {"tracking_ended_on": TOMORROW.isoformat()}
    refused = client.post(change_url(plan), form_of(client, plan, **changes))
    assert "tracking_ended_on" in errors_of(refused)


def test_a_draft_plan_is_deleted_with_its_whole_tree(client, editor):
    stage = make_draft_stage()
    heading = factories.make_activity(stage, kind=RowKind.HEADING)
    factories.make_activity(stage, parent=heading)
    factories.make_goal(stage)
    column = stage.columns.create(meaning="other", heading_ru="Риски", heading_state="printed")
    heading.extra_cells.create(column=column, text_ru="высокие")
    address = reverse("admin:council_plan_delete", args=[stage.plan.pk])

    assert client.post(address, {"post": "yes"}).status_code == 302
    assert (Plan.objects.count(), Activity.objects.count()) == (0, 0)


def test_a_published_plan_is_not_deleted(client, editor):
    plan = factories.make_plan()

    address = reverse("admin:council_plan_delete", args=[plan.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403
    assert Plan.objects.exists()


# Stages


def test_a_stage_has_goals_and_columns_in_its_form(client, editor):
    plan = factories.make_plan()
    address, data = new_form(client, "stage", plan=plan.pk)
    data |= {"number": "1", "timeline_text_ru": "до сентября 2013 г."}
    data |= rows(
        "goals",
        {"number": "1", "title_ru": "Признание", "position": "1"},
        {"number": "2", "is_gap": "on", "position": "2"},
    )
    data |= rows(
        "columns",
        {"meaning": "timeline", "heading_state": "printed", "heading_ru": "Сроки"},
        {"meaning": "other", "heading_state": "printed", "heading_ru": "Риски"},
        {"meaning": "other", "heading_state": "unnamed"},
    )

    response = saved(client.post(address, data))

    stage = plan.stages.get()
    assert [str(goal) for goal in stage.goals.all()] == ["1 Признание", "2"]
    assert stage.goals.last().is_gap
    assert [column.meaning for column in stage.columns.all()] == ["timeline", "other", "other"]
    # There is a reading to confirm.
    assert response.url == change_url(stage)


@pytest.mark.parametrize(
    ("inline", "new", "field"),
    [
        ("goals", [{"number": "1"}], "goals-0-title_ru"),
        ("goals", [{"is_gap": "on", "title_ru": "Цель"}], "goals-0-title_ru"),
        ("columns", [{"meaning": "number", "heading_state": "printed"}], "columns-0-heading_state"),
        (
            "columns",
            [{"meaning": "number", "heading_state": "unnamed"}] * 2,
            "columns-1-meaning",
        ),
    ],
)
def test_what_makes_no_sense_in_a_stage_stands_at_its_field(client, editor, inline, new, field):
    stage = factories.make_stage()

    data = form_of(client, stage) | rows(inline, *new)

    assert field in errors_of(client.post(change_url(stage), data))


def test_a_number_of_a_stage_is_given_once(client, editor):
    stage = factories.make_stage()
    second = factories.make_stage(stage.plan)

    data = form_of(client, second, number="1")

    assert "number" in errors_of(client.post(change_url(second), data))
    address, data = new_form(client, "stage", plan=stage.plan.pk)
    assert data["number"] == "3"
    assert "number" in errors_of(client.post(address, data | {"number": "2"}))


def test_a_stage_with_rows_of_a_public_plan_is_not_deleted(client, editor):
    row = factories.make_activity()
    empty = factories.make_stage(row.stage.plan)

    def delete(stage):
        address = reverse("admin:council_stage_delete", args=[stage.pk])
        return client.post(address, {"post": "yes"})

    assert delete(row.stage).status_code == 403
    assert delete(empty).url == reverse("admin:council_plan_tree", args=[row.stage.plan.pk])
    assert list(Stage.objects.all()) == [row.stage]


# Rows


def test_a_row_is_added_where_one_asked_for_it(client, editor):
    stage = factories.make_stage()
    first, last = factories.make_activity(stage), factories.make_activity(stage)

    query = {"stage": stage.pk, "after": first.pk}
    saved(client.post(*new_with(client, "activity", query, title_ru="Между ними", number="2")))
    query = {"stage": stage.pk, "parent": first.pk}
    saved(client.post(*new_with(client, "activity", query, title_ru="Шаг", kind="step")))
    response = client.post(*new_with(client, "activity", {"stage": stage.pk}, title_ru="В конце"))

    between, step, end = (
        Activity.objects.get(title_ru=title) for title in ("Между ними", "Шаг", "В конце")
    )
    assert list(tree.siblings_of(first)) == [first, between, last, end]
    assert (step.parent, step.position, between.changed_by) == (first, 1, editor)
    plan_tree = reverse("admin:council_plan_tree", args=[stage.plan.pk])
    assert saved(response).url == f"{plan_tree}#row-{end.pk}"


def test_one_who_asks_for_another_form_gets_it_for_the_next_place(client, editor):
    row = factories.make_activity(factories.make_activity().stage)
    step = factories.make_activity(row.stage, parent=row)

    urls = [
        saved(client.post(change_url(it), form_of(client, it) | {"_addanother": "1"})).url
        for it in (row, step, row.stage)
    ]

    assert urls == [
        add_url("activity", stage=row.stage.pk, after=row.pk),
        add_url("activity", stage=row.stage.pk, after=step.pk, parent=row.pk),
        add_url("stage", plan=row.stage.plan.pk),
    ]


def test_a_row_with_all_its_cells_is_stored_as_it_was_printed(client, editor):
    stage = factories.make_stage()
    stage.columns.create(meaning="other", heading_ru="Риски", heading_state="printed")
    organisation = factories.make_organisation()
    row = factories.make_activity(stage)
    data = form_of(client, row, number="3.1", kind="step", title_en="Hold a meeting")
    data |= {
        "timeline_text_ru": "до 15 мая",
        "responsible_text_ru": "Совет (будет создан)",
        "resources_text_ru": "5 000",
        "expected_result_ru": "Протокол",
        "printed_title": "Провести встерчу",
        "is_lost_after": "on",
        "origin": "suggested",
        "origin_note_ru": "после доклада группы I",
        "timeline_kind": "by",
        "latest": "2013-05-15",
        "is_year_inferred": "on",
    }
    data |= rows("responsibles", {"organisation": organisation.pk, "is_yet_to_exist": "on"})
    data |= rows(
        "resources", {"amount": "5000", "currency": ""}, {"amount": "2", "currency": "USD"}
    )
    column = stage.columns.get()
    data |= rows("extra_cells", {"column": column.pk, "text_ru": "высокие"})

    saved(client.post(change_url(row), data))

    row.refresh_from_db()
    assert (row.number, row.kind, row.title_en, row.printed_title) == (
        "3.1",
        "step",
        "Hold a meeting",
        "Провести встерчу",
    )
    assert (row.timeline.kind, row.latest, row.is_year_inferred) == (
        TimelineKind.BY,
        date(2013, 5, 15),
        True,
    )
    assert [(it.organisation, it.is_yet_to_exist) for it in row.responsibles.all()] == [
        (organisation, True)
    ]
    amounts = [(it.amount, it.currency) for it in row.resources.all()]
    assert amounts == [(Decimal(5000), ""), (Decimal(2), "USD")]
    assert [(it.column, it.text_ru) for it in row.extra_cells.all()] == [(column, "высокие")]
    assert (row.is_lost_after, row.origin, row.revision, row.changed_by) == (
        True,
        "suggested",
        2,
        editor,
    )
    assert row.history.first().history_user == editor


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_ru": ""}, "title_ru"),
        ({"kind": "gap"}, "title_ru"),
        ({"number": "1", "is_number_lost": "on"}, "number"),
        ({"timeline_text_ru": "до мая", "is_timeline_lost": "on"}, "is_timeline_lost"),
        ({"timeline_kind": "by"}, "timeline_kind"),
        ({"timeline_kind": "by", "latest": "0013-05-15"}, "latest"),
        ({"timeline_kind": "recurring"}, "recurrence"),
        (
            {"timeline_kind": "range", "earliest": "2013-05-15", "latest": "2013-05-01"},
            "latest",
        ),
        (rows("resources", {"amount": "-1"}), "resources-0-amount"),
        (rows("resources", {"amount": "1", "currency": "usd"}), "resources-0-currency"),
        (
            rows("responsibles", {"organisation": "", "position": "1"}),
            "responsibles-0-organisation",
        ),
    ],
)
def test_what_makes_no_sense_in_a_row_stands_at_its_field(client, editor, changes, field):
    row = factories.make_activity()

    response = client.post(change_url(row), form_of(client, row) | changes)

    assert field in errors_of(response)
    row.refresh_from_db()
    assert row.revision == 1


def test_cells_of_other_columns_are_only_of_the_own_stage(client, editor):
    row = factories.make_activity()
    row.stage.columns.create(meaning="other", heading_ru="Риски", heading_state="printed")
    other = factories.make_stage(row.stage.plan)
    foreign = other.columns.create(meaning="other", heading_ru="Цена", heading_state="printed")

    def post(column):
        data = form_of(client, row) | rows("extra_cells", {"column": column, "text_ru": "да"})
        return errors_of(client.post(change_url(row), data))

    assert post(foreign.pk) == ["extra_cells-0-column"]
    assert post("") == ["extra_cells-0-column"]


def test_an_address_without_a_stage_leads_to_the_plans(client, editor):
    for query in ({}, {"stage": "x"}, {"stage": "99999"}, {"stage": "9" * 40}):
        response = client.get(add_url("activity", **query))
        assert response.url == reverse("admin:council_plan_changelist")
        assert client.post(add_url("activity"), {"title_ru": "Строка"} | query).status_code == 302
    assert not Activity.objects.exists()


def test_a_row_is_deleted_only_while_nothing_was_reported_on_it(client, editor):
    stage = factories.make_stage()
    reported, moved, heading, plain = (factories.make_activity(stage) for _number in range(4))
    factories.make_update(reported)
    factories.make_deadline_change(moved)
    factories.make_activity(stage, parent=heading)

    statuses = []
    for row in (reported, moved, heading, plain):
        address = reverse("admin:council_activity_delete", args=[row.pk])
        response = client.post(address, {"post": "yes"})
        statuses.append(response.status_code)

    assert statuses == [403, 403, 200, 302]
    assert Activity.objects.filter(pk=heading.pk).exists()
    assert response.url == reverse("admin:council_plan_tree", args=[stage.plan.pk])
    assert not Activity.objects.filter(pk=plain.pk).exists()


def test_a_reported_row_stays_something_to_be_done(client, editor):
    row = factories.make_update().activity
    heading = factories.make_activity(kind=RowKind.HEADING)
    factories.make_activity(heading.stage, parent=heading)

    for kind in ("heading", "gap"):
        data = form_of(client, row, kind=kind)
        assert "kind" in errors_of(client.post(change_url(row), data))
    data = form_of(client, heading, kind="gap", title_ru="")
    assert errors_of(client.post(change_url(heading), data)) == ["kind"]


def test_changes_of_a_public_plan_are_live_and_said_to_be(client, editor):
    public, draft = factories.make_activity(), factories.make_activity(make_draft_stage())

    offers = []
    for row in (public, draft):
        response = saved(client.post(change_url(row), form_of(client, row, title_ru="Иначе")))
        offer = reverse("admin:council_plan_publish_version", args=[row.stage.plan.pk])
        offers.append(offer in said(response))

    assert offers == [True, False]


# Readings


def test_a_reading_of_the_time_is_proposed_and_taken_over_by_a_button(client, editor):
    stage = factories.make_stage(timeline_kind="by", latest=date(2013, 9, 30))
    row = factories.make_activity(stage)

    response = saved(
        client.post(change_url(row), form_of(client, row, timeline_text_ru="до 15 мая"))
    )

    assert response.url == change_url(row)
    row.refresh_from_db()
    assert row.timeline_kind == TimelineKind.NONE
    page = page_of(client, change_url(row))
    time = page.context["readings"]["time"]
    assert (time.words.text, time.proposed.latest) == ("до 15 мая", date(2013, 5, 15))
    assert 'name="_take_time"' in page.text
    response = saved(client.post(change_url(row), filled(page) | {"_take_time": "1"}))
    row.refresh_from_db()
    assert (row.timeline_kind, row.latest, row.is_year_inferred) == ("by", date(2013, 5, 15), True)
    assert response.url == change_url(row)
    assert 'name="_take_time"' not in client.get(change_url(row)).text


def test_what_cannot_be_read_stays_words_without_dates(client, editor):
    row = factories.make_activity()
    words = "по мере необходимости"

    response = saved(client.post(change_url(row), form_of(client, row, timeline_text_ru=words)))

    assert response.url.startswith(reverse("admin:council_plan_tree", args=[row.stage.plan.pk]))
    assert words in said(response)
    page = page_of(client, change_url(row))
    assert page.context["readings"]["time"].proposed is None
    assert 'name="_take_time"' not in page.text
    refused = client.post(change_url(row), filled(page) | {"_take_time": "1"})
    assert "timeline_kind" in errors_of(refused)


def test_the_verbatim_words_are_read_and_without_them_a_translation(client, editor):
    english = {"timeline_text_en": "By 1 June 2026"}
    rows_of_plan = [
        factories.make_activity(timeline_text_ru="до 1 мая 2026", **english),
        factories.make_activity(**english),
        factories.make_activity(timeline_text_ru="по мере необходимости", **english),
    ]

    readings = [
        page_of(client, change_url(row)).context["readings"]["time"] for row in rows_of_plan
    ]

    assert [it.proposed and it.proposed.latest for it in readings] == [
        date(2026, 5, 1),
        date(2026, 6, 1),
        None,
    ]


def test_a_reading_that_an_editor_typed_is_kept(client, editor):
    row = factories.make_activity()
    typed = {"timeline_text_ru": "до 15 мая 2026", "timeline_kind": "by", "latest": "2026-05-14"}

    saved(client.post(change_url(row), form_of(client, row, **typed)))

    row.refresh_from_db()
    assert row.latest == date(2026, 5, 14)
    assert page_of(client, change_url(row)).context["readings"]["time"].is_news


def test_amounts_are_proposed_and_taken_over_by_a_button(client, editor):
    row = factories.make_activity(resources_text_ru="5 000 долл. США; 10 000")
    page = page_of(client, change_url(row))
    assert len(page.context["readings"]["amounts"].proposed) == 2

    saved(client.post(change_url(row), filled(page) | {"_take_amounts": "1"}))
    saved(client.post(change_url(row), form_of(client, row) | {"_take_amounts": "1"}))

    amounts = [(it.amount, it.currency) for it in row.resources.all()]
    assert amounts == [(Decimal(5000), "USD"), (Decimal(10000), "")]
    assert page_of(client, change_url(row)).context["readings"]["amounts"] is None


def test_money_without_a_figure_stays_words(client, editor):
    row = factories.make_activity(resources_text_ru="силами участников")

    page = page_of(client, change_url(row))

    assert page.context["readings"]["amounts"].proposed == []
    assert 'name="_take_amounts"' not in page.text
    saved(client.post(change_url(row), filled(page) | {"_take_amounts": "1"}))
    assert not Resource.objects.exists()


# Moved deadlines


def move(client, row, **data):
    address = reverse("admin:council_activity_move_deadline", args=[row.pk])
    form = sent(client.get(address).context["form"])
    return client.post(address, form | data)


NEW_DEADLINE = {
    "timeline_text_ru": "до 1 июня 2026 г.",
    "decided_on": "2025-03-01",
    "reason_ru": "Нет средств",
}


def test_a_deadline_is_moved_after_a_look_at_its_reading(client, editor):
    row = factories.make_activity(latest=date(2025, 12, 31), timeline_text_ru="до конца 2025 г.")

    page = move(client, row, **NEW_DEADLINE)

    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["timeline_kind"]
    assert page.context["form"].reading.proposed.latest == date(2026, 6, 1)
    assert not DeadlineChange.objects.exists()
    response = move(client, row, **NEW_DEADLINE, _take_time="1")
    change = row.deadline_changes.get()
    assert response.url == change_url(row)
    assert (change.latest, change.reason_ru, change.created_by) == (
        date(2026, 6, 1),
        "Нет средств",
        editor,
    )
    row.refresh_from_db()
    assert row.latest == date(2025, 12, 31)
    assert NEW_DEADLINE["timeline_text_ru"] in client.get(change_url(row)).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason_ru": ""}, "reason_ru"),
        ({"decided_on": TOMORROW.isoformat()}, "decided_on"),
        ({"decided_on": ""}, "decided_on"),
        ({"timeline_text_ru": "когда-нибудь"}, "timeline_kind"),
        ({"timeline_text_ru": "", "_take_time": "1"}, "timeline_kind"),
        ({"timeline_kind": "by"}, "timeline_kind"),
    ],
)
def test_what_makes_no_sense_of_a_moved_deadline_stands_at_its_field(
    client, editor, changes, field
):
    row = factories.make_activity(latest=date(2025, 12, 31))

    page = move(client, row, **NEW_DEADLINE | changes)

    assert field in page.context["form"].errors
    assert not DeadlineChange.objects.exists()


def test_a_moved_deadline_is_on_record_and_never_edited(client, editor):
    change = factories.make_deadline_change()
    row = change.activity
    before = DeadlineChange.objects.values().get()

    data = form_of(client, row) | {
        "deadline_changes-TOTAL_FORMS": "1",
        "deadline_changes-INITIAL_FORMS": "1",
        "deadline_changes-0-id": str(change.pk),
        "deadline_changes-0-latest": "2030-01-01",
        "deadline_changes-0-DELETE": "on",
    }
    saved(client.post(change_url(row), data))

    assert DeadlineChange.objects.values().get() == before


def test_deadlines_are_moved_by_editors_and_not_in_an_archive(client, editor):
    row = factories.make_activity(latest=date(2025, 12, 31))
    heading = factories.make_activity(kind=RowKind.HEADING)
    archived = factories.make_activity(
        factories.make_stage(factories.make_plan(tracking_ended_on=date(2025, 12, 31)))
    )

    page = move(client, archived, **NEW_DEADLINE, _take_time="1")
    assert page.context["form"].non_field_errors()
    address = reverse("admin:council_activity_move_deadline", args=[heading.pk])
    assert client.get(address).status_code == 403
    client.force_login(factories.make_user(CONTRIBUTORS))
    address = reverse("admin:council_activity_move_deadline", args=[row.pk])
    assert client.get(address).status_code == 403
    assert client.post(address, NEW_DEADLINE).status_code == 403
    assert not DeadlineChange.objects.exists()


# Versions


def test_a_version_is_published_after_a_look_at_what_has_changed(client, editor):
    row = factories.make_activity(title_ru="Провести встречу")
    plan = row.stage.plan
    address = reverse("admin:council_plan_publish_version", args=[plan.pk])
    form = sent(client.get(address).context["form"])

    assert client.post(address, form | {"text_ru": "Первая"}).status_code == 302
    assert client.get(address).context["diff"].is_empty
    refused = client.post(address, form)
    assert refused.context["form"].non_field_errors()
    row.title_ru = "Провести две встречи"
    row.save()
    page = client.get(address)
    assert page.context["diff"].reworded == 1
    assert "Провести две встречи" in page.text
    assert client.post(address, form).status_code == 302

    versions = list(plan.versions.order_by("number"))
    assert [(it.number, it.created_by) for it in versions] == [(1, editor), (2, editor)]
    assert versions[0].text_ru == "Первая"
    late = client.post(address, form | {"made_on": TOMORROW.isoformat()})
    assert list(late.context["form"].errors) == ["made_on"]


def test_a_version_is_never_changed(client, editor):
    address = reverse(
        "admin:council_plan_publish_version", args=[factories.make_activity().stage.plan.pk]
    )
    client.post(address, sent(client.get(address).context["form"]))
    version = PlanVersion.objects.get()

    for view in ("change", "delete"):
        url = reverse(f"admin:council_planversion_{view}", args=[version.pk])
        client.post(url, {"made_on": "2013-01-01", "post": "yes"})
    assert client.get(reverse("admin:council_planversion_add")).status_code == 403
    assert client.get(change_url(version)).url == version.get_absolute_url()
    assert PlanVersion.objects.get().made_on == version.made_on
    client.force_login(factories.make_user(CONTRIBUTORS))
    assert client.get(address).status_code == 403
    assert client.post(address, {"made_on": "2025-01-01"}).status_code == 403


# Who may do what


def test_contributors_write_rows_of_drafts_and_only_read_those_of_public_plans(client):
    client.force_login(factories.make_user(CONTRIBUTORS))
    public, drafted = factories.make_activity(), factories.make_activity(make_draft_stage())

    assert client.get(change_url(public)).status_code == 200
    assert client.post(change_url(public), {"title_ru": "Иначе"}).status_code == 403
    assert client.get(add_url("activity", stage=public.stage.pk)).status_code == 403
    address = reverse("admin:council_activity_delete", args=[public.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403
    address = change_url(public.stage)
    assert client.post(address, {"number": "5"}).status_code == 403
    forged = {"stage": public.stage.pk, "title_ru": "Подделка", "kind": "activity"}
    assert client.post(add_url("activity", stage=drafted.stage.pk), forged).status_code == 403

    saved(client.post(change_url(drafted), form_of(client, drafted, title_ru="Иначе")))
    query = {"stage": drafted.stage.pk}
    saved(client.post(*new_with(client, "activity", query, title_ru="Новая")))
    saved(client.post(change_url(drafted.stage), form_of(client, drafted.stage, note_ru="!")))
    titles = list(Activity.objects.filter(stage=drafted.stage).values_list("title_ru", flat=True))
    assert sorted(titles) == ["Иначе", "Новая"]


def test_nothing_is_added_by_the_button_that_saves_a_record_as_new(client):
    user = factories.make_user(role=CONTRIBUTORS)
    row = factories.make_activity()
    draft = make_draft_stage()
    client.force_login(user)
    _address, new_row = new_form(client, "activity", stage=draft.pk)
    _address, new_stage = new_form(client, "stage", plan=draft.plan_id)
    new_row |= {"stage": str(row.stage_id), "title_ru": "Чужая строка"}
    new_stage |= {"plan": str(row.stage.plan_id), "number": "9"}

    for record, data in [
        (row, new_row),
        (row.stage, new_stage),
        (factories.make_update(row), {}),
    ]:
        response = client.post(change_url(record), data | {"_saveasnew": "1"})
        assert response.status_code == 403, record

    assert list(Activity.objects.all()) == [row]
    assert set(Stage.objects.all()) == {row.stage, draft}


@pytest.mark.parametrize("is_staff", [True, False])
def test_nobody_else_sees_anything(client, is_staff):
    row = factories.make_activity()
    client.force_login(factories.make_user("", is_staff=is_staff))
    paths = [
        *map(change_url, (row, row.stage, row.stage.plan)),
        reverse("admin:council_activity_changelist"),
        reverse("admin:council_planversion_changelist"),
        reverse("admin:council_plan_publish_version", args=[row.stage.plan.pk]),
        reverse("admin:council_activity_move_deadline", args=[row.pk]),
        add_url("activity", stage=row.stage.pk),
    ]

    for path in paths:
        assert client.get(path).status_code == (403 if is_staff else 302), path


@pytest.mark.parametrize("name", ["plan", "activity", "stage"])
def test_lists_cost_as_many_queries_for_many_rows(
    client, editor, name, django_assert_max_num_queries
):
    address = reverse(f"admin:council_{name}_changelist")

    def count(number):
        for _number in range(number):
            factories.make_activity(parent=None)
        client.get(address)
        with django_assert_max_num_queries(25) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    assert count(2) == count(20)


@pytest.mark.parametrize(
    "make", [factories.make_plan, factories.make_stage, factories.make_activity]
)
def test_the_history_is_read_and_never_written(client, editor, make):
    record = make()
    meta = record._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    old = reverse(f"{name}_simple_history", args=[record.pk, record.history.first().pk])

    assert client.get(reverse(f"{name}_history", args=[record.pk])).status_code == 200
    assert client.get(old).status_code == 200
    assert client.post(old, {"title_ru": "Подделка"}).status_code == 405
