"""Dublin Core: the fifteen elements that every harvester of the world understands, as oai_dc.

http://www.openarchives.org/OAI/2.0/oai_dc.xsd, https://www.dublincore.org/specifications/dublin-core/dces/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from library.formats.xml_files import add, in_each_language, labels, names, write_elements
from library.models import Kind
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.languages import Wording

PREFIX = "oai_dc"
NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
DC = "http://purl.org/dc/elements/1.1/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES = {"oai_dc": NAMESPACE, "dc": DC, "xsi": XSI}


def write(records: Iterable[Record]) -> Iterator[str]:
    """One record is a file of its own; several stand in <records>, as Dublin Core has no name for a
    collection."""
    yield from write_elements((element(record) for record in records), "records")


def element(record: Record) -> etree._Element:
    """A record in all its ready languages, each text marked with its own."""
    document = record.document
    root = etree.Element(f"{{{NAMESPACE}}}dc", nsmap=NAMESPACES)
    root.set(f"{{{XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
    versions = in_each_language(record)
    others = [it for it in record.contributors if it.role != ContributionRole.AUTHOR]
    funder = [Contributor(ContributionRole.AUTHOR, document.funder)] if document.funder else []
    publisher = document.publisher
    published_by = [Contributor(ContributionRole.AUTHOR, publisher)] if publisher else []
    issued = document.issued
    texts: dict[str, Iterable[str]] = {
        "title": [Wording(it.full_title, it.language) for it in versions],
        "creator": _names(record, record.those(ContributionRole.AUTHOR)),
        "subject": [it for topic in record.topics for it in labels(record, topic)],
        "description": [
            *record.texts("summary"),
            *(Wording(it.demonstration_note, it.language) for it in versions),
        ],
        "publisher": _names(record, published_by),
        "contributor": _names(record, [*others, *funder]),
        "date": [issued.iso, issued.last_iso] if issued else [],
        "type": [
            Kind(document.kind).elsewhere.dcmi,
            *(Wording(it.kind_label, it.language) for it in versions),
        ],
        "format": dict.fromkeys(file.media_type for file in record.files),
        "identifier": _identifiers(record),
        "source": [document.source_url],
        "language": document.text_languages or record.languages,
        "relation": [
            *_series(record),
            *(record.site + target.get_permanent_path() for _kind, target in record.relations),
        ],
        "coverage": [it for country in record.countries for it in labels(record, country)],
        "rights": _rights(record),
    }
    for name, values in texts.items():
        for value in values:
            add(root, f"{{{DC}}}{name}", value)
    return root


def _names(record: Record, contributors: list[Contributor]) -> list[Wording]:
    """As catalogues write them: all names in one language, then all in the next."""
    found = [
        Wording(name.inverted, name.language) for it in contributors for name in names(record, it)
    ]
    places = {code: place for place, code in enumerate(record.languages)}
    return sorted(found, key=lambda it: places.get(it.language, 0))


def _identifiers(record: Record) -> list[str]:
    """The address that never changes first: harvesters link to the first one."""
    document = record.document
    return [
        record.permanent_url,
        f"https://doi.org/{document.doi}" if document.doi else "",
        f"urn:isbn:{document.isbn}" if document.isbn else "",
        *(record.file_url(file) for file in record.files),
    ]


def _series(record: Record) -> list[Wording]:
    number = record.document.series_number
    return [
        Wording("; ".join(filter(None, (it.text, number))), it.language)
        for it in record.texts("series")
    ]


def _rights(record: Record) -> list[str]:
    if not record.document.licence:
        return []
    return [
        *(Wording(it.licence_label, it.language) for it in in_each_language(record)),
        record.licence_url,
    ]
