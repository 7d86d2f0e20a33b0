"""The editors' rooms of councils, working groups and letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modeltranslation.admin import TranslationStackedInline

from council.models import (
    Body,
    Letter,
    LetterTask,
    LetterVersion,
    Membership,
    Signatory,
    SignatoryState,
)
from council.models.bodies import LAST_VERSION, SIGNED
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, every_column, is_worded, localized
from mrc_portal.publishing_admin import (
    ErrorsAtFieldsMixin,
    InlineRows,
    PublishableAdmin,
    search_in,
    was_opened_with,
)
from mrc_portal.templatetags.portal_tags import prose


class Rows(InlineRows, TranslationStackedInline):
    """Rows of a body or a letter: whoever may change it may also take its rows away."""


class MembershipInline(Rows):
    model = Membership
    heading_relations = ["person", "organisation"]
    autocomplete_fields = ["person", "organisation"]
    readonly_fields = ["what_readers_see"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("role", "person", "organisation", "position"),
                    ("office_ky", "office_ru", "office_en"),
                    ("starts_on", "ends_on", "date_precision"),
                    ("consent_given_on", "consent_note", "what_readers_see"),
                ]
            },
        )
    ]

    @admin.display(description=_("what readers see"))
    def what_readers_see(self, member: Membership) -> str | Promise:
        if not member.pk:
            return _("You will see it after saving.")
        if member.is_name_public:
            return _("name and office")
        if not member.person:
            return _("everything")
        if is_worded(member, "office") or member.organisation:
            return _("only the office")
        return _("that there is a member, and no name")


class SignatoryInline(Rows):
    model = Signatory
    heading_relations = ["person", "organisation"]
    autocomplete_fields = ["person", "organisation"]
    readonly_fields = ["what_readers_see"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("state", "state_on", "heads_the_list", "position"),
                    ("person", "organisation"),
                    ("office_ky", "office_ru", "office_en"),
                    ("consent_given_on", "consent_note", "what_readers_see"),
                ]
            },
        )
    ]

    @admin.display(description=_("what readers see"))
    def what_readers_see(self, signatory: Signatory) -> str | Promise:
        if not signatory.pk:
            return _("You will see it after saving.")
        if signatory.is_name_public:
            return _("name and office")
        return _("the organisation") if signatory.is_named else _("only that one more is counted")


class LetterTaskInline(Rows):
    model = LetterTask
    heading_relations = ["organisation"]
    autocomplete_fields = ["organisation"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("organisation", "position"),
                    ("task_ky", "task_ru", "task_en"),
                    ("who_ky", "who_ru", "who_en"),
                ]
            },
        )
    ]


# Versions of a letter


class LetterVersionForm(ErrorsAtFieldsMixin):
    """A version whose number is left empty follows the last one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "number" in self.fields:
            self.fields["number"].required = False


class LetterVersionFormSet(BaseInlineFormSet):
    """The versions that can be edited; one of all is the final one, and each has its number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = LetterVersion.objects.filter(letter=self.instance.pk)
        self.settled_numbers = list(versions.settled().values_list("number", flat=True))

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if self.settled_numbers and "is_final" in form.fields:
            form.fields["is_final"].disabled = True

    def clean(self) -> None:
        # Constraints are seen to here: the form of a row does not know which letter it belongs to.
        kept = self._kept_forms()
        numbers = [*self.settled_numbers]
        for form in kept:
            if (number := form.instance.number) in numbers:
                text = _("The letter has a version with this number already.")
                form.add_error("number", text)
            elif number is not None:
                numbers.append(number)
        for form in kept:
            if form.instance.number is None:
                form.instance.number = max(numbers, default=0) + 1
                numbers.append(form.instance.number)
        for form in [form for form in kept if form.instance.is_final][1:]:
            form.add_error("is_final", _("Another version is the final one."))

    def _kept_forms(self) -> list[Any]:
        """Rows that will be there after saving, as far as they are in order."""
        filled = [form for form in self.forms if form.instance.pk or form.has_changed()]
        return [form for form in filled if form not in self.deleted_forms and form.is_valid()]

    def save(self, commit: bool = True) -> Any:
        # Rows change places: a number and the final mark leave one row before they reach another.
        changed = [form for form in self.initial_forms if form.has_changed()]
        rows = LetterVersion.objects.filter(pk__in=[form.instance.pk for form in changed])
        rows.update(number=F("number") + LAST_VERSION, is_final=False)
        return super().save(commit)


def _readable_text(language: str) -> Callable[[LetterVersion], SafeString]:
    """The text in a language for those who may only read, where Django would show its tags."""

    @admin.display(description=format_lazy("{} ({})", _("Text"), OWN_NAMES[language]))
    def text(version: LetterVersion) -> SafeString:
        return prose(getattr(version, localized("text", language)))

    return text


READABLE_TEXTS = [_readable_text(code) for code in LANGUAGE_CODES]


class LetterVersionInline(Rows):
    model = LetterVersion
    form: Any = LetterVersionForm
    formset: Any = LetterVersionFormSet
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "is_final", "dated_on", "date_precision"),
                    ("note_ky", "note_ru", "note_en"),
                    *every_column("text"),
                ]
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).open()  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if self._is_editable(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": [*self.fieldsets[0][1]["fields"][:2], *READABLE_TEXTS]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self._is_editable(request, obj):
            return super().get_readonly_fields(request, obj)
        # modeltranslation takes out of the form only what stands here.
        return READABLE_TEXTS

    def _is_editable(self, request: HttpRequest, obj: Any) -> bool:
        letters = self.admin_site.get_model_admin(Letter)
        return self.has_change_permission(request, obj) and (
            obj is None or letters.has_change_permission(request, obj)
        )


class SettledVersionInline(LetterVersionInline):
    """The final text of a letter that was sent: it is what others hold in their hands."""

    verbose_name_plural = _("text that was sent: it can no longer be changed")
    formset = BaseInlineFormSet

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super(LetterVersionInline, self).get_queryset(request).settled()  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# Councils, working groups, letters


class NamesMixin(PublishableAdmin):
    """Says after saving whose name readers do not see, so that nobody forgets to ask."""

    # The rows in which people stand.
    rows_with_names: type[Membership | Signatory]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for rows in formsets:
            if rows.model is self.rows_with_names and rows.has_changed():
                people = rows.queryset.model.objects.filter(**{rows.fk.name: form.instance})
                self._report_hidden_names(request, people.select_related("person"))

    def _report_hidden_names(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        names = [str(it.person) for it in rows if it.person and not it.consent_given_on]
        if names:
            text = _("Readers do not see these names, as no consent is recorded: %(names)s.")
            self.message_user(request, text % {"names": ", ".join(names)}, messages.WARNING)


@admin.register(Body)
class BodyAdmin(NamesMixin):
    list_display = [
        "best_title",
        "kind",
        "existence",
        "member_count",
        "state_badge",
        "language_badges",
        "changed",
    ]
    list_filter = [*PublishableAdmin.list_filter, "kind", "existence", "is_demonstration"]
    list_select_related = ["changed_by"]
    search_fields = [
        *search_in("title"),
        "slug",
        "short_id",
        *(f"organisation__{name}" for name in search_in("name", "abbreviation")),
    ]
    ordering = ["kind", "slug"]
    tab_fields = ["title", "summary", "body", "tasks", "note"]
    autocomplete_fields = ["organisation", "parent", "series", "meetings", "topics"]
    inlines = [MembershipInline]
    rows_with_names = Membership
    tabs_after = 2
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    ("kind", "original_language"),
                    "edited_from",
                ]
            },
        ),
        (
            _("Whether it exists"),
            {"fields": ["existence", ("founded_on", "founded_precision")]},
        ),
        (
            _("What belongs to it"),
            {
                "fields": [
                    ("parent", "organisation"),
                    "series",
                    "meetings",
                    "topics",
                    "is_task_list_cut_off",
                ]
            },
        ),
        (
            _("Address of the page"),
            {"fields": [("slug", "is_demonstration")], "classes": ["collapse"]},
        ),
    ]

    class Media:
        css = {"all": ["admin/bodies.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(number=Count("memberships"))

    @admin.display(description=_("members"), ordering="number")
    def member_count(self, body: Any) -> int:
        return body.number


class SignatoryFilter(admin.SimpleListFilter):
    """Letters that somebody in this state belongs to, or whose names may not be shown yet."""

    title = _("signatories")
    parameter_name = "signatories"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*SignatoryState.choices, ("without_consent", _("without consent to be named"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        found = Signatory.objects.filter(letter=OuterRef("pk"))
        if self.value() == "without_consent":
            found = found.filter(person__isnull=False, consent_given_on=None)
            return queryset.filter(Exists(found))
        if self.value() in SignatoryState.values:
            return queryset.filter(Exists(found.filter(state=self.value())))
        return queryset


@admin.register(Letter)
class LetterAdmin(NamesMixin):
    list_display = [
        "best_title",
        "state",
        "sent_on",
        "signatures",
        "state_badge",
        "language_badges",
        "changed",
    ]
    list_filter = [*PublishableAdmin.list_filter, "state", SignatoryFilter, "is_demonstration"]
    list_select_related = ["changed_by"]
    search_fields = [*search_in("title", "addressee"), "slug", "short_id"]
    search_help_text = _(
        "Part of a title or of the addressee in any language; capitals or small letters make no "
        "difference"
    )
    ordering = [F("sent_on").desc(nulls_first=True), "-pk"]
    tab_fields = ["title", "summary", "addressee", "body", "answer", "open_questions", "note"]
    autocomplete_fields = ["sender", "event", "answer_document"]
    readonly_fields = ["signature_counts"]
    inlines = [LetterVersionInline, SettledVersionInline, LetterTaskInline, SignatoryInline]
    rows_with_names = Signatory
    tabs_after = 2
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    "original_language",
                    "edited_from",
                ]
            },
        ),
        (
            pgettext_lazy("of a letter", "What became of it"),
            {"fields": ["state", ("sent_on", "answered_on"), "answer_document"]},
        ),
        (
            _("Where it comes from"),
            {"fields": [("sender", "event")]},
        ),
        (
            _("Address of the page"),
            {"fields": [("slug", "is_demonstration")], "classes": ["collapse"]},
        ),
    ]

    class Media:
        css = {"all": ["admin/bodies.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        signed = Count("signatories", filter=Q(signatories__state__in=SIGNED))
        counts = {"asked": Count("signatories"), "signed": signed}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("signed, of all on the list"), ordering="signed")
    def signatures(self, letter: Any) -> str:
        return f"{letter.signed} / {letter.asked}"

    @admin.display(description=_("signatories"))
    def signature_counts(self, letter: Letter) -> SafeString | str:
        """How many are in which state, in the order of the states."""
        states = list(letter.signatories.values_list("state", flat=True))
        counts = ((state.label, states.count(state)) for state in SignatoryState)
        told = [(capfirst(str(label)), count) for label, count in counts if count]
        return format_html_join(", ", "{}: {}", told) or str(_("nobody yet"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            fieldsets.append((_("Signatories in numbers"), {"fields": ["signature_counts"]}))
        return fieldsets

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        # Asked of the database: while a form is being saved, `obj` is what was typed.
        versions = LetterVersion.objects.filter(letter=obj.pk) if obj is not None else None
        has_settled = versions is not None and versions.settled().exists()
        has_settled = has_settled and was_opened_with(request, "versions-2")
        return [it for it in self.inlines if it is not SettledVersionInline or has_settled]
