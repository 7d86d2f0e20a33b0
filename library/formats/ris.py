"""RIS, which every reference manager opens.

The tags are those of the format as Research Information Systems left it, in the reading of Zotero
and EndNote: https://en.wikipedia.org/wiki/RIS_(file_format)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import rispy
from django.utils import translation

from library.models import Kind
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.prose import printable

# What rispy does not know: editors have their own tag; A2 would make them editors of a series.
TAGS = {**rispy.TAG_KEY_MAPPING, "ED": "editors"}


class _Writer(rispy.RisWriter):
    """As many lines as there are values, one value a line; records are not numbered."""

    DEFAULT_MAPPING = TAGS
    DEFAULT_LIST_TAGS = [*rispy.LIST_TYPE_TAGS, "ED", "L1", "L4"]
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}
    NEWLINE = "\r\n"

    def set_header(self, count: int) -> str:
        return ""


def write(records: Iterable[Record]) -> Iterator[str]:
    writer = _Writer()
    for record in records:
        yield writer.formats([reference(record)]) + "\r\n"


def reference(record: Record) -> dict[str, Any]:
    """A record under rispy's names of the tags; what is empty is left out."""
    document, version = record.document, record.version
    files = sorted(record.files, key=lambda it: it.language != record.language)
    values: dict[str, Any] = {
        "type_of_reference": Kind(document.kind).elsewhere.ris,
        "id": record.citation_key,
        "title": record.full_title,
        "translated_title": record.parallel_title,
        "authors": _people(record, ContributionRole.AUTHOR),
        "editors": _people(record, ContributionRole.EDITOR),
        "subsidiary_authors": _people(record, ContributionRole.TRANSLATOR),
        "year": str(document.year or ""),
        "date": _date(record),
        "place_published": version.place,
        "publisher": record.publisher.family if record.publisher else "",
        "edition": version.edition,
        "secondary_title": version.series,
        # The tag of any standard number; in a report, Zotero and EndNote take it for the report's.
        "issn": document.series_number or document.isbn,
        "type_of_work": record.kind_label,
        "start_page": str(document.shown_pages or ""),
        "doi": document.doi,
        "language": record.language,
        "keywords": record.keywords,
        "abstract": version.summary,
        "notes": [
            record.demonstration_note,
            f"ISBN {document.isbn}" if document.isbn and document.series_number else "",
        ],
        "urls": [record.permanent_url],
        "file_attachments1": [record.file_url(it) for it in files if it.is_pdf],
        "figure": [record.file_url(it) for it in files if not it.is_pdf],
        "database_provider": record.portal_name,
    }
    return {name: value for name, it in values.items() if (value := _clean(it))}


def _clean(value: str | list[str] | None) -> str | list[str]:
    """On one line: a line of an abstract that looks like a tag would be one."""
    if isinstance(value, list):
        return [text for it in value if (text := str(_clean(it)))]
    return " ".join(printable(value).split())


def _people(record: Record, role: ContributionRole) -> list[str]:
    return [_name(it, record) for it in record.those(role)]


def _name(contributor: Contributor, record: Record) -> str:
    """Family name first; an organisation whole: a comma would part a family name from it."""
    name = contributor.name_in(record.language)
    return name.family.replace(",", " ") if name.is_organisation else name.inverted


def _date(record: Record) -> str:
    """Year, month and day with a slash after each, as far as they are known; a range in words
    after that."""
    issued = record.document.issued
    if issued is None:
        return ""
    year, month, day = (*issued.iso.split("-"), "", "")[:3]
    with translation.override(record.language):
        return f"{year}/{month}/{day}/{issued if issued.last_iso else ''}"
