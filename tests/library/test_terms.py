"""The glossary: its rules, its page from A to Я, its editors, what search knows of it."""

import gzip
import re
import tomllib

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from library import demo
from library.glossary import TERMS_PER_PAGE, TermGlossary, first_letter, list_terms
from library.models import Term
from library.models.terms import MAX_DEFINITION_LENGTH, MAX_NAME_LENGTH, MAX_NAMES
from mrc_portal.languages import LANGUAGE_CODES, localized
from tests import factories

pytestmark = pytest.mark.django_db

ADD = reverse("admin:library_term_add")
LIST = "library:term_list"


def make_trilingual_term(**fields):
    names = {
        "name_ru": "трудовой мигрант",
        "name_ky": "эмгек мигранты",
        "name_en": "migrant worker",
        "slug": "migrant-worker",
    }
    return factories.make_term(**names | fields)


def shown(page):
    return [term for _letter, terms in page.context["listing"].groups for term in terms]


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# Rules


def test_names_are_tidied():
    term = factories.make_term(
        name_ru="  Трудовой\u00a0 мигрант ",
        synonyms_ru="\n\nтрудящийся\r\n  Трудящийся-мигрант\nтрудовой мигрант\nтрудящийся\n",
        abbreviations_ru="ТМ\n\nТМ",
        search_names_ru="гастарбайтер\nтм",
        name_ky="ɵмүр",
    )

    assert term.name_ru == "Трудовой мигрант"
    assert term.synonyms_ru == "трудящийся\nТрудящийся-мигрант"
    assert (term.abbreviations_ru, term.search_names_ru) == ("ТМ", "гастарбайтер")
    assert term.name_ky == "өмүр"  # the look-alike of old files became the letter
    assert term.all_names("ru") == (
        "Трудовой мигрант",
        "ТМ",
        "трудящийся",
        "Трудящийся-мигрант",
        "гастарбайтер",
    )


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"name_ru": "—"}, "name_ru"),
        ({"name_ru": "а" * (MAX_NAME_LENGTH + 1)}, "name_ru"),
        ({"synonyms_ru": "…\nдругое"}, "synonyms_ru"),
        ({"abbreviations_ru": "а" * (MAX_NAME_LENGTH + 1)}, "abbreviations_ru"),
        ({"search_names_ru": "\n".join(map(str, range(MAX_NAMES + 1)))}, "search_names_ru"),
        ({"synonyms_ky": "башка ат"}, "name_ky"),
        ({"definition_ky": "Эмнени билдирет."}, "name_ky"),
        ({"definition_en": "a" * (MAX_DEFINITION_LENGTH + 1)}, "definition_en"),
    ],
)
def test_what_is_no_name_is_refused_at_its_field(fields, column):
    with pytest.raises(ValidationError) as refusal:
        factories.make_term(**fields)

    assert column in refusal.value.message_dict
    assert not Term.objects.exists()


def test_the_same_term_is_refused_and_a_namesake_is_not():
    factories.make_term(name_ru="протокол", name_en="protocol")

    for names in (
        {"name_ru": "Протокол"},
        {"name_ru": "протокол", "name_en": "Protocol", "name_ky": "протокол"},
    ):
        with pytest.raises(ValidationError):
            factories.make_term(**names)
    minutes = factories.make_term(name_ru="протокол", name_en="minutes")
    minutes.full_clean()  # is not in its own way
    assert Term.objects.count() == 2
    assert len(minutes.namesakes()) == 1


# What search knows


def test_concepts_hold_every_name_the_preferred_one_first():
    factories.make_term(name_ru="только одно имя")
    factories.make_term(
        name_ru="Евразийский экономический союз",
        abbreviations_ru="ЕАЭС",
        name_en="Eurasian Economic Union",
        abbreviations_en="EAEU\nEEU",
        search_names_en="Eurasec",
    )
    factories.make_term(name_ru="вид на жительство", abbreviations_ru="ВНЖ")

    names = [dict(concept.names) for concept in TermGlossary().concepts()]

    assert {"ru": ("вид на жительство", "ВНЖ")} in names
    assert {
        "ru": ("Евразийский экономический союз", "ЕАЭС"),
        "en": ("Eurasian Economic Union", "EAEU", "EEU", "Eurasec"),
    } in names
    assert len(names) == 2


def test_the_stamp_changes_with_every_change_and_costs_one_query(django_assert_num_queries):
    glossary, stamps = TermGlossary(), []

    def note():
        with django_assert_num_queries(1):
            stamps.append(glossary.stamp())

    note()
    first, second = factories.make_term(), factories.make_term()
    note()
    first.synonyms_ru = "другое имя"
    first.save()
    note()
    second.delete()
    note()
    first.delete()
    note()

    assert glossary.stamp() == glossary.stamp() == stamps[-1]
    assert len(set(stamps)) == len(stamps)


def test_what_an_editor_writes_is_searched_at_once(
    client, editor, search_index, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        union = factories.make_document(
            title_en="Workers in the EAEU", ready_en=True, original_language="en", ready_ru=False
        )
        factories.make_document(title_ru="Паспорт")

    def found(words):
        listing = client.get("/ru/search/", {"q": words}).context["listing"]
        return [row.record for row in listing.rows if not listing.notes.fuzzy]

    assert found("ЕАЭС") == []
    data = form_data(name_ru="Евразийский экономический союз", abbreviations_ru="ЕАЭС")
    client.post(ADD, data | {"abbreviations_en": "EAEU", "name_en": "Eurasian Economic Union"})
    term = Term.objects.get()
    for words in ("ЕАЭС", "еаэс", "евразийского экономического союза"):
        assert found(words) == [union], words
    assert client.get("/ru/search/", {"q": "ЕАЭС"}).context["listing"].notes.added
    client.post(reverse("admin:library_term_delete", args=[term.pk]), {"post": "yes"})
    assert found("ЕАЭС") == []


# The page


KYRGYZ_ORDER = ["аба", "ёлка", "жол", "нан", "ңа", "омур", "өмүр", "пайда", "уй", "үй", "фонд"]


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_order_is_that_of_the_alphabet(client, language):
    names = ["яма", *reversed(KYRGYZ_ORDER), "1990", "Visa", "«Кара» тизме", "авиа"]
    for name in names:
        factories.make_term(**{localized("name", language): name, "name_ru": name})

    page = client.get(f"/{language}/glossary/")

    expected = [
        "1990",
        "Visa",
        "аба",
        "авиа",
        "ёлка",
        "жол",
        "«Кара» тизме",
        *KYRGYZ_ORDER[3:],
        "яма",
    ]
    assert [str(term.label) for term in shown(page)] == expected
    letters = [letter.text for letter in page.context["listing"].letters]
    assert letters == [*"9V"[:0], "0–9", *"VАЁЖКНҢОӨПУҮФЯ"]
    # Every letter leads to its heading, and no anchor stands there twice.
    anchors = re.findall(r'href="#(letter-\d+)"', page.text)
    assert anchors == re.findall(r'id="(letter-\d+)"', page.text)
    assert len(anchors) == len(letters)


@pytest.mark.parametrize(
    ("name", "letter"), [("“ɵмүр”", "Ө"), ("(ü)", "Ü"), ("—", "–"), ("", "–"), ("²", "0–9")]
)
def test_any_name_has_a_heading(name, letter):
    assert first_letter(name) == letter


def test_names_of_the_other_languages_are_marked_and_a_missing_one_is_said(client):
    make_trilingual_term(
        name_ky="",
        abbreviations_en="MW",
        synonyms_ru="трудящийся-мигрант",
        search_names_ru="гастарбайтер",
        definition_en="A person who works abroad.",
        note="Спросить юриста.",
    )

    for path in ("/ru/glossary/", "/ru/glossary/migrant-worker/"):
        page = client.get(path).text
        assert re.search(r'lang="en"[^<]*>migrant worker', page)
        assert "MW" in page
        assert "трудящийся-мигрант" in page
        assert '<dd class="unstated">' in page  # the Kyrgyz name
        assert re.search(r'lang="en"[^>]*>A person who works abroad\.', page)
        assert "гастарбайтер" not in page
        assert "юриста" not in page
        assert "/ru/search/?q=%D1%82%D1%80%D1%83%D0%B4" in page
    unstated = [
        client.get(f"/{it}/glossary/migrant-worker/").text.count("unstated")
        for it in LANGUAGE_CODES
    ]
    assert unstated == [2, 2, 2]  # the Kyrgyz name, and what the term means in Russian
    page = client.get("/ky/glossary/").text
    assert re.search(r'<span itemprop="name" lang="ru">трудовой мигрант', page)


@pytest.mark.parametrize(
    "words",
    ["МИГРАНТ", "омур", "нелегал", "worker mig", "mw", "эмгек worker", "  мигрант\t ", "өмүр"],
)
def test_the_filter_finds_any_name_however_it_is_typed(client, words):
    term = make_trilingual_term(
        abbreviations_en="MW", search_names_ru="Нелегал", synonyms_ky="өмүр мигранты"
    )
    factories.make_term(name_ru="паспорт")

    assert shown(client.get(reverse(LIST), {"q": words})) == [term]


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "\x00", "'", "<b>", "ъ " * 500, "мигрант паспорт"]
)
def test_the_filter_bears_any_text(client, words):
    make_trilingual_term()
    page = client.get(reverse(LIST), {"q": words})

    assert page.status_code == 200
    assert "<b>'" not in page.text
    assert f"<b>{words}</b>" not in page.text or "<" not in words
    assert shown(page) == ([] if words.strip("\x00") else list(Term.objects.all()))


def test_hostile_names_stand_there_as_text(client):
    factories.make_term(name_ru='<script>alert("1")</script>', slug="hostile")

    for path in ("/ru/glossary/", "/ru/glossary/hostile/", "/ru/glossary/?q=<script>"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_an_instruction_of_searches_is_no_part_of_the_link():
    term = factories.make_term(name_ru='-запрет "въезда"* «РКЛ»')

    assert term.search_words == "запрет въезда РКЛ"


def test_pages_are_small_and_cost_the_same_for_any_number(client, django_assert_num_queries):
    factories.make_term(**long_fields(0))
    for language in LANGUAGE_CODES:
        with django_assert_num_queries(2):
            client.get(f"/{language}/glossary/")
    with django_assert_num_queries(1):
        client.get(reverse("library:term_detail", args=["long-0"]))
    Term.objects.bulk_create([Term(**long_fields(number)) for number in range(1, 200)])

    for language in LANGUAGE_CODES:
        with django_assert_num_queries(2):
            page = client.get(f"/{language}/glossary/", {"page": 2})
        assert len(shown(page)) == TERMS_PER_PAGE
        assert len(gzip.compress(page.content)) <= 10_000
    assert page.context["listing"].pages == -(-200 // TERMS_PER_PAGE)


def long_fields(number):
    """A term with everything, of lengths as editors write them."""
    words = [f"{word}{number * 7 % 31}{word[::-1]}" for word in ("право", "труд", "закон", "выезд")]
    text = " ".join(f"{word}{number * place % 97}" for place, word in enumerate(words * 5))
    fields = {"slug": f"long-{number}"}
    for code in LANGUAGE_CODES:
        fields |= {
            localized("name", code): f"{words[0]} {code} {words[1]}",
            localized("abbreviations", code): words[2],
            localized("synonyms", code): f"{words[3]} {code}\n{words[2]} {words[1]}",
            localized("definition", code): text[:200],
        }
    return fields


def test_pages_beyond_the_last_and_nonsense_lead_to_a_page(client):
    Term.objects.bulk_create([Term(**long_fields(number)) for number in range(TERMS_PER_PAGE + 1)])

    assert len(shown(client.get(reverse(LIST), {"page": "999999999"}))) == 1
    for page in ("0", "-1", "x", "²", ""):
        assert len(shown(client.get(reverse(LIST), {"page": page}))) == TERMS_PER_PAGE
    listing = list_terms("", 2)
    assert (listing.first, listing.last, listing.total) == (31, 31, 31)


def test_an_empty_glossary_says_so(client):
    page = client.get(reverse(LIST))

    assert page.status_code == 200
    assert shown(page) == []
    assert client.get("/ru/glossary/unknown/").status_code == 404


def test_only_the_whole_glossary_claims_to_exist_in_other_languages(client):
    make_trilingual_term()

    assert client.get("/ru/glossary/").text.count("hreflang=") == 3 * 2  # and the switcher's
    assert client.get("/ru/glossary/?page=2").text.count("hreflang=") == 3
    assert client.get("/ru/glossary/?q=x").text.count("hreflang=") == 3
    assert 'content="noindex"' in client.get("/ru/glossary/?q=x").text
    assert client.get("/ru/glossary/migrant-worker/").text.count("hreflang=") == 3 * 2
    robots = client.get("/robots.txt").text
    assert all(f"Allow: /{code}/glossary/?page=\n" in robots for code in LANGUAGE_CODES)


def test_the_foot_of_every_page_and_the_search_lead_there(client):
    assert f'href="{reverse(LIST)}"' in client.get("/ru/about/").text
    assert client.get(reverse("search")).text.count(f'href="{reverse(LIST)}"') == 2


# Editors


def form_data(**fields):
    return {"name_ru": "трудовой мигрант", "section": "rights", "note": "", "slug": ""} | fields


def test_an_editor_adds_changes_and_deletes_a_term(client, editor):
    response = client.post(ADD, form_data(synonyms_ru="\nтрудящийся\n\nтрудящийся"))
    assert response.status_code == 302, response.context["errors"]
    term = Term.objects.get()
    assert (term.slug, term.synonyms_ru) == ("trudovoy-migrant", "трудящийся")

    change = reverse("admin:library_term_change", args=[term.pk])
    client.post(change, form_data(name_en="labour migrant", slug=term.slug))
    client.post(reverse("admin:library_term_delete", args=[term.pk]), {"post": "yes"})

    assert not Term.objects.exists()
    history = Term.history.order_by("pk")
    assert [row.history_type for row in history] == ["+", "~", "-"]
    assert [row.name_en or "" for row in history] == ["", "labour migrant", "labour migrant"]
    assert {row.history_user for row in history} == {editor}


def test_a_term_is_public_at_once_and_so_no_business_of_contributors(client, contributor):
    term = make_trilingual_term()

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, form_data(name_ru="другое")).status_code == 403
    change = reverse("admin:library_term_change", args=[term.pk])
    assert client.get(change).status_code == 200  # to look at
    assert client.post(change, form_data(name_ru="другое")).status_code == 403
    delete = reverse("admin:library_term_delete", args=[term.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert str(Term.objects.get()) == "трудовой мигрант"


def test_an_editor_is_told_of_namesakes_and_of_what_is_refused(client, editor):
    factories.make_term(name_ru="протокол", name_en="protocol", slug="protocol")

    refused = client.post(ADD, form_data(name_ru="протокол"))
    assert refused.status_code == 200
    assert refused.context["adminform"].form.non_field_errors()
    refused = client.post(ADD, form_data(synonyms_ky="ат"))
    assert "name_ky" in refused.context["adminform"].form.errors
    warned = client.post(ADD, form_data(name_ru="стенограмма", synonyms_ru="Протокол"))
    assert warned.status_code == 302
    assert sum("протокол" in text for text in said(warned)) == 1


def test_terms_without_a_name_in_a_language_can_be_listed(client, editor):
    make_trilingual_term()
    bare = factories.make_term()

    changelist = reverse("admin:library_term_changelist")
    page = client.get(changelist, {"unnamed": "ky"})
    assert list(page.context["cl"].queryset) == [bare]
    page = client.get(changelist, {"q": "ЭМГЕК"})
    assert [str(term) for term in page.context["cl"].queryset] == ["трудовой мигрант"]


# The demonstration


def test_the_demonstration_glossary_is_whole_and_leaves_what_editors_wrote():
    rows = tomllib.loads((demo.FOLDER / "terms.toml").read_text())["term"]
    own = factories.make_term(name_ru="Мигрант", slug="own-migrant")

    loaded, again = demo.Loaded(), demo.Loaded()
    demo.load_terms(loaded)
    changed = Term.objects.get(slug="pension")
    changed.name_ru = "пенсии"
    changed.save()
    demo.load_terms(again)

    # The editor's own term is the only one of its name.
    assert (loaded.others, loaded.skipped) == (len(rows) - 1, ["migrant"])
    assert (again.others, again.skipped) == (0, ["migrant"])
    assert Term.objects.get(slug="pension").name_ru == "пенсии"
    assert Term.history.filter(slug="remittances").count() == 1
    for term in Term.objects.exclude(pk=own.pk):
        term.full_clean()
        names = [term.texts_in(code) for code in LANGUAGE_CODES]
        assert all(it.name for it in names), term
        assert len({bool(it.definition) for it in names}) == 1, term
        assert "(?)" not in "".join(str(value) for value in vars(term).values())
    meant = Term.objects.exclude(definition_ky="").exclude(pk=own.pk)
    assert meant.count() >= 25
    assert not meant.filter(note="").exists()

    demo.remove()
    assert list(Term.objects.all()) == [own]


def test_the_same_demonstration_terms_are_not_there_twice():
    demo.load_terms(demo.Loaded())

    for code in LANGUAGE_CODES:
        names = [getattr(term, localized("name", code)).lower() for term in Term.objects.all()]
        doubles = {name for name in names if names.count(name) > 1}
        assert doubles == set(), code


def test_every_demonstration_term_has_a_place_on_a_page_in_each_language(client):
    demo.load_terms(demo.Loaded())

    for language in LANGUAGE_CODES:
        with translation.override(language):
            pages = list_terms("", 1).pages
            listed = [
                term
                for page in range(1, pages + 1)
                for _letter, terms in list_terms("", page).groups
                for term in terms
            ]
        assert len(listed) == len(set(listed)) == Term.objects.count()


def test_a_term_deleted_while_a_page_is_made_leaves_no_gap(client, monkeypatch):
    term = make_trilingual_term()
    monkeypatch.setattr("library.glossary._sorted_names", lambda words: [("а", term.pk + 1)])

    assert client.get(reverse(LIST)).status_code == 200
