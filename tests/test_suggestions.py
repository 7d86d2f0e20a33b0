"""Completions while typing: from the glossary and the titles of what is public at this moment."""

import json
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from events.models import PressRelease
from library.models import Document
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search import SearchUnavailable
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]


def answer(client, text, language="ru", **query):
    response = client.get(f"/{language}/search/suggest/", {"q": text, **query})
    assert response.status_code == 200
    return [(it["text"], it["language"]) for it in json.loads(response.content)["suggestions"]]


def test_names_of_the_glossary_then_titles_in_the_reader_s_language_first(client, committed):
    factories.make_term(name_ru="пенсия", name_ky="пенсия акысы", name_en="pension")
    with committed():
        factories.make_trilingual_document(
            title_ru="Пенсии мигрантов",
            title_ky="Пенсиялар жөнүндө",
            title_en="Pensions of migrants",
            issued_on=date(2014, 1, 1),
        )
        factories.make_event(title_ru="О будущем пенсий")

    assert answer(client, "пенс") == [
        ("пенсия", "ru"),
        ("пенсия акысы", "ky"),
        ("Пенсии мигрантов", "ru"),
        ("О будущем пенсий", "ru"),
        ("Пенсиялар жөнүндө", "ky"),
    ]
    assert answer(client, "пенс", "ky")[0] == ("пенсия акысы", "ky")
    assert answer(client, "пенс", "ky")[2] == ("Пенсиялар жөнүндө", "ky")
    assert answer(client, "PENS mig", "en") == [("Pensions of migrants", "en")]
    # What stands in another title of the same record is not offered in its place.
    assert answer(client, "пенсиялар") == [("Пенсиялар жөнүндө", "ky")]
    assert answer(client, "жону пен") == [("Пенсиялар жөнүндө", "ky")]


def test_never_more_than_eight_and_nothing_twice(client, committed):
    for number in range(9):
        factories.make_term(name_ru=f"договор {number}")
    with committed():
        for number in range(12):
            factories.make_document(title_ru=f"Договор {number}")

    found = answer(client, "дог")

    assert len(found) == 8
    assert len({text.casefold() for text, _language in found}) == 8
    assert sum(text.startswith("Договор") for text, _language in found) >= 1


def test_of_one_room_alone(client, committed):
    with committed():
        factories.make_document(title_ru="Договор")
        factories.make_event(title_ru="О договоре")

    assert answer(client, "дог", room="document") == [("Договор", "ru")]
    assert answer(client, "дог", room="nowhere") == answer(client, "дог", room="\x00") == []
    assert f'{reverse("suggest")}?room=document"' in client.get("/ru/library/").text


def test_words_of_what_is_not_public_are_never_told(client, committed):
    moment = timezone.now() + timedelta(hours=1)
    with committed():
        factories.make_draft(title_ru="Тайное")
        factories.make_document(title_ru="Тайное потом", publish_at=moment)
        factories.make_press_release(title_ru="Тайное под эмбарго", embargo_until=moment)
        factories.make_document(title_ru="Явное", title_ky="Тайное каралама")
        factories.make_plan(title_ru="Тайное", status="draft", publish_at=None)

    assert answer(client, "тай") == answer(client, "тайное") == []
    client.force_login(factories.make_user())
    assert answer(client, "тай") == []  # the answer may be kept by caches for all
    with patch("django.utils.timezone.now", lambda: moment):
        assert {text for text, _language in answer(client, "тай")} == {
            "Тайное потом",
            "Тайное под эмбарго",
        }


def test_an_index_that_lags_tells_nothing_either(client, committed):
    with committed():
        document = factories.make_trilingual_document(title_ru="Тайное", title_ky="Тайное бул")
        factories.make_press_release(title_ru="Тайное слово")
    # update() sends no signal, so the index does not know.
    Document.objects.update(ready_ky=False)
    PressRelease.objects.update(status="withdrawn", withdrawn_at=timezone.now())

    assert answer(client, "тай") == [("Тайное", "ru")]
    Document.objects.filter(pk=document.pk).update(status="draft")
    assert answer(client, "тай") == []


def test_the_answer_may_be_kept_by_caches_and_sets_no_cookie(client):
    response = client.get(reverse("suggest"), {"q": "дог"})

    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert client.post(reverse("suggest"), {"q": "дог"}).status_code == 405
    assert client.head(reverse("suggest"), {"q": "дог"}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "а", "\x00", '"', "*", ".*", "[а-я]+", "\\", "(" * 999, "слово " * 999),
        *("a" * 99_999, "<script>", "'; DROP TABLE", "%", "title:дог", "-дог", "дог*"),
    ],
)
def test_any_text_is_safe(client, committed, text):
    with committed():
        factories.make_document(title_ru="Права")

    for language in LANGUAGE_CODES:
        assert answer(client, text, language, room=text) == []


def test_without_an_index_the_glossary_still_answers(client, monkeypatch):
    def fail(*arguments):
        raise SearchUnavailable("gone")

    monkeypatch.setattr("mrc_portal.site_search.works_beginning", fail)
    factories.make_term(name_ru="договор", name_en="contract")

    assert answer(client, "дог") == [("договор", "ru")]


@pytest.mark.parametrize("rows", [1, 12])
def test_queries_do_not_grow_with_what_is_found(
    client, committed, django_assert_max_num_queries, rows
):
    factories.make_term(name_ru="право", name_en="right")
    with committed():
        for _number in range(rows):
            factories.make_trilingual_document(title_ru="Права")
            factories.make_trilingual_event(title_ru="Права")
            factories.make_trilingual_press_release(title_ru="Права")
            factories.make_trilingual_plan(title_ru="Права")
            factories.make_trilingual_letter(title_ru="Права")
    answer(client, "пра")

    with django_assert_max_num_queries(3):
        assert len(answer(client, "пра")) >= 2
