"""The button that copies a reference, in a real browser under the content policy."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.needs_chromium

DOCUMENT = "/ky/library/consular-protection/"
CLOSED = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
REFUSING = "navigator.clipboard.writeText = () => Promise.reject(new Error('no'))"


@pytest.mark.parametrize("path", [DOCUMENT, f"{DOCUMENT}cite/"])
def test_a_reference_is_copied_as_plain_text_and_the_reader_is_told(site, context, path):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    row = page.locator("[data-copy]").last
    assert row.locator("[role=status]").text_content() == ""

    row.locator("button").press("Enter")

    row.locator("[role=status]:not(:empty)").wait_for()
    assert row.locator("[role=status]").text_content() == row.get_attribute("data-copied")
    shown = page.locator(f"#{row.get_attribute('data-copy')}").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert complaints == []


def test_without_a_clipboard_there_is_no_button(site, context):
    page = context.new_page()
    page.add_init_script(CLOSED)
    page.goto(DOCUMENT)

    assert not page.locator("[data-copy]").first.is_visible()
    assert page.locator(".cite__text").is_visible()


def test_a_refusing_browser_gets_the_reference_marked(site, context):
    page = context.new_page()
    page.add_init_script(REFUSING)
    page.goto(DOCUMENT)

    page.locator("[data-copy] button").click()

    page.wait_for_function("getSelection().toString()")
    marked = page.evaluate("getSelection().toString().trim()")
    assert marked == page.locator(".cite__text").inner_text().strip()
    assert page.locator("[data-copy] [role=status]").text_content() == ""


def test_without_scripts_the_references_are_there_and_no_button(site, browser):
    context = browser.new_context(base_url=site.origin, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{DOCUMENT}cite/")

    assert page.locator(".cite__text:visible").count() == 4
    assert page.locator("[data-copy]:visible").count() == 0
    context.close()
