"""Answers to the six verbs of OAI-PMH, as XML (OAI-PMH 2.0, section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from lxml import etree

from library.formats import dublin_core, mods
from library.formats.xml_files import add
from library.models import Document
from library.models.harvest import OaiItem
from library.oai.datestamps import harvested_record
from library.oai.protocol import (
    OaiError,
    Selection,
    bad_token,
    new_selection,
    read_token,
    utc_second,
)
from library.oai.sets import OaiSet, all_sets, in_set, is_set
from library.records import with_everything
from mrc_portal.context_processors import site_url

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"

FORMATS: dict[str, ModuleType] = {it.PREFIX: it for it in (dublin_core, mods)}
RECORDS_ON_A_PAGE = 100
HEADERS_ON_A_PAGE = 500

# http://www.openarchives.org/OAI/2.0/guidelines-oai-identifier.htm: a name of the domain system.
REPOSITORY = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+")
EMAIL = re.compile(r"\S+@(\S+\.)+\S+")  # as the schema has it: not of a host without a domain
# For a portal that has none, on somebody's own machine.
NO_REPOSITORY = "mrc.localhost"


class Answer:
    """One answer, and what is needed to make it. `complete_until` is the moment up to which the
    items are known to be complete."""

    def __init__(
        self, request: HttpRequest, arguments: dict[str, str], complete_until: datetime
    ) -> None:
        self.arguments = arguments
        self.complete_until = complete_until
        self.site = site_url(request)
        self.base_url = self.site + reverse("oai")
        self.root = etree.Element(f"{{{NAMESPACE}}}OAI-PMH", nsmap={None: NAMESPACE, "xsi": XSI})
        self.root.set(f"{{{XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
        self.add(self.root, "responseDate", utc_second(complete_until))
        asked = etree.SubElement(self.root, f"{{{NAMESPACE}}}request", arguments)
        asked.text = self.base_url

    @property
    def repository(self) -> str:
        """What our identifiers name us by."""
        host = urlsplit(self.site).hostname or ""
        return host if REPOSITORY.fullmatch(host) else NO_REPOSITORY

    @property
    def email(self) -> str:
        """RFC 2142: every domain has a postmaster."""
        contact: str = settings.CONTACT_EMAIL
        return contact if EMAIL.fullmatch(contact) else f"postmaster@{self.repository}"

    def identifier_of(self, short_id: str) -> str:
        return f"oai:{self.repository}:{short_id}"

    def open(self, parent: etree._Element, name: str) -> etree._Element:
        return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")

    def add(self, parent: etree._Element, name: str, text: str) -> None:
        self.open(parent, name).text = text

    def tell_error(self, error: OaiError) -> None:
        self.add(self.root, "error", error.message)
        self.root[-1].set("code", error.code)

    def items(self) -> QuerySet[OaiItem]:
        """What is public by now, or was."""
        return OaiItem.objects.filter(datestamp__lte=self.complete_until)

    def item_asked_for(self) -> OaiItem:
        """Raises OaiError."""
        prefix = self.identifier_of("")
        identifier = self.arguments["identifier"]
        short_id = identifier.removeprefix(prefix) if identifier.startswith(prefix) else ""
        item = self.items().filter(short_id=short_id).first()
        if item is None:
            raise OaiError("idDoesNotExist", "There is no record with this identifier.")
        return item

    def add_header(self, parent: etree._Element, item: OaiItem, *, is_deleted: bool) -> None:
        header = self.open(parent, "header")
        if is_deleted:
            header.set("status", "deleted")
        self.add(header, "identifier", self.identifier_of(item.short_id))
        self.add(header, "datestamp", utc_second(item.datestamp))
        for spec in item.sets.split():
            self.add(header, "setSpec", spec)

    def add_records(
        self, parent: etree._Element, items: Iterable[OaiItem], metadata: ModuleType
    ) -> None:
        items = list(items)
        public = Document.objects.published()
        documents = with_everything(public).in_bulk([it.document_pk for it in items])
        for item in items:
            # What was withdrawn a moment ago is gone; its item will say so next time.
            document = None if item.is_deleted else documents.get(item.document_pk)
            record = self.open(parent, "record")
            self.add_header(record, item, is_deleted=document is None)
            if document is not None:
                element = metadata.element(harvested_record(document, self.site))
                self.open(record, "metadata").append(element)


def identify(answer: Answer) -> None:
    element = answer.open(answer.root, "Identify")
    first = answer.items().first()
    for name, text in (
        # The protocol has room for one name and no way to tell its language.
        ("repositoryName", "Migrant Rights Information Center"),
        ("baseURL", answer.base_url),
        ("protocolVersion", "2.0"),
        ("adminEmail", answer.email),
        ("earliestDatestamp", utc_second(first.datestamp if first else answer.complete_until)),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
    ):
        answer.add(element, name, text)
    description = etree.SubElement(
        answer.open(element, "description"),
        f"{{{IDENTIFIER}}}oai-identifier",
        nsmap={None: IDENTIFIER},
    )
    description.set(f"{{{XSI}}}schemaLocation", f"{IDENTIFIER} {IDENTIFIER}.xsd")
    for name, text in (
        ("scheme", "oai"),
        ("repositoryIdentifier", answer.repository),
        ("delimiter", ":"),
        ("sampleIdentifier", answer.identifier_of(first.short_id if first else "2b3c4d5")),
    ):
        add(description, f"{{{IDENTIFIER}}}{name}", text)


def list_metadata_formats(answer: Answer) -> None:
    if "identifier" in answer.arguments and answer.item_asked_for().is_deleted:
        raise OaiError("noMetadataFormats", "The record has been deleted.")
    element = answer.open(answer.root, "ListMetadataFormats")
    for metadata in FORMATS.values():
        described = answer.open(element, "metadataFormat")
        answer.add(described, "metadataPrefix", metadata.PREFIX)
        answer.add(described, "schema", metadata.SCHEMA)
        answer.add(described, "metadataNamespace", metadata.NAMESPACE)


def list_sets(answer: Answer) -> None:
    if "resumptionToken" in answer.arguments:
        raise bad_token()  # the list is short and never parted
    element = answer.open(answer.root, "ListSets")
    for it in all_sets():
        described = answer.open(element, "set")
        answer.add(described, "setSpec", it.spec)
        answer.add(described, "setName", it.name)
        _describe_set(answer.open(described, "setDescription"), it)


def _describe_set(parent: etree._Element, described: OaiSet) -> None:
    """What it is called in each language, in Dublin Core."""
    element = etree.SubElement(
        parent, f"{{{dublin_core.NAMESPACE}}}dc", nsmap=dublin_core.NAMESPACES
    )
    location = f"{dublin_core.NAMESPACE} {dublin_core.SCHEMA}"
    element.set(f"{{{XSI}}}schemaLocation", location)
    for name in described.names:
        add(element, f"{{{dublin_core.DC}}}title", name)


def get_record(answer: Answer) -> None:
    item = answer.item_asked_for()
    metadata = _format(answer.arguments["metadataPrefix"])
    answer.add_records(answer.open(answer.root, "GetRecord"), [item], metadata)


def _format(prefix: str) -> ModuleType:
    if prefix not in FORMATS:
        raise OaiError("cannotDisseminateFormat", f"Formats are: {', '.join(FORMATS)}.")
    return FORMATS[prefix]


def list_records(answer: Answer) -> None:
    page = _select(answer, RECORDS_ON_A_PAGE)
    element = answer.open(answer.root, "ListRecords")
    answer.add_records(element, page.items, _format(page.selection.prefix))
    page.add_token(answer, element)


def list_identifiers(answer: Answer) -> None:
    page = _select(answer, HEADERS_ON_A_PAGE)
    element = answer.open(answer.root, "ListIdentifiers")
    for item in page.items:
        answer.add_header(element, item, is_deleted=item.is_deleted)
    page.add_token(answer, element)


def _select(answer: Answer, on_a_page: int) -> _Page:
    """The next page of a list, in the order of the datestamps. What changes while it is harvested
    moves to its end: nothing is passed over, and nothing comes twice that has not changed."""
    token = answer.arguments.get("resumptionToken")
    verb = answer.arguments["verb"]
    selection = new_selection(answer.arguments) if token is None else read_token(token, verb)
    if token is None:
        _format(selection.prefix)
    elif selection.prefix not in FORMATS or selection.after is None:
        raise bad_token()
    if selection.set_spec and not is_set(selection.set_spec):
        # It may have gone while it was harvested.
        raise OaiError("noRecordsMatch", "There is no such set.") if token is None else bad_token()
    items = answer.items()
    if selection.set_spec:
        items = items.filter(in_set(selection.set_spec))
    if selection.earliest:
        items = items.filter(datestamp__gte=selection.earliest)
    if selection.before:
        items = items.filter(datestamp__lt=selection.before)
    if token is None:
        selection = replace(selection, size=items.count())
    if selection.after:
        moment, pk = selection.after
        items = items.filter(Q(datestamp__gt=moment) | Q(datestamp=moment, pk__gt=pk))
    page = list(items[: on_a_page + 1])
    if not page:  # also if the rest of a list has changed meanwhile and is later than its end
        raise OaiError("noRecordsMatch", "There are no such records, or no more of them.")
    told = page[:on_a_page]
    goes_on = len(page) > on_a_page
    return _Page(selection, told, goes_on)


@dataclass(frozen=True)
class _Page:
    selection: Selection
    items: list[OaiItem]
    goes_on: bool

    def add_token(self, answer: Answer, parent: etree._Element) -> None:
        """3.5: the last page of several says that it is the last by an empty token."""
        before, last = self.selection.told, self.items[-1]
        if not self.goes_on and not before:
            return
        told = before + len(self.items)
        following = replace(
            self.selection,
            after=(last.datestamp, last.pk),
            told=told,
            size=max(self.selection.size, told + self.goes_on),
        )
        answer.add(parent, "resumptionToken", following.token if self.goes_on else "")
        parent[-1].set("completeListSize", str(following.size))
        parent[-1].set("cursor", str(before))


ANSWERS: dict[str, Callable[[Answer], None]] = {
    "Identify": identify,
    "ListMetadataFormats": list_metadata_formats,
    "ListSets": list_sets,
    "GetRecord": get_record,
    "ListIdentifiers": list_identifiers,
    "ListRecords": list_records,
}
