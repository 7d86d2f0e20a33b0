"""The editors' rooms of a plan: the plan itself, its tree, its stages, its rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import (
    TranslationAdmin,
    TranslationStackedInline,
    TranslationTabularInline,
)
from simple_history.admin import SimpleHistoryAdmin

from council import tree
from council.admin.deadlines import DeadlineForm
from council.admin.importing import import_path
from council.admin.readings import (
    TAKE_AMOUNTS,
    TAKE_TIME,
    TimedForm,
    read_resources,
    read_time,
    take_amounts,
)
from council.admin.revised import SEEN, RevisedAdmin, RevisedForm, claim_changed
from council.admin.worded import key_in
from council.models import (
    Activity,
    ColumnMeaning,
    DeadlineChange,
    ExtraCell,
    Goal,
    Plan,
    Resource,
    Responsible,
    Stage,
    StageColumn,
)
from council.models.plans import ROW_TEXTS
from council.pages import goals_of
from council.picture import picture_of
from events.models import EventOutcome
from mrc_portal.admin_site import change_url
from mrc_portal.dates import PartialDate
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.publishing_admin import (
    EditorFieldsMixin,
    InlineRows,
    LanguageTabsMixin,
    OnRecordMixin,
    OrderedInlineFormSet,
    PublishableAdmin,
    search_in,
    was_opened_with,
)

READING_FIELDSET: Any = (
    _("What the words of the time column mean"),
    {
        "fields": [
            "timeline_kind",
            ("earliest", "latest"),
            ("time_precision", "recurrence"),
            "is_year_inferred",
        ],
        "description": _(
            "Leave it empty at first: after saving, the portal proposes how to read the words, and "
            "you confirm it. What nobody can read stays words, without dates."
        ),
    },
)
# Which button of the tree calls what.
MOVES = {
    "up": tree.move_up,
    "down": tree.move_down,
    "in": tree.indent,
    "out": tree.outdent,
}


def tree_url(plan: int | Plan, row: Activity | None = None) -> str:
    address = reverse("admin:council_plan_tree", args=[plan if isinstance(plan, int) else plan.pk])
    return f"{address}#row-{row.pk}" if row is not None else address


def may_write(request: HttpRequest, plan: Plan) -> bool:
    """Contributors write the rows of drafts; those of a public plan only editors do."""
    return admin.site.get_model_admin(Plan).has_change_permission(request, plan)


# The plan


@admin.register(Plan)
class PlanAdmin(PublishableAdmin):
    change_form_template = "admin/council/plan/change_form.html"
    list_display = [
        "best_title",
        "period",
        "row_count",
        "tree_link",
        "state_badge",
        "language_badges",
        "changed",
    ]
    list_filter = [*PublishableAdmin.list_filter, "is_demonstration"]
    list_select_related = ["changed_by"]
    search_fields = [*search_in("title"), "slug", "short_id"]
    tab_fields = ["title", "summary", "body", "reference_strategy", "note"]
    autocomplete_fields = ["council", "drawn_up_by", "source_document", "events", "topics"]
    tabs_after = 1
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    ("starts_on", "ends_on"),
                    "original_language",
                    "edited_from",
                ]
            },
        ),
        (_("Whose plan it is"), {"fields": [("council", "drawn_up_by"), "source_document"]}),
        (_("How it came about"), {"fields": ["events", "topics"]}),
        (_("End of tracking"), {"fields": ["tracking_ended_on"]}),
        (
            _("Address of the page"),
            {"fields": [("slug", "is_demonstration")], "classes": ["collapse"]},
        ),
    ]

    class Media:
        css = {"all": ["admin/council.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(row_total=Count("stages__rows"))

    # Columns

    @admin.display(description=_("from – to"), ordering="starts_on")
    def period(self, plan: Plan) -> str:
        days = (plan.starts_on, plan.ends_on)
        return " – ".join(str(PartialDate(day)) if day else "…" for day in days)

    @admin.display(description=_("rows"), ordering="row_total")
    def row_count(self, plan: Any) -> int:
        return plan.row_total

    @admin.display(description=_("tree of rows"))
    def tree_link(self, plan: Plan) -> SafeString:
        return format_html('<a href="{}">{}</a>', tree_url(plan), _("open the tree"))

    # The form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (plan := kwargs.get("obj")) is not None:
            context |= plan_links(request, plan) | {
                "stages": plan.stages.annotate(row_total=Count("rows")).order_by("number")
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # The tree

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.tree_view)
        own = [path("<path:object_id>/tree/", view, name="council_plan_tree"), import_path(self)]
        return own + super().get_urls()

    def tree_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stages, goals and rows as they stand one under another; each step of a row is a click."""
        plan = self.get_object(request, unquote(object_id))
        if plan is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, plan):
            raise PermissionDenied
        may_change = self.has_change_permission(request, plan) and request.user.has_perm(
            "council.change_activity"
        )
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            return self._move(request, plan)
        picture = picture_of(plan)
        goals = goals_of(picture)
        context = {
            **self.admin_site.each_context(request),
            **plan_links(request, plan),
            "title": _("Tree of the plan"),
            "opts": self.opts,
            "plan": plan,
            "picture": picture,
            "stages": [(stage, goals.get(stage.stage.pk, [])) for stage in picture.stages],
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/council/plan/tree.html", context)

    def _move(self, request: HttpRequest, plan: Plan) -> HttpResponse:
        step, _colon, rest = request.POST.get("move", "").partition(":")
        number, _colon, seen_place = rest.partition(":")
        rows = self.admin_site.get_model_admin(Activity)
        with rows._one_at_a_time(request):  # type: ignore[attr-defined]
            row = (
                Activity.objects.filter(stage__plan=plan, pk=key_in(number))
                .select_related("stage__plan", "parent__parent", "parent__stage")
                .first()
            )
            if row is None:
                text = _("This row is not there any more.")
                self.message_user(request, text, messages.ERROR)
                return HttpResponseRedirect(tree_url(plan))
            try:
                if seen_place != tree.place_of(row):
                    raise ValidationError(
                        _("Somebody has moved rows here meanwhile. Look again, then move it.")
                    )
                self._make_step(request, step, row)
            except ValidationError as error:
                self.message_user(request, f"{row}: {' '.join(error.messages)}", messages.ERROR)
            else:
                self.message_user(
                    request, _("The row has been moved: %(row)s") % {"row": row}, messages.SUCCESS
                )
        return HttpResponseRedirect(tree_url(plan, row))

    def _make_step(self, request: HttpRequest, step: str, row: Activity) -> None:
        if step in MOVES:
            MOVES[step](row, request.user)
        elif step == "stage":
            chosen = key_in(request.POST.get(f"stage-{row.pk}"))
            stage = Stage.objects.filter(plan=row.stage.plan_id, pk=chosen).first()
            if stage is None:
                raise ValidationError(_("Choose the stage that it goes to."))
            tree.move_to_stage(row, stage, request.user)
        else:
            raise ValidationError(_("Choose what to do."))


def plan_links(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """Where an editor goes on from a plan."""
    may_change = may_write(request, plan)
    return {
        "tree_url": tree_url(plan),
        "stage_add_url": reverse("admin:council_stage_add", query={"plan": plan.pk})
        if may_change
        else "",
        "import_url": reverse("admin:council_plan_import", args=[plan.pk]) if may_change else "",
        "version_url": reverse("admin:council_plan_publish_version", args=[plan.pk])
        if request.user.has_perm("council.add_planversion")
        else "",
        "version_total": plan.versions.count(),
        "versions_url": reverse("admin:council_planversion_changelist", query={"plan": plan.pk})
        if request.user.has_perm("council.view_planversion")
        else "",
    }


# Parts of a plan


class PlanFilter(admin.RelatedFieldListFilter):
    """Chooses a plan, and says so in the language of the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("action plan")


class PartAdmin(
    RevisedAdmin, LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    """A stage or a row: reached from the tree of its plan, written by who may write the plan."""

    save_on_top = True
    view_on_site = False
    # The name in an address that says where a new one belongs, and what it names.
    belongs_to: str
    wholes: QuerySet

    class Media:
        css = {"all": ["admin/council.css"]}

    # Who may do what

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_write(request, obj.plan))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write a part may take it away, as long as nothing was reported on it."""
        return self.has_change_permission(request, obj) and (obj is None or obj.is_removable)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    # Coming and going

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        asked = request.POST.get(self.belongs_to) or request.GET.get(self.belongs_to)
        whole = self.wholes.all().filter(pk=key_in(asked)).first()
        if whole is None:
            text = _("Open the tree of a plan, and add it where it belongs.")
            self.message_user(request, text, messages.INFO)
            return HttpResponseRedirect(reverse("admin:council_plan_changelist"))
        if not may_write(request, whole if isinstance(whole, Plan) else whole.plan):
            raise PermissionDenied
        return super().add_view(request, form_url, extra_context)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._go_on(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._go_on(request, obj)

    def _go_on(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to the tree; first to the form again if there is a reading to confirm."""
        readings = self.readings(obj)
        is_open = (readings["time"] and readings["time"].is_missing) or readings["amounts"]
        if TAKE_TIME in request.POST or TAKE_AMOUNTS in request.POST:
            return HttpResponseRedirect(change_url(obj))
        if is_open and self._say_what_is_read(request, readings):
            return HttpResponseRedirect(change_url(obj))
        return HttpResponseRedirect(self.place_in_tree(obj))

    def _say_what_is_read(self, request: HttpRequest, readings: dict[str, Any]) -> bool:
        """Point at proposals, and at words that stay words. Whether there is a proposal."""
        time, amounts = readings["time"], readings["amounts"]
        has_proposal = bool(time and time.is_missing and time.proposed) or bool(
            amounts and amounts.proposed
        )
        if has_proposal:
            text = _("It is saved. Please look at what the portal reads in its words, below.")
            self.message_user(request, text, messages.WARNING)
        if time and time.is_missing and time.proposed is None:
            text = _("These words cannot be read as dates and stay words: “%(words)s”.")
            self.message_user(request, text % {"words": time.words.text}, messages.INFO)
        return has_proposal

    def place_in_tree(self, obj: Any) -> str:
        return tree_url(obj.plan)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        plan = obj.plan if obj is not None else None
        response = super().delete_view(request, object_id, extra_context)
        is_gone = plan is not None and request.method == "POST" and response.status_code == 302
        return HttpResponseRedirect(tree_url(plan)) if is_gone and plan else response

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        return self._to_the_next(request, obj, response)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._to_the_next(request, obj, super().response_change(request, obj))

    def _to_the_next(self, request: HttpRequest, obj: Any, response: HttpResponse) -> HttpResponse:
        """Whoever asked for another form gets one that knows its place."""
        if "_addanother" not in request.POST:
            return response
        name = f"admin:council_{self.opts.model_name}_add"
        return HttpResponseRedirect(reverse(name, query=self.place_of_next(obj)))

    def place_of_next(self, obj: Any) -> dict[str, int]:
        """What the address says of the place after this one."""
        return {self.belongs_to: getattr(obj, f"{self.belongs_to}_id")}

    # The form

    def readings(self, obj: Any) -> dict[str, Any]:
        """What the portal reads in the stored words."""
        return {"time": read_time(obj), "amounts": None}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context |= {
                "plan": obj.plan,
                "tree_url": self.place_in_tree(obj),
                "readings": self.readings(self.model._default_manager.get(pk=obj.pk)),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        plan = form.instance.plan
        if plan.is_published:
            self._say_that_readers_see_it(request, plan)

    def _say_that_readers_see_it(self, request: HttpRequest, plan: Plan) -> None:
        text: Any = _("Readers see it now; the history keeps what stood there before.")
        if request.user.has_perm("council.add_planversion"):
            address = reverse("admin:council_plan_publish_version", args=[plan.pk])
            text = format_html(
                '{} <a href="{}">{}</a>',
                text,
                address,
                _("Publish the plan as a new version"),
            )
        self.message_user(request, text, messages.INFO)


class PlanRows(InlineRows):
    """Rows that belong to a stage or a row of a plan, and are written with it."""

    formset: Any = OrderedInlineFormSet


# Stages


class StageForm(TimedForm, RevisedForm):
    """A stage: number, deadline, what is there of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "plan" in self.fields:
            self.fields["plan"].widget = forms.HiddenInput()

    def _get_validation_exclusions(self) -> set[str]:
        # The number is checked within its plan even where the form does not show the plan.
        return super()._get_validation_exclusions() - {"plan"}  # type: ignore[misc]


class GoalForm(RevisedForm):
    """A goal in the form of its stage."""

    refuses_always = False


class StageColumnFormSet(OrderedInlineFormSet):
    """Two columns of one meaning are refused in the words of the model."""

    def clean(self) -> None:
        super().clean()
        seen = set()
        for form in self.forms:
            if not form.is_valid() or form in self.deleted_forms or not form.has_changed():
                continue
            meaning = form.cleaned_data.get("meaning")
            if meaning in seen and meaning != ColumnMeaning.OTHER:
                form.add_error("meaning", _("The table has such a column already."))
            seen.add(meaning)


class StageColumnInline(PlanRows, TranslationTabularInline):
    model = StageColumn
    formset: Any = StageColumnFormSet
    fields = ["meaning", "heading_state", "heading_ky", "heading_ru", "heading_en", "position"]


class GoalInline(PlanRows, TranslationStackedInline):
    model = Goal
    form: Any = GoalForm
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "position", SEEN),
                    ("title_ky", "title_ru", "title_en"),
                    "is_gap",
                ]
            },
        ),
        (
            _("Its place, and a note to readers"),
            {
                "fields": ["is_placement_uncertain", ("note_ky", "note_ru", "note_en")],
                "classes": ["collapse"],
            },
        ),
    ]


@admin.register(Stage)
class StageAdmin(PartAdmin):
    form = StageForm
    change_form_template = "admin/council/part_change_form.html"
    belongs_to = "plan"
    wholes = Plan.objects.all()
    list_display = ["__str__", "tree_link"]
    list_select_related = ["plan"]
    tab_fields = ["title", "timeline_text", "note"]
    autocomplete_fields = ["pending_on_organisation", "pending_on_document"]
    inlines = [GoalInline, StageColumnInline]
    tabs_after = 1
    common_fieldsets = [
        (None, {"fields": ["number", SEEN]}),
        READING_FIELDSET,
        (
            _("How much of it has come down to us"),
            {
                "fields": [
                    ("goals_state", "table_state"),
                    ("pending_on_organisation", "pending_on_document"),
                ]
            },
        ),
    ]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not on the start page: a stage is opened from its plan."""
        return {}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            fieldsets[0] = (None, {"fields": ["number", "plan"]})
        return fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The next number of the plan."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        stages = Stage.objects.filter(plan=key_in(request.GET.get("plan")))
        return {"number": stages.count() + 1} | initial

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Goal:
            claim_changed(formset)
        super().save_formset(request, form, formset, change)

    @admin.display(description=_("tree of rows"))
    def tree_link(self, stage: Stage) -> SafeString:
        return format_html('<a href="{}">{}</a>', tree_url(stage.plan_id), _("open the tree"))


# Rows


class ActivityForm(TimedForm, RevisedForm):
    """A row of a plan. A new one knows where it will stand."""

    after = forms.ModelChoiceField(
        Activity.objects.all(), required=False, label="", widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("stage", "parent"):
            if name in self.fields:
                self.fields[name].widget = forms.HiddenInput()
        if "origin_outcome" in self.fields:
            outcomes: Any = self.fields["origin_outcome"]
            outcomes.queryset = EventOutcome.objects.filter(
                Q(event__plans__stages=self.instance.stage_id or key_in(self._asked_stage()))
                | Q(pk=self.instance.origin_outcome_id)
            ).distinct()
            outcomes.help_text = _(
                "What the events of this plan suggested, as its own form names them."
            )
            for action in ("add", "change", "view"):
                setattr(outcomes.widget, f"can_{action}_related", False)

    def _asked_stage(self) -> str:
        return str((self.data or self.initial).get("stage") or "")


class ResponsibleInline(PlanRows, admin.TabularInline):
    model = Responsible
    heading_relations = ["organisation"]
    autocomplete_fields = ["organisation"]
    fields = ["organisation", "is_yet_to_exist", "position"]


class ResourceInline(PlanRows, admin.TabularInline):
    model = Resource
    fields = ["amount", "currency", "position"]


class ExtraCellFormSet(BaseInlineFormSet):
    """Only the columns that this stage has beside the usual ones."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        columns = StageColumn.objects.filter(
            stage=self.instance.stage_id, meaning=ColumnMeaning.OTHER
        )
        field: Any = form.fields["column"]
        field.queryset = columns


class ExtraCellInline(PlanRows, TranslationTabularInline):
    model = ExtraCell
    formset: Any = ExtraCellFormSet
    fields = ["column", "text_ky", "text_ru", "text_en", "is_lost"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "column":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field


class DeadlineChangeInline(OnRecordMixin, EditorFieldsMixin, admin.TabularInline):
    """Deadlines as they were moved; on record, never edited."""

    model = DeadlineChange
    extra = 0
    fields = ["decided_on", "words", "meaning", "why", "document"]
    readonly_fields = ["decided_on", "words", "meaning", "why", "document"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("document")

    @admin.display(description=_("new deadline, word for word"))
    def words(self, change: DeadlineChange) -> str:
        return str(change.timeline_label)

    @admin.display(description=_("our reading"))
    def meaning(self, change: DeadlineChange) -> str:
        return str(change.timeline)

    @admin.display(description=_("reason"))
    def why(self, change: DeadlineChange) -> str:
        return str(change.why)


@admin.register(Activity)
class ActivityAdmin(PartAdmin):
    form = ActivityForm
    change_form_template = "admin/council/activity/change_form.html"
    belongs_to = "stage"
    wholes = Stage.objects.select_related("plan")
    list_display = ["__str__", "kind", "in_stage", "words_of_time", "tree_link"]
    list_filter = [("stage__plan", PlanFilter), "kind", "origin"]
    list_select_related = ["stage__plan"]
    list_per_page = 100
    search_fields = [
        *search_in("title", "responsible_text", "expected_result"),
        "number",
        "short_id",
    ]
    search_help_text = _(
        "Part of a row in any language, or its number; capitals or small letters make no difference"
    )
    ordering = ["stage__plan", "stage__number", "position", "pk"]
    tab_fields = list(ROW_TEXTS)
    inlines = [ResponsibleInline, ResourceInline, ExtraCellInline, DeadlineChangeInline]
    readonly_fields = ["where"]
    tabs_after = 1
    common_fieldsets = [
        (None, {"fields": ["where", ("kind", "number"), SEEN]}),
        READING_FIELDSET,
        (
            _("What the source has lost"),
            {
                "fields": [
                    ("is_number_lost", "inferred_number"),
                    ("is_lost_before", "is_lost_after"),
                    "is_timeline_lost",
                    "is_responsible_lost",
                    "is_resources_lost",
                    "is_expected_result_lost",
                    "is_placement_uncertain",
                ],
                "classes": ["collapse"],
                "description": _(
                    "An empty cell says “not stated”. Tick only what stood there once and cannot "
                    "be read in our copy any more: readers then see that it is lost."
                ),
            },
        ),
        (
            _("Where the row comes from"),
            {"fields": ["origin", "origin_outcome"], "classes": ["collapse"]},
        ),
        (_("Misprint of the original"), {"fields": ["printed_title"], "classes": ["collapse"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            fieldsets[0] = (None, {"fields": [("kind", "number"), "stage", "parent", "after"]})
        return fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("stage__plan", "parent")

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        has_columns = (
            obj is not None and obj.stage.columns.filter(meaning=ColumnMeaning.OTHER).exists()
        )
        has_moves = obj is not None and obj.deadline_changes.exists()
        shown = {
            ExtraCellInline: has_columns and was_opened_with(request, "extra_cells"),
            DeadlineChangeInline: has_moves and was_opened_with(request, "deadline_changes"),
        }
        return [inline for inline in self.inlines if shown.get(inline, True)]

    # Columns

    @admin.display(description=_("timeline, word for word"))
    def words_of_time(self, row: Activity) -> str:
        return str(row.timeline_label)

    @admin.display(description=_("tree of rows"))
    def tree_link(self, row: Activity) -> SafeString:
        address = tree_url(row.stage.plan_id, row)
        return format_html('<a href="{}">{}</a>', address, _("open the tree"))

    @admin.display(description=_("stage"), ordering="stage")
    def in_stage(self, row: Activity) -> str:
        return str(row.stage)

    @admin.display(description=_("stands"))
    def where(self, row: Activity) -> SafeString:
        """In which stage, under which row; it is moved in the tree."""
        place = " › ".join(filter(None, [str(row.stage), str(row.parent or "")]))
        link = format_html('<a href="{}">{}</a>', tree_url(row.stage.plan_id, row), _("move it"))
        return format_html("{} ({})", place, link)

    # Parts

    def place_of_next(self, obj: Activity) -> dict[str, int]:
        above = {"parent": obj.parent_id} if obj.parent_id else {}
        return super().place_of_next(obj) | {"after": obj.pk} | above

    def place_in_tree(self, obj: Activity) -> str:
        return tree_url(obj.stage.plan_id, obj)

    def readings(self, obj: Activity) -> dict[str, Any]:
        return super().readings(obj) | {"amounts": read_resources(obj)}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context |= {
                "report_url": reverse("admin:council_progressupdate_report", args=[row.pk])
                if row.is_work and request.user.has_perm("council.add_progressupdate")
                else "",
                "deadline_url": reverse("admin:council_activity_move_deadline", args=[row.pk])
                if row.is_work and request.user.has_perm("council.add_deadlinechange")
                else "",
                "is_to_stay": not row.is_removable or row.children.exists(),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.changed_by = request.user
        super().save_model(request, obj, form, change)
        if not change:
            tree.put(obj, obj.stage, obj.parent, form.cleaned_data.get("after"), request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if TAKE_AMOUNTS in request.POST:
            take_amounts(form.instance)

    # Moving a deadline

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move_deadline_view)
        address = "<path:object_id>/move-deadline/"
        own = [path(address, view, name="council_activity_move_deadline")]
        return own + super().get_urls()

    def move_deadline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new deadline goes on record beside the printed one."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_move = request.user.has_perm("council.add_deadlinechange")
        if not (may_move and self.has_change_permission(request, row) and row.is_work):
            raise PermissionDenied
        form = DeadlineForm(request.POST or None, instance=DeadlineChange(activity=row))
        if request.method == "POST":
            with self._one_at_a_time(request):
                if form.is_valid():
                    form.instance.created_by = request.user
                    form.save()
                    text = _("The deadline has been moved; readers see both and the reason.")
                    self.message_user(request, text, messages.SUCCESS)
                    return HttpResponseRedirect(change_url(row))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move the deadline"),
            "opts": self.opts,
            "row": row,
            "plan": row.plan,
            "tree_url": self.place_in_tree(row),
            "form": form,
            "earlier": row.deadline_changes.all(),
        }
        return TemplateResponse(request, "admin/council/activity/move_deadline.html", context)
