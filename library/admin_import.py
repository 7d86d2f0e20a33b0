"""The pages on which an editor imports a collection: choose the files, look at what they would do,
decide. The work itself goes on in a process of its own (library/importing/jobs.py)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from library.importing import jobs
from library.importing.sheets import MAX_ROWS
from library.importing.templates import documents_workbook, template_workbook
from library.importing.work import Options
from library.models import Document, DocumentQuerySet, ImportJob, ImportState
from library.uploads import MEDIA_TYPES
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, current_language
from mrc_portal.publishing import may_publish
from mrc_portal.upload_limit import FILES_IN_A_REQUEST

ROWS_ON_A_PAGE = 50
JOBS_SHOWN = 10
REFRESH_SECONDS = 3

# What the rows of a preview can be narrowed to.
SHOWN = {
    "": gettext_lazy("all changes"),
    "new": gettext_lazy("new"),
    "changed": gettext_lazy("changed"),
    "unchanged": gettext_lazy("unchanged"),
    "warnings": gettext_lazy("with a warning"),
}
PHASES = {
    "rows": gettext_lazy("Reading the rows"),
    "files": gettext_lazy("Reading the files"),
    "checks": gettext_lazy("Checking the documents"),
    "twins": gettext_lazy("Looking for duplicates"),
    "copies": gettext_lazy("Storing the files"),
    "pages": gettext_lazy("Storing the pages"),
    "written": gettext_lazy("Storing the documents"),
}


class ImportForm(forms.Form):
    """The list, its files, and what they do not say themselves."""

    sheet = forms.FileField(
        label=gettext_lazy("List of documents"),
        help_text=gettext_lazy(
            "A spreadsheet (.xlsx, .csv), a bibliography (.ris, .bib, CSL-JSON), or a ZIP archive "
            "with one of these and its files."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.ris,.bib,.json,.zip"}),
    )
    archive = forms.FileField(
        label=gettext_lazy("Archive of files (ZIP)"),
        required=False,
        help_text=gettext_lazy("The files that the list names, if they are not in one with it."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Original language of documents that name none"),
        choices=[(code, OWN_NAMES[code]) for code in LANGUAGE_CODES],
    )
    publishes = forms.BooleanField(
        label=gettext_lazy("Publish the documents at once, not just as drafts"), required=False
    )

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_publish:
            del self.fields["publishes"]

    @property
    def options(self) -> Options:
        data = self.cleaned_data
        return Options(data["language"], data.get("publishes", False))


def import_paths(documents: ModelAdmin) -> list[URLPattern]:
    """For the addresses of the documents' admin."""

    def named(route: str, view: Any, name: str) -> URLPattern:
        guarded = documents.admin_site.admin_view(never_cache(partial(view, documents)))
        return path(route, guarded, name=name)

    return [
        named("import/", import_view, "library_document_import"),
        named("import/template.xlsx", template_view, "library_document_import_template"),
        named("import/<slug:key>/", job_view, "library_document_import_job"),
    ]


def _check_allowed(documents: ModelAdmin, request: HttpRequest) -> None:
    if not (documents.has_add_permission(request) and documents.has_change_permission(request)):
        raise PermissionDenied


def import_view(documents: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The form, and the imports of this person that are not over yet or just have been."""
    _check_allowed(documents, request)
    can_publish = may_publish(request.user, Document)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportForm(*data, may_publish=can_publish, initial={"language": current_language()})
    if form.is_valid():
        job = jobs.create(
            request.user,
            form.cleaned_data["sheet"],
            form.cleaned_data["archive"],
            form.options,
            language=current_language(),
        )
        jobs.start(job)
        return _to_job(job)
    context = {
        **documents.admin_site.each_context(request),
        "title": _("Import documents"),
        "opts": documents.opts,
        "form": form,
        "imports": ImportJob.objects.filter(user=request.user.pk)[:JOBS_SHOWN],
        "most_rows": MAX_ROWS,
        "most_bytes": settings.MAX_UPLOAD_MB * 1024 * 1024,
        "most_bytes_in_all": FILES_IN_A_REQUEST * settings.MAX_UPLOAD_MB * 1024 * 1024,
        "kinds": ", ".join(name.upper() for name in MEDIA_TYPES),
    }
    return TemplateResponse(request, "admin/library/document/import.html", context)


def _to_job(job: ImportJob) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:library_document_import_job", args=[job.key]))


def template_view(documents: ModelAdmin, request: HttpRequest) -> HttpResponse:
    _check_allowed(documents, request)
    return _spreadsheet(template_workbook(), "documents.xlsx")


def _spreadsheet(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def export_spreadsheet(
    documents: ModelAdmin, request: HttpRequest, queryset: QuerySet
) -> HttpResponse | None:
    """The selected documents with the columns of an import."""
    if queryset.count() > MAX_ROWS:
        text = _("At most %(count)s documents fit into one spreadsheet.") % {"count": MAX_ROWS}
        documents.message_user(request, text, messages.ERROR)
        return None
    pks = list(queryset.values_list("pk", flat=True))
    assert isinstance(queryset, DocumentQuerySet)
    chosen = Document.objects.filter(pk__in=pks).order_by("pk")
    name = f"documents-{timezone.localdate().isoformat()}.xlsx"
    return _spreadsheet(documents_workbook(chosen), name)


def job_view(documents: ModelAdmin, request: HttpRequest, key: str) -> HttpResponse:
    """How far an import has come, what it would do, and what has become of it."""
    _check_allowed(documents, request)
    job = ImportJob.objects.filter(key=key, user=request.user.pk).first()
    if job is None:
        raise Http404
    if request.method == "POST":
        return _decide(documents, request, job)
    jobs.follow_up(job)
    return _show(documents, request, job)


def _decide(documents: ModelAdmin, request: HttpRequest, job: ImportJob) -> HttpResponse:
    # What was looked at, not what a second window may have shown since.
    is_as_seen = request.POST.get("fingerprint") == job.fingerprint
    if "_carry_out" in request.POST and job.state == ImportState.READY and is_as_seen:
        jobs.decide(job)
    elif "_discard" in request.POST and job.state != ImportState.DONE:
        try:
            jobs.discard(job)
        except jobs.Busy:
            text = _("It is being worked on. Wait a moment.")
            documents.message_user(request, text, messages.WARNING)
        else:
            text = _("The import is thrown away; nothing was imported.")
            documents.message_user(request, text, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:library_document_import"))
    return _to_job(job)


def _show(documents: ModelAdmin, request: HttpRequest, job: ImportJob) -> HttpResponse:
    is_running = job.state in (ImportState.READING, ImportState.WRITING)
    preview = None if is_running else jobs.read_preview(job)
    shown = request.GET.get("show", "")
    context = {
        **documents.admin_site.each_context(request),
        "title": job.sheet_name,
        "opts": documents.opts,
        "job": job,
        "is_running": is_running,
        "is_ready": job.state == ImportState.READY,
        "is_done": job.state == ImportState.DONE,
        "has_work": bool(job.outcome.get("new") or job.outcome.get("changed")),
        "publishes": job.options.get("publishes"),
        "preview": preview,
        "choices": _choices(job),
        "shown": shown,
    }
    if preview is not None:
        rows = [row for row in preview.rows if _is_shown(row, shown)]
        page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
    if is_running:
        context |= _progress(job)
    response = TemplateResponse(request, "admin/library/document/import_job.html", context)
    if is_running:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def _is_shown(row: dict[str, Any], shown: str) -> bool:
    if shown == "warnings":
        return bool(row["notes"])
    return row["state"] == shown if shown in SHOWN and shown else row["state"] != "unchanged"


def _choices(job: ImportJob) -> list[tuple[str, Any, int]]:
    counts = job.outcome
    numbers = {
        "": counts.get("new", 0) + counts.get("changed", 0),
        **{name: counts.get(name, 0) for name in SHOWN if name},
    }
    return [(name, label, numbers[name]) for name, label in SHOWN.items()]


def _progress(job: ImportJob) -> dict[str, Any]:
    told = jobs.progress(job)
    phase, done, total = told.get("phase", ""), told.get("done", 0), told.get("total", 0)
    # Translators: how far it has come, such as "120 of 300".
    text = _("%(done)s of %(total)s")
    return {
        "phase": PHASES.get(phase, _("Waiting for its turn")),
        "done": done,
        "total": total,
        "so_far": text % {"done": done, "total": total} if total else "",
    }
