"""The editors' handbook: the Markdown of docs/ as a page of the admin.

A heading carries its anchors: `## <a id="library.document"></a>Documents`. An anchor that is the
label of a model makes the chapter the help of that model's forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from mrc_portal.languages import current_language

# English is the language of the code's own papers; editors read one of these.
LANGUAGES = ("ky", "ru")
DOCS = settings.BASE_DIR / "docs"
PICTURES = DOCS / "pictures"

_ANCHOR = re.compile(r'<a id="([^"]+)">')


@dataclass(frozen=True)
class Chapter:
    """A heading as the table of contents has it."""

    anchor: str
    title: str
    sections: list[Chapter] = field(default_factory=list)


@dataclass(frozen=True)
class Handbook:
    language: str
    title: str
    chapters: list[Chapter]
    html: SafeString


def handbook() -> Handbook:
    """In the reader's language; in Russian where there is none."""
    language = current_language()
    return read_handbook(language if language in LANGUAGES else "ru")


@cache
def read_handbook(language: str) -> Handbook:
    text = (DOCS / f"editor-handbook.{language}.md").read_text(encoding="utf-8")
    # Our own text: its HTML, such as the anchors, is meant.
    parser = MarkdownIt("commonmark").enable("table")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    _opening, title, _closing, *tokens = parser.parse(text)
    for token in tokens:
        for picture in _pictures(token):
            _describe(picture)
    html = parser.renderer.render(tokens, parser.options, {})
    return Handbook(language, _words(title), _chapters(tokens), mark_safe(html))  # noqa: S308


def _chapters(tokens: list[Token]) -> list[Chapter]:
    """Headings that have an anchor; others are left to be read in their place."""
    chapters: list[Chapter] = []
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open" or not (anchor := _ANCHOR.search(content.content)):
            continue
        siblings = chapters if opening.tag == "h2" else chapters[-1].sections
        siblings.append(Chapter(anchor[1], _words(content)))
    return chapters


def _words(content: Token) -> str:
    """The text of a heading, without its anchors."""
    return "".join(it.content for it in content.children or [] if it.type == "text")


def _pictures(content: Token) -> Iterator[Token]:
    return (it for it in content.children or [] if it.type == "image")


def _describe(picture: Token) -> None:
    """Its address for browsers, and its size, so that nothing jumps while it is loaded."""
    name = str(picture.attrGet("src")).removeprefix("pictures/")
    with Image.open(PICTURES / name) as image:
        width, height = image.size
    picture.attrSet("src", static(f"handbook/{name}"))
    picture.attrSet("width", str(width))
    picture.attrSet("height", str(height))
    picture.attrSet("loading", "lazy")


# A wide table moves by itself on a narrow screen, also by the arrow keys.


def _open_table(*args: object) -> str:
    return '<div class="handbook__table" tabindex="0"><table>\n'


def _close_table(*args: object) -> str:
    return "</table></div>\n"
