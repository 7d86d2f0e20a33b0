"""Councils and working groups with their members, and letters with their signatories."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modeltranslation.manager import MultilingualManager

from library.models import NamedByConsent
from mrc_portal.dates import PartialDate, Precision, month_days
from mrc_portal.fields import ProseField
from mrc_portal.languages import Wording, every_column, is_worded, localized, wording
from mrc_portal.publishing import (
    FIRST_YEAR,
    Publishable,
    PublishableManager,
    PublishableQuerySet,
)


class BodyKind(models.TextChoices):
    COUNCIL = "council", _("council")
    WORKING_GROUP = "working_group", _("working group")
    COMMISSION = "commission", _("commission")


class Existence(models.TextChoices):
    """Whether a body exists; that it was planned does not say that it was founded."""

    PLANNED = "planned", pgettext_lazy("of a body", "planned")
    EXISTS = "exists", pgettext_lazy("of a body", "exists")
    DISSOLVED = "dissolved", pgettext_lazy("of a body", "dissolved")
    UNKNOWN = "unknown", _("not known whether it was founded")


class MemberRole(models.TextChoices):
    CHAIR = "chair", _("chair")
    DEPUTY = "deputy", _("deputy chair")
    SECRETARY = "secretary", _("secretary")
    MEMBER = "member", _("member")
    OBSERVER = "observer", _("observer")


class LetterState(models.TextChoices):
    DRAFTED = "drafted", pgettext_lazy("of a letter", "being written")
    SIGNING = "signing", _("signatures are being gathered")
    SENT = "sent", pgettext_lazy("of a letter", "sent")
    ANSWERED = "answered", pgettext_lazy("of a letter", "answered")
    UNKNOWN = "unknown", _("not known what became of it")


class SignatoryState(models.TextChoices):
    SUGGESTED = "suggested", pgettext_lazy("of a signatory", "suggested")
    INVITED = "invited", pgettext_lazy("of a signatory", "invited")
    AGREED = "agreed", pgettext_lazy("of a signatory", "agreed")
    SIGNED_ON_PAPER = "signed_on_paper", pgettext_lazy("of a signatory", "signed on paper")
    SIGNED_ONLINE = "signed_online", pgettext_lazy("of a signatory", "signed online")
    DECLINED = "declined", pgettext_lazy("of a signatory", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("of a signatory", "withdrew the signature")


# Whose signature the letter bears, and who will have nothing to do with it any more.
SIGNED = (SignatoryState.SIGNED_ON_PAPER, SignatoryState.SIGNED_ONLINE)
STEPPED_BACK = (SignatoryState.DECLINED, SignatoryState.WITHDRAWN)

# The letter has left the house: its final text is what somebody else holds in hand.
SENT_STATES = (LetterState.SENT, LetterState.ANSWERED)

# No letter was ever written so often; above it numbers are free for changing places.
LAST_VERSION = 999

EXISTENCE_SENTENCES = {
    Existence.PLANNED: _("It was planned; whether it was founded is not known."),
    Existence.EXISTS: _("It was founded."),
    Existence.DISSOLVED: _("It existed and was dissolved."),
    Existence.UNKNOWN: _("Whether it was ever founded is not known."),
}


# Texts that no list shows.
NOT_ON_BODY_LINES = ("body", "tasks", "note", "withdrawn_reason")
NOT_ON_LETTER_LINES = ("body", "answer", "open_questions", "note", "withdrawn_reason")

STATE_SENTENCES = {
    LetterState.DRAFTED: _("Its text is being written."),
    LetterState.SIGNING: _("Signatures are being gathered."),
    LetterState.SENT: _("It was sent; the sources do not say when."),
    LetterState.ANSWERED: _("It was answered; the sources do not say when."),
    LetterState.UNKNOWN: _("The sources do not say what became of it."),
}


def _find_impossible_day(day: datetime.date | None) -> Any:
    """What is wrong with a day on which something has happened, or nothing."""
    if day and day.year < FIRST_YEAR:
        return _("Please check the year.")
    return _("This day has not come yet.") if day and day > timezone.localdate() else None


class BodyQuerySet(PublishableQuerySet):
    def in_order(self) -> Self:
        """Councils first, then their working groups, then commissions."""
        places = [When(kind=kind, then=Value(place)) for place, kind in enumerate(BodyKind.values)]
        return self.order_by(Case(*places), "slug")

    def for_lines(self) -> Self:
        """With what a short entry names."""
        return self.defer(*NOT_ON_BODY_LINES, *every_column(*NOT_ON_BODY_LINES))

    def for_page(self) -> Self:
        """With what its own page names."""
        return self.select_related("organisation", "parent")


class LetterQuerySet(PublishableQuerySet):
    def latest_first(self) -> Self:
        """By the day they were sent; those that were not, or nobody knows when, at the end."""
        return self.order_by(F("sent_on").desc(nulls_last=True), "-publish_at", "-pk")

    def for_lines(self) -> Self:
        """With what a short entry names."""
        return self.defer(*NOT_ON_LETTER_LINES, *every_column(*NOT_ON_LETTER_LINES))

    def for_page(self) -> Self:
        """With what its own page names."""
        return self.select_related("sender", "event", "answer_document")


class Body(Publishable):
    """A council, commission or working group: what it is for, who sits in it, when it met."""

    kind = models.CharField(_("kind"), max_length=15, choices=BodyKind.choices)
    existence = models.CharField(
        _("existence"), max_length=10, choices=Existence.choices, default=Existence.UNKNOWN
    )
    body = ProseField(_("text of the page"), blank=True)
    tasks = models.TextField(
        pgettext_lazy("of a body", "tasks"), blank=True, help_text=_("One task per line.")
    )
    is_task_list_cut_off = models.BooleanField(
        _("the list of tasks breaks off in the source"), default=False
    )
    organisation = models.OneToOneField(
        "library.Organisation",
        verbose_name=_("the same body in the library"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="council_body",
        help_text=_("The organisation that plans name as responsible."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("works for"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        help_text=_("Such as the council that a working group prepares."),
    )
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    founded_precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    series = models.ForeignKey(
        "events.EventSeries",
        verbose_name=_("its meetings, as a series"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bodies",
    )
    meetings = models.ManyToManyField(
        "events.Event", verbose_name=_("further meetings"), blank=True, related_name="bodies"
    )
    topics = models.ManyToManyField(
        "library.Topic", verbose_name=_("topics"), blank=True, related_name="bodies"
    )
    note = ProseField(_("editor’s note"), blank=True)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    objects: ClassVar = PublishableManager.from_queryset(BodyQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("council or working group")
        verbose_name_plural = _("councils and working groups")
        ordering = ["kind", "slug"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="body_does_not_work_for_itself",
                violation_error_code="parent",
                violation_error_message=_("A body cannot work for itself."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("council:body_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_body", args=[self.short_id])

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if error := _find_impossible_day(self.founded_on):
            errors["founded_on"] = error
        if self.parent is not None and self.pk and self.pk in self.parent.chain():
            errors["parent"] = _("That body already works for this one.")
        if errors:
            raise ValidationError(errors)

    def chain(self) -> list[int]:
        """Keys of this body and of those that it works for."""
        keys: list[int] = []
        body: Body | None = self
        while body is not None and body.pk not in keys:
            keys.append(body.pk)
            body = body.parent
        return keys

    @property
    def existence_sentence(self) -> str:
        return str(EXISTENCE_SENTENCES[Existence(self.existence)])

    @property
    def founded(self) -> PartialDate | None:
        return PartialDate(self.founded_on, self.founded_precision) if self.founded_on else None


class Membership(NamedByConsent):
    """A seat in a body: of a person, an organisation, or an office without a public name."""

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(
        _("role"), max_length=10, choices=MemberRole.choices, default=MemberRole.MEMBER
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    office = models.CharField(
        _("office"),
        max_length=300,
        blank=True,
        help_text=_("Such as: head of a trade union. Shown with or without the name."),
    )
    starts_on = models.DateField(_("since"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    date_precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.YEAR
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["position", "pk"]
        constraints = [
            *NamedByConsent.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
                violation_error_code="ends_on",
                violation_error_message=_("The membership ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.organisation or wording(self, "office"))

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if not (self.person or self.organisation or is_worded(self, "office")):
            errors["person"] = _("Name a person, an organisation or an office.")
        for name in ("starts_on", "ends_on"):
            if (day := getattr(self, name)) and day.year < FIRST_YEAR:
                errors[name] = _("Please check the year.")
        if errors:
            raise ValidationError(errors)

    @property
    def office_label(self) -> Wording:
        return wording(self, "office")

    @property
    def is_former(self) -> bool:
        """Over as far as is known: of a month or a year the last day counts."""
        if self.ends_on is None:
            return False
        last_day = self.ends_on
        if self.date_precision == Precision.MONTH:
            last_day = month_days(self.ends_on)[1]
        elif self.date_precision == Precision.YEAR:
            last_day = datetime.date(self.ends_on.year, 12, 31)
        return last_day < timezone.localdate()

    @property
    def term(self) -> PartialDate | None:
        """From when to when, if both are known."""
        if self.since is None or self.until is None:
            return None
        last = None if self.since.iso == self.until.iso else self.ends_on
        return PartialDate(self.since.first, self.date_precision, last)

    @property
    def since(self) -> PartialDate | None:
        return PartialDate(self.starts_on, self.date_precision) if self.starts_on else None

    @property
    def until(self) -> PartialDate | None:
        return PartialDate(self.ends_on, self.date_precision) if self.ends_on else None


class Letter(Publishable):
    """A letter that many sign: its drafts, who did what, who signed, what was answered."""

    body = ProseField(_("text of the page"), blank=True)
    addressee = models.CharField(_("to whom"), max_length=300, blank=True)
    state = models.CharField(
        pgettext_lazy("of a letter", "what became of it"),
        max_length=10,
        choices=LetterState.choices,
        default=LetterState.DRAFTED,
    )
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.TextField(_("answer, in short"), blank=True)
    answer_document = models.ForeignKey(
        "library.Document",
        verbose_name=_("answer as a document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers_to_letters",
    )
    sender = models.ForeignKey(
        Body,
        verbose_name=_("on whose initiative"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
    )
    event = models.ForeignKey(
        "events.Event",
        verbose_name=_("discussed at"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
    )
    open_questions = models.TextField(_("open questions"), blank=True, help_text=_("One per line."))
    note = ProseField(_("editor’s note"), blank=True)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    objects: ClassVar = PublishableManager.from_queryset(LetterQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-sent_on", "slug"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True)
                | Q(sent_on__isnull=True)
                | Q(answered_on__gte=F("sent_on")),
                name="letter_answered_after_it_was_sent",
                violation_error_code="answered_on",
                violation_error_message=_("The answer is older than the letter."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("council:letter_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_letter", args=[self.short_id])

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        for name in ("sent_on", "answered_on"):
            if error := _find_impossible_day(getattr(self, name)):
                errors[name] = error
        if self.sent_on and self.state in (LetterState.DRAFTED, LetterState.SIGNING):
            errors["state"] = _("There is a day on which it was sent: say that it was sent.")
        has_answer = is_worded(self, "answer") or self.answer_document_id
        if self.state != LetterState.ANSWERED and (self.answered_on or has_answer):
            errors["state"] = _("There is an answer: say that it was answered.")
        if errors:
            raise ValidationError(errors)

    @property
    def is_sent(self) -> bool:
        return self.state in SENT_STATES

    @property
    def may_be_out(self) -> bool:
        """Whether it has left, or nobody knows that it has not: then readers ask for the answer."""
        return self.is_sent or self.state == LetterState.UNKNOWN

    @property
    def state_sentence(self) -> str:
        """What became of it, and when, as far as that is known."""
        if self.state == LetterState.SENT and self.sent_on:
            return _("It was sent on %(day)s.") % {"day": PartialDate(self.sent_on)}
        if self.state == LetterState.ANSWERED and self.answered_on:
            return _("It was answered on %(day)s.") % {"day": PartialDate(self.answered_on)}
        return str(STATE_SENTENCES[LetterState(self.state)])


class LetterVersionQuerySet(QuerySet):
    def settled(self) -> Self:
        """The final text of a letter that has been sent."""
        return self.filter(is_final=True, letter__state__in=SENT_STATES)

    def open(self) -> Self:
        """All others: they can still be mended."""
        return self.exclude(is_final=True, letter__state__in=SENT_STATES)


class LetterVersion(models.Model):
    """A text of the letter; the last one is what was sent, if it was."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(
        pgettext_lazy("in an order", "number"),
        validators=[MinValueValidator(1), MaxValueValidator(LAST_VERSION)],
    )
    dated_on = models.DateField(_("date"), null=True, blank=True)
    date_precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    text = ProseField(
        _("text"),
        blank=True,
        help_text=_("If left empty: there was a text, and we do not have it."),
    )
    note = models.CharField(_("note to readers"), max_length=300, blank=True)
    is_final = models.BooleanField(_("final text"), default=False)

    objects: ClassVar = MultilingualManager.from_queryset(LetterVersionQuerySet)()

    class Meta:
        verbose_name = _("version of the letter")
        verbose_name_plural = _("versions of the letter")
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "number"],
                name="letter_version_number_once",
                violation_error_code="number",
                violation_error_message=_("The letter has a version with this number already."),
            ),
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(is_final=True),
                name="letter_one_final_version",
                violation_error_code="is_final",
                violation_error_message=_("Another version is the final one."),
            ),
        ]

    def __str__(self) -> str:
        return _("version %(number)s") % {"number": self.number}

    def clean(self) -> None:
        super().clean()
        if error := _find_impossible_day(self.dated_on):
            raise ValidationError({"dated_on": error})

    @property
    def date(self) -> PartialDate | None:
        return PartialDate(self.dated_on, self.date_precision) if self.dated_on else None

    @property
    def remark(self) -> Wording:
        return wording(self, "note")


class LetterTask(models.Model):
    """Who took on which part of the work on a letter. Roles and numbers, no names."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="tasks")
    who = models.CharField(
        _("who"), max_length=200, blank=True, help_text=_("Such as: four participants. No names.")
    )
    task = models.CharField(_("what they took on"), max_length=300, blank=True)
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letter_tasks",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("role in the work on a letter")
        verbose_name_plural = _("roles in the work on a letter")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return ": ".join(filter(None, [str(wording(self, "who")), str(wording(self, "task"))]))

    def clean(self) -> None:
        super().clean()
        if not is_worded(self, "task"):
            task = localized("task", self.letter.original_language)
            raise ValidationError({task: _("Write what they took on.")})


class SignatoryQuerySet(QuerySet):
    def named(self) -> Self:
        """Whom readers may know by name. Agrees with is_named."""
        people = Q(person__isnull=False, consent_given_on__isnull=False) & ~Q(
            state__in=STEPPED_BACK
        )
        bodies = Q(person__isnull=True, organisation__isnull=False, state__in=SIGNED)
        return self.filter(people | bodies)

    def at_the_head(self) -> Self:
        """Who heads the list of those who sign, named or not."""
        return self.filter(heads_the_list=True).exclude(state__in=STEPPED_BACK)


class Signatory(NamedByConsent):
    """Somebody who was thought of, asked, or signed. All are counted, few are named.

    A person is named with recorded consent alone, and no longer after stepping back; until then
    neither the office nor the organisation is shown, as either may point to the person. An
    organisation that signs as such is named once it has signed: that is its own public act, while
    being thought of is not."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="signatories")
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="signatures",
    )
    office = models.CharField(
        _("office"),
        max_length=300,
        blank=True,
        help_text=_("For the record. Readers see it only together with the name."),
    )
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=SignatoryState.choices,
        default=SignatoryState.SUGGESTED,
    )
    state_on = models.DateField(_("since"), null=True, blank=True)
    heads_the_list = models.BooleanField(_("heads the list"), default=False)
    position = models.PositiveIntegerField(_("order"), default=0)

    objects: ClassVar = MultilingualManager.from_queryset(SignatoryQuerySet)()

    class Meta:
        verbose_name = _("signatory")
        verbose_name_plural = _("signatories")
        ordering = ["-heads_the_list", "position", "pk"]
        constraints = [*NamedByConsent.Meta.constraints]

    def __str__(self) -> str:
        return str(self.person or self.organisation or wording(self, "office"))

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if not (self.person or self.organisation or is_worded(self, "office")):
            errors["person"] = _("Name a person, an organisation or an office.")
        if error := _find_impossible_day(self.state_on):
            errors["state_on"] = error
        if errors:
            raise ValidationError(errors)

    @property
    def office_label(self) -> Wording:
        return wording(self, "office")

    @property
    def is_name_public(self) -> bool:
        return super().is_name_public and self.state not in STEPPED_BACK

    @property
    def is_named(self) -> bool:
        """Agrees with named()."""
        signs_as_organisation = self.person is None and self.organisation is not None
        return self.is_name_public or (signs_as_organisation and self.has_signed)

    @property
    def has_signed(self) -> bool:
        return self.state in SIGNED
