"""The demonstration of plans comes whole, whatever the clock says and even after a break, and goes
without a trace."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from council import demo
from council.models import (
    Activity,
    Body,
    Letter,
    Plan,
    PlanVersion,
    ProgressUpdate,
)
from council.schedule import ScheduleState
from library.models import Organisation
from tests import factories
from tests.council.demonstration import (
    INVENTED_PLAN,
    OF_ALL,
    PLAN_OF_2013,
    every_record,
    lay_foundations,
    load_plan_of_2013,
    states,
    titled,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def foundations(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    lay_foundations(tmp_path, monkeypatch, OF_ALL)


@pytest.fixture
def plan_of_2013(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    return load_plan_of_2013(tmp_path, monkeypatch)


@pytest.fixture
def loaded(foundations):
    return demo.load()


@pytest.fixture
def invented(loaded):
    return Plan.objects.published().get(slug=INVENTED_PLAN)


@pytest.fixture
def set_clock(monkeypatch):
    def set_clock(day):
        moment = datetime.datetime.combine(day, datetime.time(10), datetime.UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock


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
