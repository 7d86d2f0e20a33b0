"""The demonstration of plans for tests: on what it needs of the library and of events."""

import shutil

from django.apps import apps

from council import demo
from council.models import (
    Activity,
    DeadlineChange,
    Plan,
)
from council.picture import picture_of
from council.reading import read_timeline
from council.timelines import NO_DATES
from events import demo as events_demo
from library import demo as library_demo
from mrc_portal.languages import LANGUAGE_CODES, localized

PLAN_OF_2013 = "council-action-plan-2013"
INVENTED_PLAN = "demonstration-plan-2025-2027"

# What the plans stand on of library and events: numbers of their files.
OF_THE_SOURCES = {"documents": ["02"], "events": ["02", "05"]}
OF_ALL = {
    "documents": ["02", "06", "07", "11", "12", "13", "15", "16", "17", "18"],
    "events": ["02", "05", "06", "07", "09", "10"],
}


def lay_foundations(folder, patch, numbers):
    """The demonstrations of library and events, as far as needed: no practices, PDFs, releases."""

    def ignore(below, names):
        wanted = numbers.get(below.rsplit("/", 1)[-1], names)
        return [
            name
            for name in names
            if name in ("practices", "releases")
            or name.endswith(".typ")
            or not name.startswith(tuple(wanted))
        ]

    for room in (library_demo, events_demo):
        shutil.copytree(room.FOLDER, folder / room.__name__, ignore=ignore)
        patch.setattr(room, "FOLDER", folder / room.__name__)
    library_demo.load()
    events_demo.load()


def states(plan):
    return [row.schedule.state for row in picture_of(plan).work]


def titled(plan, title):
    return Activity.objects.get(stage__plan=plan, title_en=title)


def every_record():
    """All records of the room, but those that only keep a history."""
    for model in apps.get_app_config("council").get_models():
        if not model.__name__.startswith("Historical"):
            yield from model._base_manager.all()


def load_plan_of_2013(folder, patch):
    """With its councils and its letter; nothing that is invented."""
    lay_foundations(folder, patch, OF_THE_SOURCES)
    ignore = shutil.ignore_patterns("*-demonstration-*")
    shutil.copytree(demo.FOLDER, folder / "council", ignore=ignore)
    patch.setattr(demo, "FOLDER", folder / "council")
    demo.load()
    return Plan.objects.published().get(slug=PLAN_OF_2013)


def assert_read_as_written(plan):
    """What the parser of the portal makes of the words is what was stored."""
    timed = [*plan.stages.all(), *Activity.objects.filter(stage__plan=plan)]
    timed += DeadlineChange.objects.filter(activity__stage__plan=plan)
    for record in timed:
        for code in LANGUAGE_CODES:
            words = getattr(record, localized("timeline_text", code)) or ""
            assert (read_timeline(words, year=2013) or NO_DATES) == record.timeline, words
