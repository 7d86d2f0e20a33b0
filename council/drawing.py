"""A plan drawn in time: where its stages, bars and marks stand, computed without a picture in mind.

Across everything is in per cent of the width, down in pixels, so that letters keep their size at
every width. Nothing is drawn that is not known: an end that nobody printed fades out, and a row
without dates is counted, never placed.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median_low

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from council.models import Origin, RowKind, Stage
from council.picture import Picture, Row, ranked
from council.schedule import STATE_MARKS, ProgressStatus, Schedule, ScheduleState
from council.schedule.periods import Window
from council.texts import title_of, words_of
from council.timelines import Timeline, TimelineKind, TimePrecision, unit_days
from mrc_portal.dates import MONTHS, PartialDate
from mrc_portal.languages import LanguageVersion, Wording, current_language
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR

# In pixels. The drawing is shown from this width on; on narrower screens only the list.
NARROWEST = 690
HEAD, BAND_HEAD, TRACK, BAND_GAP, FOOT = 44, 30, 42, 12, 24
LABEL_BASE, BAR_BASE = 14, 27  # of a track: the line of letters, the middle of the bar
NOTE = 22  # a line of words under the name of a stage
SHAPE = 34  # of a state, with what parts it from the bar and from its word
BOLD = 1.1  # how much wider bold letters are

TITLE_SIZE = 1.4  # how much larger the letters of a stage's name are, serifs included

# In per cent of the width.
HIDDEN_START = 12.0  # how long a bar without a printed start is at most
RINGS_APART = 1.6  # nearer to each other they are drawn as small strokes …
STROKES_APART = 0.4  # … and nearer than that only their line

MONTHS_AS_MONTHS, MONTHS_AS_QUARTERS = 15, 63
MOST_YEARS_NAMED = 12
MOST_ON_OVERVIEW = 12
LEAST_SPAN = datetime.timedelta(days=120)
LEAST_MARGIN = datetime.timedelta(days=92)
# How far from the middle of all dates one may lie, in a plan that does not say when it is for.
MOST_AWAY = datetime.timedelta(days=8 * 366)
DAY = datetime.timedelta(days=1)
BOUNDS = datetime.date(FIRST_YEAR, 1, 1), datetime.date(LAST_YEAR, 12, 31)


# The axis


@dataclass(frozen=True)
class Tick:
    x: float
    year: str  # where one begins; else empty
    label: str


@dataclass(frozen=True)
class Axis:
    """The days that are drawn, the first and the last included."""

    first: datetime.date
    last: datetime.date
    unit: TimePrecision

    def start(self, day: datetime.date) -> float:
        """Where a day begins; less than 0 or more than 100 outside of the axis."""
        return (day - self.first).days * 100 / ((self.last - self.first).days + 1)

    def end(self, day: datetime.date) -> float:
        """Where a day ends."""
        return ((day - self.first).days + 1) * 100 / ((self.last - self.first).days + 1)

    def holds(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    @property
    def ticks(self) -> list[Tick]:
        """The beginnings of years, and of months or quarters if these are told."""
        years = self.last.year - self.first.year + 1
        step = next(it for it in (1, 2, 5, 10, 20, 50) if years <= it * MOST_YEARS_NAMED)
        ticks = []
        day = self.first
        while day <= self.last:
            is_year = day.month == 1 and (day.year - self.first.year) % step == 0
            if is_year or self.unit != TimePrecision.YEAR:
                year = str(day.year) if is_year or day == self.first else ""
                ticks.append(Tick(round(self.start(day), 2), year, _name(day, self.unit)))
            day = unit_days(day, self.unit)[1] + DAY
        return ticks


def _name(day: datetime.date, unit: TimePrecision) -> str:
    """Of a month its first letters, of a quarter its number; years name themselves."""
    if unit == TimePrecision.MONTH:
        return MONTHS[current_language()].split()[day.month - 1][:3]
    return ("I", "II", "III", "IV")[day.month // 3] if unit == TimePrecision.QUARTER else ""


def axis_for(
    window: tuple[datetime.date | None, datetime.date | None], days: Iterable[datetime.date]
) -> Axis | None:
    """An axis for a plan of this window and for these days; those that lie far outside must not
    squeeze the others. None without any day."""
    known = sorted({_within_bounds(day) for day in days})
    ends = [_within_bounds(day) for day in window if day is not None]
    if not known and not ends:
        return None
    if not ends:
        middle = median_low([day.toordinal() for day in known])
        ends = [day for day in known if abs(day.toordinal() - middle) <= MOST_AWAY.days]
    elif len(ends) == 1:
        ends += [day for day in known if abs(day - ends[0]) <= MOST_AWAY]
    first, last = min(ends), max(ends)
    margin = max((last - first) / 4, LEAST_MARGIN)
    near = [day for day in known if _minus(first, margin) <= day <= _plus(last, margin)]
    first, last = min(first, *near, first), max(last, *near, last)
    if last - first < LEAST_SPAN:
        first, last = _minus(first, LEAST_SPAN / 2), _plus(last, LEAST_SPAN / 2)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    unit = TimePrecision.YEAR
    if months <= MONTHS_AS_QUARTERS:
        unit = TimePrecision.MONTH if months <= MONTHS_AS_MONTHS else TimePrecision.QUARTER
    return Axis(unit_days(first, unit)[0], unit_days(last, unit)[1], unit)


def _within_bounds(day: datetime.date) -> datetime.date:
    return min(max(day, BOUNDS[0]), BOUNDS[1])


def _minus(day: datetime.date, span: datetime.timedelta) -> datetime.date:
    return max(day - span, BOUNDS[0])


def _plus(day: datetime.date, span: datetime.timedelta) -> datetime.date:
    return min(day + span, BOUNDS[1])


# One row


@dataclass(frozen=True)
class Bar:
    """A stretch of time; its ends fade where they are not known to the day."""

    left: float
    right: float
    fade_in: float = 0.0  # how much of it, from the left
    fade_out: float = 0.0
    has_post: bool = False  # the last day in time
    goes_on: bool = False  # for ever: an open arrow
    is_cut_left: bool = False  # it begins before the drawing, or ends after it
    is_cut_right: bool = False

    @property
    def width(self) -> float:
        return round(self.right - self.left, 2)

    @property
    def solid_left(self) -> float:
        return round(self.left + self.fade_in, 2)

    @property
    def solid_width(self) -> float:
        return round(self.right - self.left - self.fade_in - self.fade_out, 2)

    @property
    def fade_out_left(self) -> float:
        return round(self.right - self.fade_out, 2)


@dataclass(frozen=True)
class Ring:
    x: float
    is_reported: bool


@dataclass(frozen=True)
class Rings:
    """What comes again and again: a line, and the last day of each period on it."""

    left: float
    right: float
    rings: list[Ring]
    are_strokes: bool = False  # too near to each other for rings
    is_cut_left: bool = False
    is_cut_right: bool = False


@dataclass(frozen=True)
class Span:
    left: float
    right: float

    @property
    def width(self) -> float:
        return round(self.right - self.left, 2)


def is_drawable(row: Row) -> bool:
    """Whether the row has a place in time."""
    if row.schedule is None:
        return False
    timeline = row.schedule.timeline
    if timeline.kind == TimelineKind.PERMANENT:
        return True
    if timeline.kind == TimelineKind.RECURRING:
        return timeline.recurrence is not None and _first_of_periods(row.schedule, row) is not None
    return timeline.latest is not None


def bar_of(schedule: Schedule, axis: Axis) -> Bar:
    """Of anything but what recurs."""
    timeline = schedule.timeline
    is_exact = timeline.exactness == TimePrecision.DAY
    is_permanent = timeline.kind == TimelineKind.PERMANENT
    last = timeline.latest
    right = 100.0 if is_permanent or last is None else axis.end(last)
    if timeline.earliest:
        left = axis.start(timeline.earliest)
    elif is_permanent:
        left = axis.start(schedule.first_day) if schedule.first_day else 0.0
    else:
        begins = axis.start(schedule.first_day) if schedule.first_day else 0.0
        left = max(begins, right - HIDDEN_START) if right > begins else right - HIDDEN_START
    cut_left, cut_right = left < -0.005, right > 100.005
    drawn = Span(_on_axis(left), _on_axis(right))
    fade_in = fade_out = 0.0
    if timeline.earliest is None:
        fade_in = min(drawn.width * 0.85, HIDDEN_START)
    elif not is_exact and not cut_left:
        fade_in = _fade(timeline.earliest, timeline, axis, drawn)
    if last is not None and not is_exact and not cut_right:
        fade_out = _fade(last, timeline, axis, drawn)
    return Bar(
        left=drawn.left,
        right=drawn.right,
        fade_in=round(fade_in, 2),
        fade_out=round(min(fade_out, drawn.width - fade_in), 2),
        has_post=timeline.kind == TimelineKind.BY and is_exact and right >= 0 and not cut_right,
        goes_on=is_permanent,
        is_cut_left=cut_left and timeline.earliest is not None,
        is_cut_right=cut_right,
    )


def _fade(day: datetime.date, timeline: Timeline, axis: Axis, drawn: Span) -> float:
    """As long as the month, quarter or year that was named, but never more than half the bar."""
    first, last = unit_days(day, timeline.exactness)
    return min(axis.end(last) - axis.start(first), drawn.width / 2)


def _on_axis(x: float) -> float:
    return round(min(max(x, 0.0), 100.0), 2)


def _first_of_periods(schedule: Schedule, row: Row) -> datetime.date | None:
    """Where periods are counted from: as the schedule does it."""
    if schedule.first_day or not schedule.timeline.recurrence:
        return schedule.first_day
    told = _told(row)
    return unit_days(told[0], schedule.timeline.recurrence)[0] if told else None


def _told(row: Row) -> list[datetime.date]:
    return [it.as_of for it in row.updates if it.status != ProgressStatus.NO_INFORMATION]


def rings_of(row: Row, axis: Axis) -> Rings:
    """Of what recurs."""
    schedule = row.schedule
    assert schedule is not None and schedule.timeline.recurrence is not None
    plan = row.activity.stage.plan
    first = _first_of_periods(schedule, row)
    assert first is not None
    ends = (schedule.timeline.latest, schedule.stage.latest, plan.ends_on)
    last = next((day for day in ends if day and day >= first), None)
    window = Window(schedule.timeline.recurrence, first, last)
    reported = window.cover(_told(row))
    left, right = axis.start(first), axis.end(last) if last else 100.0
    rings = []
    number = max(window.place(axis.first), 1) if first <= axis.last else 0
    while number and (window.count is None or number <= window.count):
        period = window.period(number)
        if period.last > axis.last:
            break
        if period.last >= axis.first:
            rings.append(Ring(round(axis.end(period.last), 2), number in reported))
        number += 1
    apart = (rings[-1].x - rings[0].x) / (len(rings) - 1) if len(rings) > 1 else 100.0
    return Rings(
        left=_on_axis(left),
        right=_on_axis(right),
        rings=rings if apart >= STROKES_APART else [],
        are_strokes=apart < RINGS_APART,
        is_cut_left=left < -0.005,
        is_cut_right=right > 100.005,
    )


def overrun_of(schedule: Schedule, axis: Axis) -> Span | None:
    """From the last day in time to the day of the picture, if the row is late on it; or to the day
    on which it was done, if that was late."""
    last = schedule.timeline.latest
    if schedule.state in (ScheduleState.OVERDUE, ScheduleState.UNREPORTED):
        until: datetime.date | None = schedule.day
    elif schedule.state == ScheduleState.DONE_LATE:
        until = schedule.completed_on
    else:
        return None
    if last is None or until is None:
        return None
    span = Span(_on_axis(axis.end(last)), _on_axis(axis.end(until)))
    return span if span.width > 0 else None


def slip_of(schedule: Schedule, axis: Axis) -> Span | None:
    """From the printed last day to the one in force; to the left if it was brought forward."""
    if not schedule.slip_days or not schedule.timeline.latest or not schedule.original.latest:
        return None
    return Span(
        _on_axis(axis.end(schedule.original.latest)), _on_axis(axis.end(schedule.timeline.latest))
    )


# Letters


def text_width(text: str) -> float:
    """About how many pixels a text of 13 pixels takes, rather more than less."""
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 13.5
    if letter in " .,:;!|'’‘iIjlt()[]·–-1":
        return 5.0
    if letter in "мшщжюыфМШЩЖЮФЫДЦmwMWQO@%…—":
        return 12.0
    return 9.0 if letter.isupper() else 7.6


def state_width(state: ScheduleState) -> float:
    """Of its shape and its word."""
    return SHAPE + text_width(str(state.label)) * BOLD


def fit(text: str, pixels: float) -> str:
    """The beginning of a text that has this room."""
    text = " ".join(text.split())
    if text_width(text) <= pixels:
        return text
    room = pixels - text_width("…")
    end = 0
    for letter in text:
        room -= _letter_width(letter)
        if room < 0:
            break
        end += 1
    return text[:end].rstrip(" .,;:–-") + "…"


# The whole


@dataclass(frozen=True)
class Track:
    """A row of the plan in the drawing: its name, under it its time, and its state."""

    row: Row
    top: int
    label: Wording
    label_x: float
    is_label_at_end: bool  # its letters end there
    mark: str  # shape and colour of the state
    state: str
    state_x: float
    state_place: str  # after or before the bar, or above: at the right end of the line of the name
    bar: Bar | None = None
    rings: Rings | None = None
    overrun: Span | None = None
    slip: Span | None = None

    @property
    def label_y(self) -> int:
        return self.top + LABEL_BASE

    @property
    def y(self) -> int:
        """The middle of the bar."""
        return self.top + BAR_BASE

    @property
    def state_y(self) -> int:
        return self.label_y - 5 if self.state_place == "above" else self.y


@dataclass(frozen=True)
class Band:
    """A stage with the rows that are drawn in it."""

    stage: Stage
    top: int
    height: int
    span: Span | None  # None: nobody printed when it is, or it lies outside of the drawing
    fades_in: bool
    fades_out: bool
    name: str
    words: Wording  # may be in another language than its name, or empty
    label_x: float
    is_label_at_end: bool
    note: str  # under the name; empty where rows stand there
    tracks: list[Track]

    @property
    def label_y(self) -> int:
        return self.top + 20

    @property
    def note_y(self) -> int:
        return self.label_y + NOTE - 3


@dataclass(frozen=True)
class Drawing:
    """What templates/council/_timeline.html draws."""

    axis: Axis
    day: datetime.date
    bands: list[Band]
    height: int
    title: str
    sentences: list[str]
    marks: list[str] = field(default_factory=list)  # whose fading ends are drawn
    key: set[str] = field(default_factory=set)  # what the legend has to explain

    @property
    def ticks(self) -> list[Tick]:
        return self.axis.ticks

    @property
    def body_height(self) -> int:
        return self.height - FOOT

    @property
    def day_x(self) -> float | None:
        """Where the day of the picture ends; None outside of the drawing."""
        return round(self.axis.end(self.day), 2) if self.axis.holds(self.day) else None

    @property
    def day_anchor(self) -> str:
        """Where the letters of the day stand to its line, so that they stay in the drawing."""
        x = self.day_x or 0
        return "start" if x < 12 else "end" if x > 88 else "middle"


def overview_of(picture: Picture, version: LanguageVersion) -> Drawing | None:
    """For a page that has other things to tell: with its rows while they are few."""
    is_short = sum(is_drawable(row) for row in picture.work) <= MOST_ON_OVERVIEW
    return drawing_of(picture, version, None if is_short else [])


def by_time(rows: Iterable[Row]) -> list[Row]:
    """Stage by stage, in each what ends first; then what recurs and what goes on for ever."""
    return sorted(rows, key=_time_of)


def _time_of(row: Row) -> tuple[int, int, datetime.date, datetime.date]:
    assert row.schedule is not None
    timeline = row.schedule.timeline
    far = datetime.date.max
    is_endless = timeline.kind in (TimelineKind.PERMANENT, TimelineKind.RECURRING)
    last = timeline.latest or far
    first = timeline.earliest or row.schedule.first_day or last
    return row.activity.stage.number, is_endless, last, first


def drawing_of(
    picture: Picture, version: LanguageVersion, rows: Sequence[Row] | None = None
) -> Drawing | None:
    """The stages of a plan, and in them these rows in this order; by default all that have a place
    in time, by it. Stages without a row are drawn if no row is left to another page, or if there
    are none at all. None: there is nothing to draw."""
    is_whole = not rows
    if rows is None:
        rows = by_time(row for row in picture.work if is_drawable(row))
    axis = _axis_of(picture)
    shown = {row.activity.stage_id for row in rows}
    stages = [
        it
        for it in picture.stages
        if it.stage.pk in shown or (is_whole and (it.stage.earliest or it.stage.latest))
    ]
    if axis is None or not stages:
        return None
    bands = []
    top = HEAD
    for part in stages:
        tracks = [row for row in rows if row.activity.stage_id == part.stage.pk]
        note = _note(part.rows()) if not tracks else ""
        height = BAND_HEAD + len(tracks) * TRACK + (NOTE if note else 0)
        bands.append(_band(part.stage, version, axis, top, height, note, tracks))
        top += height + BAND_GAP
    tracks_drawn = [track for band in bands for track in band.tracks]
    return Drawing(
        axis=axis,
        day=picture.day,
        bands=bands,
        height=top + FOOT,
        title=_("Timeline of the plan: %(first)s – %(last)s")
        % {"first": PartialDate(axis.first), "last": PartialDate(axis.last)},
        sentences=list(_sentences(picture, bands, tracks_drawn)),
        marks=sorted({it.mark for it in tracks_drawn if it.bar}),
        key=_key(bands, tracks_drawn),
    )


def _axis_of(picture: Picture) -> Axis | None:
    """The same for every part of a plan that is drawn: pages can be laid side by side."""
    plan = picture.plan
    schedules = [row.schedule for row in picture.work if row.schedule and is_drawable(row)]
    times = [it.stage.timeline for it in picture.stages]
    times += [time for it in schedules for time in (it.timeline, it.original)]
    days = [day for it in times for day in (it.earliest, it.latest) if day]
    days += [it.completed_on for it in schedules if it.completed_on]
    if not days and not schedules:
        return None
    return axis_for((plan.starts_on, plan.ends_on), [*days, picture.day])


def _note(rows: Iterable[Row]) -> str:
    """What stands in a stage, where its rows are not drawn."""
    counts = ranked(row.schedule.state for row in rows if row.schedule)
    return ", ".join(f"{state.label}: {number}" for state, number in counts) or _("No rows.")


def _band(
    stage: Stage,
    version: LanguageVersion,
    axis: Axis,
    top: int,
    height: int,
    note: str,
    rows: Sequence[Row],
) -> Band:
    left = axis.start(stage.earliest) if stage.earliest else 0.0
    right = axis.end(stage.latest) if stage.latest else 100.0
    is_dated = stage.earliest is not None or stage.latest is not None
    span = Span(_on_axis(left), _on_axis(right)) if is_dated else None
    span = span if span and span.width > 0 else None
    is_at_end = span is not None and span.left > 55
    x = (100.0 if is_at_end else span.left) if span else 0.0
    name = _("Stage %(number)s") % {"number": stage.roman}
    words = words_of(version, stage, "title")
    room = NARROWEST * (1.0 if is_at_end else (100 - x) / 100) - 12
    return Band(
        stage=stage,
        top=top,
        height=height,
        span=span,
        fades_in=stage.earliest is None,
        fades_out=stage.latest is None,
        name=name,
        words=Wording(fit(words.text, room / TITLE_SIZE - text_width(name)), words.language),
        label_x=round(x, 2),
        is_label_at_end=is_at_end,
        note=fit(note, room),
        tracks=[
            _track(row, version, axis, top + BAND_HEAD + place * TRACK)
            for place, row in enumerate(rows)
        ],
    )


def _track(row: Row, version: LanguageVersion, axis: Axis, top: int) -> Track:
    schedule = row.schedule
    assert schedule is not None
    bar = rings = None
    if schedule.timeline.kind == TimelineKind.RECURRING:
        rings = rings_of(row, axis)
        left, right = rings.left, rings.right
    else:
        bar = bar_of(schedule, axis)
        left, right = bar.left, bar.right
    overrun, slip = overrun_of(schedule, axis), slip_of(schedule, axis)
    right = max(right, overrun.right if overrun else 0, slip.left if slip else 0)
    left = min(left, slip.left if slip else left)
    is_at_end = left > 50
    x = right if is_at_end else left
    room = NARROWEST * (x if is_at_end else 100 - x) / 100
    width = state_width(schedule.state)
    place, state_x = "after", right
    if right + width * 100 / NARROWEST > 100:
        place, state_x = "before", left
    if place == "before" and left < width * 100 / NARROWEST:
        place, state_x = "above", 100.0
        room -= width
    title = title_of(version, row.activity)
    name = f"{row.activity.number} · {title.text}" if row.activity.number else title.text
    return Track(
        row=row,
        top=top,
        label=Wording(fit(name, room - 12), title.language),
        label_x=round(x, 2),
        is_label_at_end=is_at_end,
        mark=STATE_MARKS[schedule.state],
        state=str(schedule.state.label),
        state_x=round(state_x, 2),
        state_place=place,
        bar=bar,
        rings=rings,
        overrun=overrun,
        slip=slip,
    )


def _sentences(picture: Picture, bands: Sequence[Band], tracks: Sequence[Track]) -> Iterable[str]:
    """The drawing for those who do not see it; its rows stand in the list beside it."""
    yield _("As of %(day)s.") % {"day": PartialDate(picture.day)}
    for band in bands:
        if time := str(band.stage.timeline):
            facts = {"number": band.stage.roman, "time": time}
            yield _("Stage %(number)s: %(time)s.") % facts
    if tracks:
        yield ngettext("%(number)s row is drawn.", "%(number)s rows are drawn.", len(tracks)) % {
            "number": len(tracks)
        }
        counts = ranked(track.row.schedule.state for track in tracks if track.row.schedule)
        yield ", ".join(f"{state.label}: {number}" for state, number in counts) + "."


def _key(bands: Sequence[Band], tracks: Sequence[Track]) -> set[str]:
    """What is to be seen, by the names that the template explains."""
    key = set()
    if any(band.span and (band.fades_in or band.fades_out) for band in bands):
        key.add("hidden")
    for track in tracks:
        if bar := track.bar:
            assert track.row.schedule is not None
            if track.row.schedule.timeline.earliest is None:
                key.add("hidden")
            if bar.fade_out or (bar.fade_in and track.row.schedule.timeline.earliest):
                key.add("imprecise")
            facts = {"by": bar.has_post, "permanent": bar.goes_on}
        else:
            assert track.rings is not None
            has_reported = any(ring.is_reported for ring in track.rings.rings)
            facts = {"recurring": True, "reported": has_reported}
        part = track.bar or track.rings
        assert part is not None
        facts["cut"] = part.is_cut_left or part.is_cut_right
        facts["late"] = track.overrun is not None
        facts["moved"] = track.slip is not None
        key |= {name for name, is_so in facts.items() if is_so}
    return key


# Rows that have no place in it


@dataclass(frozen=True)
class NotDrawn:
    """Rows of the plan that have no place in time, counted by why."""

    undated: int
    cancelled: int
    undecided: int


def not_drawn(rows: Iterable[Row]) -> NotDrawn:
    rows = list(rows)
    return NotDrawn(
        undated=sum(row.schedule is not None and not is_drawable(row) for row in rows),
        cancelled=sum(row.activity.is_work and row.is_cancelled for row in rows),
        undecided=sum(
            row.activity.origin == Origin.PROPOSED
            and row.activity.kind in (RowKind.ACTIVITY, RowKind.STEP)
            for row in rows
        ),
    )
