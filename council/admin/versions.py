"""The editors' room of the versions of a plan: one is published, none is ever changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from council.admin.plans import PlanFilter, tree_url
from council.admin.worded import DayInput, WordedForm
from council.models import Plan, PlanVersion
from council.versions import compare, present_lines, publish_version
from mrc_portal.dates import Precision
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing_admin import OnRecordMixin


class VersionForm(forms.Form, WordedForm):
    """What a version is, and which day it bears."""

    WORDED = {"text": _("What this version is")}

    made_on = forms.DateField(
        label=_("Date of the version"),
        widget=DayInput,
        initial=timezone.localdate,
        help_text=_("The day that the plan itself bears, or today."),
    )
    made_precision = forms.ChoiceField(
        label=_("Precision"), choices=Precision.choices, initial=Precision.DAY
    )
    text_ky = forms.CharField(widget=forms.Textarea)
    text_ru = forms.CharField(widget=forms.Textarea)
    text_en = forms.CharField(widget=forms.Textarea)

    @property
    def texts(self) -> dict[str, str]:
        return {code: self.cleaned_data[localized("text", code)] for code in LANGUAGE_CODES}


@admin.register(PlanVersion)
class PlanVersionAdmin(OnRecordMixin, admin.ModelAdmin):
    """A version is made from its plan."""

    list_display = ["plan_title", "version", "made_on", "created_at", "created_by"]
    list_display_links = None
    list_filter = [("plan", PlanFilter)]
    list_select_related = ["plan", "created_by"]
    ordering = ["plan", "-number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("action plan"), ordering="plan")
    def plan_title(self, version: PlanVersion) -> str:
        return str(version.plan)

    @admin.display(description=_("version"), ordering="number")
    def version(self, version: PlanVersion) -> SafeString:
        return format_html('<a href="{}">{}</a>', version.get_absolute_url(), version)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """A version is looked at where readers look at it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        return HttpResponseRedirect(version.get_absolute_url())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.publish_view)
        own = [path("publish/<int:plan_id>/", view, name="council_plan_publish_version")]
        return own + super().get_urls()

    def publish_view(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """Freeze the plan as it stands now, after a look at what has changed since last time."""
        if not request.user.has_perm("council.add_planversion"):
            raise PermissionDenied
        plan = Plan.objects.filter(pk=plan_id).first()
        if plan is None:
            raise Http404
        form = VersionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                version = publish_version(
                    plan,
                    request.user,
                    form.cleaned_data["made_on"],
                    form.texts,
                    form.cleaned_data["made_precision"],
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                self.log_addition(request, version, [{"added": {}}])
                self._say_published(request, version)
                return HttpResponseRedirect(tree_url(plan))
        last = plan.versions.order_by("-number").first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish the plan as a new version"),
            "opts": self.opts,
            "plan": plan,
            "tree_url": tree_url(plan),
            "form": form,
            "last": last,
            "diff": compare(last.content["lines"], present_lines(plan)) if last else None,
        }
        return TemplateResponse(request, "admin/council/planversion/publish.html", context)

    def _say_published(self, request: HttpRequest, version: PlanVersion) -> None:
        link = format_html('<a href="{}">{}</a>', version.get_absolute_url(), version)
        if version.plan.is_published:
            text = _("Readers can look at it, and at what has changed.")
        else:
            text = _("Readers will see it once the plan is public.")
        self.message_user(request, format_html("{}: {}", link, text), messages.SUCCESS)
