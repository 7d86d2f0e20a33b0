"""Reads what a source answers: OAI-PMH 2.0 from the side of the harvester."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

OAI = "http://www.openarchives.org/OAI/2.0/"
IN_OAI = {"o": OAI}


class SourceError(Exception):
    """The source refuses, or does not speak the protocol; in words for the operator."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code  # of the protocol, if it is one of its errors


@dataclass(frozen=True)
class SourceRecord:
    """A record as the source told it."""

    identifier: str
    datestamp: str
    is_deleted: bool
    metadata: etree._Element | None


@dataclass(frozen=True)
class Page:
    response_date: str
    records: list[SourceRecord]
    token: str  # empty at the end of the list


def parse(content: bytes) -> etree._Element:
    """The answer, without ever opening what it may name. Raises SourceError, also for an error of
    the protocol."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"the answer is not XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise SourceError("the answer declares a document type, which OAI-PMH has no use for")
    if root.tag != f"{{{OAI}}}OAI-PMH":
        raise SourceError("the answer is not OAI-PMH 2.0")
    if (refusal := root.find("o:error", IN_OAI)) is not None:
        code = refusal.get("code", "")
        raise SourceError(f"{code}: {text_of(refusal)}", code)
    return root


def text_of(element: etree._Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def is_to_the_second(identify: etree._Element) -> bool:
    return text_of(identify.find(".//o:granularity", IN_OAI)).endswith("Z")


def formats_of(answer: etree._Element) -> dict[str, str]:
    """Namespaces by prefix."""
    return {
        text_of(it.find("o:metadataPrefix", IN_OAI)): text_of(
            it.find("o:metadataNamespace", IN_OAI)
        )
        for it in answer.iterfind(".//o:metadataFormat", IN_OAI)
    }


def read_page(answer: etree._Element) -> Page:
    """Raises SourceError for records that nobody could tell apart."""
    records = []
    for element in answer.iterfind("o:ListRecords/o:record", IN_OAI):
        header = element.find("o:header", IN_OAI)
        identifier = text_of(None if header is None else header.find("o:identifier", IN_OAI))
        if header is None or not identifier:
            raise SourceError("a record has no identifier")
        metadata = element.find("o:metadata", IN_OAI)
        content = None if metadata is None else next(metadata.iterchildren("*"), None)
        records.append(
            SourceRecord(
                identifier,
                text_of(header.find("o:datestamp", IN_OAI))[:20],
                header.get("status") == "deleted",
                content,
            )
        )
    token = text_of(answer.find("o:ListRecords/o:resumptionToken", IN_OAI))
    return Page(text_of(answer.find("o:responseDate", IN_OAI))[:20], records, token)
