"""A text of a document that exists in each language is a field of the model and a line in TEXTS
(library/models/documents.py). Whoever adds one is told here where it does not arrive."""

import csv
import io
import json

import pytest
from django.urls import reverse
from django.utils import timezone
from modeltranslation.translator import translator
from openpyxl import load_workbook

from library.importing import jobs
from library.importing.templates import documents_workbook
from library.models import Document
from library.models.documents import TEXTS
from mrc_portal.languages import every_column, localized
from mrc_portal.publishing import TranslationState
from tests import factories
from tests.library.imports import import_now, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

WORD = "Зимородок"
LINE = "a line in TEXTS of library/models/documents.py"


@pytest.fixture
def own_folder(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(jobs, "start", jobs.run)  # in the request


def documents_with_the_word(**fields):
    """A document for each text, in whose Russian version that text, and no other, has the word."""
    return {
        text.name: factories.make_document(
            **{localized(text.name, "ru"): f"<p>{WORD}</p>" if text.is_prose else WORD} | fields
        )
        for text in TEXTS
    }


def saved(client, document, extension):
    address = reverse("library:document_format", args=[document.slug, extension])
    return client.get(address).text


def table_of(client):
    table = client.get(reverse("library:document_export", args=["csv"])).getvalue()
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    return {row["id"]: row for row in rows}


def test_every_translated_field_is_among_the_texts():
    fields = set(translator.get_options_for_model(Document).fields)

    assert fields - {it.name for it in TEXTS} == {"withdrawn_reason"}, f"without {LINE}"


def test_texts_are_written_in_every_language_and_their_history_kept(client):
    client.force_login(factories.make_user())
    columns = set(every_column(*(text.name for text in TEXTS)))

    form = client.get(reverse("admin:library_document_add")).context["adminform"].form

    assert columns - set(form.fields) == set(), "not in the form of library/admin.py"
    kept = {field.name for field in Document.history.model._meta.fields}
    assert columns - kept == set(), "not in library/translation.py"


def test_texts_are_shown_and_found(client, search_index, committed):
    with committed():
        documents = documents_with_the_word()

    shown = {name: client.get(it.get_absolute_url()).text for name, it in documents.items()}
    found = client.get(reverse("library:document_list"), {"q": WORD}).context["listing"]

    assert [name for name, page in shown.items() if WORD not in page.partition("<body")[2]] == [], (
        "give it a heading in TEXTS, or a place in templates/library/document_detail.html"
    )
    searched = [documents[it.name] for it in TEXTS if it.is_searched or it.name == "title"]
    assert {row.record for row in found.rows} == set(searched)


def test_texts_of_a_version_that_is_not_ready_are_told_nobody(client):
    documents = documents_with_the_word(original_language="ky", title_ky="Кыргызча", ready_ky=True)
    Document.objects.update(ready_ru=False)

    for name, document in documents.items():
        assert WORD not in client.get(document.get_absolute_url()).text, name
        for extension in ("json", "csl.json", "ris", "bib", "dc.xml", "mods.xml"):
            assert WORD not in saved(client, document, extension), f"{name}: {extension}"
    assert all(WORD not in "".join(row.values()) for row in table_of(client).values())


def test_texts_are_in_files_of_data_and_in_the_api(client):
    documents = documents_with_the_word()

    table = table_of(client)
    items = {it["id"]: it for it in client.get("/api/v1/documents").json()["items"]}

    for text in TEXTS:
        document = documents[text.name]
        (told,) = json.loads(saved(client, document, "json"))
        assert WORD in told[text.name]["ru"], text.name
        assert WORD in items[document.short_id][text.name]["ru"], text.name
        if not text.is_prose:
            assert WORD in table[document.short_id][localized(text.name, "ru")], text.name


def test_texts_go_out_as_a_spreadsheet_and_come_back_changed(client):
    """With that, their translations are older than the original."""
    client.force_login(factories.make_user())
    documents = documents_with_the_word(
        title_en="A document", ready_en=True, text_changed_at_en=timezone.now()
    )
    columns = [localized(text.name, "ru") for text in TEXTS]

    sheet = load_workbook(io.BytesIO(documents_workbook(Document.objects.all())))["Documents"]
    names, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    lines = {line["key"]: line for row in rows for line in [dict(zip(names, row, strict=True))]}
    changed = []
    for text in TEXTS:
        key, column = documents[text.name].short_id, localized(text.name, "ru")
        assert WORD in lines[key][column], text.name
        cells = [f"{lines[key][it]} и пескарь" if it == column else "" for it in columns]
        changed.append([key, *cells])
    import_now(client, xlsx(["key", *columns], *changed))

    for name, document in documents.items():
        document.refresh_from_db()
        assert "пескарь" in getattr(document, localized(name, "ru")), name
        assert document.translation_state("en") == TranslationState.OUTDATED, name
