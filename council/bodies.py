"""What the page of a council or working group tells beyond its own row, in few queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from council.models import Body, Letter, MemberRole, Membership, Plan, Responsible
from council.paging import Leaf, cut
from events.models import Event, EventQuerySet

MEMBERS_PER_PAGE = 50
# Of everything else the page names the nearest; the lists of their own have all.
MOST_ROWS = 10


@dataclass(frozen=True)
class Members:
    """One page of a body's members: who sits in it now, by role, then who sat in it."""

    groups: list[tuple[str, list[Membership]]]
    listing: Leaf


def read_members(body: Body, page: int) -> Members:
    """A page beyond the last is the last."""
    rows = Membership.objects.filter(body=body).select_related("person", "organisation")
    listing = cut(sorted(rows, key=_place), MEMBERS_PER_PAGE, page)
    groups = [(heading, list(found)) for heading, found in groupby(listing.rows, key=_heading)]
    return Members(groups, listing)


def _place(member: Membership) -> tuple[bool, int]:
    """Former members last, whatever they were; the others by role, then in their own order."""
    roles = MemberRole.values
    return member.is_former, 0 if member.is_former else roles.index(member.role)


def _heading(member: Membership) -> str:
    return _("Formerly") if member.is_former else str(capfirst(MemberRole(member.role).label))


@dataclass(frozen=True)
class Meetings:
    upcoming: list[Event]
    past: list[Event]


def read_meetings(body: Body) -> Meetings:
    """Public meetings of its series, and those named singly: the nearest of either side."""
    belongs = Q(pk__in=body.meetings.values("pk"))
    if body.series_id:
        belongs |= Q(series=body.series_id)
    meetings: EventQuerySet = Event.objects.published().filter(belongs).for_lines()
    return Meetings(list(meetings.upcoming()[:MOST_ROWS]), list(meetings.past()[:MOST_ROWS]))


def read_plans(body: Body) -> Iterable[Plan]:
    """Public plans that are its own, that it drew up, or in which it has something to do: these
    have `names_it`."""
    rows = Responsible.objects.filter(
        organisation=body.organisation_id, activity__stage__plan=OuterRef("pk")
    )
    names_it = Exists(rows if body.organisation_id else rows.none())
    plans = Plan.objects.published().annotate(names_it=names_it)
    wanted = Q(council=body) | Q(drawn_up_by=body) | Q(names_it=True)
    return plans.filter(wanted).running_first()[:MOST_ROWS]


def read_parts(body: Body) -> Iterable[Body]:
    return Body.objects.published().filter(parent=body).in_order().for_lines()[:MOST_ROWS]


def read_letters(body: Body) -> Iterable[Letter]:
    return Letter.objects.published().filter(sender=body).latest_first().for_lines()[:MOST_ROWS]
