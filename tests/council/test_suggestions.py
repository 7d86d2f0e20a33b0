"""What was suggested for a plan, where it was said, and what became of it."""

import gzip
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Origin, ProgressStatus
from council.suggestions import Fate
from events.models import EventOutcome
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories
from tests.council.furnished import SECRET, furnished_plan

pytestmark = pytest.mark.django_db


def address_of(plan, language="ru"):
    with translation.override(language):
        return reverse("council:suggestion_list", args=[plan.slug])


def get(client, plan, query="", language="ru"):
    return client.get(address_of(plan, language) + query)


def suggestions(client, plan, **kwargs):
    return get(client, plan, **kwargs).context["leaf"].rows


def outcome(event, kind="suggestion", **fields):
    return EventOutcome.objects.create(event=event, kind=kind, **{"text_ru": "Мысль"} | fields)


@pytest.fixture
def seminar():
    return factories.make_event(slug="seminar", title_ru="Семинар группы")


@pytest.fixture
def plan(seminar):
    return factories.make_plan(events=[seminar])


def test_each_suggestion_says_what_became_of_it(client, plan, seminar):
    stage = factories.make_stage(plan)
    factories.make_activity(stage, title_ru="Обычная строка")
    in_table = factories.make_activity(
        stage, origin_outcome=outcome(seminar, "decision", text_ru="Созвать заседание")
    )
    outside = factories.make_activity(
        stage, origin=Origin.SUGGESTED, origin_note_ru="При представлении этапа"
    )
    undecided = factories.make_activity(stage, origin=Origin.PROPOSED)
    no_row = outcome(seminar, "task", text_ru="Составить список")
    outcome(seminar, "decision", text_ru="Решение без строки")

    page = get(client, plan)

    found = page.context["leaf"].rows
    assert [(it.fate, it.row.activity if it.row else it.outcome) for it in found] == [
        (Fate.UNDECIDED, undecided),
        (Fate.OUTSIDE, outside),
        (Fate.IN_TABLE, in_table),
        (Fate.NO_ROW, no_row),
    ]
    for words in ("При представлении этапа", "Созвать заседание", "Составить список"):
        assert words in page.text
    for words in ("Обычная строка", "Решение без строки"):
        assert words not in page.text
    assert page.text.count(f'href="{seminar.get_absolute_url()}"') == 2


def test_rows_tell_how_they_stand(client, plan):
    stage = factories.make_stage(plan)
    late = factories.make_activity(
        stage, origin=Origin.SUGGESTED, latest=timezone.localdate() - timedelta(days=3)
    )
    off = factories.make_activity(stage, origin=Origin.SUGGESTED)
    factories.make_update(off, status=ProgressStatus.CANCELLED)
    factories.make_update(late, status=ProgressStatus.DONE, moderation="waiting")

    found = {it.row.activity: it.row for it in suggestions(client, plan)}

    assert found[late].schedule.state == "unreported"
    assert found[off].schedule is None and found[off].is_cancelled


def test_a_moved_deadline_counts(client, plan):
    row = factories.make_activity(
        factories.make_stage(plan), origin=Origin.SUGGESTED, latest=date(2025, 6, 30)
    )
    factories.make_deadline_change(row, latest=date(2025, 12, 31))

    (found,) = suggestions(client, plan, query="?on=2025-07-01")

    assert found.row.schedule.timeline.latest == date(2025, 12, 31)


@pytest.mark.parametrize("state", [{"status": "draft", "publish_at": None}, {"happening": "held"}])
def test_events_that_are_not_public_are_not_named(client, state):
    event = factories.make_event(title_ru=f"Встреча {SECRET}", **state)
    plan = factories.make_plan(events=[event])
    said = outcome(event, text_ru="Тайная мысль")
    taken_up = outcome(event, text_ru="Другая тайная мысль")
    stage = factories.make_stage(plan)
    factories.make_activity(stage, origin=Origin.SUGGESTED, origin_outcome=taken_up)
    factories.make_activity(stage, origin_outcome=taken_up)

    page = get(client, plan)

    fates = [it.fate for it in page.context["leaf"].rows]
    if "status" in state:
        assert fates == [Fate.OUTSIDE]
        for words in (SECRET, "Тайная", "тайная", event.slug):
            assert words not in page.text
    else:  # what a public event would show
        assert fates == [Fate.OUTSIDE, Fate.IN_TABLE, Fate.NO_ROW]
        assert SECRET in page.text and said.text_ru in page.text


def test_outcomes_of_events_of_other_plans_do_not_stand_here(client, plan):
    other = factories.make_event()
    outcome(other, text_ru="Чужое")
    factories.make_plan(events=[other])

    page = get(client, plan)

    assert page.context["leaf"].rows == [] and "Чужое" not in page.text


def test_what_became_a_row_of_another_plan_only_is_no_row_of_this_one(client, plan, seminar):
    idea = outcome(seminar)
    other = factories.make_plan(events=[seminar])
    row = factories.make_activity(factories.make_stage(other), origin_outcome=idea)

    (here,), (there,) = suggestions(client, plan), suggestions(client, other)

    assert (here.fate, here.outcome) == (Fate.NO_ROW, idea)
    assert (there.fate, there.row.activity) == (Fate.IN_TABLE, row)


def test_words_in_a_language_that_is_not_ready_are_not_public(client):
    event = factories.make_event()  # ready in Russian alone
    plan = factories.make_trilingual_plan(events=[event])
    outcome(event, text_ru="", text_ky="Жашыруун")
    outcome(event, text_ru="Мысль", text_ky="Ой")

    page = get(client, plan, language="ky")

    assert [it.text for it in page.context["leaf"].rows] == ["Мысль"]
    assert 'lang="ru">Мысль' in page.text and "Жашыруун" not in page.text


def test_a_plan_without_suggestions_says_so_and_leads_on(client, plan):
    factories.make_activity(factories.make_stage(plan))

    page = get(client, plan)

    assert page.context["leaf"].rows == []
    assert reverse("council:plan_table", args=[plan.slug]) in page.text


def test_hostile_words_stay_text(client, plan, seminar):
    hostile = "<script>alert(1)</script>"
    outcome(seminar, text_ru=hostile)
    factories.make_activity(
        factories.make_stage(plan),
        origin=Origin.PROPOSED,
        title_ru=hostile,
        origin_note_ru=hostile,
    )

    page = get(client, plan)

    assert "<script" not in page.text and page.text.count("&lt;script&gt;") == 3


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("query", ["", "?page=9999999", "?page=%00", "?on=0001-01-01"])
def test_the_page_opens_in_every_language_whatever_is_asked(client, language, query):
    plan = furnished_plan(title_ky="План", title_en="Plan", ready_ky=True, ready_en=True)

    page = get(client, plan, query, language)

    assert page.status_code == 200
    assert len(page.context["leaf"].rows) == 2


def test_drafts_are_hidden_and_withdrawn_plans_say_why(client, admin_client):
    plan = furnished_plan()
    withdraw(plan, None, {"ru": "Ошибка."})
    draft = factories.make_plan(status="draft", publish_at=None)

    assert get(client, plan).status_code == 410
    assert get(client, draft).status_code == 404
    assert get(admin_client, draft).status_code == 200


@pytest.mark.parametrize("number", [1, 60])
def test_the_page_is_small_and_asks_little(client, django_assert_max_num_queries, number):
    events = [factories.make_event(title_ru="Круглый стол " * 9) for _number in range(3)]
    plan = factories.make_plan(events=events)
    stage = factories.make_stage(plan)
    for place in range(number):
        said = outcome(events[place % 3], text_ru=f"Предложение номер {place} " * 8)
        row = factories.make_activity(
            stage,
            origin=[Origin.SUGGESTED, Origin.PROPOSED][place % 2],
            origin_outcome=said,
            title_ru=f"Строка номер {place} " * 9,
            latest=date(2025, 6, 30),
        )
        if row.is_work:
            factories.make_update(row)
        factories.make_deadline_change(row)
        outcome(events[place % 3], text_ru=f"Ещё одна мысль {place} " * 9)

    for query in ("", "?page=2"):
        with django_assert_max_num_queries(5):
            page = get(client, plan, query)
        assert len(gzip.compress(page.content)) <= 10_240
