"""Completions in a real browser: under the content policy, and none for whoever saves data."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.needs_chromium

OPTIONS = "[...document.querySelectorAll('datalist option')].map((it) => [it.value, it.lang])"
SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"


@pytest.mark.parametrize("path", ["", "search/", "library/"])
def test_completions_come_while_one_types(site, context, path):
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/ru/{path}")

    with page.expect_response(lambda answer: "/search/suggest/" in answer.url) as answered:
        page.type("main input[type=search]", "миг")
    page.wait_for_selector("datalist option", state="attached")

    assert "cookie" not in answered.value.request.headers
    offered = page.evaluate(OPTIONS)
    assert all(any(word.startswith("миг") for word in text.lower().split()) for text, _ in offered)
    assert {language for _, language in offered} <= {"ru", "ky"}
    assert complaints == []
    # What is chosen is searched by the form, as if it had been typed.
    page.fill("main input[type=search]", offered[0][0])
    page.press("main input[type=search]", "Enter")
    page.wait_for_url("**/?q=*")


def test_nothing_is_asked_of_those_who_save_data(site, context):
    page = context.new_page()
    page.add_init_script(SAVING)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/ru/search/")

    page.type("main input[type=search]", "миг")
    page.wait_for_timeout(600)

    assert not [url for url in asked if "suggest/" in url]
    assert page.locator("datalist").count() == 0


def test_a_failing_answer_disturbs_nobody(site, context):
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/search/suggest/*", lambda route: route.fulfill(status=500, body="<html>"))
    page.goto("/ru/search/")

    with page.expect_response(lambda answer: "/search/suggest/" in answer.url):
        page.type("main input[type=search]", "миг")
    page.press("main input[type=search]", "Enter")

    page.wait_for_url("**/?q=*")
    assert errors == []
