"""A state of a plan's rows is a line in council/schedule/states.py. Whoever adds one is told here
what it still lacks."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from council.models import Verdict
from council.schedule import STATE_MARKS, STATUS_MARKS, ProgressStatus, ScheduleState
from council.schedule.sentences import EXPLANATIONS, STATE_RULES
from council.templatetags.council_tags import state_mark, status_mark, verdict_mark
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

STATES = [
    *((it, status_mark) for it in ProgressStatus),
    *((it, state_mark) for it in ScheduleState),
    *((it, verdict_mark) for it in Verdict),
]
SHAPES = (settings.BASE_DIR / "templates/council/_state_symbols.html").read_text()
EVERY_STATE = pytest.mark.parametrize(
    ("state", "marked"), STATES, ids=[f"{type(it).__name__}-{it.value}" for it, _tag in STATES]
)


@EVERY_STATE
def test_a_state_has_a_name_in_every_language_and_a_shape(state, marked):
    names = {}
    for code in LANGUAGE_CODES:
        with translation.override(code):
            names[code] = str(state.label)

    html = marked(state)

    assert names["en"] not in (names["ky"], names["ru"]), f"translate {names['en']!r} in locale/"
    assert str(state.label) in html
    (shape,) = re.findall(r'href="#s-(\w+)"', html)
    assert f'id="s-{shape}"' in SHAPES, "templates/council/_state_symbols.html"


def test_every_state_of_a_schedule_is_explained():
    for told in (STATE_RULES, EXPLANATIONS):
        assert [it for it in ScheduleState if it not in told] == [], "council/schedule/sentences.py"


def test_every_state_has_its_shape_and_its_badge():
    for states, marks in ((ScheduleState, STATE_MARKS), (ProgressStatus, STATUS_MARKS)):
        assert [it for it in states if it not in marks] == [], "council/schedule/states.py"
    styles = (settings.BASE_DIR / "static/admin/council.css").read_text()
    plain = [it.value for it in ScheduleState if f".badge--{it.value}" not in styles]
    assert plain == [], "how the editors' lists show it: static/admin/council.css"


@pytest.mark.django_db
@pytest.mark.parametrize("status", ProgressStatus)
def test_what_was_reported_is_shown_found_and_taken_along(client, status):
    plan = factories.make_plan(starts_on=date(2025, 1, 1), ends_on=date(2099, 12, 31))
    stage = factories.make_stage(plan)
    row = factories.make_activity(stage)
    other = factories.make_activity(stage)
    factories.make_update(row, status=status)
    another = next(it for it in ProgressStatus if it not in (status, "no_information"))
    factories.make_update(other, status=another)

    page = client.get(row.get_absolute_url())
    table = client.get(reverse("council:plan_table", args=[plan.slug]), {"status": status})
    lines = client.get(f"{plan.get_absolute_url()}plan.json").json()["lines"]

    assert str(status.label) in page.text
    (block,) = table.context["table"].blocks
    assert [line.row.activity for line in block.lines] == [row]
    told = "" if status == ProgressStatus.NO_INFORMATION else status
    assert [it["status"] for it in lines if it["key"] == row.short_id] == [told]
