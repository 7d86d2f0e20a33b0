"""The editors' rooms of the library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext
from modeltranslation.admin import (
    TranslationAdmin,
    TranslationStackedInline,
    TranslationTabularInline,
)
from simple_history.admin import SimpleHistoryAdmin

from library import kept_uploads
from library.admin_harvest import HarvestedRecordAdmin
from library.admin_import import export_spreadsheet, import_paths
from library.files import (
    ExaminedFile,
    delete_document,
    delete_file,
    examine,
    examined_early,
    remove_files_on_failure,
    store,
)
from library.files import replace_file as lead_to
from library.importing.names import key_of
from library.models import (
    BestPractice,
    ChangeNote,
    Contribution,
    Country,
    Document,
    DocumentFile,
    DocumentQuerySet,
    DocumentRelation,
    HarvestedRecord,
    Kind,
    Organisation,
    Person,
    Project,
    Recommendation,
    RightsArea,
    Role,
    Term,
    TextState,
    Topic,
)
from library.models.documents import PRACTICE_TEXTS, TEXTS
from library.pdf import TEXT_PROBLEMS
from mrc_portal import search
from mrc_portal.admin_site import (
    WorkItem,
    WorkList,
    add_job,
    add_work_list,
    change_url,
    work_list,
)
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    Wording,
    current_language,
    is_worded,
    localized,
    wording,
)
from mrc_portal.misses import MissedWord
from mrc_portal.publishing import may_see_drafts
from mrc_portal.publishing_admin import (
    EditorFieldsMixin,
    ErrorsAtFieldsMixin,
    LanguageTabsMixin,
    OnRecordMixin,
    OrderedInlineFormSet,
    PublishableAdmin,
    search_in,
)
from mrc_portal.search.analysis import is_cyrillic
from mrc_portal.templatetags.portal_tags import day, file_size
from mrc_portal.transliteration import free_slug, slug_from_title


class DocumentFileForm(forms.ModelForm):
    """A file and what is said of it. A new upload on an old row replaces the old file."""

    upload = forms.FileField(
        label=capfirst(_("file")),
        required=False,
        allow_empty_file=True,  # examine() says so, with its name
        help_text=_("PDF; also DOCX, XLSX, ODT, JPEG, PNG. A new file replaces the old one."),
    )

    # Names what is kept of a form that was refused: library/kept_uploads.py.
    kept = forms.CharField(label="", widget=forms.HiddenInput, required=False)

    examined: ExaminedFile | None = None

    class Meta:
        model = DocumentFile
        fields = ["language", "role", "label_ky", "label_ru", "label_en", "contents", "position"]
        widgets = {"contents": forms.Textarea(attrs={"rows": 4})}

    def clean_upload(self) -> Any:
        upload = self.cleaned_data.get("upload")
        if upload:
            try:
                self.examined = examine(upload)
            except ValidationError as error:
                raise ValidationError(self.named(" ".join(error.messages), upload)) from error
        elif not self.instance.pk:
            raise ValidationError(_("Choose a file."))
        return upload

    def keep(self, upload: UploadedFile, user: Any) -> None:
        """The form was refused for something else: the file need not be chosen again."""
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix("kept")] = kept_uploads.keep(upload, user.pk)
        text = _("%(file)s is kept: you need not choose it again.") % {"file": upload.name}
        self["upload"].help_text = text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") == Role.FULL_TEXT and not cleaned.get("language"):
            self.add_error("language", _("Say in which language this was written."))
        if self.examined is not None and self.instance.document_id:
            same = DocumentFile.objects.filter(
                document=self.instance.document_id, sha256=self.examined.upload.sha256
            )
            if same.exists():
                self.refuse_twin()
        return cleaned

    def refuse_twin(self) -> None:
        text = _("This document has the very same file already.")
        self.add_error("upload", self.named(text, self.cleaned_data["upload"]))

    @staticmethod
    def named(text: str | Promise, upload: UploadedFile) -> str:
        """Browsers forget what was chosen, and one has to know which file is meant."""
        return f"{upload.name}: {text}"

    def save(self, commit: bool = True) -> DocumentFile:
        if self.examined is None or not commit:
            return super().save(commit)
        upload = self.cleaned_data["upload"]
        if self.instance.pk is None:
            store(self.instance, self.examined, upload)
            return self.instance
        old = super().save()
        new = DocumentFile(
            document=old.document,
            language=old.language,
            role=old.role,
            position=old.position,
            **{localized("label", code): getattr(old, f"label_{code}") for code in LANGUAGE_CODES},
        )
        store(new, self.examined, upload)
        lead_to(old, new)
        self.instance = new
        return new


class DocumentFileFormSet(OrderedInlineFormSet):
    """Files of one document: the same bytes twice are refused before anything is stored."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            assert isinstance(form, DocumentFileForm)
            if form.examined is None or "upload" in form.errors:
                continue
            if form.examined.upload.sha256 in seen:
                form.refuse_twin()
            seen.add(form.examined.upload.sha256)

    def delete_existing(self, obj: DocumentFile, commit: bool = True) -> None:
        if commit:
            delete_file(obj)

    def siblings(self) -> dict[str, Any]:
        return super().siblings() | {"replaced_by": None}


class DocumentFileInline(EditorFieldsMixin, TranslationStackedInline):
    model = DocumentFile
    form = DocumentFileForm
    formset = DocumentFileFormSet
    extra = 0
    view_on_site = False
    readonly_fields = ["state"]
    fieldsets = [
        (None, {"fields": [("upload", "state"), ("language", "role", "position"), "kept"]}),
        (
            _("Title and contents of the file"),
            {"fields": ["label_ky", "label_ru", "label_en", "contents"], "classes": ["collapse"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(replaced_by__isnull=True)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        documents = self.admin_site.get_model_admin(Document)
        first, *others = super().get_fieldsets(request, obj)
        if obj is not None and not documents.has_change_permission(request, obj):
            first = (None, {"fields": ["state", ("language", "role", "position")]})
        return [first, *others]

    @admin.display(description=_("what was read"))
    def state(self, file: DocumentFile) -> SafeString | str | Promise:
        if not file.pk:
            return _("You will see it after saving.")
        pages = ""
        if file.page_count:
            text = ngettext("%(count)d page", "%(count)d pages", file.page_count)
            pages = text % {"count": file.page_count}
        remarks: list[Any] = [TEXT_PROBLEMS.get(file.text_problem, "")]
        if file.waits_for_version:
            remarks.append(_("Readers get it once this language version is ready."))
        return format_html(
            '<a href="{}">{}</a><br><span class="badge badge--{}">{}</span> {} {}{}',
            file.get_absolute_url(),
            file.original_name,
            file.text_state,
            file.get_text_state_display(),
            pages,
            file_size(file.size),
            format_html_join("", "<br>{}", ([it] for it in remarks if it)),
        )


class ContributionInline(EditorFieldsMixin, admin.TabularInline):
    model = Contribution
    form = ErrorsAtFieldsMixin
    formset = OrderedInlineFormSet
    extra = 0
    autocomplete_fields = ["person", "organisation"]
    fields = ["role", "person", "organisation", "position"]


class RecommendationInline(EditorFieldsMixin, TranslationTabularInline):
    translated_label = "{language}"
    model = Recommendation
    formset = OrderedInlineFormSet
    extra = 0
    fields = ["text_ky", "text_ru", "text_en", "position"]


class ChangeNoteInline(EditorFieldsMixin, TranslationTabularInline):
    translated_label = "{language}"
    model = ChangeNote
    extra = 0
    fields = ["made_on", "text_ky", "text_ru", "text_en"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "made_on":
            kwargs["initial"] = timezone.localdate
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class DocumentRelationInline(EditorFieldsMixin, admin.TabularInline):
    model = DocumentRelation
    form = ErrorsAtFieldsMixin
    fk_name = "document"
    extra = 0
    autocomplete_fields = ["target"]


class BestPracticeFormSet(BaseInlineFormSet):
    """The matrix row goes with the kind "best practice", and only with it."""

    def clean(self) -> None:
        super().clean()
        filled = any(
            form.cleaned_data and not form.cleaned_data.get("DELETE") for form in self.forms
        )
        if filled and self.instance.kind != Kind.BEST_PRACTICE:
            raise ValidationError(
                _("Choose the kind “best practice” for the document, or delete this part.")
            )


def describes_practice(request: HttpRequest, document: Document | None) -> bool:
    """Whether somebody came to describe a best practice: its part is open, and the first."""
    kind = document.kind if document else request.GET.get("kind")
    return kind == Kind.BEST_PRACTICE


class BestPracticeInline(EditorFieldsMixin, TranslationStackedInline):
    model = BestPractice
    form = ErrorsAtFieldsMixin
    translated_label = "{name}"
    formset = BestPracticeFormSet
    max_num = 1

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return int(obj is None and describes_practice(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The language in which one writes is open, the others are folded."""
        opened = obj.original_language if obj else current_language()
        common = (None, {"fields": ["areas", ("since_year", "since_is_decade")]})
        languages = [
            (
                OWN_NAMES[code],
                {
                    "fields": [localized(name, code) for name in ("since", *PRACTICE_TEXTS)],
                    "classes": [] if code == opened else ["collapse"],
                },
            )
            for code in LANGUAGE_CODES
        ]
        return [common, *languages]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "areas":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Document)
class DocumentAdmin(PublishableAdmin):
    list_display = [
        "best_title",
        "kind",
        "issued",
        "state_badge",
        "language_badges",
        "file_badges",
        "changed",
    ]
    list_filter = [*PublishableAdmin.list_filter, "kind", "topics", "is_demonstration"]
    search_fields = [
        *search_in("title"),
        "slug",
        "short_id",
        "isbn",
        "doi",
        *(f"contributions__organisation__{name}" for name in search_in("name")),
        *(f"contributions__person__{name}" for name in search_in("family_name")),
    ]
    date_hierarchy = "issued_on"
    tab_fields = [it.name for it in TEXTS]
    expected_texts = ("summary",)
    autocomplete_fields = ["topics", "countries", "publisher", "project", "funder"]
    inlines = [
        DocumentFileInline,
        ContributionInline,
        RecommendationInline,
        BestPracticeInline,
        DocumentRelationInline,
        ChangeNoteInline,
    ]
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    ("kind", "original_language"),
                    "issued_on",
                    ("issued_precision", "issued_until"),
                    "topics",
                    "countries",
                    "edited_from",
                ]
            },
        ),
        (
            _("Publisher, series, rights"),
            {
                "fields": [
                    ("publisher", "funder"),
                    ("project", "licence"),
                    ("series_number", "page_total"),
                    ("isbn", "doi"),
                ],
                "classes": ["collapse"],
            },
        ),
        (
            _("Source and address"),
            {
                "fields": [
                    ("source_url", "source_seen_year", "source_is_dead"),
                    ("slug", "is_demonstration"),
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    actions = [*PublishableAdmin.actions, "as_spreadsheet"]

    def get_urls(self) -> list[URLPattern]:
        return [*import_paths(self), *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: Document | None) -> list[Any]:
        inlines: list[Any] = list(super().get_inlines(request, obj))
        if describes_practice(request, obj):
            inlines = sorted(inlines, key=lambda inline: inline is not BestPracticeInline)
        return inlines

    @admin.action(description=_("Export the selected documents as a spreadsheet"))
    def as_spreadsheet(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return export_spreadsheet(self, request, queryset)

    def get_queryset(self, request: HttpRequest) -> DocumentQuerySet:
        documents = super().get_queryset(request)
        assert isinstance(documents, DocumentQuerySet)
        return documents.for_cards().select_related("changed_by")

    @admin.display(description=_("date of issue"), ordering="issued_on")
    def issued(self, document: Document) -> str:
        """As precisely as it is known; "not stated" in lists if it is not."""
        return str(document.issued or "")

    @admin.display(description=_("files"))
    def file_badges(self, document: Document) -> SafeString | str:
        problems = [
            file
            for file in document.current_files
            if file.text_state in (TextState.NEEDS_OCR, TextState.UNREADABLE)
        ]
        number = len(document.current_files)
        if not problems:
            return str(number) if number else "–"
        labels = ", ".join(str(file.get_text_state_display()) for file in problems)
        return format_html('{} <span class="badge badge--unreadable">{}</span>', number, labels)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._take_kept_uploads(request)
        uploads: list[Any] = list(request.FILES.values())
        with examined_early(uploads), remove_files_on_failure():
            response: Any = super().changeform_view(request, *args, **kwargs)
        if uploads and response.status_code == 200:  # refused, the form is shown again
            self._keep_uploads(request, response.context_data["inline_admin_formsets"])
        kept_uploads.forget(uploads)
        return response

    def _take_kept_uploads(self, request: HttpRequest) -> None:
        """As if they had been chosen once more, where no other file has been."""
        for name, token in request.POST.items():
            place = name.removesuffix("kept") + "upload"
            if not name.endswith("-kept") or place in request.FILES:
                continue
            upload = kept_uploads.take(str(token), request.user.pk)
            if upload is not None:
                request.FILES[place] = upload

    def _keep_uploads(self, request: HttpRequest, inlines: Any) -> None:
        """Those that nothing is wrong with: they are no fault of the form."""
        for form in (form for inline in inlines for form in inline.formset.forms):
            upload = request.FILES.get(form.add_prefix("upload"))
            if upload is not None and "upload" not in form.errors:
                form.keep(upload, request.user)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is DocumentFile:
            self._report_files(request, formset)

    def _report_files(self, request: HttpRequest, formset: Any) -> None:
        """Say what was found in each new file, while the editor still remembers choosing it."""
        for form in formset.forms:
            file = form.instance
            if form.examined is None or not file.pk:
                continue
            twins = DocumentFile.objects.filter(sha256=file.sha256).exclude(
                document=file.document_id
            )
            for twin in twins.select_related("document")[:3]:
                text = _("The file %(file)s is attached to “%(document)s” too.")
                values = {"file": file.original_name, "document": str(twin.document)}
                self.message_user(request, text % values, messages.WARNING)
            if file.text_state in (TextState.NEEDS_OCR, TextState.UNREADABLE):
                text = _("The file %(file)s is kept, but its words cannot be searched: %(state)s.")
                values = {"file": file.original_name, "state": file.get_text_state_display()}
                self.message_user(request, text % values, messages.WARNING)
            document = file.document
            if file.waits_for_version and (document.is_published or document.is_scheduled):
                text = _("Readers get the file %(file)s once this version is ready: %(language)s.")
                values = {"file": file.original_name, "language": OWN_NAMES[file.language]}
                self.message_user(request, text % values, messages.WARNING)

    def missing_parts(self, obj: Document) -> list[str | Promise]:
        missing = super().missing_parts(obj)
        is_bare = obj.kind == Kind.BEST_PRACTICE and not any(
            is_worded(practice, name)
            for practice in BestPractice.objects.filter(document=obj)
            for name in PRACTICE_TEXTS
        )
        return [*missing, str(BestPractice._meta.verbose_name)] if is_bare else missing

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        delete_document(obj)


class NamedForm(ErrorsAtFieldsMixin):
    """A name in any one language is enough, and the address can be made from it."""

    # Translated fields that make the name; each has a column for every language.
    NAMES: tuple[str, ...] = ("name", "title", "family_name", "given_names")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.NAMES:
            for code in LANGUAGE_CODES:
                if field := self.fields.get(localized(name, code)):
                    field.required = False
        if slug := self.fields.get("slug"):
            slug.required = False
            slug.label = _("Address of the page")
            slug.help_text = _("Left empty, it is made from the name.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = {code: self._name(cleaned, code) for code in ("en", "ru", "ky")}
        language = next((code for code, name in names.items() if name), None)
        if language is None:
            raise ValidationError(_("Give a name in at least one language."))
        if "slug" in self.fields and not cleaned.get("slug") and "slug" not in self.errors:
            others = self._meta.model._default_manager.exclude(pk=self.instance.pk)
            cleaned["slug"] = free_slug(
                slug_from_title(names[language], language),
                lambda slug: others.filter(slug=slug).exists(),
            )
        return cleaned

    def _name(self, cleaned: dict[str, Any], language: str) -> str:
        parts = [cleaned.get(localized(name, language)) or "" for name in self.NAMES]
        return " ".join(filter(None, parts))

    def find_namesakes(self) -> list[Any]:
        """Others that are called the same in some language, as far as search can tell."""
        names = {key_of(self._name(self.cleaned_data, code)) for code in LANGUAGE_CODES} - {""}
        others = self._meta.model._default_manager.exclude(pk=self.instance.pk)
        return [
            other
            for other in others
            if any(key_of(self._name(vars(other), code)) in names for code in LANGUAGE_CODES)
        ]


MOST_NAMED_AS_KEPT = 100  # of one kind of record, on the page that says why nothing is deleted


class NamesMixin(LanguageTabsMixin):
    """The names come first."""

    form = NamedForm
    tabs_after = 0

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What other records name stays: a topic would silently go from all its documents. Which
        they are is told, rather than that nobody may delete them."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        protected = [*protected, *(line for record in objs for line in _naming(record))]
        return listed, counts, set() if protected else missing, protected


def _naming(record: Model) -> Iterator[SafeString]:
    """Links to records that name this one in a list of topics, areas or organisations."""
    for relation in record._meta.related_objects:
        accessor = relation.get_accessor_name()
        if relation.many_to_many and accessor:
            naming = getattr(record, accessor).all()
            for it in naming[:MOST_NAMED_AS_KEPT]:
                owner = it.document if isinstance(it, BestPractice) else it
                kind = capfirst(owner._meta.verbose_name)
                yield format_html('{}: <a href="{}">{}</a>', kind, change_url(owner), owner)


class NamedAdmin(NamesMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin):
    """Records with a name in three languages and no publication of their own."""

    list_per_page = 100
    search_help_text = _(
        "Part of a name in any language; capitals or small letters make no difference"
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = {localized(name, code) for name in NamedForm.NAMES for code in LANGUAGE_CODES}
        if names.isdisjoint(form.changed_data):
            return
        namesakes = form.find_namesakes()[:3]
        if namesakes:
            links = format_html_join(
                ", ", '<a href="{}">{}</a>', ((change_url(it), it) for it in namesakes)
            )
            text = _("This name is known already. Is it the same one?")
            self.message_user(request, format_html("{} {}", text, links), messages.WARNING)

    @admin.display(description=_("languages"))
    def languages(self, record: Any) -> str:
        """Languages that the record has a name in."""
        field = self.tab_fields[0]
        codes = [code for code in LANGUAGE_CODES if getattr(record, localized(field, code))]
        return ", ".join(OWN_NAMES[code] for code in codes)


@admin.register(Organisation)
class OrganisationAdmin(NamedAdmin):
    tab_fields = ["name", "abbreviation", "description"]
    list_display = ["__str__", "short_name", "parent", "country", "languages"]
    search_fields = [*search_in("name", "abbreviation"), "other_names__matches", "slug"]
    list_select_related = ["parent", "country"]
    autocomplete_fields = ["parent", "country"]
    common_fieldsets = [
        (None, {"fields": [("parent", "country"), "website", "other_names", "slug"]})
    ]

    @admin.display(description=_("abbreviation"))
    def short_name(self, organisation: Organisation) -> Wording:
        return wording(organisation, "abbreviation")


@admin.register(Person)
class PersonAdmin(NamedAdmin):
    tab_fields = ["family_name", "given_names"]
    list_display = ["__str__", "orcid", "languages"]
    search_fields = [*search_in("family_name", "given_names"), "slug"]
    common_fieldsets = [(None, {"fields": ["orcid", "slug"]})]


class EditorsAdmin(admin.ModelAdmin):
    """Records that stand on public pages as soon as they are added."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self.has_change_permission(request)


@admin.register(Topic)
class TopicAdmin(EditorsAdmin, NamedAdmin):
    tab_fields = ["name", "description"]
    list_display = ["__str__", "parent", "position", "languages"]
    list_editable = ["position"]
    list_select_related = ["parent"]
    search_fields = [*search_in("name"), "slug"]
    autocomplete_fields = ["parent"]
    common_fieldsets = [(None, {"fields": [("parent", "position"), "slug"]})]


class UnnamedFilter(admin.SimpleListFilter):
    """Terms that have no name yet in a language."""

    title = _("not stated")
    parameter_name = "unnamed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OWN_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in LANGUAGE_CODES:
            return queryset
        name = localized("name", str(self.value()))
        return queryset.filter(Q(**{name: ""}) | Q(**{f"{name}__isnull": True}))


@admin.register(Term)
class TermAdmin(EditorsAdmin, NamedAdmin):
    tab_fields = ["name", "abbreviations", "synonyms", "search_names", "definition"]
    list_display = ["__str__", "section", "languages", "note"]
    ordering = ["name", "slug"]
    empty_value_display = ""
    list_filter = ["section", UnnamedFilter]
    search_fields = [*search_in("name", "abbreviations", "synonyms", "search_names"), "slug"]
    common_fieldsets = [(None, {"fields": ["section", "note", "slug"]})]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.CharField) and isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 3
        return field

    def save_model(self, request: HttpRequest, obj: Term, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for other in obj.namesakes():
            text = _("A name of this term is a name of “%(term)s” too: search will add the others.")
            self.message_user(request, text % {"term": str(other)}, messages.WARNING)


@admin.register(MissedWord)
class MissedWordAdmin(OnRecordMixin, admin.ModelAdmin):
    """What readers look for and do not find; for those who can give it a name in the glossary."""

    list_display = ["stem", "total", "last_day", "found_now", "ways_on"]
    list_display_links = None
    search_fields = ["stem__matches"]
    # Django's checks know columns only by their names; `total` is one of recent() alone.
    ordering = [Coalesce("total", 0).desc()]
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return MissedWord.objects.recent()

    @admin.display(description=_("searches in 30 days"), ordering="total")
    def total(self, word: Any) -> int:
        number: int = word.total
        return number

    @admin.display(description=_("last day"), ordering="day")
    def last_day(self, word: MissedWord) -> str:
        return day(word.day)

    @admin.display(description=_("records found now"))
    def found_now(self, word: MissedWord) -> int | str:
        """Something may have been published since, or the glossary may know the word."""
        query = search.Query(text=word.stem, language=current_language(), limit=1)
        try:
            results = search.search(query)
        except search.SearchUnavailable:
            return "–"
        return 0 if results.notes.fuzzy else results.total

    @admin.display(description=_("what to do"))
    def ways_on(self, word: MissedWord) -> SafeString:
        # A guess: the editor sees in which language the name stands, and may move it.
        language = "ky" if is_cyrillic(word.stem) and current_language() == "ky" else "ru"
        name = localized("search_names", language if is_cyrillic(word.stem) else "en")
        return format_html(
            '<a href="{}?{}">{}</a> · <a href="{}?{}">{}</a>',
            reverse("search"),
            urlencode({"q": word.stem}),
            pgettext("verb", "Search"),
            reverse("admin:library_term_add"),
            urlencode({name: word.stem}),
            _("Add to the glossary"),
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.get_model_admin(Term).has_change_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(RightsArea)
class RightsAreaAdmin(EditorsAdmin, NamesMixin, TranslationAdmin):
    tab_fields = ["name"]
    list_display = ["__str__", "position"]
    list_editable = ["position"]
    common_fieldsets = [(None, {"fields": ["position", "slug"]})]


@admin.register(Project)
class ProjectAdmin(NamedAdmin):
    tab_fields = ["title", "description", "goal"]
    list_display = ["__str__", "from_to", "funder", "languages"]
    search_fields = [*search_in("title"), "slug"]
    list_select_related = ["funder"]
    autocomplete_fields = ["lead", "funder"]
    common_fieldsets = [
        (None, {"fields": [("starts_year", "ends_year"), ("lead", "funder"), "slug"]})
    ]

    @admin.display(description=_("years"), ordering="starts_year")
    def from_to(self, project: Project) -> str:
        return project.years


@admin.register(Country)
class CountryAdmin(NamesMixin, TranslationAdmin):
    """The list of ISO 3166-1 with its names; countries are corrected, not added."""

    tab_fields = ["name"]
    list_display = ["code", "__str__"]
    search_fields = [*search_in("name"), "code"]
    list_per_page = 300
    common_fieldsets = [(None, {"fields": ["code"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def unreadable_files(request: HttpRequest) -> WorkList | None:
    """Files whose words search cannot find, for the start page."""
    if not may_see_drafts(request.user, Document):
        return None
    files = (
        DocumentFile.objects.current()
        .filter(text_state__in=[TextState.NEEDS_OCR, TextState.UNREADABLE])
        .select_related("document")
    )

    def item(file: DocumentFile) -> WorkItem:
        url = change_url(file.document)
        return WorkItem(file.original_name, url, file.get_text_state_display())

    return work_list(
        _("Files without readable text"), files, item, _("Every file can be searched.")
    )


add_work_list(unreadable_files)
add_job(_("Add a document"), Document)
add_job(_("Add a best practice"), Document, kind=Kind.BEST_PRACTICE)


admin.site.register(HarvestedRecord, HarvestedRecordAdmin)
