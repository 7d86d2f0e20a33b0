"""Questionnaires, and answers that nobody can trace.

There is no row of a person's answers. A closed question keeps only how often each of its cells was
chosen; words are kept as rows with random numbers, so that not even the order of arrival is stored.
A one-time code is deleted in the same moment in which its answers are counted. How the rows are
written is the business of events/feedback.py alone."""

from __future__ import annotations

import secrets
from bisect import bisect_right

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.events import Event
from mrc_portal.languages import (
    LANGUAGE_CODES,
    Wording,
    every_column,
    is_worded,
    localized,
    wording,
)
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR


class Access(models.TextChoices):
    OPEN = "open", _("anyone who has the address")
    CODES = "codes", _("one-time codes")


class QuestionKind(models.TextChoices):
    YES_NO = "yes_no", _("yes or no")
    ONE = "one", _("one of several answers")
    SEVERAL = "several", _("any number of answers")
    SCALE = "scale", _("scale from 1 to 5")
    NUMBER = "number", _("number")
    SHORT_TEXT = "short_text", _("a line of text")
    LONG_TEXT = "long_text", _("several lines of text")


TEXT_KINDS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)
OPTION_KINDS = (QuestionKind.ONE, QuestionKind.SEVERAL)
SCALE_STEPS = 5
# The cell of a tally that counts everyone who answered the question.
ANSWERED = -1
MOST_OPTIONS = 30

# What stays as it was answered, once somebody has. The paraphrase is written afterwards.
QUESTION_WORDING = (
    "position",
    "kind",
    "band_starts",
    "is_required",
    *every_column("text", "help", "options", "low_label", "high_label"),
)
QUESTIONNAIRE_WORDING = (
    "event",
    "access",
    *every_column("intro"),
)


def random_number() -> int:
    """A row's number that says nothing of when it came; 62 bits, as the databases take."""
    return secrets.randbits(62) + 1


class Questionnaire(models.Model):
    """What the people at an event are asked, without anyone knowing who answered."""

    event = models.OneToOneField(
        Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="questionnaire"
    )
    intro = models.TextField(
        _("introduction"),
        blank=True,
        help_text=_("Why you ask, in two or three sentences. A blank line parts paragraphs."),
    )
    access = models.CharField(
        _("who may answer"), max_length=10, choices=Access.choices, default=Access.OPEN
    )
    opens_at = models.DateTimeField(_("opens at"), help_text=_("Bishkek time."))
    closes_at = models.DateTimeField(
        _("closes at"),
        help_text=_("Bishkek time. Answers on paper can be entered until the report is made."),
    )
    # How many forms were counted, on paper and on line; 0 again when the report is made. Never
    # printed, and not in the history, where it would tell when forms came.
    form_count = models.PositiveIntegerField(default=0, editable=False)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="questionnaire_closes_after_it_opens",
                violation_error_code="closes_at",
                violation_error_message=_("The questionnaire closes before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(access__in=Access.values), name="questionnaire_access_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.event)

    def get_absolute_url(self) -> str:
        return reverse("events:feedback_form", args=[self.event.slug])

    @property
    def has_opened(self) -> bool:
        return self.opens_at <= timezone.now()

    @property
    def has_closed(self) -> bool:
        return self.closes_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether answers are taken on line. The clock alone decides."""
        return self.has_opened and not self.has_closed and not self.is_reported

    @property
    def takes_paper(self) -> bool:
        """Whether the staff may still enter answers given on paper."""
        return self.has_opened and not self.is_reported

    @property
    def takes_codes(self) -> bool:
        """Whether one-time codes can be made: they are asked for, and there is time to use them."""
        return self.access == Access.CODES and not self.has_closed and not self.is_reported

    @property
    def is_reported(self) -> bool:
        """Whether the report is made: from then on nothing is counted any more."""
        return hasattr(self, "report")

    @property
    def is_locked(self) -> bool:
        """Whether somebody has answered: the wording must then stay as it was answered."""
        return self.form_count > 0 or self.is_reported

    @property
    def fixed_fields(self) -> tuple[str, ...]:
        """What can no longer change. Once closed it stays closed: editors may have looked at the
        counts, and after one more form the difference would tell what that one answered."""
        if not self.is_locked:
            return ()
        moments = ("opens_at", "closes_at") if self.has_closed else ("opens_at",)
        return (*QUESTIONNAIRE_WORDING, *moments)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every question is worded."""
        questions = list(self.questions.all())
        return tuple(
            code
            for code in LANGUAGE_CODES
            if questions and all(question.is_worded_in(code) for question in questions)
        )

    def clean(self) -> None:
        super().clean()
        errors: dict[str, object] = {}
        for name in ("opens_at", "closes_at"):
            moment = getattr(self, name)
            if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
                errors[name] = _("Please check the year.")
        before = Questionnaire.objects.filter(pk=self.pk).first() if self.pk else None
        if before is not None and before.is_locked:
            closes_on = timezone.localdate(self.closes_at) if self.closes_at else None
            if closes_on and not before.has_closed and closes_on < timezone.localdate():
                errors["closes_at"] = _("Somebody has answered: it cannot close before today.")
            changed = _changed_fields(before, self, before.fixed_fields)
            errors |= dict.fromkeys(changed, _("Somebody has answered: this can no longer change."))
        if before is not None and before.is_reported:
            changed = _changed_fields(before, self, ("opens_at", "closes_at", "is_demonstration"))
            errors |= dict.fromkeys(changed, _("The report is made: this can no longer change."))
        if errors:
            raise ValidationError(errors)


def _changed_fields(before: models.Model, after: models.Model, names: tuple[str, ...]) -> list[str]:
    """Those of the fields that differ; a translation that was never filled is as good as empty."""
    return [
        name for name in names if (getattr(before, name) or None) != (getattr(after, name) or None)
    ]


class Question(models.Model):
    """One question. Its answers are cells, numbered alike in every language."""

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="questions"
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=QuestionKind.choices)
    text = models.CharField(_("question"), max_length=300, blank=True)
    help = models.CharField(_("explanation"), max_length=300, blank=True)
    options = models.TextField(
        _("answers to choose from"),
        blank=True,
        help_text=_("One per line, in the same order in every language."),
    )
    low_label = models.CharField(
        _("what 1 means"), max_length=80, blank=True, help_text=_("Only for a scale.")
    )
    high_label = models.CharField(
        _("what 5 means"), max_length=80, blank=True, help_text=_("Only for a scale.")
    )
    band_starts = models.CharField(
        _("ranges of the number"),
        max_length=100,
        blank=True,
        help_text=_(
            "Only for a number: where each range begins, such as 18, 30, 45. Only the range of an "
            "answer is kept, never the number itself."
        ),
    )
    is_required = models.BooleanField(_("must be answered"), default=False)
    paraphrase = models.TextField(
        _("what was answered, in your words"),
        blank=True,
        help_text=_("For text answers: the report prints only this, never what people wrote."),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=QuestionKind.values), name="question_kind_known"
            )
        ]

    def __str__(self) -> str:
        return str(self.label)[:80]

    @property
    def label(self) -> Wording:
        return wording(self, "text")

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT_KINDS

    @property
    def bands(self) -> list[int]:
        """The first numbers of the bands, rising; below the first there is one more band."""
        return [int(part) for part in self.band_starts.replace(",", " ").split()]

    def option_lines(self, language: str) -> list[str]:
        """The answers to choose from, by cell."""
        text = getattr(self, localized("options", language)) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def is_worded_in(self, language: str) -> bool:
        if not getattr(self, localized("text", language)):
            return False
        return self.kind not in OPTION_KINDS or bool(self.option_lines(language))

    @property
    def cell_count(self) -> int:
        """How many different answers are counted; 0 for texts."""
        if self.kind == QuestionKind.YES_NO:
            return 2
        if self.kind == QuestionKind.SCALE:
            return SCALE_STEPS
        if self.kind == QuestionKind.NUMBER:
            return len(self.bands) + 1
        if self.kind in OPTION_KINDS:
            return max(len(self.option_lines(code)) for code in LANGUAGE_CODES)
        return 0

    def cell_of_number(self, number: int) -> int:
        """The band in which a number lies."""
        return bisect_right(self.bands, number)

    def clean(self) -> None:
        super().clean()
        errors: dict[str, object] = {}
        if not is_worded(self, "text"):
            errors[localized("text", "ru")] = _("Write the question.")
        if self.kind in OPTION_KINDS:
            self._clean_options(errors)
        if self.kind == QuestionKind.NUMBER:
            parts = self.band_starts.replace(",", " ").split()
            is_whole = all(part.isdecimal() and len(part) < 7 for part in parts)
            numbers = [int(part) for part in parts] if is_whole else []
            if not numbers or numbers != sorted(set(numbers)) or numbers[0] == 0:
                errors["band_starts"] = _(
                    "Give whole numbers above 0 in ascending order, such as 18, 30, 45. What lies "
                    "below the first is a range of its own."
                )
        if errors:
            raise ValidationError(errors)
        self._clean_lock()

    def _clean_options(self, errors: dict[str, object]) -> None:
        lengths = {len(self.option_lines(code)) for code in LANGUAGE_CODES} - {0}
        first = next((code for code in LANGUAGE_CODES if self.option_lines(code)), "ru")
        field = localized("options", first)
        if len(lengths) > 1:
            errors[field] = _("Every language needs the same number of answers, in the same order.")
        elif not lengths or lengths == {1}:
            errors[field] = _("Give at least two answers, one per line.")
        elif max(lengths) > MOST_OPTIONS:
            text = _("Give at most %(most)s answers.")
            errors[field] = ValidationError(text, params={"most": MOST_OPTIONS})
        for code in LANGUAGE_CODES:
            lines = self.option_lines(code)
            if len(set(lines)) < len(lines):
                errors[localized("options", code)] = _("The same answer appears twice.")

    def _clean_lock(self) -> None:
        """After the first answer the wording stays, after the report the paraphrase too."""
        if self.questionnaire_id is None or not self.questionnaire.is_locked:
            return
        before = Question.objects.filter(pk=self.pk).first() if self.pk else None
        if before is None:
            raise ValidationError(_("Somebody has answered: no question can be added any more."))
        changed = _changed_fields(before, self, QUESTION_WORDING)
        if self.questionnaire.is_reported:
            changed += _changed_fields(before, self, tuple(every_column("paraphrase")))
        if changed:
            text = _("Somebody has answered: this can no longer change.")
            raise ValidationError(dict.fromkeys(changed, text))


class Tally(models.Model):
    """How often a cell of a question was chosen; cell -1: how many answered the question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="tallies")
    cell = models.SmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(fields=["question", "cell"], name="one_tally_for_a_cell")
        ]

    def __str__(self) -> str:
        return f"{self.question_id}/{self.cell}: {self.count}"


class OpenAnswer(models.Model):
    """What somebody wrote. Read by editors only, and deleted when the report is made."""

    id = models.BigAutoField(primary_key=True, default=random_number)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="open_answers")
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("open answer")
        verbose_name_plural = _("open answers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]


class AccessCode(models.Model):
    """The digest of a code that has not been used. A used one is gone."""

    id = models.BigAutoField(primary_key=True, default=random_number)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")

    def __str__(self) -> str:
        return self.digest[:8]


class FeedbackReport(models.Model):
    """What was answered, as readers see it: made once, after closing, and never again."""

    questionnaire = models.OneToOneField(
        Questionnaire, on_delete=models.PROTECT, related_name="report"
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Printed figures only: what is hidden is not in here either. See events/reports.py.
    content = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("feedback report")
        verbose_name_plural = _("feedback reports")

    def __str__(self) -> str:
        return str(self.questionnaire)
