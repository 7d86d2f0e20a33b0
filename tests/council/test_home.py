"""The plan on the front page, in the menus and in what crawlers are told."""

import gzip
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from council.front_page import read_plan
from council.picture import picture_of, progress_of, ranked
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories

pytestmark = pytest.mark.django_db


def band(client):
    return client.get(reverse("home")).context["plan"]


def days(number):
    return timezone.localdate() + timedelta(days=number)


def furnish(plan):
    """Rows in many states, with everything that decides about one."""
    stage = factories.make_stage(plan, timeline_kind="by", latest=days(400))
    ended = factories.make_stage(plan, timeline_kind="by", latest=days(-40))
    factories.make_activity(stage, kind="heading")
    factories.make_activity(stage, kind="gap")
    factories.make_activity(stage, origin="proposed", latest=days(-5))
    factories.make_activity(stage, origin="suggested")
    factories.make_activity(ended)
    late = factories.make_activity(stage, latest=days(-10))
    factories.make_update(late, as_of=days(-50))
    factories.make_activity(stage, latest=days(-10))
    factories.make_activity(stage, latest=days(10), kind="step", parent=late)
    moved = factories.make_activity(stage, latest=days(-10))
    factories.make_deadline_change(moved, decided_on=days(-20), latest=days(90))
    factories.make_deadline_change(moved, decided_on=days(-20), latest=days(100))
    done = factories.make_activity(stage, latest=days(-10))
    factories.make_update(done, as_of=days(-12), status="done")
    again = factories.make_activity(stage, latest=days(-10))
    factories.make_update(again, as_of=days(-30), status="done")
    factories.make_update(again, as_of=days(-30), status="in_progress")
    cancelled = factories.make_activity(stage, latest=days(-10))
    factories.make_update(cancelled, as_of=days(-30), status="cancelled")
    corrected = factories.make_activity(stage, latest=days(-10))
    wrong = factories.make_update(corrected, as_of=days(-30), status="done")
    factories.make_update(corrected, as_of=days(-30), status="not_started", corrects=wrong)
    waiting = factories.make_activity(stage, latest=days(-10))
    factories.make_update(waiting, as_of=days(-12), status="done", moderation="waiting")
    silent = factories.make_activity(stage, latest=days(-10))
    factories.make_update(silent, as_of=days(-12), status="no_information")
    factories.make_activity(
        stage, timeline_kind="recurring", recurrence="quarter", earliest=days(-300)
    )
    permanent = factories.make_activity(stage, timeline_kind="permanent", earliest=days(-300))
    factories.make_update(permanent, as_of=days(-250), status="done")


def test_the_band_counts_as_the_pages_of_the_plan_do():
    plan = factories.make_plan(starts_on=days(-400), ends_on=days(400))
    furnish(plan)
    furnish(factories.make_plan(starts_on=days(-500)))

    shown = read_plan()

    work = picture_of(plan).work
    assert shown.plan.slug == plan.slug
    assert len(work) > 10
    assert shown.counts == ranked(row.schedule.state for row in work)
    assert len(shown.counts) > 6
    assert shown.progress == progress_of(work)


def test_each_count_leads_to_its_rows_and_stands_beside_how_much_was_reported(client):
    plan = factories.make_trilingual_plan(starts_on=days(-400))
    furnish(plan)

    for code in LANGUAGE_CODES:
        page = client.get(f"/{code}/")
        shown = page.context["plan"]
        for state, number in shown.counts:
            address = f"/{code}/plan/{plan.slug}/table/?state={state.value}"
            assert page.text.count(f'href="{address}"') == 1
            assert client.get(address).status_code == 200
            assert f"{number}<span" in page.text
        reported, share = re.search(
            r'<p class="band__note"><b>([^<]*)</b>([^<]*)</p>', page.text
        ).groups()
        progress = shown.progress
        counts = {str(progress.reported), str(progress.total)}
        assert set(re.findall(r"\d+", reported)) == counts
        assert str(progress.percent) in re.findall(r"\d+", share)
        # Every shape that is used is there once.
        used = set(re.findall(r'<use href="#([\w-]+)"', page.text))
        assert used
        assert {page.text.count(f'id="{mark}"') for mark in used} == {1}


def test_the_newest_plan_that_is_tracked_is_told_of(client):
    factories.make_plan(starts_on=days(-700))
    running = factories.make_plan(starts_on=days(-300))
    factories.make_plan(starts_on=days(-200), tracking_ended_on=days(-1))
    factories.make_plan(starts_on=days(-100), status="draft", publish_at=None)
    factories.make_plan(starts_on=days(-100), publish_at=timezone.now() + timedelta(hours=1))

    assert band(client).plan.slug == running.slug


def test_an_archive_is_no_news_but_leads_to_itself(client):
    plan = factories.make_plan(starts_on=date(2013, 1, 1), tracking_ended_on=date(2017, 12, 31))
    factories.make_activity(factories.make_stage(plan), latest=date(2014, 1, 1))

    page = client.get(reverse("home"))

    assert page.context["plan"].counts == []
    assert f'href="{plan.get_absolute_url()}"' in page.text
    assert "state=" not in page.text


def test_without_a_plan_there_is_no_band(client):
    plan = factories.make_plan(title_ru="Ещётайна")
    withdraw(plan, None, {"ru": "Ошибка"})

    page = client.get(reverse("home"))

    assert page.context["plan"] is None
    assert "Ещётайна" not in page.text


def test_a_plan_without_rows_says_only_its_name(client):
    plan = factories.make_plan(title_ru='"><script>alert(1)</script>', is_demonstration=True)

    page = client.get("/ky/")

    assert page.context["plan"].counts == []
    assert "<script>" not in page.text
    assert f'/ky/plan/{plan.slug}/" lang="ru"' in page.text
    assert 'class="demo"' in page.text


@pytest.mark.parametrize("rows", [1, 200])
def test_the_front_page_stays_within_its_budget(client, django_assert_max_num_queries, rows):
    plan = factories.make_trilingual_plan(
        title_ru="План действий по защите прав трудящихся-мигрантов и членов их семей"
    )
    furnish(plan)
    stage = plan.stages.first()
    for number in range(rows):
        factories.make_update(factories.make_activity(stage, latest=days(number - 100)))
    for number in range(6):
        document = factories.make_trilingual_document(topics=[factories.make_topic()])
        factories.make_file(document)
        event = factories.make_planned_event(
            starts_on=days(number), happening="cancelled", happening_reason_ru="Карантин"
        )
        factories.make_trilingual_press_release(events=[event])
        guide = factories.make_trilingual_document(kind="guide")
        factories.make_file(guide)
    practice = factories.make_trilingual_document(kind="best_practice")
    practice.countries.add(factories.get_country("NP"))
    factories.make_practice(document=practice)

    for code in LANGUAGE_CODES:
        with django_assert_max_num_queries(8):
            page = client.get(f"/{code}/")
        assert len(gzip.compress(page.content)) <= 10_000
    assert page.context["newest"].document_count == 12
    assert page.context["newest"].practice_count == 1
    assert len(page.context["newest"].documents) == 5


def test_practices_are_counted_in_a_library_without_texts(client):
    factories.make_practice()

    newest = client.get(reverse("home")).context["newest"]

    assert (newest.documents, newest.document_count, newest.practice_count) == ([], 0, 1)


# Menus


def marked(client, address):
    page = client.get(address)
    assert page.status_code == 200, address
    return re.findall(r'<li><a href="([^"]+)" aria-current="page">', page.text)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_of_the_rooms_marks_its_place_in_the_menus(client, language):
    organisation = factories.make_organisation()
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan))
    factories.make_responsible(row, organisation=organisation)
    own = plan.get_absolute_url()
    body, letter = factories.make_body(), factories.make_letter()

    plans = [
        reverse("council:plan_list"),
        own,
        f"{own}table/",
        f"{own}timeline/",
        f"{own}stages/1/",
        row.get_absolute_url(),
        f"{own}organisations/",
        f"{own}organisations/{organisation.slug}/",
        f"{own}suggestions/",
        f"{own}versions/",
    ]
    bodies = [reverse("council:body_list"), body.get_absolute_url()]
    letters = [reverse("council:letter_list"), letter.get_absolute_url()]
    for room, addresses, times in (
        ("plan", plans, 2),
        ("council", bodies, 1),
        ("letters", letters, 1),
    ):
        for address in addresses:
            found = marked(client, address.replace("/ru/", f"/{language}/"))
            assert found == [f"/{language}/{room}/"] * times, address


def test_every_page_leads_to_plans_councils_and_letters(client):
    for code in LANGUAGE_CODES:
        for path in ("", "about/", "nowhere/"):
            page = client.get(f"/{code}/{path}").text
            for room in ("plan", "council", "letters"):
                assert f'href="/{code}/{room}/"' in page, (code, path, room)


# Crawlers


def test_crawlers_find_plans_but_no_filters_other_days_or_diffs(client):
    robots = client.get("/robots.txt").text.splitlines()

    # Filters, other days and pairs of versions all stand in the query of an address.
    assert "Disallow: /*?" in robots
    for code in LANGUAGE_CODES:
        assert f"Disallow: /{code}/plan/*/changes/" in robots
    forbidden = [line.removeprefix("Disallow: ") for line in robots if line.startswith("Disallow")]
    for path in ("/ru/plan/", "/ru/plan/plan-1/", "/ky/council/", "/en/letters/letter-1/"):
        assert not any(path.startswith(it) for it in forbidden), path
