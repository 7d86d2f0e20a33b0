"""Files of documents and the text of their pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from library.uploads import MEDIA_TYPES, download_name
from mrc_portal.fields import SHORT_ID_LENGTH, new_short_id
from mrc_portal.languages import (
    LANGUAGE_CODES,
    Wording,
    language_choices,
    localized,
    wording,
)
from mrc_portal.publishing import User, may_see_drafts


class Role(models.TextChoices):
    FULL_TEXT = "full_text", _("full text")
    SUMMARY = "summary", _("summary")
    ANNEX = "annex", _("annex")
    DATA = "data", _("data")


class TextState(models.TextChoices):
    """What could be read out of a file."""

    TEXT = "text", _("text is readable")
    NEEDS_OCR = "needs_ocr", _("a scan without text")
    UNREADABLE = "unreadable", _("text cannot be read")
    NOT_APPLICABLE = "not_applicable", _("not a PDF")


def storage_name(file: DocumentFile, filename: str) -> str:
    """Where a file lies in the storage: by its identifier, never by a name that somebody typed."""
    suffix = PurePosixPath(filename).suffix.lower()
    return f"documents/{file.short_id[:2]}/{file.short_id}{suffix}"


@dataclass(frozen=True)
class ContentsLine:
    """A line of a table of contents."""

    title: str
    page: int


class DocumentFileQuerySet(models.QuerySet["DocumentFile"]):
    def current(self) -> Self:
        """Files of the day; replaced ones only lead to their successors."""
        return self.filter(replaced_by__isnull=True).order_by("position", "pk")

    def visible_to(self, user: User) -> Self:
        """Files of the day that this person may have: the public gets those of ready languages."""
        documents = apps.get_model("library", "Document")
        if may_see_drafts(user, documents):
            return self.current()
        ready = Q(language="")
        for code in LANGUAGE_CODES:
            ready |= Q(**{"language": code, "document__" + localized("ready", code): True})
        # For each file by itself: as a list, all that is published would be gathered first.
        published = documents.objects.published().filter(pk=models.OuterRef("document_id"))
        return self.current().filter(ready, models.Exists(published))


class DocumentFile(models.Model):
    """One file of a document, in one language. Its bytes are never altered."""

    document = models.ForeignKey("library.Document", on_delete=models.CASCADE, related_name="files")
    short_id = models.CharField(
        max_length=SHORT_ID_LENGTH, unique=True, editable=False, default=new_short_id
    )
    language = models.CharField(_("language"), max_length=2, choices=language_choices, blank=True)
    role = models.CharField(
        _("content"), max_length=10, choices=Role.choices, default=Role.FULL_TEXT
    )
    label = models.CharField(
        _("title of the file"),
        max_length=200,
        blank=True,
        help_text=_("For an annex or data. Full texts are named by their language."),
    )
    file = models.FileField(_("file"), upload_to=storage_name, max_length=200)
    original_name = models.CharField(_("name as uploaded"), max_length=200, editable=False)
    extension = models.CharField(
        max_length=5, choices=[(name, name.upper()) for name in MEDIA_TYPES], editable=False
    )
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False, db_index=True)
    page_count = models.PositiveIntegerField(_("pages"), null=True, editable=False)
    text_state = models.CharField(
        _("text"), max_length=15, choices=TextState.choices, editable=False
    )
    text_problem = models.CharField(
        _("why the text cannot be read"), max_length=40, blank=True, editable=False
    )
    contents = models.TextField(
        _("contents"),
        blank=True,
        help_text=_("A line for each heading, ending in its page number. Read from the PDF."),
    )
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("replaced by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="replaces",
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    objects = MultilingualManager.from_queryset(DocumentFileQuerySet)()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["position", "pk"]
        indexes = [
            # Files of the day of some documents. Without it, SQLite looks through all files that
            # are not replaced, and those are nearly all.
            models.Index(fields=["document", "replaced_by"], name="file_of_the_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=models.F("pk")),
                name="file_not_replaced_by_itself",
            ),
            models.UniqueConstraint(
                fields=["document", "sha256"],
                name="same_bytes_once_in_a_document",
                violation_error_message=_("This document has the very same file already."),
            ),
        ]

    def __str__(self) -> str:
        return self.download_name

    def get_absolute_url(self) -> str:
        return reverse("file_download", args=[self.short_id, self.download_name])

    def get_reading_url(self, page: int = 1) -> str:
        return reverse("library:file_page", args=[self.document.slug, self.short_id, page])

    @property
    def rank(self) -> tuple[int, int, int]:
        """Where it stands among the files of its document: full texts first."""
        return Role.values.index(self.role), self.position, self.pk

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.extension]

    @property
    def is_public(self) -> bool:
        """Agrees with visible_to() for a reader."""
        is_current = self.replaced_by_id is None
        return is_current and not self.waits_for_version and self.document.is_published

    @property
    def waits_for_version(self) -> bool:
        """Readers get no file in a language whose version is not ready."""
        return bool(self.language) and self.language not in self.document.ready_languages

    @property
    def is_pdf(self) -> bool:
        return self.extension == "pdf"

    @property
    def is_full_text(self) -> bool:
        return self.role == Role.FULL_TEXT

    @property
    def can_be_read_by_page(self) -> bool:
        """Whether the reading view has something to show: a scan still has its pictures."""
        return self.is_pdf and bool(self.page_count)

    @property
    def is_original(self) -> bool:
        return self.is_full_text and self.language == self.document.original_language

    @property
    def is_translation(self) -> bool:
        return self.is_full_text and bool(self.language) and not self.is_original

    @property
    def name(self) -> Wording:
        """Its own title, or nothing: a full text is called by its language."""
        return wording(self, "label")

    @property
    def download_name(self) -> str:
        """A name that says what the file is once it lies among others: title, year, language."""
        document = self.document
        language = self.language or document.original_language
        # Of a version that is not ready not even the title is public.
        version = document.version_for(language, with_drafts=not document.ready_languages)
        title = version.title or document.best_title
        role = "" if self.is_full_text else self.role.replace("_", "-")
        if self.replaced_by_id:
            role = f"{role}-{self.short_id}".strip("-")
        return download_name(title, language, document.year, self.extension, role)

    @property
    def contents_lines(self) -> list[ContentsLine]:
        """The table of contents; lines that do not end in a page number are left out."""
        lines = []
        for line in self.contents.splitlines():
            match = re.match(r"^(.*?)[\s.…·]*\b(\d{1,5})\s*$", line.strip())
            if match and match[1]:
                lines.append(ContentsLine(match[1], int(match[2])))
        return lines


class FilePage(models.Model):
    """The text of one page of a PDF."""

    file = models.ForeignKey(DocumentFile, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField(_("page"))
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["file", "number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="page_once_in_a_file"),
            models.CheckConstraint(condition=Q(number__gte=1), name="page_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}, {self.number}"
