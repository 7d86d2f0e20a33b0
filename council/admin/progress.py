"""The editors' rooms of progress: what is due, reports with their moderation, who may report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from modeltranslation.admin import TranslationAdmin
from simple_history.admin import SimpleHistoryAdmin

from council.admin.plans import PlanFilter
from council.admin.reports import PROOFS, AssessmentForm, RejectionForm, ReportForm
from council.admin.worded import key_in
from council.attention import (
    CALLING,
    calling,
    is_reporter,
    may_moderate,
    own_activities,
    own_work,
    running_plans,
    state_of,
    unassessed,
    work_in,
)
from council.models import (
    Activity,
    Assessment,
    Evidence,
    Moderation,
    Plan,
    ProgressUpdate,
    Reporter,
)
from council.moderation import accept, refuse_if_archived, reject, send
from council.picture import Row
from council.schedule import ScheduleState
from library.admin import EditorsAdmin
from library.models import Organisation
from mrc_portal.admin_site import (
    ROWS_PER_LIST,
    WorkItem,
    WorkList,
    add_job,
    add_work_list,
    change_url,
    work_list,
)
from mrc_portal.dates import PartialDate
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.languages import LANGUAGE_CODES, is_worded, localized
from mrc_portal.publishing_admin import (
    EditorFieldsMixin,
    LanguageTabsMixin,
    OnRecordMixin,
    search_in,
)
from mrc_portal.roles import REPORTERS, called

ROWS_PER_PAGE = 50


class EvidenceInline(OnRecordMixin, EditorFieldsMixin, admin.TabularInline):
    model = Evidence
    extra = 0
    fields = ["piece", "words"]
    readonly_fields = ["piece", "words"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*PROOFS)

    @admin.display(description=_("piece of evidence"))
    def piece(self, evidence: Evidence) -> SafeString:
        return _piece(evidence)

    @admin.display(description=_("what is there"))
    def words(self, evidence: Evidence) -> str:
        return str(evidence.label) or "–"


class AssessmentInline(OnRecordMixin, EditorFieldsMixin, admin.TabularInline):
    model = Assessment
    extra = 0
    fields = ["verdict", "why", "made_on", "judge"]
    readonly_fields = ["verdict", "why", "made_on", "judge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("created_by")

    @admin.display(description=_("why"))
    def why(self, assessment: Assessment) -> str:
        return str(assessment.label) or "–"

    @admin.display(description=_("assessed by"))
    def judge(self, assessment: Assessment) -> str:
        return called(assessment.created_by) or "–"


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(
    LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    """Reports are sent, decided about and assessed; nobody changes or deletes one."""

    change_form_template = "admin/council/progressupdate/change_form.html"
    change_list_template = "admin/council/progressupdate/change_list.html"
    list_display = ["as_of", "row", "status", "who", "state_badge", "created_at"]
    list_display_links = ["as_of", "row"]
    list_filter = ["moderation", "status", ("activity__stage__plan", PlanFilter)]
    list_select_related = ["activity__stage__plan", "reported_by", "created_by"]
    list_per_page = 50
    search_fields = [
        *search_in("text"),
        *(f"activity__{name}" for name in search_in("title")),
        *(f"reported_by__{name}" for name in search_in("name", "abbreviation")),
    ]
    search_help_text = _(
        "Part of a report, of a row or of an organisation’s name in any language; capitals or "
        "small letters make no difference"
    )
    date_hierarchy = "as_of"
    ordering = ["-created_at", "-pk"]
    actions = ["accept_selected", "reject_selected"]
    tab_fields = ["text", "evidence_waiver"]
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    "row_link",
                    "state_badge",
                    "as_of",
                    "status",
                    "percent",
                    "reported_by",
                    "sender",
                    "corrects_link",
                    "corrected_by",
                ]
            },
        ),
        (_("Decision"), {"fields": ["decider", "moderated_at", "rejection_reason"]}),
    ]
    readonly_fields = [
        "row_link",
        "corrects_link",
        "corrected_by",
        "state_badge",
        "sender",
        "decider",
        "moderated_at",
    ]

    class Media:
        css = {"all": ["admin/council.css"]}

    # Who may do what

    def has_module_permission(self, request: HttpRequest) -> bool:
        """A reporter's way in is the start page."""
        return super().has_module_permission(request) and self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return may_moderate(request.user)

    # The report as it was sent: what it does not say has no line

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        is_said = {
            "percent": obj.percent is not None,
            "reported_by": obj.reported_by_id,
            "sender": obj.created_by_id,
            "corrects_link": obj.corrects_id,
            "corrected_by": obj.corrections.accepted().exists(),
            "decider": obj.moderated_by_id,
            "moderated_at": obj.moderated_at,
            "rejection_reason": obj.rejection_reason,
        }
        said = [
            (name, options | {"fields": [it for it in options["fields"] if is_said.get(it, True)]})
            for name, options in fieldsets
        ]
        return [(name, options) for name, options in said if options["fields"]]

    def language_fields(self, request: HttpRequest, language: str, obj: Any) -> list[str]:
        fields = super().language_fields(request, language, obj)
        if obj is not None and obj.evidence.exists() and not is_worded(obj, "evidence_waiver"):
            fields.remove(localized("evidence_waiver", language))
        return fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            return []
        parts = [(EvidenceInline, obj.evidence), (AssessmentInline, obj.assessments)]
        return [inline for inline, rows in parts if rows.exists()]

    # Columns

    @admin.display(description=_("row of the plan"), ordering="activity__stage")
    def row(self, update: ProgressUpdate) -> str:
        return str(update.activity)

    @admin.display(description=_("row of the plan"))
    def row_link(self, update: ProgressUpdate) -> SafeString:
        row = update.activity
        return format_html('<a href="{}">{}</a> · {}', change_url(row), row, row.stage)

    @admin.display(description=_("reported by"), ordering="reported_by")
    def who(self, update: ProgressUpdate) -> str:
        names = [str(update.reported_by or ""), called(update.created_by)]
        return ", ".join(filter(None, names)) or "–"

    @admin.display(description=_("sent by"))
    def sender(self, update: ProgressUpdate) -> str:
        return called(update.created_by) or "–"

    @admin.display(description=_("decided by"))
    def decider(self, update: ProgressUpdate) -> str:
        return called(update.moderated_by) or "–"

    @admin.display(description=_("moderation"), ordering="moderation")
    def state_badge(self, update: ProgressUpdate) -> SafeString:
        label = Moderation(update.moderation).label
        return format_html('<span class="badge badge--{}">{}</span>', update.moderation, label)

    @admin.display(description=_("corrects the report"))
    def corrects_link(self, update: ProgressUpdate) -> SafeString | str:
        return _link(update.corrects)

    @admin.display(description=pgettext_lazy("of a report", "corrected by"))
    def corrected_by(self, update: ProgressUpdate) -> SafeString | str:
        return _link(update.corrections.accepted().first())

    # Addresses

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
            "due": ("due/", self.due_view),
            "own": ("own/", self.own_view),
            "evidence": ("evidence/", self.evidence_view),
            "report": ("report/<int:activity_id>/", self.report_view),
            "accept": ("<int:update_id>/accept/", self.accept_view),
            "reject": ("<int:update_id>/reject/", self.reject_view),
            "assess": ("<int:update_id>/assess/", self.assess_view),
        }
        own = [
            path(address, self.admin_site.admin_view(view), name=f"council_progressupdate_{name}")
            for name, (address, view) in views.items()
        ]
        return own + super().get_urls()

    def _page(
        self, request: HttpRequest, template: str, title: Any, **context: Any
    ) -> TemplateResponse:
        everywhere = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "is_reporter": is_reporter(request.user),
        }
        template = f"admin/council/progressupdate/{template}.html"
        return TemplateResponse(request, template, everywhere | context)

    # What is due

    def due_view(self, request: HttpRequest) -> HttpResponse:
        """Rows of the plans that are tracked now, the worst first, each with "report"."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = DueForm(request.GET)
        rows = form.filter(work_in(form.plans))
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        return self._page(request, "due", _("What is due"), form=form, page=page)

    # A report

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A report begins from a row."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        name = "own" if is_reporter(request.user) else "due"
        text = _("Choose the row that you report on.")
        self.message_user(request, text, messages.INFO)
        return HttpResponseRedirect(reverse(f"admin:council_progressupdate_{name}"))

    def report_view(self, request: HttpRequest, activity_id: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        activity = self._activity_for(request, activity_id)
        try:
            refuse_if_archived(activity.stage.plan)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(change_url(activity))
        organisations = None
        if is_reporter(request.user):
            organisations = Organisation.objects.filter(
                reporters__user=request.user.pk, responsibilities__activity=activity
            )
        refused = self._refused(request, activity)
        form = ReportForm(
            request.POST if request.method == "POST" else None,
            activity=activity,
            corrects=self._corrected(request, activity, organisations),
            refused=refused,
            organisations=organisations,
        )
        if request.method == "POST":
            with self._one_at_a_time(request):
                if form.is_valid() and self._send(request, form):
                    name = "own" if is_reporter(request.user) else "due"
                    return HttpResponseRedirect(reverse(f"admin:council_progressupdate_{name}"))
        rows = {row.activity.pk: row for row in work_in([activity.stage.plan])}
        return self._page(
            request,
            "report",
            _("Report on progress"),
            form=form,
            activity=activity,
            row=rows.get(activity.pk),
            last=ProgressUpdate.objects.in_force().filter(activity=activity).last(),
            refused=refused,
            may_moderate=may_moderate(request.user),
        )

    def _activity_for(self, request: HttpRequest, activity_id: int) -> Activity:
        """The row, if this person may report on it."""
        activities: QuerySet[Activity] = Activity.objects.all()
        if is_reporter(request.user):
            activities = own_activities(request.user)
        activity = activities.filter(pk=activity_id).select_related("stage__plan").first()
        if activity is None or not activity.is_work:
            raise Http404
        return activity

    def _corrected(
        self, request: HttpRequest, activity: Activity, organisations: Any
    ) -> ProgressUpdate | None:
        """The report that a new one is to correct; a reporter corrects only own ones."""
        reports = ProgressUpdate.objects.in_force().filter(
            activity=activity, pk=key_in(request.GET.get("corrects"))
        )
        if organisations is not None:
            reports = reports.filter(reported_by__in=organisations)
        return reports.first()

    def _refused(self, request: HttpRequest, activity: Activity) -> ProgressUpdate | None:
        """What this person sent last on the row, if it was not accepted: nobody writes it twice."""
        sent = ProgressUpdate.objects.filter(activity=activity, created_by=request.user.pk)
        last = sent.order_by("pk").last()
        return last if last and last.moderation == Moderation.REJECTED else None

    def _send(self, request: HttpRequest, form: ReportForm) -> bool:
        update = form.instance
        try:
            send(update, form.pieces(), request.user)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return False
        self.log_addition(request, update, [{"added": {}}])
        if update.is_accepted:
            text = _("The report counts from now on: %(row)s")
        else:
            text = _("Thank you. The report waits for an editor: %(row)s")
        self.message_user(request, text % {"row": update.activity}, messages.SUCCESS)
        return True

    def evidence_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the fields of evidence find: published records, by what readers see of them."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return EvidenceChoices.as_view(admin_site=self.admin_site)(request)

    # A reporter's own page

    def own_view(self, request: HttpRequest) -> HttpResponse:
        """Rows of the organisations that this person reports for, and what became of reports."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        correcting = ProgressUpdate.objects.accepted().filter(corrects=OuterRef("pk"))
        sent = (
            ProgressUpdate.objects.filter(created_by=request.user.pk)
            .select_related("activity__stage__plan", "reported_by")
            .annotate(is_corrected=Exists(correcting))
        )
        page = Paginator(sent.order_by("-created_at", "-pk"), ROWS_PER_PAGE)
        return self._page(
            request,
            "own",
            _("My rows and reports"),
            organisations=Organisation.objects.filter(reporters__user=request.user.pk),
            rows=own_work(request.user),
            page=page.get_page(request.GET.get("page")),
        )

    # Decisions

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        update = kwargs.get("obj")
        if update is not None:
            is_waiting = update.moderation == Moderation.WAITING
            decides = self.has_moderate_permission(request)
            address = reverse("admin:council_progressupdate_report", args=[update.activity_id])
            is_in_force = ProgressUpdate.objects.in_force().filter(pk=update.pk).exists()
            may_add = self.has_add_permission(request) and not update.activity.stage.plan.is_archive
            context |= {
                "may_decide": decides and is_waiting,
                "may_assess": request.user.has_perm("council.add_assessment")
                and update.is_accepted
                and not update.activity.stage.plan.is_archive,
                "correct_url": f"{address}?corrects={update.pk}" if is_in_force and may_add else "",
                "rejection": RejectionForm(),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _decided(self, request: HttpRequest, update_id: int) -> ProgressUpdate:
        if not self.has_moderate_permission(request):
            raise PermissionDenied
        updates = ProgressUpdate.objects.select_related("activity__stage__plan")
        update = updates.filter(pk=update_id).first()
        if update is None:
            raise Http404
        return update

    def accept_view(self, request: HttpRequest, update_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        update = self._decided(request, update_id)
        return self._decide(
            request, update, lambda: accept(update, request.user), _("The report counts now.")
        )

    def reject_view(self, request: HttpRequest, update_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        update = self._decided(request, update_id)
        form = RejectionForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        return self._decide(
            request,
            update,
            lambda: reject(update, request.user, reason),
            _("The report is rejected; its sender sees the reason."),
        )

    def _decide(
        self, request: HttpRequest, update: ProgressUpdate, decision: Callable[[], None], done: Any
    ) -> HttpResponse:
        try:
            decision()
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.log_change(request, update, str(done))
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(change_url(update))

    def assess_view(self, request: HttpRequest, update_id: int) -> HttpResponse:
        """An assessment is added to those before it; none is changed."""
        if not request.user.has_perm("council.add_assessment"):
            raise PermissionDenied
        updates = ProgressUpdate.objects.accepted().select_related("activity__stage__plan")
        update = updates.filter(pk=update_id).first()
        if update is None:
            raise Http404
        form = AssessmentForm(request.POST if request.method == "POST" else None, update=update)
        if request.method == "POST":
            with self._one_at_a_time(request):
                if form.is_valid():
                    form.instance.created_by = request.user
                    form.save()
                    text = _("The assessment is on record: %(row)s")
                    self.message_user(request, text % {"row": update.activity}, messages.SUCCESS)
                    return HttpResponseRedirect(change_url(update))
        evidence = update.evidence.select_related(*PROOFS)
        return self._page(
            request,
            "assess",
            _("Assess the evidence"),
            form=form,
            update=update,
            evidence=[(_piece(it), it.label) for it in evidence],
            earlier=update.assessments.all(),
        )

    # Decisions about several

    @admin.action(description=_("Accept the selected reports"), permissions=["moderate"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        waiting = self._waiting(request, queryset)
        self._decide_on_each(request, waiting, lambda update: accept(update, request.user))

    @admin.action(description=_("Reject the selected reports"), permissions=["moderate"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Asks for the reason on a page of its own, since the senders will see it."""
        waiting = self._waiting(request, queryset)
        if not waiting:
            return None
        form = RejectionForm(request.POST if "reason_given" in request.POST else None)
        if not form.is_valid():
            title = _("Reject the selected reports")
            return self._page(request, "reject_selected", title, form=form, updates=waiting)
        reason = form.cleaned_data["reason"]
        self._decide_on_each(request, waiting, lambda update: reject(update, request.user, reason))
        return None

    def _waiting(self, request: HttpRequest, updates: QuerySet) -> list[ProgressUpdate]:
        """Those about which nobody has decided; of the others it is said how many there are."""
        chosen = list(updates.select_related("activity__stage__plan"))
        waiting = [update for update in chosen if update.moderation == Moderation.WAITING]
        if decided := len(chosen) - len(waiting):
            text = ngettext(
                "%(count)d report was decided about before and stays as it is.",
                "%(count)d reports were decided about before and stay as they are.",
                decided,
            )
            self.message_user(request, text % {"count": decided}, messages.INFO)
        return waiting

    def _decide_on_each(
        self,
        request: HttpRequest,
        updates: list[ProgressUpdate],
        decide: Callable[[ProgressUpdate], None],
    ) -> None:
        """Decide where it is possible, say where not and why, count the first."""
        done = 0
        for update in updates:
            try:
                decide(update)
                done += 1
            except ValidationError as error:
                message = f"{update}: {' '.join(error.messages)}"
                self.message_user(request, message, messages.ERROR)
        if done:
            text = ngettext(
                "%(count)d report was decided about.", "%(count)d reports were decided about.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)


def _piece(evidence: Evidence) -> SafeString:
    record = evidence.document or evidence.event or evidence.release
    if record is None:
        return format_html('<a href="{}" rel="noreferrer">{}</a>', evidence.url, evidence.url)
    return format_html('<a href="{}">{}</a>', record.get_absolute_url(), record)


def _link(update: ProgressUpdate | None) -> SafeString | str:
    if update is None:
        return "–"
    return format_html('<a href="{}">{}</a>', change_url(update), update)


class EvidenceChoices(AutocompleteJsonView):
    """Published records whose title, in a language that readers see, has all the typed words."""

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.source_field.model is Evidence and self.source_field.name in PROOFS

    def get_queryset(self) -> QuerySet:
        model, _label = PROOFS[self.source_field.name]
        found = model.objects.published().order_by("-publish_at", "-pk")
        for word in self.term.split()[:10]:
            shown = Q()
            for code in LANGUAGE_CODES:
                title = f"{localized('title', code)}__matches"
                shown |= Q(**{localized("ready", code): True, title: word})
            found = found.filter(shown)
        return found

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator:
        return Paginator(*args, **kwargs)

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {"id": str(obj.pk), "text": obj.shown.title}


class DueForm(forms.Form):
    """Which of the rows that are tracked one wants to see."""

    plan = forms.ChoiceField(label=_("Plan"), required=False)
    organisation = forms.ChoiceField(label=_("Organisation"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    q = forms.CharField(label=_("Words"), required=False, max_length=100)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.all_plans = running_plans()
        every = ("", _("all"))
        plans: Any = self.fields["plan"]
        plans.choices = [every, *((str(it.pk), str(it)) for it in self.all_plans)]
        organisations = Organisation.objects.filter(
            responsibilities__activity__stage__plan__in=self.all_plans
        ).distinct()
        chosen: Any = self.fields["organisation"]
        names = sorted((str(it), str(it.pk)) for it in organisations)
        chosen.choices = [every, *((pk, name) for name, pk in names)]
        states: Any = self.fields["state"]
        states.choices = [
            ("", _("whatever calls for a report")),
            *((state.value, state.label) for state in CALLING),
            ("all", _("all rows")),
        ]
        self.is_valid()

    def _chosen(self, name: str) -> str:
        """What was chosen, if it is a choice."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def plans(self) -> list[Plan]:
        wanted = self._chosen("plan")
        return [plan for plan in self.all_plans if wanted in ("", str(plan.pk))]

    def filter(self, rows: list[Row]) -> list[Row]:
        state, organisation = self._chosen("state"), self._chosen("organisation")
        if not state:
            rows = calling(rows)
        elif state != "all":
            rows = [row for row in rows if state_of(row) == ScheduleState(state)]
        if organisation:
            rows = [
                row
                for row in rows
                if any(
                    str(it.organisation_id) == organisation
                    for it in row.activity.responsibles.all()
                )
            ]
        words = self._chosen("q").casefold().split()
        return [row for row in rows if all(word in str(row.activity).casefold() for word in words)]


# Who may report


class ReporterForm(forms.ModelForm):
    """Reporters are chosen among the accounts that an administrator made for that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            field: Any = self.fields["user"]
            field.queryset = User.objects.filter(
                Q(is_active=True, groups__name=REPORTERS) | Q(pk=self.instance.user_id)
            ).distinct()
            field.label_from_instance = called
            field.help_text = _(
                "Accounts that an administrator has made for those who report on a plan."
            )
            for name in ("add", "change", "view", "delete"):
                setattr(field.widget, f"can_{name}_related", False)


@admin.register(Reporter)
class ReporterAdmin(EditorsAdmin, EditorFieldsMixin, ReadableHistoryMixin, SimpleHistoryAdmin):
    """Which account may send reports for which organisation."""

    form = ReporterForm
    list_display = ["person", "organisation"]
    list_select_related = ["user", "organisation"]
    list_filter = [("organisation", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__username", *(f"organisation__{it}" for it in search_in("name"))]
    autocomplete_fields = ["organisation"]
    fields = ["user", "organisation"]

    @admin.display(description=_("person"), ordering="user")
    def person(self, reporter: Reporter) -> str:
        return called(reporter.user)


# The start page


def report_url(activity: Activity) -> str:
    return reverse("admin:council_progressupdate_report", args=[activity.pk])


def _row_items(rows: list[Row]) -> list[WorkItem]:
    return [
        WorkItem(
            str(row.activity),
            report_url(row.activity),
            row.schedule.explain() if row.schedule else "",
        )
        for row in rows[:ROWS_PER_LIST]
    ]


def waiting_reports(request: HttpRequest) -> WorkList | None:
    """Reports that an editor is to accept or reject."""
    if not may_moderate(request.user):
        return None
    waiting = ProgressUpdate.objects.waiting().select_related(
        "activity", "reported_by", "created_by"
    )

    def item(update: ProgressUpdate) -> WorkItem:
        who = str(update.reported_by or "") or called(update.created_by)
        day = str(PartialDate(update.as_of))
        return WorkItem(
            str(update.activity), change_url(update), ", ".join(filter(None, [who, day]))
        )

    return work_list(
        _("Reports that wait for you"),
        waiting.order_by("created_at", "pk"),
        item,
        _("No report waits for a decision."),
    )


def due_reports(request: HttpRequest) -> WorkList | None:
    """Rows that somebody should report on, the worst first."""
    if not request.user.has_perm("council.view_progressupdate"):
        return None
    rows = calling(work_in(running_plans()))
    return WorkList(
        _("Rows of the plan that call for a report"),
        _row_items(rows),
        len(rows),
        _("Nothing in the plans calls for a report."),
        reverse("admin:council_progressupdate_due"),
    )


def reports_to_judge(request: HttpRequest) -> WorkList | None:
    """Reports of "done" whose evidence nobody has assessed."""
    if not request.user.has_perm("council.add_assessment"):
        return None
    return work_list(
        _("“Done”, and the evidence not assessed yet"),
        unassessed(),
        lambda update: WorkItem(
            str(update.activity), change_url(update), str(PartialDate(update.as_of))
        ),
        _("The evidence of everything done is assessed."),
    )


def own_rows(request: HttpRequest) -> WorkList | None:
    """A reporter's rows, all of them, the worst first."""
    if not is_reporter(request.user):
        return None
    rows = own_work(request.user)
    return WorkList(
        _("Rows of your organisation"),
        _row_items(rows),
        len(rows),
        _("No plan that is tracked now has a row of an organisation that you report for."),
        reverse("admin:council_progressupdate_own"),
    )


def rejected_reports(request: HttpRequest) -> WorkList | None:
    """What an editor did not accept, with the reason, until a new report on the row is sent."""
    if not request.user.has_perm("council.add_progressupdate"):
        return None
    sent = ProgressUpdate.objects.filter(created_by=request.user.pk)
    later = sent.filter(activity=OuterRef("activity"), pk__gt=OuterRef("pk"))
    rejected = sent.filter(~Exists(later), moderation=Moderation.REJECTED).select_related(
        "activity"
    )
    found = work_list(
        _("Your reports that were not accepted"),
        rejected.order_by("-moderated_at"),
        lambda update: WorkItem(
            str(update.activity), report_url(update.activity), update.rejection_reason
        ),
        "",
    )
    return found if found.items else None


add_job(_("Report on a row of the plan"), ProgressUpdate)
add_work_list(rejected_reports, is_urgent=True)
add_work_list(waiting_reports, is_urgent=True)
add_work_list(own_rows, is_urgent=True)
add_work_list(due_reports)
add_work_list(reports_to_judge)
