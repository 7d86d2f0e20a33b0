"""The Atom feed of a plan: versions, accepted reports, assessments of evidence, moved deadlines."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from council.models import (
    Activity,
    Assessment,
    DeadlineChange,
    Moderation,
    Plan,
    PlanVersion,
    ProgressStatus,
    ProgressUpdate,
    Verdict,
)
from council.templatetags.council_tags import row_name, slip
from council.texts import words_of
from council.timelines import TimelineKind
from mrc_portal.context_processors import site_url
from mrc_portal.dates import PartialDate
from mrc_portal.feeds import FeedEntry, atom_feed, demonstration_mark
from mrc_portal.languages import LanguageVersion
from mrc_portal.prose import printable
from mrc_portal.templatetags.portal_tags import brief

MOST_ENTRIES = 30


def plan_feed(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The newest changes of a public plan, in the reader's language or the nearest it has."""
    version = plan.shown
    with translation.override(version.language):
        entries = sorted(
            PlanEntries(site_url(request), plan, version),
            key=lambda entry: entry.updated,
            reverse=True,
        )
    return atom_feed(
        request,
        title=_("Changes of the plan: %(title)s") % {"title": printable(version.title)},
        subtitle=_("New versions, reports, assessments and moved deadlines."),
        page=plan.get_absolute_url(),
        path=reverse("council:plan_feed", args=[plan.slug]),
        entries=entries[:MOST_ENTRIES],
    )


class PlanEntries:
    """Told in the language in which the plan is shown: four queries, the newest of each kind."""

    def __init__(self, site: str, plan: Plan, version: LanguageVersion) -> None:
        self.site = site
        self.plan = plan
        self.version = version

    def __iter__(self) -> Iterator[FeedEntry]:
        for version in self.versions()[:MOST_ENTRIES]:
            yield self.of_version(version)
        for update in self.reports()[:MOST_ENTRIES]:
            yield self.of_report(update)
        for assessment in self.assessments()[:MOST_ENTRIES]:
            yield self.of_assessment(assessment)
        for change in self.moves()[:MOST_ENTRIES]:
            yield self.of_move(change)

    def versions(self) -> QuerySet[PlanVersion]:
        return PlanVersion.objects.filter(plan=self.plan).defer("content").order_by("-number")

    def reports(self) -> QuerySet[ProgressUpdate]:
        """Accepted ones. One that was corrected has changed when its correction was accepted."""
        corrections = ProgressUpdate.objects.accepted().filter(corrects=OuterRef("pk"))
        told_at = Coalesce("moderated_at", "created_at")
        corrected_at = Subquery(corrections.annotate(at=told_at).values("at")[:1])
        return (
            ProgressUpdate.objects.accepted()
            .filter(activity__stage__plan=self.plan)
            .select_related("activity", "reported_by")
            .annotate(told_at=told_at, corrected_at=corrected_at)
            .annotate(changed_at=Coalesce("corrected_at", "told_at"))
            .order_by("-changed_at", "-pk")
        )

    def assessments(self) -> QuerySet[Assessment]:
        accepted = Assessment.objects.filter(
            update__activity__stage__plan=self.plan, update__moderation=Moderation.ACCEPTED
        )
        return accepted.select_related("update__activity").order_by("-created_at", "-pk")

    def moves(self) -> QuerySet[DeadlineChange]:
        changes = DeadlineChange.objects.filter(activity__stage__plan=self.plan)
        return changes.select_related("activity").order_by("-created_at", "-pk")

    def entry(
        self,
        page: str,
        permanent: str,
        anchor: str,
        title: str,
        lines: list[str],
        published: datetime.datetime,
        category: str,
        updated: datetime.datetime | None = None,
    ) -> FeedEntry:
        demonstration = demonstration_mark(self.plan)
        return FeedEntry(
            identifier=f"{self.site}{permanent}#{anchor}",
            url=self.site + page,
            title=title,
            summary="\n".join(line for line in [*demonstration, *lines] if line),
            language=self.version.language,
            published=published,
            updated=updated or published,
            categories=[category, *demonstration],
        )

    def name_of(self, activity: Activity) -> str:
        return brief(row_name(self.version, activity).text)

    def page_of(self, activity: Activity, anchor: str) -> str:
        page = reverse("council:activity_detail", args=[self.plan.slug, activity.short_id])
        return f"{page}#{anchor}"

    def of_version(self, version: PlanVersion) -> FeedEntry:
        facts = {"number": version.number, "day": version.made}
        return self.entry(
            page=reverse("council:plan_version", args=[self.plan.slug, version.number]),
            permanent=self.plan.get_permanent_path(),
            anchor=f"version-{version.number}",
            title=_("Version %(number)s of the plan (%(day)s)") % facts,
            lines=[words_of(self.version, version, "text").text],
            published=version.created_at,
            category=_("version"),
        )

    def of_report(self, update: ProgressUpdate) -> FeedEntry:
        anchor = f"report-{update.pk}"
        facts = {
            "row": self.name_of(update.activity),
            "status": ProgressStatus(update.status).label,
            "day": PartialDate(update.as_of),
        }
        title = _("%(row)s: %(status)s (report as of %(day)s)") % facts
        corrected_at = update.corrected_at  # type: ignore[attr-defined]
        if corrected_at:
            title = _("Corrected: %(title)s") % {"title": title}
        by = update.reported_by
        return self.entry(
            page=self.page_of(update.activity, anchor),
            permanent=update.activity.get_permanent_path(),
            anchor=anchor,
            title=title,
            lines=[
                _("A later report corrects this one; it counts no more.") if corrected_at else "",
                brief(words_of(self.version, update, "text").text),
                _("Reported by: %(name)s") % {"name": by.label.text} if by else "",
            ],
            published=update.told_at,  # type: ignore[attr-defined]
            updated=update.changed_at,  # type: ignore[attr-defined]
            category=_("report"),
        )

    def of_assessment(self, assessment: Assessment) -> FeedEntry:
        activity = assessment.update.activity
        facts = {"row": self.name_of(activity), "verdict": Verdict(assessment.verdict).label}
        return self.entry(
            page=self.page_of(activity, f"report-{assessment.update_id}"),
            permanent=activity.get_permanent_path(),
            anchor=f"assessment-{assessment.pk}",
            title=_("%(row)s: %(verdict)s") % facts,
            lines=[brief(words_of(self.version, assessment, "note").text)],
            published=assessment.created_at,
            category=_("assessment of the evidence"),
        )

    def of_move(self, change: DeadlineChange) -> FeedEntry:
        activity = change.activity
        new = str(change.timeline) or TimelineKind.NONE.label
        facts = {"row": self.name_of(activity), "time": new}
        old_last = activity.latest
        days = (change.latest - old_last).days if change.latest and old_last else None
        return self.entry(
            page=self.page_of(activity, "deadlines"),
            permanent=activity.get_permanent_path(),
            anchor=f"deadline-{change.pk}",
            title=_("%(row)s: deadline moved, %(time)s") % facts,
            lines=[
                _("As printed: %(time)s") % {"time": activity.timeline}
                if str(activity.timeline)
                else "",
                slip(days) if days is not None else "",
                brief(words_of(self.version, change, "reason").text),
            ],
            published=change.created_at,
            category=_("moved deadline"),
        )
