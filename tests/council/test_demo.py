"""The demonstration of plans, councils and letters: the plan of 2013 is told row by row with every
gap, the invented one shows every state, and all of it goes as it came."""

import datetime
import re
import shutil

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone, translation
from django.utils.html import escape
from modeltranslation.translator import NotRegistered, translator

from council import demo
from council.models import (
    Activity,
    Assessment,
    Body,
    ColumnMeaning,
    DeadlineChange,
    Goal,
    Letter,
    Plan,
    PlanVersion,
    ProgressUpdate,
    SignatoryState,
)
from council.models.plans import LOST_CELLS
from council.picture import picture_of
from council.reading import read_timeline
from council.schedule import ScheduleState
from council.timelines import NO_DATES
from events import demo as events_demo
from library import demo as library_demo
from library.models import Organisation, Person
from mrc_portal.languages import LANGUAGE_CODES, localized
from tests import factories

pytestmark = pytest.mark.django_db

PLAN_OF_2013 = "council-action-plan-2013"
INVENTED_PLAN = "demonstration-plan-2025-2027"

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


# What the plans stand on of library and events: numbers of their files.
OF_THE_SOURCES = {"documents": ["02"], "events": ["02", "05"]}
OF_ALL = {
    "documents": ["02", "06", "07", "11", "12", "13", "15", "16", "17", "18"],
    "events": ["02", "05", "06", "07", "09", "10"],
}


def lay_foundations(settings, tmp_path, monkeypatch, numbers):
    """The demonstrations of library and events, as far as needed: no practices, PDFs, releases."""
    settings.MEDIA_ROOT = tmp_path / "files"

    def ignore(folder, names):
        wanted = numbers.get(folder.rsplit("/", 1)[-1], names)
        return [
            name
            for name in names
            if name in ("practices", "releases")
            or name.endswith(".typ")
            or not name.startswith(tuple(wanted))
        ]

    for room in (library_demo, events_demo):
        shutil.copytree(room.FOLDER, tmp_path / room.__name__, ignore=ignore)
        monkeypatch.setattr(room, "FOLDER", tmp_path / room.__name__)
    library_demo.load()
    events_demo.load()


@pytest.fixture
def foundations(settings, tmp_path, monkeypatch):
    lay_foundations(settings, tmp_path, monkeypatch, OF_ALL)


@pytest.fixture
def loaded(foundations):
    return demo.load()


@pytest.fixture
def invented(loaded):
    return Plan.objects.published().get(slug=INVENTED_PLAN)


@pytest.fixture
def plan_of_2013(settings, tmp_path, monkeypatch):
    """With its councils and its letter; nothing that is invented."""
    lay_foundations(settings, tmp_path, monkeypatch, OF_THE_SOURCES)
    ignore = shutil.ignore_patterns("*-demonstration-*")
    shutil.copytree(demo.FOLDER, tmp_path / "council", ignore=ignore)
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "council")
    demo.load()
    return Plan.objects.published().get(slug=PLAN_OF_2013)


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


def states(plan):
    return [row.schedule.state for row in picture_of(plan).work]


def titled(plan, title):
    return Activity.objects.get(stage__plan=plan, title_en=title)


def every_record():
    """All records of the room, but those that only keep a history."""
    for model in apps.get_app_config("council").get_models():
        if not model.__name__.startswith("Historical"):
            yield from model._base_manager.all()


def translated_fields(record):
    try:
        return translator.get_options_for_model(type(record)).get_field_names()
    except NotRegistered:
        return []


# The plan of 2013


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


def assert_read_as_written(plan):
    """What the parser of the portal makes of the words is what was stored."""
    timed = [*plan.stages.all(), *Activity.objects.filter(stage__plan=plan)]
    timed += DeadlineChange.objects.filter(activity__stage__plan=plan)
    for record in timed:
        for code in LANGUAGE_CODES:
            words = getattr(record, localized("timeline_text", code)) or ""
            assert (read_timeline(words, year=2013) or NO_DATES) == record.timeline, words


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


# Councils and letters


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


def test_the_invented_letter_has_signatories_in_every_state_and_names_no_person(loaded):
    signatories = Letter.objects.get(slug="demonstration-letter").signatories.all()

    assert {it.state for it in signatories} == set(SignatoryState)
    assert not signatories.exclude(person=None).exists()


# The invented plan


@pytest.mark.parametrize("days", [0, 200, -150])
def test_every_state_can_be_seen_in_the_invented_plan_whenever_it_is_loaded(
    foundations, set_clock, days
):
    # Far from the ends of the plan, whatever day it is.
    set_clock(datetime.date(2026, 11, 21) + datetime.timedelta(days=days))

    demo.load()

    plan = Plan.objects.get(slug=INVENTED_PLAN)
    assert set(states(plan)) == set(ScheduleState) - {ScheduleState.FROZEN}


@pytest.mark.parametrize("day", [datetime.date(2025, 3, 1), datetime.date(2031, 1, 1)])
def test_the_invented_plan_loads_even_when_the_clock_is_wrong_or_the_plan_is_over(
    foundations, set_clock, day
):
    set_clock(day)

    assert demo.load().plans == 2
    assert not ProgressUpdate.objects.filter(as_of__gt=day).exists()


def test_something_is_due_soon_for_months_after_the_invented_plan_was_loaded(
    foundations, set_clock
):
    first = datetime.date(2026, 11, 21)
    set_clock(first)
    demo.load()
    plan = Plan.objects.get(slug=INVENTED_PLAN)

    for days in range(0, 121, 10):
        set_clock(first + datetime.timedelta(days=days))
        found = set(states(plan))
        assert {ScheduleState.DUE_SOON, ScheduleState.OVERDUE, ScheduleState.MISSED} <= found, days
        assert {ScheduleState.UNREPORTED, ScheduleState.ON_TIME} <= found, days


def test_the_invented_plan_shows_whatever_can_become_of_a_row(invented):
    reports = ProgressUpdate.objects.filter(activity__stage__plan=invented)
    verdicts = Assessment.objects.filter(update__in=reports.in_force())

    assert {it.verdict for it in verdicts} == {"confirmed", "partly", "not_shown", "contradicted"}
    corrected = reports.get(corrections__isnull=False)
    assert corrected.status == "done"
    assert corrected not in reports.in_force()
    waiting = reports.waiting().get()
    assert waiting.activity.updates.accepted().last().status == "in_progress"
    assert {it.status for it in reports.in_force()} >= {
        *("not_started", "in_progress", "done", "cancelled"),
    }
    moves = DeadlineChange.objects.filter(activity__stage__plan=invented)
    assert sorted(moves.values_list("activity__number", flat=True)) == ["2.1", "2.3", "2.3"]
    rows = Activity.objects.filter(stage__plan=invented)
    assert set(rows.values_list("origin", flat=True)) == {"printed", "suggested", "proposed"}
    assert set(rows.values_list("timeline_kind", flat=True)) == {
        *("none", "by", "within", "range", "permanent", "recurring"),
    }
    assert rows.filter(responsibles__is_yet_to_exist=True).exists()
    amounts = rows.filter(resources__isnull=False).values_list("resources__currency", flat=True)
    assert set(amounts) == {"KGS", "USD", "EUR", ""}
    for row in rows.filter(origin__in=["suggested", "proposed"]):
        assert row.origin_outcome.event in invented.events.all()
    for report in reports:
        assert not report.needs_evidence


def test_what_the_invented_plan_says_of_time_is_read_as_the_portal_reads_it(invented):
    assert_read_as_written(invented)


def test_only_invented_organisations_have_a_part_in_the_invented_plan(invented):
    rows = Activity.objects.filter(stage__plan=invented)
    reports = ProgressUpdate.objects.filter(activity__in=rows)
    named = {*rows.values_list("responsibles__organisation__slug", flat=True)}
    named |= {*reports.values_list("reported_by__slug", flat=True)}

    assert {slug for slug in named if slug} == {
        "tspc-demo",
        "advice-centre-demo",
        "agency-demo",
        "statistics-bureau-demo",
        "legal-clinic-demo",
        "hotline-demo",
    }
    for report in reports.filter(evidence__document__isnull=False):
        assert all(it.document.is_demonstration for it in report.evidence.exclude(document=None))


def test_the_versions_of_the_invented_plan_differ_and_so_does_the_present_plan(invented):
    first, second = invented.versions.order_by("number")

    assert [first.made_on, second.made_on] == [
        datetime.date(2025, 1, 20),
        datetime.date(2026, 1, 15),
    ]
    keys = [{line["key"] for line in it.content["lines"]} for it in (first, second)]
    assert len(keys[0] - keys[1]) == 1  # the calendar
    assert len(keys[1] - keys[0]) == 1  # the hotline
    now = set(Activity.objects.filter(stage__plan=invented).values_list("short_id", flat=True))
    assert len(now - keys[1]) == 2  # suggested and proposed at an event
    changed = [
        (before["title_en"], name)
        for before in first.content["lines"]
        for after in second.content["lines"]
        if before["key"] == after["key"]
        for name in before
        if name.endswith("_en") and before[name] != after[name]
    ]
    assert changed == [
        ("Write a common text for the lesson before departure", "resources_en"),
        ("Write a common text for the lesson before departure", "expected_result_en"),
    ]


# All of it


def test_every_page_opens_in_three_languages_and_says_what_is_invented(client, loaded):
    waiting = ProgressUpdate.objects.waiting().get()
    for code in LANGUAGE_CODES:
        for plan in Plan.objects.all():
            home = f"/{code}/plan/{plan.slug}/"
            addresses = [home, *(f"{home}{page}/" for page in PAGES_OF_A_PLAN)]
            addresses += [f"{home}stages/{number}/" for number in (1, 2, 3)]
            rows = Activity.objects.filter(stage__plan=plan)
            addresses += [f"{home}rows/{row.short_id}/" for row in rows]
            for address in addresses:
                page = client.get(address)
                assert page.status_code == 200, address
                assert ('class="demo"' in page.text) == plan.is_demonstration, address
                assert getattr(waiting, localized("text", code)) not in page.text, address
        for kind, records in (("council", Body.objects.all()), ("letters", Letter.objects.all())):
            for record in records:
                page = client.get(f"/{code}/{kind}/{record.slug}/")
                assert page.status_code == 200
                assert ('class="demo"' in page.text) == record.is_demonstration, record


PAGES_OF_A_PLAN = ["table", "timeline", "organisations", "suggestions", "versions", "versions/1"]


def test_every_record_is_valid_and_complete_in_three_languages(loaded):
    for record in every_record():
        record.full_clean()
        for field in translated_fields(record):
            filled = {
                code for code in LANGUAGE_CODES if getattr(record, localized(field, code), None)
            }
            assert filled in (set(), set(LANGUAGE_CODES)), (record, field)
    for model in (Plan, Body, Letter):
        assert model.objects.published().count() == model.objects.count()
        for record in model.objects.all():
            assert set(record.ready_languages) == set(LANGUAGE_CODES)
            assert not any(record.is_outdated_in(code) for code in LANGUAGE_CODES)


def test_no_person_can_be_named_or_reached(loaded):
    assert not Person.objects.exists()

    for path in demo.FOLDER.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\w.]+@[\w.]+\.\w+", text), path
        assert not re.search(r"\+\d[\d\s()-]{8,}|\b0\d{3}[\s-]?\d{2,3}[\s-]?\d{2,3}", text), path
        # Initials, patronymics, and the Kyrgyz "son of" and "daughter of".
        assert not re.search(r"\b[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\w", text), path
        assert not re.search(r"\b[А-ЯЁ]\w+(?:ович|евич|овна|евна)\b|\b(?:уулу|кызы)\b", text), path


def test_loading_again_adds_nothing_and_removing_leaves_nothing(
    loaded, settings, django_capture_on_commit_callbacks
):
    assert (loaded.plans, loaded.bodies, loaded.letters, loaded.skipped) == (2, 3, 2, [])
    before = {(type(record), record.pk) for record in every_record()}

    again = demo.load()
    assert (again.plans, again.bodies, again.letters, again.others) == (0, 0, 0, 0)
    assert {(type(record), record.pk) for record in every_record()} == before

    with django_capture_on_commit_callbacks(execute=True):
        call_command("load_demo", "--remove")
    assert list(every_record()) == []
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("broken_at", ["publish_version", "_add_report", "_add_stage"])
def test_a_load_that_broke_off_is_completed_by_the_next(foundations, monkeypatch, broken_at):
    def break_off(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, broken_at, break_off)
        with pytest.raises(KeyboardInterrupt):
            demo.load()
    assert not Plan.objects.filter(slug=INVENTED_PLAN).exists()
    demo.load()

    assert (Plan.objects.count(), Letter.objects.count()) == (2, 2)
    assert PlanVersion.objects.count() == 3


def test_what_an_editor_has_made_is_neither_overwritten_nor_removed(foundations):
    own_plan = factories.make_plan(slug=INVENTED_PLAN, title_ru="Свой план")
    own_body = factories.make_body(organisation=Organisation.objects.get(slug="wg"))

    loaded = demo.load()
    letter = factories.make_letter(sender=Body.objects.get(slug="national-council-on-migration"))
    call_command("load_demo", "--remove")

    assert loaded.skipped == [INVENTED_PLAN]
    assert list(Plan.objects.all()) == [own_plan]
    assert own_plan.title_ru == "Свой план"
    assert set(Body.objects.all()) == {own_body, letter.sender}
    assert list(Letter.objects.all()) == [letter]
    # What these name stays, too.
    assert set(Organisation.objects.values_list("slug", flat=True)) >= {"wg", "ncm"}


def test_an_edited_plan_goes_and_one_that_an_editor_has_added_to_stays(invented):
    plan_of_2013 = Plan.objects.get(slug=PLAN_OF_2013)
    plan_of_2013.title_ru = "Правленое название"
    plan_of_2013.save()
    Activity.objects.filter(stage__plan=plan_of_2013).update(note_ru="Правка")
    report = factories.make_update(titled(invented, "Commission an independent evaluation"))

    removed = demo.remove()

    assert list(Plan.objects.all()) == [invented]
    assert invented.stages.count() == 3
    assert list(ProgressUpdate.objects.filter(pk=report.pk)) == [report]
    assert removed == 2 + 1 + 2  # letters, the plan of 2013, its council and working group


def test_a_row_that_an_editor_has_added_holds_the_plan(plan_of_2013):
    own = factories.make_activity(plan_of_2013.stages.get(number=3), title_en="Own row")

    demo.remove()

    assert list(Plan.objects.all()) == [plan_of_2013]
    assert Activity.objects.filter(pk=own.pk).exists()


def test_search_finds_what_was_loaded_and_forgets_what_was_removed(
    foundations, client, search_index, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        demo.load()
    found = client.get("/ru/search/?q=«общий текст занятия перед отъездом»").text
    assert "common-text" not in found
    assert INVENTED_PLAN in found

    with django_capture_on_commit_callbacks(execute=True):
        demo.remove()
    assert INVENTED_PLAN not in client.get("/ru/search/?q=«общий текст занятия»").text
