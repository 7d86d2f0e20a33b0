"""Who owes what: the rows of a plan by the organisations that they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from council.models import ProgressUpdate, RowKind
from council.picture import Picture, Progress, Row, progress_of, ranked
from council.schedule import WORST_FIRST, ScheduleState
from library.models import Organisation
from mrc_portal.languages import sort_key

# Which states call for somebody to do something; the rest is in order.
NEEDS_CARE = (
    ScheduleState.OVERDUE,
    ScheduleState.MISSED,
    ScheduleState.UNREPORTED,
    ScheduleState.STALE,
)


@dataclass
class Share:
    """What a plan asks of an organisation, or of nobody in particular."""

    organisation: Organisation | None
    rows: list[Row] = field(default_factory=list)
    is_yet_to_exist: bool = False

    @property
    def work(self) -> list[Row]:
        """Without cancelled and undecided rows."""
        return [row for row in self.rows if row.schedule is not None]

    @property
    def counts(self) -> list[tuple[ScheduleState, int]]:
        return ranked(row.schedule.state for row in self.work if row.schedule)

    @property
    def progress(self) -> Progress:
        return progress_of(self.work)

    @property
    def cancelled(self) -> int:
        return sum(row.activity.is_work and row.is_cancelled for row in self.rows)

    @property
    def undecided(self) -> int:
        return sum(row.activity.origin == "proposed" for row in self.rows)

    @property
    def worst_first(self) -> list[Row]:
        """Rows with a state first, the worst of them first; otherwise as the plan has them."""
        places = {state: place for place, state in enumerate(WORST_FIRST)}
        return sorted(
            self.rows,
            key=lambda row: places[row.schedule.state] if row.schedule else len(places),
        )


def shares_of(picture: Picture) -> list[Share]:
    """One for each organisation that a row names, and one for the rows that name nobody; those
    with most to answer for first."""
    nobody = Share(None)
    shares: dict[int, Share] = {}
    for row in picture.rows():
        named = row.activity.responsibles.all()
        for it in named:
            share = shares.setdefault(it.organisation_id, Share(it.organisation))
            share.rows.append(row)
            share.is_yet_to_exist |= it.is_yet_to_exist
        # As the table has them, where the line of nobody leads.
        if not named and row.activity.kind not in (RowKind.HEADING, RowKind.GAP):
            nobody.rows.append(row)
    ordered = sorted(shares.values(), key=_weight)
    return [*ordered, *([nobody] if nobody.rows else [])]


def _weight(share: Share) -> tuple[object, ...]:
    counts = dict(share.counts)
    assert share.organisation is not None
    return (
        *(-counts.get(state, 0) for state in NEEDS_CARE),
        -len(share.rows),
        sort_key(share.organisation.label),
    )


def share_of(picture: Picture, slug: str) -> Share | None:
    """What the plan asks of the organisation with this address; None if it does not name it."""
    for share in shares_of(picture):
        if share.organisation is not None and share.organisation.slug == slug:
            return share
    return None


@dataclass(frozen=True)
class Sent:
    """A report that an organisation sent."""

    row: Row
    update: ProgressUpdate


def sent_by(picture: Picture, organisation: Organisation) -> list[Sent]:
    """The reports in force that an organisation sent on whatever rows, the newest first."""
    found: Iterable[Sent] = (
        Sent(row, update)
        for row in picture.rows()
        for update in row.updates
        if update.reported_by_id == organisation.pk
    )
    return sorted(found, key=lambda it: (it.update.as_of, it.update.pk), reverse=True)
