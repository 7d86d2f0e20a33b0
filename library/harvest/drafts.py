"""Makes drafts of what other portals say. A draft that an editor has touched is the editor's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from lxml import etree

from library.harvest.answers import SourceRecord
from library.harvest.descriptions import Description, Maker, describe
from library.importing.dates import read_date
from library.importing.names import Names, Register, language_of, split_person
from library.importing.rows import as_html, choose
from library.models import Contribution, Document, HarvestedRecord, Kind, Organisation, Person
from library.models.documents import ContributionRole
from library.models.kinds import kind_known_as
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Status, free_address, note_text_changes

PAGES = re.compile(r"[1-9]\d{0,4}")
LONGEST_IDENTIFIER = 500


class Outcome(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # changed there, but an editor has been here
    DELETED = "deleted"  # there; nothing is deleted here
    SKIPPED = "skipped"  # not readable, or an editor has thrown the draft away


@dataclass
class Drafts:
    """Writes the records of one source, one after the other."""

    url: str
    names: Names = field(default_factory=Names)

    def take(self, record: SourceRecord) -> Outcome:
        """Take one record over, all of it or, if it cannot be written, nothing."""
        if len(record.identifier) > LONGEST_IDENTIFIER:
            return Outcome.SKIPPED
        try:
            with transaction.atomic():
                return self._take(record)
        except (ValidationError, ValueError, DataError, IntegrityError):
            self.names = Names()  # those made for this record are not there
            return Outcome.SKIPPED

    def _take(self, record: SourceRecord) -> Outcome:
        known = HarvestedRecord.objects.filter(url=self.url, identifier=record.identifier).first()
        harvested = known or HarvestedRecord(url=self.url, identifier=record.identifier)
        harvested.datestamp = record.datestamp
        if record.is_deleted:
            harvested.is_deleted = True
            harvested.save()
            return Outcome.DELETED
        if record.metadata is None:
            return Outcome.SKIPPED
        digest = sha256(etree.tostring(record.metadata, method="c14n")).hexdigest()
        if known and known.digest == digest and not known.is_deleted:
            harvested.save()
            return Outcome.UNCHANGED
        harvested.digest, harvested.is_deleted = digest, False
        document = harvested.document
        if known and document is None and known.document_changed_at:
            harvested.save()
            return Outcome.SKIPPED
        if document is not None and not _is_untouched(document, harvested):
            harvested.save()
            return Outcome.KEPT
        description = describe(record.metadata)
        if description is None:
            return Outcome.SKIPPED
        with translation.override(description.original_language):
            document = _Draft(self, document or Document(), description, record).write()
        harvested.document = document
        harvested.document_changed_at = document.changed_at
        harvested.save()
        return Outcome.UPDATED if known and known.document_id else Outcome.NEW


def _is_untouched(document: Document, harvested: HarvestedRecord) -> bool:
    return document.status == Status.DRAFT and document.changed_at == harvested.document_changed_at


def _longest(record: models.Model, column: str) -> int | None:
    """The most letters that a column takes."""
    length: int | None = getattr(record._meta.get_field(column), "max_length", None)
    return length


class _Draft:
    """One document being filled; what finds no place in it goes into the editor's note."""

    def __init__(
        self, drafts: Drafts, document: Document, description: Description, record: SourceRecord
    ) -> None:
        self.names = drafts.names
        self.url = drafts.url
        self.document = document
        self.description = description
        self.record = record
        self.remarks: list[str] = []
        self.language = description.original_language

    def write(self) -> Document:
        document, said = self.document, self.description
        is_new = document.pk is None
        document.status = Status.DRAFT
        document.original_language = self.language
        self._fill_texts()
        document.kind = self._kind()
        document.licence = said.licence
        document.doi, document.isbn, document.source_url = said.doi, said.isbn, said.url
        document.series_number = said.series_number[:40]
        document.page_total = int(said.pages) if PAGES.fullmatch(said.pages) else None
        self._fill_date()
        document.publisher = self._organisation(said.publisher)
        document.funder = self._organisation(said.funder)
        contributors = self._contributors()
        topics = self._known(self.names.topics, said.subjects, _("Unknown topics: %(names)s."))
        countries = self._known(
            self.names.countries, said.countries, _("Unknown countries: %(names)s.")
        )
        self._note_twins()
        setattr(document, localized("note", self.language), self._note())
        if is_new:
            title = said.titles[self.language]
            document.slug = free_address(Document, title, self.language)
        self._clean()
        note_text_changes(document, [localized("title", code) for code in LANGUAGE_CODES])
        document.save()
        document.topics.set(topics)
        document.countries.set(countries)
        document.contributions.all().delete()
        for position, (role, contributor) in enumerate(contributors, start=1):
            column = "person" if isinstance(contributor, Person) else "organisation"
            Contribution.objects.create(
                document=document, role=role, position=position, **{column: contributor}
            )
        return document

    def _fill_texts(self) -> None:
        said = self.description
        for name, texts in (
            ("title", said.titles),
            ("subtitle", said.subtitles),
            ("summary", said.summaries),
            ("place", said.places),
            ("edition", said.editions),
            ("series", said.series),
        ):
            for code in LANGUAGE_CODES:
                column = localized(name, code)
                text = texts.get(code, "")
                longest = _longest(self.document, column)
                if longest and len(text) > longest:
                    self.remarks.append(text)
                    text = text[: longest - 1] + "…"
                setattr(self.document, column, text)

    def _kind(self) -> str:
        for text in self.description.kinds:
            if kind := kind_known_as(text.rsplit("/", 1)[-1]):
                return kind
            try:
                return choose(Kind, text)
            except ValueError:
                continue
        return Kind.OTHER

    def _fill_date(self) -> None:
        document, text = self.document, self.description.date
        document.issued_on = document.issued_until = None
        if not text:
            return
        try:
            date = read_date(text)
        except ValueError:
            self.remarks.append(text)
            return
        document.issued_on, document.issued_precision = date.first, date.precision
        document.issued_until = date.last

    def _contributors(self) -> list[tuple[ContributionRole, Person | Organisation]]:
        found: dict[tuple[ContributionRole, type, int], Person | Organisation] = {}
        for maker in self.description.makers:
            if not isinstance(maker.role, ContributionRole):
                self.remarks.append(" / ".join(maker.names.values()))
                continue
            contributor = self._contributor(maker)
            if contributor is not None:
                found[maker.role, type(contributor), contributor.pk] = contributor
        return [(role, it) for (role, _type, _pk), it in found.items()]

    def _contributor(self, maker: Maker) -> Person | Organisation | None:
        """Whoever has one of these names, else somebody new with all of them."""
        registers = [self.names.people, self.names.organisations]
        if maker.is_organisation is not None:
            registers = [registers[maker.is_organisation]]
        for register in registers:
            if known := self._find(register, maker.names.values()):
                return known
        first = next(iter(maker.names.values()))
        try:
            if maker.is_organisation:
                new: Any = self.names.organisation(first, self.language, 0)
            elif maker.is_organisation is False and "," not in first:
                new = self.names.contributor(f"{first},", self.language, 0)
            else:
                new = self.names.contributor(first, self.language, 0)
        except ValueError:
            self.remarks.append(" / ".join(maker.names.values()))
            return None
        self._add_names(new, maker.names)
        if isinstance(new, Person):
            new.orcid = maker.orcid[:19]
        new.save()
        return new

    def _organisation(self, names: dict[str, str]) -> Organisation | None:
        if not names:
            return None
        maker = Maker(names, is_organisation=True)
        found = self._contributor(maker)
        return found if isinstance(found, Organisation) else None

    def _find(self, register: Register, names: Iterable[str]) -> Any:
        for name in names:
            try:
                if record := register.find(name):
                    return record
            except ValueError:  # several are called so
                return None
        return None

    def _add_names(self, record: Person | Organisation, names: dict[str, str]) -> None:
        """In the languages that they were given in, but never against their letters."""
        for language, name in names.items():
            code = language_of(name, language)
            if isinstance(record, Person):
                family, given = split_person(name if "," in name else f"{name},")
                values = {"family_name": family, "given_names": given}
            else:
                values = {"name": name}
            for attribute, value in values.items():
                column = localized(attribute, code)
                if not getattr(record, column):
                    setattr(record, column, value[: _longest(record, column)])

    def _known(self, register: Register, texts: Iterable[str], remark: str) -> list[Any]:
        found, unknown = [], []
        for text in texts:
            record = self._find(register, [text])
            if record is not None:
                found.append(record)
            else:
                unknown.append(text)
        if unknown:
            self.remarks.append(remark % {"names": ", ".join(dict.fromkeys(unknown))})
        return list(dict.fromkeys(found))

    def _note_twins(self) -> None:
        """Other documents that may be the same work."""
        document = self.document
        same = Q()
        for name in ("doi", "isbn", "source_url"):
            if value := getattr(document, name):
                same |= Q(**{name: value})
        if not same:
            return
        for twin in Document.objects.filter(same).exclude(pk=document.pk)[:5]:
            self.remarks.append(_("Perhaps the same as “%(title)s”.") % {"title": twin.best_title})

    def _note(self) -> str:
        """What an editor should know; the note is removed before the draft is published."""
        day = timezone.localdate().isoformat()
        opening = _(
            "For the editor, to be removed before publishing: taken from %(source)s, record "
            "%(identifier)s, on %(day)s."
        ) % {"source": self.url, "identifier": self.record.identifier, "day": day}
        remarks = dict.fromkeys([*self.remarks, *self.description.remarks])
        return as_html("\n\n".join([opening, *remarks]).replace("<", "‹").replace(">", "›"))

    def _clean(self) -> None:
        """A value that its field refuses is told in the note instead."""
        try:
            self.document.full_clean()
        except ValidationError as error:
            refused = set(error.message_dict) & {
                "doi",
                "isbn",
                "source_url",
                "licence",
                "page_total",
            }
            if not refused:
                raise
            for name in sorted(refused):
                self.remarks.append(f"{name}: {getattr(self.document, name)}")
                setattr(self.document, name, None if name == "page_total" else "")
            setattr(self.document, localized("note", self.language), self._note())
            self.document.full_clean()
