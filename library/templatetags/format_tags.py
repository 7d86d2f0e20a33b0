"""Menus of the formats in which documents can be saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise

from library.exports import MOST_EXPORTED
from library.formats import FORMATS, FORMATS_FOR_ONE, Format
from library.models import Document

register = template.Library()


@dataclass(frozen=True)
class SavingLink:
    label: str | Promise
    url: str
    media_type: str


def _link(file_format: Format, name: str, *arguments: object, query: str = "") -> SavingLink:
    url = reverse(name, args=[*arguments, file_format.extension])
    return SavingLink(file_format.label, f"{url}?{query}" if query else url, file_format.media_type)


@register.inclusion_tag("library/_save_reference.html")
def save_reference(document: Document) -> dict[str, Any]:
    """Links to one document in each format that makes sense for one; of a draft there is none."""
    formats = FORMATS_FOR_ONE if document.is_published else ()
    return {"links": [_link(it, "library:document_format", document.slug) for it in formats]}


@register.inclusion_tag("library/_save_list.html")
def save_list(total: int, name: str, *arguments: object, query: str = "") -> dict[str, Any]:
    """Links to a list of documents in each format. `name` is that of the address, whose last
    argument is the extension; `query` are the filters of the list."""
    links = [_link(it, name, *arguments, query=query) for it in FORMATS]
    return {"links": links, "most": MOST_EXPORTED if total > MOST_EXPORTED else None}
