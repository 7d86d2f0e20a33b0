"""The plan: stages, goals, rows with every cell as it was printed, and published versions."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from council.models.timed import Timed
from council.money import amount_label
from council.timelines import Timeline
from mrc_portal.dates import PartialDate, Precision
from mrc_portal.fields import SHORT_ID_LENGTH, ProseField, new_short_id
from mrc_portal.languages import Wording, is_worded, localized, wording
from mrc_portal.publishing import Publishable, PublishableManager, PublishableQuerySet

MAX_DEPTH = 4  # heading, activity, step, step of a step


class Completeness(models.TextChoices):
    """How much of a section has come down to us."""

    COMPLETE = "complete", _("complete")
    PARTIAL = "partial", _("parts are missing")
    PENDING = "pending", _("still to come")


class RowKind(models.TextChoices):
    HEADING = "heading", _("heading")
    ACTIVITY = "activity", _("activity")
    STEP = "step", _("step")
    GAP = "gap", _("lost rows")


class Origin(models.TextChoices):
    """Where a row comes from. Only printed rows stood in the table of the plan."""

    PRINTED = "printed", _("in the table")
    SUGGESTED = "suggested", _("suggested outside the table")
    PROPOSED = "proposed", _("proposed, not decided")


class ColumnMeaning(models.TextChoices):
    NUMBER = "number", pgettext_lazy("in an order", "number")
    ACTIVITY = "activity", _("activity")
    TIMELINE = "timeline", _("timeline")
    RESPONSIBLE = "responsible", _("responsible")
    RESOURCES = "resources", _("resources")
    EXPECTED_RESULT = "expected_result", _("expected result")
    OTHER = "other", _("another column")


class HeadingState(models.TextChoices):
    PRINTED = "printed", _("printed")
    UNNAMED = "unnamed", _("the column has no heading")
    LOST = "lost", _("the heading is lost; understood by analogy")


class PlanQuerySet(PublishableQuerySet):
    def running(self) -> Self:
        """Plans that are still tracked. Agrees with is_archive."""
        return self.filter(
            Q(tracking_ended_on__isnull=True) | Q(tracking_ended_on__gte=timezone.localdate())
        )

    def running_first(self) -> Self:
        """Plans that are still tracked, the newest first; then archives."""
        return self.order_by(
            F("tracking_ended_on").desc(nulls_first=True),
            F("starts_on").desc(nulls_last=True),
            "pk",
        )

    def for_pages(self) -> Self:
        """With the records that the pages of a plan name."""
        return self.select_related("council", "drawn_up_by", "source_document")


class Plan(Publishable):
    """An action plan: what was promised, stage by stage, and what became of it."""

    body = ProseField(
        _("text of the page"), blank=True, help_text=_("Optional: how the plan came about.")
    )
    reference_strategy = models.CharField(_("strategy that it serves"), max_length=300, blank=True)
    starts_on = models.DateField(
        _("first day of the plan"),
        null=True,
        blank=True,
        help_text=_("Recurring and permanent rows without a date of their own count from here."),
    )
    ends_on = models.DateField(_("last day of the plan"), null=True, blank=True)
    tracking_ended_on = models.DateField(
        _("tracking ended on"),
        null=True,
        blank=True,
        help_text=_(
            "The last day on which reports were gathered. After it the picture no longer changes, "
            "and nobody is called late any more."
        ),
    )
    drawn_up_by = models.ForeignKey(
        "council.Body",
        verbose_name=_("drawn up by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans_drawn_up",
    )
    council = models.ForeignKey(
        "council.Body",
        verbose_name=_("plan of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
    )
    source_document = models.ForeignKey(
        "library.Document",
        verbose_name=_("taken from the document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
    )
    events = models.ManyToManyField(
        "events.Event",
        verbose_name=_("events at which it was drawn up"),
        blank=True,
        related_name="plans",
        help_text=_("What they suggested stands on the plan’s list of suggestions."),
    )
    topics = models.ManyToManyField(
        "library.Topic", verbose_name=_("topics"), blank=True, related_name="plans"
    )
    note = ProseField(_("editor’s note"), blank=True)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    objects: ClassVar = PublishableManager.from_queryset(PlanQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("action plan")
        verbose_name_plural = _("action plans")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="plan_ends_after_it_starts",
                violation_error_code="ends_on",
                violation_error_message=_("The plan ends before it starts."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("council:plan_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_plan", args=[self.short_id])

    def clean(self) -> None:
        super().clean()
        if self.tracking_ended_on and self.tracking_ended_on > timezone.localdate():
            raise ValidationError({"tracking_ended_on": _("This day has not come yet.")})

    @property
    def years(self) -> PartialDate | None:
        """The years that it is for, if it is known when it begins."""
        first, last = self.starts_on, self.ends_on
        if first is None:
            return None
        is_one_year = last is None or last.year == first.year
        return PartialDate(first, Precision.YEAR, None if is_one_year else last)

    @property
    def last_day(self) -> datetime.date:
        """The last day that there is a picture of: today, or the end of tracking."""
        return min(filter(None, [timezone.localdate(), self.tracking_ended_on]))

    @property
    def is_archive(self) -> bool:
        """Whether nobody gathers reports any more."""
        return self.tracking_ended_on is not None and (
            self.tracking_ended_on < timezone.localdate()
        )


class PlanPart(models.Model):
    """A stage, goal or row. Two editors who save the same one are told of each other."""

    # Grows with every save of a form; a form that was opened before the last one is refused.
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class Stage(PlanPart, Timed):
    """A stage with its deadline or range; what is there of its goals and of its table."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField(
        pgettext_lazy("in an order", "number"), validators=[MinValueValidator(1)]
    )
    title = models.CharField(
        _("title"), max_length=300, blank=True, help_text=_("Optional, beside the number.")
    )
    goals_state = models.CharField(
        _("list of goals"),
        max_length=10,
        choices=Completeness.choices,
        default=Completeness.COMPLETE,
    )
    table_state = models.CharField(
        _("table of rows"),
        max_length=10,
        choices=Completeness.choices,
        default=Completeness.COMPLETE,
    )
    pending_on_organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("who is to hand in what is still to come"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pending_stages",
    )
    pending_on_document = models.ForeignKey(
        "library.Document",
        verbose_name=_("document that it waits for"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pending_stages",
    )
    note = models.TextField(
        _("note to readers"), blank=True, help_text=_("Such as: items 1 to 3 are lost.")
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["plan", "number"]
        constraints = [
            *Timed.Meta.constraints,
            models.UniqueConstraint(
                fields=["plan", "number"],
                name="stage_number_once",
                violation_error_code="number",
                violation_error_message=_("The plan has a stage with this number already."),
            ),
        ]

    def __str__(self) -> str:
        return _("%(plan)s, stage %(number)s") % {"plan": self.plan, "number": self.roman}

    def get_absolute_url(self) -> str:
        return reverse("council:stage_detail", args=[self.plan.slug, self.number])

    def clean(self) -> None:
        super().clean()
        if errors := self.find_impossible_years():
            raise ValidationError(errors)

    @property
    def roman(self) -> str:
        """Stages are numbered as plans do it: I, II, III. Beyond XX in Arabic figures."""
        tens, ones = divmod(self.number, 10)
        if self.number > 20:
            return str(self.number)
        return "X" * tens + ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones]

    @property
    def is_removable(self) -> bool:
        """What readers have seen with its rows stays."""
        return not self.rows.exists() or not self.plan.was_public

    @property
    def label(self) -> Wording:
        return wording(self, "title")

    @property
    def remark(self) -> Wording:
        return wording(self, "note")


class StageColumn(models.Model):
    """A column of a stage's table as it was printed: under which heading, or without one."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField(_("order"), default=0)
    meaning = models.CharField(_("what it holds"), max_length=20, choices=ColumnMeaning.choices)
    heading = models.CharField(_("heading, word for word"), max_length=200, blank=True)
    heading_state = models.CharField(
        _("heading"), max_length=10, choices=HeadingState.choices, default=HeadingState.PRINTED
    )

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "meaning"],
                condition=~Q(meaning=ColumnMeaning.OTHER),
                name="stage_column_of_a_meaning_once",
                violation_error_code="meaning",
                violation_error_message=_("The table has such a column already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label or ColumnMeaning(self.meaning).label)

    @property
    def label(self) -> Wording:
        return wording(self, "heading")

    def clean(self) -> None:
        super().clean()
        is_printed = self.heading_state == HeadingState.PRINTED
        if is_printed != is_worded(self, "heading"):
            raise ValidationError(
                {
                    "heading_state": _(
                        "A printed heading has words; an unnamed or lost one has none."
                    )
                }
            )


class Goal(PlanPart):
    """A goal or task of a stage, or a place where some are lost."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="goals")
    position = models.PositiveIntegerField(_("order"), default=0)
    # Spreadsheets and versions of the plan know a goal by it.
    short_id = models.CharField(
        max_length=SHORT_ID_LENGTH, unique=True, editable=False, default=new_short_id
    )
    number = models.CharField(_("number as printed"), max_length=20, blank=True)
    title = models.CharField(_("text"), max_length=500, blank=True)
    is_gap = models.BooleanField(
        _("lost"), default=False, help_text=_("Here the source has goals that are lost.")
    )
    is_placement_uncertain = models.BooleanField(
        _("its place is uncertain"),
        default=False,
        help_text=_("Such as a second item on the same line."),
    )
    note = models.TextField(_("note to readers"), blank=True)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["stage", "position", "pk"]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.number, str(self.label)]))[:100]

    def clean(self) -> None:
        super().clean()
        if self.is_gap == is_worded(self, "title"):
            title = localized("title", self.stage.plan.original_language)
            raise ValidationError({title: _("A goal has a text; a lost one has none.")})

    @property
    def label(self) -> Wording:
        return wording(self, "title")

    @property
    def remark(self) -> Wording:
        return wording(self, "note")


# The texts of a row that exist in each language, in the order of the editors' form. Form, history,
# search, files, comparisons of versions and the JSON API follow.
ROW_TEXTS = (
    "title",
    "timeline_text",
    "responsible_text",
    "resources_text",
    "expected_result",
    "origin_note",
    "note",
)


class Activity(PlanPart, Timed):
    """A row of the plan: heading, activity, step or a place where rows are lost.

    Its cells stand as printed: in the plan's original language word for word, in the others
    translated. An empty cell is empty; that its words are lost is said separately.
    """

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="rows")
    parent = models.ForeignKey(
        "self",
        verbose_name=_("stands under"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="children",
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    short_id = models.CharField(
        _("permanent identifier"),
        max_length=SHORT_ID_LENGTH,
        unique=True,
        editable=False,
        default=new_short_id,
    )
    kind = models.CharField(
        _("kind of row"), max_length=10, choices=RowKind.choices, default=RowKind.ACTIVITY
    )
    origin = models.CharField(
        _("origin"), max_length=10, choices=Origin.choices, default=Origin.PRINTED
    )
    origin_outcome = models.ForeignKey(
        "events.EventOutcome",
        verbose_name=_("came out of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="activities",
        help_text=_("The suggestion, task or decision of an event that became this row."),
    )
    origin_note = models.CharField(
        _("where it was said"),
        max_length=300,
        blank=True,
        help_text=_("Such as: raised when group I presented its stage."),
    )
    number = models.CharField(_("number as printed"), max_length=20, blank=True)
    is_number_lost = models.BooleanField(_("the number is lost"), default=False)
    inferred_number = models.CharField(
        _("number understood from the place"), max_length=20, blank=True
    )
    title = models.CharField(_("activity"), max_length=500, blank=True)
    printed_title = models.CharField(
        _("activity as printed"),
        max_length=500,
        blank=True,
        help_text=_(
            "Only if the original has a misprint that the text above corrects; then letter for "
            "letter."
        ),
    )
    is_lost_before = models.BooleanField(_("the beginning of the text is lost"), default=False)
    is_lost_after = models.BooleanField(_("the end of the text is lost"), default=False)
    is_placement_uncertain = models.BooleanField(_("its place is uncertain"), default=False)
    is_timeline_lost = models.BooleanField(_("the timeline is lost"), default=False)
    responsible_text = models.CharField(_("responsible, word for word"), max_length=300, blank=True)
    is_responsible_lost = models.BooleanField(_("those responsible are lost"), default=False)
    resources_text = models.CharField(
        _("resources, word for word"),
        max_length=300,
        blank=True,
        help_text=_("As the source has it, such as: USD 5,000."),
    )
    is_resources_lost = models.BooleanField(_("the resources are lost"), default=False)
    expected_result = models.CharField(_("expected result"), max_length=500, blank=True)
    is_expected_result_lost = models.BooleanField(_("the expected result is lost"), default=False)
    note = models.TextField(_("note to readers"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("changed by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("row of the plan")
        verbose_name_plural = _("rows of the plan")
        ordering = ["stage", "position", "pk"]
        constraints = [
            *Timed.Meta.constraints,
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="activity_is_not_under_itself",
                violation_error_code="parent",
                violation_error_message=_("A row cannot stand under itself."),
            ),
            models.CheckConstraint(
                condition=Q(is_number_lost=False) | Q(number=""),
                name="activity_number_printed_or_lost",
                violation_error_code="number",
                violation_error_message=_("A number is printed, or it is lost: not both."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RowKind.values), name="activity_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values), name="activity_origin_known"
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.number, str(self.label)]))[:100] or self.short_id

    def get_absolute_url(self) -> str:
        return reverse("council:activity_detail", args=[self.stage.plan.slug, self.short_id])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_activity", args=[self.short_id])

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {**self.find_impossible_years()}
        original = self.stage.plan.original_language
        if self.kind == RowKind.GAP and is_worded(self, "title"):
            errors[localized("title", original)] = _("Lost rows have no text.")
        elif self.kind != RowKind.GAP and not is_worded(self, "title"):
            errors[localized("title", original)] = _("Write what is to be done.")
        if self.pk and self.kind == RowKind.GAP and self.children.exists():
            errors["kind"] = _("Rows stand under this one: they would stand under lost rows.")
        elif self.pk and not self.is_work and self.updates.exists():
            errors["kind"] = _("It has been reported on: it stays an activity or a step.")
        for field, lost in LOST_CELLS.items():
            if getattr(self, lost) and is_worded(self, field):
                errors[lost] = _("The cell has a text; it cannot be lost.")
        if self.parent is not None:
            self._clean_parent(errors)
        if errors:
            raise ValidationError(errors)

    def _clean_parent(self, errors: dict[str, Any]) -> None:
        assert self.parent is not None
        if self.parent.stage_id != self.stage_id:
            errors["parent"] = _("The row above belongs to another stage.")
        elif self.parent.kind == RowKind.GAP:
            errors["parent"] = _("Nothing can stand under lost rows.")
        above: Activity | None = self.parent
        depth = 1
        while above is not None and depth <= MAX_DEPTH:
            if self.pk and above.pk == self.pk:
                errors["parent"] = _("A row cannot stand under itself.")
                return
            above = above.parent
            depth += 1
        if depth > MAX_DEPTH:
            errors["parent"] = _("Rows can be nested four deep at most.")

    @property
    def label(self) -> Wording:
        return wording(self, "title")

    @property
    def responsible_label(self) -> Wording:
        return wording(self, "responsible_text")

    @property
    def remark(self) -> Wording:
        return wording(self, "note")

    @property
    def plan(self) -> Plan:
        return self.stage.plan

    @property
    def is_removable(self) -> bool:
        """What was reported, or moved, stays: such a row is called cancelled by a report. That
        nothing stands under a row, the database sees to."""
        return not (self.updates.exists() or self.deadline_changes.exists())

    @property
    def is_work(self) -> bool:
        """Something that somebody is to do: no heading, no gap, nothing still undecided."""
        return self.kind in (RowKind.ACTIVITY, RowKind.STEP) and self.origin != Origin.PROPOSED

    def timeline_on(self, day: datetime.date) -> Timeline:
        """The deadline in force on a day: the printed one, or the latest it was moved to."""
        moved = [change for change in self.deadline_changes.all() if change.decided_on <= day]
        return moved[-1].timeline if moved else self.timeline


# Fields of cells, and which says that a cell is lost.
LOST_CELLS = {
    "timeline_text": "is_timeline_lost",
    "responsible_text": "is_responsible_lost",
    "resources_text": "is_resources_lost",
    "expected_result": "is_expected_result_lost",
}


class Responsible(models.Model):
    """An organisation that a row names, even if it was not founded yet."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="responsibles")
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="responsibilities",
    )
    is_yet_to_exist = models.BooleanField(
        _("did not exist yet"),
        default=False,
        help_text=_("The plan names an organisation that was still to be founded."),
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("responsible organisation")
        verbose_name_plural = _("responsible organisations")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "organisation"],
                name="responsible_once",
                violation_error_code="organisation",
                violation_error_message=_("This organisation is named already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Resource(models.Model):
    """An amount that a row names. Without a printed currency it is never added to others."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="resources")
    amount = models.DecimalField(
        _("amount"), max_digits=15, decimal_places=2, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        help_text=_("Three letters, such as USD, KGS or EUR. Empty: not printed."),
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("amount")
        verbose_name_plural = _("amounts")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex=r"^[A-Z]{3}$"),
                name="resource_currency_by_iso_4217",
                violation_error_code="currency",
                violation_error_message=_("A currency has three capital letters, such as USD."),
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="resource_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return "" if self.amount is None else amount_label(Decimal(self.amount), self.currency)


class ExtraCell(models.Model):
    """A cell of a column that only this plan has."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="extra_cells")
    column = models.ForeignKey(
        StageColumn, verbose_name=_("column"), on_delete=models.RESTRICT, related_name="cells"
    )
    text = models.CharField(_("text"), max_length=500, blank=True)
    is_lost = models.BooleanField(_("lost"), default=False)

    class Meta:
        verbose_name = _("cell of another column")
        verbose_name_plural = _("cells of other columns")
        ordering = ["column__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "column"],
                name="extra_cell_once",
                violation_error_code="column",
                violation_error_message=_("The row has a cell of this column already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label)

    def clean(self) -> None:
        super().clean()
        if not hasattr(self, "column"):  # said at the field
            return
        if self.column.stage_id != self.activity.stage_id:
            raise ValidationError({"column": _("This column belongs to another stage.")})
        if self.column.meaning != ColumnMeaning.OTHER:
            raise ValidationError({"column": _("The row has a field of its own for this column.")})

    @property
    def label(self) -> Wording:
        return wording(self, "text")


class DeadlineChange(Timed):
    """A deadline that was moved. The printed one stays; these follow it and are never edited."""

    activity = models.ForeignKey(
        Activity, on_delete=models.CASCADE, related_name="deadline_changes"
    )
    decided_on = models.DateField(_("decided on"))
    reason = models.TextField(
        _("reason"), blank=True, help_text=_("Readers see it in the history of deadlines.")
    )
    document = models.ForeignKey(
        "library.Document",
        verbose_name=_("decided in the document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deadline_changes",
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("moved deadline")
        verbose_name_plural = _("moved deadlines")
        ordering = ["decided_on", "pk"]
        constraints = [*Timed.Meta.constraints]

    def __str__(self) -> str:
        return f"{PartialDate(self.decided_on)}: {self.timeline_label}"

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {**self.find_impossible_years()}
        if self.decided_on and self.decided_on > timezone.localdate():
            errors["decided_on"] = _("This day has not come yet.")
        if not is_worded(self, "reason"):
            reason = localized("reason", self.activity.stage.plan.original_language)
            errors[reason] = _("Say why the deadline was moved: readers will see it.")
        if errors:
            raise ValidationError(errors)

    @property
    def why(self) -> Wording:
        return wording(self, "reason")


class PlanVersion(models.Model):
    """The plan as it stood when an editor published it as a version: all cells, frozen."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(pgettext_lazy("in an order", "number"), editable=False)
    made_on = models.DateField(
        _("date of the version"), help_text=_("The day that the plan itself bears, or today.")
    )
    made_precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    text = models.TextField(_("what this version is"), blank=True)
    # What council/lines.py writes of the plan: {"columns": [...], "lines": [{column: cell}]}.
    content = models.JSONField(editable=False)
    created_at = models.DateTimeField(_("published at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("version of the plan")
        verbose_name_plural = _("versions of the plan")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number_once")
        ]

    def __str__(self) -> str:
        return _("version %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("council:plan_version", args=[self.plan.slug, self.number])

    @property
    def made(self) -> PartialDate:
        """The date as precisely as the plan bears it: that of 2013 names no more than a month."""
        return PartialDate(self.made_on, self.made_precision)

    @property
    def label(self) -> Wording:
        return wording(self, "text")
