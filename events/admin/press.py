"""The editors' rooms of the press: releases with their review, contacts, standing texts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin, TranslationTabularInline
from simple_history.admin import SimpleHistoryAdmin

from events import press
from events.models import (
    Boilerplate,
    BoilerplateVersion,
    Letterhead,
    PressContact,
    PressRelease,
    ReleaseBoilerplate,
    ReleaseChange,
)
from library.admin import EditorsAdmin, NamedForm
from library.files import remove_files_on_failure
from mrc_portal.admin_site import (
    WorkItem,
    WorkList,
    add_job,
    add_work_list,
    change_url,
    work_list,
)
from mrc_portal.context_processors import site_url
from mrc_portal.dates import moment
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    LanguageVersion,
    current_language,
    localized,
)
from mrc_portal.publishing import Status, TranslationState, may_see_drafts
from mrc_portal.publishing_admin import (
    EditorFieldsMixin,
    LanguageTabsMixin,
    LinesField,
    OnRecordMixin,
    OrderedInlineFormSet,
    PublishableAdmin,
    PublishableForm,
    search_in,
    was_opened_with,
)
from mrc_portal.templatetags.portal_tags import brief, file_size

HASH_CHARACTERS = 12
NO_NOTE = _(
    "This release has already been public. Say in at least one language what is corrected, or "
    "tick that it is only spelling or layout."
)


# A release


class PressReleaseForm(PublishableForm):
    """What is written into a release; once it was public, also what became of its readers' text."""

    change_note_ky = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    change_note_ru = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    change_note_en = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_minor = forms.BooleanField(
        label=_("Minor: spelling or layout only"),
        required=False,
        help_text=_("Readers are told nothing; the history keeps it."),
    )
    take_newer = forms.BooleanField(
        label=_("Take over the newer standing texts"),
        required=False,
        help_text=_("Otherwise the release keeps those that it went out with."),
    )

    was_public = False  # before what is typed here
    is_text_changed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in LANGUAGE_CODES:
            field = self.fields[localized("change_note", code)]
            field.label = format_html("{} ({})", _("What is corrected"), OWN_NAMES[code])
            field.widget.attrs["lang"] = code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "_hand_in" in self.data and not self.instance.was_public:
            cleaned["status"] = Status.IN_REVIEW
        return cleaned

    def _post_clean(self) -> None:
        # Only here the texts are as they will be stored: the rich ones have been cleaned.
        super()._post_clean()
        before = self.instance.as_stored()
        if before is None or not before.was_public:
            return
        self.was_public = True
        self.is_text_changed = press.is_corrected(before, self.instance) or bool(
            self.cleaned_data.get("take_newer") and press.rows_with_newer_text(before)
        )
        if self.is_text_changed and not is_explained(self.data):
            self.add_error(localized("change_note", current_language()), NO_NOTE)

    @property
    def notes(self) -> dict[str, str]:
        """What readers are told of the correction, by language."""
        notes = {code: self.cleaned_data[localized("change_note", code)] for code in LANGUAGE_CODES}
        return notes if any(notes.values()) else {}


def is_explained(data: Any) -> bool:
    """Whether a filled form has a note for readers or says that it needs none."""
    notes = [data.get(localized("change_note", code), "").strip() for code in LANGUAGE_CODES]
    return any(notes) or bool(data.get("is_minor"))


class ReleaseBoilerplateFormSet(OrderedInlineFormSet):
    """Standing texts of a release; once it was public, changing them is a correction."""

    def clean(self) -> None:
        super().clean()
        before = self.instance.as_stored()
        is_public = before is not None and before.was_public
        if is_public and self.has_changed() and not is_explained(self.data):
            raise ValidationError(NO_NOTE)


class ReleaseBoilerplateInline(EditorFieldsMixin, admin.TabularInline):
    model = ReleaseBoilerplate
    formset = ReleaseBoilerplateFormSet
    extra = 0
    fields = ["boilerplate", "version_shown", "position"]
    readonly_fields = ["version_shown"]

    @admin.display(description=_("version"))
    def version_shown(self, row: ReleaseBoilerplate) -> str | Promise:
        version = row.shown_version if row.boilerplate_id else None
        if version is None:
            return "–"
        latest = row.boilerplate.latest
        if row.version and latest and latest.number > row.version.number:
            values = {"number": version.number, "latest": latest.number}
            return gettext("%(number)s; there is a newer one: %(latest)s") % values
        return str(version.number)


class ReleaseChangeForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(localized("text", code)) for code in LANGUAGE_CODES):
            raise ValidationError(_("Write the text in at least one language."))
        return cleaned


class ReleaseChangeInline(EditorFieldsMixin, TranslationTabularInline):
    """What readers were told of corrections: it can be worded better, not taken back."""

    translated_label = "{language}"
    model = ReleaseChange
    form = ReleaseChangeForm
    extra = 0
    fields = ["made_on", "text_ky", "text_ru", "text_en"]
    readonly_fields = ["made_on"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PressRelease)
class PressReleaseAdmin(PublishableAdmin):
    form = PressReleaseForm
    change_form_template = "admin/events/pressrelease/change_form.html"
    list_display = [
        "best_title",
        "dateline",
        "state_badge",
        "language_badges",
        "embargo",
        "review_link",
        "changed",
    ]
    list_filter = [*PublishableAdmin.list_filter, "project", "is_demonstration"]
    list_select_related = ["changed_by"]
    search_fields = [*search_in("title"), "slug", "short_id"]
    date_hierarchy = "dateline_on"
    ordering = ["-changed_at", "-pk"]
    tab_fields = ["title", "summary", "dateline_place", "body", "note"]
    expected_texts = ("summary", "body")
    autocomplete_fields = ["events", "documents", "organisations", "project", "topics"]
    readonly_fields = ["letterhead_list"]
    inlines = [ReleaseBoilerplateInline, ReleaseChangeInline]
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    "embargo_until",
                    ("dateline_on", "first_issued_on"),
                    ("original_language", "contact"),
                    "edited_from",
                ]
            },
        ),
        (
            _("What it speaks of"),
            {"fields": ["events", "documents", "organisations", "project", "topics"]},
        ),
        (
            _("Address of the page"),
            {"fields": [("slug", "is_demonstration")], "classes": ["collapse"]},
        ),
    ]

    class Media:
        css = {"all": ["admin/press.css"]}

    # Columns

    @admin.display(description=_("dateline"), ordering="dateline_on")
    def dateline(self, release: PressRelease) -> str:
        return press.dateline(release.version_for(current_language(), with_drafts=True))

    @admin.display(description=_("embargo until"), ordering="embargo_until")
    def embargo(self, release: PressRelease) -> str:
        """Only as long as it lies ahead, whether or not the release is approved."""
        until = release.embargo_until
        return moment(until) if until and until > timezone.now() else "–"

    @admin.display(description=pgettext_lazy("before publication", "review"))
    def review_link(self, release: PressRelease) -> SafeString:
        return format_html('<a href="{}">{}</a>', review_url(release), _("side by side"))

    # The form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        if obj.was_public and self.has_change_permission(request, obj):
            notes = [localized("change_note", code) for code in LANGUAGE_CODES]
            newer = ["take_newer"] if press.rows_with_newer_text(obj) else []
            about = _("Needed when the text, the dateline, the contact or a standing text changes.")
            correction = {"fields": [*notes, "is_minor", *newer], "description": about}
            place = self.tabs_after + len(LANGUAGE_CODES)
            fieldsets.insert(place, (_("Correction of what is public"), correction))
        if obj.letterheads.exists():
            fieldsets.append((_("Letterhead PDFs"), {"fields": ["letterhead_list"]}))
        return fieldsets

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        has_changes = obj is not None and obj.changes.exists()
        has_changes = has_changes and was_opened_with(request, "changes")
        return [it for it in self.inlines if it is not ReleaseChangeInline or has_changes]

    @admin.display(description=_("PDFs"))
    def letterhead_list(self, release: PressRelease) -> SafeString:
        """Those that readers get, and the checksums of earlier ones."""
        rows = format_html_join("", "<li>{}</li>", map(_letterhead_row, release.letterheads.all()))
        return format_html("<ul>{}</ul>", rows)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["may_hand_in"] = obj is None or obj.status == Status.DRAFT
        if obj is not None:
            context["review_url"] = review_url(obj)
            if self.has_publish_permission(request):
                context["private_links"] = _private_links(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving: all that belongs to a release that goes out is made within one transaction

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with remove_files_on_failure():
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with remove_files_on_failure():
            return super().changelist_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.status == Status.PUBLISHED:
            obj.review_remark = ""
        if form.was_public and form.cleaned_data.get("is_minor") and not form.notes:
            obj._change_reason = gettext("Minor: spelling or layout only")
        super().save_model(request, obj, form, change)
        if "_hand_in" in request.POST and obj.status == Status.IN_REVIEW:
            self.message_user(request, _("It is handed in for review."), messages.SUCCESS)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name.startswith("summary"):
            field.help_text = _(
                "Plain text for lists and search; the page shows it only while there is no text."
            )
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        release = form.instance
        if form.cleaned_data.get("take_newer"):
            press.take_newer_boilerplates(release)
        was_public = form.was_public
        is_corrected = form.is_text_changed or any(
            formset.model is ReleaseBoilerplate and formset.has_changed() for formset in formsets
        )
        if was_public and form.notes:
            press.note_correction(release, form.notes)
        failed = press.settle(
            release, site_url(request), only_missing=was_public and not is_corrected
        )
        self._report_letterheads(request, failed)

    def _report_letterheads(self, request: HttpRequest, failed: list[str]) -> None:
        if failed:
            text = _(
                "The text is saved, but its PDF could not be made in these languages: "
                "%(languages)s. Readers get none there until it is saved again."
            )
            languages = ", ".join(OWN_NAMES[code] for code in failed)
            self.message_user(request, text % {"languages": languages}, messages.ERROR)

    def delete_model(self, request: HttpRequest, obj: PressRelease) -> None:
        press.delete_release(obj)

    @admin.action(description=_("Publish the selected records now"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Of those under embargo it is not said that they are public."""
        public, waiting = 0, 0

        def publish(release: PressRelease) -> None:
            nonlocal public, waiting
            failed = press.publish_release(release, request.user, site_url=site_url(request))
            self._report_letterheads(request, failed)
            public += release.is_published
            waiting += not release.is_published

        hidden = self._not_yet(request, queryset, lambda release: release.is_published)
        self._do_to_each(request, hidden, publish)
        if public:
            text = ngettext("%(count)d record is public.", "%(count)d records are public.", public)
            self.message_user(request, text % {"count": public}, messages.SUCCESS)
        if waiting:
            text = ngettext(
                "%(count)d record is approved and stays hidden until its embargo ends.",
                "%(count)d records are approved and stay hidden until their embargoes end.",
                waiting,
            )
            self.message_user(request, text % {"count": waiting}, messages.SUCCESS)

    # Review

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.review_view)
        address = path("<path:object_id>/review/", view, name="events_pressrelease_review")
        return [address, *super().get_urls()]

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The three languages side by side, as readers will see them; editors act below."""
        with remove_files_on_failure(), self._one_at_a_time(request):
            return self._review(request, object_id)

    def _review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        release = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, release):
            raise PermissionDenied
        if release is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_act = self.has_publish_permission(request) and self.has_change_permission(
            request, release
        )
        form = ReviewForm(release, request.POST or None)
        if request.method == "POST":
            if not may_act:
                raise PermissionDenied
            if form.is_valid() and self._act(request, release, form):
                return HttpResponseRedirect(review_url(release))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Review side by side"),
            "opts": self.opts,
            "original": release,
            "form": form,
            "may_act": may_act,
            "edit_url": change_url(release),
            "columns": [_review_column(release, code) for code in LANGUAGE_CODES],
            "private_links": _private_links(request, release) if may_act else [],
        }
        return TemplateResponse(request, "admin/events/pressrelease/review.html", context)

    def _act(self, request: HttpRequest, release: PressRelease, form: ReviewForm) -> bool:
        """Do what the pressed button says; False if the record is not fit for it."""
        if form.step == "_new_link":
            press.renew_private_key(release)
            text = _("A new link has been made; the old one no longer works.")
            self.message_user(request, text, messages.SUCCESS)
            return True
        try:
            if form.step == "_send_back":
                press.send_back(release, request.user, form.cleaned_data["remark"])
                text = _("It is a draft again; its author sees your remark.")
                self.message_user(request, text, messages.SUCCESS)
                return True
            release.embargo_until = form.cleaned_data["embargo_until"]
            at = form.cleaned_data["publish_at"] if form.step == "_schedule" else None
            failed = press.publish_release(release, request.user, at, site_url(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
            release.refresh_from_db()
            return False
        self._report_publication(request, release)
        self._report_letterheads(request, failed)
        return True


def review_url(release: PressRelease) -> str:
    return reverse("admin:events_pressrelease_review", args=[release.pk])


def _private_links(request: HttpRequest, release: PressRelease) -> list[tuple[str, str, str]]:
    """Language, its own name and the private address there; none without an embargo."""
    if not release.is_embargoed:
        return []
    links = []
    for code in release.ready_languages:
        with translation.override(code):
            url = reverse("events:private_release", args=[release.private_key])
        links.append((code, OWN_NAMES[code], site_url(request) + url))
    return links


def _letterhead_row(letterhead: Letterhead) -> tuple[SafeString]:
    name = OWN_NAMES[letterhead.language]
    made = moment(letterhead.made_at)
    checksum = letterhead.sha256[:HASH_CHARACTERS]
    if letterhead.replaced_at:
        text = gettext("%(language)s: made %(made)s, replaced %(replaced)s")
        values = {"language": name, "made": made, "replaced": moment(letterhead.replaced_at)}
        return (format_html("{} <code>{}</code>", text % values, checksum),)
    return (
        format_html(
            '<a href="{}">{}</a>, {}, {} <code>{}</code>',
            letterhead.get_absolute_url(),
            name,
            made,
            file_size(letterhead.size),
            checksum,
        ),
    )


# Review: the page between an author and the public


class ReviewForm(forms.Form):
    """What an editor decides. Which button was pressed is the step."""

    STEPS = ("_publish", "_schedule", "_send_back", "_new_link")

    edited_from = forms.CharField(widget=forms.HiddenInput, required=False)
    publish_at = forms.DateTimeField(label=_("Publish at"), required=False)
    embargo_until = forms.DateTimeField(label=_("Embargo until"), required=False)
    remark = forms.CharField(
        label=_("Remark to the author"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, release: PressRelease, data: Any = None) -> None:
        super().__init__(data)
        self.release = release
        self.step = next((step for step in self.STEPS if step in (data or ())), "")
        self.fields["edited_from"].initial = release.changed_at.isoformat()
        for name in ("publish_at", "embargo_until"):
            field = self.fields[name]
            widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
            field.widget = widget
            field.initial = getattr(release, name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("edited_from") != self.release.changed_at.isoformat():
            raise ValidationError(
                _("Somebody has saved this record since you opened the page. Look at it again.")
            )
        if not self.step:
            raise ValidationError(_("Choose what to do."))
        if self.release.was_public and self.step != "_new_link":
            raise ValidationError(_("It has been public. Corrections are made in its form."))
        self._check_moment(cleaned.get("publish_at"))
        if self.step == "_send_back" and not cleaned.get("remark"):
            self.add_error("remark", _("Tell the author what is to be done."))
        # The field shows no seconds; what nobody touched keeps its own.
        embargo = self.release.embargo_until
        if embargo and cleaned.get("embargo_until") == embargo.replace(second=0, microsecond=0):
            cleaned["embargo_until"] = embargo
        return cleaned

    def _check_moment(self, publish_at: datetime.datetime | None) -> None:
        is_ahead = publish_at is not None and publish_at > timezone.now()
        if self.step == "_schedule" and not is_ahead:
            self.add_error("publish_at", _("Choose a moment in the future."))
        before = self.release.publish_at
        is_typed = before is None or publish_at != before.replace(second=0, microsecond=0)
        if self.step == "_publish" and is_ahead and is_typed:
            text = _(
                "To publish at this moment, press “Schedule”; to publish now, empty the field."
            )
            self.add_error("publish_at", text)


@dataclass(frozen=True)
class ReviewColumn:
    """A language version as readers will see it, and what an editor must know of it."""

    version: LanguageVersion
    name: str
    state: TranslationState
    lacks: list[str | Promise]
    standing_texts: list[press.StandingText]

    @property
    def is_loud(self) -> bool:
        return self.state in (TranslationState.MISSING, TranslationState.OUTDATED)


def _review_column(release: PressRelease, language: str) -> ReviewColumn:
    version = LanguageVersion(release, language)
    standing = press.standing_texts(version)
    expected = release.boilerplate_rows.count()
    checks: list[tuple[bool, Promise]] = [
        (bool(version.summary), _("no summary")),
        (bool(version.body), _("no text")),
        (bool(version.dateline_place), _("no place in the dateline")),
        (release.dateline_on is not None, _("no date in the dateline")),
        (release.contact_id is not None, _("no press contact")),
        (bool(expected), _("no standing text")),
        (
            expected == sum(it.text.language == language for it in standing),
            _("a standing text is not in this language"),
        ),
    ]
    return ReviewColumn(
        version=version,
        name=OWN_NAMES[language],
        state=release.translation_state(language),
        lacks=[text for is_there, text in checks if not is_there],
        standing_texts=standing,
    )


def sent_back(request: HttpRequest) -> WorkList | None:
    """What an editor gave back to this person with a remark, for the start page."""
    if not may_see_drafts(request.user, PressRelease):
        return None
    releases = PressRelease.objects.filter(status=Status.DRAFT, created_by=request.user.pk)
    releases = releases.exclude(review_remark="").order_by("-changed_at")
    found = work_list(
        _("Sent back to you"),
        releases,
        lambda release: WorkItem(str(release), change_url(release), brief(release.review_remark)),
        "",
    )
    return found if found.items else None


add_job(_("Write a press release"), PressRelease)
add_work_list(sent_back, is_urgent=True)


# Contacts and standing texts


class PressContactForm(NamedForm):
    NAMES = ("role",)


@admin.register(PressContact)
class PressContactAdmin(
    EditorsAdmin, LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    """Offices that the press may ask."""

    form = PressContactForm
    tabs_after = 0
    tab_fields = ["role"]
    list_display = ["__str__", "organisation", "email", "phone"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]
    common_fieldsets = [(None, {"fields": ["organisation", ("email", "phone")]})]


class BoilerplateForm(NamedForm):
    """Heading and text in one form; the text is stored as a version."""

    NAMES = ("heading",)

    text_ky = LinesField(label=_("Text"), required=False, widget=forms.Textarea)
    text_ru = LinesField(label=_("Text"), required=False, widget=forms.Textarea)
    text_en = LinesField(label=_("Text"), required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.latest if self.instance.pk else None
        for code in LANGUAGE_CODES:
            field = self.fields[localized("text", code)]
            field.widget.attrs |= {"lang": code, "class": "vLargeTextField"}
            if latest is not None:
                field.initial = getattr(latest, localized("text", code))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not any(self.texts.values()):
            raise ValidationError(_("Write the text in at least one language."))
        return cleaned

    @property
    def texts(self) -> dict[str, str]:
        return {
            code: self.cleaned_data.get(localized("text", code)) or "" for code in LANGUAGE_CODES
        }


class BoilerplateVersionInline(OnRecordMixin, EditorFieldsMixin, admin.TabularInline):
    """All wordings so far; none of them is changed here."""

    model = BoilerplateVersion
    extra = 0
    fields = ["number", "created_at", "texts", "used_in"]
    readonly_fields = ["number", "created_at", "texts", "used_in"]
    verbose_name_plural = _("versions so far")

    @admin.display(description=_("text"))
    def texts(self, version: BoilerplateVersion) -> SafeString:
        found = (
            (code, *(getattr(version, localized(name, code)) or "" for name in ("heading", "text")))
            for code in LANGUAGE_CODES
        )
        rows = (row for row in found if any(row[1:]))
        return format_html_join("", '<p lang="{}"><b>{}</b> {}</p>', rows)

    @admin.display(description=_("used in"))
    def used_in(self, version: BoilerplateVersion) -> SafeString | str:
        rows = version.release_rows.select_related("release")
        links = ((change_url(row.release), str(row.release)) for row in rows)
        return format_html_join("", '<p><a href="{}">{}</a></p>', links) or "–"


@admin.register(Boilerplate)
class BoilerplateAdmin(
    EditorsAdmin, LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    """Standing texts: written once, kept in every version that a release went out with."""

    form = BoilerplateForm
    tabs_after = 1
    tab_fields = ["heading", "text"]
    list_display = ["__str__", "languages", "version_number", "release_count"]
    autocomplete_fields = ["organisation", "project"]
    inlines = [BoilerplateVersionInline]
    common_fieldsets = [(None, {"fields": [("organisation", "project")]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        boilerplates = super().get_queryset(request).select_related("organisation", "project")
        return boilerplates.annotate(release_total=Count("release_rows"))

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return list(self.inlines) if obj is not None else []

    @admin.display(description=_("languages"))
    def languages(self, boilerplate: Boilerplate) -> str:
        latest = boilerplate.latest
        has_text = [code for code in LANGUAGE_CODES if getattr(latest, localized("text", code), "")]
        return ", ".join(OWN_NAMES[code] for code in has_text)

    @admin.display(description=_("version"))
    def version_number(self, boilerplate: Boilerplate) -> int | str:
        return boilerplate.latest.number if boilerplate.latest else "–"

    @admin.display(description=_("press releases"), ordering="release_total")
    def release_count(self, boilerplate: Any) -> int:
        count: int = boilerplate.release_total
        return count

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        press.write_boilerplate(form.instance, form.texts, request.user)
