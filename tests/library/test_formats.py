"""One document in each format, read back by somebody else's parser."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import bibtexparser
import jsonschema
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from django.conf import settings as portal_settings
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pybtex.database import parse_string

from library.formats import FORMATS, FORMATS_FOR_ONE, bibtex, csl_json, csv_table, ris
from library.models import Document, Kind, Person
from library.models.documents import ContributionRole, Licence
from library.records import Record, record_of, with_everything
from mrc_portal.dates import Precision
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.prose import printable
from mrc_portal.publishing import remember_slug, withdraw
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

CSL_SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "csl-data.json").read_text())
HOSTILE = (
    'Доля 5% & $3 #1 _x_ {a} }b{ \\end ~ ^ <b> "кавычки" O\'Neil ‘‘ @article{x, TY  - JOUR '
    "үй өмүр таңдоо \x0b\x01"
)


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def report():
    """A report in three languages with all that a catalogue asks for."""
    document = factories.make_trilingual_document(
        slug="report",
        kind=Kind.RESEARCH_REPORT,
        title_en="Rights of Kyrgyz workers under the EAEU treaty",
        title_ru="Права работников",
        title_ky="Жумушчулардын укуктары",
        subtitle_en="What the ILO says",
        summary_en="First paragraph.\n\nSecond paragraph.",
        summary_ru="Первый абзац.\n\nВторой абзац.",
        issued_on=date(2013, 5, 20),
        publisher=factories.make_organisation(
            name_ru="Центр труда и права", name_en="Centre for Labour and Law", slug="centre"
        ),
        place_ru="Бишкек",
        place_en="Bishkek",
        series_ru="Доклады",
        series_number="7",
        isbn="9789967000001",
        doi="10.1234/a_b%c",
        licence=Licence.CC_BY,
        page_total=48,
        topics=[factories.make_topic(name_ru="Труд, занятость", name_en="Labour", slug="labour")],
        countries=[factories.get_country("KG")],
    )
    author = factories.make_person(
        family_name_ru="Асанова",
        given_names_ru="Аида",
        family_name_en="Asanova",
        given_names_en="Aida",
    )
    body = factories.make_organisation(
        name_ru="Союз труда и мира, Бишкек", name_en="Union of Labour and Peace, Bishkek"
    )
    editor = factories.make_person(family_name_ru="Ким", given_names_ru="")
    factories.make_contribution(document, person=author, position=1)
    factories.make_contribution(document, organisation=body, position=2)
    factories.make_contribution(document, person=editor, role=ContributionRole.EDITOR, position=3)
    for language in LANGUAGE_CODES:
        factories.make_file(document, language=language)
    return document


def address(document, extension, language="ru"):
    with translation.override(language):
        return reverse("library:document_format", args=[document.slug, extension])


def fetch(client, document, extension, language="ru", **headers):
    return client.get(address(document, extension, language), headers=headers)


def text_of(client, document, extension, language="ru"):
    response = fetch(client, document, extension, language)
    assert response.status_code == 200
    return response.content.decode()


def files_of(document, *languages):
    by_language = {file.language: file for file in document.files.all()}
    return [f"http://testserver{by_language[code].get_absolute_url()}" for code in languages]


# BibTeX


def bibtex_entry(text):
    (entry,) = parse_string(text, "bibtex").entries.values()
    return entry


def test_bibtex_has_everything_and_keeps_organisations_whole(client, report):
    entry = bibtex_entry(text_of(client, report, "bib", "en"))

    assert entry.type == "techreport"
    assert entry.key == f"mrc-{report.short_id}"
    assert [(it.last_names, it.first_names) for it in entry.persons["author"]] == [
        (["Asanova"], ["Aida"]),
        (["{Union of Labour and Peace, Bishkek}"], []),
    ]
    assert [it.last_names for it in entry.persons["editor"]] == [["{Ким}"]]
    fields = dict(entry.fields)
    assert fields.pop("file").count(":application/pdf") == 3
    assert fields.pop("type")
    assert fields == {
        "title": "Rights of {Kyrgyz} workers under the {EAEU} treaty",
        "subtitle": "What the {ILO} says",
        "origtitle": "Права работников",
        "institution": "{Centre for Labour and Law}",
        "address": "{Bishkek}",
        "number": "7",
        "pagetotal": "48",
        "isbn": "9789967000001",
        "doi": "10.1234/a_b%c",
        "url": f"http://testserver/d/{report.short_id}",
        "language": "english",
        "langid": "english",
        "keywords": "Labour, Kyrgyzstan",
        "abstract": "First paragraph. Second paragraph.",
        "copyright": "CC BY 4.0",
        "year": "2013",
        "month": "May",
        "date": "2013-05-20",
    }


def test_bibtex_puts_the_file_of_the_language_first(client, report):
    text = bibtex_entry(text_of(client, report, "bib", "ky")).fields["file"]

    addresses = [it.split(".pdf:")[1].replace("\\", "") + ".pdf" for it in text.split(";")]
    assert addresses[0] == files_of(report, "ky")[0]
    assert sorted(addresses) == sorted(files_of(report, "ky", "ru", "en"))


def test_bibtex_survives_whatever_stands_in_a_title(client):
    document = factories.make_document(title_ru=HOSTILE, summary_ru=HOSTILE)
    organisation = factories.make_organisation(name_ru=HOSTILE)
    factories.make_contribution(document, organisation=organisation)

    text = text_of(client, document, "bib")

    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    (entry,) = library.entries
    expected = " ".join(HOSTILE.replace("\x0b", "").replace("\x01", "").split())
    expected = expected.replace("^", "ˆ")  # so pylatexenc reads \\textasciicircum
    assert entry["title"] == expected
    assert entry["abstract"] == expected
    (parsed,) = parse_string(text, "bibtex").entries.values()
    assert len(parsed.persons["author"]) == 1


@pytest.mark.parametrize(
    ("fields", "dates"),
    [
        ({"issued_on": None}, {}),
        ({"issued_precision": Precision.YEAR}, {"year": "2013"}),
        ({"issued_precision": Precision.MONTH}, {"year": "2013", "month": "May"}),
        (
            {"issued_precision": Precision.YEAR, "issued_until": date(2014, 1, 1)},
            {"year": "2013", "date": "2013/2014"},
        ),
    ],
)
def test_bibtex_knows_no_more_of_a_date_than_we_do(client, fields, dates):
    document = factories.make_document(**fields)

    entry = bibtex_entry(text_of(client, document, "bib"))

    assert {it: entry.fields[it] for it in ("year", "month", "date") if it in entry.fields} == dates


# RIS


def ris_entries(text):
    assert "\n" not in text.replace("\r\n", "")
    return rispy.loads(text)


def test_ris_has_one_author_a_line_and_each_pdf(client, report):
    text = text_of(client, report, "ris")

    (entry,) = ris_entries(text)
    assert entry.pop("type_of_work")
    assert entry.pop("database_provider")
    assert entry.pop("unknown_tag") == {"ED": ["Ким"]}
    russian, *others = files_of(report, "ru", "ky", "en")
    lines = [line.removeprefix("L1  - ") for line in text.split("\r\n") if line.startswith("L1")]
    assert lines[0] == russian
    assert sorted(lines[1:]) == sorted(others)
    entry.pop("file_attachments1")
    assert entry == {
        "type_of_reference": "RPRT",
        "id": f"mrc-{report.short_id}",
        "title": "Права работников",
        "translated_title": "Жумушчулардын укуктары",
        "authors": ["Асанова, Аида", "Союз труда и мира Бишкек"],
        "year": "2013",
        "date": "2013/05/20/",
        "place_published": "Бишкек",
        "publisher": "Центр труда и права",
        "secondary_title": "Доклады",
        "issn": "7",
        "start_page": "48",
        "doi": "10.1234/a_b%c",
        "language": "ru",
        "keywords": ["Труд, занятость", "Кыргызстан"],
        "abstract": "Первый абзац. Второй абзац.",
        "notes": ["ISBN 9789967000001"],
        "urls": [f"http://testserver/d/{report.short_id}"],
    }


def test_nothing_in_a_text_becomes_a_tag_of_ris(client):
    document = factories.make_document(
        title_ru="Название", summary_ru="Было так:\nER  - \nTY  - JOUR\r\nAU  - Чужой"
    )

    (entry,) = ris_entries(text_of(client, document, "ris"))

    assert entry["abstract"] == "Было так: ER - TY - JOUR AU - Чужой"
    assert "authors" not in entry


@pytest.mark.parametrize(
    ("kind", "tag", "bibtex"),
    [
        (Kind.LEGISLATION, "STAT", "legislation"),
        (Kind.OTHER, "GEN", "misc"),
        (Kind.POLICY_BRIEF, "RPRT", "techreport"),
    ],
)
def test_kinds_have_their_types(client, kind, tag, bibtex):
    document = factories.make_document(kind=kind)

    assert ris_entries(text_of(client, document, "ris"))[0]["type_of_reference"] == tag
    assert bibtex_entry(text_of(client, document, "bib")).type == bibtex


# JSON


def test_csl_json_is_what_citeproc_takes(client, report):
    items = json.loads(text_of(client, report, "csl.json", "en"))

    jsonschema.validate(items, CSL_SCHEMA)
    (item,) = items
    assert item.pop("genre")
    assert item.pop("source")
    assert {it["URL"] for it in item.pop("custom")["files"]} == set(
        files_of(report, "ky", "ru", "en")
    )
    assert item == {
        "id": f"mrc-{report.short_id}",
        "type": "report",
        "title": "Rights of Kyrgyz workers under the EAEU treaty: What the ILO says",
        "title-short": "Rights of Kyrgyz workers under the EAEU treaty",
        "original-title": "Права работников",
        "author": [
            {"family": "Asanova", "given": "Aida"},
            {"literal": "Union of Labour and Peace, Bishkek"},
        ],
        "editor": [{"literal": "Ким"}],
        "issued": {"date-parts": [[2013, 5, 20]]},
        "publisher": "Centre for Labour and Law",
        "publisher-place": "Bishkek",
        "collection-number": "7",
        "number-of-pages": 48,
        "language": "en",
        "abstract": "First paragraph.\n\nSecond paragraph.",
        "keyword": "Labour, Kyrgyzstan",
        "ISBN": "9789967000001",
        "DOI": "10.1234/a_b%c",
        "URL": f"http://testserver/d/{report.short_id}",
    }


@pytest.mark.parametrize("kind", Kind.values)
def test_csl_json_is_valid_for_every_kind_however_little_is_known(client, kind):
    document = factories.make_document(
        kind=kind, issued_precision=Precision.YEAR, issued_until=date(2014, 1, 1)
    )

    (item,) = json.loads(text_of(client, document, "csl.json"))

    jsonschema.validate([item], CSL_SCHEMA)
    assert item["issued"] == {"date-parts": [[2013], [2014]]}


def test_json_tells_all_that_is_public_in_every_ready_language(client, report):
    Document.objects.filter(pk=report.pk).update(ready_ky=False)

    (told,) = json.loads(text_of(client, report, "json"))

    assert told["languages"] == ["en", "ru"]
    assert told["title"] == {
        "ru": "Права работников",
        "en": "Rights of Kyrgyz workers under the EAEU treaty",
    }
    assert told["issued"] == "2013-05-20"
    assert [it["role"] for it in told["contributors"]] == ["author", "author", "editor"]
    assert told["contributors"][0]["name"]["en"] == {"family": "Asanova", "given": "Aida"}
    assert told["licence"]["code"] == "CC-BY-4.0"
    assert {it["language"] for it in told["files"]} == {"en", "ru"}
    assert "Жумушчулардын" not in json.dumps(told, ensure_ascii=False)


def test_json_of_a_practice_has_its_row(client):
    practice = factories.make_practice(problem_ru="Долги", since_year=1983)

    (told,) = json.loads(text_of(client, practice.document, "json"))

    assert told["practice"]["since_year"] == 1983
    assert told["practice"]["problem"] == {"ru": "Долги"}
    assert [it["key"] for it in told["practice"]["areas"]] == [practice.areas.get().slug]


# All formats


def read_by_another(name, text):
    """How many records somebody else's parser finds in a file. Fails when it finds faults."""
    if name == "bibtex":
        return len(parse_string(text, "bibtex").entries)
    if name == "ris":
        return len(rispy.loads(text))
    if name == "csv":
        return len(list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))))
    if name in ("json", "csl-json"):
        return len(json.loads(text))
    assert name in ("dublin-core", "mods"), f"say here how another program reads {name!r}"
    root = etree.fromstring(text.encode())
    return len(root) if root.tag.endswith(("ollection", "records")) else 1


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda it: it.name)
def test_a_file_of_none_and_a_file_of_hostile_records_can_be_read(file_format):
    for number in range(3):
        document = factories.make_trilingual_document(
            title_ru=f"{number} {HOSTILE}",
            title_en="=1+1",
            summary_en="]]> --> <!--",
            place_ru="@x",
        )
        factories.make_contribution(document, person=factories.make_person(family_name_ru=HOSTILE))
    records = [
        record_of(it, "ru", "https://example.org")
        for it in with_everything(Document.objects.published())
    ]

    assert read_by_another(file_format.name, "".join(file_format.write(iter(records)))) == 3
    assert read_by_another(file_format.name, "".join(file_format.write(iter([])))) == 0


@pytest.mark.parametrize("file_format", FORMATS, ids=lambda it: it.name)
def test_an_invented_record_says_so_in_every_format(file_format):
    factories.make_document(is_demonstration=True)
    (document,) = with_everything(Document.objects.published())
    record = record_of(document, "ru", "https://example.org")

    text = "".join(file_format.write(iter([record])))

    marks = {"json": '"is_demonstration": true', "csv": "yes"}
    assert marks.get(file_format.name, record.demonstration_note) in text


def test_every_format_stands_in_the_table_for_other_programs():
    told = (portal_settings.BASE_DIR / "docs" / "interfaces.md").read_text(encoding="utf-8")

    for file_format in FORMATS:
        for word in (file_format.media_type, f"export.{file_format.extension}"):
            assert f"`{word}`" in told, "give it a line in docs/interfaces.md"


def test_every_column_of_the_table_stands_in_its_description():
    told = (portal_settings.BASE_DIR / "docs" / "interfaces.md").read_text(encoding="utf-8")
    endings = tuple(f"_{code}" for code in LANGUAGE_CODES)

    names = {
        f"{name[:-3]}_…" if name.endswith(endings) else name
        for name in (column.name for column in csv_table.COLUMNS)
    }

    missing = [name for name in sorted(names) if f"`{name}`" not in told]
    assert missing == [], "give it a place in the table of docs/interfaces.md"


def test_names_types_and_extensions_are_told_apart():
    for field in ("name", "media_type", "extension"):
        values = [getattr(it, field) for it in FORMATS]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("file_format", FORMATS_FOR_ONE, ids=lambda it: it.name)
def test_one_document_is_sent_with_a_readable_name_and_revalidated(
    client, report, file_format, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        response = fetch(client, report, file_format.extension)

    assert response["Content-Type"] == f"{file_format.media_type}; charset=utf-8"
    assert response["Content-Disposition"] == (
        f'attachment; filename="prava-rabotnikov-2013-ru.{file_format.extension}"'
    )
    assert response["Last-Modified"]
    page = f"http://testserver{report.get_absolute_url()}"
    assert response["Link"] == f'<{page}>; rel="describes"; type="text/html"'
    etag = response["ETag"]
    again = fetch(client, report, file_format.extension, if_none_match=etag)
    assert again.status_code == 304
    assert not again.content
    Person.objects.update(family_name_ru="Иванова")
    changed = fetch(client, report, file_format.extension, if_none_match=etag)
    assert changed.status_code == 200


def test_unknown_formats_and_tables_of_one_document_are_not_found(client, report):
    assert fetch(client, report, "docx").status_code == 404
    assert fetch(client, report, "csv").status_code == 404


def test_the_menu_of_the_page_leads_to_every_format(client, report):
    page = client.get(report.get_absolute_url()).text

    for file_format in FORMATS_FOR_ONE:
        assert f'href="{address(report, file_format.extension)}"' in page


# What is not public


@pytest.mark.parametrize("extension", ["bib", "dc.xml"])
def test_drafts_and_scheduled_documents_are_not_found_not_even_by_staff(admin_client, extension):
    draft = factories.make_draft(slug="draft")
    later = factories.make_document(publish_at=timezone.now() + timedelta(days=1))

    for document in (draft, later):
        assert fetch(admin_client, document, extension).status_code == 404
    page = admin_client.get(draft.get_absolute_url())
    assert page.status_code == 200
    assert "cite.bib" not in page.text


def test_a_withdrawn_document_is_gone(client, report):
    withdraw(report, None, {"ru": "Ошибка в данных"})

    response = fetch(client, report, "bib")

    assert response.status_code == 410
    assert "Asanova" not in response.text


def test_a_former_address_leads_on_in_the_same_format(client, report):
    Document.objects.filter(pk=report.pk).update(slug="renamed")
    report.refresh_from_db()
    remember_slug(report, "report")

    with translation.override("en"):
        old = reverse("library:document_format", args=["report", "ris"])
    response = client.get(old)

    assert response.status_code == 301
    assert response["Location"] == address(report, "ris", "en")


def test_a_foreign_language_is_answered_in_the_nearest_one_that_is_ready(client):
    document = factories.make_document(title_ru="Отчёт", summary_en="A secret draft")

    text = text_of(client, document, "csl.json", "en")

    assert json.loads(text)[0]["title"] == "Отчёт"
    assert json.loads(text)[0]["language"] == "ru"
    assert "secret" not in text


# What the permanent address answers to `Accept`


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        (None, None),
        ("*/*", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", None),
        ("image/png", None),
        ("nonsense", None),
        ("application/x-bibtex", "bib"),
        ("application/x-research-info-systems", "ris"),
        ("application/vnd.citationstyles.csl+json", "csl.json"),
        ("application/json", "json"),
        ("application/mods+xml", "mods.xml"),
        ("application/xml", "dc.xml"),
        ("application/json;q=0.5, application/x-bibtex;q=0.9", "bib"),
        ("application/x-bibtex;q=0.5, text/html", None),
        ("application/x-bibtex, text/html;q=0.5", "bib"),
        ("application/x-bibtex;q=0, application/json;q=0.1", "json"),
        ("application/x-bibtex, */*;q=0.1", "bib"),
        ("text/csv", None),
    ],
)
def test_the_permanent_address_leads_to_what_is_preferred(client, report, accept, extension):
    headers = {"accept-language": "en"} | ({"accept": accept} if accept else {})

    response = client.get(report.get_permanent_path(), headers=headers)

    assert response.status_code == 302
    with translation.override("en"):
        page = report.get_absolute_url()
    assert response["Location"] == (address(report, extension, "en") if extension else page)
    varies = {it.strip().lower() for it in response["Vary"].split(",")}
    assert {"accept", "accept-language", "cookie"} <= varies


def test_the_permanent_address_of_a_draft_is_not_found_in_any_format(client):
    draft = factories.make_draft()

    response = client.get(draft.get_permanent_path(), headers={"accept": "application/json"})

    assert response.status_code == 404


def test_the_moments_of_a_table_are_in_utc():
    published = datetime(2013, 5, 20, 9, tzinfo=UTC)
    factories.make_document(publish_at=published)
    (document,) = with_everything(Document.objects.published())
    table = next(it for it in FORMATS if it.name == "csv")

    text = "".join(table.write(iter([record_of(document, "ru", "https://example.org")])))

    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["published_at"] == "2013-05-20T09:00:00Z"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_whatsoever_breaks_a_file(text):
    """Whatever is typed or pasted into a title, its file has one record, and the title is whole."""
    document = Document(pk=1, short_id="bcdfghj", title_en=text, ready_en=True, kind=Kind.REVIEW)
    document.current_files = []
    nobody = {"contributions": [], "topics": [], "countries": [], "relations": []}
    document._prefetched_objects_cache = nobody | {"recommendations": []}
    record = Record(document, "en", "https://example.org")
    expected = " ".join(printable(text).split())

    (entry,) = bibtexparser.parse_string("".join(bibtex.write([record]))).entries
    (reference,) = rispy.loads("".join(ris.write([record])))
    (item,) = json.loads("".join(csl_json.write([record])))

    assert entry.key == "mrc-bcdfghj"
    assert entry["langid"] == "english"
    assert parse_string("".join(bibtex.write([record])), "bibtex").entries["mrc-bcdfghj"]
    assert reference.get("title", "") == expected
    assert item.get("title", "") == printable(text)
