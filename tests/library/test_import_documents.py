"""A spreadsheet and its files become documents: a dry run first, then all of it or nothing."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from library.importing import jobs
from library.importing.columns import COLUMNS
from library.models import (
    Contribution,
    Document,
    DocumentFile,
    FilePage,
    ImportJob,
    Kind,
    Organisation,
    Person,
)
from library.search import key_of
from library.spreadsheets import Place
from mrc_portal.search.models import OutboxLine
from tests.factories import (
    get_country,
    make_area,
    make_contribution,
    make_document,
    make_draft,
    make_file,
    make_organisation,
    make_pdf,
    make_person,
    make_practice,
    make_project,
    make_recommendation,
    make_topic,
    make_trilingual_document,
    make_user,
)
from tests.library.imports import (
    FORM,
    carry_out,
    csv_of,
    import_now,
    page_of,
    problems,
    rows,
    upload,
    xlsx,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here_and_now(monkeypatch, settings, tmp_path):
    """The work is done in the request, and its files lie where nobody else looks."""
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(jobs, "start", jobs.run)


@pytest.fixture(scope="module")
def pdfs():
    return {
        code: make_pdf(f"{text} {code}", "Вторая", language=code)
        for code, text in {"ru": "Отчёт", "ky": "Баяндама", "en": "Report"}.items()
    }


def everything():
    """All that is stored of documents."""
    translation.activate("ru")  # what columns without a language are called
    return [
        list(model._base_manager.order_by("pk").values())
        for model in (Document, Contribution, DocumentFile, FilePage, Person, Organisation)
    ] + [list(Document.topics.through.objects.values()), sorted(stored_files())]


def stored_files():
    folder = jobs.all_imports().parent / "documents"
    return [path.name for path in folder.rglob("*") if path.is_file()]


# A whole collection


def test_a_row_becomes_a_document_in_three_languages_with_its_files(client, editor, pdfs):
    topic = make_topic(name_ky="Эмгек укуктары", name_ru="Трудовые права")
    center = make_organisation(name_ru="Центр", abbreviation_en="TSPC")
    known = make_person(family_name_ru="Асанова", given_names_ru="Айгүл")
    names = {
        "key": "TSPC-7",
        "title_ru": "Предвыездная подготовка",
        "title_ky": "Кетүү алдындагы даярдык",
        "title_en": "Pre-departure orientation",
        "summary_ru": "Первый абзац.\n\nВторой.",
        "body_en": "Plain & simple",
        "kind": "аналитическая записка",
        "issued": "май 2013",
        "original_language": "ru",
        "ready": "ky, ru",
        "authors": "асанова, айгул; Smith, John; Новый институт",
        "editors": "Иванов И. И.",
        "publisher": "tspc",
        "place_ru": "Бишкек",
        "series_ru": "Записки",
        "series_number": 7,
        "pages": 24,
        "isbn": "978-9967-00-000-0",
        "doi": "https://doi.org/10.1234/abc",
        "licence": "CC BY 4.0",
        "project": "Новый проект",
        "topics": "эмгек укуктары",
        "countries": "KG, Россия",
        "source_is_dead": True,
        "recommendations_ru": "Открыть консультации.\nПереводить.",
        "recommendations_en": "Open offices.",
        "file_ru": "ru.pdf",
        "file_ky": "a/ky.pdf",
        "file_en": "EN.PDF",
    }
    files = {"папка/ru.pdf": pdfs["ru"], "a/ky.pdf": pdfs["ky"], "en.pdf": pdfs["en"]}

    job = import_now(client, xlsx(list(names), list(names.values())), files)

    assert job.state == "done"
    document = Document.objects.get()
    assert (document.status, document.publish_at) == ("draft", None)
    assert document.created_by == document.changed_by == editor
    assert document.ready_languages == ("ky", "ru")
    assert (document.kind, document.licence) == (Kind.POLICY_BRIEF, "CC-BY-4.0")
    assert (document.issued_on, document.issued_precision) == (datetime.date(2013, 5, 1), "month")
    assert document.summary_ru == "Первый абзац.\n\nВторой."
    assert document.body_en == "<p>Plain &amp; simple</p>"
    assert (document.isbn, document.doi) == ("9789967000000", "10.1234/abc")
    assert (document.page_total, document.series_number) == (24, "7")
    assert document.source_is_dead
    assert document.publisher == center
    assert document.project.title_ru == "Новый проект"
    assert list(document.topics.all()) == [topic]
    assert {it.code for it in document.countries.all()} == {"KG", "RU"}
    author, john, institute = [it.contributor for it in document.authors]
    assert author == known
    assert (john.family_name_en, john.given_names_en) == ("Smith", "John")
    assert institute.name_ru == "Новый институт"
    (editing,) = document.other_contributors
    assert (editing.person.family_name_ru, editing.person.given_names_ru) == ("Иванов", "И. И.")
    assert [(it.text_ru, it.text_en) for it in document.recommendations.all()] == [
        ("Открыть консультации.", "Open offices."),
        ("Переводить.", ""),
    ]
    stored = {file.language: file for file in document.files.all()}
    assert {code: file.page_count for code, file in stored.items()} == {"ky": 2, "ru": 2, "en": 2}
    assert stored["ru"].original_name == "ru.pdf"
    assert stored["ru"].file.open().read() == pdfs["ru"]
    assert "Баяндама" in stored["ky"].pages.get(number=1).text


def test_the_same_file_twice_changes_nothing(client, editor, pdfs):
    content = xlsx(
        ["title_ru", "kind", "issued", "authors", "countries", "file_ru", "recommendations_ru"],
        ["Отчёт", "review", 2013, "Асанова, А.; Институт", "KG", "ru.pdf", "Раз.\nДва."],
        ["Второй отчёт", "other", None, None, None, None, None],
    )
    import_now(client, content, {"ru.pdf": pdfs["ru"]})
    before = everything()

    again = upload(client, content, {"ru.pdf": pdfs["ru"]})

    assert [row["state"] for row in rows(again)] == ["unchanged", "unchanged"]
    assert "_carry_out" not in page_of(client, again).text
    assert everything() == before


def make_full_document():
    document = make_trilingual_document(
        kind=Kind.BEST_PRACTICE,
        issued_on=datetime.date(2012, 1, 1),
        issued_until=datetime.date(2014, 12, 31),
        issued_precision="year",
        subtitle_en="=1+1",
        summary_ru="Первый.\n\nВторой; с точкой.",
        body_ky="<p>Текст <strong>бар</strong></p><ul><li><p>Бир</p></li></ul>",
        edition_ru="2-е изд.",
        place_en="Bishkek",
        publisher=make_organisation(name_ru="Один, и тот же"),
        project=make_project(),
        funder=make_organisation(name_en="Funder; Ltd", name_ru="Фонд; ОО"),
        page_total=30,
        isbn="9789967000000",
        licence="CC0-1.0",
        source_url="https://example.org/a",
        source_seen_year=2013,
        source_is_dead=True,
        topics=[make_topic(), make_topic()],
        countries=[get_country("KG"), get_country("PH")],
    )
    twins = [make_person(family_name_ru="Ким", given_names_ru="О.") for _number in range(2)]
    for position, contributor in enumerate(
        [
            {"person": twins[1]},
            {"organisation": make_organisation(name_ru="Ким, О.")},
            {"person": make_person(given_names_ru="")},
        ],
        start=1,
    ):
        make_contribution(document, position=position, **contributor)
    make_contribution(document, person=twins[0], role="translator", position=4)
    make_recommendation(document, position=1)
    make_recommendation(document, text_ru="", text_en="Second only.", position=2)
    make_practice(document=document, areas=[make_area()], problem_ru="Трудность", since_en="1974")
    make_file(document, original_name="отчёт; 1.pdf")
    make_file(document, original_name="table.xlsx", role="data", language="en", extension="xlsx")
    return document


@pytest.mark.parametrize("language", ["ru", "en"])
def test_documents_that_go_out_and_come_back_change_nothing(client, editor, language):
    make_full_document()
    make_draft(issued_on=None, title_ru="Черновик")
    before = everything()
    response = client.post(
        f"/{language}/admin/library/document/",
        {"action": "as_spreadsheet", "_selected_action": [it.pk for it in Document.objects.all()]},
    )

    job = upload(client, response.content)

    assert problems(job) == []
    assert [(row["state"], row["changes"]) for row in rows(job)] == [("unchanged", [])] * 2
    assert everything() == before


def test_a_document_taken_to_another_portal_is_the_same(client, editor):
    document = make_full_document()
    response = client.post(
        reverse("admin:library_document_changelist"),
        {"action": "as_spreadsheet", "_selected_action": [document.pk]},
    )
    workbook = load_workbook(io.BytesIO(response.content))
    sheet = workbook["Documents"]
    for cell in sheet[1]:
        if cell.value.startswith(("file_", "data_")):
            sheet.cell(2, cell.column).value = None
        if cell.value in ("authors", "translators"):
            sheet.cell(2, cell.column).value = None  # by addresses that are gone
    buffer = io.BytesIO()
    workbook.save(buffer)
    document.delete()

    import_now(client, buffer.getvalue())

    copy = Document.objects.get()
    for name in ("title_ky", "summary_ru", "body_ky", "isbn", "licence", "subtitle_en"):
        assert getattr(copy, name) == getattr(document, name)
    assert str(copy.issued) == "2012–2014"
    assert copy.practice.problem_ru == "Трудность"
    assert copy.practice.areas.count() == 1
    assert copy.recommendations.count() == 2
    assert copy.topics.count() == copy.countries.count() == 2


# What becomes of rows


def test_a_known_key_changes_what_the_row_says_and_nothing_else(client, editor):
    document = make_draft(title_en="Old", summary_ru="Кратко", topics=[make_topic(name_ru="Мир")])
    content = xlsx(
        ["key", "title_en", "summary_ru", "topics", "issued"],
        [document.short_id, "New", None, "", "20.05.2013"],
    )

    job = upload(client, content)
    (row,) = rows(job)
    assert [(it["column"], it["old"], it["new"]) for it in row["changes"]] == [
        ("title_en", "Old", "New")
    ]
    assert "<del>Old</del>" in page_of(client, job).text
    carry_out(client, job)

    document.refresh_from_db()
    assert (document.title_en, document.summary_ru) == ("New", "Кратко")
    assert document.topics.count() == 1
    assert document.text_changed_at_en
    latest = document.history.first()
    assert (latest.title_en, latest.history_user) == ("New", editor)
    assert [it.topic.name_ru for it in latest.topics.all()] == ["Мир"]
    assert "list.xlsx" in latest.history_change_reason


def test_a_document_is_known_by_address_identifier_or_own_key(client, editor):
    by_slug, by_id = make_draft(slug="by-slug"), make_draft()
    import_now(client, xlsx(["key", "title_ru", "kind"], ["Наш-1", "Третий", "other"]))

    import_now(
        client,
        xlsx(
            ["key", "title_en"],
            ["by-slug", "First"],
            [by_id.short_id, "Second"],
            ["Наш-1", "Third"],
        ),
    )

    titles = {it.title_ru: it.title_en for it in Document.objects.all()}
    assert titles == {by_slug.title_ru: "First", by_id.title_ru: "Second", "Третий": "Third"}


def test_two_rows_about_the_same_document_are_refused(client, editor):
    document = make_draft()

    job = upload(
        client,
        xlsx(
            ["key", "title_ru", "kind"],
            [document.short_id, "Раз", "other"],
            [document.slug, "Два", "other"],
            [None, "Три", "other"],
            [None, "три", "other"],
        ),
    )

    places = [place for place, _message in problems(job)]
    assert places == ["Documents, " + str(Place("", row, "A", "key")) for row in (3, 5)]


def test_a_replaced_file_leads_on_and_a_file_of_another_name_is_added(client, editor, pdfs):
    document = make_draft()
    old = make_file(document, original_name="old.pdf")
    annex = make_file(document, original_name="annex.pdf", role="annex")

    job = import_now(
        client,
        xlsx(
            ["key", "title_ru", "file_ru", "annex_ru"],
            [document.short_id, "", "new.pdf", "more.pdf"],
        ),
        {"new.pdf": pdfs["ru"], "more.pdf": pdfs["ky"]},
    )

    assert job.state == "done"
    old.refresh_from_db()
    annex.refresh_from_db()
    assert old.replaced_by.original_name == "new.pdf"
    assert annex.replaced_by is None
    assert [it.original_name for it in document.files.current()] == [
        "annex.pdf",
        "new.pdf",
        "more.pdf",
    ]


# Errors


def test_every_error_names_its_cell_and_nothing_is_imported(client, editor, pdfs):
    make_topic(name_ru="Трудовые права")
    make_person(family_name_ru="Ким", given_names_ru="Анна")
    make_person(family_name_ru="Ким", given_names_ru="Анна")
    before = everything()
    header = [
        *("title_ru", "kind", "issued", "topics", "countries", "authors", "pages", "isbn"),
        *("ready", "file_ru", "source_url", "licence"),
    ]
    bad = [
        *(None, "отчот", "31.02.2013", "Трудовые прва", "Атлантида", "Ким, Анна", "много", "12"),
        *("de", "нет.pdf", "not an address", "GPL"),
    ]
    good = ["Отчёт", "review", 2013, *[None] * 6, "ru.pdf", None, None]

    job = upload(client, xlsx(header, good, bad), {"ru.pdf": pdfs["ru"]})

    assert job.state == "faulty"
    letters = "ABCDEFGHIJKL"
    expected = {
        "Documents, " + str(Place("", 3, letters[place], column))
        for place, column in enumerate(header)
    }
    assert {place for place, _message in problems(job)} == expected
    messages = dict(problems(job))
    told = messages["Documents, " + str(Place("", 3, "D", "topics"))]
    assert "Трудовые права" in told
    told = messages["Documents, " + str(Place("", 3, "F", "authors"))]
    assert Person.objects.first().slug in told
    page = page_of(client, job)
    assert "_carry_out" not in page.text
    carry_out(client, job)
    assert job.state == "faulty"
    assert everything() == before


@pytest.mark.parametrize(
    ("cell", "number_format", "expected"),
    [
        (datetime.date(2013, 5, 1), "mmm yyyy", "2013-05"),
        (datetime.date(2013, 5, 20), "dd.mm.yyyy", "2013-05-20"),
        (2013, "General", "2013"),
        (5.2013, "General", "2013-05"),
    ],
)
def test_a_date_is_known_as_precisely_as_its_cell_shows_it(
    client, editor, cell, number_format, expected
):
    def prepare(workbook):
        workbook.active["B2"].number_format = number_format

    import_now(client, xlsx(["title_ru", "issued", "kind"], ["А", cell, "other"], prepare=prepare))

    assert Document.objects.get().issued.iso == expected


def test_what_a_spreadsheet_has_made_of_a_cell_is_refused(client, editor):
    job = upload(
        client,
        xlsx(
            ["title_ru", "series_number", "kind"],
            ["А", datetime.date(2013, 2, 1), "other"],
            ["=1+1", "x", "other"],
        ),
    )

    assert [place for place, _message in problems(job)] == [
        "Documents, " + str(Place("", 2, "B", "series_number")),
        "Documents, " + str(Place("", 3, "A", "title_ru")),
    ]


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "cp1251")],
)
def test_values_are_read_however_a_spreadsheet_writes_them(client, editor, delimiter, encoding):
    content = csv_of(
        ["Название (Русский)", "kind", "authors"],
        ["«Отчёт», часть 1", "Обзор", "Асанова, А.; Ким, В."],
        delimiter=delimiter,
        encoding=encoding,
    )

    import_now(client, content, name="list.csv")

    document = Document.objects.get()
    assert document.title_ru == "«Отчёт», часть 1"
    assert [str(it) for it in document.contributions.all()] == ["А. Асанова", "В. Ким"]


def test_unknown_columns_and_unused_files_are_told_of(client, editor, pdfs):
    job = upload(
        client,
        xlsx(["title_ru", "kind", "чужое"], ["А", "other", "x"]),
        {"one.pdf": pdfs["ru"], "__MACOSX/._one.pdf": b"x", ".DS_Store": b"x"},
    )

    preview = jobs.read_preview(job)
    assert preview.unknown_columns == ["C (чужое)"]
    assert preview.unused_files == ["one.pdf"]
    assert "one.pdf" in page_of(client, job).text


def test_more_rows_than_allowed_are_refused(client, editor, monkeypatch):
    monkeypatch.setattr("library.importing.sheets.MAX_ROWS", 3)

    job = upload(client, xlsx(["title_ru"], *[[str(number)] for number in range(5)]))

    assert len(problems(job)) == 1
    assert "3" in problems(job)[0][1]


# Duplicates


def test_the_same_bytes_and_nearly_the_same_title_are_warned_of(client, editor, pdfs):
    there = make_draft(title_ru="Положение трудящихся-мигрантов в Казахстане")
    import_now(
        client,
        xlsx(["key", "title_ru", "file_ru"], [there.short_id, "", "a.pdf"]),
        {"a.pdf": pdfs["ru"]},
    )

    job = upload(
        client,
        xlsx(
            ["title_ru", "kind", "file_ru"],
            ["Положение трудящихся мигрантов в Казахстане.", "other", "b.pdf"],
            ["Совсем о другом и иначе", "other", "c.pdf"],
            ["Совсем о другом и инача", "other", None],
        ),
        {"b.pdf": pdfs["ru"], "c.pdf": pdfs["ky"]},
    )

    first, second, third = rows(job)
    assert len(first["notes"]) == 2
    assert all(there.title_ru in note for note in first["notes"])
    assert second["notes"] == []
    assert len(third["notes"]) == 1
    assert job.state == "ready"
    shown = page_of(client, job, show="warnings").context["page"].object_list
    assert [row["number"] for row in shown] == [2, 4]


def test_a_new_name_that_resembles_a_known_one_is_pointed_out(client, editor):
    make_person(family_name_ru="Асанова", given_names_ru="Айгүл")

    job = upload(
        client,
        xlsx(["title_ru", "kind", "authors"], ["А", "other", "Асанова, Айгуля; Ким, В."]),
    )

    named = {it["text"]: it["resembles"] for it in jobs.read_preview(job).names}
    assert named == {"Асанова Айгуля": "Айгүл Асанова", "Ким В.": ""}


# Who may


def test_only_an_editor_publishes_and_only_when_asked(client, editor, search_index):
    content = xlsx(
        ["title_ru", "title_en", "kind", "ready"],
        ["Первый", "First", "other", ""],
        ["Второй", "Second", "other", "en"],
    )

    job = import_now(client, content, publishes="on")

    first, second = Document.objects.order_by("pk")
    assert first.is_published
    assert second.is_published
    assert first.ready_languages == ("ru", "en")
    assert second.ready_languages == ("en",)
    assert client.get(first.get_absolute_url()).status_code == 200
    noted = set(OutboxLine.objects.values_list("key", flat=True))
    assert {key_of(first.pk), key_of(second.pk)} <= noted
    assert job.state == "done"


def test_a_contributor_imports_drafts_and_leaves_what_is_published_alone(client, contributor):
    public, draft = make_document(), make_draft()

    assert "publishes" not in client.get(reverse(FORM)).context["form"].fields
    job = upload(client, xlsx(["key", "title_en"], [public.short_id, "X"]), publishes="on")
    assert [place for place, _message in problems(job)] == [
        "Documents, " + str(Place("", 2, "A", "key"))
    ]
    import_now(
        client,
        xlsx(
            ["key", "title_en", "title_ru", "kind"],
            [draft.slug, "Y", "", ""],
            ["n", "Z", "Я", "other"],
        ),
        publishes="on",
    )

    public.refresh_from_db()
    draft.refresh_from_db()
    assert (public.title_en, draft.title_en) == (None, "Y")
    assert Document.objects.get(title_ru="Я").status == "draft"


def test_nobody_else_sees_an_import(client, contributor):
    job = upload(client, xlsx(["title_ru", "kind"], ["Тайное", "other"]))
    client.force_login(make_user(username="other"))

    assert page_of(client, job).status_code == 404
    assert "list.xlsx" not in client.get(reverse(FORM)).text


@pytest.mark.parametrize("path", ["import/", "import/template.xlsx", "import/2222222/"])
def test_whoever_may_not_add_documents_is_sent_away(client, path):
    client.force_login(make_user("", username="nobody", is_staff=True))

    assert client.get(f"/ru/admin/library/document/{path}").status_code == 403


def test_the_list_of_documents_leads_to_the_import(client, editor):
    page = client.get(reverse("admin:library_document_changelist"))

    assert f'href="{reverse(FORM)}"' in page.text


# Changed meanwhile


def test_what_somebody_has_changed_since_is_looked_at_anew(client, editor):
    document = make_draft(title_en="Old")
    job = upload(client, xlsx(["key", "title_en"], [document.short_id, "New"]))
    document.title_en = "Other"
    document.save()

    carry_out(client, job)

    assert job.state == "ready"
    assert job.outcome["is_outdated"]
    assert rows(job)[0]["changes"][0]["old"] == "Other"
    carry_out(client, job)
    document.refresh_from_db()
    assert (job.state, document.title_en) == ("done", "New")


def test_what_is_saved_at_the_very_last_moment_is_not_written_over(client, editor, monkeypatch):
    document = make_draft(title_en="Old")
    job = upload(client, xlsx(["key", "title_en"], [document.short_id, "New"]))
    look = jobs._prepared

    def look_and_save(*args, **options):
        work = look(*args, **options)
        Document.objects.get(pk=document.pk).save()
        return work

    monkeypatch.setattr(jobs, "_prepared", look_and_save)
    carry_out(client, job)

    document.refresh_from_db()
    assert (job.state, document.title_en) == ("ready", "Old")


def test_an_import_can_be_thrown_away(client, editor):
    job = upload(client, xlsx(["title_ru", "kind"], ["А", "other"]))
    folder = jobs.Folder(job).path
    assert folder.exists()

    client.post(reverse("admin:library_document_import_job", args=[job.key]), {"_discard": "1"})

    assert not ImportJob.objects.exists()
    assert not folder.exists()
    assert not Document.objects.exists()


def test_nothing_is_left_of_uploads_once_they_are_imported(client, editor, pdfs):
    job = import_now(
        client,
        xlsx(["title_ru", "kind", "file_ru"], ["А", "other", "a.pdf"]),
        {"a.pdf": pdfs["ru"]},
    )

    left = {path.name for path in jobs.Folder(job).path.iterdir()}
    assert not left & {"list", "files", "shelf", "journal"}
    assert page_of(client, job).status_code == 200


# The template


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_the_template_explains_every_column_and_offers_the_lists(client, editor, language):
    topic = make_topic(name_ru="Трудовые права")

    response = client.get(f"/{language}/admin/library/document/import/template.xlsx")

    workbook = load_workbook(io.BytesIO(response.content))
    documents, columns, lists = workbook.worksheets
    names = [column.name for column in COLUMNS]
    assert [cell.value for cell in documents[1]] == names
    assert documents.max_row == 1
    explained = [row[0] for row in columns.iter_rows(values_only=True)]
    assert explained[-len(names) :] == names
    offered = {str(it.sqref): it.formula1 for it in documents.data_validations.dataValidation}
    assert len(offered) == 3
    for formula in offered.values():
        title, _mark, place = formula.partition("!")
        assert title.strip("'") == lists.title
        assert lists[place.replace("$", "")][0][0].value
    assert topic.slug in {cell.value for row in lists for cell in row}


def test_an_example_of_each_column_is_a_row_that_can_be_imported(client, editor, pdfs):
    names = [column.name for column in COLUMNS if not column.name.startswith("practice")]
    examples = [column.example for column in COLUMNS if not column.name.startswith("practice")]
    files = {f"2013-07-{code}.pdf": content for code, content in pdfs.items()}

    import_now(client, xlsx(names, examples), files)

    document = Document.objects.get()
    assert document.ready_languages == ("ky", "ru", "en")
    assert document.files.count() == 3


# The command


def test_the_command_imports_a_list_with_a_folder_of_files(tmp_path, pdfs):
    user = make_user()
    folder = tmp_path / "collection"
    (folder / "pdf").mkdir(parents=True)
    (folder / "pdf" / "a.pdf").write_bytes(pdfs["ru"])
    (folder / "link.pdf").symlink_to("/etc/hostname")
    sheet = tmp_path / "list.xlsx"
    sheet.write_bytes(xlsx(["title_ru", "kind", "file_ru"], ["А", "other", "a.pdf"]))
    arguments = [str(sheet), f"--files={folder}", f"--user={user.username}"]

    call_command("import_documents", *arguments, "--dry-run", stdout=io.StringIO())
    assert not Document.objects.exists()
    call_command("import_documents", *arguments, "--publish", stdout=io.StringIO())

    document = Document.objects.get()
    assert document.is_published
    assert document.files.get().page_count == 2
    assert not any(path.is_dir() for path in jobs.all_imports().iterdir())
    call_command("import_documents", *arguments, stdout=io.StringIO())
    assert Document.objects.count() == 1


def test_the_command_fails_loudly_and_leaves_nothing(tmp_path):
    user = make_user()
    sheet = tmp_path / "list.csv"
    sheet.write_bytes(csv_of(["title_ru", "kind", "file_ru"], ["А", "other", "../secret.pdf"]))
    errors = io.StringIO()

    with pytest.raises(CommandError):
        call_command(
            "import_documents",
            str(sheet),
            f"--files={tmp_path}",
            f"--user={user.username}",
            stdout=io.StringIO(),
            stderr=errors,
        )

    assert str(Place("", 2, "C", "file_ru")) in errors.getvalue()
    assert not ImportJob.objects.exists()
    assert not Document.objects.exists()


def test_the_command_writes_the_template(tmp_path):
    path = tmp_path / "template.xlsx"

    call_command("import_documents", f"--template={path}", stdout=io.StringIO())

    assert load_workbook(path).sheetnames[0] == "Documents"


# While it is under way


def test_a_page_of_an_import_under_way_looks_again_by_itself(client, editor, monkeypatch):
    monkeypatch.setattr(jobs, "start", lambda job: None)
    job = upload(client, xlsx(["title_ru", "kind"], ["А", "other"]))
    jobs._set_progress(jobs.Folder(job), "files", 120, 900)

    page = page_of(client, job)

    assert page["Refresh"]
    assert (page.context["done"], page.context["total"]) == (120, 900)
    assert '<progress class="import-progress" max="900" value="120"' in page.text
    jobs.run(job)
    page = page_of(client, job)
    assert "Refresh" not in page
    assert page.context["is_ready"]


def test_a_second_click_begins_nothing_twice(client, editor, monkeypatch):
    job = upload(client, xlsx(["title_ru", "kind"], ["А", "other"]))
    begun = []
    monkeypatch.setattr(jobs, "start", begun.append)

    carry_out(client, job)
    carry_out(client, job)
    jobs.decide(job)

    assert len(begun) == 1
    assert job.state == "writing"


def test_what_a_second_window_has_not_shown_is_not_carried_out(client, editor):
    job = upload(client, xlsx(["title_ru", "kind"], ["А", "other"]))
    job.fingerprint = "another"

    carry_out(client, job)

    assert job.state == "ready"
    assert not Document.objects.exists()


def test_a_preview_of_many_rows_comes_in_pages(client, editor):
    job = upload(
        client,
        xlsx(["title_ru", "kind"], *[[f"Отчёт {number}", "other"] for number in range(120)]),
    )

    second = page_of(client, job, page=2)

    assert [row["number"] for row in second.context["page"].object_list] == list(range(52, 102))
    assert page_of(client, job, show="changed").context["page"].object_list == []


def test_a_document_keeps_all_the_keys_it_was_called_by(client, editor):
    import_now(client, xlsx(["key", "title_ru", "kind"], ["Наш-1", "Первый", "other"]))
    document = Document.objects.get()
    document.import_keys.create(key="Ваш-1")

    for key in ("Наш-1", "Ваш-1"):
        job = upload(client, xlsx(["key", "title_ru", "kind"], [key, "Первый", "other"]))
        assert [row["state"] for row in rows(job)] == ["unchanged"]


def test_a_title_in_one_language_alone_is_the_original(client, editor):
    job = import_now(
        client, xlsx(["title_ru", "title_en", "kind"], ["", "Alone", "letter"]), language="ru"
    )

    assert job.state == "done"
    assert Document.objects.get().original_language == "en"


def test_what_cannot_be_read_is_one_mistake(client, editor):
    job = upload(client, xlsx(["title_ru", "kind"], ["Отчёт", "nonsense"]), language="ru")

    assert [place for place, _message in problems(job)] == [
        "Documents, " + str(Place("", 2, "B", "kind"))
    ]
