"""The portal in a real browser: readable by all, narrow or wide, light or dark, and quiet."""

from __future__ import annotations

import gzip
import json
from urllib.parse import urlsplit

import pytest
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

from mrc_portal.languages import LANGUAGE_CODES
from tests.browser.site import in_every_language

EVERYTHING = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2, off unless asked for
    "resultTypes": ["violations"],
}
# Only colours differ between light and dark.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What a narrow page changes is the same in every language but for the room that words take.
ROOM = {"runOnly": {"type": "rule", "values": ["target-size"]}}
STATES = [
    ("light", 1280, EVERYTHING),
    ("light", 320, ROOM),
    ("dark", 320, COLOURS),
    ("dark", 1280, COLOURS),
]
LONGEST_WORDS = "ky"  # where all of it is looked at
MOST_REQUESTS, MOST_BYTES = 5, 40_000

pytestmark = pytest.mark.needs_chromium


@pytest.mark.needs_axe
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_no_page_has_a_barrier(site, context, axe_source, language):
    page = context.new_page()
    barriers = []
    for path in site.examples:
        page.goto(f"/{language}/{path}")
        page.evaluate(axe_source)
        for scheme, width, options in STATES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            wanted = EVERYTHING if options is ROOM and language == LONGEST_WORDS else options
            report = page.evaluate(f"axe.run(document, {json.dumps(wanted)})")
            for violation in report["violations"]:
                places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
                barriers.append(f"/{language}/{path} {scheme} {width}: {violation['id']} {places}")

    assert barriers == []


def test_text_of_twice_the_size_fits_a_phone(site, context):
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    wide = []
    for path in site.examples:
        page.goto(f"/{LONGEST_WORDS}/{path}")
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide.append(f"{path}: {width}")

    assert wide == []


def test_pages_fit_a_phone_ask_nobody_else_set_no_cookie_and_report_no_error(site, context):
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 700})
    complaints, hosts, wide = [], set(), []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.type} {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    for path in site.examples:
        for address in in_every_language(path):
            page.goto(address)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 320:
                wide.append(f"{address}: {width}")

    assert wide == []
    # Chromium itself remarks on the pages that are meant to be missing or gone.
    remarks = ("status of 404 (Not Found)", "status of 410 (Gone)")
    assert [said for said in complaints if not said.endswith(remarks)] == []
    assert hosts == {urlsplit(site.origin).netloc}
    assert context.cookies() == []


def test_a_first_visit_is_cheap(site, browser):
    expensive = {}
    for path in ["", "library/", *site.examples[-6:]]:
        context = browser.new_context(base_url=site.origin)
        page = context.new_page()
        answers = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(f"/ky/{path}", wait_until="networkidle")
        answers = [answer for answer in answers if "/pages/" not in answer.url]
        size = sum(transferred(answer) for answer in answers)
        if len(answers) > MOST_REQUESTS or size > MOST_BYTES:
            expensive[path] = (len(answers), size)
        context.close()

    assert expensive == {}


def transferred(answer):
    """Bytes of the answer's body, compressed as they travel through the server or a proxy."""
    if answer.headers.get("content-encoding"):
        return answer.request.sizes()["responseBodySize"]
    return len(gzip.compress(answer.body(), 6))


def test_no_sheet_ends_with_the_head_of_a_table(context):
    page = context.new_page()
    page.goto("/ru/plan/demonstration-plan-2025-2027/table/?state=overdue")
    last_heading = page.locator("table.rows thead th").last.inner_text()

    for height in range(110, 200, 10):
        with PdfDocument(page.pdf(width="297mm", height=f"{height}mm")) as sheets:
            texts = [sheet.get_textpage().get_text_range().strip() for sheet in sheets]
        assert not [it for it in texts if it.endswith(last_heading)], height


def test_the_keyboard_reaches_content_search_and_languages(site, context):
    page = context.new_page()
    page.goto(site.example("library:topic_list"))

    page.keyboard.press("Tab")
    first = focused(page)
    reached = [first]
    for _step in range(40):
        page.keyboard.press("Tab")
        reached.append(focused(page))

    assert first["selector"] == "a.skip"
    assert first["is_visible"]
    assert [it["selector"] for it in reached if not it["has_mark"]] == []
    selectors = [it["selector"] for it in reached]
    assert any(it.startswith("nav.langs") for it in selectors)
    assert any(it.endswith("input[q]") for it in selectors)

    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('content').contains(document.activeElement)")


def focused(page):
    """The element that has the focus: what it is, and whether one can see that."""
    return page.evaluate(
        """() => {
            const it = document.activeElement, style = getComputedStyle(it);
            const box = it.getBoundingClientRect();
            const name = (e) => e.localName + (e.name ? `[${e.name}]` : '') +
                (e.classList.length ? '.' + e.classList[0] : '');
            const nav = it.closest('nav');
            return {
                selector: nav && nav !== it ? name(nav) + ' ' + name(it) : name(it),
                is_visible: box.width > 1 && box.height > 1 && box.top >= 0,
                has_mark: style.outlineStyle !== 'none' || style.boxShadow !== 'none' ||
                    it === document.body,
            };
        }"""
    )


def test_editors_rooms_work_under_the_content_policy(site, context):
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.type} {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    page.goto("/ru/admin/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", site.output.partition("Password: ")[2].split()[0])
    page.click("[type=submit]")
    page.goto("/ru/admin/library/document/")
    page.click("#result_list tbody th a")
    page.wait_for_selector(".ProseMirror[contenteditable]", state="attached")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.click(".admin-languages a[lang=ky]")  # nothing was typed: nothing is asked
    page.wait_for_url("**/ky/admin/**")
    page.locator(".language-tab:not([hidden]) .vTextField").first.press_sequentially("…")
    page.click(".admin-languages a[lang=ru]")
    page.wait_for_url("**/ru/admin/**")
    assert asked == ["beforeunload"]
    page.goto("/ru/styleguide/")

    assert page.locator("h1").count() == 1
    assert complaints == []
