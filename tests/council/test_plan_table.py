"""The table of a plan: every row as printed, under the headings it stands under, found by filters
that ignore what makes no sense."""

import re
from datetime import date
from urllib.parse import parse_qs

import pytest
from django.urls import reverse
from django.utils import translation

from council.listing import ROWS_PER_PAGE
from council.models import RowKind
from council.schedule import ScheduleState
from tests import factories
from tests.council.furnished import furnished_plan, long_plan

pytestmark = pytest.mark.django_db

TODAY = date(2026, 2, 1)
EVERYTHING = [
    "gap",
    "campaign",
    "meeting",
    "suggested",
    "undecided",
    "heading",
    "image",
    "feedback",
    "done",
    "cancelled",
]


@pytest.fixture
def today(monkeypatch):
    """1 February 2026."""
    monkeypatch.setattr("council.models.plans.timezone.localdate", lambda: TODAY)
    return TODAY


def table_of(client, plan, query=""):
    page = client.get(reverse("council:plan_table", args=[plan.slug]) + query)
    assert page.status_code == 200
    return page


def test_all_rows_stand_in_the_order_of_the_plan_with_stages_that_have_none(client):
    plan = furnished_plan()

    page = table_of(client, plan)

    table = page.context["table"]
    assert [block.stage for block in table.blocks] == plan.numbered
    assert [line.row.activity for block in table.blocks for line in block.lines] == list(
        plan.parts.values()
    )
    assert table.total == 10
    assert not any(line.is_above for block in table.blocks for line in block.lines)


def test_each_cell_is_words_empty_or_lost(client):
    plan = furnished_plan()

    page = table_of(client, plan)

    lines = {
        line.row.activity.pk: line for block in page.context["table"].blocks for line in block.lines
    }
    campaign = lines[plan.parts["campaign"].pk]
    assert [(cell.text.text, cell.is_lost) for cell in campaign.cells] == [
        ("", True),
        ("", False),
        ("10 000", False),
        ("", False),
    ]
    assert [cell.text.text for cell in lines[plan.parts["meeting"].pk].cells] == [
        "до 15 мая",
        "НСМ",
        "5 000 долл. США",
        "Утверждённый план",
    ]
    row = re.search(r"<tr[^>]*>(?:(?!<tr).)*информационная кампания.*?</tr>", page.text, re.DOTALL)[
        0
    ]
    cells = re.findall(r'<td data-label="[^"]*"( class="unstated")?>(.*?)</td>', row)
    assert [bool(unstated) for unstated, _text in cells] == [True, True, False, True]
    assert cells[0][1] != cells[1][1]  # lost is not the same as empty
    assert "… информационная кампания" in row
    assert "[4]" in row


def test_lost_rows_headings_and_undecided_ones_have_no_state(client):
    plan = furnished_plan()

    page = table_of(client, plan)

    for name in ("gap", "heading", "undecided"):
        pk = plan.parts[name].pk
        line = next(
            line
            for block in page.context["table"].blocks
            for line in block.lines
            if line.row.activity.pk == pk
        )
        assert line.is_bare, name
        assert line.row.schedule is None, name


def test_columns_bear_their_printed_headings_and_further_ones_their_cells(client):
    plan = furnished_plan()

    page = table_of(client, plan)

    first, second, _third = page.context["table"].blocks
    assert not any(heading.is_lost or heading.is_unnamed for heading in first.headings)
    assert len(first.headings) == 6
    _number, activity, timeline, responsible, result, indicator = second.headings
    assert (activity.label, responsible.label) == ("Действия", "Исполнители")
    assert timeline.is_lost
    assert timeline.label.startswith("[")
    assert result.is_unnamed
    assert indicator.label == "Показатель"
    last = {line.row.activity.pk: line.cells[-1] for line in second.lines}
    assert last[plan.parts["done"].pk].text == "число посетителей"
    assert last[plan.parts["cancelled"].pk].is_lost
    assert not last[plan.parts["image"].pk].text
    for block, html in zip(
        [first, second], re.findall(r"<table.*?</table>", page.text, re.DOTALL), strict=True
    ):
        columns = len(re.findall(r'<th scope="col"', html))
        assert columns == len(block.headings) + 1
        for row in re.findall(r"<tr.*?</tr>", html.partition("<tbody>")[2], re.DOTALL):
            spans = [int(it) for it in re.findall(r'colspan="(\d+)"', row)]
            cells = len(re.findall(r"<t[hd][ >]", row))
            assert cells + sum(spans) - len(spans) == columns


def test_a_column_that_was_not_printed_is_shown_only_if_a_row_has_words_for_it(client):
    plan = furnished_plan()
    done = plan.parts["done"]
    _first, second, _third = table_of(client, plan).context["table"].blocks
    assert {len(line.cells) for line in second.lines} == {4}  # no resources
    assert len(client.get(done.get_absolute_url()).context["cells"]) == 4

    done.resources_text_ru = "500 евро"
    done.save()

    _first, second, _third = table_of(client, plan).context["table"].blocks
    assert {len(line.cells) for line in second.lines} == {5}
    assert "500 евро" in [cell.text for line in second.lines for cell in line.cells]
    assert len(client.get(done.get_absolute_url()).context["cells"]) == 5


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("stage=2", ["heading", "image", "feedback", "done", "cancelled"]),
        ("organisation=centre", ["feedback"]),
        ("organisation=-", ["campaign", "suggested", "undecided", "image", "done", "cancelled"]),
        ("status=done", ["done"]),
        ("status=cancelled", ["cancelled"]),
        ("status=no_information", ["campaign", "suggested", "image", "feedback"]),
        ("state=stage_ended", ["campaign", "suggested"]),
        ("state=missed&state=stale", ["image", "feedback"]),
        ("state=missed&stage=1", []),
        ("money=none&stage=1", ["suggested", "undecided"]),
        ("money=amount&organisation=-", ["campaign"]),
        ("q=ОБРАТНАЯ", ["feedback"]),
        ("q=квартал+цп", ["feedback"]),
        ("q=4.2", ["done"]),
        ("q=обрат+нигде", []),
        ("q=совета&stage=2&state=stale", ["image"]),
        ("state=picnic&status=%00", EVERYTHING),
    ],
)
def test_rows_are_found_by_what_was_chosen(client, today, query, names):
    plan = furnished_plan()

    page = table_of(client, plan, f"?{query}")

    expected = [plan.parts[name] for name in names]
    shown = [
        line.row.activity
        for block in page.context["table"].blocks
        for line in block.lines
        if not line.is_above
    ]
    assert shown == expected
    assert page.context["table"].total == len(expected)


def test_words_are_found_in_any_language_and_with_letters_that_keyboards_lack(client):
    plan = factories.make_trilingual_plan()
    row = factories.make_activity(
        factories.make_stage(plan),
        title_ru="Утвердить план",
        title_ky="Өнөктөштүк түзүү",
        title_en="Approve the plan",
    )
    factories.make_activity(row.stage, title_ru="Другое")

    for words in ("утвердить", "APPROVE", "онокто", "өнөктөш түз"):
        page = table_of(client, plan, f"?q={words}")
        assert [line.row.activity for line in page.context["table"].blocks[0].lines] == [row], words


def test_a_found_row_stands_under_its_headings(client):
    plan = furnished_plan()

    page = table_of(client, plan, "?organisation=centre")

    (block,) = page.context["table"].blocks
    assert [(line.row.activity, line.is_above, line.indent) for line in block.lines] == [
        (plan.parts["heading"], True, 0),
        (plan.parts["image"], True, 0),
        (plan.parts["feedback"], False, 1),
    ]


def test_rows_in_order_of_time(client):
    plan = furnished_plan()

    page = table_of(client, plan, "?order=date")

    (block,) = page.context["table"].blocks
    assert block.stage is None
    assert [line.row.activity for line in block.lines][:4] == [
        plan.parts["cancelled"],  # 31 March
        plan.parts["meeting"],  # moved to 15 July
        plan.parts["done"],  # 31 December
        plan.parts["gap"],  # those without a day, as the plan has them
    ]


def test_a_moved_deadline_stands_beside_the_printed_one(client):
    plan = furnished_plan()
    meeting = plan.parts["meeting"]
    named = meeting.responsibles.get().organisation
    pages = [
        table_of(client, plan),
        client.get(reverse("council:plan_organisation", args=[plan.slug, named.slug])),
    ]

    for page in pages:
        assert "до 15 мая" in page.text
        assert page.text.count(": до 15 июля 2025") == 1
    assert "до 15 июля" not in table_of(client, plan, "?on=2025-02-01").text


def test_a_choice_is_counted_as_if_it_were_the_only_one_of_its_group(client, today):
    plan = furnished_plan()

    page = table_of(client, plan, "?stage=1&state=overdue")

    facets = {facet.name: facet for facet in page.context["table"].facets}
    assert [(it.count, it.is_chosen) for it in facets["stage"].choices] == [(1, True)]
    states = {it.label: (it.count, it.is_chosen) for it in facets["state"].choices}
    assert states == {
        ScheduleState.OVERDUE.label: (1, True),
        ScheduleState.STAGE_ENDED.label: (2, False),
    }


def test_each_offered_choice_leads_to_as_many_rows_as_it_says(client, today):
    plan = furnished_plan()

    facets = table_of(client, plan).context["table"].facets

    assert [facet.name for facet in facets] == ["state", "status", "stage", "organisation", "money"]
    for facet in facets:
        for choice in facet.choices:
            narrowed = table_of(client, plan, f"?{choice.query}").context["table"]
            assert narrowed.total == choice.count, choice


def test_chosen_filters_are_shown_with_the_way_back(client):
    plan = furnished_plan()

    page = table_of(client, plan, "?stage=1&organisation=ncm&q=заседание&on=2025-05-20")

    links = re.findall(r'<a href="\?([^"]*)"><span class="said">', page.text)
    assert len(links) == 2
    for link in links:
        query = parse_qs(link.replace("&amp;", "&"))
        assert query["on"] == ["2025-05-20"]
        assert len(query.keys() & {"stage", "organisation"}) == 1
    assert 'name="robots" content="noindex"' in page.text


def test_an_empty_result_helps(client):
    plan = furnished_plan()

    page = table_of(client, plan, "?q=нигде&stage=1")

    assert page.context["table"].total == 0
    assert f'href="{reverse("council:plan_table", args=[plan.slug])}"' in page.text
    assert 'href="?q=' in page.text
    assert "<table" not in page.text


def test_the_filters_look_at_the_day_of_the_picture(client):
    plan = furnished_plan()

    page = table_of(client, plan, "?on=2025-02-01&status=no_information")

    # Nobody had reported by then.
    assert page.context["table"].total == 7


# Pages


def test_pages_follow_each_other_and_keep_what_was_chosen(client):
    plan = long_plan(ROWS_PER_PAGE + 5)
    seen = []
    query = "?status=in_progress&status=no_information&status=done"
    while query:
        page = table_of(client, plan, query)
        seen += [
            line.row.activity.pk
            for block in page.context["table"].blocks
            for line in block.lines
            if not line.is_above
        ]
        assert len(page.context["table"].rows) <= ROWS_PER_PAGE
        following = re.search(r'href="(\?[^"]*)" rel="next"', page.text)
        query = following[1].replace("&amp;", "&") if following else ""
        assert not query or "status=done" in query

    assert seen == [row.pk for row in plan.rows if row.kind != RowKind.HEADING]
    last = table_of(client, plan, "?page=99").context["table"].page
    assert last == -(-len(plan.rows) // ROWS_PER_PAGE)


def test_a_page_that_begins_inside_a_group_repeats_its_heading(client):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    heading = factories.make_activity(stage, kind=RowKind.HEADING)
    for _number in range(ROWS_PER_PAGE + 3):
        factories.make_activity(stage, parent=heading)

    (block,) = table_of(client, plan, "?page=2").context["table"].blocks

    assert (block.lines[0].row.activity, block.lines[0].is_above) == (heading, True)
    assert len(block.lines) == 5


def test_stages_without_rows_stand_on_one_page_alone(client):
    plan = factories.make_plan()
    empty_first = factories.make_stage(plan)
    full = factories.make_stage(plan)
    empty_middle = factories.make_stage(plan)
    other = factories.make_stage(plan)
    empty_last = factories.make_stage(plan)
    for stage in (full, other):
        for _number in range(ROWS_PER_PAGE):
            factories.make_activity(stage)

    pages = [
        [block.stage for block in table_of(client, plan, f"?page={page}").context["table"].blocks]
        for page in (1, 2)
    ]

    assert pages == [[empty_first, full, empty_middle], [other, empty_last]]


def test_the_table_reads_in_the_language_of_the_page(client):
    plan = factories.make_trilingual_plan()
    factories.make_activity(
        factories.make_stage(plan), title_ru="Утвердить", title_ky="Бекитүү", title_en="Approve"
    )

    for language, title in (("ky", "Бекитүү"), ("ru", "Утвердить"), ("en", "Approve")):
        with translation.override(language):
            page = table_of(client, plan).text
        assert f">{title}</a>" in page


def test_words_of_a_translation_that_is_not_ready_find_nothing(client):
    plan = factories.make_plan()
    row = factories.make_activity(
        factories.make_stage(plan), title_ru="Встреча", title_ky="Каралама"
    )

    assert table_of(client, plan, "?q=встреча").context["table"].total == 1
    assert table_of(client, plan, "?q=каралама").context["table"].total == 0
    row.stage.plan.ready_ky, row.stage.plan.title_ky = True, "План"
    row.stage.plan.save()
    assert table_of(client, plan, "?q=каралама").context["table"].total == 1
