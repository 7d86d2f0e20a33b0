"""What a results page says beside its rows: what was added, offered and left out, and what to do
when there is nothing; in the search of the portal and in the library alike."""

import gzip
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import translation

from mrc_portal import search
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search import Addition, Notes, Replacement
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]

LISTS = ["search", "library:document_list"]


@pytest.fixture
def noted(monkeypatch):
    """Let every search say these notes beside what it finds."""
    real = search.search

    def note(**fields):
        def answer(query):
            answer.query = query
            return replace(real(query), notes=Notes(**fields))

        monkeypatch.setattr("mrc_portal.search.search", answer)
        return answer

    return note


@pytest.fixture
def worker_term():
    """What a migrant worker is called in three languages."""
    return factories.make_term(
        name_ru="трудящийся-мигрант", name_ky="эмгекчи-мигрант", name_en="migrant worker"
    )


def ask(client, name="search", **query):
    return client.get(reverse(name), query)


def links(page):
    """The queries of the links inside the page that stay on it."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return [parse_qs(unescape(query)) for query in re.findall(r'href="\?([^"]*)"', main)]


# What the glossary has added


@pytest.mark.parametrize("name", LISTS)
def test_what_the_glossary_has_added_is_said_and_can_be_taken_back(
    client, committed, worker_term, name
):
    with committed():
        english = factories.make_trilingual_document(
            title_en="A migrant worker’s day", original_language="en"
        )
        factories.make_document(title_ru="Один трудящийся и один мигрант")

    page = ask(client, name, q="трудящийся-мигрант")

    assert english in [row.record for row in page.context["listing"].rows]
    assert '<span lang="en">migrant worker</span>' in page.text
    assert '<span lang="ky">эмгекчи-мигрант</span>' in page.text
    without = {"q": ["трудящийся-мигрант"], "glossary": ["off"]}
    assert without in links(page)

    alone = ask(client, name, q="трудящийся-мигрант", glossary="off")
    assert english not in [row.record for row in alone.context["listing"].rows]
    assert alone.context["listing"].notes.added == ()
    assert "эмгекчи-мигрант" not in alone.text
    assert {"q": ["трудящийся-мигрант"]} in links(alone)  # and back


@pytest.mark.parametrize("name", LISTS)
def test_without_the_glossary_outlives_filters_order_and_pages_but_no_new_search(
    client, committed, noted, name
):
    with committed():
        for number in range(25):
            factories.make_document(title_ru=f"Договор {number}", kind="review")
    query = noted()
    topic = {"year": "2013"}

    page = ask(client, name, q="договор", glossary="off", **topic)

    assert not query.query.with_glossary
    changed = [link for link in links(page) if link.get("glossary") != ["off"]]
    assert changed == [{"q": ["договор"], **{key: [value] for key, value in topic.items()}}]
    assert any("sort" in link for link in links(page))
    assert any("page" in link for link in links(page))
    assert any("year" not in link for link in links(page))
    form = page.text.partition('<form class="search search--large"')[2].partition("</form>")[0]
    assert 'name="year"' in form
    assert "glossary" not in form


def test_an_unknown_wish_about_the_glossary_is_ignored(client, noted):
    query = noted()
    for value in ("", "on", "0", "\x00", "off "):
        assert ask(client, q="договор", glossary=value).status_code == 200
        assert query.query.with_glossary, value


# Other notes


@pytest.mark.parametrize("name", LISTS)
def test_a_better_word_is_offered_in_words_and_keeps_the_filters(client, noted, name):
    noted(did_you_mean='<права> "мигранта"')

    page = ask(client, name, q="права мигронта", year="2013", page="2")

    assert {"q": ['<права> "мигранта"'], "year": ["2013"]} in links(page)
    assert "&lt;права&gt; &quot;мигранта&quot;</a>" in page.text


@pytest.mark.parametrize("name", LISTS)
def test_rows_lead_to_the_words_that_were_searched_in_the_end(client, committed, noted, name):
    with committed():
        document = factories.make_document(title_ru="Пенсии")
        factories.make_file(document, pages=["Пенсии мигрантов."])
    noted(fuzzy=(Replacement("пенсея", "пенсия"),))

    page = ask(client, name, q="пенсия")
    assert page.context["listing"].sought.query == "q=%D0%BF%D0%B5%D0%BD%D1%81%D0%B8%D1%8F"
    page = ask(client, name, q="ПЕНСЕЯ мигрантам", glossary="off")
    assert parse_qs(page.context["listing"].sought.query) == {
        "q": ["пенсия мигрантам"],
        "glossary": ["off"],
    }


@pytest.mark.parametrize("complete", [0, 1, 5])
def test_it_is_said_when_some_results_lack_a_word(client, committed, noted, complete):
    noted(relaxed=True, complete=complete)
    with committed():
        factories.make_document(title_ru="Договор")

    notes = client.get("/en/search/", {"q": "договор"}).text.partition('class="bar"')[0]

    assert "but one" in notes
    assert (f"{complete} record" in notes) == (complete > 0)


def test_names_that_the_glossary_adds_are_shown_as_text(client, committed, noted):
    noted(added=(Addition("<b>", (("en", "<i>&"), ("en", "two"), ("ky", "үч"))),))

    page = ask(client, q="договор").text

    assert '<span lang="en">&lt;i&gt;&amp;, two</span>' in page
    assert '<span lang="ky">үч</span>' in page


# Rows


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_each_row_says_in_which_languages_it_is_there_and_where_the_words_stand(
    client, committed, language
):
    with committed():
        records = [
            factories.make_trilingual_document(summary_ru="Полис"),
            factories.make_trilingual_event(summary_ru="Полис"),
            factories.make_trilingual_press_release(summary_ru="Полис", ready_en=False),
            factories.make_trilingual_plan(summary_ru="Полис"),
            factories.make_trilingual_body(summary_ru="Полис"),
            factories.make_trilingual_letter(summary_ru="Полис"),
        ]

    with translation.override(language):
        page = ask(client, q="полис")
        rows = re.findall(r"<article.*?</article>", page.text, re.DOTALL)
        assert len(rows) == len(records)
        for record in records:
            path = record.get_absolute_url().removeprefix(f"/{language}")
            (row,) = [row for row in rows if f'href="/{language}{path}"' in row]
            its = re.findall(r'hreflang="(\w+)"([^>]*) href="/\1' + path, row)
            assert [code for code, _classes in its] == list(record.ready_languages)
            assert [code for code, classes in its if "is-hit" in classes] == ["ru"]


def test_one_passage_of_each_work_in_the_reader_s_language_if_there_is_one(client, committed):
    with committed():
        document = factories.make_trilingual_document()
        for language, text in (("ru", "Патент и патент."), ("ky", "Патент."), ("en", "Patent.")):
            factories.make_file(document, language=language, pages=[text, f"{text} 2", "-"])

    for language in ("ru", "ky"):
        page = client.get(f"/{language}/search/", {"q": "патент"})
        (row,) = page.context["listing"].rows
        assert [it.language for it in row.hit.snippets] == [language]
        # The others are no further away than one click.
        assert len(row.hit.more_pages) == row.hit.page_total - 1 == 3
        assert page.text.count("<q") == 1
    (row,) = client.get("/en/search/", {"q": "патент"}).context["listing"].rows
    assert len(row.hit.snippets) == 1


# Nothing found


def ways(client, name="search", **query):
    page = ask(client, name, **query)
    assert page.status_code == 200
    assert page.context["listing"].rows == []
    return page, page.context["listing"].ways_on


@pytest.fixture
def some(committed):
    with committed():
        factories.make_document(title_ru="Права мигрантов", kind="review")
        factories.make_document(title_ru="Пенсии мигрантов")
        factories.make_event(title_ru="О правах мигрантов")


@pytest.mark.parametrize(("name", "total"), [("search", 3), ("library:document_list", 2)])
def test_the_same_words_without_the_filters_with_their_number(client, some, name, total):
    page, help_ = ways(client, name, q="мигрант", year="1999")

    assert help_.total_without_filters == total
    assert {"q": ["мигрант"]} in links(page)
    _page, help_ = ways(client, name, q="ъъъъъ", year="1999")
    assert help_.total_without_filters == 0


@pytest.mark.parametrize(("name", "total"), [("search", 2), ("library:document_list", 1)])
def test_the_words_that_are_there_without_those_that_are_nowhere(client, some, name, total):
    # Words that are nowhere are left out together.
    page, help_ = ways(client, name, q="мигрант ъъъъъ право ыыыыы", sort="title")
    assert [(it.left_out, it.words, it.total) for it in help_.fewer] == [
        (["ъъъъъ", "ыыыыы"], "мигрант право", total)
    ]
    assert {"q": ["мигрант право"], "sort": ["title"]} in links(page)
    # Under the filters nothing is anywhere: they are left out as well.
    page, help_ = ways(client, name, q="мигрант ъъъъъ право ыыыыы", year="1999")
    assert [(it.words, it.total) for it in help_.fewer] == [("мигрант право", total)]
    assert {"q": ["мигрант право"]} in links(page)
    _page, help_ = ways(client, name, q="ъъъъъ ыыыыы")
    assert help_.fewer == []


def test_similar_words_of_the_glossary(client):
    factories.make_term(name_ru="реадмиссия", name_en="readmission", name_ky="реадмиссия")

    page, help_ = ways(client, q="реодмисия ъъъъъ")

    assert [(it.text, it.language) for it in help_.names][:1] == [("реадмиссия", "ru")]
    assert {"q": ["реадмиссия"]} in links(page)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_ways_to_look_around(client, name, language):
    with translation.override(language):
        page, _help = ways(client, name, q="<ъъъъъ>")
        assert "&lt;ъъъъъ&gt;</b>" in page.text
        prose = page.text.partition('<div class="prose">')[2]
        assert f'href="{reverse("library:topic_list")}"' in prose
        if name == "search":
            for other in ("library:document_list", "events:event_list", "council:plan_list"):
                assert f'href="{reverse(other)}"' in prose


def test_an_empty_list_without_words_asks_the_engine_no_more(client, some, noted):
    answer = noted()
    _page, help_ = ways(client, year="1999")

    assert help_.fewer == help_.names == []
    assert answer.query.limit > 0


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_page_stays_light(client, some, django_assert_max_num_queries, name):
    factories.make_term(name_ru="реадмиссия", name_en="readmission")
    words = "право мигрант пенсия закон реодмисия труд договор"
    ask(client, name, q=words)

    with django_assert_max_num_queries(8):
        page, _help = ways(client, name, q=words, year=["1999", "1998"])
    assert len(gzip.compress(page.content)) <= 10_000


def test_when_the_engine_fails_in_between_the_page_still_stands(client, some, monkeypatch):
    real = search.search

    def fail(query):
        if query.limit == 0:
            raise search.SearchUnavailable("gone")
        return real(query)

    monkeypatch.setattr("mrc_portal.search.search", fail)

    _page, help_ = ways(client, q="мигрант ъъъъъ", year="1999")
    assert help_.fewer == []
    assert help_.total_without_filters == 0


# The script


def scripts(page):
    """What browsers run; data for search engines is none."""
    return re.findall(r"<script(?! type=.application/ld.json)[^>]*>", page.text)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_only_large_search_forms_bring_a_script_and_only_this_one(client, language):
    tag = '<script src="/static/js/suggest.js" defer>'
    for path in ("", "search/", "library/", "search/?q=ъъъъъ", "library/?q=а&year=2013"):
        page = client.get(f"/{language}/{path}")
        assert scripts(page) == [tag], path
        suggestions = re.findall(r'data-suggest="([^"]*)"', page.text)
        assert [urlsplit(it).path for it in suggestions] == [f"/{language}/search/suggest/"]
    for path in ("about/", "topics/", "events/", "glossary/", "nowhere/"):
        assert scripts(client.get(f"/{language}/{path}")) == [], path
