"""How each picture comes about: an editor's steps in the admin, by the labels that stand there.

A label that is gone, or says something else, ends the drive."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext, pgettext
from PIL import Image
from playwright.sync_api import Browser, FilePayload, FloatRect, Locator, Page

from tests.pictures.content import DRAFT, EDITOR, EMBARGOED, OUTDATED, PASSWORD

LANGUAGES = ("ky", "ru")
WIDTH, HEIGHT = 1100, 760
WAIT_MS = 30_000
QUALITY = 70
FRAME = "4px solid #e09f1f"
PLAN = "demonstration-plan-2025-2027"

# Put into the portal before it is served.
RECORDS = "from tests.pictures.content import furnish; furnish()"
# The draft, as the start page names it.
TITLES = {
    "ky": "Миграциялык абал жөнүндө улуттук баяндама (долбоор)",
    "ru": "Национальный доклад о миграционной ситуации (проект)",
}
# What is typed.
DONE = {
    "ky": "Беш кеңешчи окутулду, колдонмо басылып чыкты.",
    "ru": "Обучены пять консультантов, памятка напечатана.",
}
ROWS = {
    "ky": [
        ["Консулдук коргоо: эскертме", "2024"],
        ["Чет өлкөгө иштегени кеткендер үчүн эскертме", "2025"],
        ["Эмгек келишими: эмнени текшерүү керек", "05.2025"],
    ],
    "ru": [
        ["Консульская защита: памятка", "2024"],
        ["Памятка тем, кто едет работать за рубеж", "2025"],
        ["Трудовой договор: что проверить", "05.2025"],
    ],
}


@dataclass
class Drive:
    """An editor at work in one language; pictures go into a folder."""

    page: Page
    language: str
    folder: Path

    # What one does

    def log_in(self) -> None:
        self.open("")
        self.page.fill("[name=username]", EDITOR)
        self.page.fill("[name=password]", PASSWORD)
        self.press("Log in")

    def open(self, address: str) -> None:
        self.page.goto(f"/{self.language}/admin/{address}", wait_until="networkidle")

    def find(self, model: str, slug: str) -> None:
        """Open a record from the list of its kind."""
        self.open(f"{model}/?q={slug}")
        self.click(self.page.locator("#result_list tbody th a"))

    def click(self, element: Locator) -> None:
        """The first of these, which leads to another page; then wait until that one is whole."""
        with self.page.expect_navigation(wait_until="networkidle"):
            element.first.click()

    def button(self, msgid: str, context: str = "") -> Locator:
        return self.page.get_by_role("button", name=self.label(msgid, context), exact=True).first

    def link(self, msgid: str, context: str = "") -> Locator:
        return self.page.get_by_role("link", name=self.label(msgid, context), exact=True).first

    def press(self, msgid: str, context: str = "") -> None:
        self.click(self.button(msgid, context))

    def follow(self, msgid: str, context: str = "") -> None:
        self.click(self.link(msgid, context))

    def label(self, msgid: str, context: str = "") -> str:
        """What stands there, in the language of the drive."""
        with translation.override(self.language):
            return pgettext(context, msgid) if context else gettext(msgid)

    # What one shows

    def keep(
        self,
        name: str,
        *,
        start: Locator | None = None,
        height: int = HEIGHT,
        above: int = 12,
        width: int = WIDTH,
    ) -> None:
        """A picture of the page, from the top or from a little above what it starts with."""
        top = max(0, _top(start) + self.page.evaluate("scrollY") - above) if start else 0
        clip = FloatRect(x=0, y=top, width=width, height=height)
        picture = self.page.screenshot(clip=clip, full_page=True, animations="disabled")
        save(picture, self.folder / f"{self.language}-{name}.webp")


def _top(element: Locator) -> int:
    """How far down in the window it begins."""
    box = element.bounding_box()
    assert box is not None
    return round(box["y"])


def frame(element: Locator) -> None:
    """A frame around what the chapter speaks of."""
    element.evaluate("(it, line) => it.style.outline = line", FRAME)


def save(picture: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


# The pictures


def start(drive: Drive) -> None:
    drive.open("")
    drive.keep("start")


def document(drive: Drive) -> None:
    drive.open("")
    drive.click(drive.page.locator(".work-list a", has_text=TITLES[drive.language]))
    frame(drive.button("Publish now"))
    drive.keep("document")


def files(drive: Drive) -> None:
    drive.find("library/document", DRAFT)
    drive.keep("files", start=drive.page.locator("#files-group"), height=620)


def languages(drive: Drive) -> None:
    drive.find("library/document", OUTDATED)
    check = drive.page.locator("p:has([name=up_to_date_en])")
    frame(check)
    tabs = drive.page.locator(".language-tabs")
    frame(tabs)
    panel = drive.page.locator("[role=tabpanel]:visible")
    height = _top(panel) - _top(check) + 80  # of which the form decides
    drive.keep("languages", start=check, height=height)


def event(drive: Drive) -> None:
    drive.find("events/event", "pre-departure-seminar")
    drive.keep("event", start=drive.page.locator("#agenda-group"), height=680)


def questionnaire(drive: Drive) -> None:
    drive.find("events/event", "pre-departure-seminar")
    drive.follow("open the questionnaire")
    frame(drive.page.locator("ul.ways"))
    drive.keep("questionnaire", height=700)


def review(drive: Drive) -> None:
    drive.find("events/pressrelease", "pre-departure-seminar-announced")
    drive.follow("Review side by side")
    # As far as the fields in which Chromium writes days in its own language.
    drive.keep("review", height=740)


def embargo(drive: Drive) -> None:
    drive.find("events/pressrelease", EMBARGOED)
    link = drive.page.locator(".private-links")
    link.get_by_role("heading", name=drive.label("Private link for journalists")).wait_for()
    frame(link)
    drive.keep("embargo", start=link, height=560, above=100)


def tree(drive: Drive) -> None:
    drive.find("council/plan", PLAN)
    drive.follow("Tree of the plan")
    width = 1240  # its last column is a little further out
    drive.page.set_viewport_size({"width": width, "height": HEIGHT})
    drive.keep("tree", height=820, width=width)
    drive.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def report(drive: Drive) -> None:
    drive.open("council/progressupdate/due/")
    drive.click(drive.page.locator(".due a.button", has_text=drive.label("Report", "verb")))
    drive.page.get_by_label(drive.label("done"), exact=True).check()
    drive.page.fill(f"[name=text_{drive.language}]", DONE[drive.language])
    status = drive.page.locator("fieldset", has_text=drive.label("done")).first
    drive.keep("report", start=status)


def imported(drive: Drive) -> None:
    drive.open("library/document/")
    drive.follow("Import documents")
    rows = io.StringIO(newline="")
    kind = drive.label("guide or leaflet")
    csv.writer(rows).writerow([f"title_{drive.language}", "issued", "kind"])
    csv.writer(rows).writerows([*row, kind] for row in ROWS[drive.language])
    drive.page.set_input_files(
        "[name=sheet]",
        FilePayload(name="list.csv", mimeType="text/csv", buffer=rows.getvalue().encode()),
    )
    drive.press("See what it would do")
    carry_out = drive.button("Import it")
    carry_out.wait_for()
    frame(carry_out)
    drive.keep("import")
    drive.press("Throw it away")


STEPS: tuple[Callable[[Drive], None], ...] = (
    start,
    document,
    files,
    languages,
    event,
    questionnaire,
    review,
    embargo,
    tree,
    report,
    imported,
)


def draw_handbook(
    browser: Browser, origin: str, folder: Path, languages: tuple[str, ...] = LANGUAGES
) -> None:
    """All pictures of the handbook in these languages."""
    for language in languages:
        context = browser.new_context(
            base_url=origin, viewport={"width": WIDTH, "height": HEIGHT}, locale=language
        )
        context.set_default_timeout(WAIT_MS)
        drive = Drive(context.new_page(), language, folder)
        drive.log_in()
        for step in STEPS:
            step(drive)
        context.close()


def draw_readme(browser: Browser, origin: str, folder: Path) -> None:
    """Two pages as readers see them: the front page on a phone, a plan on a desk."""
    looks = (
        ("home-phone", "/ky/", 360, 640, 2),
        ("plan", f"/en/plan/{PLAN}/", 1280, 900, 1),
    )
    for name, address, width, height, scale in looks:
        context = browser.new_context(
            base_url=origin, viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        save(page.screenshot(animations="disabled"), folder / f"{name}.webp")
        context.close()
