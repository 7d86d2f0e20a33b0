"""A record's history in the editors' words."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from modeltranslation.translator import translator
from simple_history.template_utils import HistoricalRecordContextHelper, ObjDiffDisplay

from mrc_portal.dates import PartialDate, moment
from mrc_portal.fields import ProseField

NOTHING = "–"


class ShortenedTexts(ObjDiffDisplay):
    def shortened_str(self, prefix: str, num_skipped_chars: int, suffix: str) -> str:
        return f"{prefix}…{suffix}"


class ReadableChanges(HistoricalRecordContextHelper):
    """What changed, without codes: choices and moments as editors know them."""

    def context_for_delta_changes(self, delta: Any) -> list[dict[str, Any]]:
        # The untranslated column repeats the one of the language that the editor works in.
        repeated = translator.get_options_for_model(self.model).all_fields
        changes = [change for change in delta.changes if change.field not in repeated]
        told = super().context_for_delta_changes(dataclasses.replace(delta, changes=changes))
        return [change for change in told if change["old"] != change["new"]]

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        value = super().prepare_delta_change_value(change, value)
        field: Any = self.model._meta.get_field(change.field)
        if value in (None, "", []):
            return NOTHING
        if isinstance(value, list):
            return ", ".join(sorted(str(item) for item in value))
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime.datetime):
            return moment(value)
        if isinstance(value, datetime.date):
            return str(PartialDate(value))
        if isinstance(getattr(field, "translated_field", field), ProseField):
            return strip_tags(value)
        return dict(field.flatchoices).get(value, value) if field.choices else value

    def get_obj_diff_display(self) -> ObjDiffDisplay:
        return ShortenedTexts(max_length=self.max_displayed_delta_change_chars)


class ReadableHistoryMixin:
    """For admins with a history. Stands before SimpleHistoryAdmin."""

    model: Any
    object_history_list_template = "admin/history_list.html"
    object_history_form_template = "admin/history_version.html"

    def get_historical_record_context_helper(
        self, request: Any, historical_record: Any
    ) -> ReadableChanges:
        return ReadableChanges(self.model, historical_record)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An old version is there to be looked at: simple_history would save what is posted to its
        address for everyone who may look, past all rules of the form."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        # Its own names, where simple_history gives those of its table.
        context = {"opts": self.model._meta} | (extra_context or {})
        return super().history_form_view(request, object_id, version_id, context)  # type: ignore[misc]
