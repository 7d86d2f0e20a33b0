"""The plan of 2013 in the demonstration: row by row as it was printed, with every gap; its council
and its letter."""

import datetime

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.html import escape

from council.models import (
    Activity,
    Body,
    ColumnMeaning,
    Goal,
    Letter,
    ProgressUpdate,
)
from council.models.plans import LOST_CELLS
from council.picture import picture_of
from council.schedule import ScheduleState
from mrc_portal.languages import LANGUAGE_CODES, localized
from tests.council.demonstration import (
    PLAN_OF_2013,
    assert_read_as_written,
    load_plan_of_2013,
    states,
    titled,
)

pytestmark = pytest.mark.django_db


LOST, EMPTY = "?", "—"

# The rows as they were handed down: number, activity, timeline, responsible, resources, the last
# column. "?" is lost, "—" is empty; a heading has no cells, and un-numbered rows no number.
RECOMMENDATIONS = (
    "Developing recommendations on introducing amendments into sectoral programs on "
    "implementation of the SDS; Discussion; Publication"
)
STAGE_1 = [
    ("1–3", LOST, LOST, LOST, LOST, LOST),
    (
        LOST,
        "… information campaign (website, press-conference, etc.)",
        LOST,
        LOST,
        "10,000",
        LOST,
    ),
    (
        "5",
        "First Meeting of the Council",
        "By May 15",
        EMPTY,
        "USD 5,000",
        "Approved Plan of Action of the Council",
    ),
    ("6", "Developing the Strategy and fundraising", EMPTY, EMPTY, EMPTY, EMPTY),
    (
        EMPTY,
        "develop the list of persons who would sign the Letter to the President",
        EMPTY,
        EMPTY,
        EMPTY,
        EMPTY,
    ),
    (
        EMPTY,
        "organize network discussion on necessity of establishment of the NCM",
        EMPTY,
        EMPTY,
        EMPTY,
        EMPTY,
    ),
]
STAGE_2 = [
    (
        "1",
        "Revision of the migration legislation, migration policy and analysis of the situation",
    ),
    ("1.1", "Selecting a Working Group to make revision", LOST, LOST, LOST, LOST),
    ("1.2 … 2.x", LOST, LOST, LOST, LOST, LOST),
    ("3", "… implementation"),
    (
        "3.1",
        RECOMMENDATIONS,
        "September 2013",
        "NCM",
        "USD 5,000",
        EMPTY,
    ),
    ("4", "Pubic Relation"),
    ("4.1", "Creating NCM image", "May 2013 - permanently", "NCM", EMPTY, EMPTY),
    ("4.2", "Developing strategy on creating image of the NCM", EMPTY, EMPTY, EMPTY, EMPTY),
    (EMPTY, "Establishing a PR group", EMPTY, EMPTY, EMPTY, EMPTY),
    (EMPTY, "Website", EMPTY, EMPTY, EMPTY, EMPTY),
    (EMPTY, "Roundtables", EMPTY, EMPTY, EMPTY, EMPTY),
    (EMPTY, "Participation in other conferences", EMPTY, "TSPC", EMPTY, EMPTY),
    (EMPTY, "Getting feedback", "Once a quarter", "NCM", EMPTY, EMPTY),
    (EMPTY, "Meeting with Big Public Council, with the Platform", EMPTY, EMPTY, EMPTY, EMPTY),
    (
        EMPTY,
        "Information materials (press releases, booklets, etc.)",
        EMPTY,
        EMPTY,
        EMPTY,
        EMPTY,
    ),
]
# A gap has the number "1–3" as printed, or none.
GOALS = {
    1: [
        ("1–3", LOST),
        ("4", "Approving the Action Plan"),
        ("", "Contacting migrant organizations"),
        ("5", "Involving donors"),
        ("6", "'National Council on Migration (NCM)' – is a real body in the migration field"),
        ("7", "Package of tools"),
    ],
    2: [
        ("1", "Revision of legislation"),
        ("2", "Statistics"),
        ("3", "Public event – National Report on Migration Situation"),
        ("4", "Package of documents to the government strategy"),
        ("5", "Initiating Parliament hearings"),
        ("6", "Recognition of the Council"),
        (
            "7",
            "Update the Action Plan and identify the issues and level of work of the Council",
        ),
    ],
    3: [
        ("1", "'Normal' Migration Policy is adopted and is being implemented"),
        ("", LOST),
    ],
}


@pytest.fixture(scope="module")
def plan_of_2013(kept_for_module, tmp_path_factory):
    """Loaded once for all these tests."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch, override_settings(MEDIA_ROOT=folder / "files"):
        translation.activate(settings.LANGUAGE_CODE)
        yield load_plan_of_2013(folder, patch)


@pytest.fixture
def set_clock(monkeypatch):
    def set_clock(day):
        moment = datetime.datetime.combine(day, datetime.time(10), datetime.UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock


def in_order(stage):
    """The rows of a stage as they stand below one another."""
    found = next(it for it in picture_of(stage.plan).stages if it.stage == stage)
    return [row.activity for row in found.rows()]


def as_printed(row):
    """A row in the shorthand of the tables above."""
    number = LOST if row.is_number_lost else row.number or EMPTY
    title = row.printed_title or row.title_en
    text = f"{'… ' if row.is_lost_before else ''}{title}" if title else LOST
    if row.kind == "heading":
        return (number, text)
    cells = [cell(row, field) for field in ("timeline_text", "responsible_text", "resources_text")]
    return (number, text, *cells, last_column(row))


def cell(row, field):
    return LOST if getattr(row, LOST_CELLS[field]) else getattr(row, f"{field}_en") or EMPTY


def last_column(row):
    if row.stage.columns.filter(meaning=ColumnMeaning.EXPECTED_RESULT).exists():
        return cell(row, "expected_result")
    assert not row.expected_result_en
    extra = row.extra_cells.first()
    return LOST if extra and extra.is_lost else (extra and extra.text_en) or EMPTY


def test_the_rows_of_2013_stand_as_they_were_printed_with_every_gap(plan_of_2013):
    assert [
        [as_printed(row) for row in in_order(stage)]
        for stage in plan_of_2013.stages.order_by("number")
    ] == [STAGE_1, STAGE_2, []]


def test_the_goals_of_2013_stand_as_they_were_printed_with_every_gap(plan_of_2013):
    goals = Goal.objects.filter(stage__plan=plan_of_2013).order_by("stage__number", "position")

    assert [
        (goal.stage.number, goal.number, LOST if goal.is_gap else goal.title_en) for goal in goals
    ] == [(stage, *goal) for stage, rows in GOALS.items() for goal in rows]
    assert [goal.title_en for goal in goals if goal.is_placement_uncertain] == [
        "Contacting migrant organizations"
    ]


def test_kind_place_and_origin_of_the_rows_of_2013_are_kept(plan_of_2013):
    rows = Activity.objects.filter(stage__plan=plan_of_2013)

    assert [row.number for row in rows.filter(kind="heading").order_by("position")] == [
        *("1", "3", "4")
    ]
    assert [row.number for row in rows.filter(kind="gap")] == ["1–3", "1.2 … 2.x"]
    assert titled(plan_of_2013, "Selecting a Working Group to make revision").parent.number == "1"
    under = titled(plan_of_2013, "Developing strategy on creating image of the NCM")
    assert [row.kind for row in under.children.all()] == ["step"] * 7
    assert under.parent.printed_title == "Pubic Relation"
    assert under.parent.title_en == "Public relations"
    assert list(rows.exclude(printed_title="")) == [under.parent]
    campaign = rows.get(is_number_lost=True)
    assert (campaign.inferred_number, campaign.is_lost_before) == ("4", True)
    suggested = rows.filter(origin="suggested").order_by("position")
    assert [row.title_en.split()[0] for row in suggested] == ["develop", "organize"]
    for row in suggested:
        assert row.origin_note_en
        assert row.origin_outcome.event.slug == "working-group-seminar-2013"
        assert row.origin_outcome.kind == "task"
    assert not rows.filter(origin="proposed").exists()


def test_the_stages_of_2013_say_what_is_there_and_what_is_still_to_come(plan_of_2013):
    stages = plan_of_2013.stages.order_by("number")

    assert [
        (stage.timeline_text_en or "", stage.timeline_kind, stage.goals_state, stage.table_state)
        for stage in stages
    ] == [
        ("", "none", "partial", "partial"),
        ("by December 31, 2013", "by", "complete", "partial"),
        ("2014–2017", "range", "partial", "pending"),
    ]
    assert stages[1].latest == datetime.date(2013, 12, 31)
    assert (stages[2].earliest, stages[2].latest, stages[2].time_precision) == (
        datetime.date(2014, 1, 1),
        datetime.date(2017, 12, 31),
        "year",
    )
    assert stages[2].pending_on_organisation.slug == "rce"
    assert "Protocol" in stages[2].note_en
    assert all(getattr(stage, f"note_{code}") for stage in stages for code in LANGUAGE_CODES)
    assert not any(stage.title_en for stage in stages)


def test_the_columns_of_2013_keep_their_headings_and_the_lack_of_them(plan_of_2013):
    one, two, three = plan_of_2013.stages.order_by("number")

    assert [(it.meaning, it.heading_state) for it in one.columns.all()] == [
        (meaning, "lost")
        for meaning in (
            *("number", "activity", "timeline", "responsible", "resources", "expected_result"),
        )
    ]
    assert [(it.heading_en, it.heading_state) for it in two.columns.all()] == [
        ("No", "printed"),
        ("Activities", "printed"),
        ("Timeline", "printed"),
        ("Responsible", "printed"),
        ("Resources", "printed"),
        (None, "unnamed"),
    ]
    # Nobody knows what an unnamed column holds.
    assert two.columns.last().meaning == "other"
    assert not three.columns.exists()


def test_what_the_time_column_of_2013_says_is_read_as_the_portal_reads_it(plan_of_2013):
    rows = Activity.objects.filter(stage__plan=plan_of_2013)
    timed = rows.exclude(timeline_kind="none").order_by("stage", "position")

    assert [
        (
            row.timeline_text_en,
            row.timeline_kind,
            row.earliest and row.earliest.isoformat(),
            row.latest and row.latest.isoformat(),
            row.time_precision,
            row.recurrence,
            row.is_year_inferred,
        )
        for row in timed
    ] == [
        ("By May 15", "by", None, "2013-05-15", "day", "", True),
        ("September 2013", "within", "2013-09-01", "2013-09-30", "month", "", False),
        ("May 2013 - permanently", "permanent", "2013-05-01", None, "month", "", False),
        ("Once a quarter", "recurring", None, None, "day", "quarter", False),
    ]
    assert_read_as_written(plan_of_2013)


def test_who_is_to_do_it_and_with_what_is_kept_in_2013_and_nothing_is_added(plan_of_2013):
    rows = Activity.objects.filter(stage__plan=plan_of_2013)

    assert {
        row.title_en: [(it.organisation.slug, it.is_yet_to_exist) for it in row.responsibles.all()]
        for row in rows.filter(responsibles__isnull=False)
    } == {
        RECOMMENDATIONS: [("ncm", True)],
        "Creating NCM image": [("ncm", True)],
        "Participation in other conferences": [("tspc", False)],
        "Getting feedback": [("ncm", True)],
    }
    assert {
        row.title_en: [(it.amount, it.currency) for it in row.resources.all()]
        for row in rows.filter(resources__isnull=False)
    } == {
        "information campaign (website, press-conference, etc.)": [(10000, "")],
        "First Meeting of the Council": [(5000, "USD")],
        RECOMMENDATIONS: [(5000, "USD")],
    }


def test_the_plan_of_2013_is_an_archive_without_reports_that_accuses_nobody(
    plan_of_2013, set_clock
):
    assert plan_of_2013.is_archive
    assert not plan_of_2013.is_demonstration
    assert states(plan_of_2013) == [ScheduleState.FROZEN] * 16
    assert not ProgressUpdate.objects.filter(activity__stage__plan=plan_of_2013).exists()
    # The day from which it runs is not stated.
    assert plan_of_2013.starts_on is None

    set_clock(timezone.localdate() + datetime.timedelta(days=3000))
    assert states(plan_of_2013) == [ScheduleState.FROZEN] * 16

    day = datetime.date(2013, 12, 2)
    late = picture_of(plan_of_2013, day)
    assert {
        row.activity.title_en for row in late.work if row.schedule.state == ScheduleState.UNREPORTED
    } == {"First Meeting of the Council", RECOMMENDATIONS}


def test_the_plan_of_2013_tells_where_it_comes_from(plan_of_2013):
    version = plan_of_2013.versions.get()

    assert plan_of_2013.source_document.slug == "working-group-seminar-report"
    assert [event.slug for event in plan_of_2013.events.all()] == ["working-group-seminar-2013"]
    assert plan_of_2013.council.organisation.slug == "ncm"
    assert plan_of_2013.drawn_up_by.organisation.slug == "wg"
    # Of the seminar no more than the month is known.
    with translation.override("en"):
        assert str(version.made) == "January 2013"
    assert len(version.content["lines"]) == 3 + 15 + 21


def test_readers_find_every_word_of_2013_on_the_pages_of_the_stages(plan_of_2013, client):
    for language in LANGUAGE_CODES:
        for stage in plan_of_2013.stages.exclude(number=3):
            address = f"/{language}/plan/{PLAN_OF_2013}/stages/{stage.number}/"
            page = client.get(address).text
            assert 'class="demo"' not in page
            titles = stage.rows.exclude(kind="gap").values_list(
                localized("title", language), flat=True
            )
            assert len(titles) == {1: 5, 2: 14}[stage.number]
            for title in titles:
                assert escape(title) in page


def test_the_council_says_that_nobody_knows_whether_it_was_founded(plan_of_2013):
    council = Body.objects.get(slug="national-council-on-migration")
    group = Body.objects.get(slug="working-group-on-the-council")

    assert (council.kind, council.existence, council.founded) == ("council", "unknown", None)
    assert len(council.tasks_en.splitlines()) == 3
    assert council.is_task_list_cut_off
    assert not council.memberships.exists()
    assert group.parent == council
    assert group.series.events.count() == 2
    assert [
        (it.role, it.organisation and it.organisation.slug) for it in group.memberships.all()
    ] == [("chair", None), ("member", "tspc")]


def test_the_letter_of_2013_has_its_tasks_and_no_signatory_and_no_invented_day(plan_of_2013):
    letter = Letter.objects.get(slug="letter-to-the-president-2013")

    assert (letter.state, letter.sent_on, letter.answered_on) == ("unknown", None, None)
    assert letter.event.slug == "working-group-seminar-2013"
    assert [(task.who_en, task.organisation_id is not None) for task in letter.tasks.all()] == [
        ("four participants", False),
        ("one member of its staff", True),
        ("those who finish the text", False),
    ]
    assert not letter.signatories.exists()
    assert letter.open_questions_en
    version = letter.versions.get()
    assert (version.text_en or "", version.is_final) == ("", False)
