"""The drawing of a plan in time: its geometry, and the page that shows it."""

import gzip
import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from council.drawing import (
    NARROWEST,
    Axis,
    axis_for,
    bar_of,
    by_time,
    drawing_of,
    fit,
    not_drawn,
    overview_of,
    rings_of,
    state_width,
    text_width,
)
from council.models import Origin, ProgressStatus, RowKind
from council.picture import picture_of
from council.schedule import ProgressStatus as Status
from council.schedule import ScheduleState, Task, schedule_of
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories
from tests.council.furnished import SECRET, furnished_plan, long_plan

YEAR = Axis(date(2025, 1, 1), date(2025, 12, 31), TimePrecision.MONTH)
NEW_YEAR, SUMMER, NEW_YEARS_EVE = date(2025, 1, 1), date(2025, 7, 1), date(2025, 12, 31)
HUNDRED_DAYS = Axis(date(2025, 1, 1), date(2025, 4, 10), TimePrecision.MONTH)  # a day is 1 %


def timeline(kind, earliest=None, latest=None, precision=TimePrecision.DAY, recurrence=None):
    return Timeline(TimelineKind(kind), earliest, latest, precision, recurrence)


def bar(time, axis=HUNDRED_DAYS, **facts):
    schedule = schedule_of(Task(timeline=time, **facts), [], date(2025, 1, 10))
    return bar_of(schedule, axis)


# The axis


def test_days_stand_in_proportion():
    assert HUNDRED_DAYS.start(date(2025, 1, 1)) == 0
    assert HUNDRED_DAYS.end(date(2025, 1, 1)) == HUNDRED_DAYS.start(date(2025, 1, 2)) == 1
    assert HUNDRED_DAYS.end(date(2025, 4, 10)) == 100
    assert HUNDRED_DAYS.start(date(2024, 12, 31)) == -1


@pytest.mark.parametrize(
    ("window", "unit", "first", "last"),
    [
        ((date(2025, 2, 3), date(2025, 12, 1)), "month", date(2025, 2, 1), date(2025, 12, 31)),
        ((date(2025, 2, 3), date(2027, 5, 1)), "quarter", date(2025, 1, 1), date(2027, 6, 30)),
        ((date(2013, 2, 3), date(2025, 5, 1)), "year", date(2013, 1, 1), date(2025, 12, 31)),
    ],
)
def test_the_units_of_the_axis_follow_from_its_length(window, unit, first, last):
    axis = axis_for(window, [])

    assert (axis.unit, axis.first, axis.last) == (unit, first, last)


def test_months_quarters_and_years_have_their_names():
    months = Axis(date(2024, 11, 1), date(2025, 2, 28), TimePrecision.MONTH)
    quarters = Axis(date(2024, 10, 1), date(2025, 6, 30), TimePrecision.QUARTER)
    years = Axis(date(2013, 1, 1), date(2015, 12, 31), TimePrecision.YEAR)

    with translation.override("en"):
        assert [(it.year, it.label) for it in months.ticks] == [
            ("2024", "Nov"),
            ("", "Dec"),
            ("2025", "Jan"),
            ("", "Feb"),
        ]
    assert [(it.year, it.label) for it in quarters.ticks] == [
        ("2024", "IV"),
        ("2025", "I"),
        ("", "II"),
    ]
    assert [(it.year, it.x) for it in years.ticks] == [
        ("2013", 0),
        ("2014", 33.33),
        ("2015", 66.67),
    ]


def test_long_axes_name_no_more_years_than_have_room():
    axis = axis_for((date(1990, 1, 1), date(2199, 12, 31)), [])

    assert len(axis.ticks) <= 12
    assert axis.ticks[0].year == "1990"


def test_one_day_far_outside_does_not_squeeze_the_plan():
    window = (date(2025, 1, 1), date(2027, 12, 31))

    axis = axis_for(window, [date(1990, 1, 1), date(2026, 5, 1), date(2199, 12, 31)])

    assert (axis.first, axis.last) == window


def test_a_day_a_little_outside_widens_the_axis():
    axis = axis_for((date(2025, 1, 1), date(2025, 12, 31)), [date(2026, 2, 10)])

    assert axis.last == date(2026, 2, 28)


def test_without_a_window_the_days_make_the_axis_but_not_one_that_lies_far_away():
    days = [date(2025, 1, 10), date(2025, 6, 30), date(2025, 9, 1), date(2199, 1, 1)]

    axis = axis_for((None, None), days)

    assert (axis.first, axis.last) == (date(2025, 1, 1), date(2025, 9, 30))


def test_half_a_window_is_completed_by_the_days():
    axis = axis_for((date(2025, 1, 1), None), [date(2025, 11, 5)])

    assert (axis.first, axis.last) == (date(2025, 1, 1), date(2025, 11, 30))


def test_a_single_day_gets_some_room():
    axis = axis_for((None, None), [date(2025, 6, 15)])

    assert axis.holds(date(2025, 6, 15))
    assert (axis.last - axis.first).days >= 90


def test_without_a_day_there_is_no_axis():
    assert axis_for((None, None), []) is None


ANY_DAY = st.dates()


@given(st.tuples(st.none() | ANY_DAY, st.none() | ANY_DAY), st.lists(ANY_DAY, max_size=8))
def test_no_days_break_the_axis(window, days):
    axis = axis_for(window, days)

    if axis is None:
        assert not days and window == (None, None)
        return
    ticks = axis.ticks
    assert axis.first <= axis.last
    assert all(0 <= tick.x < 100 for tick in ticks)
    assert len(ticks) <= 65
    assert ticks == sorted(ticks, key=lambda it: it.x)


# Bars


def test_a_deadline_without_a_printed_start_fades_in_and_ends_in_a_post():
    found = bar(timeline("by", latest=date(2025, 2, 9)))  # the 40th day

    assert (found.left, found.right) == (28, 40)
    assert found.fade_in == 10.2
    assert found.has_post and not found.fade_out


def test_the_hidden_start_of_a_deadline_does_not_lie_before_the_plan():
    found = bar(timeline("by", latest=date(2025, 2, 9)), plan_starts_on=date(2025, 2, 1))

    assert (found.left, found.right) == (31, 40)


def test_a_printed_start_is_solid():
    found = bar(timeline("by", date(2025, 1, 11), date(2025, 2, 9)))

    assert (found.left, found.right) == (10, 40)
    assert not found.fade_in and found.has_post
    assert (found.solid_left, found.solid_width) == (10, 30)


def test_a_range_to_the_day_is_solid_without_a_post():
    found = bar(timeline("range", date(2025, 1, 11), date(2025, 2, 9)))

    assert (found.left, found.width, found.fade_in, found.fade_out) == (10, 30, 0, 0)
    assert not found.has_post


def test_within_a_month_is_a_short_bar_that_fades_at_both_ends():
    found = bar(timeline("within", date(2025, 2, 1), date(2025, 2, 28), TimePrecision.MONTH))

    assert (found.left, found.right) == (31, 59)
    assert (found.fade_in, found.fade_out) == (14, 14)
    assert not found.has_post


def test_months_that_bound_a_range_fade_no_longer_than_a_month():
    found = bar(timeline("range", date(2025, 1, 1), date(2025, 3, 31), TimePrecision.MONTH))

    assert (found.fade_in, found.fade_out) == (31, 31)
    assert found.solid_width == 28


def test_a_deadline_to_the_month_has_no_post():
    found = bar(timeline("by", None, date(2025, 2, 28), TimePrecision.MONTH))

    assert not found.has_post and found.fade_out > 0
    assert found.fade_in + found.fade_out <= found.width


def test_a_permanent_row_goes_on_for_ever():
    found = bar(timeline("permanent", date(2025, 1, 11)))

    assert (found.left, found.right) == (10, 100)
    assert found.goes_on and not found.is_cut_right and not found.has_post


def test_a_permanent_row_whose_start_nobody_knows_fades_in_from_the_edge():
    found = bar(timeline("permanent"))

    assert (found.left, found.right, found.fade_in) == (0, 100, 12)


@pytest.mark.parametrize(
    ("earliest", "latest", "left", "right", "cuts"),
    [
        (date(2024, 12, 1), date(2025, 1, 10), 0, 10, (True, False)),
        (date(2025, 4, 1), date(2199, 1, 1), 90, 100, (False, True)),
        (date(1990, 1, 1), date(2199, 1, 1), 0, 100, (True, True)),
        (date(1990, 1, 1), date(1990, 2, 1), 0, 0, (True, False)),
        (date(2199, 1, 1), date(2199, 2, 1), 100, 100, (False, True)),
    ],
)
def test_what_reaches_out_of_the_drawing_is_cut_and_says_so(earliest, latest, left, right, cuts):
    found = bar(timeline("range", earliest, latest))

    assert (found.left, found.right) == (left, right)
    assert (found.is_cut_left, found.is_cut_right) == cuts
    assert not found.has_post


@given(st.sampled_from(["by", "within", "range", "permanent"]), ANY_DAY, ANY_DAY, st.data())
def test_no_bar_leaves_the_drawing(kind, one, other, data):
    first, last = sorted([one, other])
    precision = data.draw(st.sampled_from(list(TimePrecision)))
    time = timeline(
        kind,
        data.draw(st.sampled_from([None, first])) if kind in ("by", "permanent") else first,
        None if kind == "permanent" else last,
        precision,
    )
    found = bar(time, plan_starts_on=data.draw(st.none() | ANY_DAY))

    assert 0 <= found.left <= found.right <= 100
    assert 0 <= found.fade_in <= found.width + 0.01
    assert 0 <= found.fade_out <= found.width - found.fade_in + 0.02
    assert found.solid_width >= -0.02


# Letters


def test_short_texts_are_whole_and_long_ones_end_in_dots():
    assert fit("Первое заседание", 300) == "Первое заседание"
    shortened = fit("Первое заседание совета по миграции", 100)
    assert shortened.startswith("Первое зас") and shortened.endswith("…")
    assert fit("Щ" * 50, 5) == "…"


@given(st.text(max_size=80), st.integers(20, 700))
def test_no_text_is_wider_than_its_room(text, room):
    assert text_width(fit(text, room)) <= room


# What is drawn


def draw(plan, day=None, rows=None, language="ru"):
    picture = picture_of(plan, day)
    with translation.override(language):
        return drawing_of(picture, plan.shown, rows)


def tracks_of(drawing):
    return [track for band in drawing.bands for track in band.tracks]


@pytest.fixture
def plan(db):
    return factories.make_trilingual_plan(starts_on=NEW_YEAR, ends_on=NEW_YEARS_EVE)


def test_a_plan_without_dates_is_not_drawn(db):
    plan = factories.make_plan(starts_on=None, ends_on=None)
    factories.make_activity(factories.make_stage(plan))

    assert draw(plan) is None


def test_a_row_that_is_late_runs_on_to_the_day_of_the_picture(plan):
    row = factories.make_activity(factories.make_stage(plan), latest=date(2025, 6, 30))
    factories.make_update(row, as_of=date(2025, 3, 1))

    (track,) = tracks_of(draw(plan, date(2025, 9, 30)))

    assert track.overrun.left == track.bar.right == round(181 / 3.65, 2)
    assert track.overrun.right == round(273 / 3.65, 2)
    assert track.mark == "late"


def test_a_row_in_time_runs_on_nowhere(plan):
    factories.make_activity(factories.make_stage(plan), latest=date(2025, 6, 30))

    (track,) = tracks_of(draw(plan, date(2025, 6, 30)))

    assert track.overrun is None


def test_a_row_done_late_runs_on_to_the_day_on_which_it_was_done(plan):
    row = factories.make_activity(factories.make_stage(plan), latest=date(2025, 6, 30))
    factories.make_update(row, as_of=date(2025, 8, 1), status=ProgressStatus.DONE)

    (track,) = tracks_of(draw(plan, date(2025, 12, 1)))

    assert track.overrun.right == round(213 / 3.65, 2)


def test_nobody_runs_late_in_the_last_picture_of_an_archive(db):
    plan = factories.make_plan(
        starts_on=date(2013, 1, 1), ends_on=None, tracking_ended_on=date(2017, 12, 31)
    )
    factories.make_activity(factories.make_stage(plan), latest=date(2013, 5, 15))

    last, earlier = draw(plan), draw(plan, date(2013, 12, 2))

    assert last.day == date(2017, 12, 31) and last.day_x == 100
    assert [track.overrun for track in tracks_of(last)] == [None]
    assert tracks_of(earlier)[0].overrun is not None


def test_a_moved_deadline_shows_the_printed_one_and_the_slip(plan):
    row = factories.make_activity(factories.make_stage(plan), latest=date(2025, 6, 30))
    factories.make_deadline_change(row, decided_on=date(2025, 3, 1), latest=date(2025, 10, 31))

    (before,) = tracks_of(draw(plan, date(2025, 2, 28)))
    (after,) = tracks_of(draw(plan, date(2025, 3, 1)))

    assert before.slip is None
    assert after.slip.left == before.bar.right
    assert after.slip.right == after.bar.right == round(304 / 3.65, 2)


def test_rings_stand_at_the_end_of_each_period_and_are_full_with_a_report(plan):
    row = factories.make_activity(
        factories.make_stage(plan),
        timeline_kind=TimelineKind.RECURRING,
        recurrence=Recurrence.QUARTER,
    )
    factories.make_update(row, as_of=date(2025, 3, 20))
    factories.make_update(row, as_of=date(2025, 8, 20), status=ProgressStatus.NO_INFORMATION)

    (track,) = tracks_of(draw(plan, date(2025, 9, 30)))

    assert [(ring.x, ring.is_reported) for ring in track.rings.rings] == [
        (round(90 / 3.65, 2), True),
        (round(181 / 3.65, 2), False),
        (round(273 / 3.65, 2), False),
        (100, False),
    ]
    assert (track.rings.left, track.rings.right) == (0, 100)
    assert not track.rings.are_strokes


def test_rings_that_would_touch_become_strokes_and_many_more_a_line(db):
    def rings(last):
        plan = factories.make_plan(starts_on=NEW_YEAR, ends_on=last)
        factories.make_activity(
            factories.make_stage(plan),
            timeline_kind=TimelineKind.RECURRING,
            recurrence=Recurrence.MONTH,
        )
        return tracks_of(draw(plan, date(2025, 5, 1)))[0].rings

    assert not rings(date(2027, 12, 31)).are_strokes
    assert rings(date(2033, 12, 31)).are_strokes and rings(date(2033, 12, 31)).rings
    assert rings(date(2199, 12, 31)).rings == []


def test_what_recurs_from_nobody_knows_when_is_not_drawn(db):
    plan = factories.make_plan(starts_on=None, ends_on=None)
    stage = factories.make_stage(plan)
    again = {"timeline_kind": TimelineKind.RECURRING, "recurrence": Recurrence.QUARTER}
    factories.make_activity(stage, **again)
    told = factories.make_activity(stage, **again)
    factories.make_update(told, as_of=date(2025, 5, 20))

    picture = picture_of(plan, date(2025, 6, 1))
    (track,) = tracks_of(draw(plan, date(2025, 6, 1)))

    assert track.row.activity == told
    # Counted from the quarter of the first report on.
    assert rings_of(track.row, HUNDRED_DAYS).left == 90
    assert not_drawn(picture.rows()).undated == 1


def test_rows_without_dates_headings_and_what_does_not_count_are_counted_not_placed(plan):
    stage = factories.make_stage(plan)
    dated = factories.make_activity(stage, latest=SUMMER)
    factories.make_activity(stage)
    factories.make_activity(stage, kind=RowKind.HEADING, latest=SUMMER)
    factories.make_activity(stage, kind=RowKind.GAP)
    factories.make_activity(stage, latest=SUMMER, origin=Origin.PROPOSED)
    cancelled = factories.make_activity(stage, latest=SUMMER)
    factories.make_update(cancelled, status=ProgressStatus.CANCELLED)

    picture = picture_of(plan, date(2025, 6, 1))

    assert [track.row.activity for track in tracks_of(draw(plan, date(2025, 6, 1)))] == [dated]
    found = not_drawn(picture.rows())
    assert (found.undated, found.cancelled, found.undecided) == (1, 1, 1)


def test_stages_are_bands_that_fade_where_nothing_is_printed(plan):
    by, since, whole, unknown = (
        factories.make_stage(plan, timeline_kind="by", latest=date(2025, 6, 30)),
        factories.make_stage(plan, timeline_kind="permanent", earliest=SUMMER),
        factories.make_stage(plan, timeline_kind="range", earliest=SUMMER, latest=NEW_YEARS_EVE),
        factories.make_stage(plan),
    )
    for stage in (by, since, whole, unknown):
        factories.make_activity(stage, latest=date(2025, 6, 30))

    bands = draw(plan, SUMMER).bands

    half = round(181 / 3.65, 2)
    spans = [(band.span.left, band.span.right) if band.span else None for band in bands]
    assert spans == [(0, half), (half, 100), (half, 100), None]
    fading = [(band.fades_in, band.fades_out) for band in bands]
    assert fading == [(True, False), (False, True), (False, False), (True, True)]


def test_bands_and_rows_stand_below_each_other(plan):
    for _number in range(3):
        stage = factories.make_stage(plan)
        for _row in range(3):
            factories.make_activity(stage, latest=SUMMER)

    drawing = draw(plan, SUMMER)

    edges = [edge for band in drawing.bands for edge in (band.top, band.top + band.height)]
    assert edges == sorted(edges) and edges[-1] < drawing.body_height
    for band in drawing.bands:
        tops = [band.label_y, *(track.label_y for track in band.tracks)]
        assert all(after - before >= 20 for before, after in pairwise(tops))
        assert all(track.y + 8 <= band.top + band.height for track in band.tracks)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_names_and_states_have_room_at_the_narrowest(db, language):
    drawing = draw(long_plan(60), date(2026, 3, 1), language=language)

    places = {track.state_place for track in tracks_of(drawing)}
    assert places >= {"after", "above"}
    for track in tracks_of(drawing):
        x = track.label_x * NARROWEST / 100
        width = text_width(track.label)
        assert (width <= x) if track.is_label_at_end else (x + width <= NARROWEST)
        with translation.override(language):
            state = state_width(track.row.schedule.state)
        state_x = track.state_x * NARROWEST / 100
        if track.state_place == "after":
            assert state_x + state <= NARROWEST
        else:
            assert state_x >= state
        if track.state_place == "above":
            assert x + width + state <= NARROWEST


def test_no_word_of_a_state_takes_half_of_the_drawing():
    for code in LANGUAGE_CODES:
        with translation.override(code):
            assert all(state_width(state) < NARROWEST / 2 for state in ScheduleState), code


def test_rows_stand_stage_by_stage_in_order_of_time_and_the_endless_last(plan):
    first, second = factories.make_stage(plan), factories.make_stage(plan)
    early = factories.make_activity(second, latest=date(2025, 2, 1))
    again = factories.make_activity(
        first, timeline_kind=TimelineKind.RECURRING, recurrence=Recurrence.MONTH
    )
    late = factories.make_activity(first, latest=date(2025, 11, 1))
    soon = factories.make_activity(first, latest=date(2025, 3, 1))

    rows = by_time(picture_of(plan, date(2025, 1, 5)).work)

    assert [row.activity for row in rows] == [soon, late, again, early]


def test_a_short_plan_is_drawn_with_its_rows_at_a_glance_and_a_long_one_without(plan):
    stage = factories.make_stage(plan, timeline_kind="by", latest=SUMMER)
    for _number in range(12):
        factories.make_activity(stage, latest=SUMMER)
    short = overview_of(picture_of(plan), plan.shown)
    factories.make_activity(stage, latest=SUMMER)
    long = overview_of(picture_of(plan), plan.shown)

    assert len(tracks_of(short)) == 12
    assert [band.stage for band in long.bands] == [stage]
    assert not tracks_of(long) and long.bands[0].note.endswith(": 13")


# The page


def page_of(client, plan, query="", language="ru"):
    with translation.override(language):
        address = reverse("council:plan_timeline", args=[plan.slug])
    return client.get(address + query)


def svg_of(page):
    """The drawing as XML: what is not well-formed raises."""
    text = re.search(
        r'<figure class="drawing timeline">\s*(<svg.*?</svg>)\s*<figcap', page.text, re.DOTALL
    )
    return ET.fromstring(text[1])


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_page_draws_its_rows_and_tells_them_in_words(client, db, language):
    plan = furnished_plan(title_ky="План", title_en="Plan", ready_ky=True, ready_en=True)

    page = page_of(client, plan, language=language)

    svg = svg_of(page)
    assert svg.get("role") == "img"
    ids = {element.get("id") for element in svg.iter()}
    assert {svg.get("aria-labelledby"), svg.get("aria-describedby")} <= ids
    assert svg.findtext("title") and svg.findtext("desc").strip()
    parts = plan.parts
    for name in ("meeting", "image", "feedback", "done"):
        assert f"/{language}/plan/furnished/rows/{parts[name].short_id}/" in page.text
    for name in ("cancelled", "undecided", "campaign", "gap", "heading"):
        assert parts[name].short_id not in page.text


def test_no_digit_of_the_drawing_is_written_in_the_manner_of_a_language(client, db):
    plan = furnished_plan()

    svg = svg_of(page_of(client, plan))

    numbers = [
        value
        for element in svg.iter()
        for name, value in element.attrib.items()
        if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "dx", "r")
    ]
    assert len(numbers) > 50
    assert all(re.fullmatch(r"-?\d+(\.\d+)?%?", value) for value in numbers)


def test_hostile_titles_stay_text(client, db):
    title = "</text><script>alert(1)</script>&\"'"
    plan = factories.make_plan(title_ru="План")
    stage = factories.make_stage(plan, title_ru=title)
    factories.make_activity(stage, title_ru=title, latest=SUMMER, timeline_text_ru=title)

    page = page_of(client, plan)

    assert "<script" not in page.text
    svg = svg_of(page)
    texts = ["".join(element.itertext()) for element in svg.iter("text")]
    stage_name, row_name = [text for text in texts if "<script>" in text]
    assert row_name == title and stage_name.endswith(f". {title}")
    assert escape(title) in page.text


def test_foreign_words_are_marked(client, db):
    plan = factories.make_trilingual_plan()
    stage = factories.make_stage(plan, title_ru="Подготовка")
    factories.make_activity(stage, title_ru="Собрать вопросы", latest=SUMMER)

    page = page_of(client, plan, language="en")

    marked = [element for element in svg_of(page).iter() if element.get("lang") == "ru"]
    assert {"".join(element.itertext()) for element in marked} == {"Подготовка", "Собрать вопросы"}
    assert '<span lang="ru">Собрать вопросы</span>' in page.text


def test_another_day_shows_its_picture_and_is_not_indexed(client, db):
    plan = furnished_plan()
    today, then = page_of(client, plan), page_of(client, plan, "?on=2025-04-05")

    assert then.context["drawing"].day == date(2025, 4, 5)
    assert 'content="noindex"' in then.text and 'content="noindex"' not in today.text
    assert then.context["drawing"].day_x != today.context["drawing"].day_x
    assert f"rows/{plan.parts['meeting'].short_id}/?on=2025-04-05" in then.text


def test_a_plan_without_dates_says_so(client, db):
    plan = factories.make_plan(starts_on=None, ends_on=None)
    factories.make_activity(factories.make_stage(plan))

    page = page_of(client, plan)

    assert page.status_code == 200
    assert page.context["drawing"] is None and '<figure class="drawing' not in page.text
    assert page.context["left_out"].undated == 1
    assert reverse("council:plan_table", args=[plan.slug]) in page.text


def test_an_empty_plan_has_a_page(client, db):
    assert page_of(client, factories.make_plan()).status_code == 200


def test_one_stage_can_be_asked_for(client, db):
    plan = long_plan(60)

    page = page_of(client, plan, "?stage=2")

    assert [band.stage.number for band in page.context["drawing"].bands] == [2]
    assert page.context["chosen"].number == 2
    for nonsense in ("?stage=99", "?stage=x", "?stage=", "?stage=%00", "?page=9999999999"):
        assert page_of(client, plan, nonsense).context["chosen"] is None


def test_pages_of_a_long_plan_bring_every_row_once(client, db):
    plan = long_plan(60)
    first = page_of(client, plan)
    seen = []
    for number in range(1, first.context["leaf"].pages + 1):
        page = page_of(client, plan, f"?page={number}")
        drawn = [track.row.activity.pk for track in tracks_of(page.context["drawing"])]
        assert drawn == [row.activity.pk for row in page.context["leaf"].rows]
        seen += drawn

    dated = [
        row for row in plan.rows if row.kind == RowKind.ACTIVITY and row.timeline_kind != "none"
    ]
    assert sorted(seen) == sorted(row.pk for row in dated) and len(seen) > 20
    # Pages can be laid side by side.
    axes = {page_of(client, plan, f"?page={it}").context["drawing"].axis for it in (1, 2)}
    assert len(axes) == 1


@pytest.mark.parametrize("rows", [1, 200])
def test_the_page_is_small_and_asks_little(client, django_assert_max_num_queries, db, rows):
    plan = long_plan(rows)
    pages = (1, 2) if rows > 1 else (1,)
    for number in pages:
        with django_assert_max_num_queries(6):
            page = page_of(client, plan, f"?page={number}")
        assert len(gzip.compress(page.content)) <= 10_240


def test_a_draft_and_its_timeline_are_hidden_from_readers(client, admin_client, db):
    plan = furnished_plan(status="draft", publish_at=None)

    assert page_of(client, plan).status_code == 404
    assert SECRET in page_of(admin_client, plan).text


def test_a_withdrawn_plan_says_why(client, db):
    plan = furnished_plan()
    withdraw(plan, None, {"ru": "Ошибка."})

    page = page_of(client, plan)

    assert page.status_code == 410 and "Ошибка." in page.text
    assert SECRET not in page.text.replace(plan.title_ru, "")


def test_waiting_reports_do_not_show(client, db):
    plan = factories.make_plan()
    row = factories.make_activity(
        factories.make_stage(plan), latest=timezone.localdate() - timedelta(days=5)
    )
    factories.make_update(row, status=Status.DONE, moderation="waiting")

    (track,) = tracks_of(page_of(client, plan).context["drawing"])

    assert (track.row.schedule.state, track.row.updates) == ("unreported", [])


def test_the_drawing_uses_no_style_attribute_and_no_script(client, db):
    page = page_of(client, furnished_plan())

    assert not re.search(r"<[^>]+\sstyle=", page.text)
    assert "<script" not in page.text and "<style" not in page.text
