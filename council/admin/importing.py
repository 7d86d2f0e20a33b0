"""The page on which an editor imports a plan: choose a file, look at what it would do, decide."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from council.importing import Options, PlanImport
from council.importing.keeping import Expired, Reference, keep, open_kept, read_reference
from council.importing.places import LAST_STAGE
from council.models import Activity, Plan
from council.revisions import SavedMeanwhile
from council.sheets import MAX_FILE_BYTES, MAX_LINES, Problem, Sheet, Unreadable, read_sheet
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES

CARRY_OUT = "_carry_out"
EDITING = ("council.add_activity", "council.change_activity", "council.change_stage")


class ImportForm(forms.Form):
    """The file, and what it does not say itself."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("An Excel workbook (.xlsx) or comma-separated values (.csv)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of columns that name none"),
        choices=[(code, OWN_NAMES[code]) for code in LANGUAGE_CODES],
        help_text=gettext_lazy("Such as “Activities” or “Сроки”, in a table as people write it."),
    )
    stage = forms.IntegerField(
        label=gettext_lazy("Stage of lines that name none"),
        required=False,
        min_value=1,
        max_value=LAST_STAGE,
        help_text=gettext_lazy("Its number. A stage that the plan does not have yet is added."),
    )
    sheet = forms.CharField(
        label=gettext_lazy("Sheet of the workbook"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Only if there are several; “Plan” is found by itself."),
    )
    ignores_keys = forms.BooleanField(
        label=gettext_lazy("The file comes from another plan: add all its goals and rows anew"),
        required=False,
    )

    @property
    def options(self) -> Options:
        data = self.cleaned_data
        return Options(data["language"], data["ignores_keys"], data["stage"], data["sheet"].strip())


def import_path(plans: ModelAdmin) -> URLPattern:
    """For the addresses of the plans' admin."""
    view = plans.admin_site.admin_view(never_cache(partial(import_view, plans)))
    return path("<path:object_id>/import/", view, name="council_plan_import")


def import_view(plans: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    plan = plans.get_object(request, unquote(object_id))
    if plan is None:
        return plans._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
            request, plans.opts, object_id
        )
    if not (plans.has_change_permission(request, plan) and request.user.has_perms(EDITING)):
        raise PermissionDenied
    if request.method == "POST" and CARRY_OUT in request.POST:
        return _carry_out(plans, request, plan)
    return _look(plans, request, plan)


def _page(plans: ModelAdmin, request: HttpRequest, plan: Plan, **context: Any) -> HttpResponse:
    everywhere = {
        **plans.admin_site.each_context(request),
        "title": _("Import a spreadsheet"),
        "opts": plans.opts,
        "plan": plan,
        "most_lines": MAX_LINES,
        "most_bytes": MAX_FILE_BYTES,
        "tree_url": reverse("admin:council_plan_tree", args=[plan.pk]),
        "carry_out": CARRY_OUT,
    }
    return TemplateResponse(request, "admin/council/plan/import.html", {**everywhere, **context})


def _look(plans: ModelAdmin, request: HttpRequest, plan: Plan) -> HttpResponse:
    """Read the file and show what it would do. Nothing is stored but the file itself."""
    initial = {"language": plan.original_language}
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, initial=initial)
    else:
        form = ImportForm(initial=initial)
    if not form.is_valid():
        return _page(plans, request, plan, form=form)
    file = form.cleaned_data["file"]
    try:
        sheet = read_sheet(file, form.options.language, form.options.sheet)
    except Unreadable as error:
        return _page(plans, request, plan, form=form, problems=error.problems)
    work = PlanImport(plan, sheet, form.options, request.user)
    return _dry_run(plans, request, plan, work, keep(file), form=form)


def _dry_run(
    plans: ModelAdmin,
    request: HttpRequest,
    plan: Plan,
    work: PlanImport,
    digest: str,
    **context: Any,
) -> HttpResponse:
    reference = Reference(plan.pk, request.user.pk or 0, digest, work.fingerprint, work.options)
    can_be_done = work.has_work and not work.problems
    return _page(
        plans,
        request,
        plan,
        work=work,
        problems=work.problems,
        token=reference.sign() if can_be_done else "",
        **context,
    )


def _carry_out(plans: ModelAdmin, request: HttpRequest, plan: Plan) -> HttpResponse:
    """What was looked at, all or nothing; refused if the plan is no longer as it was then."""
    try:
        reference = read_reference(
            request.POST.get("token", ""), plan=plan.pk, user=request.user.pk or 0
        )
        sheet = _read_again(reference)
    except Expired:
        problem = Problem.anywhere(_("The file is no longer kept. Choose it once more."))
        form = ImportForm(initial={"language": plan.original_language})
        return _page(plans, request, plan, form=form, problems=[problem])
    rows = plans.admin_site.get_model_admin(Activity)
    # Reading takes longer than saving: nobody need wait for that.
    work = PlanImport(plan, sheet, reference.options, request.user)
    try:
        with rows._one_at_a_time(request):  # type: ignore[attr-defined]
            is_as_seen = work.fingerprint == reference.fingerprint
            if work.problems or not is_as_seen or not work.is_current:
                raise SavedMeanwhile
            work.save()
            counts = {"added": len(work.added), "changed": len(work.changed)}
            told = _("A file was imported. Lines added: %(added)s, changed: %(changed)s.") % counts
            plans.log_change(request, plan, told)
    except SavedMeanwhile:
        work = PlanImport(plan, sheet, reference.options, request.user)
        return _dry_run(plans, request, plan, work, reference.digest, is_outdated=True)
    plans.message_user(request, told, messages.SUCCESS)
    return HttpResponseRedirect(reverse("admin:council_plan_tree", args=[plan.pk]))


def _read_again(reference: Reference) -> Sheet:
    """Raises Expired, also where the kept file is not what it was."""
    with open_kept(reference) as file:
        try:
            return read_sheet(file, reference.options.language, reference.options.sheet)
        except Unreadable as error:
            raise Expired from error
