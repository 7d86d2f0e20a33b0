"""FAIR Signposting: links between a document's page, its files and its descriptions, for programs,
in the headers of answers and as a linkset.

https://signposting.org/FAIR/ (level 2), RFC 8288 (Link), RFC 9264 (linksets)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.encoding import iri_to_uri

from library.formats import FORMATS_FOR_ONE
from library.models import DocumentFile, Organisation
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from library.structured import type_of
from mrc_portal.linked_data import SCHEMA

LINKSET_JSON = "application/linkset+json"
LINKSET_TEXT = "application/linkset"
PAGE = "text/html"

# Servers in front of the portal keep 4 kB for all headers of an answer. What finds no place is in
# the linkset.
MOST_BYTES_IN_HEADER = 2048


@dataclass(frozen=True)
class Link:
    """From the anchor to the target."""

    anchor: str
    relation: str
    target: str
    media_type: str = ""
    language: str = ""


def links_of(record: Record) -> list[Link]:
    """Of the page in the language that the record describes; what finds the rest comes first."""
    page = record.page_url()
    document = record.document
    identifier = f"https://doi.org/{document.doi}" if document.doi else record.permanent_url
    authors = record.those(ContributionRole.AUTHOR)
    return [
        Link(page, "cite-as", identifier),
        Link(page, "linkset", linkset_url(record, LINKSET_JSON), LINKSET_JSON),
        Link(page, "linkset", linkset_url(record, LINKSET_TEXT), LINKSET_TEXT),
        Link(page, "type", f"{SCHEMA}AboutPage"),
        Link(page, "type", SCHEMA + type_of(record)),
        *([Link(page, "license", record.licence_url)] if record.licence_url else []),
        *(Link(page, "describedby", url, kind) for url, kind in descriptions(record)),
        *(
            Link(page, "item", record.file_url(it), it.media_type, it.language)
            for it in record.files
        ),
        *(Link(page, "author", _author_url(record, it)) for it in authors),
    ]


def descriptions(record: Record) -> list[tuple[str, str]]:
    """Where the record is described for programs, each with its media type."""
    with translation.override(record.language):
        return [
            (
                record.site
                + reverse("library:document_format", args=[record.document.slug, it.extension]),
                it.media_type,
            )
            for it in FORMATS_FOR_ONE
        ]


def linkset_url(record: Record, media_type: str) -> str:
    name = "linkset_json" if media_type == LINKSET_JSON else "linkset_text"
    return record.url_of(f"library:{name}", record.document.slug)


def _author_url(record: Record, contributor: Contributor) -> str:
    if contributor.orcid:
        return f"https://orcid.org/{contributor.orcid}"
    is_body = isinstance(contributor.record, Organisation)
    name = "library:organisation_detail" if is_body else "library:person_detail"
    return record.url_of(name, contributor.record.slug)


def link_of_file(file: DocumentFile, site: str) -> Link:
    """From a public file to the page that it belongs to, in its own language."""
    language = file.document.version_for(file.language or file.document.original_language).language
    record = Record(file.document, language, site)
    return Link(record.file_url(file), "collection", record.page_url(), PAGE)


def link_header(links: Iterable[Link]) -> str:
    """The value of a Link header, as many as find place in it."""
    header = ""
    for link in links:
        longer = ", ".join(filter(None, (header, _written(link))))
        if len(longer.encode()) > MOST_BYTES_IN_HEADER:
            break
        header = longer
    return header


def linkset(record: Record) -> list[Link]:
    """All links of the page, and those that lead back to it."""
    links = links_of(record)
    back = {"item": "collection", "describedby": "describes"}
    return links + [
        Link(it.target, back[it.relation], it.anchor, PAGE) for it in links if it.relation in back
    ]


def as_json(links: Iterable[Link]) -> dict[str, Any]:
    """RFC 9264, section 4.2."""
    contexts: dict[str, dict[str, Any]] = {}
    for link in links:
        targets = contexts.setdefault(link.anchor, defaultdict(list))[link.relation]
        target: dict[str, Any] = {"href": iri_to_uri(link.target)}
        if link.media_type:
            target["type"] = link.media_type
        if link.language:
            target["hreflang"] = [link.language]
        targets.append(target)
    return {"linkset": [{"anchor": iri_to_uri(it), **found} for it, found in contexts.items()]}


def as_text(links: Iterable[Link]) -> str:
    """RFC 9264, section 4.1: a Link header with anchors, a link a line."""
    return ",\n".join(_written(it, with_anchor=True) for it in links) + "\n"


def _written(link: Link, *, with_anchor: bool = False) -> str:
    parts = [f"<{iri_to_uri(link.target)}>", f'rel="{link.relation}"']
    if link.media_type:
        parts.append(f'type="{link.media_type}"')
    if link.language:
        parts.append(f'hreflang="{link.language}"')
    if with_anchor:
        parts.append(f'anchor="{iri_to_uri(link.anchor)}"')
    return "; ".join(parts)
