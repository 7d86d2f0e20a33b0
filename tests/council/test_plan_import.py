"""A spreadsheet becomes a plan: a dry run first, then all of it or nothing."""

from __future__ import annotations

import csv
import datetime
import io
import os
import zipfile
from threading import Barrier, Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from council import sheets
from council.importing import PlanImport, keeping
from council.lines import lines_of
from council.models import Activity, Goal, Resource, Responsible, Stage
from mrc_portal.roles import EDITORS
from tests.council.full_plan import make_full_plan
from tests.factories import (
    make_activity,
    make_organisation,
    make_plan,
    make_resource,
    make_stage,
    make_user,
)

pytestmark = pytest.mark.django_db


# Files


def xlsx(*rows, sheet="Plan", prepare=None):
    workbook = Workbook()
    worksheet = workbook.active
    worksheet.title = sheet
    for row in rows:
        worksheet.append(row)
    if prepare:
        prepare(workbook)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def csv_of(*rows, delimiter=",", encoding="utf-8"):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


# The page


def address(plan):
    return reverse("admin:council_plan_import", args=[plan.pk])


def look(client, plan, content, name="plan.xlsx", **fields):
    data = {"file": SimpleUploadedFile(name, content), "language": "ru"} | fields
    return client.post(address(plan), data)


def decide(client, plan, looked):
    return client.post(address(plan), {"token": looked.context["token"], "_carry_out": "1"})


def carry_out(client, plan, content, **fields):
    looked = look(client, plan, content, **fields)
    assert not looked.context.get("problems"), [str(it) for it in looked.context["problems"]]
    response = decide(client, plan, looked)
    assert response.status_code == 302
    return looked.context["work"]


def problems(response):
    """Places of the problems, as an editor sees them."""
    return [str(it.place) for it in response.context["problems"]]


def everything(plan):
    """All that is stored of a plan, revisions included."""
    return [
        list(model.objects.rewrite(False).filter(**{path: plan}).order_by("pk").values())
        if hasattr(model.objects, "rewrite")
        else list(model.objects.filter(**{path: plan}).order_by("pk").values())
        for model, path in (
            (Stage, "plan"),
            (Goal, "stage__plan"),
            (Activity, "stage__plan"),
            (Responsible, "activity__stage__plan"),
            (Resource, "activity__stage__plan"),
        )
    ]


# Round trip


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_plan_that_goes_out_and_back_in_changes_nothing(client, editor, file_format):
    plan = make_full_plan()
    before = everything(plan)
    content = client.get(f"{plan.get_absolute_url()}plan.{file_format}").content

    looked = look(client, plan, content, name=f"plan.{file_format}")

    work = looked.context["work"]
    assert [str(it) for it in work.problems] == []
    assert (work.added, work.changed, work.unchanged) == ([], [], len(lines_of(plan)))
    assert looked.context["token"] == ""
    assert everything(plan) == before


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_plan_taken_to_an_empty_portal_keeps_its_keys_and_every_cell(client, editor, file_format):
    plan = make_full_plan()
    before = lines_of(plan, with_state=False)
    content = client.get(f"{plan.get_absolute_url()}plan.{file_format}").content
    Activity.objects.filter(stage__plan=plan, parent__parent__isnull=False).delete()
    Activity.objects.filter(stage__plan=plan, parent__isnull=False).delete()
    plan.stages.all().delete()
    assert lines_of(plan) == []

    work = carry_out(client, plan, content, name=f"plan.{file_format}")

    assert len(work.added) == len(before)
    assert lines_of(plan, with_state=False) == before


def test_a_plan_can_be_copied_with_new_keys(client, editor):
    plan, copy = make_full_plan(), make_plan(original_language="en", title_en="Copy", ready_en=True)
    content = client.get(f"{plan.get_absolute_url()}plan.xlsx").content

    refused = look(client, copy, content)
    assert refused.context["problems"][0].place.column == "key"
    carry_out(client, copy, content, ignores_keys="on")

    places = {line["key"]: n for n, line in enumerate(lines_of(plan, with_state=False))}
    new = {line["key"]: n for n, line in enumerate(lines_of(copy, with_state=False))}

    def without_keys(lines, order):
        return [
            line | {"key": order[line["key"]], "parent": order.get(line["parent"], "")}
            for line in lines
        ]

    assert without_keys(lines_of(copy, with_state=False), new) == without_keys(
        lines_of(plan, with_state=False), places
    )
    assert not {key for key in new if not key.startswith("stage")} & set(places)


# What becomes of lines


def test_lines_with_a_key_change_and_lines_without_are_added_where_they_stand(client, editor):
    plan = make_plan()
    stage = make_stage(plan)
    first = make_activity(stage, title_ru="Первое", expected_result_ru="Итог")
    last = make_activity(stage, title_ru="Последнее")

    work = carry_out(
        client,
        plan,
        xlsx(
            ["title_ru", "key", "expected_result_ru", "title_ky"],
            ["Первое, исправлено", first.short_id, "", "Биринчи"],
            ["Новое", None, "Отчёт", None],
            ["Последнее", last.short_id, None, None],
        ),
    )

    rows = list(stage.rows.order_by("position", "pk"))
    assert [row.title_ru for row in rows] == ["Первое, исправлено", "Новое", "Последнее"]
    assert [row.expected_result_ru for row in rows] == ["Итог", "Отчёт", None]
    assert [row.title_ky for row in rows] == ["Биринчи", None, None]
    assert (len(work.added), len(work.changed), work.unchanged) == (1, 1, 1)


def test_nothing_is_deleted_and_an_empty_cell_empties_nothing(client, editor):
    plan = make_full_plan()
    before = everything(plan)
    row = Activity.objects.get(number="4.1")
    empty = ["", *[""] * 6]

    looked = look(
        client,
        plan,
        xlsx(
            ["key", "title_ru", "timeline_en", "amounts", "responsible_organisations", "note_ru"],
            [row.short_id, *empty[:5]],
        ),
    )

    assert looked.context["work"].unchanged == 1
    assert everything(plan) == before


def test_the_dry_run_shows_old_and_new_cells_and_stores_nothing(client, editor):
    plan = make_full_plan()
    row = Activity.objects.get(number="4.1")
    before = everything(plan)

    looked = look(
        client,
        plan,
        xlsx(["key", "title_en", "amounts"], [row.short_id, "Second Meeting", "USD 7,500"]),
    )

    (part,) = looked.context["work"].changed
    assert [(it.column, it.old, it.new) for it in part.changes] == [
        ("title_en", "First Meeting of the Council", "Second Meeting"),
        ("amounts", "5000 USD; 10000.5", "7500 USD"),
    ]
    assert "<del>First Meeting of the Council</del>" in looked.text
    assert "<ins>Second Meeting</ins>" in looked.text
    assert everything(plan) == before


def test_times_and_amounts_are_read_where_the_file_does_not_say_them(client, editor):
    plan = make_plan(starts_on=datetime.date(2025, 1, 1), ends_on=datetime.date(2025, 12, 31))
    make_stage(plan)

    work = carry_out(
        client,
        plan,
        xlsx(
            ["number", "title_ru", "timeline_ru", "resources_ru"],
            [1, "Провести встречу", "до 15 мая", "USD 5,000; 10 000"],
            [2, "Готовить", "по мере сил", "без денег"],
        ),
    )

    first, second = plan.stages.get().rows.order_by("position")
    assert (first.timeline_kind, first.latest) == ("by", datetime.date(2025, 5, 15))
    assert first.is_year_inferred
    assert [(it.amount, it.currency) for it in first.resources.all()] == [
        (5000, "USD"),
        (10000, ""),
    ]
    assert (second.timeline_kind, second.latest, second.resources.count()) == ("none", None, 0)
    assert [part.is_reading_proposed for part in work.added] == [True, False]
    assert [part.are_amounts_proposed for part in work.added] == [True, False]
    assert [len(part.notes) for part in work.added] == [0, 2]


def test_a_reading_in_the_file_counts_more_than_that_of_the_portal(client, editor):
    plan = make_plan()
    make_stage(plan)

    carry_out(
        client,
        plan,
        xlsx(
            ["title_ru", "timeline_ru", "timeline_kind", "earliest", "latest", "time_precision"],
            [
                "Встреча",
                "весной 2025 г.",
                "within",
                datetime.date(2025, 3, 1),
                "2025-05-31",
                "month",
            ],
        ),
    )

    row = plan.stages.get().rows.get()
    assert (row.timeline_kind, row.time_precision) == ("within", "month")
    assert (row.earliest, row.latest) == (datetime.date(2025, 3, 1), datetime.date(2025, 5, 31))


def test_changed_words_get_a_new_reading_and_a_forgotten_date_is_pointed_out(client, editor):
    plan = make_plan()
    row = make_activity(
        make_stage(plan), timeline_text_ru="до 15 мая 2025 г.", latest=datetime.date(2025, 5, 15)
    )
    words = "до 30 июня 2025 г."

    forgotten = look(
        client,
        plan,
        xlsx(
            ["key", "timeline_ru", "timeline_kind", "latest"],
            [row.short_id, words, "by", "2025-05-15"],
        ),
    )
    carry_out(client, plan, xlsx(["key", "timeline_ru"], [row.short_id, words]))

    assert len(forgotten.context["work"].changed[0].notes) == 1
    row.refresh_from_db()
    assert (row.latest, row.timeline_text_ru) == (datetime.date(2025, 6, 30), words)


def test_a_translation_of_a_timeline_leaves_the_confirmed_reading_alone(client, editor):
    plan = make_plan()
    row = make_activity(
        make_stage(plan), timeline_text_ru="к осени", latest=datetime.date(2025, 8, 31)
    )

    carry_out(client, plan, xlsx(["key", "timeline_en"], [row.short_id, "by May 2026"]))

    row.refresh_from_db()
    assert (row.latest, row.timeline_text_en) == (datetime.date(2025, 8, 31), "by May 2026")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("ru", ["№ п/п", "Действия", "Сроки", "Ответственные", "Ресурсы", "Ожидаемый результат"]),
        ("ky", ["№", "Иш-аракеттер", "Мөөнөтү", "Жооптуулар", "Ресурстар", "Күтүлгөн натыйжа"]),
        ("en", ["No", "Activities", "Timeline", "Responsible", "Resources", "Expected result"]),
    ],
)
def test_a_table_as_people_write_it_becomes_a_plan(client, editor, language, names):
    plan = make_plan()

    work = carry_out(
        client,
        plan,
        xlsx(
            names,
            [3, "Раздел", None, None, None, None],
            ["3.1", "Встреча", "2025-05-31", "НСМ", "USD 5,000", "Протокол"],
            [None, "Сайт", None, None, 10000, None],
            [4, "Последнее", None, None, None, None],
        ),
        language=language,
        stage="2",
        sheet="",
    )

    stage = plan.stages.get()
    assert stage.number == 2
    heading, last = stage.rows.filter(parent=None).order_by("position")
    meeting, site = heading.children.order_by("position")
    assert [it.kind for it in (heading, meeting, site, last)] == ["heading"] + ["activity"] * 3
    assert [it.number for it in (heading, meeting, site, last)] == ["3", "3.1", "", "4"]
    assert getattr(meeting, f"expected_result_{language}") == "Протокол"
    assert getattr(meeting, f"responsible_text_{language}") == "НСМ"
    assert meeting.latest == datetime.date(2025, 5, 31)
    assert getattr(site, f"resources_text_{language}") == "10000"
    assert site.resources.get().currency == ""
    assert [it.roman for it in work.new_stages] == ["II"]


def test_rows_stand_under_the_row_that_their_parent_names(client, editor):
    plan = make_plan()
    stage = make_stage(plan)
    stored = make_activity(stage, number="1")

    carry_out(
        client,
        plan,
        csv_of(
            ["line", "stage", "number", "parent", "title_ru"],
            ["stage", "2", "", "", "Второй этап"],
            ["goal", "2", "1", "", "Цель"],
            ["activity", "1", "1.1", stored.short_id, "Под первой"],
            ["step", "1", "", "1.1", "Под новой"],
            ["activity", "2", "1", "", "В другом этапе"],
            ["gap", "2", "2–3", "", ""],
        ),
        name="plan.csv",
    )

    child = stored.children.get()
    assert [it.kind for it in child.children.all()] == ["step"]
    second = plan.stages.get(number=2)
    assert second.title_ru == "Второй этап"
    assert [it.title_ru for it in second.goals.all()] == ["Цель"]
    assert [(it.kind, it.number, it.parent) for it in second.rows.order_by("position")] == [
        ("activity", "1", None),
        ("gap", "2–3", None),
    ]


def test_an_organisation_is_known_by_its_address_name_or_abbreviation(client, editor):
    plan = make_plan()
    make_stage(plan)
    council = make_organisation(slug="ncm", name_ru="Национальный совет", abbreviation_en="NCM")
    center = make_organisation(slug="tspc", name_ru="Центр", other_names="Тянь-Шань\nTSP")

    carry_out(
        client,
        plan,
        xlsx(
            ["title_ru", "responsible_organisations"],
            ["Первое", "ncm (yet to exist); тянь-шань"],
            ["Второе", "национальный  Совет"],
        ),
    )

    first, second = plan.stages.get().rows.order_by("position")
    assert [(it.organisation, it.is_yet_to_exist) for it in first.responsibles.all()] == [
        (council, True),
        (center, False),
    ]
    assert [it.organisation for it in second.responsibles.all()] == [council]


def test_history_and_the_log_tell_who_imported(client, editor):
    plan = make_plan()
    row = make_activity(make_stage(plan), title_ru="Было")
    revision = row.revision

    carry_out(client, plan, xlsx(["key", "title_ru"], [row.short_id, "Стало"]))

    row.refresh_from_db()
    assert (row.changed_by, row.revision) == (editor, revision + 1)
    assert row.history.first().history_user == editor
    assert row.history.count() == 2
    assert LogEntry.objects.get(object_id=str(plan.pk)).user == editor


# Errors by cell


def test_problems_name_sheet_row_and_column(client, editor):
    plan = make_plan()
    stage = make_stage(plan)
    other = make_activity()
    row = make_activity(stage, number="1")
    before = everything(plan)

    looked = look(
        client,
        plan,
        xlsx(
            ["key", "line", "stage", "parent", "title_ru", "timeline_kind", "latest", "amounts"],
            [other.short_id, "activity", 1, None, "Чужой ключ", None, None, None],
            ["zzzzzzz", "activity", 1, None, "Неизвестный ключ", None, None, None],
            [row.short_id, None, None, None, "Раз", None, None, None],
            [row.short_id, None, None, None, "Два", None, None, None],
            [None, "task", 1, None, "Неизвестный вид", None, None, None],
            [None, "activity", 9, None, "Нет этапа", None, None, None],
            [None, "activity", 1, "77", "Нет родителя", None, None, None],
            [None, "activity", 1, None, "Нет дня", "by", None, None],
            [None, "activity", 1, None, "Неясная сумма", None, None, "много"],
            [None, "activity", 1, None, None, "sometimes", None, None],
            [None, "stage", "второй", None, "Этап", None, None, None],
            [None, "goal", 1, None, "Цель", None, None, "5000 USD"],
        ),
    )

    assert {(it.place.row, it.place.letter) for it in looked.context["problems"]} == {
        (2, "A"),
        (3, "A"),
        (5, "A"),
        (6, "B"),
        (7, "C"),
        (10, "H"),
        (11, "F"),
        (12, "C"),
        (13, "H"),
    }
    assert problems(looked)[0] == "Plan, " + str(sheets.Place("", 12, "C", "stage"))
    assert everything(plan) == before
    assert looked.context["token"] == ""


def test_what_the_models_refuse_is_told_by_cell(client, editor):
    plan = make_plan()
    stage = make_stage(plan)
    make_activity(stage, number="1")

    looked = look(
        client,
        plan,
        xlsx(
            [
                "line",
                "parent",
                "title_ru",
                "timeline_kind",
                "latest",
                "timeline_ru",
                "timeline_lost",
            ],
            ["activity", "77", "Нет родителя", None, None, None, None],
        ),
    )
    assert problems(looked) == ["Plan, " + str(sheets.Place("", 2, "B", "parent"))]

    looked = look(
        client,
        plan,
        xlsx(
            [
                "line",
                "parent",
                "title_ru",
                "timeline_kind",
                "latest",
                "timeline_ru",
                "timeline_lost",
            ],
            ["activity", None, "Нет дня", "by", None, None, None],
            ["activity", None, None, None, None, None, None],
            ["activity", None, "я" * 501, None, None, None, None],
            ["activity", None, "Год", "by", "0205-05-15", None, None],
            ["activity", None, "Утрачено", "none", None, "до мая", "yes"],
        ),
    )
    assert [(it.place.row, it.place.letter) for it in looked.context["problems"]] == [
        (2, "D"),
        (3, "C"),
        (4, "C"),
        (5, "E"),
        (6, "G"),
    ]


@pytest.mark.parametrize(
    ("rows", "row", "column"),
    [
        # A circle of two new rows, each under the other.
        ([["1", "2", "Раз"], ["2", "1", "Два"]], 2, "parent"),
        # Five deep.
        (
            [
                ["1", "", "Раз"],
                ["2", "1", "Два"],
                ["3", "2", "Три"],
                ["4", "3", "Четыре"],
                ["5", "4", "Пять"],
            ],
            6,
            "parent",
        ),
        # Two rows with the number that a third one names.
        ([["1", "", "Раз"], ["1", "", "Два"], ["1.1", "1", "Три"]], 4, "parent"),
    ],
)
def test_a_tree_that_cannot_be_is_refused(client, editor, rows, row, column):
    plan = make_plan()
    make_stage(plan)

    looked = look(client, plan, xlsx(["number", "parent", "title_ru"], *rows))

    assert (row, column) in {(it.place.row, it.place.column) for it in looked.context["problems"]}


def test_a_stored_row_cannot_come_under_itself_or_too_deep(client, editor):
    plan = make_plan()
    stage = make_stage(plan)
    top = make_activity(stage, number="1")
    child = make_activity(stage, parent=top, number="1.1")
    grandchild = make_activity(stage, parent=child, number="1.1.1")
    deep = make_activity(stage, parent=grandchild, number="1.1.1.1")
    alone = make_activity(stage, number="2")
    columns = ["key", "parent"]

    circle = look(client, plan, xlsx(columns, [top.short_id, grandchild.short_id]))
    too_deep = look(client, plan, xlsx(columns, [top.short_id, alone.short_id]))
    lost = look(client, plan, xlsx(["key", "line", "title_ru"], [grandchild.short_id, "gap", ""]))

    assert circle.context["problems"]
    assert too_deep.context["problems"]
    assert lost.context["problems"]
    assert deep.parent == grandchild


# Files that are none, or worse


def merge(workbook):
    workbook.active.merge_cells("A1:C1")


def hide_macro(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0"
    return zipped(parts)


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def with_part(name, change):
    with zipfile.ZipFile(io.BytesIO(xlsx(["title_ru"], ["Раз"]))) as archive:
        parts = {it: archive.read(it) for it in archive.namelist()}
    parts[name] = change(parts[name])
    return zipped(parts)


def entity(part):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    return part.replace(b"<worksheet", bomb + b"<worksheet", 1)


NAMES = ["title_ru", "number", "latest", "timeline_kind"]
HOSTILE = {
    "empty": b"",
    "no zip": b"PK\x03\x04 not a zip at all",
    "cut off": xlsx(NAMES, ["Раз"])[:900],
    "another archive": zipped({"a.txt": "a"}),
    "macros": hide_macro(xlsx(NAMES, ["Раз"])),
    "entities": with_part("xl/worksheets/sheet1.xml", entity),
    "no cells": with_part("xl/worksheets/sheet1.xml", lambda part: b"<worksheet/>"),
    "no XML": with_part("xl/worksheets/sheet1.xml", lambda part: b"<worksheet"),
    "bomb": with_part("xl/worksheets/sheet1.xml", lambda part: part + b" " * 60_000_000),
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
    "OpenDocument": zipped(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
    ),
    "PDF": b"%PDF-1.7\n...",
    "web page": b"<html><body><table><tr><td>title_ru</td></tr></table>",
    "program": b"MZ\x90\x00\x03",
    "merged": xlsx(NAMES, ["Раз"], prepare=merge),
    "formula": xlsx(NAMES, ['=HYPERLINK("http://x")']),
    "error": xlsx(NAMES, ["#REF!"]),
    "date as text": xlsx(NAMES, ["Раз", None, "15 мая 2025 г.", "by"]),
    "date by numbers": xlsx(NAMES, ["Раз", None, "05/06/2025", "by"]),
    "date without a format": xlsx(NAMES, ["Раз", None, 45792, "by"]),
    "number as a date": xlsx(NAMES, ["Раз", datetime.date(2025, 2, 1)]),
    "title row": xlsx(["План действий"], [], NAMES, ["Раз"]),
    "no names": xlsx(["Раз", "Два"], ["Три", "Четыре"]),
    "names only": xlsx(NAMES),
    "two of a name": xlsx(["title_ru", "title_ru"], ["Раз", "Два"]),
    "the same twice": csv_of(["Сроки", "timeline_ru"], ["раз", "два"]),
    "no text": "title_ru\r\nРаз".encode("utf-16-le") + b"\xff\xff\xd8",
    "cp866": csv_of(["title_ru"], ["Первое заседание совета"], encoding="cp866"),
    "NUL": "title_ru\r\nРа\0з".encode(),
    "half a pair": xlsx(["title_ru"], ["_xD800_"]),
    "huge cell": csv_of(["title_ru"], ["я" * 20_001]),
    "huge field": csv_of(["title_ru"], ["я" * 200_000]),
    "too many lines": csv_of(["title_ru"], *[["Раз"]] * 10_000),
    "too many columns": csv_of(["title_ru", *["x"] * 16_000], ["Раз"]),
    "quotation marks": b'title_ru\r\n"never closed',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_bad_file_gets_a_clear_error_and_changes_nothing(client, editor, content):
    plan = make_plan()
    make_activity(make_stage(plan))
    before = everything(plan)

    looked = look(client, plan, content)

    assert looked.status_code == 200
    form_errors = looked.context["form"].errors if not content else {}
    assert looked.context.get("problems") or form_errors
    assert not looked.context.get("token")
    assert everything(plan) == before


def test_a_large_sheet_is_refused_before_it_is_read_to_the_end(client, editor):
    plan = make_plan()
    make_stage(plan)
    content = xlsx(NAMES, *[["Раз", n] for n in range(10_000)])

    looked = look(client, plan, content)

    assert len(looked.context["problems"]) == 1
    assert str(sheets.MAX_LINES) in looked.context["problems"][0].message


def test_empty_rows_with_a_format_are_no_lines(client, editor):
    plan = make_plan()
    make_stage(plan)

    def format_far_below(workbook):
        workbook.active["A15000"].number_format = "0.00"

    work = carry_out(client, plan, xlsx(NAMES, ["Раз"], [], ["Два"], prepare=format_far_below))

    assert [part.row.number for part in work.added] == [2, 4]


# Ways to write a file


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [
        (",", "utf-8"),
        (";", "utf-8-sig"),
        ("\t", "utf-16"),
        (";", "cp1251"),
    ],
)
def test_values_are_read_however_a_spreadsheet_writes_them(client, editor, delimiter, encoding):
    plan = make_plan()
    make_stage(plan)
    rows = [["№", "Действия", "Сроки"], ["1", "Встреча; «обсуждение», отчёт", "до мая 2025 г."]]

    work = carry_out(
        client,
        plan,
        csv_of(*rows, delimiter=delimiter, encoding=encoding),
        name="plan.csv",
    )

    assert plan.stages.get().rows.get().title_ru == "Встреча; «обсуждение», отчёт"
    assert len(work.sheet.notes) == (encoding == "cp1251")


def test_a_text_that_begins_like_a_formula_stays_a_text(client, editor):
    plan = make_plan()
    make_stage(plan)

    carry_out(client, plan, csv_of(["title_ru"], ["'=1+1"], ["-5 человек"]), name="plan.csv")

    assert {row.title_ru for row in plan.stages.get().rows.all()} == {"=1+1", "-5 человек"}


@pytest.mark.parametrize(
    ("column", "value", "number_format"),
    [
        ("number", 1.1, "0.00"),
        ("parent", 1.1, "General"),
        ("resources_ru", 0.5, "0%"),
        ("resources_ru", 10_000, "[$$-409]#,##0"),
        ("resources_ru", 10_000, '#,##0" сом"'),
        ("timeline_ru", datetime.date(2013, 5, 1), "mmm yyyy"),
        ("timeline_ru", datetime.date(2013, 5, 15), 'd "day" mmm'),
    ],
)
def test_what_a_cell_shows_beside_its_value_is_neither_lost_nor_invented(
    client, editor, column, value, number_format
):
    plan = make_plan()
    make_stage(plan)

    def show(workbook):
        workbook.active["B2"].number_format = number_format

    assert problems(
        look(client, plan, xlsx(["title_ru", column], ["Раз", value], prepare=show))
    ) == [f"Plan, ячейка B2 ({column})"]


@pytest.mark.parametrize("number_format", ["General", "#,##0.00", "_-* #,##0_-;[Red]-#,##0", "@"])
def test_numbers_are_read_however_many_digits_are_shown(client, editor, number_format):
    plan = make_plan()
    make_stage(plan)

    def show(workbook):
        workbook.active["B2"].number_format = number_format

    carry_out(client, plan, xlsx(["title_ru", "resources_ru"], ["Раз", 10_000], prepare=show))

    assert plan.stages.get().rows.get().resources_text_ru == "10000"


@pytest.mark.parametrize("dimensions", ["row_dimensions", "column_dimensions"])
def test_what_a_sheet_hides_is_read_and_told(client, editor, dimensions):
    plan = make_plan()
    make_stage(plan)

    def hide(workbook):
        getattr(workbook.active, dimensions)[3 if "row" in dimensions else "B"].hidden = True

    work = carry_out(
        client, plan, xlsx(["title_ru", "title_en"], ["Раз", "One"], ["Два"], prepare=hide)
    )

    assert len(work.added) == 2
    assert len(work.sheet.notes) == 1


def test_of_several_sheets_one_is_named_or_called_plan(client, editor):
    plan = make_plan()
    make_stage(plan)

    def second(workbook):
        workbook.create_sheet("Черновик").append(["title_ru"])

    unclear = look(client, plan, xlsx(NAMES, ["Раз"], sheet="Лист1", prepare=second))
    wrong = look(client, plan, xlsx(NAMES, ["Раз"], prepare=second), sheet="Лист9")
    named = look(client, plan, xlsx(NAMES, ["Раз"], sheet="Лист1", prepare=second), sheet="Лист1")
    found = look(client, plan, xlsx(NAMES, ["Раз"], prepare=second))

    assert "Лист1" in unclear.context["problems"][0].message
    assert "Черновик" in wrong.context["problems"][0].message
    assert len(named.context["work"].added) == len(found.context["work"].added) == 1


def test_unknown_columns_are_told_and_passed_over(client, editor):
    plan = make_plan()
    make_stage(plan)

    looked = look(client, plan, xlsx(["title_ru", "Бухгалтерия", "status"], ["Раз", "=1", "done"]))

    work = looked.context["work"]
    assert work.sheet.unknown == ["B (Бухгалтерия)"]
    assert [it.column for it in work.added[0].changes] == ["title_ru"]


def test_columns_that_only_this_plan_has_come_in(client, editor):
    plan = make_full_plan()
    row = Activity.objects.get(number="4.1")
    columns = "activity; timeline (lost); expected_result (unnamed); other_1; other_2"

    carry_out(
        client,
        plan,
        xlsx(
            ["key", "headings_ru", "columns", "other_1_ru", "other_2_ky", "other_1_lost"],
            ["stage-1", "other_2: Цена", columns, None, None, None],
            [row.short_id, None, None, "2 заседания", "арзан", None],
        ),
    )

    line = next(it for it in lines_of(plan) if it["key"] == row.short_id)
    assert (line["other_1_ru"], line["other_2_ky"]) == ("2 заседания", "арзан")
    stage = lines_of(plan)[0]
    assert (stage["columns"], stage["headings_ru"]) == (
        columns,
        "other_1: Показатель\nother_2: Цена",
    )


@pytest.mark.parametrize(
    ("columns", "headings"),
    [
        ("activity; colour", None),
        ("other_1; activity", None),
        ("activity; timeline (lost); expected_result (unnamed); other_1; other_3", None),
        (None, "other_7: Цена"),
        (None, "Цена"),
        # A printed heading has words.
        ("activity; timeline; expected_result (unnamed); other_1", None),
    ],
)
def test_columns_that_make_no_table_are_refused(client, editor, columns, headings):
    plan = make_full_plan()

    looked = look(
        client, plan, xlsx(["key", "columns", "headings_ru"], ["stage-1", columns, headings])
    )

    place = ("B", "columns") if columns else ("C", "headings_ru")
    assert problems(looked) == [str(sheets.Place("Plan", 2, *place))]


# Who, and when


def test_contributors_import_into_drafts_alone(client, contributor):
    public, draft = make_plan(), make_plan(status="draft", publish_at=None, ready_ru=False)
    make_stage(draft)

    carry_out(client, draft, xlsx(NAMES, ["Раз"]))

    assert draft.stages.get().rows.get().title_ru == "Раз"
    assert client.get(address(public)).status_code == 403
    assert look(client, public, xlsx(NAMES, ["Раз"])).status_code == 403


def test_nobody_else_imports(client):
    plan = make_plan()

    assert look(client, plan, xlsx(NAMES, ["Раз"])).status_code == 302
    assert not plan.stages.exists()


def test_the_plan_is_not_overwritten_when_somebody_saved_it_meanwhile(client, editor):
    plan = make_plan()
    row = make_activity(make_stage(plan), title_ru="Было")
    looked = look(client, plan, xlsx(["key", "title_ru"], [row.short_id, "Стало"]))
    row.title_ru = "Поправил другой"
    row.save()

    refused = decide(client, plan, looked)

    assert refused.context["is_outdated"]
    row.refresh_from_db()
    assert row.title_ru == "Поправил другой"
    (change,) = refused.context["work"].changed[0].changes
    assert (change.old, change.new) == ("Поправил другой", "Стало")
    assert decide(client, plan, refused).status_code == 302


def test_an_import_is_carried_out_once(client, editor):
    plan = make_plan()
    make_stage(plan)
    looked = look(client, plan, xlsx(NAMES, ["Раз"]))

    first, second = decide(client, plan, looked), decide(client, plan, looked)

    assert first.status_code == 302
    assert second.context["is_outdated"]
    assert plan.stages.get().rows.count() == 1


def test_a_reference_is_of_one_person_one_plan_and_one_hour(client, editor, monkeypatch):
    plan, other = make_plan(), make_plan()
    make_stage(plan)
    make_stage(other)
    looked = look(client, plan, xlsx(NAMES, ["Раз"]))
    token = looked.context["token"]

    elsewhere = decide(client, other, looked)
    forged = client.post(address(plan), {"token": token[:-3] + "abc", "_carry_out": "1"})
    monkeypatch.setattr(keeping, "KEPT_SECONDS", -1)
    late = decide(client, plan, looked)

    assert [len(it.context["problems"]) for it in (elsewhere, forged, late)] == [1, 1, 1]
    assert not Activity.objects.exists()


def test_a_file_that_is_gone_is_asked_for_again(client, editor, settings):
    plan = make_plan()
    make_stage(plan)
    looked = look(client, plan, xlsx(NAMES, ["Раз"]))
    for path in (settings.CACHE_DIR / "imports").iterdir():
        path.unlink()

    assert len(decide(client, plan, looked).context["problems"]) == 1


def test_old_files_are_thrown_away(client, editor, settings):
    plan = make_plan()
    make_stage(plan)
    look(client, plan, xlsx(NAMES, ["Раз"]))
    folder = settings.CACHE_DIR / "imports"
    for path in folder.iterdir():
        os.utime(path, (0, 0))

    look(client, plan, xlsx(NAMES, ["Два"]))

    assert len(list(folder.iterdir())) == 1


def test_half_an_import_is_none(client, editor, monkeypatch):
    plan = make_plan()
    row = make_activity(make_stage(plan), title_ru="Было")
    content = xlsx(["key", "title_ru"], [row.short_id, "Стало"], [None, "Новое"])
    looked = look(client, plan, content)

    def fail(*args, **kwargs):
        raise OSError("The disk is full.")

    monkeypatch.setattr("council.admin.importing.ModelAdmin.log_change", fail)
    with pytest.raises(OSError, match="full"):
        decide(client, plan, looked)

    assert [it.title_ru for it in Activity.objects.all()] == ["Было"]


def test_looking_at_a_file_takes_the_same_queries_for_any_plan(
    client, editor, django_assert_max_num_queries
):
    plan = make_plan()
    stage = make_stage(plan)
    for number in range(60):
        make_resource(make_activity(stage, number=str(number)))
    content = client.get(f"{plan.get_absolute_url()}plan.xlsx").content

    with django_assert_max_num_queries(25):
        looked = look(client, plan, content)

    assert looked.context["work"].unchanged == 61


def test_a_save_between_reading_and_writing_is_noticed(client, editor, monkeypatch):
    plan = make_plan()
    row = make_activity(make_stage(plan), title_ru="Было")
    looked = look(client, plan, xlsx(["key", "title_ru"], [row.short_id, "Стало"]))
    validate = PlanImport._validate

    def validate_slowly(self):
        validate(self)
        Activity.objects.filter(pk=row.pk).update(title_ru="Поправил другой")

    monkeypatch.setattr(PlanImport, "_validate", validate_slowly)
    refused = decide(client, plan, looked)

    assert refused.context["is_outdated"]
    row.refresh_from_db()
    assert row.title_ru == "Поправил другой"


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_the_same_moment_one_is_carried_out():
    plan = make_plan()
    make_stage(plan)
    editor = make_user(EDITORS)
    clients = [Client(), Client()]
    for it in clients:
        it.force_login(editor)
    looked = look(clients[0], plan, xlsx(NAMES, ["Раз"]))
    barrier, statuses = Barrier(2), []

    def carry_it_out(own):
        try:
            barrier.wait(20)
            statuses.append(decide(own, plan, looked).status_code)
        finally:
            connections.close_all()

    threads = [Thread(target=carry_it_out, args=[it]) for it in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 302]
    assert Activity.objects.count() == 1


def test_a_mistake_in_an_ordinary_table_is_told_by_the_name_that_its_column_has_there(
    client, editor
):
    plan = make_plan()
    make_stage(plan)
    rows = [["№", "Действия", "Сроки"], ["1", "", "до мая 2025 г."]]

    looked = look(client, plan, csv_of(*rows), name="plan.csv")

    assert "(Действия)" in str(looked.context["problems"][0].place)
