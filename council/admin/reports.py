"""The forms in which reports on progress are sent, assessed and rejected."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from council.admin.worded import Choice, DayInput, NumbersOnly, WordedForm, is_key
from council.models import (
    Activity,
    Assessment,
    Evidence,
    ProgressStatus,
    ProgressUpdate,
    Verdict,
)
from council.moderation import is_sent_twice, refuse_if_archived
from events.models import Event, PressRelease
from library.models import Document, Organisation
from mrc_portal.languages import current_language, every_column, localized

MAX_PIECES = 20
MAX_ADDRESS, MAX_WORDS = 500, 300  # letters: the lengths of the fields
# What of the portal's own can prove something, by the names of the fields of Evidence.
PROOFS: dict[str, Any] = {
    "document": (Document, _("Documents of the library")),
    "event": (Event, _("Events")),
    "release": (PressRelease, _("Press releases")),
}


class PublicRecords(NumbersOnly, AutocompleteSelectMultiple):
    """Chooses among what readers see: evidence that nobody can open proves nothing, and people who
    may only report must not learn of drafts."""

    def get_url(self) -> str:
        return reverse("admin:council_progressupdate_evidence")


class PublicRecordsField(forms.ModelMultipleChoiceField):
    """Published records of one kind, by the titles that readers see."""

    def __init__(self, name: str, queryset: QuerySet, label: Any) -> None:
        field: Any = Evidence._meta.get_field(name)
        widget = PublicRecords(field, admin.site)
        super().__init__(queryset, label=label, required=False, widget=widget)

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not is_key(str(key)):
                error = self.error_messages["invalid_pk_value"]
                raise ValidationError(error, code="invalid_pk_value", params={"pk": str(key)[:20]})
        return super().clean(value)

    def label_from_instance(self, record: Any) -> str:
        return record.shown.title if record.is_published else str(_("not public"))


class ReportForm(forms.ModelForm, WordedForm):
    """What is reported on a row, as of when, and what proves it."""

    WORDED = {
        "text": _("What was done"),
        "evidence_waiver": _("Why there is no evidence"),
    }

    links = forms.CharField(
        label=_("Web addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("One per line. After the address you may say what is there."),
    )
    # Set with the question whether words may stay; sent with it, they do.
    words_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ProgressUpdate
        fields = [
            "as_of",
            "status",
            "percent",
            *every_column("text"),
            "reported_by",
            *every_column("evidence_waiver"),
            "corrects",
        ]
        widgets = {
            "as_of": DayInput,
            "status": forms.RadioSelect,
            "corrects": forms.HiddenInput,
        }

    def __init__(
        self,
        data: Any = None,
        *,
        activity: Activity,
        corrects: ProgressUpdate | None = None,
        refused: ProgressUpdate | None = None,
        organisations: QuerySet[Organisation] | None = None,
    ) -> None:
        """organisations: those that a reporter may speak for; others name any."""
        super().__init__(data, instance=ProgressUpdate(activity=activity))
        self.activity = activity
        status: Any = self.fields["status"]
        status.choices = ProgressStatus.choices  # without the empty one
        for name, (model, label) in PROOFS.items():
            records = model.objects.published()
            self.fields[f"{name}s"] = PublicRecordsField(name, records, label)
        self.initial["as_of"] = timezone.localdate()
        self._choose_who_reports(organisations)
        own_reports = ProgressUpdate.objects.in_force().filter(activity=activity)
        if organisations is not None:
            own_reports = own_reports.filter(reported_by__in=organisations)
        self.fields["corrects"].queryset = own_reports  # type: ignore[attr-defined]
        if corrects is not None:
            self._begin_with(corrects)
            self.initial["corrects"] = corrects.pk
        elif refused is not None:
            self._begin_with(refused)
            self.initial["corrects"] = own_reports.filter(corrections=refused).first()

    def _choose_who_reports(self, organisations: QuerySet[Organisation] | None) -> None:
        field: Any = self.fields["reported_by"]
        if organisations is None:
            column: Any = ProgressUpdate._meta.get_field("reported_by")
            field.widget = Choice(column, admin.site)
            field.widget.choices = field.choices
            return
        field.queryset = organisations
        field.required = True
        field.empty_label = None
        self.initial["reported_by"] = organisations.first()

    def _begin_with(self, earlier: ProgressUpdate) -> None:
        """A correction begins as what it corrects, a new attempt as what was refused."""
        for name in self._meta.fields:  # type: ignore[union-attr]
            self.initial[name] = getattr(earlier, self._column(name))
        pieces = list(earlier.evidence.all())
        for name, (model, _label) in PROOFS.items():
            chosen = {pk for piece in pieces if (pk := getattr(piece, f"{name}_id"))}
            self.initial[f"{name}s"] = list(chosen)
            # What was withdrawn meanwhile stays, and is shown as such wherever the report is.
            field: Any = self.fields[f"{name}s"]
            field.queryset |= model.objects.filter(pk__in=chosen)
        lines = [f"{it.url} {it.label}".strip() for it in pieces if it.url]
        self.initial["links"] = "\n".join(lines)

    @staticmethod
    def _column(name: str) -> str:
        return "reported_by_id" if name == "reported_by" else name

    def clean_links(self) -> list[tuple[str, str]]:
        """Addresses with the words for them."""
        check = URLValidator(schemes=["http", "https"])
        found = []
        for line in self.cleaned_data["links"].split("\n"):
            address, _space, words = line.strip().partition(" ")
            if not address:
                continue
            try:
                check(address)
                if len(address) > MAX_ADDRESS or len(words.strip()) > MAX_WORDS:
                    raise ValidationError("")
            except ValidationError as error:
                text = _("This is no web address, or it is too long: %(line)s")
                raise ValidationError(text, params={"line": line.strip()[:100]}) from error
            found.append((address, words.strip()))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        pieces = self.pieces()
        if len(pieces) > MAX_PIECES:
            text = ngettext(
                "At most %(count)d piece of evidence.",
                "At most %(count)d pieces of evidence.",
                MAX_PIECES,
            )
            raise ValidationError(text % {"count": MAX_PIECES})
        has_waiver = any(cleaned.get(name) for name in every_column("evidence_waiver"))
        if cleaned.get("status") == ProgressStatus.DONE and not pieces and not has_waiver:
            self.add_error(
                localized("evidence_waiver", current_language()),
                _("“Done” needs evidence, or the reason why there is none."),
            )
        if not cleaned.get("words_seen"):
            self._ask_about_words_left_behind(cleaned)
        return cleaned

    def _ask_about_words_left_behind(self, cleaned: dict[str, Any]) -> None:
        """Whoever corrects the words in one language may not think of the others."""
        corrected = cleaned.get("corrects")
        data: Any = self.data
        self.data = data = data.copy()
        for name in self.WORDED if corrected else ():
            said = {column: cleaned.get(column) or "" for column in every_column(name)}
            same = [it for it in said if said[it].split() == (getattr(corrected, it) or "").split()]
            for column in same if len(same) < len(said) else ():
                if said[column]:
                    text = _(
                        "These are still the words of the report that you correct. Correct them "
                        "too; if they are right, send the report once more and they stay."
                    )
                    self.add_error(column, text)
                    data["words_seen"] = "on"

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and is_sent_twice(self.instance):
            self.add_error(None, _("This very report has been sent already."))

    def pieces(self) -> list[Evidence]:
        """The evidence named in the form, unsaved."""
        cleaned = self.cleaned_data
        found = [
            Evidence(**{name: record})
            for name in PROOFS
            for record in cleaned.get(f"{name}s") or ()
        ]
        title = localized("title", current_language())
        links = cleaned.get("links") or ()
        return found + [Evidence(url=url, **{title: words}) for url, words in links]


class AssessmentForm(forms.ModelForm, WordedForm):
    """What an editor makes of the evidence of a report."""

    WORDED = {"note": _("Why")}

    class Meta:
        model = Assessment
        fields = ["verdict", *every_column("note"), "made_on"]
        widgets = {"verdict": forms.RadioSelect, "made_on": DayInput}

    def __init__(self, data: Any = None, *, update: ProgressUpdate) -> None:
        super().__init__(data, instance=Assessment(update=update))
        verdict: Any = self.fields["verdict"]
        verdict.choices = Verdict.choices  # without the empty one
        self.initial["made_on"] = timezone.localdate()

    def clean_made_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["made_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        if day < self.instance.update.as_of:
            raise ValidationError(_("That is before the day that the report describes."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        update = self.instance.update
        refuse_if_archived(update.activity.stage.plan)
        last = update.assessments.last()
        if last is not None and all(getattr(last, it) == cleaned.get(it) for it in self.fields):
            raise ValidationError(_("This very assessment is on record already."))
        return cleaned


class RejectionForm(forms.Form):
    """Why a report is not accepted; the sender reads it."""

    reason = forms.CharField(
        label=_("Reason for the rejection"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Only the person who sent the report sees it."),
        error_messages={"required": _("Say why, so that the sender can do better.")},
    )
