"""What the head of a document's page tells Google Scholar, Mendeley and catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from library.models import Country, Kind, Topic
from library.models.documents import ContributionRole
from library.records import Record
from mrc_portal.languages import wording

SUMMARY_SIGNS = 1000


@dataclass(frozen=True)
class Meta:
    """A meta element, with a language if it is a text in one."""

    name: str
    content: str
    language: str = ""


def metadata_of(
    record: Record, topics: Iterable[Topic], countries: Iterable[Country]
) -> list[Meta]:
    """Of the version that the record describes; nothing that is not known."""
    keywords = [wording(it, "name", record.language) for it in (*topics, *countries)]
    subjects = [(it.text, it.language) for it in keywords]
    found = [*_highwire(record, subjects), *_dublin_core(record, subjects)]
    return [it for it in found if it.content]


def _highwire(record: Record, subjects: list[tuple[str, str]]) -> Iterator[Meta]:
    """Tags of Highwire Press as Google Scholar reads them: one author an element, a date as
    precise as known, the PDF of the very language.

    https://scholar.google.com/intl/en/scholar/inclusion.html#indexing"""
    document, language = record.document, record.language
    yield Meta("citation_title", record.full_title, language)
    for author in record.those(ContributionRole.AUTHOR):
        name = author.name_in(language)
        yield Meta("citation_author", name.inverted, name.language)
        if author.orcid:
            yield Meta("citation_author_orcid", f"https://orcid.org/{author.orcid}")
    if document.issued:
        yield Meta("citation_publication_date", document.issued.iso.replace("-", "/"))
    yield Meta("citation_language", language)
    # A law or a letter was issued by nobody whom Google Scholar knows.
    if Kind(document.kind).elsewhere.is_report and (issuer := _issuer(record)):
        yield Meta("citation_technical_report_institution", *issuer)
        yield Meta("citation_technical_report_number", document.series_number)
    elif record.publisher:
        yield Meta("citation_publisher", record.publisher.family, record.publisher.language)
    yield Meta("citation_series_title", record.version.series or "", language)
    yield Meta("citation_isbn", document.isbn)
    yield Meta("citation_doi", document.doi)
    yield Meta("citation_keywords", "; ".join(text for text, _language in subjects), language)
    yield Meta("citation_abstract_html_url", record.page_url())
    yield Meta("citation_public_url", record.permanent_url)
    for file in record.full_texts(language):
        if file.is_pdf:
            yield Meta("citation_pdf_url", record.file_url(file))


def _issuer(record: Record) -> tuple[str, str] | None:
    """The publisher, else a body that is an author."""
    if record.publisher:
        return record.publisher.family, record.publisher.language
    names = (it.name_in(record.language) for it in record.those(ContributionRole.AUTHOR))
    body = next((it for it in names if it.is_organisation), None)
    return (body.family, body.language) if body else None


def _dublin_core(record: Record, subjects: list[tuple[str, str]]) -> Iterator[Meta]:
    """Elements of Dublin Core in a page (https://www.dublincore.org/specifications/dublin-core/
    dcq-html/)."""
    document, version, language = record.document, record.version, record.language
    yield Meta("DC.title", record.full_title, language)
    for title in record.texts("title")[1:]:
        yield Meta("DCTERMS.alternative", title.text, title.language)
    for contributor in record.contributors:
        is_author = contributor.role == ContributionRole.AUTHOR
        name = contributor.name_in(language)
        yield Meta("DC.creator" if is_author else "DC.contributor", name.inverted, name.language)
    if record.publisher:
        yield Meta("DC.publisher", record.publisher.family, record.publisher.language)
    if document.issued:
        yield Meta("DCTERMS.issued", document.issued.interval)
    yield Meta("DC.language", language)
    yield Meta("DC.type", record.kind_label, language)
    yield Meta("DC.identifier", record.permanent_url)
    if document.doi:
        yield Meta("DC.identifier", f"https://doi.org/{document.doi}")
    if document.isbn:
        yield Meta("DC.identifier", f"urn:isbn:{document.isbn}")
    for text, subject_language in subjects:
        yield Meta("DC.subject", text, subject_language)
    yield Meta("DCTERMS.abstract", (version.summary or "")[:SUMMARY_SIGNS], language)
    yield Meta("DC.description", record.demonstration_note, language)
    yield Meta("DC.rights", record.licence_url)
