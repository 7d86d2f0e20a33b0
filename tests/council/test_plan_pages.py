"""The pages of plans, through their addresses: in three languages, for a reader and for an editor,
whatever is typed into them, and nothing of a draft at any of them."""

import gzip
import html
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Completeness, Plan, RowKind
from council.schedule import ScheduleState
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FormerSlug, Status, withdraw
from tests import factories
from tests.council.furnished import SECRET, furnished_plan, long_plan

pytestmark = pytest.mark.django_db

MOST_BYTES = 10_240
HOSTILE = "\"'><script>alert(1)</script><!-- ]]> {{ 7 }} {% now 'Y' %}"
TODAY = date(2026, 2, 1)


@pytest.fixture
def today(monkeypatch):
    """1 February 2026."""
    monkeypatch.setattr("council.models.plans.timezone.localdate", lambda: TODAY)
    return TODAY


def pages_of(plan):
    """All addresses of a plan that this room's pages are at, by name, in the active language."""
    row = plan.stages.first().rows.exclude(kind=RowKind.GAP).first()
    parts = [("council:" + name, [plan.slug]) for name in ("plan_detail", "plan_table")]
    organisation = row.responsibles.first()
    return {
        **{name: reverse(name, args=args) for name, args in parts},
        "organisations": reverse("council:plan_organisations", args=[plan.slug]),
        "organisation": reverse(
            "council:plan_organisation",
            args=[plan.slug, organisation.organisation.slug if organisation else "ncm"],
        ),
        "stage": reverse("council:stage_detail", args=[plan.slug, 1]),
        "row": row.get_absolute_url(),
        "permanent": plan.get_permanent_path(),
        "permanent row": row.get_permanent_path(),
    }


# Every page, every language, every visitor


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_opens_for_readers_and_editors(client, editor_client, language):
    plan = furnished_plan()
    with translation.override(language):
        addresses = pages_of(plan) | {"list": reverse("council:plan_list")}
        addresses |= {name: row.get_absolute_url() for name, row in plan.parts.items()}

    for name, address in addresses.items():
        for visitor in (client, editor_client):
            page = visitor.get(address, follow=True)
            assert page.status_code == 200, name
            expected = "ru" if name.startswith("permanent") else language
            assert f'<html lang="{expected}">' in page.text, name
            assert "style=" not in page.text, name
            # Data for search engines, which no browser runs.
            assert "<script" not in page.text.replace('<script type="application/ld+json"', ""), (
                name
            )
    assert not client.cookies


def test_another_language_is_marked_wherever_words_of_the_plan_stand(client):
    plan = furnished_plan()
    with translation.override("ky"):
        addresses = pages_of(plan)
        addresses["second stage"] = plan.numbered[0].get_absolute_url()
        addresses |= {name: row.get_absolute_url() for name, row in plan.parts.items()}
    own = {name: url for name, url in addresses.items() if not name.startswith("permanent")}

    for name, address in own.items():
        page = client.get(address).text
        assert 'lang="ru"' in page, name
        assert 'rel="canonical" href="http://testserver/ru/' in page, name
        assert 'rel="alternate" hreflang' not in page, name
        head = page.partition("</head>")[0]
        assert "<span" not in head, name
        assert "&lt;" not in head, name


def test_a_translation_that_is_not_ready_is_not_shown(client):
    """A plan that is public in Russian alone is read in Russian, rows included."""
    plan = furnished_plan()
    row = plan.parts["meeting"]
    row.title_ky, row.expected_result_ky = "Даяр эмес аталыш", "Даяр эмес натыйжа"
    row.save()
    with translation.override("ky"):
        addresses = [row.get_absolute_url(), reverse("council:plan_table", args=[plan.slug])]

    for address in addresses:
        page = client.get(address).text
        assert "Даяр эмес" not in page
        assert row.title_ru in page


def test_words_without_a_translation_are_shown_in_the_original(client):
    plan = factories.make_trilingual_plan(original_language="en")
    row = factories.make_activity(
        factories.make_stage(plan),
        title_en="First Meeting of the Council",
        title_ru="Первое заседание",
        timeline_text_en="By May 15",
    )

    page = client.get(reverse("council:plan_table", args=[plan.slug])).text

    assert "Первое заседание" in page
    assert '<span lang="en">By May 15</span>' in page
    assert client.get(row.get_absolute_url()).context["activity"] == row


# Drafts, withdrawn and moved plans


@pytest.mark.parametrize(
    "state",
    [
        {"status": Status.DRAFT, "publish_at": None},
        {"status": Status.IN_REVIEW, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["draft", "in review", "scheduled"],
)
def test_nothing_of_a_draft_is_at_any_address(client, editor_client, state):
    plan = furnished_plan(**state)

    for name, address in pages_of(plan).items():
        page = client.get(address, follow=True)
        assert page.status_code == 404, name
        assert SECRET not in page.text, name
        preview = editor_client.get(address, follow=True)
        assert preview.status_code == 200, name
        assert SECRET in preview.text, name
    for address in (row.get_absolute_url() for row in plan.parts.values()):
        assert client.get(address).status_code == 404
    assert SECRET not in client.get(reverse("council:plan_list")).text


def test_a_withdrawn_plan_says_why_at_each_of_its_addresses(client):
    plan = furnished_plan()
    addresses = pages_of(plan)

    withdraw(plan, None, {"ru": "Опубликован по ошибке."})

    for name, address in addresses.items():
        page = client.get(address, follow=True)
        assert page.status_code == 410, name
        assert "Опубликован по ошибке." in page.text, name
        assert "заседание" not in page.text, name


def test_an_earlier_address_leads_to_the_same_page_under_the_new_one(client):
    plan = furnished_plan()
    FormerSlug.objects.create(kind="council.plan", slug="old", record_id=plan.pk)
    addresses = pages_of(plan)

    for name, address in addresses.items():
        if name.startswith("permanent"):
            continue
        moved = client.get(address.replace("/furnished/", "/old/") + "?on=2025-04-02")
        assert moved.status_code == 301, name
        assert moved["Location"] == address + "?on=2025-04-02", name


@pytest.mark.parametrize(
    "path",
    [
        "plan/none/",
        "plan/none/table/",
        "plan/furnished/stages/9/",
        "plan/furnished/rows/zzzzzzz/",
        "plan/furnished/organisations/none/",
        "plan/furnished/organisations/elsewhere/",
    ],
)
def test_what_does_not_exist_is_not_found(client, path):
    furnished_plan()
    factories.make_organisation(slug="elsewhere")

    assert client.get(f"/ru/{path}").status_code == 404


def test_a_row_is_found_under_its_own_plan_alone(client):
    plan = furnished_plan()
    other = factories.make_plan(slug="other")

    address = reverse("council:activity_detail", args=[other.slug, plan.parts["done"].short_id])

    assert client.get(address).status_code == 404


def test_permanent_addresses_lead_to_the_page_in_the_readers_language(client):
    plan = furnished_plan()
    row = plan.parts["meeting"]

    for address, target in (
        (plan.get_permanent_path(), f"/ky/plan/{plan.slug}/"),
        (row.get_permanent_path(), f"/ky/plan/{plan.slug}/rows/{row.short_id}/"),
    ):
        answer = client.get(address, headers={"accept-language": "ky"})
        assert (answer.status_code, answer["Location"]) == (302, target)
        assert "Accept-Language" in answer["Vary"]
    assert client.get("/a/zzzzzzz").status_code == 404


# The list


def test_running_plans_come_first_and_archives_after(client):
    archive = factories.make_plan(starts_on=date(2026, 1, 1), tracking_ended_on=date(2017, 12, 31))
    older = factories.make_plan(starts_on=date(2020, 1, 1))
    newer = factories.make_plan(starts_on=date(2025, 1, 1))
    factories.make_plan(status=Status.DRAFT, publish_at=None)

    page = client.get(reverse("council:plan_list"))

    assert list(page.context["plans"]) == [newer, older, archive]
    titles = re.findall(r'entry__title"><a href="[^"]*"[^>]*>([^<]*)', page.text)
    assert titles == [newer.title_ru, older.title_ru, archive.title_ru]
    assert [plan.is_archive for plan in page.context["plans"]] == [False, False, True]


def test_a_single_plan_is_listed_and_none_is_said(client):
    assert 'class="notice"' in client.get(reverse("council:plan_list")).text

    plan = factories.make_plan()
    page = client.get(reverse("council:plan_list"))
    assert page.status_code == 200
    assert plan.get_absolute_url() in page.text


# Overview


def overview(client, plan, query=""):
    page = client.get(plan.get_absolute_url() + query)
    assert page.status_code == 200
    return page


def test_the_overview_counts_what_is_to_be_done_worst_first(client, today):
    plan = furnished_plan()

    standing = overview(client, plan).context["standing"]

    assert dict(standing.counts) == {
        ScheduleState.OVERDUE: 1,  # meeting
        ScheduleState.MISSED: 1,  # feedback
        ScheduleState.STALE: 1,  # image
        ScheduleState.STAGE_ENDED: 2,  # campaign, suggested
        ScheduleState.DONE_ON_TIME: 1,
    }
    places = [list(ScheduleState).index(state) for state, _number in standing.counts]
    assert places == sorted(places)
    progress = standing.progress
    assert (progress.total, progress.reported) == (6, 2)
    assert (progress.completable, progress.done, progress.percent) == (4, 1, 25)
    assert (standing.endless, standing.cancelled, standing.undecided) == (2, 1, 1)
    left_out = standing.cancelled + standing.undecided + standing.headings_and_lost
    in_table = client.get(reverse("council:plan_table", args=[plan.slug])).context["table"].total
    assert progress.total + left_out == in_table


def test_each_count_leads_to_its_rows_and_the_bar_is_as_long_as_the_counts(client, today):
    plan = furnished_plan()

    page = overview(client, plan)

    for state, number in page.context["standing"].counts:
        link = re.search(rf'href="([^"]*\?state={state.value})">(\d+)<', page.text)
        table = client.get(html.unescape(link[1])).context["table"]
        assert table.total == int(link[2]) == number
    widths = [
        float(it)
        for it in re.findall(r'<rect class="is-\w+" x="[\d.]+%" width="([\d.]+)', page.text)
    ]
    lefts = [float(it) for it in re.findall(r'<rect class="is-\w+" x="([\d.]+)%', page.text)]
    assert len(widths) == len(page.context["standing"].counts)
    assert lefts == sorted(lefts)
    assert lefts[-1] + widths[-1] == pytest.approx(100, abs=0.05)


def test_no_percentage_stands_without_how_many_were_reported(client, today):
    plan = furnished_plan()

    page = overview(client, plan)

    for paragraph in re.findall(r"<p[^>]*>.*?</p>", page.text, re.DOTALL):
        if "%" in re.sub(r"<[^>]*>", "", paragraph):
            assert re.search(r"<b>[^<]*\d+[^<]*\d+[^<]*</b>", paragraph), paragraph


def test_nothing_to_count_makes_no_percentage(client):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    factories.make_activity(stage, kind=RowKind.HEADING)

    page = overview(client, plan)

    assert page.context["standing"].progress.percent is None
    assert "%" not in re.sub(r"<[^>]*>", "", page.text)


def test_the_overview_tells_whom_a_stage_waits_for_and_nothing_of_private_documents(client):
    plan = furnished_plan()

    page = overview(client, plan)

    stages = page.context["stages"]
    assert [it.gaps for it in stages] == [
        [("goals", Completeness.PARTIAL), ("table", Completeness.PARTIAL)],
        [],
        [("table", Completeness.PENDING)],
    ]
    assert stages[2].stage.pending_on_organisation.get_absolute_url() in page.text
    assert "Тайный" not in page.text
    assert [goal.is_gap for goal in stages[0].goals] == [True, False]


def test_the_overview_links_what_is_public_alone(client):
    plan = furnished_plan()
    links = [
        plan.council.get_absolute_url(),
        plan.drawn_up_by.get_absolute_url(),
        plan.source_document.get_absolute_url(),
        plan.events.get().get_absolute_url(),
        plan.topics.get().get_absolute_url(),
    ]
    page = overview(client, plan).text
    assert [link for link in links if f'href="{link}"' not in page] == []

    for record in (plan.council, plan.drawn_up_by, plan.source_document, plan.events.get()):
        type(record).objects.filter(pk=record.pk).update(status=Status.DRAFT)
    page = overview(client, plan).text
    assert [link for link in links if f'href="{link}"' in page] == links[4:]


def test_amounts_are_added_by_currency_and_never_without_one(client):
    plan = furnished_plan()
    factories.make_resource(plan.parts["done"], amount=250)
    factories.make_resource(plan.parts["image"], amount=700, currency="KGS")

    money = overview(client, plan).context["money"]

    assert money.sums.by_currency == {"KGS": 700, "USD": 5250}
    assert money.sums.unprinted == [10000]
    assert money.rows == 4


def test_files_versions_and_changes_are_linked(client):
    plan = furnished_plan()

    page = overview(client, plan).text

    for file_format in ("xlsx", "csv", "json", "pdf"):
        assert f'href="{reverse("council:plan_file", args=[plan.slug, file_format])}"' in page
    for name in ("plan_versions", "plan_feed", "suggestion_list", "plan_organisations"):
        assert f'href="{reverse("council:" + name, args=[plan.slug])}"' in page
    assert plan.get_permanent_path() in page


def test_goals_of_a_long_plan_stand_on_the_pages_of_its_stages(client):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    for number in range(25):
        factories.make_goal(stage, title_ru=f"Цель номер {number}")

    assert "Цель номер 7" not in overview(client, plan).text
    assert "Цель номер 7" in client.get(stage.get_absolute_url()).text


# Another day, and archives


def test_the_picture_of_another_day(client, today):
    plan = furnished_plan()

    page = overview(client, plan, "?on=2025-05-20")

    assert page.context["frame"].day == date(2025, 5, 20)
    # By then the deadline of the meeting had been moved to July, and the stage went on.
    assert dict(page.context["standing"].counts) == {
        ScheduleState.MISSED: 1,
        ScheduleState.ON_TIME: 3,
        ScheduleState.NO_DEADLINE: 2,
    }
    assert 'name="robots" content="noindex"' in page.text
    assert 'rel="canonical"' not in page.text
    assert f'{reverse("council:plan_table", args=[plan.slug])}?on=2025-05-20"' in page.text


@pytest.mark.parametrize(
    "asked",
    ["", "2099-01-01", "2026-02-01", "0001-01-01", "31.12.2025", "%00", "2025-13-01", "x" * 300],
)
def test_a_day_that_is_none_or_not_there_yet_gives_the_latest_picture(client, today, asked):
    plan = furnished_plan()

    page = overview(client, plan, f"?on={asked}")

    assert page.context["frame"].day == today
    assert page.context["frame"].on == ""
    assert "noindex" not in page.text


def test_an_archive_keeps_the_picture_of_its_last_day(client, monkeypatch):
    plan = furnished_plan(tracking_ended_on=date(2025, 12, 31))
    pictures = []
    for day in (date(2026, 1, 1), date(2040, 1, 1)):
        monkeypatch.setattr("council.models.plans.timezone.localdate", lambda day=day: day)
        page = overview(client, plan)
        assert page.context["frame"].day == date(2025, 12, 31)
        assert "noindex" not in page.text
        pictures.append(re.sub(r'name="csrf.*', "", page.text))

    assert pictures[0] == pictures[1]
    earlier = overview(client, plan, "?on=2025-04-02")
    assert earlier.context["frame"].day == date(2025, 4, 2)
    later = overview(client, plan, "?on=2026-04-02")
    assert later.context["frame"].day == date(2025, 12, 31)


# Stages


def test_a_stage_shows_its_goals_gaps_rows_and_neighbours(client):
    plan = furnished_plan()
    first, second, third = plan.numbered

    page = client.get(second.get_absolute_url())

    assert (page.context["previous"], page.context["next"]) == (first, third)
    assert [
        line.row.activity for block in page.context["table"].blocks for line in block.lines
    ] == [plan.parts[name] for name in ("heading", "image", "feedback", "done", "cancelled")]
    last = client.get(third.get_absolute_url())
    assert last.context["next"] is None
    assert last.context["table"].total == 0
    assert "<table" not in last.text


# Under strain


def test_no_field_brings_markup_into_a_page(client):
    plan = furnished_plan(title_ru=HOSTILE, summary_ru=HOSTILE, reference_strategy_ru=HOSTILE)
    for stage in plan.numbered:
        stage.title_ru = stage.timeline_text_ru = stage.note_ru = HOSTILE
        stage.save()
        for goal in stage.goals.all():
            goal.title_ru = goal.note_ru = HOSTILE
            goal.number = HOSTILE[:20]
            goal.save()
        for column in stage.columns.all():
            column.heading_ru = HOSTILE
            column.save()
    for row in plan.parts.values():
        for name in ("title", "timeline_text", "responsible_text", "resources_text", "note"):
            setattr(row, f"{name}_ru", HOSTILE)
        row.origin_note_ru = row.expected_result_ru = row.printed_title = HOSTILE
        row.number = HOSTILE[:20]
        row.is_number_lost = False
        row.save()
        for named in row.responsibles.all():
            named.organisation.name_ru = named.organisation.abbreviation_ru = HOSTILE[:40]
            named.organisation.save()
        for change in row.deadline_changes.all():
            change.reason_ru = change.timeline_text_ru = HOSTILE
            change.save()
        for update in row.updates.all():
            update.text_ru = update.evidence_waiver_ru = HOSTILE
            update.save()
            update.evidence.exclude(url="").update(title_ru=HOSTILE)
            update.assessments.update(note_ru=HOSTILE)

    addresses = [*pages_of(plan).values(), *(row.get_absolute_url() for row in plan.parts.values())]
    for address in [*addresses, reverse("council:plan_list")]:
        page = client.get(address, follow=True)
        assert page.status_code == 200
        assert "<script>" not in page.text, address
        assert HOSTILE in html.unescape(page.text) or HOSTILE[:20] in html.unescape(page.text)


NONSENSE = [
    "on=%00&page=%00",
    "on=9999-99-99&on=2025-01-01",
    "state=%00&state=overdue&state=picnic",
    "organisation=" + "a" * 3000,
    "&".join(f"organisation=o{number}" for number in range(400)),
    "&".join(f"state={number}" for number in range(400)),
    "stage=-1&stage=99999999999999999999&stage=%D9%A1",
    "money=%FF%FE&status=%00",
    "q=%00&order=%00",
    "q=" + "a+" * 400,
    "q=%22%22%25%25__&order=date",
    "page=" + "9" * 40,
    "page=-1",
    "=&&&%00=%00",
]


@pytest.mark.parametrize("query", NONSENSE)
def test_no_query_string_breaks_a_page(client, query):
    plan = furnished_plan()

    for name, address in pages_of(plan).items():
        if not name.startswith("permanent"):
            assert client.get(f"{address}?{query}").status_code == 200, name


def test_a_plan_without_anything_opens_everywhere(client):
    plan = factories.make_plan(starts_on=None, ends_on=None)

    for name in ("plan_detail", "plan_table", "plan_organisations"):
        assert client.get(reverse(f"council:{name}", args=[plan.slug])).status_code == 200


@pytest.mark.parametrize("rows", [1, 200])
def test_pages_stay_small_and_cheap_with_one_row_and_with_two_hundred(
    client, django_assert_max_num_queries, rows
):
    plan = long_plan(rows)
    row = plan.rows[5 if rows > 5 else 0]
    addresses = []
    for language in LANGUAGE_CODES:
        with translation.override(language):
            detail = plan.get_absolute_url()
            addresses += [
                detail,
                f"{detail}table/",
                f"{detail}table/?order=date&page=2",
                f"{detail}table/?state=overdue&organisation=long-1",
                f"{detail}stages/1/",
                f"{detail}organisations/",
                row.get_absolute_url(),
                *([f"{detail}organisations/long-3/"] if rows > 5 else []),
            ]

    for address in addresses:
        with django_assert_max_num_queries(8):
            page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content, 6)) <= MOST_BYTES, address


def test_the_query_counts_are_what_they_are_said_to_be(client, django_assert_num_queries):
    plan = furnished_plan()
    counts = {
        reverse("council:plan_list"): 1,
        plan.get_absolute_url(): 8,
        reverse("council:plan_table", args=[plan.slug]): 8,
        plan.numbered[0].get_absolute_url(): 8,
        reverse("council:plan_organisations", args=[plan.slug]): 7,
        reverse("council:plan_organisation", args=[plan.slug, "ncm"]): 8,
        plan.parts["meeting"].get_absolute_url(): 8,
    }

    for address, number in counts.items():
        with django_assert_num_queries(number):
            assert client.get(address).status_code == 200


def test_forty_plans_are_listed_in_one_query(client, django_assert_num_queries):
    for _number in range(40):
        factories.make_trilingual_plan(summary_ru="Что обещано. " * 30)
    assert Plan.objects.count() == 40

    with django_assert_num_queries(1):
        page = client.get(reverse("council:plan_list"))
    assert len(gzip.compress(page.content, 6)) <= MOST_BYTES
