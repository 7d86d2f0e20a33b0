"""How publishable records are edited: language tabs, preview, publish, withdraw, history."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar

from csp.constants import SELF, UNSAFE_INLINE
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models
from django.db.models import F, Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from js_asset import Media
from modeltranslation.admin import TranslationAdmin
from modeltranslation.fields import TranslationField
from simple_history.admin import SimpleHistoryAdmin

from mrc_portal.dates import moment
from mrc_portal.fields import ProseField
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    current_language,
    every_column,
    localized,
)
from mrc_portal.publishing import (
    Publishable,
    PublishableQuerySet,
    Status,
    TranslationState,
    free_address,
    is_slug_taken,
    may_publish,
    note_text_changes,
    publish,
    remember_slug,
    status_line,
    withdraw,
)
from mrc_portal.roles import called
from mrc_portal.templatetags.portal_tags import prose
from mrc_portal.turns_admin import TurnsMixin

LANGUAGE_TAB = "language-tab"


def search_in(*fields: str) -> list[str]:
    """Search fields of the admin that find Cyrillic whatever its case, in every language."""
    return [f"{column}__matches" for column in every_column(*fields)]


@cache
def readable(label: str, name: str) -> str | Callable[[Any], SafeString]:
    """For those who may only read: a column of rich text as text, where Django would show its tags;
    any other column as it is. `label` is the model's. Gives the same object each time."""
    column = apps.get_model(label)._meta.get_field(name)
    field = getattr(column, "translated_field", None)
    if not isinstance(field, ProseField):
        return name

    @admin.display(description=capfirst(field.verbose_name))
    def prose_of(record: Any) -> SafeString:
        return prose(getattr(record, name))

    return prose_of


class LinesField(forms.CharField):
    """A text of several lines. How a browser ends them is no change of the text: else to correct
    the Russian version would make the English one look as if somebody had brought it up to date."""

    def to_python(self, value: Any) -> Any:
        return _plain_lines(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_plain_lines(initial), _plain_lines(data))


def _plain_lines(text: Any) -> Any:
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class OnRecordMixin(BaseModelAdmin):
    """Rows that are read here and never written."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EditorFieldsMixin(BaseModelAdmin):
    """Translated fields know their language, and nobody deletes an author while meaning to take a
    name off a list."""

    # Where the place says the rest: "{name}" of the field, or "{language}" of the column.
    translated_label = "{name} ({language})"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.TextField) and not isinstance(db_field, ProseField):
            kwargs.setdefault("form_class", LinesField)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, TranslationField):
            name = capfirst(db_field.translated_field.verbose_name)
            language = OWN_NAMES[db_field.language]
            field.label = self.translated_label.format(name=name, language=language)
            field.widget.attrs["lang"] = db_field.language
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        if field is not None and isinstance(self, admin.TabularInline):
            # The column's heading is no label to a screen reader.
            field.widget.attrs["aria-label"] = field.label
        return field


class PlainTimesMixin(EditorFieldsMixin):
    """Hours and minutes to type, without seconds and shortcuts such as "now"."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.TimeField):
            kwargs["widget"] = forms.TimeInput(format="%H:%M", attrs={"size": 5})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class LanguageTabsMixin(EditorFieldsMixin, TurnsMixin):
    """Puts the translated fields into one fieldset a language; a script makes tabs of them."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # Within a tab the language need not be said again at every label.
    translated_label = "{name}"

    # Untranslated fields, as ordinary Django fieldsets, and how many of them precede the tabs.
    common_fieldsets: list[tuple[str | Promise | None, dict[str, Any]]] = []
    tabs_after = 1
    # Translated fields in the order of a tab. Must name all that translation.py registers.
    tab_fields: list[str] = []

    class Media:
        css = {"all": ["admin/portal.css"]}
        js = ["admin/language_tabs.js", "admin/unsaved.js"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What keeps a record is named, rather than that nobody may delete that."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set() if protected else missing, protected

    def language_fields(self, request: HttpRequest, language: str, obj: Any) -> list[str]:
        return [localized(name, language) for name in self.tab_fields]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        is_only_read = obj is not None and not self.has_change_permission(request, obj)
        tabs = [
            (
                OWN_NAMES[code],
                {
                    "fields": [
                        readable(self.opts.label, name) if is_only_read else name
                        for name in self.language_fields(request, code, obj)
                    ],
                    "classes": [LANGUAGE_TAB, f"{LANGUAGE_TAB}--{code}"],
                },
            )
            for code in LANGUAGE_CODES
        ]
        common = self.common_fieldsets
        return [*common[: self.tabs_after], *tabs, *common[self.tabs_after :]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields: list[Any] = list(super().get_readonly_fields(request, obj))
        if obj is not None and not self.has_change_permission(request, obj):
            # modeltranslation takes out of the form only what stands here.
            columns = every_column(*self.tab_fields)
            fields += [it for name in columns if callable(it := readable(self.opts.label, name))]
        return fields

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # The rich-text editor brings an inline import map, which the CSP admits by its nonce, and
        # sets styles on what it edits. No other page of the portal allows that.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))  # type: ignore[attr-defined]
        response: Any = super().render_change_form(request, context, *args, **kwargs)
        response._csp_update = {"style-src": [SELF, UNSAFE_INLINE]}
        return response


class WholeMinutesForm(forms.ModelForm):
    """Shows moments without seconds; what nobody touched keeps its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in self.initial.items():
            if isinstance(value, datetime.datetime):
                self.initial[name] = _whole_minute(value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, datetime.datetime):
                stored = getattr(self.instance, name)
                if stored is not None and value == _whole_minute(stored):
                    cleaned[name] = stored
        return cleaned


def _whole_minute(value: datetime.datetime) -> datetime.datetime:
    return value.replace(second=0, microsecond=0)


class ErrorsAtFieldsMixin(forms.ModelForm):
    """What a constraint says stands beside the field where it is mended: its error code.

    What was typed into a field that is refused does not reach the record, which then misses it:
    of such a field only the reason is told."""

    def _post_clean(self) -> None:
        refused: dict[str, Any] = {name: [*it.as_data()] for name, it in self.errors.items()}
        super()._post_clean()  # type: ignore[misc]
        errors: Any = self.errors.pop(NON_FIELD_ERRORS, None)
        for error in errors.as_data() if errors else []:
            place = error.code if error.code in self.fields else NON_FIELD_ERRORS
            self.add_error(None, {place: error})
        for name, reasons in refused.items():
            if name != NON_FIELD_ERRORS:
                self.errors[name].data = reasons


class PublishableForm(ErrorsAtFieldsMixin, WholeMinutesForm):
    """What an editor types into a publishable record. "Publish now" is a button of the form."""

    edited_from = forms.CharField(label="", widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["edited_from"].initial = self.instance.changed_at.isoformat()
        status: Any = self.fields.get("status")  # absent if read-only for this person
        if status is not None:
            # Only what can become of this record; Publishable.clean() says the same.
            steps = [Status.DRAFT, Status.IN_REVIEW, Status.PUBLISHED]
            if self.instance.was_public:
                steps = [Status.PUBLISHED, Status.WITHDRAWN]
                status.help_text = _(
                    "To withdraw it, choose “withdrawn” and give the reason below, at the end of a "
                    "language."
                )
            status.choices = [choice for choice in status.choices if choice[0] in steps]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "_publish" in self.data:
            cleaned["status"] = Status.PUBLISHED
            if not self.instance.was_public:
                cleaned["publish_at"] = timezone.now()
        elif "_schedule" in self.data:
            cleaned["status"] = Status.PUBLISHED
            if "publish_at" in cleaned:  # neither refused nor read-only
                self._check_it_lies_ahead(cleaned["publish_at"])
        self._check_a_language_is_ready(cleaned)
        self._check_nobody_else_saved(cleaned)
        self._choose_slug(cleaned)
        return cleaned

    def _check_it_lies_ahead(self, publish_at: datetime.datetime | None) -> None:
        if publish_at is None or publish_at <= timezone.now():
            self.add_error("publish_at", _("Choose a moment in the future."))

    def _check_a_language_is_ready(self, cleaned: dict[str, Any]) -> None:
        """As the database has it, but said beside the box to tick."""
        if cleaned.get("status") == Status.PUBLISHED and not any(
            cleaned.get(localized("ready", code)) for code in LANGUAGE_CODES
        ):
            language = cleaned.get("original_language") or self.instance.original_language
            text = _("To publish, mark at least one language version as ready.")
            self.add_error(localized("ready", language), text)

    def _check_nobody_else_saved(self, cleaned: dict[str, Any]) -> None:
        seen = cleaned.get("edited_from")
        if self.instance.pk and seen and seen != self.instance.changed_at.isoformat():
            raise ValidationError(
                _(
                    "This record has been saved since you opened it, by somebody else or by you in "
                    "another window. Your text is still in the form: open the record in a second "
                    "window, compare, and save again from there."
                )
            )

    def _choose_slug(self, cleaned: dict[str, Any]) -> None:
        if "slug" not in self.fields:  # read-only for this person
            return
        model = self._meta.model
        language = cleaned.get("original_language") or self.instance.original_language
        slug = cleaned.get("slug")
        if not slug:
            title = cleaned.get(localized("title", language)) or ""
            cleaned["slug"] = free_address(model, title, language, self.instance.pk)
        elif is_slug_taken(model, slug, self.instance.pk):
            self.add_error("slug", _("Another record has or had this address."))


class StatusFilter(admin.SimpleListFilter):
    """Like the stored status, but with "scheduled" told apart from "published"."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Status.choices, ("scheduled", _("scheduled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        assert isinstance(queryset, PublishableQuerySet)
        if self.value() == Status.PUBLISHED:
            return queryset.published()
        if self.value() == "scheduled":
            return queryset.scheduled()
        return queryset.filter(status=self.value()) if self.value() else queryset


class TranslationFilter(admin.SimpleListFilter):
    """Records whose version in a language is missing, not ready or older than the original."""

    title = _("translation")
    parameter_name = "translation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (f"{state.value}-{code}", format_html("{}: {}", OWN_NAMES[code], state.label))
            for code in LANGUAGE_CODES
            for state in TranslationState
            if state is not TranslationState.READY
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        state, _hyphen, code = (self.value() or "").partition("-")
        if code not in LANGUAGE_CODES:
            return queryset
        title = localized("title", code)
        missing = Q(**{title: ""}) | Q(**{f"{title}__isnull": True})
        if state == TranslationState.MISSING:
            return queryset.filter(missing)
        if state == TranslationState.UNFINISHED:
            return queryset.filter(~missing, **{localized("ready", code): False})
        outdated = Q()
        own = localized("text_changed_at", code)
        for original in LANGUAGE_CODES:
            changed = localized("text_changed_at", original)
            if original != code:
                outdated |= Q(original_language=original) & (
                    Q(**{f"{own}__lt": F(changed)})
                    | Q(**{f"{own}__isnull": True, f"{changed}__isnull": False})
                )
        return queryset.filter(~missing & outdated)


def _without(listed: list[Any], marks: tuple[str, ...]) -> list[Any]:
    """A list in lists, without the lines that begin like this."""
    return [
        _without(it, marks) if isinstance(it, list) else it
        for it in listed
        if isinstance(it, list) or not str(it).startswith(marks)
    ]


class PublishableAdmin(
    LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    """The common part of every publishable record's admin."""

    form = PublishableForm
    list_display: Any = ["best_title", "state_badge", "language_badges", "publish_at", "changed"]
    list_filter: ClassVar[list[Any]] = [StatusFilter, TranslationFilter]
    list_per_page = 50
    search_help_text = _(
        "Part of a title in any language; capitals or small letters make no difference"
    )
    actions = ["publish_selected", "withdraw_selected"]
    change_form_template = "admin/publishable_change_form.html"
    save_on_top = True
    view_on_site = False  # the previews in each language lead there
    # Translated fields that readers look for; what is published without them is told.
    expected_texts: tuple[str, ...] = ()
    common_fieldsets = [
        (
            _("Publication"),
            {
                "fields": [
                    ("status", "publish_at"),
                    ("original_language", "slug"),
                    "edited_from",
                ]
            },
        )
    ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Without rows that only link two records: they have no name that says anything."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        links = [
            it._meta for it in apps.get_models(include_auto_created=True) if it._meta.auto_created
        ]
        marks = tuple(f"{capfirst(it.verbose_name)}: " for it in links)
        plurals = {str(it.verbose_name_plural) for it in links}
        counts = {name: count for name, count in counts.items() if str(name) not in plurals}
        return _without(listed, marks), counts, missing, protected

    # Columns

    @admin.display(description=_("title"), ordering="title_ru")
    def best_title(self, record: Publishable) -> str:
        return record.best_title

    @admin.display(description=_("status"), ordering="status")
    def state_badge(self, record: Publishable) -> SafeString:
        state = "scheduled" if record.is_scheduled else record.status
        return format_html('<span class="badge badge--{}">{}</span>', state, status_line(record))

    @admin.display(description=_("languages"))
    def language_badges(self, record: Publishable) -> SafeString:
        """One mark a language: solid when ready, dashed when not, crossed out when missing."""
        return format_html_join(
            " ",
            '<span class="badge badge--{}"><span lang="{}">{}</span> <small>{}</small></span>',
            (
                (state.value, code, OWN_NAMES[code], state.label)
                for code in LANGUAGE_CODES
                for state in [record.translation_state(code)]
            ),
        )

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, record: Publishable) -> SafeString:
        when, who = moment(record.changed_at), called(record.changed_by)
        return format_html("{}<br><small>{}</small>", when, who)

    # Who may do what

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return may_publish(request.user, self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Contributors may not touch what is published, scheduled or withdrawn."""
        allowed = super().has_change_permission(request, obj)
        is_settled = obj is not None and obj.status in (Status.PUBLISHED, Status.WITHDRAWN)
        return allowed and (not is_settled or self.has_publish_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has been public is withdrawn, not deleted: its address must not die."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.was_public)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        if not self.has_publish_permission(request):
            fields.append("publish_at")
        if obj is not None and not request.user.has_perm("auth.change_user"):
            # Asked of the database: of a refused form, `obj` is what was typed.
            stored = obj.as_stored()
            if stored is not None and stored.was_public:
                fields.append("slug")  # only administrators move a public address
        return fields

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if not self.has_publish_permission(request):  # nor the buttons that its help speaks of
            kwargs["help_texts"] = {"publish_at": _("Editors set it when they publish.")}
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.TypedChoiceField | None:
        if db_field.name == "status" and not self.has_publish_permission(request):
            kwargs["choices"] = [
                choice for choice in Status.choices if choice[0] in (Status.DRAFT, Status.IN_REVIEW)
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    # The form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """One writes first in the language that one reads the admin in."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"original_language": current_language()} | initial

    def language_fields(self, request: HttpRequest, language: str, obj: Any) -> list[str]:
        fields = [localized("ready", language), *super().language_fields(request, language, obj)]
        if obj is not None and obj.was_public:
            fields.append(localized("withdrawn_reason", language))
        return fields

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["may_publish"] = self.has_publish_permission(request)
        # Of a refused form, `obj` is what was typed.
        context["stored"] = None if obj is None else obj.as_stored()
        context["previews"] = [] if obj is None else _preview_links(obj)
        if obj is not None:
            context["language_states"] = [
                (code, OWN_NAMES[code], obj.translation_state(code).label)
                for code in LANGUAGE_CODES
            ]
            context["outdated_languages"] = {
                code: OWN_NAMES[code] for code in LANGUAGE_CODES if obj.is_outdated_in(code)
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        is_released = "_publish" in request.POST or "_schedule" in request.POST
        if is_released and not self.has_publish_permission(request):
            raise PermissionDenied
        if not change:
            obj.created_by = request.user
        obj.changed_by = request.user
        note_text_changes(obj, form.changed_data)
        for code in LANGUAGE_CODES:
            if request.POST.get(f"up_to_date_{code}"):
                note_text_changes(obj, [localized("title", code)])
        before = obj.as_stored()
        super().save_model(request, obj, form, change)
        if before is not None and before.was_public and before.slug != obj.slug:
            remember_slug(obj, before.slug)
        self._report_publication(request, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "_publish" in request.POST or "_schedule" in request.POST:
            missing = [str(part) for part in self.missing_parts(form.instance)]
            if missing:
                text = _("Readers will find nothing under: %(parts)s. You can still add it.")
                values = {"parts": ", ".join(missing)}
                self.message_user(request, text % values, messages.WARNING)

    def missing_parts(self, obj: Any) -> list[str | Promise]:
        """What a reader would miss, as an editor calls it; with the language where it is one's."""
        return [
            f"{obj._meta.get_field(name).verbose_name} ({OWN_NAMES[code]})"
            for name in self.expected_texts
            for code in obj.ready_languages
            if not getattr(obj, localized(name, code))
        ]

    def _report_publication(self, request: HttpRequest, obj: Any) -> None:
        """Say what readers see from now on, in which languages and where."""
        languages = ", ".join(OWN_NAMES[code] for code in obj.ready_languages)
        if obj.is_published:
            text = _("Readers can see it now, in these languages: %(languages)s.")
        elif obj.is_scheduled:
            text = _("Readers will see it from %(moment)s, in these languages: %(languages)s.")
        elif obj.is_withdrawn:
            text = _("It is withdrawn: at its address readers see the reason.")
        elif obj.publish_at:
            text = _("It is not scheduled yet: for that press “Schedule”.")
            self.message_user(request, text, messages.WARNING)
            return
        else:
            text = _("Readers do not see it yet: it is not published.")
            self.message_user(request, text, messages.INFO)
            return
        values = {"languages": languages, "moment": moment(obj.visible_from)}
        link = format_html('<a href="{}">{}</a>', obj.get_absolute_url(), obj.best_title)
        message = format_html("{}: {}", link, text % values)
        self.message_user(request, message, messages.SUCCESS)

    # Actions

    @admin.action(description=_("Publish the selected records now"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        waiting = self._not_yet(request, queryset, lambda record: record.is_published)
        done = self._do_to_each(request, waiting, lambda record: publish(record, request.user))
        if done:
            text = ngettext("%(count)d record is public.", "%(count)d records are public.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    @admin.action(description=_("Withdraw the selected records"), permissions=["publish"])
    def withdraw_selected(
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase | None:
        """Asks for the reason on a page of its own, since readers will see it."""
        chosen = self._not_yet(request, queryset, lambda record: record.is_withdrawn)
        public = [record for record in chosen if record.was_public]
        for record in chosen:
            if record not in public:
                message = f"{record}: {_('Only what was published can be withdrawn.')}"
                self.message_user(request, message, messages.ERROR)
        if not public:
            return None
        form = WithdrawalForm(request.POST if "reason_given" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": _("Withdraw the selected records"),
                "form": form,
                "records": public,
                "opts": self.opts,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/withdraw_selected.html", context)
        reasons = {code: form.cleaned_data[f"reason_{code}"] for code in LANGUAGE_CODES}
        done = self._do_to_each(
            request, public, lambda record: withdraw(record, request.user, reasons)
        )
        if done:
            text = ngettext(
                "%(count)d record was withdrawn.", "%(count)d records were withdrawn.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        return None

    def _not_yet(
        self, request: HttpRequest, records: QuerySet, is_so: Callable[[Any], bool]
    ) -> list[Any]:
        """Those that the action would change; of the others it is said that they are left alone, as
        readers of feeds and harvesters would take them for changed."""
        others = [record for record in records if not is_so(record)]
        if same := len(records) - len(others):
            text = ngettext(
                "%(count)d record was so already and is left as it is.",
                "%(count)d records were so already and are left as they are.",
                same,
            )
            self.message_user(request, text % {"count": same}, messages.INFO)
        return others

    def _do_to_each(
        self, request: HttpRequest, records: Iterable[Any], action: Callable[[Any], None]
    ) -> int:
        """Act on every record that is fit for it, say why the others are not, count the first."""
        done = 0
        for record in records:
            try:
                action(record)
                done += 1
            except ValidationError as error:
                message = f"{record}: {' '.join(error.messages)}"
                self.message_user(request, message, messages.ERROR)
        return done


class WithdrawalForm(forms.Form):
    """The reason for a withdrawal, in at least one language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in LANGUAGE_CODES:
            self.fields[f"reason_{code}"] = forms.CharField(
                label=OWN_NAMES[code],
                required=False,
                widget=forms.Textarea(attrs={"rows": 3, "lang": code}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(f"reason_{code}", "").strip() for code in LANGUAGE_CODES):
            raise ValidationError(_("Say why the record is withdrawn: readers will see it."))
        return cleaned


def _preview_links(record: Publishable) -> list[tuple[str, str, str]]:
    """Language, its own name and the final address of the record there."""
    links = []
    for code in LANGUAGE_CODES:
        with translation.override(code):
            links.append((code, OWN_NAMES[code], record.get_absolute_url()))  # type: ignore[attr-defined]
    return links


class OrderedInlineFormSet(BaseInlineFormSet):
    """Rows with a position that editors type; those without go to the end, numbers are tidied."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["position"].required = False
        if form.instance.pk is None:
            form.fields["position"].initial = None

    def save(self, commit: bool = True) -> Any:
        for form in self.forms:
            if form.has_changed() and not form.instance.position:
                form.instance.position = 10_000
        saved = super().save(commit)
        if commit:
            assert self.model is not None
            renumber(self.model, self.siblings())
        return saved

    def siblings(self) -> dict[str, Any]:
        """What the rows that are counted have in common."""
        return {self.fk.name: self.instance}


def renumber(model: type[Model], siblings: dict[str, Any]) -> None:
    """Number rows that stand together 1, 2, 3 … in their present order."""
    rows: QuerySet[Any] = model._default_manager.filter(**siblings).order_by("position", "pk")
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            model._default_manager.filter(pk=row.pk).update(position=position)


def was_opened_with(request: HttpRequest, prefix: str) -> bool:
    """Whether the form that is sent has this part, by the prefix of its formset. Someone else may
    have written the first row of it since; Django would then take the form for forged."""
    return request.method != "POST" or f"{prefix}-TOTAL_FORMS" in request.POST


class InlineRowFormSet(OrderedInlineFormSet):
    """Two rows that may not say the same are refused in the words of the model."""

    def clean(self) -> None:
        assert self.model is not None
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                self._refuse_doubles(constraint)
        super().clean()

    def _refuse_doubles(self, constraint: models.UniqueConstraint) -> None:
        names = [name for name in constraint.fields if name != self.fk.name]
        seen = set()
        for form in self.forms:
            if not form.is_valid() or form in self.deleted_forms:
                continue
            values = tuple(form.cleaned_data.get(name) for name in names)
            if None in values:
                continue
            if values in seen:
                place = constraint.violation_error_code or NON_FIELD_ERRORS
                form.add_error(None, {place: str(constraint.get_violation_error_message())})
            seen.add(values)


class InlineRows(PlainTimesMixin, admin.options.InlineModelAdmin):
    """Rows written in the form of what they belong to: whoever may change that may also take them
    away."""

    form = ErrorsAtFieldsMixin
    formset = InlineRowFormSet
    extra = 0
    classes = ["rows"]  # portal.css
    # What a row's heading names.
    heading_relations: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.heading_relations)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TranslationField) and db_field.language != LANGUAGE_CODES[0]:
            field.help_text = ""  # the three languages stand side by side: said once
        return field
