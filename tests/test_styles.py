"""Style sheets and pages speak of the same classes, and the style guide shows every component."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from tests.check import ROOT

SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
COMPONENTS = sorted((ROOT / "static" / "css" / "components").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
READERS_TEMPLATES = [path for path in TEMPLATES if "admin" not in path.parts]
SOURCES = [
    *TEMPLATES,
    *(ROOT / "static" / "js").glob("*.js"),
    *(
        path
        for room in ("mrc_portal", "library", "events", "council")
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
    ),
]
# Marks for programs that read pages: https://unapi.info/specs/
NOT_FOR_STYLE = {"unapi-id"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTORS = re.compile(r"([^{}]+)\{")
CLASS = re.compile(r"\.(-?[A-Za-z][\w-]*)")
WORD = re.compile(r"[A-Za-z][\w-]*")
# The beginning of a class that is put together: "compare--" of compare--{{ number }}.
BEGINNING = re.compile(r"\b([a-z][\w-]*-)\{")
ATTRIBUTE = re.compile(r'\bclass="([^"]*)"')
TAG = re.compile(r"\{%.*?%\}|[\w-]*\{\{.*?\}\}[\w-]*")


def classes_of(*sheets: Path) -> set[str]:
    texts = (COMMENT.sub("", sheet.read_text(encoding="utf-8")) for sheet in sheets)
    return {
        name
        for text in texts
        for selector in SELECTORS.findall(text)
        for name in CLASS.findall(selector)
    }


def test_every_class_of_the_style_sheets_is_used():
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    words = {word for text in texts for word in WORD.findall(text)}
    beginnings = tuple({start for text in texts for start in BEGINNING.findall(text)})

    unused = {name for name in classes_of(*SHEETS) - words if not name.startswith(beginnings)}

    assert unused == set()


def test_every_class_of_a_readers_page_has_a_style():
    styled = classes_of(*SHEETS) | NOT_FOR_STYLE
    unstyled = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in READERS_TEMPLATES
        for value in ATTRIBUTE.findall(TAG.sub(" ", path.read_text(encoding="utf-8")))
        for name in value.split()
        if name not in styled
    }

    assert unstyled == set()


@pytest.mark.parametrize("sheet", COMPONENTS, ids=lambda sheet: sheet.stem)
def test_the_style_guide_shows_every_component(admin_client, sheet):
    page = admin_client.get(reverse("styleguide")).text
    shown = {name for value in ATTRIBUTE.findall(page) for name in value.split()}
    block = CLASS.findall(COMMENT.sub("", sheet.read_text(encoding="utf-8")))[0]

    assert block in shown
