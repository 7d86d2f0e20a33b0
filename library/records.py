"""A document as catalogues, citations and harvesters see it: what is public of it, in all its
ready languages, read for many documents in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from library.models import (
    Country,
    Document,
    DocumentFile,
    DocumentQuerySet,
    DocumentRelation,
    Kind,
    Organisation,
    Person,
    Topic,
)
from library.models.documents import LICENCE_URLS, ContributionRole, Licence
from mrc_portal.languages import LanguageVersion, Wording, localized, wording

READ_AT_ONCE = 200


@dataclass(frozen=True)
class Name:
    """A person's or an organisation's name as it is written in one language."""

    family: str  # the whole name of an organisation
    given: str
    language: str
    is_organisation: bool = False

    @property
    def in_order(self) -> str:
        """As one says it: Aida Asanova."""
        return f"{self.given} {self.family}".strip()

    @property
    def inverted(self) -> str:
        """As catalogues sort it: Asanova, Aida; an organisation as it is."""
        return f"{self.family}, {self.given}" if self.given else self.family


@dataclass(frozen=True)
class Contributor:
    role: ContributionRole
    record: Person | Organisation

    @property
    def orcid(self) -> str:
        return getattr(self.record, "orcid", "")

    def name_in(self, language: str) -> Name:
        """As written in this language, else in the nearest that the record has."""
        field = "family_name" if isinstance(self.record, Person) else "name"
        family = wording(self.record, field, language)
        if isinstance(self.record, Organisation):
            return Name(family.text, "", family.language, is_organisation=True)
        given = getattr(self.record, localized("given_names", family.language)) or ""
        return Name(family.text, given, family.language)


def joined_title(title: str | None, subtitle: str | None, mark: str = ": ") -> str:
    """A title and what it is explained by; where the title ends in a mark of its own, a colon would
    be one too many."""
    if mark == ": " and title and title.endswith(("?", "!", "…")):
        mark = " "
    return mark.join(filter(None, (title, subtitle)))


@dataclass(frozen=True)
class Record:
    """One document, described in one language first. `site` is the portal's address without a
    slash at the end; every address here is whole."""

    document: Document
    language: str
    site: str

    @property
    def version(self) -> LanguageVersion:
        return LanguageVersion(self.document, self.language)

    @property
    def citation_key(self) -> str:
        """By which papers refer to it: made of what is never corrected, so it stays for ever."""
        return f"mrc-{self.document.short_id}"

    @property
    def full_title(self) -> str:
        """Title and subtitle, as catalogues part them."""
        return joined_title(self.version.title, self.version.subtitle)

    @property
    def parallel_title(self) -> str:
        """The title in another ready language: the original's first."""
        others = {it.language: it.text for it in self.texts("title")[1:]}
        original = others.get(self.document.original_language)
        return original or next(iter(others.values()), "")

    @property
    def keywords(self) -> list[str]:
        """Topics and countries in the language described first, or in the nearest."""
        subjects = [*self.topics, *self.countries]
        return [wording(it, "name", self.language).text for it in subjects]

    @property
    def portal_name(self) -> str:
        with translation.override(self.language):
            return _("Migrant Rights Information Center")

    @property
    def kind_label(self) -> str:
        """In the language described first: "policy brief"."""
        with translation.override(self.language):
            return str(Kind(self.document.kind).label)  # get_kind_display() translates all kinds

    @property
    def demonstration_note(self) -> str:
        """For invented records a sentence that says so, in the language described first."""
        if not self.document.is_demonstration:
            return ""
        with translation.override(self.language):
            return _("A demonstration record: it was invented and must not be cited.")

    @property
    def licence_label(self) -> str:
        """In the language described first; empty when no licence is stated."""
        with translation.override(self.language):
            return str(Licence(self.document.licence).label) if self.document.licence else ""

    @property
    def licence_url(self) -> str:
        return LICENCE_URLS.get(self.document.licence, "")

    @property
    def languages(self) -> tuple[str, ...]:
        """The ready languages, the one described first."""
        others = (code for code in self.document.ready_languages if code != self.language)
        return (self.language, *others)

    def texts(self, field: str) -> list[Wording]:
        """A translated field in each ready language that has it, the language described first."""
        worded = ((getattr(self.document, localized(field, it)), it) for it in self.languages)
        return [Wording(text, language) for text, language in worded if text]

    @property
    def contributors(self) -> list[Contributor]:
        """Authors, editors and translators, in the order of the title page."""
        return [
            Contributor(ContributionRole(it.role), contributor)
            for it in self.document.contributions.all()
            if (contributor := it.contributor)
        ]

    def those(self, role: ContributionRole) -> list[Contributor]:
        return [it for it in self.contributors if it.role == role]

    @property
    def publisher(self) -> Name | None:
        publisher = self.document.publisher
        if publisher is None:
            return None
        return Contributor(ContributionRole.AUTHOR, publisher).name_in(self.language)

    @property
    def topics(self) -> list[Topic]:
        return list(self.document.topics.all())

    @property
    def countries(self) -> list[Country]:
        return list(self.document.countries.all())

    @property
    def files(self) -> list[DocumentFile]:
        """What readers may have, full texts first."""
        return self.document.public_files

    def full_texts(self, language: str = "") -> list[DocumentFile]:
        """Files of the whole text: in this language, or in any."""
        return [
            it for it in self.files if it.is_full_text and (not language or it.language == language)
        ]

    @property
    def relations(self) -> list[tuple[str, Document]]:
        """What this document says of other public ones: library.models.Relation and the other."""
        return [
            (it.kind, it.target) for it in self.document.relations.all() if it.target.is_published
        ]

    @property
    def permanent_url(self) -> str:
        """The address that never changes, without a language."""
        return self.site + self.document.get_permanent_path()

    def page_url(self, language: str = "") -> str:
        """The page in a language; in the one described first by default."""
        with translation.override(language or self.language):
            return self.site + self.document.get_absolute_url()

    def file_url(self, file: DocumentFile) -> str:
        return self.site + file.get_absolute_url()

    def page_of(self, row: Any) -> str:
        """The page of a topic, a person, a project …, in the language described first."""
        with translation.override(self.language):
            return self.site + row.get_absolute_url()

    def url_of(self, name: str, *arguments: object) -> str:
        """Any address of the portal, in the language described first."""
        with translation.override(self.language):
            return self.site + reverse(name, args=arguments)


def with_everything(documents: DocumentQuerySet) -> DocumentQuerySet:
    """With all that a Record tells, in a fixed number of queries."""
    files = DocumentFile.objects.current().defer("contents")
    return (
        documents.with_authors()
        .select_related("publisher", "project", "funder", "practice")
        .prefetch_related(
            Prefetch("files", queryset=files, to_attr="current_files"),
            Prefetch("relations", queryset=DocumentRelation.objects.select_related("target")),
            "topics",
            "countries",
            "recommendations",
            "practice__areas",
        )
    )


def record_of(document: Document, language: str, site: str) -> Record:
    """A published document as a record, in this language or in the nearest it is ready in."""
    return Record(document, document.version_for(language).language, site)


def read_records(documents: DocumentQuerySet, language: str, site: str) -> Iterator[Record]:
    """The records of published documents, in the order of the queryset, some hundred in memory at
    once."""
    for document in with_everything(documents).iterator(chunk_size=READ_AT_ONCE):
        yield record_of(document, language, site)


def read_in_order(pks: Iterable[int], language: str, site: str) -> Iterator[Record]:
    """The records of those of the documents that are published now, in the order of the keys, some
    hundred in memory at once."""
    for some in batched(pks, READ_AT_ONCE):
        found = with_everything(Document.objects.published()).in_bulk(some)
        for pk in some:
            if pk in found:
                yield record_of(found[pk], language, site)


def batched(keys: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(keys)
    while batch := list(islice(rest, size)):
        yield batch
