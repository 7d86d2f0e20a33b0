"""A document as data for search engines: schema.org as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from library.models import Country, DocumentFile, Kind, Organisation, Topic
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.languages import wording
from mrc_portal.linked_data import CONTEXT, without_gaps


def type_of(record: Record) -> str:
    return Kind(record.document.kind).elsewhere.schema_org


def document_data(
    record: Record, topics: Iterable[Topic], countries: Iterable[Country]
) -> dict[str, Any]:
    """The version that the record describes. An invented document says that it is one."""
    document, version, language = record.document, record.version, record.language
    kind = type_of(record)
    publisher = document.publisher and Contributor(ContributionRole.AUTHOR, document.publisher)
    funder = document.funder and Contributor(ContributionRole.AUTHOR, document.funder)
    data = {
        "@context": CONTEXT,
        "@type": kind,
        "@id": record.page_url(),
        "url": record.page_url(),
        "sameAs": [record.permanent_url, *_doi(record)],
        "name": record.full_title,
        "headline": version.title,
        "description": version.summary,
        "disambiguatingDescription": record.demonstration_note,
        "genre": record.kind_label,
        "inLanguage": language,
        "author": _agents(record, ContributionRole.AUTHOR),
        "editor": _agents(record, ContributionRole.EDITOR),
        "translator": _agents(record, ContributionRole.TRANSLATOR),
        "publisher": publisher and _agent(publisher, record),
        "funder": funder and _agent(funder, record),
        "datePublished": _published_on(record),
        "identifier": _identifiers(record),
        "reportNumber": document.series_number if kind == "Report" else "",
        "isPartOf": version.series and {"@type": "CreativeWorkSeries", "name": version.series},
        "license": record.licence_url,
        "isAccessibleForFree": True,
        "keywords": [wording(it, "name", language).text for it in topics],
        "spatialCoverage": [
            {
                "@type": "Country",
                "name": wording(it, "name", language).text,
                "identifier": it.code,
            }
            for it in countries
        ],
        "encoding": [_media(record, it) for it in record.files],
        **_translations(record),
    }
    return without_gaps(data)


def _agents(record: Record, role: ContributionRole) -> list[dict[str, Any]]:
    return [_agent(it, record) for it in record.those(role)]


def _agent(contributor: Contributor, record: Record) -> dict[str, Any]:
    name = contributor.name_in(record.language)
    is_body = isinstance(contributor.record, Organisation)
    address = "library:organisation_detail" if is_body else "library:person_detail"
    return without_gaps(
        {
            "@type": "Organization" if is_body else "Person",
            "name": name.in_order,
            "familyName": "" if is_body else name.family,
            "givenName": name.given,
            "url": record.url_of(address, contributor.record.slug),
            "sameAs": contributor.orcid and f"https://orcid.org/{contributor.orcid}",
        }
    )


def _published_on(record: Record) -> str:
    """Of a range its end, when all of it was there."""
    issued = record.document.issued
    return (issued.last_iso or issued.iso) if issued else ""


def _doi(record: Record) -> list[str]:
    return [f"https://doi.org/{record.document.doi}"] if record.document.doi else []


def _identifiers(record: Record) -> list[dict[str, str]]:
    known = {"DOI": record.document.doi, "ISBN": record.document.isbn}
    return [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in known.items()
        if value
    ]


def _media(record: Record, file: DocumentFile) -> dict[str, Any]:
    return without_gaps(
        {
            "@type": "MediaObject",
            "contentUrl": record.file_url(file),
            "encodingFormat": file.media_type,
            "inLanguage": file.language,
            "contentSize": str(file.size),
        }
    )


def _translations(record: Record) -> dict[str, Any]:
    """Which of the language versions were made of which."""
    original = record.document.original_language
    others = [
        {"@type": type_of(record), "@id": record.page_url(it), "inLanguage": it}
        for it in record.languages
        if it != record.language
    ]
    if record.language == original:
        return {"workTranslation": others}
    return {"translationOfWork": [it for it in others if it["inLanguage"] == original]}
