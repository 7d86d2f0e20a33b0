"""Press releases: their four dates, their standing texts, corrections and letterheads."""

from __future__ import annotations

import datetime
import secrets
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.events import OFF, Event
from library.models import Document
from mrc_portal.dates import PartialDate
from mrc_portal.fields import ProseField
from mrc_portal.languages import Wording, every_column, wording
from mrc_portal.publishing import (
    FIRST_YEAR,
    LAST_YEAR,
    Publishable,
    PublishableManager,
    PublishableQuerySet,
    Status,
)


def new_private_key() -> str:
    """Nobody guesses it: 192 random bits."""
    return secrets.token_urlsafe(24)


class PressReleaseQuerySet(PublishableQuerySet):
    def published(self, at: datetime.datetime | None = None) -> Self:
        """What the public sees: neither before its moment nor before its embargo ends."""
        return super().published(at).exclude(embargo_until__gt=at or timezone.now())

    def scheduled(self) -> Self:
        now = timezone.now()
        return self.filter(
            Q(publish_at__gt=now) | Q(embargo_until__gt=now), status=Status.PUBLISHED
        )

    def with_issue_day(self) -> Self:
        """Adds `issue_day`, which agrees with the property issued_on."""
        return self.annotate(
            issue_day=Coalesce("first_issued_on", "dateline_on", TruncDate("publish_at"))
        )

    def newest_first(self) -> Self:
        return self.with_issue_day().order_by("-issue_day", "-publish_at", "-pk")

    def for_cards(self) -> Self:
        """With everything that a row of a list shows, in a fixed number of queries."""
        events = Event.objects.published().for_lines()
        return self.prefetch_related(
            Prefetch("events", queryset=events, to_attr="public_events")
        ).defer(*NOT_ON_RELEASE_CARDS)

    def for_page(self) -> Self:
        """With everything that the page of a release shows, in a fixed number of queries; but for
        what it only calls by name."""
        # That an event takes place again is news as well.
        off = Event.history.filter(id=OuterRef("pk"), happening__in=OFF)  # type: ignore[attr-defined]
        was_ever_off = Q(happening__in=OFF) | Exists(off)
        events = Event.objects.published().for_lines().annotate(was_ever_off=was_ever_off)
        documents = Document.objects.published().only(*DOCUMENT_LINES).order_by("-issued_on", "pk")
        rows = ReleaseBoilerplate.objects.select_related("boilerplate", "version")
        return self.select_related("contact__organisation", "project").prefetch_related(
            Prefetch("events", queryset=events, to_attr="public_events"),
            Prefetch("documents", queryset=documents, to_attr="public_documents"),
            Prefetch("boilerplate_rows", queryset=rows),
            Prefetch(
                "letterheads",
                queryset=Letterhead.objects.filter(replaced_at__isnull=True),
                to_attr="current_letterheads",
            ),
            "changes",
        )


# Columns that no list shows, and those by which a release names its documents.
# What a version of a release says in its language, in the order of the editors' form.
RELEASE_TEXTS = ("title", "summary", "body", "dateline_place", "note")
# Columns that no list shows.
TEXTS_NOT_ON_RELEASE_CARDS = ("body", "note", "withdrawn_reason")
NOT_ON_RELEASE_CARDS = [*TEXTS_NOT_ON_RELEASE_CARDS, *every_column(*TEXTS_NOT_ON_RELEASE_CARDS)]
DOCUMENT_LINES = [
    "slug",
    "kind",
    "status",
    "publish_at",
    "original_language",
    "issued_on",
    "issued_precision",
    "is_demonstration",
    *every_column("ready", "title"),
]


class PressContact(models.Model):
    """Whom the press may ask: a role with the address of the role, never a person."""

    role = models.CharField(
        _("role"),
        max_length=200,
        help_text=_("An office, such as: press office. No name of a person."),
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="press_contacts",
    )
    email = models.EmailField(
        _("e-mail address of the office"),
        blank=True,
        help_text=_("An address of the office, such as press@…: never that of a person."),
    )
    phone = models.CharField(_("telephone of the office"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("press contact")
        verbose_name_plural = _("press contacts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> Wording:
        return wording(self, "role")


class Boilerplate(models.Model):
    """The standing paragraph about an organisation or a project. Readers see its versions: the
    heading stands here as the name that editors know it by, and goes into the next version."""

    heading = models.CharField(
        _("heading"), max_length=120, help_text=_("Such as: About the project.")
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="boilerplates",
    )
    project = models.ForeignKey(
        "library.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="boilerplates",
    )

    class Meta:
        verbose_name = _("standing text")
        verbose_name_plural = _("standing texts")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, project__isnull=True)
                | Q(organisation__isnull=True, project__isnull=False),
                name="boilerplate_of_one_organisation_or_project",
                violation_error_code="organisation",
                violation_error_message=_("Choose either an organisation or a project."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.organisation or self.project}"

    @property
    def label(self) -> Wording:
        return wording(self, "heading")

    @property
    def latest(self) -> BoilerplateVersion | None:
        return self.versions.order_by("-number").first()


class BoilerplateVersion(models.Model):
    """One wording of a standing text. A version that a public release uses never changes."""

    boilerplate = models.ForeignKey(Boilerplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    heading = models.CharField(_("heading"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("version of a standing text")
        verbose_name_plural = _("versions of a standing text")
        ordering = ["boilerplate", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["boilerplate", "number"], name="boilerplate_version_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.boilerplate}, {self.number}"


class PressRelease(Publishable):
    """An announcement to the press, in up to three languages.

    Four dates are kept apart: the dateline in its first line, publish_at when it goes out,
    embargo_until before which nobody may see it, first_issued_on for one that was issued elsewhere
    long before it came here."""

    body = ProseField(_("text"), blank=True)
    dateline_place = models.CharField(
        _("place of the dateline"),
        max_length=80,
        blank=True,
        help_text=_("Opens the text, with the date: Bishkek, 25 March 2013."),
    )
    dateline_on = models.DateField(_("date of the dateline"), null=True, blank=True)
    embargo_until = models.DateTimeField(
        _("embargo until"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_(
            "Bishkek time. Until then only those who have the private link can read it, whatever "
            "the moment of publication says."
        ),
    )
    first_issued_on = models.DateField(
        _("first issued on"),
        null=True,
        blank=True,
        help_text=_("Only for an old release that is entered now: the day it went to the press."),
    )
    contact = models.ForeignKey(
        PressContact,
        verbose_name=_("press contact"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="releases",
    )
    project = models.ForeignKey(
        "library.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="press_releases",
    )
    organisations = models.ManyToManyField(
        "library.Organisation",
        verbose_name=_("organisations"),
        blank=True,
        related_name="press_releases",
        help_text=_("Who issues it, and who is spoken of."),
    )
    events = models.ManyToManyField(
        Event, verbose_name=_("events"), blank=True, related_name="press_releases"
    )
    documents = models.ManyToManyField(
        "library.Document", verbose_name=_("documents"), blank=True, related_name="press_releases"
    )
    topics = models.ManyToManyField(
        "library.Topic", verbose_name=_("topics"), blank=True, related_name="press_releases"
    )
    note = ProseField(
        _("editor’s note"),
        blank=True,
        help_text=_("Shown apart from the text, such as: an address of 2013 no longer answers."),
    )
    review_remark = models.TextField(
        _("remark of the review"),
        blank=True,
        help_text=_("From the editor to the author. Readers do not see it."),
    )
    private_key = models.CharField(
        max_length=40, unique=True, editable=False, default=new_private_key
    )
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    # Added by for_cards() and for_page(); the rest by for_page().
    public_events: list[Event]
    public_documents: list[Document]
    current_letterheads: list[Letterhead]

    objects: ClassVar = PublishableManager.from_queryset(PressReleaseQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("press release")
        verbose_name_plural = _("press releases")
        ordering = ["-dateline_on", "-pk"]
        constraints = [*Publishable.Meta.constraints]

    def get_absolute_url(self) -> str:
        return reverse("events:press_release_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_press_release", args=[self.short_id])

    @property
    def visible_from(self) -> datetime.datetime | None:
        """The later one of publication and end of embargo."""
        if self.publish_at is None or self.embargo_until is None:
            return self.publish_at
        return max(self.publish_at, self.embargo_until)

    @property
    def is_embargoed(self) -> bool:
        """Approved for publication, and not yet to be told."""
        return (
            self.status == Status.PUBLISHED
            and self.embargo_until is not None
            and self.embargo_until > timezone.now()
        )

    @property
    def issued_on(self) -> datetime.date | None:
        """The day by which it is listed and cited. Agrees with with_issue_day()."""
        if self.first_issued_on or self.dateline_on:
            return self.first_issued_on or self.dateline_on
        return timezone.localdate(self.publish_at) if self.publish_at else None

    @property
    def issued(self) -> PartialDate | None:
        return PartialDate(self.issued_on) if self.issued_on else None

    def clean(self) -> None:
        errors: dict[str, object] = {}
        for name in ("embargo_until", "dateline_on", "first_issued_on"):
            day = getattr(self, name)
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                errors[name] = _("Please check the year.")
        if self.first_issued_on and self.first_issued_on > timezone.localdate():
            errors["first_issued_on"] = _("This day has not come yet.")
        before = self.as_stored()
        if before is not None and before.was_public and before.embargo_until != self.embargo_until:
            errors["embargo_until"] = _(
                "It has already been public; an embargo changes nothing now."
            )
        if errors:
            raise ValidationError(errors)
        super().clean()


class ReleaseBoilerplate(models.Model):
    """A standing text under a release. Its version is frozen when the release is published."""

    release = models.ForeignKey(
        PressRelease, on_delete=models.CASCADE, related_name="boilerplate_rows"
    )
    boilerplate = models.ForeignKey(
        Boilerplate,
        verbose_name=_("standing text"),
        on_delete=models.PROTECT,
        related_name="release_rows",
    )
    version = models.ForeignKey(
        BoilerplateVersion,
        verbose_name=_("version"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="release_rows",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("standing text of the release")
        verbose_name_plural = _("standing texts of the release")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "boilerplate"],
                name="boilerplate_once_in_a_release",
                violation_error_code="boilerplate",
                violation_error_message=_("This standing text is there already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.boilerplate)

    @property
    def shown_version(self) -> BoilerplateVersion | None:
        """The frozen version, else the latest."""
        return self.version or self.boilerplate.latest


class ReleaseChange(models.Model):
    """What was corrected in a release after it had gone out, and when. Readers see it."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="changes")
    made_on = models.DateField(_("date of the change"))
    text = models.TextField(_("text"), blank=True)
    # When readers could first see the note, for feeds; made_on may lie long before.
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-made_on", "-pk"]

    def __str__(self) -> str:
        return str(self.label)[:80]

    @property
    def label(self) -> Wording:
        return wording(self, "text")


def letterhead_path(letterhead: Letterhead, _name: str) -> str:
    name = f"{letterhead.release.short_id}-{letterhead.language}-{letterhead.sha256[:16]}.pdf"
    return f"letterheads/{name}"


class Letterhead(models.Model):
    """The PDF of a release in one language, as it was made when published or corrected.

    Of an earlier one only the checksum stays, which tells whether a copy is genuine."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="letterheads")
    language = models.CharField(_("language"), max_length=2)
    file = models.FileField(upload_to=letterhead_path, max_length=200, blank=True)
    sha256 = models.CharField(_("checksum"), max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    page_count = models.PositiveIntegerField(_("pages"))
    # Of everything that is printed: the same text is not set twice.
    content_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("letterhead PDF")
        verbose_name_plural = _("letterhead PDFs")
        ordering = ["release", "language", "-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "language"],
                condition=Q(replaced_at__isnull=True),
                name="one_current_letterhead_in_a_language",
            )
        ]

    def __str__(self) -> str:
        return f"{self.release}, {self.language}"

    def get_absolute_url(self) -> str:
        return reverse("letterhead", args=[self.release.short_id, self.language])
