"""The editors' home: Django's admin, with a start page that says what waits to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from mrc_portal.context_processors import language_links
from mrc_portal.dates import moment
from mrc_portal.handbook import handbook
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, localized
from mrc_portal.login import LoginForm
from mrc_portal.publishing import Publishable, Status, may_see_drafts
from mrc_portal.roles import called, publishable_models
from mrc_portal.search.upkeep import status as search_status
from mrc_portal.search_health import find_trouble

ROWS_PER_LIST = 8


@dataclass(frozen=True)
class WorkItem:
    """One line of a to-do list: what it is about, and where to go on."""

    title: str
    url: str
    note: str | Promise = ""


@dataclass(frozen=True)
class WorkList:
    """A to-do list of the start page. An empty one says so in `empty`."""

    title: str | Promise
    items: list[WorkItem]
    total: int
    empty: str | Promise
    url: str = ""  # of a page with all of them

    @property
    def more(self) -> int:
        return self.total - len(self.items)


def work_list(
    title: Promise, rows: QuerySet, item: Callable[[Any], WorkItem], empty: Promise | str
) -> WorkList:
    """The first of the rows, each as a line, and how many there are."""
    return WorkList(title, [item(row) for row in rows[:ROWS_PER_LIST]], rows.count(), empty)


@dataclass(frozen=True)
class Job:
    """What editors come for most often: one link of the start page, to an empty form."""

    title: str | Promise
    model: type[Model]
    known: dict[str, str]  # of its fields

    @property
    def url(self) -> str:
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_add", query=self.known or None)


_jobs: list[Job] = []


def add_job(title: Promise, model: type[Model], **known: str) -> None:
    """Let a room offer a frequent job to whoever may add such a record."""
    _jobs.append(Job(title, model, known))


# Rooms add their own lists, such as files that cannot be read.
_urgent_work: list[Callable[[HttpRequest], WorkList | None]] = []
_more_work: list[Callable[[HttpRequest], WorkList | None]] = []


def add_work_list(
    function: Callable[[HttpRequest], WorkList | None], *, is_urgent: bool = False
) -> None:
    """Let a room put a list on the start page; None keeps it away from this person.

    An urgent one stands before all others: what somebody waits for this very person to do."""
    (_urgent_work if is_urgent else _more_work).append(function)


class PortalAdminSite(AdminSite):
    site_header = _("Migrant Rights Information Center")
    site_title = _("Editors’ rooms")
    index_title = _("What waits to be done")
    enable_nav_sidebar = False
    login_form = LoginForm
    empty_value_display: Any = _("not stated")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"language_links": language_links(request)}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """No form here is saved as a new record, and what guards the adding of one would be
        passed by: Django obeys the button even where it shows none. And whoever sent something
        and has to log in is told that it was not saved."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "_saveasnew" in request.POST:
                raise PermissionDenied
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        entered = super().admin_view(guarded, cacheable)

        @wraps(entered)
        def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            is_lost = request.method == "POST" and not request.user.is_authenticated
            if is_lost and view != self.logout:
                messages.warning(
                    request,
                    gettext(
                        "You were no longer logged in, so what you sent was not saved. "
                        "Log in and do it once more."
                    ),
                )
            response: HttpResponse = entered(request, *args, **kwargs)
            return response

        return told

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Rooms and their records in the order of registration: documents first."""
        places = {model._meta.object_name: place for place, model in enumerate(self._registry)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: places[model["object_name"]])
        return sorted(apps, key=lambda app: places[app["models"][0]["object_name"]])

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = path("handbook/", self.admin_view(self.handbook_view), name="handbook")
        return [own, *super().get_urls()]

    def handbook_view(self, request: HttpRequest) -> HttpResponse:
        """How each job is done, for whoever may log in."""
        book = handbook()
        context = self.each_context(request) | {"title": book.title, "handbook": book}
        return TemplateResponse(request, "admin/handbook.html", context)

    def i18n_javascript(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Of every package and our own, not of the admin alone: the rich-text editor asks here too.
        return JavaScriptCatalog.as_view()(request)  # type: ignore[return-value]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # Whoever works here day by day is not logged out in the middle of it.
        request.session.modified = True
        urgent = [make(request) for make in _urgent_work]
        more = [make(request) for make in _more_work]
        lists = [*urgent, *_publishing_work(request), *more]
        context = {
            "jobs": [
                job for job in _jobs if self.get_model_admin(job.model).has_add_permission(request)
            ],
            "work_lists": [work for work in lists if work is not None],
            "search_trouble": find_trouble(search_status()),
        }
        return super().index(request, context | (extra_context or {}))


def _publishing_work(request: HttpRequest) -> Iterable[WorkList]:
    """Drafts, reviews, schedules and translations of every room, as far as one may see them."""
    models = [model for model in publishable_models() if may_see_drafts(request.user, model)]
    if not models:
        return
    own = Q(created_by=request.user.pk) | Q(changed_by=request.user.pk)
    yield _work(
        models, _("Waiting for review"), Q(status=Status.IN_REVIEW), _("Nothing waits for review.")
    )
    yield _work(
        models, _("My drafts"), Q(status=Status.DRAFT) & own, _("You have no unfinished drafts.")
    )
    scheduled = [model.objects.scheduled().order_by("publish_at") for model in models]
    soonest = sorted(_first_rows(scheduled), key=lambda record: record.visible_from)
    yield _list(_("Scheduled"), scheduled, soonest, _("Nothing is scheduled."), _when)
    missing = Q()
    for code in LANGUAGE_CODES:
        missing |= Q(**{localized("ready", code): False})
    published = [
        model.objects.published().filter(missing).order_by("-changed_at") for model in models
    ]
    yield _list(
        _("Published without a translation"),
        published,
        _last_changed_first(published),
        _("Everything that is published is ready in all languages."),
        _missing_languages,
    )


def _work(
    models: list[type[Publishable]], title: Promise, condition: Q, empty: Promise
) -> WorkList:
    querysets = [model.objects.filter(condition).order_by("-changed_at") for model in models]
    return _list(title, querysets, _last_changed_first(querysets), empty, _changed)


def _first_rows(querysets: list[Any]) -> list[Any]:
    """Of each model as many as the list could show."""
    return [record for queryset in querysets for record in queryset[:ROWS_PER_LIST]]


def _last_changed_first(querysets: list[Any]) -> list[Any]:
    return sorted(_first_rows(querysets), key=lambda record: record.changed_at, reverse=True)


def _list(
    title: Promise,
    querysets: list[Any],
    records: list[Any],
    empty: Promise,
    note: Callable[[Any], str],
) -> WorkList:
    """A list of the first records, with the count of all."""
    items = [WorkItem(str(it), change_url(it), note(it)) for it in records[:ROWS_PER_LIST]]
    return WorkList(title, items, sum(queryset.count() for queryset in querysets), empty)


def change_url(record: Model) -> str:
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def _changed(record: Publishable) -> str:
    return ", ".join(filter(None, [moment(record.changed_at), called(record.changed_by)]))


def _when(record: Publishable) -> str:
    return moment(record.visible_from) if record.visible_from else ""


def _missing_languages(record: Publishable) -> str:
    return ", ".join(
        OWN_NAMES[code] for code in LANGUAGE_CODES if code not in record.ready_languages
    )
