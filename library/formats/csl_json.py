"""CSL-JSON, the input of citeproc and of many reference managers.

By https://resource.citationstyles.org/schema/latest/input/json/csl-data.json"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from library.models import Kind
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.prose import printable


def write(records: Iterable[Record]) -> Iterator[str]:
    yield from json_list(item(record) for record in records)


def json_list(things: Iterable[Any]) -> Iterator[str]:
    """A JSON list in pieces, a line or more for each thing."""
    opening = "[\n"
    for thing in things:
        yield opening + json.dumps(thing, ensure_ascii=False)
        opening = ",\n"
    yield "\n]\n" if opening == ",\n" else "[]\n"


def item(record: Record) -> dict[str, Any]:
    """A record as citeproc takes it; what is empty is left out."""
    document, version = record.document, record.version
    values = {
        "id": record.citation_key,
        "type": Kind(document.kind).elsewhere.csl,
        "title": record.full_title,
        "title-short": version.title if version.subtitle else "",
        "original-title": "" if version.is_original else record.parallel_title,
        "author": _people(record, ContributionRole.AUTHOR),
        "editor": _people(record, ContributionRole.EDITOR),
        "translator": _people(record, ContributionRole.TRANSLATOR),
        "issued": _issued(record),
        "publisher": record.publisher.family if record.publisher else "",
        "publisher-place": version.place,
        "edition": version.edition,
        "collection-title": version.series,
        "collection-number": document.series_number,
        "number-of-pages": document.shown_pages,
        "genre": record.kind_label,
        "language": record.language,
        "abstract": version.summary,
        "keyword": ", ".join(record.keywords),
        "ISBN": document.isbn,
        "DOI": document.doi,
        "URL": record.permanent_url,
        "source": record.portal_name,
        "note": record.demonstration_note,
        "custom": {"files": files} if (files := _files(record)) else None,
    }
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in values.items()
        if value
    }


def _people(record: Record, role: ContributionRole) -> list[dict[str, str]]:
    return [_name(it, record.language) for it in record.those(role)]


def _name(contributor: Contributor, language: str) -> dict[str, str]:
    name = contributor.name_in(language)
    if name.is_organisation or not name.given:
        return {"literal": printable(name.family)}
    return {"family": printable(name.family), "given": printable(name.given)}


def _files(record: Record) -> list[dict[str, str]]:
    return [
        {
            "URL": record.file_url(it),
            "type": it.media_type,
            "language": it.language,
            "role": it.role,
        }
        for it in record.files
    ]


def _issued(record: Record) -> dict[str, Any] | None:
    issued = record.document.issued
    if issued is None:
        return None
    days = issued.interval.split("/")
    return {"date-parts": [[int(part) for part in day.split("-")] for day in days]}
