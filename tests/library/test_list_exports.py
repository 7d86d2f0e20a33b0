"""Whole lists in each format: the filters and the order of the page, streamed, limited."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import rispy
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from lxml import etree
from pybtex.database import parse_string

from library import exports, records
from library.formats import FORMATS
from library.models import Document, Kind
from library.rate_limit import exports_limit
from library.records import read_in_order
from mrc_portal import search
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, withdraw
from mrc_portal.search import SearchUnavailable, upkeep
from mrc_portal.search.searching import MAX_DEPTH, MAX_LIMIT
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index", "own_folder")]


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def forgotten():
    exports_limit.forget()
    yield
    exports_limit.forget()


@pytest.fixture
def search_is_down(monkeypatch):
    def fail(query):
        raise SearchUnavailable("gone")

    monkeypatch.setattr(search, "search", fail)


def address(extension, name="document_export", *arguments):
    with translation.override("ru"):
        return reverse(f"library:{name}", args=[*arguments, extension])


def body(response):
    assert response.status_code == 200
    return response.getvalue().decode()


def keys(client, **query):
    return [
        it["id"].removeprefix("mrc-")
        for it in json.loads(body(client.get(address("csl.json"), query)))
    ]


def listed(client, **query):
    """The permanent identifiers on the page of the list, in its order."""
    response = client.get(reverse("library:document_list"), query)
    return [it.record.short_id for it in response.context["listing"].rows]


@pytest.fixture
def library(committed):
    """Six documents that differ in all that one can filter by."""
    with committed():
        labour = factories.make_topic(slug="labour")
        health = factories.make_topic(slug="health", parent=labour)
        project = factories.make_project(slug="rights")
        kg, ru = factories.get_country("KG"), factories.get_country("RU")
        factories.make_document(title_ru="Пенсия мигранта", topics=[labour], countries=[kg])
        factories.make_document(title_ru="Пенсия и страховка", topics=[health], countries=[ru])
        factories.make_document(
            title_ru="О погоде", summary_ru="И пенсия тоже", issued_on=date(2014, 3, 1)
        )
        factories.make_document(title_ru="Закон", kind=Kind.LEGISLATION, project=project)
        factories.make_trilingual_document(title_ru="Договор", issued_on=None)
        factories.make_practice(
            document=factories.make_document(title_ru="Пенсия", kind=Kind.BEST_PRACTICE)
        )


QUERIES = [
    {},
    {"q": "пенсия"},
    {"q": "пенсия", "sort": "oldest"},
    {"sort": "title"},
    {"sort": "newest", "kind": ["legislation", "best_practice"]},
    {"topic": "labour"},
    {"country": "KG"},
    {"language": "en"},
    {"year": "2014"},
    {"project": "rights"},
    {"q": "нигденетслова"},
    {"q": "пенсия", "page": "7", "nonsense": "x", "kind": "nothing"},
]


def test_a_file_holds_what_the_page_lists_in_its_order(client, library):
    for query in QUERIES:
        on_page = listed(client, **{name: it for name, it in query.items() if name != "page"})

        assert keys(client, **query) == on_page, query


def test_without_the_index_the_database_answers(client, library, search_is_down):
    for query in ({}, {"q": "пенсия"}, {"topic": "labour", "sort": "title"}):
        found = keys(client, **query)

        assert found
        assert found == listed(client, **query)


def test_every_format_is_streamed_with_its_name_and_total(client, library):
    day = timezone.localdate().isoformat()
    for file_format in FORMATS:
        response = client.get(address(file_format.extension))

        assert response.streaming
        assert response["Content-Type"] == f"{file_format.media_type}; charset=utf-8"
        assert response["X-Total-Count"] == "6"
        assert response["Content-Disposition"] == (
            f'attachment; filename="documents-{day}-ru.{file_format.extension}"'
        )
        assert "Пенсия мигранта" in body(response)
        head = client.head(address(file_format.extension))
        assert head["X-Total-Count"] == "6"
        assert not head.getvalue()


def test_the_menu_of_the_list_leads_to_files_of_the_same_search(client, library):
    page = client.get(reverse("library:document_list"), {"q": "пенсия", "page": "1"}).text

    for file_format in FORMATS:
        assert f'href="{address(file_format.extension)}?q=%D0%BF' in page
    assert "&amp;page=" not in page.split("export.bib")[1].split('"')[0]


def test_documents_among_the_finds_of_the_whole_portal_can_be_saved(client, library):
    query = {"q": "пенсия", "language": "ru", "sort": "oldest"}

    response = client.get(reverse("search"), {**query, "room": "document"})
    mixed = client.get(reverse("search"), query)

    (link,) = re.findall(r'href="([^"]+export\.csl\.json[^"]*)"', response.text)
    saved = json.loads(body(client.get(unescape(link))))
    on_page = [f"mrc-{it.record.short_id}" for it in response.context["listing"].rows]
    assert len(on_page) == 4
    assert [it["id"] for it in saved] == on_page
    assert "export.csl.json" not in mixed.text


def test_lists_about_something_can_be_saved(client, library, committed):
    with committed():
        document = Document.objects.get(title_ru="Закон")
        person = factories.make_person(slug="asanova")
        body_ = factories.make_organisation(slug="centre")
        factories.make_contribution(document, person=person)
        document.publisher = body_
        document.save()
        factories.make_contribution(factories.make_draft(), person=person)

    pages = {
        "person_detail": (["asanova"], address("bib", "person_export", "asanova")),
        "organisation_detail": (["centre"], address("bib", "organisation_export", "centre")),
        "project_detail": (["rights"], address("bib") + "?project=rights"),
        "topic_detail": (["labour"], address("bib") + "?topic=labour"),
        "country_detail": (["kg"], address("bib") + "?country=KG"),
        "practice_list": ([], address("bib") + "?kind=best_practice"),
    }
    for name, (arguments, file) in pages.items():
        assert f'href="{file}"' in client.get(reverse(f"library:{name}", args=arguments)).text
        found = parse_string(body(client.get(file)), "bibtex").entries
        assert len(found) == (2 if name == "topic_detail" else 1), name


def test_what_is_not_public_is_in_no_list(client, admin_client, committed):
    with committed():
        shown = factories.make_document(title_ru="Видно")
        withdrawn = factories.make_document(title_ru="Отозвано")
        withdraw(withdrawn, None, {"ru": "Ошибка"})
        factories.make_draft(title_ru="Черновик")
        factories.make_document(title_ru="Завтра", publish_at=timezone.now() + timedelta(days=1))
        factories.make_document(title_ru="Русское", title_en="Unready")
    # The index still has one that has just been taken back.
    late = factories.make_document(title_ru="Поздно")
    upkeep.rebuild()
    Document.objects.filter(pk=late.pk).update(status=Status.DRAFT)

    for visitor in (client, admin_client):
        for file_format in FORMATS:
            text = body(visitor.get(address(file_format.extension)))
            assert shown.title_ru in text
            for secret in ("Отозвано", "Черновик", "Завтра", "Поздно", "Unready"):
                assert secret not in text


# Long lists


AT_ONCE = 20


@pytest.fixture
def long_library(monkeypatch):
    """More documents than are found or read at once, with authors, topics and no files."""
    monkeypatch.setattr(exports, "FOUND_AT_ONCE", AT_ONCE)
    monkeypatch.setattr(records, "READ_AT_ONCE", AT_ONCE)
    topic, person = factories.make_topic(), factories.make_person()
    made = Document.objects.bulk_create(
        Document(
            title_ru=f"Отчёт {number:04}",
            summary_ru="О правах.",
            slug=f"report-{number}",
            kind=Kind.REVIEW,
            issued_on=date(2013, 1, 1) + timedelta(days=number),
            status=Status.PUBLISHED,
            publish_at=datetime(2013, 1, 1, tzinfo=UTC),
            ready_ru=True,
        )
        for number in range(3 * AT_ONCE + 1)
    )
    Document.topics.through.objects.bulk_create(
        Document.topics.through(document=it, topic=topic) for it in made
    )
    model = factories.make_contribution(made[0], person=person).__class__
    model.objects.bulk_create(model(document=it, person=person) for it in made[1:])
    upkeep.rebuild()
    return made


def test_a_long_list_is_whole_and_in_order(client, long_library):
    for query in ({}, {"q": "отчёт", "sort": "newest"}):
        assert keys(client, **query) == [it.short_id for it in reversed(long_library)]


def test_the_number_of_queries_grows_with_the_chunks_not_with_the_rows(long_library):
    pks = [it.pk for it in long_library]

    def queries(number):
        with CaptureQueriesContext(connection) as captured:
            read = list(read_in_order(pks[:number], "ru", "https://example.org"))
            for file_format in FORMATS:
                "".join(file_format.write(iter(read)))
        return len(captured)

    assert queries(2) == queries(AT_ONCE) <= 10
    assert queries(3 * AT_ONCE) == 3 * queries(AT_ONCE)


def test_no_more_is_read_than_is_sent(long_library, monkeypatch):
    """Memory stays flat: a chunk is read when the one before it has been written."""
    pks = (it.pk for it in long_library)
    bibtex = next(it for it in FORMATS if it.name == "bibtex")

    pieces = bibtex.write(read_in_order(pks, "ru", "https://example.org"))
    next(pieces)

    assert len(list(pks)) == len(long_library) - AT_ONCE


def test_a_list_that_is_too_long_is_cut_and_says_so(client, long_library, monkeypatch):
    for module in ("library.exports", "library.templatetags.format_tags", "library.format_views"):
        monkeypatch.setattr(f"{module}.MOST_EXPORTED", AT_ONCE + 5)

    response = client.get(address("bib"))

    assert response["X-Total-Count"] == str(len(long_library))
    text = body(response)
    assert len(parse_string(text, "bibtex").entries) == AT_ONCE + 5
    (remark,) = [line for line in text.splitlines() if line.startswith("@comment")]
    assert str(len(long_library)) in remark
    assert len(rispy.loads(body(client.get(address("ris"))))) == AT_ONCE + 5
    root = etree.fromstring(body(client.get(address("mods.xml"))).encode())
    assert len(root) == AT_ONCE + 5
    assert str(len(long_library)) in root.getnext().text
    page = client.get(reverse("library:document_list")).text
    assert str(AT_ONCE + 5) in page.split('class="save"')[1]


def test_a_document_that_comes_up_twice_is_written_once(client, library, monkeypatch):
    real = search.search
    monkeypatch.setattr(exports, "FOUND_AT_ONCE", 2)

    def shifted(query):
        """As if a document had been put before the others after the first question."""
        if query.offset:
            query = query.__class__(**{**query.__dict__, "offset": query.offset - 1})
        return real(query)

    monkeypatch.setattr(search, "search", shifted)

    found = keys(client)

    assert len(set(found)) == len(found)


def test_a_file_breaks_off_when_the_index_goes_away_half_way(client, library, monkeypatch):
    real = search.search
    monkeypatch.setattr(exports, "FOUND_AT_ONCE", 2)

    def fail_later(query):
        if query.offset:
            raise SearchUnavailable("gone")
        return real(query)

    monkeypatch.setattr(search, "search", fail_later)
    response = client.get(address("json"))

    with pytest.raises(SearchUnavailable):
        response.getvalue()


# The table


def test_the_table_has_a_mark_and_every_language(client, committed):
    with committed():
        document = factories.make_trilingual_document(
            summary_ru="Первая строка\nи «вторая», с запятой", issued_on=date(2013, 5, 20)
        )
        factories.make_contribution(
            document,
            person=factories.make_person(family_name_ru="Асанова", given_names_ru="Аида"),
        )

    response = client.get(address("csv"))

    content = response.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert next(iter(row)) == "id"
    assert {f"title_{code}" for code in LANGUAGE_CODES} <= set(row)
    assert row["title_en"] == document.title_en
    assert row["summary_ru"] == document.summary_ru
    assert row["authors_ru"] == row["authors_ky"] == "Асанова, Аида"
    assert row["issued"] == "2013-05-20"


def test_no_cell_of_the_table_begins_a_formula(client, committed):
    starts = ["=", "+", "-", "@", "\t=", "＝"]
    with committed():
        for start in starts:
            factories.make_document(title_ru=f'{start}HYPERLINK("https://evil.example")')

    rows = list(csv.DictReader(io.StringIO(body(client.get(address("csv"))))))

    assert len(rows) == len(starts)
    assert all(row["title_ru"].startswith("'") for row in rows)


def test_the_engine_gives_as_many_at_once_as_are_asked_for():
    assert exports.FOUND_AT_ONCE <= MAX_LIMIT
    assert exports.MOST_EXPORTED <= MAX_DEPTH


def test_a_file_stays_in_its_language_however_late_it_is_read(client, committed):
    with committed():
        factories.make_trilingual_document(kind=Kind.LEGISLATION, is_demonstration=True)
    with translation.override("ky"):
        file = reverse("library:document_export", args=["csl.json"])
        kind = str(Kind.LEGISLATION.label)
    response = client.get(file)

    with translation.override("en"):
        (item,) = json.loads(body(response))
        assert translation.get_language() == "en"

    assert (item["language"], item["genre"]) == ("ky", kind)
