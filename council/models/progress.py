"""What was reported of a row, with what proof, and what editors make of the proof."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from council.models.plans import Activity
from council.schedule import ProgressStatus
from mrc_portal.dates import PartialDate
from mrc_portal.languages import Wording, is_worded, wording
from mrc_portal.publishing import FIRST_YEAR


class Moderation(models.TextChoices):
    WAITING = "waiting", _("waiting for an editor")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Verdict(models.TextChoices):
    """What the evidence shows, as an editor assessed it; no word about dates."""

    CONFIRMED = "confirmed", _("the evidence confirms it")
    PARTLY = "partly", _("the evidence confirms a part")
    NOT_SHOWN = "not_shown", _("the evidence does not show it")
    CONTRADICTED = "contradicted", _("the evidence says otherwise")


class ProgressUpdateQuerySet(models.QuerySet):
    def accepted(self) -> Self:
        """What readers see, corrected reports included."""
        return self.filter(moderation=Moderation.ACCEPTED)

    def waiting(self) -> Self:
        return self.filter(moderation=Moderation.WAITING)

    def in_force(self, on: datetime.date | None = None) -> Self:
        """What counts: accepted, and no accepted report corrects it. Oldest first.

        On a day only what is told of no later one, corrections included: what a later report
        corrects stood on that day."""
        accepted = ProgressUpdate.objects.accepted()
        told = self.accepted()
        if on is not None:
            accepted, told = accepted.filter(as_of__lte=on), told.filter(as_of__lte=on)
        correcting = accepted.filter(corrects__isnull=False)
        return told.exclude(pk__in=correcting.values("corrects")).order_by("as_of", "pk")


class ProgressUpdate(models.Model):
    """A report on a row as of a day. Never edited: a mistake is corrected by a later report."""

    activity = models.ForeignKey(
        Activity,
        verbose_name=_("row of the plan"),
        on_delete=models.PROTECT,
        related_name="updates",
    )
    as_of = models.DateField(_("as of"), help_text=_("The day whose state the report describes."))
    status = models.CharField(_("reported status"), max_length=15, choices=ProgressStatus.choices)
    percent = models.PositiveSmallIntegerField(
        _("per cent, if the report names a figure"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
    )
    text = models.TextField(_("what was done"), blank=True)
    reported_by = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("reported by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="progress_updates",
    )
    evidence_waiver = models.TextField(
        _("why there is no evidence"),
        blank=True,
        help_text=_("“Done” needs evidence, or this reason. Readers see it."),
    )
    corrects = models.ForeignKey(
        "self",
        verbose_name=_("corrects the report"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    moderation = models.CharField(
        _("moderation"),
        max_length=10,
        choices=Moderation.choices,
        default=Moderation.WAITING,
        db_index=True,
    )
    rejection_reason = models.TextField(
        _("reason for the rejection"),
        blank=True,
        help_text=_("Only the person who sent the report sees it."),
    )
    created_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="progress_updates",
    )
    moderated_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects: ClassVar = MultilingualManager.from_queryset(ProgressUpdateQuerySet)()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["-as_of", "-pk"]
        default_permissions = ("add", "change", "delete", "view", "moderate")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__lte=100),
                name="progress_percent_up_to_hundred",
                violation_error_code="percent",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProgressStatus.values), name="progress_status_known"
            ),
            models.CheckConstraint(
                condition=Q(moderation=Moderation.WAITING, moderated_at__isnull=True)
                | ~Q(moderation=Moderation.WAITING) & Q(moderated_at__isnull=False),
                name="progress_moderated_at_a_moment",
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=Q(corrects__isnull=False, moderation=Moderation.ACCEPTED),
                name="progress_corrected_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{PartialDate(self.as_of)}, {ProgressStatus(self.status).label}: {self.activity}"

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if not self.activity.is_work:
            errors["activity"] = _("Reports are about activities and steps.")
        plan = self.activity.stage.plan
        if self.as_of and self.as_of > timezone.localdate():
            errors["as_of"] = _("This day has not come yet.")
        elif self.as_of and self.as_of.year < FIRST_YEAR:
            errors["as_of"] = _("Please check the year.")
        elif self.as_of and plan.tracking_ended_on and self.as_of > plan.tracking_ended_on:
            errors["as_of"] = _("Tracking of this plan ended before that day.")
        if self.corrects is not None and self.corrects.activity_id != self.activity_id:
            errors["corrects"] = _("That report is about another row.")
        if self.moderation == Moderation.REJECTED and not self.rejection_reason.strip():
            errors["rejection_reason"] = _("Say why, so that the sender can do better.")
        if errors:
            raise ValidationError(errors)

    @property
    def needs_evidence(self) -> bool:
        """Whether it says "done" and neither evidence nor a waiver is there."""
        return (
            self.status == ProgressStatus.DONE
            and not is_worded(self, "evidence_waiver")
            and not self.evidence.exists()
        )

    @property
    def is_accepted(self) -> bool:
        return self.moderation == Moderation.ACCEPTED

    @property
    def label(self) -> Wording:
        return wording(self, "text")

    @property
    def waiver(self) -> Wording:
        return wording(self, "evidence_waiver")


class Evidence(models.Model):
    """One piece of proof: a document, an event, a release, or an address elsewhere."""

    update = models.ForeignKey(ProgressUpdate, on_delete=models.CASCADE, related_name="evidence")
    document = models.ForeignKey(
        "library.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evidence_of",
    )
    event = models.ForeignKey(
        "events.Event",
        verbose_name=_("event"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evidence_of",
    )
    release = models.ForeignKey(
        "events.PressRelease",
        verbose_name=_("press release"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evidence_of",
    )
    url = models.URLField(_("web address"), max_length=500, blank=True)
    title = models.CharField(
        _("what is there"), max_length=300, blank=True, help_text=_("Words for the web address.")
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    document__isnull=False, event__isnull=True, release__isnull=True, url=""
                )
                | Q(document__isnull=True, event__isnull=False, release__isnull=True, url="")
                | Q(document__isnull=True, event__isnull=True, release__isnull=False, url="")
                | Q(document__isnull=True, event__isnull=True, release__isnull=True) & ~Q(url=""),
                name="evidence_is_one_thing",
                violation_error_code="one_thing",
                violation_error_message=_(
                    "Name one thing: a document, an event, a release or a web address."
                ),
            )
        ]

    def __str__(self) -> str:
        return str(self.document or self.event or self.release or self.url)

    @property
    def label(self) -> Wording:
        return wording(self, "title")


class Assessment(models.Model):
    """What an editor makes of the evidence of a report. A later one replaces it, both are kept."""

    update = models.ForeignKey(ProgressUpdate, on_delete=models.CASCADE, related_name="assessments")
    verdict = models.CharField(_("assessment"), max_length=15, choices=Verdict.choices)
    note = models.TextField(_("why"), blank=True, help_text=_("Readers see it."))
    made_on = models.DateField(_("assessed on"))
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assessed by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("assessment of the evidence")
        verbose_name_plural = _("assessments of the evidence")
        ordering = ["made_on", "pk"]

    def __str__(self) -> str:
        return f"{self.made_on}: {Verdict(self.verdict).label}"

    @property
    def label(self) -> Wording:
        return wording(self, "note")


class Reporter(models.Model):
    """A person who may send reports on the rows of an organisation, and do nothing else."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="reports_for",
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="reporters",
    )

    class Meta:
        verbose_name = _("reporter of an organisation")
        verbose_name_plural = _("reporters of organisations")
        ordering = ["organisation", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                name="reporter_once",
                violation_error_message=_("This person reports for the organisation already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.organisation}"
