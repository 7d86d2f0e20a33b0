"""Forms of stages, goals and rows: who saves second sees what the first one saved."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from council.models import PlanPart
from council.revisions import SavedMeanwhile, claim
from mrc_portal.dates import PartialDate, moment
from mrc_portal.history_admin import NOTHING
from mrc_portal.languages import OWN_NAMES
from mrc_portal.publishing_admin import ErrorsAtFieldsMixin
from mrc_portal.roles import called

SEEN = "revision_seen"


@dataclass(frozen=True)
class Difference:
    """A field in which this editor's text and what is stored now are not the same."""

    label: str
    own: str
    stored: str


@dataclass
class Conflict:
    """What another editor saved after this one had opened the form."""

    differences: list[Difference] = field(default_factory=list)
    # Fields that this editor had left alone: the form now shows what is stored.
    taken_over: list[str] = field(default_factory=list)


class RevisedForm(ErrorsAtFieldsMixin):
    """Knows the revision that it was opened at, and refuses to save over a later one.

    What this editor typed stays in the form, what she left alone takes the stored value, and both
    are told. The form may then be saved: it has seen what is stored."""

    revision_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    conflict: Conflict | None = None
    # Whether even one who has changed nothing is told.
    refuses_always = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN].label = ""
        if self.instance.pk:
            self.initial[SEEN] = self.instance.revision

    @cached_property
    def changed_data(self) -> list[str]:
        """Without the revision, which no editor changes."""
        names: list[str] = super().changed_data
        return [name for name in names if name != SEEN]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get(SEEN) != self.instance.revision:
            self._meet_the_other(cleaned)
        return cleaned

    def _meet_the_other(self, cleaned: dict[str, Any]) -> None:
        opened = self._values_when_opened(cleaned.get(SEEN))
        conflict = Conflict()
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix(SEEN)] = str(self.instance.revision)
        for name in self.changed_data:
            label = self._label(name)
            if opened is not None and not self._is_touched(name, opened.get(name)):
                self._take_stored(name, cleaned)
                conflict.taken_over.append(label)
            else:
                own = self._told(name, cleaned.get(name, self[name].value()))
                stored = self._told(name, self.initial.get(name))
                conflict.differences.append(Difference(label, own, stored))
        del self.changed_data
        if self.refuses_always or conflict.differences:
            self.conflict = conflict
            self.add_error(None, ValidationError(self._who_saved(), code="saved_meanwhile"))

    def _values_when_opened(self, seen: int | None) -> dict[str, Any] | None:
        """As the history has it; None if it has not."""
        record = self.instance.history.filter(revision=seen).first()
        return model_to_dict(record.instance, fields=list(self.fields)) if record else None

    def _is_touched(self, name: str, opened: Any) -> bool:
        return self.fields[name].has_changed(opened, self[name].data)

    def _take_stored(self, name: str, cleaned: dict[str, Any]) -> None:
        data: Any = self.data
        form_field, key = self.fields[name], self.add_prefix(name)
        stored = form_field.prepare_value(self.initial.get(name))
        if isinstance(stored, bool):
            data.pop(key, None)
            if stored:
                data[key] = "on"
        else:
            text = stored.isoformat() if isinstance(stored, datetime.date) else stored
            data[key] = "" if text is None else str(text)
        cleaned[name] = form_field.clean(self[name].data)
        self.errors.pop(name, None)

    def _who_saved(self) -> str:
        record = self.instance.history.first()
        who = called(record.history_user) if record else ""
        values = {"person": who, "moment": moment(record.history_date) if record else ""}
        if who:
            text = _(
                "%(person)s saved this record after you had opened it: %(moment)s. Nothing of "
                "yours is stored yet. Your text is still in the form; compare, then save again."
            )
        else:
            text = _(
                "This record was saved after you had opened it: %(moment)s. Nothing of yours is "
                "stored yet. Your text is still in the form; compare, then save again."
            )
        return text % values

    def _label(self, name: str) -> str:
        form_field = self.fields[name]
        language = form_field.widget.attrs.get("lang")
        label = str(form_field.label)
        name_of_language = OWN_NAMES.get(language, "")
        if not name_of_language or name_of_language in label:
            return label
        return f"{label} ({name_of_language})"

    def _told(self, name: str, value: Any) -> str:
        """A value as an editor knows it."""
        form_field: Any = self.fields[name]
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if value in (None, ""):
            return NOTHING
        if isinstance(value, Model):
            return str(value)
        if isinstance(form_field, forms.ModelChoiceField):
            choices: Any = form_field.queryset
            return str(choices.filter(pk=value).first() or value)
        if isinstance(value, datetime.date):
            return str(PartialDate(value))
        return str(dict(getattr(form_field, "choices", ())).get(value, value))


class RevisedAdmin(admin.ModelAdmin):
    """For the admins of such records. Stands before the classes that save."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except SavedMeanwhile:
            # Nothing was stored; now the form sees what the other has saved, and says so.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            claim(obj, form.cleaned_data[SEEN])
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        if getattr(form, "conflict", None) is not None:
            context["stored_lists"] = [
                (formset.opts.verbose_name_plural, _rows_told(formset.formset.get_queryset()))
                for formset in context["inline_admin_formsets"]
            ]
        return super().render_change_form(request, context, *args, **kwargs)


def _rows_told(rows: Any) -> str:
    return "; ".join(str(row) for row in rows) or NOTHING


def claim_changed(formset: Any) -> None:
    """Claim what a list of such records is about to save. Raises SavedMeanwhile."""
    for form in formset.initial_forms:
        record: PlanPart = form.instance
        if form.has_changed() and form not in formset.deleted_forms:
            claim(record, form.cleaned_data[SEEN])
