"""What the XML formats share: texts that know their language, files of one record or of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from django.db import models
from lxml import etree

from library.records import Contributor, Name, Record
from mrc_portal.languages import Wording, wording, wordings
from mrc_portal.prose import printable

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


def in_each_language(record: Record) -> list[Record]:
    """The record described in each of its ready languages, its own first."""
    return [replace(record, language=code) for code in record.languages]


def labels(record: Record, row: models.Model, field: str = "name") -> list[Wording]:
    """What a topic or a country is called in each ready language, else in the nearest."""
    found = [it for it in wordings(row, field) if it.language in record.languages]
    return sorted(found, key=lambda it: record.languages.index(it.language)) or [
        wording(row, field, record.language)
    ]


def names(record: Record, contributor: Contributor) -> list[Name]:
    """How a name is written in each ready language, else in the nearest."""
    found = (contributor.name_in(code) for code in record.languages)
    return list(dict.fromkeys(found))


def add(parent: etree._Element, tag: str, text: str | None, **attributes: str) -> None:
    """A child with this text, marked with its language if it is a Wording; nothing if there is no
    text."""
    if not (cleaned := printable(text).strip()):
        return
    child = etree.SubElement(parent, tag)
    if isinstance(text, Wording):
        child.set(XML_LANG, text.language)
    for name, value in attributes.items():
        if value:
            child.set(name, printable(value))
    child.text = cleaned


def write_elements(
    elements: Iterable[etree._Element], collection: str, nsmap: dict[str | None, str] | None = None
) -> Iterator[str]:
    """A file with the element itself if it is the only one, else with all of them in an element
    `collection`, a few in memory at once."""
    remaining = iter(elements)
    first = list(islice(remaining, 2))
    yield DECLARATION
    if len(first) == 1:
        yield _text(first[0])
        return
    names = "".join(f' xmlns="{uri}"' for uri in (nsmap or {}).values())
    yield f"<{collection}{names}>\n"
    for element in chain(first, remaining):
        yield _text(element)
    yield f"</{collection}>\n"


def _text(element: etree._Element) -> str:
    etree.indent(element)
    return etree.tostring(element, encoding="unicode") + "\n"


def comment(text: str) -> str:
    """A remark on the whole file, which may stand after its root (XML 1.0, 2.8)."""
    return f"<!-- {printable(text).replace('--', '- -')} -->\n"
