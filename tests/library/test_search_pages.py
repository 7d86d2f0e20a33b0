"""Where in a document words stand: the search within it and the reading view, for a reader and for
an editor, with nothing of what is hidden."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from library.models import Document, DocumentFile
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import remember_slug, withdraw
from mrc_portal.search import SearchUnavailable
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index", "own_folder")]


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CACHE_DIR = tmp_path / "cache"


@pytest.fixture
def search_is_down(monkeypatch):
    def fail(*arguments, **options):
        raise SearchUnavailable("gone")

    monkeypatch.setattr("library.passages.search_within", fail)
    monkeypatch.setattr("library.passages.places_within", fail)


@pytest.fixture
def report(committed):
    """A document in two languages: pages 1, 3 and 5 of the Russian file and page 2 of the Kyrgyz
    one have the word."""
    with committed():
        document = factories.make_trilingual_document(slug="report")
        factories.make_file(
            document,
            pages=["Пенсия первая.", "О погоде.", "Ещё пенсии.", "Снова погода.", "О пенсиях."],
        )
        factories.make_file(document, language="ky", pages=["Аба ырайы.", "Пенсиянын өлчөмү."])
    return document


def inside(client, slug="report", **query):
    return client.get(reverse("library:document_search", args=[slug]), query)


def places(page):
    """(language of the file, number of the page) of what is listed."""
    languages = dict(DocumentFile.objects.values_list("short_id", "language"))
    return [(languages[it.file], it.number) for it in page.context["passages"].rows]


def file_of(document, language):
    return document.files.get(language=language)


# Within one document


def test_all_pages_with_the_word_of_all_files(client, report):
    page = inside(client, q="пенсия")

    assert set(places(page)) == {("ru", 1), ("ru", 3), ("ru", 5), ("ky", 2)}
    assert page.context["passages"].total == 4
    assert page.text.count("<mark>") == 4
    assert '<q lang="ky">' in page.text
    # Pages of one number in several files are told apart without what stands around them.
    assert page.text.count('<span class="said" lang="ky">: Кыргызча</span></a>') == 1
    assert page.text.count('<span class="said">: Русский</span></a>') == 3
    in_order = inside(client, q="пенсия", sort="page")
    assert places(in_order) == [("ru", 1), ("ru", 3), ("ru", 5), ("ky", 2)]
    # Each leads to the page, with the word to be marked.
    url = file_of(report, "ru").get_reading_url(3)
    assert f'href="{url}?q=%D0%BF' in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_page_opens_in_every_language_and_is_kept_out_of_indexes(client, report, language):
    with translation.override(language):
        for query in ({}, {"q": "пенсия"}, {"q": "ъъъъъ"}, {"q": "<i>&\"'"}):
            page = inside(client, **query)
            assert page.status_code == 200
            assert f'<html lang="{language}">' in page.text
            assert '<meta name="robots" content="noindex">' in page.text
            assert "<i>" not in page.text


def test_the_form_keeps_the_order_and_nothing_else(client, report):
    form = '<input type="hidden" name="sort" value="page">'

    assert form in inside(client, q="пенсия", sort="page", page=2).text
    page = inside(client, q="пенсия", sort="nonsense", glossary="off").text
    assert "hidden" not in page.partition("<main")[2].partition("</form>")[0]


def test_long_lists_are_paged_and_never_overlap(client, committed):
    with committed():
        document = factories.make_document(slug="long")
        factories.make_file(document, pages=[f"Пенсия {number}" for number in range(45)])

    seen = [
        place
        for number in (1, 2, 3)
        for place in places(inside(client, "long", q="пенсия", page=number, sort="page"))
    ]
    assert [number for _language, number in seen] == list(range(1, 46))
    best = [places(inside(client, "long", q="пенсия", page=number)) for number in (1, 2, 3)]
    assert len({place for page in best for place in page}) == 45
    last = inside(client, "long", q="пенсия", page="9" * 5000)
    assert last.context["passages"].page == 3
    assert len(places(last)) == 5


def test_nothing_of_a_draft_or_a_withdrawn_document(client, report, editor):
    client.logout()
    factories.make_draft(slug="draft")
    factories.make_document(slug="later", publish_at=timezone.now() + timedelta(days=1))

    for slug in ("draft", "later", "nowhere"):
        assert inside(client, slug, q="пенсия").status_code == 404
    withdraw(report, None, {"ru": "Данные неверны."})
    page = inside(client, q="пенсия")
    assert page.status_code == 410
    assert "первая" not in page.text


def test_nothing_of_a_file_that_is_not_public(client, committed, report):
    with committed():
        factories.make_file(
            factories.make_document(slug="half", title_ky="Аты"), language="ky", pages=["Пенсия"]
        )
    assert places(inside(client, "half", q="пенсия")) == []
    # The index does not know of what was changed by update().
    Document.objects.filter(pk=report.pk).update(ready_ky=False)
    page = inside(client, q="пенсия")
    assert ("ky", 2) not in places(page)
    assert page.context["passages"].total == 3
    replaced = file_of(report, "ru")
    DocumentFile.objects.filter(pk=replaced.pk).update(replaced_by=file_of(report, "ky"))
    assert places(inside(client, q="пенсия")) == []


def test_editors_search_a_draft_in_the_database(client, editor):
    draft = factories.make_draft(slug="draft")
    factories.make_file(draft, pages=["Пенсия", "Погода"])

    page = inside(client, "draft", q="ПЕНСИЯ")

    assert places(page) == [("ru", 1)]
    assert not page.context["passages"].is_search_down
    assert client.get(file_of(draft, "ru").get_reading_url(1), {"q": "пенсия"}).status_code == 200


@pytest.mark.usefixtures("search_is_down")
def test_without_an_index_the_database_finds_the_very_words(client, report):
    page = inside(client, q="ПЕНСИ өлчөм")

    assert page.context["passages"].is_search_down
    # In order, since nothing is weighed; folded, so that every keyboard finds them.
    assert places(page) == [("ru", 1), ("ru", 3), ("ru", 5), ("ky", 2)]
    assert places(inside(client, q="олчому")) == [("ky", 2)]
    assert places(inside(client, q="-пенсия")) == places(inside(client, q="%")) == []
    assert inside(client, q="пенси", page=99).context["passages"].page == 1


def test_former_addresses_of_document_and_file_lead_on(client, report):
    remember_slug(report, "former")
    asked = {"q": "пенсия"}
    present = reverse("library:document_search", args=[report.slug], query=asked)
    assert inside(client, "former", **asked).url == present
    old, new = file_of(report, "ky"), factories.make_file(report, language="ky", pages=["Пенсия"])
    DocumentFile.objects.filter(pk=old.pk).update(replaced_by=new)
    moved = read(client, old, 1, q="a&b").url
    assert moved == new.get_reading_url(1) + "?q=a%26b"


@pytest.mark.parametrize("pages", [1, 60])
def test_queries_and_size_do_not_grow(client, committed, django_assert_max_num_queries, pages):
    text = "Права трудящихся-мигрантов и членов их семей за рубежом, договоры и пенсии. " * 8
    with committed():
        document = factories.make_trilingual_document(slug="long")
        for language in ("ru", "ky", "en"):
            factories.make_file(
                document,
                language=language,
                content=factories.make_pdf(language),
                pages=[f"{number}. {text}" for number in range(pages)],
            )
    file = file_of(document, "ru")
    addresses = [
        reverse("library:document_search", args=["long"]) + "?q=права мигрантов",
        file.get_reading_url(1) + "?q=права мигрантов",
    ]
    for address in addresses:
        with django_assert_max_num_queries(8):
            page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) <= 10_000, address


# The reading view


def read(client, file, page, **query):
    return client.get(file.get_reading_url(page), query)


def test_the_words_are_marked_in_any_form_and_in_order(client, report):
    page = read(client, file_of(report, "ru"), 3, q="пенсия")

    assert "Ещё <mark>пенсии</mark>." in page.text
    assert page.context["reading"].is_marked
    plain = read(client, file_of(report, "ru"), 3)
    assert "<mark>" not in plain.text
    assert not plain.context["reading"].sought.query


def test_the_marked_page_is_no_page_of_its_own(client, report):
    file = file_of(report, "ru")
    url = file.get_reading_url(3)

    page = read(client, file, 3, q="пенсия").text

    assert f'<link rel="canonical" href="http://testserver{url}">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert f'href="{url}">' in page.partition("<main")[2]  # the way back to the page as it is
    assert '<meta name="robots"' not in read(client, file, 3).text


def test_the_words_stay_from_page_to_page(client, report):
    file = file_of(report, "ru")
    query = "?q=%D0%BF%D0%B5%D0%BD%D1%81%D0%B8%D1%8F"

    page = read(client, file, 3, q="пенсия").text

    for number in (2, 4):
        assert page.count(f'href="{file.get_reading_url(number)}{query}"') >= 2
    assert f"{file_of(report, 'ky').get_reading_url()}{query}" in page
    form = reverse("library:choose_page", args=["report", file.short_id])
    assert client.get(form, {"page": 2, "q": "пенсия"}).url == file.get_reading_url(2) + query
    without = client.get(form, {"page": 2, "q": "пенсия", "glossary": "off"}).url
    assert without == file.get_reading_url(2) + query + "&glossary=off"


def test_the_nearest_pages_with_the_words_are_one_step_away(client, report):
    russian, kyrgyz = file_of(report, "ru"), file_of(report, "ky")

    def found(file, number):
        reading = read(client, file, number, q="пенсия").context["reading"]
        return [it and (it.file, it.number) for it in (reading.previous_found, reading.next_found)]

    assert found(russian, 1) == [None, (russian, 3)]
    assert found(russian, 2) == [(russian, 1), (russian, 3)]
    assert found(russian, 5) == [(russian, 3), (kyrgyz, 2)]
    assert found(kyrgyz, 2) == [(russian, 5), None]
    reading = read(client, russian, 2, q="пенсия").context["reading"]
    assert not reading.is_marked


@pytest.mark.usefixtures("search_is_down")
def test_without_an_index_the_words_are_marked_all_the_same(client, report):
    reading = read(client, file_of(report, "ru"), 3, q="пенсия").context["reading"]

    assert reading.is_marked
    assert reading.previous_found is reading.next_found is None


def test_paragraphs_and_lines_stay_as_they_are(client, committed):
    with committed():
        document = factories.make_document(slug="lines")
        file = factories.make_file(document, pages=["Права\nмигрантов.\n\n\nВторой <i>абзац</i>."])

    for query in ({}, {"q": "абзац"}, {"q": '"права мигрантов"'}, {"q": "ъъъ"}):
        page = read(client, file, 1, **query)
        assert len(page.context["reading"].paragraphs) == 2
        text = ["".join(part for part, _is in it) for it in page.context["reading"].paragraphs]
        assert text[0] == "Права\nмигрантов."
        assert text[1].strip() == "Второй <i>абзац</i>."
        assert "&lt;i&gt;" in page.text


@pytest.mark.parametrize("text", ["\x00", "*", '"' * 300, "а " * 5000, "-пенсия", "<script>"])
def test_any_words_are_safe(client, report, text):
    page = read(client, file_of(report, "ru"), 1, q=text)

    assert page.status_code == 200
    assert len(page.context["reading"].sought.words) <= 200
    assert "<script>" not in page.text
    assert inside(client, q=text).status_code == 200


def test_a_document_says_in_which_pages_of_a_result_its_words_stand(client, report):
    page = client.get(reverse("library:document_list"), {"q": "пенсия"})

    (row,) = page.context["listing"].rows
    assert row.hit.page_total == 4
    assert len(row.hit.more_pages) == 3
    search = reverse("library:document_search", args=["report"])
    assert f'href="{search}?q=%D0%BF' in page.text
    details = page.text.partition("<details")[2].partition("</details>")[0]
    assert details.count("/read/") == 3
