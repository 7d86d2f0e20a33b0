"""MODS 3.8 of the Library of Congress: everything that catalogues have a field for.

https://www.loc.gov/standards/mods/userguide/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from library.formats.xml_files import (
    XML_LANG,
    add,
    in_each_language,
    labels,
    names,
    write_elements,
)
from library.models import Document, DocumentFile, Organisation, Relation
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.languages import Wording

PREFIX = "mods"
NAMESPACE = "http://www.loc.gov/mods/v3"
SCHEMA = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES = {None: NAMESPACE, "xlink": XLINK, "xsi": XSI}

# https://www.loc.gov/marc/relators/relaterm.html
ROLES = {
    ContributionRole.AUTHOR: "aut",
    ContributionRole.EDITOR: "edt",
    ContributionRole.TRANSLATOR: "trl",
}
FUNDER = "fnd"
# https://www.loc.gov/standards/iso639-2/
LANGUAGE_CODES = {"ky": "kir", "ru": "rus", "en": "eng"}
# https://www.loc.gov/standards/mods/userguide/relateditem.html#type; what it has no name for stands
# in otherType, as we call it.
RELATIONS = {
    Relation.TRANSLATION_OF: "original",
    Relation.REPLACES: "preceding",
    Relation.CITES: "references",
    Relation.PART_OF: "host",
}


def write(records: Iterable[Record]) -> Iterator[str]:
    yield from write_elements(
        (element(record) for record in records), "modsCollection", {None: NAMESPACE}
    )


def element(record: Record) -> etree._Element:
    """A record in all its ready languages. What says the same in several languages shares an
    altRepGroup."""
    root = etree.Element(_tag("mods"), version="3.8", nsmap=NAMESPACES)
    root.set(f"{{{XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
    _titles(root, record)
    _names(root, record)
    _kinds(root, record)
    _origin(root, record)
    _languages(root, record)
    _extent(root, record)
    _texts(root, record)
    _subjects(root, record)
    _related(root, record)
    _identifiers(root, record)
    _locations(root, record)
    _rights(root, record)
    _record_info(root, record)
    return root


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _open(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    """A child that is to have children of its own."""
    return etree.SubElement(
        parent, _tag(name), {key: value for key, value in attributes.items() if value}
    )


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    add(parent, _tag(name), text, **attributes)


def _titles(root: etree._Element, record: Record) -> None:
    for version in in_each_language(record):
        is_first = version.language == record.language
        kind = {"usage": "primary"} if is_first else {"type": "translated"}
        info = _open(root, "titleInfo", altRepGroup="title", **kind)
        info.set(XML_LANG, version.language)
        _add(info, "title", version.version.title)
        _add(info, "subTitle", version.version.subtitle)


def _names(root: etree._Element, record: Record) -> None:
    document = record.document
    people = [(it, ROLES[it.role]) for it in record.contributors]
    if document.funder:
        people.append((Contributor(ContributionRole.AUTHOR, document.funder), FUNDER))
    for number, (contributor, role) in enumerate(people, start=1):
        for written in names(record, contributor):
            name = _open(
                root,
                "name",
                type="corporate" if written.is_organisation else "personal",
                altRepGroup=f"name-{number}",
            )
            name.set(XML_LANG, written.language)
            if written.is_organisation:
                _add(name, "namePart", written.family)
            else:
                _add(name, "namePart", written.family, type="family")
                _add(name, "namePart", written.given, type="given")
            _add(name, "displayForm", written.in_order)
            _add(
                _open(name, "role"),
                "roleTerm",
                role,
                type="code",
                authority="marcrelator",
                authorityURI="http://id.loc.gov/vocabulary/relators",
                valueURI=f"http://id.loc.gov/vocabulary/relators/{role}",
            )
            if contributor.orcid:
                orcid = f"https://orcid.org/{contributor.orcid}"
                _add(name, "nameIdentifier", orcid, type="orcid", typeURI="https://orcid.org/")


def _kinds(root: etree._Element, record: Record) -> None:
    _add(root, "typeOfResource", "text")
    for version in in_each_language(record):
        label = Wording(version.kind_label, version.language)
        _add(root, "genre", label, altRepGroup="genre")


def _origin(root: etree._Element, record: Record) -> None:
    """The dates with what is said in the first language; the other languages after it."""
    document = record.document
    publishers = _by_language(record, document.publisher)
    for version in in_each_language(record):
        info = etree.Element(_tag("originInfo"), eventType="publication", altRepGroup="origin")
        info.set(XML_LANG, version.language)
        if version.version.place:
            _add(_open(info, "place"), "placeTerm", version.version.place, type="text")
        _add(info, "publisher", publishers.get(version.language))
        if version.language == record.language and (issued := document.issued):
            start = "start" if issued.last_iso else ""
            _add(info, "dateIssued", issued.iso, encoding="w3cdtf", keyDate="yes", point=start)
            _add(info, "dateIssued", issued.last_iso, encoding="w3cdtf", point="end")
        _add(info, "edition", version.version.edition)
        if version.language == record.language:
            _add(info, "issuance", "monographic")
        if len(info):
            root.append(info)


def _by_language(record: Record, organisation: Organisation | None) -> dict[str, str]:
    """Its names; the nearest stands in for the language described first."""
    if organisation is None:
        return {}
    written = names(record, Contributor(ContributionRole.AUTHOR, organisation))
    by_language = {it.language: it.family for it in written}
    return {record.language: written[0].family, **by_language}


def _languages(root: etree._Element, record: Record) -> None:
    """Languages in which the work itself can be read; of the others only what this record says."""
    texts = record.document.text_languages
    for code in record.languages:
        part = "summary" if texts and code not in texts else ""
        language = _open(root, "language", objectPart=part)
        _add(language, "languageTerm", LANGUAGE_CODES[code], type="code", authority="iso639-2b")
        _add(language, "languageTerm", code, type="code", authority="rfc5646")


def _extent(root: etree._Element, record: Record) -> None:
    pages = record.document.shown_pages
    media_types = dict.fromkeys(file.media_type for file in record.files)
    if not pages and not media_types:
        return
    description = _open(root, "physicalDescription")
    if media_types:
        _add(description, "form", "electronic", authority="marcform")
    for media_type in media_types:
        _add(description, "internetMediaType", media_type)
    _add(description, "extent", str(pages or ""), unit="pages")


def _texts(root: etree._Element, record: Record) -> None:
    for summary in record.texts("summary"):
        _add(root, "abstract", summary, altRepGroup="abstract")
    for version in in_each_language(record):
        note = Wording(version.demonstration_note, version.language)
        _add(root, "note", note, type="admin", altRepGroup="demonstration")
    if record.document.project:
        for title in labels(record, record.document.project, "title"):
            _add(root, "note", title, type="funding", altRepGroup="project")


def _subjects(root: etree._Element, record: Record) -> None:
    for topic in record.topics:
        for label in labels(record, topic):
            subject = _open(
                root, "subject", altRepGroup=f"topic-{topic.slug}", valueURI=record.page_of(topic)
            )
            _add(subject, "topic", label)
    for country in record.countries:
        group = f"country-{country.code}"
        for label in labels(record, country):
            _add(_open(root, "subject", altRepGroup=group), "geographic", label)
        subject = _open(root, "subject", altRepGroup=group)
        _add(subject, "geographicCode", country.code, authority="iso3166")


def _related(root: etree._Element, record: Record) -> None:
    document = record.document
    for series in record.texts("series"):
        item = _open(root, "relatedItem", type="series")
        info = _open(item, "titleInfo")
        _add(info, "title", series)
        _add(info, "partNumber", document.series_number)
    for kind, target in record.relations:
        related = RELATIONS.get(Relation(kind))
        type_of = {"type": related} if related else {"otherType": kind}
        _work(_open(root, "relatedItem", **type_of), target, record.site)
    if document.source_url:
        year = str(document.source_seen_year or "")
        note = "no longer answers" if document.source_is_dead else ""
        item = _open(root, "relatedItem", type="original")
        _add(_open(item, "location"), "url", document.source_url, dateLastAccessed=year, note=note)
    for file in record.files:
        _file(root, record, file)


def _work(item: etree._Element, target: Document, site: str) -> None:
    """Another document of the portal; what it is called is found at its address."""
    _add(item, "identifier", site + target.get_permanent_path(), type="uri")


def _file(root: etree._Element, record: Record, file: DocumentFile) -> None:
    item = _open(root, "relatedItem", type="otherFormat" if file.is_full_text else "constituent")
    for label in filter(None, labels(record, file, "label")):
        _add(_open(item, "titleInfo"), "title", label)
    if file.language:
        code = LANGUAGE_CODES[file.language]
        language = _open(item, "language")
        _add(language, "languageTerm", code, type="code", authority="iso639-2b")
    description = _open(item, "physicalDescription")
    _add(description, "internetMediaType", file.media_type)
    _add(description, "extent", str(file.page_count or ""), unit="pages")
    _add(description, "extent", str(file.size), unit="bytes")
    _add(_open(item, "location"), "url", record.file_url(file), access="raw object")


def _identifiers(root: etree._Element, record: Record) -> None:
    document = record.document
    _add(root, "identifier", record.permanent_url, type="uri")
    _add(root, "identifier", document.doi, type="doi")
    _add(root, "identifier", document.isbn, type="isbn")


def _locations(root: etree._Element, record: Record) -> None:
    location = _open(root, "location")
    _add(location, "url", record.permanent_url, usage="primary", access="object in context")
    for file in record.full_texts():
        _add(location, "url", record.file_url(file), access="raw object")


def _rights(root: etree._Element, record: Record) -> None:
    for version in in_each_language(record):
        _add(
            root,
            "accessCondition",
            Wording(version.licence_label, version.language),
            type="use and reproduction",
            altRepGroup="licence",
            **{f"{{{XLINK}}}href": version.licence_url},
        )


def _record_info(root: etree._Element, record: Record) -> None:
    info = _open(root, "recordInfo")
    for version in in_each_language(record):
        _add(info, "recordContentSource", Wording(version.portal_name, version.language))
    _add(info, "recordIdentifier", record.document.short_id, source=record.site)
    for code in record.languages:
        language = _open(info, "languageOfCataloging")
        _add(language, "languageTerm", LANGUAGE_CODES[code], type="code", authority="iso639-2b")
