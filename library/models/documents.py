"""Documents of the library and what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from library.models.files import DocumentFile
from library.models.kinds import Kind
from library.models.people import Organisation, Person
from library.models.topics import Topic
from mrc_portal.dates import PartialDate, Precision
from mrc_portal.fields import ProseField
from mrc_portal.languages import LanguageVersion, Wording, every_column, wording
from mrc_portal.publishing import (
    Publishable,
    PublishableManager,
    PublishableQuerySet,
    User,
    may_see_drafts,
)


class Licence(models.TextChoices):
    """Codes of SPDX where the licence has one (https://spdx.org/licenses/)."""

    CC_BY = "CC-BY-4.0", "CC BY 4.0"
    CC_BY_SA = "CC-BY-SA-4.0", "CC BY-SA 4.0"
    CC_BY_NC = "CC-BY-NC-4.0", "CC BY-NC 4.0"
    CC_BY_NC_ND = "CC-BY-NC-ND-4.0", "CC BY-NC-ND 4.0"
    CC0 = "CC0-1.0", "CC0 1.0"
    PUBLIC_DOMAIN = "public-domain", _("public domain")
    ALL_RIGHTS_RESERVED = "all-rights-reserved", _("all rights reserved")


# Where a licence can be read: the deeds of Creative Commons; the others have no such address.
LICENCE_URLS = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-ND-4.0": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}


class ContributionRole(models.TextChoices):
    AUTHOR = "author", _("author")
    EDITOR = "editor", _("editor")
    TRANSLATOR = "translator", _("translator")


class Relation(models.TextChoices):
    """How one document stands to another; read from the first to the second."""

    TRANSLATION_OF = "translation_of", _("translation of")
    ANNEX_TO = "annex_to", _("annex to")
    CORRECTS = "corrects", _("corrects")
    REPLACES = "replaces", _("replaces")
    CITES = "cites", _("cites")
    PART_OF = "part_of", _("part of")


# The same relation told from the other side.
INVERSE_RELATIONS = {
    Relation.TRANSLATION_OF: _("translated as"),
    Relation.ANNEX_TO: _("has an annex"),
    Relation.CORRECTS: _("corrected by"),
    Relation.REPLACES: _("replaced by"),
    Relation.CITES: _("cited by"),
    Relation.PART_OF: _("has a part"),
}


# What a best practice tells, in the order of its page and of a comparison.
PRACTICE_TEXTS = (
    "institution",
    "problem",
    "mechanism",
    "costs",
    "results",
    "limits",
    "application",
    "sources",
)


@dataclass(frozen=True)
class Text:
    """A field of a document that exists in each language, and what becomes of it.

    Whatever goes through the texts of a document follows TEXTS: the editors' form and history,
    spreadsheets and imports, files of data and the JSON API, search, the page."""

    name: str
    is_on_cards: bool = False  # lists show it, and therefore read it
    is_searched: bool = True
    # Of a section of its own on the document's page, below the recommendations; without one the
    # template says itself where the text stands.
    heading: str | Promise = ""

    @property
    def field(self) -> models.Field:
        return Document._meta.get_field(self.name)  # type: ignore[return-value]

    @property
    def is_prose(self) -> bool:
        """Rich text; else plain text, in several lines or in one."""
        return isinstance(self.field, ProseField)

    @property
    def has_lines(self) -> bool:
        return isinstance(self.field, models.TextField)


# In the order of the editors' form.
TEXTS = (
    Text("title", is_on_cards=True, is_searched=False),  # search has a place of its own for it
    Text("subtitle"),
    Text("summary", is_on_cards=True),
    Text("body", heading=_("Text")),
    Text("edition", is_searched=False),
    Text("place", is_searched=False),
    Text("series"),
    Text("note"),
)

# Columns that no list shows.
TEXTS_NOT_ON_CARDS = (*(it.name for it in TEXTS if not it.is_on_cards), "withdrawn_reason")
NOT_ON_CARDS = [
    *TEXTS_NOT_ON_CARDS,
    *every_column(*TEXTS_NOT_ON_CARDS),
    *(f"practice__{column}" for column in every_column(*PRACTICE_TEXTS)),
]


class DocumentQuerySet(PublishableQuerySet):
    def for_cards(self) -> Self:
        """With everything that a row of a list shows, in a fixed number of queries.

        What only a document's own page shows stays in the database: half of the columns.
        """
        return self.for_lines().with_authors()

    def for_lines(self) -> Self:
        """With what a short entry shows: title, pages and languages, without the authors."""
        files = DocumentFile.objects.current().defer("contents")
        return self._with_files(files).defer(*NOT_ON_CARDS)

    def for_page(self) -> Self:
        """With what its own page shows, and whether there is more to ask for."""
        return (
            self._with_files(DocumentFile.objects.current())
            .with_authors()
            .select_related("publisher", "project", "funder")
            .annotate(
                has_recommendations=Exists(Recommendation.objects.filter(document=OuterRef("pk"))),
                has_change_notes=Exists(ChangeNote.objects.filter(document=OuterRef("pk"))),
            )
        )

    def _with_files(self, files: models.QuerySet) -> Self:
        current = Prefetch("files", queryset=files, to_attr="current_files")
        return self.select_related("practice").prefetch_related(current)

    def with_authors(self) -> Self:
        contributions = Contribution.objects.select_related("person", "organisation")
        return self.prefetch_related(Prefetch("contributions", queryset=contributions))

    def newest_first(self) -> Self:
        return self.order_by(F("issued_on").desc(nulls_last=True), "-publish_at", "-pk")

    def practices(self) -> Self:
        """Best practices that stand in the matrix."""
        return self.filter(practice__isnull=False)

    def about_topics(self, topics: Iterable[Topic]) -> Self:
        """Under any of these topics, each document once."""
        return self.filter(
            pk__in=Document.topics.through.objects.filter(topic__in=topics).values("document")
        )

    def by_person(self, person: Person) -> Self:
        return self.filter(contributions__person=person).distinct()

    def by_organisation(self, organisation: Organisation) -> Self:
        """Written, published or paid for by it."""
        return self.filter(
            Q(contributions__organisation=organisation)
            | Q(publisher=organisation)
            | Q(funder=organisation)
        ).distinct()

    def texts(self) -> Self:
        """Everything but the records of the matrix: what one calls a document."""
        return self.filter(practice__isnull=True)


class Document(Publishable):
    """A work of the library: one record for all its language versions and files."""

    subtitle = models.CharField(_("subtitle"), max_length=300, blank=True)
    body = ProseField(
        _("text of the page"),
        blank=True,
        help_text=_("Optional: the whole text or a note, readable without opening a file."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, db_index=True)
    issued_on = models.DateField(
        _("date of issue"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("If only the month or the year is known, give its first day and choose below."),
    )
    issued_precision = models.CharField(
        _("known to the"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    issued_until = models.DateField(
        _("last date of issue"),
        null=True,
        blank=True,
        help_text=_("Only for a range, such as 2012–2014."),
    )
    edition = models.CharField(
        _("edition"),
        max_length=120,
        blank=True,
        help_text=_("Such as: second, corrected edition."),
    )
    publisher = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("publisher"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="published_documents",
    )
    place = models.CharField(_("place of publication"), max_length=120, blank=True)
    series = models.CharField(_("series"), max_length=200, blank=True)
    series_number = models.CharField(_("number in the series"), max_length=40, blank=True)
    page_total = models.PositiveIntegerField(
        _("pages as printed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    isbn = models.CharField(
        "ISBN",
        max_length=17,
        blank=True,
        validators=[RegexValidator(r"^(97[89])?\d{9}[\dX]$", _("An ISBN has 10 or 13 digits."))],
    )
    doi = models.CharField(
        "DOI",
        max_length=120,
        blank=True,
        validators=[RegexValidator(r"^10\.\d{4,9}/\S+$", _("A DOI looks like 10.1234/example."))],
    )
    licence = models.CharField(_("licence"), max_length=30, choices=Licence.choices, blank=True)
    project = models.ForeignKey(
        "library.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents",
    )
    funder = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("funder"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="funded_documents",
    )
    topics = models.ManyToManyField(
        "library.Topic", verbose_name=_("topics"), blank=True, related_name="documents"
    )
    countries = models.ManyToManyField(
        "library.Country", verbose_name=_("countries"), blank=True, related_name="documents"
    )
    source_url = models.URLField(_("address of the original"), max_length=500, blank=True)
    source_seen_year = models.PositiveSmallIntegerField(
        _("was there in the year"), null=True, blank=True
    )
    source_is_dead = models.BooleanField(
        _("the address no longer answers"),
        default=False,
        help_text=_("The address is then shown as a record of where it was, not as a link."),
    )
    note = ProseField(_("editor’s note"), blank=True)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    # Added by for_cards() and for_page(); the last two by for_page() alone.
    current_files: list[DocumentFile]
    has_recommendations: bool
    has_change_notes: bool

    objects: ClassVar = PublishableManager.from_queryset(DocumentQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-issued_on", "-pk"]
        indexes = [
            # What the front page and every list ask: the published of a kind, newest first.
            models.Index(
                fields=["status", "publish_at", "kind", "issued_on"], name="document_published"
            )
        ]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(issued_until__isnull=True) | Q(issued_until__gte=F("issued_on")),
                name="document_issued_until_after_issued_on",
                violation_error_code="issued_until",
                violation_error_message=_("The last date of issue is before the first."),
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="document_kind_known"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("library:document_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_document", args=[self.short_id])

    def clean(self) -> None:
        self.isbn = re.sub(r"[\s-]", "", self.isbn or "").upper()
        self.doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", (self.doi or "").strip())
        super().clean()
        if self.issued_until and not self.issued_on:
            raise ValidationError({"issued_on": _("A range needs its first date too.")})

    @property
    def issued(self) -> PartialDate | None:
        if self.issued_on is None:
            return None
        return PartialDate(self.issued_on, self.issued_precision, self.issued_until)

    @property
    def year(self) -> int | None:
        return self.issued_on.year if self.issued_on else None

    @property
    def is_practice(self) -> bool:
        return hasattr(self, "practice")

    @property
    def authors(self) -> list[Contribution]:
        """In the order of the title page."""
        return [c for c in self.contributions.all() if c.role == ContributionRole.AUTHOR]

    @property
    def other_contributors(self) -> list[Contribution]:
        return [c for c in self.contributions.all() if c.role != ContributionRole.AUTHOR]

    @property
    def all_files(self) -> list[DocumentFile]:
        """Files of the day, full texts first, those of unready languages too: for editors.

        Uses for_cards() or for_page() when it was called."""
        files = getattr(self, "current_files", None)
        files = self.files.current() if files is None else files
        return sorted(files, key=lambda file: file.rank)

    @property
    def public_files(self) -> list[DocumentFile]:
        """What readers may have, full texts first."""
        return [
            file
            for file in self.all_files
            if not file.language or file.language in self.ready_languages
        ]

    @property
    def text_languages(self) -> list[str]:
        """Languages in which the full text itself can be read, not just a summary."""
        texts = [it for it in self.public_files if it.is_full_text and it.language]
        return list(dict.fromkeys(it.language for it in texts))

    @property
    def shown_pages(self) -> int | None:
        """Pages as printed, else of the original's file, else of the first full text."""
        if self.page_total:
            return self.page_total
        files = [file for file in self.public_files if file.is_full_text and file.page_count]
        originals = [file for file in files if file.language == self.original_language]
        return (originals or files or [DocumentFile()])[0].page_count


class BestPractice(models.Model):
    """What a best practice says beyond any document: a row of the matrix."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="practice")
    areas = models.ManyToManyField(
        "library.RightsArea", verbose_name=_("areas of rights"), related_name="practices"
    )
    since_year = models.PositiveSmallIntegerField(_("since"), null=True, blank=True)
    since_is_decade = models.BooleanField(
        _("only the decade is known"), default=False, help_text=_("Shown as 1970s.")
    )
    since = models.CharField(
        _("since, in words"),
        max_length=300,
        blank=True,
        help_text=_("Only if the year alone does not say it."),
    )
    institution = models.CharField(_("institution"), max_length=300, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    mechanism = models.TextField(_("mechanism"), blank=True)
    costs = models.TextField(_("who pays"), blank=True)
    results = models.TextField(_("results"), blank=True)
    limits = models.TextField(_("limits"), blank=True)
    application = models.TextField(_("how it could work in Kyrgyzstan"), blank=True)
    sources = models.TextField(_("sources"), blank=True)

    class Meta:
        verbose_name = _("best practice")
        verbose_name_plural = _("best practices")
        constraints = [
            models.CheckConstraint(
                condition=Q(since_year__isnull=True) | Q(since_year__range=(1800, 2100)),
                name="practice_since_a_year",
                violation_error_code="since_year",
                violation_error_message=_("Give a year between 1800 and 2100."),
            )
        ]

    def __str__(self) -> str:
        return str(self.document)

    def in_language(self, language: str) -> LanguageVersion:
        """The practice as it reads in the language of its document's version."""
        return LanguageVersion(self, language)  # type: ignore[arg-type]


class Contribution(models.Model):
    """A person or an organisation that made a document, in the order of the title page."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="contributions")
    role = models.CharField(
        _("role"),
        max_length=10,
        choices=ContributionRole.choices,
        default=ContributionRole.AUTHOR,
    )
    person = models.ForeignKey(
        "library.Person",
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contributions",
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contributions",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("author or editor")
        verbose_name_plural = _("authors and editors")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="contribution_by_one_person_or_organisation",
                violation_error_code="person",
                violation_error_message=_("Choose either a person or an organisation."),
            ),
            models.UniqueConstraint(
                fields=["document", "role", "person"],
                name="person_once_in_a_role",
                violation_error_code="person",
                violation_error_message=_("This person is named twice in the same role."),
            ),
            models.UniqueConstraint(
                fields=["document", "role", "organisation"],
                name="organisation_once_in_a_role",
                violation_error_code="organisation",
                violation_error_message=_("This organisation is named twice in the same role."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.contributor)

    @property
    def contributor(self) -> Person | Organisation | None:
        """The person or the organisation."""
        return self.person or self.organisation


class Recommendation(models.Model):
    """One numbered recommendation of a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="recommendations")
    text = models.TextField(_("text"), blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(wording(self, "text"))[:80]


class ChangeNote(models.Model):
    """What was corrected in a published document, and when."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="change_notes")
    made_on = models.DateField(_("date of the change"))
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("change note")
        verbose_name_plural = _("change notes")
        ordering = ["-made_on", "-pk"]

    def __str__(self) -> str:
        return str(self.label)[:80]

    @property
    def label(self) -> Wording:
        return wording(self, "text")


@dataclass(frozen=True)
class RelatedDocument:
    """Another document, and how this one stands to it."""

    label: str
    document: Document


class DocumentRelationQuerySet(models.QuerySet["DocumentRelation"]):
    def for_document(self, document: Document, user: User) -> list[RelatedDocument]:
        """Relations told from this document's side, as far as this person may see the others."""
        rows = self.filter(Q(document=document) | Q(target=document))
        sees_drafts = may_see_drafts(user, Document)
        related = [
            RelatedDocument(str(row.get_kind_display()), row.target)
            if row.document_id == document.pk
            else RelatedDocument(row.inverse_label, row.document)
            for row in rows.select_related("document", "target")
        ]
        return [it for it in related if sees_drafts or it.document.is_published]


class DocumentRelation(models.Model):
    """One document's relation to another."""

    document = models.ForeignKey(
        Document, verbose_name=_("document"), on_delete=models.CASCADE, related_name="relations"
    )
    kind = models.CharField(_("relation"), max_length=20, choices=Relation.choices)
    target = models.ForeignKey(
        Document,
        verbose_name=_("to the document"),
        on_delete=models.CASCADE,
        related_name="relations_from_others",
    )

    objects = DocumentRelationQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "kind", "target"],
                name="relation_stated_once",
                violation_error_code="target",
                violation_error_message=_("This relation is stated already."),
            ),
            models.CheckConstraint(
                condition=~Q(document=F("target")),
                name="document_not_related_to_itself",
                violation_error_code="target",
                violation_error_message=_("A document cannot be related to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.target}"

    @property
    def inverse_label(self) -> str:
        return str(INVERSE_RELATIONS[Relation(self.kind)])
