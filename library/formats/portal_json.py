"""A document as JSON of our own: all that is public of it, in all its languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from library.formats.csl_json import json_list
from library.models import DocumentFile, Organisation, Person
from library.models.documents import PRACTICE_TEXTS, TEXTS
from library.records import Contributor, Record
from mrc_portal.languages import localized, wordings


def write(records: Iterable[Record]) -> Iterator[str]:
    yield from json_list(description(record) for record in records)


def description(record: Record) -> dict[str, Any]:
    """The same keys for every document. Texts are objects by language, without those languages in
    which there is none; what is not known is null or empty. Times are in UTC."""
    document = record.document
    issued = document.issued
    return {
        "id": document.short_id,
        "url": record.permanent_url,
        "pages": {code: record.page_url(code) for code in sorted(record.languages)},
        "kind": document.kind,
        "is_demonstration": document.is_demonstration,
        "original_language": document.original_language,
        "languages": sorted(record.languages),
        **{text.name: {it.language: it.text for it in record.texts(text.name)} for text in TEXTS},
        "issued": issued.interval if issued else None,
        "contributors": [_contributor(it, record) for it in record.contributors],
        "publisher": _named(document.publisher, record),
        "funder": _named(document.funder, record),
        "project": _named(document.project, record, "title"),
        "series_number": document.series_number,
        "page_count": document.shown_pages,
        "isbn": document.isbn,
        "doi": document.doi,
        "licence": {"code": document.licence, "url": record.licence_url or None}
        if document.licence
        else None,
        "topics": [{"key": it.slug, "name": names(it, "name")} for it in record.topics],
        "countries": [{"code": it.code, "name": names(it, "name")} for it in record.countries],
        "files": [_file(it, record) for it in record.files],
        "recommendations": [
            text for it in document.recommendations.all() if (text := _texts(it, "text", record))
        ],
        "practice": _practice(record),
        "relations": [
            {"kind": kind, "url": record.site + other.get_permanent_path()}
            for kind, other in record.relations
        ],
        "source": {
            "url": document.source_url,
            "seen_year": document.source_seen_year,
            "is_dead": document.source_is_dead,
        }
        if document.source_url
        else None,
        "published_at": document.publish_at.isoformat() if document.publish_at else None,
        "changed_at": document.changed_at.isoformat(),
    }


def names(row: models.Model, field: str) -> dict[str, str]:
    """A text of a row that has no readiness of its own, in every language that has it."""
    return {it.language: it.text for it in wordings(row, field)}


def _texts(row: models.Model, field: str, record: Record) -> dict[str, str]:
    """A text of a row that belongs to the document, in the document's ready languages."""
    found = {code: getattr(row, localized(field, code)) for code in sorted(record.languages)}
    return {code: text for code, text in found.items() if text}


def _contributor(contributor: Contributor, record: Record) -> dict[str, Any]:
    who = contributor.record
    return {"role": contributor.role, "orcid": contributor.orcid or None, **_body(who, record)}


def _body(who: Person | Organisation, record: Record) -> dict[str, Any]:
    if isinstance(who, Organisation):
        name = names(who, "name")
        return {"kind": "organisation", "url": record.page_of(who), "name": name}
    named = {
        it.language: {
            "family": it.text,
            "given": getattr(who, localized("given_names", it.language)) or "",
        }
        for it in wordings(who, "family_name")
    }
    return {"kind": "person", "url": record.page_of(who), "name": named}


def _named(row: Any, record: Record, field: str = "name") -> dict[str, Any] | None:
    return {"url": record.page_of(row), "name": names(row, field)} if row else None


def _file(file: DocumentFile, record: Record) -> dict[str, Any]:
    return {
        "url": record.file_url(file),
        "language": file.language or None,
        "content": file.role,
        "label": _texts(file, "label", record),
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "page_count": file.page_count,
    }


def _practice(record: Record) -> dict[str, Any] | None:
    if not record.document.is_practice:
        return None
    practice = record.document.practice
    return {
        "since_year": practice.since_year,
        "since_is_decade": practice.since_is_decade,
        "areas": [{"key": it.slug, "name": names(it, "name")} for it in practice.areas.all()],
        **{field: _texts(practice, field, record) for field in ("since", *PRACTICE_TEXTS)},
    }
