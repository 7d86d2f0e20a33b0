"""A plan as lines: in its order, complete, the same columns in each, in few queries."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.lines import (
    COLUMNS,
    COMPUTED,
    columns_for,
    escape_heading,
    lines_of,
    read_columns,
    read_headings,
    unescape_heading,
)
from council.models import Activity, ExtraCell, HeadingState, ProgressStatus, Stage, StageColumn
from council.timelines import TimelineKind
from tests.council.full_plan import make_full_plan
from tests.factories import (
    make_activity,
    make_assessment,
    make_deadline_change,
    make_document,
    make_plan,
    make_resource,
    make_responsible,
    make_stage,
    make_update,
)

pytestmark = pytest.mark.django_db


def filled(line):
    return {name: cell for name, cell in line.items() if cell}


def test_lines_stand_in_the_order_of_the_plan():
    lines = lines_of(make_full_plan())

    assert [(line["line"], line["number"]) for line in lines] == [
        ("stage", ""),
        ("goal", "1–3"),
        ("goal", "4"),
        ("goal", ""),
        ("gap", "1–3"),
        ("heading", "4"),
        ("activity", "4.1"),
        ("activity", ""),
        ("activity", ""),
        ("step", ""),
        ("activity", ""),
        ("stage", ""),
    ]
    heading, feedback = lines[5], lines[8]
    assert [line["parent"] for line in lines[4:11]] == [
        "",
        "",
        heading["key"],
        heading["key"],
        heading["key"],
        feedback["key"],
        "",
    ]


def test_every_cell_stands_as_stored_and_nothing_is_added():
    plan = make_full_plan()
    row = Activity.objects.get(number="4.1")

    line = next(it for it in lines_of(plan, with_state=False) if it["key"] == row.short_id)

    assert filled(line) == {
        "key": row.short_id,
        "line": "activity",
        "stage": "1",
        "parent": row.parent.short_id,
        "number": "4.1",
        "title_ky": "Кеңештин биринчи жыйыны",
        "title_ru": "Первое заседание совета",
        "title_en": "First Meeting of the Council",
        "origin": "printed",
        "timeline_ru": "до 15 мая",
        "timeline_en": "By May 15",
        "timeline_kind": "by",
        "latest": "2025-05-15",
        "time_precision": "day",
        "year_inferred": "yes",
        "responsible_en": "NCM, TSPC",
        "responsible_organisations": "ncm (yet to exist); tspc",
        "resources_en": "USD 5,000; 10,000",
        "amounts": "5000 USD; 10000.5",
        "expected_result_en": "Approved Plan",
        "note_ru": "См. протокол.",
        "other_1_ru": "1 заседание",
    }


def test_holes_of_the_source_are_told_apart_from_empty_cells():
    plan = make_full_plan()
    lines = {it["number"] or it["inferred_number"]: it for it in lines_of(plan, with_state=False)}

    assert filled(lines["4.2"]) | {"key": "", "parent": ""} == {
        "key": "",
        "parent": "",
        "line": "activity",
        "stage": "1",
        "number_lost": "yes",
        "inferred_number": "4.2",
        "title_en": "… information campaign",
        "text_lost": "before",
        "origin": "printed",
        "timeline_lost": "yes",
        "responsible_lost": "yes",
        "resources_lost": "yes",
        "expected_result_lost": "yes",
    }


def test_a_stage_tells_what_is_missing_and_how_its_table_was_printed():
    first, *_others, second = lines_of(make_full_plan(), with_state=False)

    assert filled(first) == {
        "key": "stage-1",
        "line": "stage",
        "stage": "1",
        "title_ru": "Подготовка",
        "timeline_en": "by December 31, 2025",
        "timeline_kind": "by",
        "latest": "2025-12-31",
        "time_precision": "day",
        "note_ru": "Пункты 1–3 утрачены.\r\n\r\nДальше по порядку.",
        "goals_state": "partial",
        "table_state": "partial",
        "columns": "activity; timeline (lost); expected_result (unnamed); other_1",
        "headings_en": "activity: Activities",
        "headings_ru": "other_1: Показатель",
    }
    assert (second["pending_organisation"], second["pending_document"]) == ("tspc", "protocol")


def test_an_unpublished_document_is_not_told_by_its_address():
    plan = make_plan()
    make_stage(plan, pending_on_document=make_document(status="draft", publish_at=None))

    assert lines_of(plan)[0]["pending_document"] == ""


def test_all_lines_have_the_same_columns_and_each_explains_itself():
    lines = lines_of(make_full_plan())

    names = list(lines[0])
    assert all(list(line) == names for line in lines)
    assert names == [
        *(column.name for column in COLUMNS),
        *("other_1_ky", "other_1_ru", "other_1_en", "other_1_lost"),
        *(column.name for column in COMPUTED),
    ]
    columns = columns_for(names)
    assert [column.name for column in columns] == names
    assert all(str(column.label) for column in columns)
    assert all(isinstance(cell, str) for line in lines for cell in line.values())


def test_columns_that_nobody_knows_are_their_own_label():
    (column,) = columns_for(["other_0_ru"])

    assert (column.name, column.label) == ("other_0_ru", "other_0_ru")


def test_the_state_is_told_and_can_be_left_out():
    plan = make_plan()
    row = make_activity(make_stage(plan), latest=date(2025, 6, 30))
    update = make_update(row, status=ProgressStatus.DONE, as_of=date(2025, 9, 1))
    make_assessment(update, verdict="partly")
    make_assessment(update, verdict="confirmed", made_on=date(2025, 10, 1))
    make_deadline_change(row)

    line = lines_of(plan)[1]

    assert {
        name: line[name] for name in ("status", "status_as_of", "assessment", "latest_now")
    } == {
        "status": "done",
        "status_as_of": "2025-09-01",
        "assessment": "confirmed",
        "latest_now": "2025-12-31",
    }
    assert line["latest"] == "2025-06-30"
    assert line["schedule"] == "done_on_time"
    assert line["schedule_reason"]
    assert not {column.name for column in COMPUTED} & set(lines_of(plan, with_state=False)[1])


def test_waiting_and_rejected_reports_are_not_told():
    plan = make_plan()
    row = make_activity(make_stage(plan))
    make_update(row, moderation="waiting")
    make_update(row, moderation="rejected", rejection_reason="Нет")

    assert lines_of(plan)[1]["status"] == ""


@pytest.mark.parametrize("rows", [3, 60])
def test_lines_take_seven_queries(django_assert_num_queries, rows):
    plan = make_plan()
    stage = make_stage(plan)
    column = StageColumn.objects.create(
        stage=stage, meaning="other", heading_state=HeadingState.UNNAMED
    )
    for _number in range(rows):
        row = make_activity(stage)
        make_resource(row)
        make_responsible(row)
        make_update(row)
        ExtraCell.objects.create(activity=row, column=column, text_ru="1")

    with django_assert_num_queries(7):
        lines = lines_of(plan)

    assert len(lines) == rows + 1


def test_a_plan_without_stages_has_no_lines():
    assert lines_of(make_plan()) == []


def test_words_without_dates_say_that_they_were_not_read():
    plan = make_plan()
    stage = make_stage(plan)
    make_activity(stage, timeline_text_ru="когда-нибудь")
    make_activity(stage)

    assert [line["timeline_kind"] for line in lines_of(plan)] == ["", TimelineKind.NONE, ""]
    assert Stage.objects.count() == 1


@given(st.text())
def test_a_heading_is_one_line_of_its_cell(text):
    escaped = escape_heading(text)

    assert unescape_heading(escaped) == text
    assert read_headings(f"activity: {escaped}\nother_2: x") == {"activity": text, "other_2": "x"}


def test_the_columns_of_a_table_are_read_back():
    assert read_columns("number; timeline (lost);other_12 (unnamed)") == {
        "number": HeadingState.PRINTED,
        "timeline": HeadingState.LOST,
        "other_12": HeadingState.UNNAMED,
    }
    for wrong in ("numbers", "number; number", "other_0", "timeline (gone)", "other"):
        with pytest.raises(ValueError, match=wrong.rpartition("; ")[2].split()[0]):
            read_columns(wrong)


def test_a_report_that_says_nothing_does_not_stand_for_the_last_one():
    row = make_activity()
    make_update(row, as_of=date(2025, 3, 1))
    make_update(row, as_of=date(2025, 4, 1), status=ProgressStatus.NO_INFORMATION)

    line = lines_of(row.stage.plan)[-1]

    assert (line["status"], line["status_as_of"]) == (ProgressStatus.IN_PROGRESS, "2025-03-01")
