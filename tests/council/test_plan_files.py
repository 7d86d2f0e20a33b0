"""A plan as a file to take along: whole, typed, harmless, for readers of public plans alone."""

from __future__ import annotations

import csv
import datetime
import io
import json
from types import SimpleNamespace

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from council.exporting import Export, to_csv, to_xlsx
from council.lines import COLUMNS, lines_of, without_drafts
from council.models import Activity
from council.sheets import read_sheet
from mrc_portal.cells import LONGEST_CELL, TOO_LONG, guard, unguard
from mrc_portal.publishing import withdraw
from mrc_portal.roles import EDITORS
from tests.council.full_plan import make_full_plan
from tests.factories import (
    make_activity,
    make_plan,
    make_responsible,
    make_stage,
    make_update,
    make_user,
)

FORMATS = ["xlsx", "csv", "json", "pdf"]


def address(plan, file_format, language="ru"):
    return f"/{language}/plan/{plan.slug}/plan.{file_format}"


def workbook_of(response):
    return load_workbook(io.BytesIO(response.content))


def words_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


# Every format


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", FORMATS)
def test_drafts_and_withdrawn_plans_are_nobodys_file(client, file_format):
    draft = make_plan(status="draft", publish_at=None, ready_ru=False)
    scheduled = make_plan(publish_at=timezone.now() + datetime.timedelta(days=1))
    withdrawn = make_plan()
    withdraw(withdrawn, make_user(EDITORS), {"ru": "Ошибка"})

    assert client.get(address(draft, file_format)).status_code == 404
    assert client.get(address(scheduled, file_format)).status_code == 404
    assert client.get(address(withdrawn, file_format)).status_code == 410


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", FORMATS)
def test_staff_take_a_draft_along(client, contributor, file_format):
    draft = make_plan(status="draft", publish_at=None, ready_ru=False)
    make_stage(draft)

    assert client.get(address(draft, file_format)).status_code == 200


@pytest.mark.django_db
def test_there_are_no_other_formats(client):
    plan = make_plan()

    assert client.get(address(plan, "xls")).status_code == 404
    assert client.post(address(plan, "csv")).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("rows", [2, 50])
def test_a_file_takes_eight_queries(client, django_assert_num_queries, file_format, rows):
    plan = make_plan()
    stage = make_stage(plan)
    for _number in range(rows):
        row = make_activity(stage)
        make_responsible(row)
        make_update(row)

    with django_assert_num_queries(8):
        client.get(address(plan, file_format))


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", FORMATS)
def test_an_unchanged_plan_is_not_made_anew(client, monkeypatch, file_format):
    plan = make_full_plan()
    first = client.get(address(plan, file_format))
    asked = {"if-none-match": first.headers["ETag"]}

    unchanged = client.get(address(plan, file_format), headers=asked)
    other = client.get(address(plan, file_format, "ky"), headers=asked)
    Activity.objects.filter(number="4.1").update(title_ru="Иначе")
    changed = client.get(address(plan, file_format), headers=asked)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (other.status_code, changed.status_code) == (200, 200)


@pytest.mark.django_db
def test_files_have_names_types_and_a_day(client):
    plan = make_plan(tracking_ended_on=datetime.date(2017, 12, 31))

    told = {
        file_format: (response.headers["Content-Type"], response.headers["Content-Disposition"])
        for file_format in FORMATS
        for response in [client.get(address(plan, file_format))]
    }

    name = f"{plan.slug}-2017-12-31-ru"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert told == {
        "xlsx": (sheet, f'attachment; filename="{name}.xlsx"'),
        "csv": ("text/csv; charset=utf-8", f'attachment; filename="{name}.csv"'),
        "json": ("application/json", f'attachment; filename="{name}.json"'),
        "pdf": ("application/pdf", f'inline; filename="{name}.pdf"'),
    }


@pytest.mark.django_db
def test_a_file_shows_the_day_that_its_address_asks_for(client):
    plan = make_plan()
    row = make_activity(make_stage(plan))
    make_update(row, as_of=datetime.date(2025, 3, 1))

    early = client.get(address(plan, "json") + "?on=2025-02-01")
    late = client.get(address(plan, "json"))

    assert [it.json()["lines"][1]["status"] for it in (early, late)] == ["", "in_progress"]
    assert early.headers["X-Robots-Tag"] == "noindex"
    assert early.json()["plan"]["as_of"] == "2025-02-01"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["", "table/"])
def test_the_plan_and_its_table_lead_to_the_files_of_the_day_that_is_looked_at(client, page):
    plan = make_plan()
    make_activity(stage=make_stage(plan=plan))

    today = client.get(f"/ru/plan/{plan.slug}/{page}").text
    another = client.get(f"/ru/plan/{plan.slug}/{page}?on=2025-02-01").text

    assert all(f'href="{address(plan, it)}"' in today for it in FORMATS)
    assert all(f'href="{address(plan, it)}?on=2025-02-01"' in another for it in FORMATS)


# Spreadsheet


@pytest.mark.django_db
def test_the_spreadsheet_has_typed_cells_below_a_frozen_head(client):
    plan = make_full_plan()

    workbook = workbook_of(client.get(address(plan, "xlsx")))

    sheet = workbook["Plan"]
    head, *rows = sheet.iter_rows(values_only=True)
    lines = lines_of(plan)
    assert list(head) == list(lines[0])
    assert sheet.freeze_panes == "B2"
    assert len(rows) == len(lines)
    meeting = dict(zip(head, rows[6], strict=True))
    assert (meeting["stage"], meeting["number"]) == (1, "4.1")
    assert meeting["latest"].date() == datetime.date(2025, 5, 15)
    assert meeting["expected_result_ru"] is None


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "ky", "en"])
def test_the_spreadsheet_explains_each_column(client, language):
    plan = make_full_plan()

    sheet = workbook_of(client.get(address(plan, "xlsx", language)))["Read me"]

    explained = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert set(lines_of(plan)[0]) <= set(explained)
    assert (
        explained[0]
        == {
            "ru": plan.title_ru,
            "ky": plan.title_ky,
            "en": plan.title_en,
        }[language]
    )


@pytest.mark.django_db
def test_what_looks_like_a_formula_is_a_text(client):
    plan = make_plan()
    titles = ["=1+1", "+7 700", "-5", "@SUM(A1)", "\t=1", "1.10", "00123"]
    stage = make_stage(plan)
    for title in titles:
        make_activity(stage, title_ru=title)

    cells = {
        cell.value: cell
        for row in workbook_of(client.get(address(plan, "xlsx")))["Plan"]
        for cell in row
        if cell.value in titles
    }
    values = list(csv.DictReader(io.StringIO(client.get(address(plan, "csv")).text, newline="")))

    assert {cell.data_type for cell in cells.values()} == {"s"}
    assert set(cells) == set(titles)
    assert cells["=1+1"].quotePrefix
    assert [it["title_ru"] for it in values[1:]] == [
        "'=1+1",
        "'+7 700",
        "'-5",
        "'@SUM(A1)",
        "'\t=1",
        "1.10",
        "00123",
    ]


@pytest.mark.django_db
def test_a_text_that_no_cell_can_hold_is_whole_in_the_other_files(client, editor):
    plan = make_plan()
    note = "слово " * 7000
    make_activity(make_stage(plan), note_ru=note)
    assert len(note) > LONGEST_CELL

    sheet = workbook_of(client.get(address(plan, "xlsx")))["Plan"]

    assert TOO_LONG in [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert client.get(address(plan, "json")).json()["lines"][1]["note_ru"] == note
    back = read_sheet(ContentFile(client.get(address(plan, "xlsx")).content), "ru")
    assert back.rows[1].cells["note_ru"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", ["xlsx", "csv", "json"])
def test_words_of_a_translation_that_is_not_ready_are_the_editors_alone(
    client, admin_client, file_format
):
    plan = make_plan()
    row = make_activity(make_stage(plan), title_ru="Встреча", title_ky="Каралама")
    only = make_activity(row.stage, title_ru="", title_ky="Башка сөз жок")

    def titles(visitor):
        content = visitor.get(address(plan, file_format)).content
        if file_format == "json":
            lines = json.loads(content)["lines"]
        elif file_format == "csv":
            lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        else:
            names, *cells = load_workbook(io.BytesIO(content))["Plan"].iter_rows(values_only=True)
            lines = [dict(zip(names, row, strict=True)) for row in cells]
        return [(line["title_ru"] or "", line["title_ky"] or "") for line in lines[1:]]

    # Where there are no other words, pages show these too.
    assert titles(client) == [("Встреча", ""), ("", only.title_ky)]
    assert titles(admin_client) == [("Встреча", "Каралама"), ("", only.title_ky)]


# JSON


@pytest.mark.django_db
def test_json_has_the_lines_their_columns_and_the_plan(client):
    plan = make_full_plan(ready_ky=False)

    content = json.loads(client.get(address(plan, "json")).content)

    assert content["lines"] == without_drafts(lines_of(plan), {"ru", "en"})
    assert [it["name"] for it in content["columns"]] == list(lines_of(plan)[0])
    assert content["plan"]["title"] == {"ru": plan.title_ru, "en": plan.title_en}
    assert plan.title_ky not in json.dumps(content, ensure_ascii=False)
    assert content["plan"]["key"] == plan.short_id


# Paper


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "ky", "en"])
def test_the_plan_is_printed_whole_in_three_languages(client, language):
    plan = make_full_plan()

    response = client.get(address(plan, "pdf", language))

    content = response.content
    assert b"pdfuaid:part" in content
    document = pypdfium2.PdfDocument(content)
    width, height = document[0].get_size()
    assert width > height
    words = " ".join(" ".join(words_of(content)).replace("\u00ad", "").split())
    shown = {
        "ru": ["Первое заседание совета", "до 15 мая", "USD 5,000; 10,000", "Показатель"],
        "ky": ["Кеңештин биринчи", "By May 15", "USD 5,000; 10,000"],
        "en": ["First Meeting of the Council", "By May 15", "Activities", "Approving the Action"],
    }[language]
    for text in [*shown, "… information campaign", "1–3", "Pubic Relation"]:
        assert text in words, text


@pytest.mark.django_db
def test_the_head_of_a_table_stands_on_each_page(client):
    plan = make_plan()
    stage = make_stage(plan)
    for _number in range(60):
        make_activity(stage, expected_result_ru="Отчёт")

    pages = words_of(client.get(address(plan, "pdf", "en")).content)

    assert len(pages) > 1
    assert all("Expected result" in page for page in pages)
    assert f"1 / {len(pages)}" in pages[0]


@pytest.mark.django_db
def test_hostile_words_stay_words_in_every_file(client):
    plan = make_plan()
    hostile = '#import "x" $a^2$ *б* _в_ <г> [д] \\ `е` @ж //з \u202eйик\u2069 \x0b👍 = к'
    make_activity(
        make_stage(plan, title_ru=hostile),
        title_ru=hostile,
        expected_result_ru="х" * 500,
        note_ru=hostile + " " + "долго " * 1700,
    )

    files = {it: client.get(address(plan, it)) for it in FORMATS}

    assert {it.status_code for it in files.values()} == {200}
    assert files["json"].json()["lines"][1]["title_ru"] == hostile
    for it in ("xlsx", "csv"):
        sheet = read_sheet(ContentFile(files[it].content), "ru")
        assert sheet.rows[1].cells["title_ru"] == hostile
    words = " ".join(words_of(files["pdf"].content))
    assert '#import "x" $a^2$ *б* _в_ <г> [д]' in words


# Round trip of any words, without a database

HOSTILE = st.sampled_from(
    [
        "=1",
        "'=1",
        "''",
        "'",
        "_x0041_",
        "_x005F_x0041_",
        "\r\n",
        "\n",
        "\ufeffа",
        "\u202e",
        '"',
        "\t",
    ]
)
WORDED = [
    column.name
    for column in COLUMNS
    if not column.is_date and not column.is_number and column.name != "key"
]
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.one_of(HOSTILE, st.text(LETTERS, max_size=40))


@given(
    st.lists(st.dictionaries(st.sampled_from(WORDED), TEXTS, max_size=6), min_size=1, max_size=4)
)
def test_any_words_go_out_and_come_back(cells):
    lines = [
        {column.name: "" for column in COLUMNS}
        | {"key": f"k{n}", "stage": str(n + 1), "latest": "2025-05-15"}
        | line
        for n, line in enumerate(cells)
    ]
    picture = SimpleNamespace(day=datetime.date(2025, 1, 1))
    export = Export(picture, lines, "=План", "https://mrc.example/")

    for content in (to_xlsx(export), to_csv(export)):
        sheet = read_sheet(ContentFile(content), "ru")
        assert [row.cells for row in sheet.rows] == lines


@given(st.text())
def test_the_guard_against_formulas_is_undone(text):
    assert unguard(guard(text)) == text
