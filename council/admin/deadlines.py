"""The form that puts a moved deadline on record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council.admin.readings import TimedForm, TimeReading, read_time
from council.admin.worded import Choice, DayInput, WordedForm
from council.models import DeadlineChange
from council.models.timed import READING
from council.moderation import refuse_if_archived
from council.timelines import TimelineKind
from mrc_portal.languages import every_column
from mrc_portal.publishing_admin import ErrorsAtFieldsMixin


class DeadlineForm(TimedForm, ErrorsAtFieldsMixin, WordedForm):
    """When the row is due now, since when and why. Without dates there is nothing to move."""

    WORDED = {"timeline_text": _("New deadline, word for word"), "reason": _("Reason")}

    class Meta:
        model = DeadlineChange
        fields = [
            *every_column("timeline_text"),
            *READING,
            "decided_on",
            *every_column("reason"),
            "document",
        ]
        widgets = {
            "earliest": DayInput,
            "latest": DayInput,
            "decided_on": DayInput,
            "document": Choice(DeadlineChange._meta.get_field("document"), admin.site),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["decided_on"] = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_if_archived(self.instance.activity.stage.plan)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors or self.instance.timeline_kind != TimelineKind.NONE:
            return
        if self.reading is not None and self.reading.proposed is not None:
            text = _("Please look at what the portal reads in these words, and confirm it.")
        else:
            text = _("No day can be read from these words: fill in what they mean.")
        self.add_error("timeline_kind", ValidationError(text))

    @property
    def reading(self) -> TimeReading | None:
        """What the typed words mean, for the page."""
        return read_time(self.instance) if self.is_bound else None

    @property
    def meaning(self) -> list[forms.BoundField]:
        return [self[name] for name in READING]
