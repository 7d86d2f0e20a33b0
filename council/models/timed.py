"""A time as it was printed, beside what is read into it: of stages, rows and new deadlines."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from mrc_portal.languages import Wording, wording
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR

# What a reading consists of.
READING = (
    "timeline_kind",
    "earliest",
    "latest",
    "time_precision",
    "recurrence",
    "is_year_inferred",
)


class Timed(models.Model):
    """Words of a time column, and their reading. The reading may be missing: then they stay words.

    translation.py registers timeline_text; in the plan's original language it is verbatim.
    """

    timeline_text = models.CharField(
        _("timeline, word for word"),
        max_length=300,
        blank=True,
        help_text=_(
            "As the source has it, such as: by 15 May; once a quarter. In the language of the "
            "original nothing is corrected."
        ),
    )
    timeline_kind = models.CharField(
        _("kind of time"),
        max_length=10,
        choices=TimelineKind.choices,
        default=TimelineKind.NONE,
    )
    earliest = models.DateField(_("not before"), null=True, blank=True)
    latest = models.DateField(
        _("last day (still in time)"),
        null=True,
        blank=True,
        help_text=_("For a month or a year: its last day."),
    )
    time_precision = models.CharField(
        _("how exactly"),
        max_length=10,
        choices=TimePrecision.choices,
        default=TimePrecision.DAY,
    )
    recurrence = models.CharField(
        _("how often"), max_length=10, choices=Recurrence.choices, blank=True
    )
    is_year_inferred = models.BooleanField(
        _("the year is not printed"),
        default=False,
        help_text=_("It was understood from the rest of the plan."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    timeline_kind__in=[TimelineKind.NONE],
                    earliest__isnull=True,
                    latest__isnull=True,
                )
                | Q(timeline_kind=TimelineKind.BY, latest__isnull=False)
                | Q(
                    timeline_kind__in=[TimelineKind.WITHIN, TimelineKind.RANGE],
                    earliest__isnull=False,
                    latest__isnull=False,
                )
                | Q(timeline_kind=TimelineKind.PERMANENT, latest__isnull=True)
                | Q(timeline_kind=TimelineKind.RECURRING),
                name="%(app_label)s_%(class)s_dates_fit_the_kind",
                violation_error_code="timeline_kind",
                violation_error_message=_(
                    "“By a date” needs the last day; a period needs both days; “permanently” has "
                    "no last day; “no dates” has none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(earliest__isnull=True)
                | Q(latest__isnull=True)
                | Q(earliest__lte=F("latest")),
                name="%(app_label)s_%(class)s_latest_not_before_earliest",
                violation_error_code="latest",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(timeline_kind=TimelineKind.RECURRING, recurrence__in=Recurrence.values)
                | ~Q(timeline_kind=TimelineKind.RECURRING) & Q(recurrence=""),
                name="%(app_label)s_%(class)s_recurs_as_often_as_said",
                violation_error_code="recurrence",
                violation_error_message=_("Say how often for what recurs, and only for that."),
            ),
        ]

    @property
    def timeline(self) -> Timeline:
        return Timeline(
            kind=TimelineKind(self.timeline_kind),
            earliest=self.earliest,
            latest=self.latest,
            precision=TimePrecision(self.time_precision),
            recurrence=Recurrence(self.recurrence) if self.recurrence else None,
            is_year_inferred=self.is_year_inferred,
        )

    def take_over(self, timeline: Timeline) -> None:
        """Make a reading this row's own, unsaved."""
        self.timeline_kind = timeline.kind
        self.earliest = timeline.earliest
        self.latest = timeline.latest
        self.time_precision = timeline.precision
        self.recurrence = timeline.recurrence or ""
        self.is_year_inferred = timeline.is_year_inferred

    @property
    def timeline_label(self) -> Wording:
        """The words, in the reader's language or the nearest."""
        return wording(self, "timeline_text")

    def find_impossible_years(self) -> dict[str, Any]:
        """Errors of a form, by field: a slip of the keyboard must not become a deadline."""
        return {
            name: ValidationError(_("Please check the year."))
            for name in ("earliest", "latest")
            if (day := getattr(self, name))
            and isinstance(day, datetime.date)
            and not FIRST_YEAR <= day.year <= LAST_YEAR
        }
