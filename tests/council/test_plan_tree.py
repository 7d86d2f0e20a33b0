"""The whole plan as a tree that editors work in, through its address."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import translation

from council import tree
from council.models import Activity, RowKind
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.editing import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return factories.make_stage(timeline_text_ru="до сентября 2013 г.")


def make_rows(stage, *titles, parent=None):
    return [
        factories.make_activity(stage, title_ru=title, parent=parent, position=position)
        for position, title in enumerate(titles, start=1)
    ]


def tree_of(plan):
    return reverse("admin:council_plan_tree", args=[plan.pk])


def order(stage, parent=None):
    rows = Activity.objects.filter(stage=stage, parent=parent).order_by("position", "pk")
    return [row.title_ru for row in rows]


def positions(stage, parent=None):
    rows = Activity.objects.filter(stage=stage, parent=parent)
    return list(rows.order_by("position", "pk").values_list("position", flat=True))


def press(client, step, row, *, place=None, **data):
    row.refresh_from_db()
    value = f"{step}:{row.pk}:{place or tree.place_of(row)}"
    return client.post(tree_of(row.stage.plan), {"move": value, **data})


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_tree_shows_stages_goals_and_rows_in_order_and_depth(client, editor, stage, language):
    (heading,) = make_rows(stage, "Ратификация")
    gap = factories.make_activity(stage, kind=RowKind.GAP, number="1–3", position=9)
    step = factories.make_activity(
        stage,
        parent=heading,
        kind=RowKind.STEP,
        timeline_text_ru="до 15 мая",
        is_responsible_lost=True,
    )
    goal = factories.make_goal(stage)
    organisation = factories.make_responsible(step).organisation
    with translation.override(language):
        page, form = client.get(tree_of(stage.plan)), change_url(step)

    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    shown = [row.activity.pk for row in page.context["picture"].rows()]
    assert shown.index(heading.pk) + 1 == shown.index(step.pk) < shown.index(gap.pk)
    for text in ("до 15 мая", "1–3", goal.title_ru, organisation.name_ru, form):
        assert text in page.text
    assert f'id="row-{step.pk}" class="tree__row tree__row--1' in page.text


def test_each_step_is_one_click(client, editor, stage):
    one, two, three = make_rows(stage, "1", "2", "3")

    press(client, "up", three)
    assert order(stage) == ["1", "3", "2"]
    press(client, "down", one)
    assert order(stage) == ["3", "1", "2"]
    press(client, "in", one)
    assert (order(stage), order(stage, three)) == (["3", "2"], ["1"])
    press(client, "in", two)
    assert (order(stage), order(stage, three)) == (["3"], ["1", "2"])
    press(client, "out", one)
    assert (order(stage), order(stage, three)) == (["3", "1"], ["2"])
    assert positions(stage) == [1, 2]


def test_a_row_comes_out_right_behind_the_one_that_it_stood_under(client, editor, stage):
    first, _second = make_rows(stage, "1", "2")
    (inner,) = make_rows(stage, "1.1", parent=first)

    press(client, "out", inner)

    assert order(stage) == ["1", "1.1", "2"]


def test_a_row_goes_to_another_stage_with_everything_under_it(client, editor, stage):
    other = factories.make_stage(stage.plan)
    make_rows(other, "A")
    moved, left = make_rows(stage, "1", "2")
    (step,) = make_rows(stage, "1.1", parent=moved)

    press(client, "stage", moved, **{f"stage-{moved.pk}": other.pk})

    assert (order(stage), order(other), order(other, moved)) == (["2"], ["A", "1"], ["1.1"])
    step.refresh_from_db()
    left.refresh_from_db()
    assert (step.stage, left.position) == (other, 1)


def test_a_move_is_in_the_history_with_who_made_it(client, editor, stage):
    _one, two = make_rows(stage, "1", "2")

    press(client, "up", two)

    last = two.history.first()
    assert (last.history_user, last.position) == (editor, 1)


def test_what_cannot_be_moved_says_so_and_stays(client, editor, stage):
    one, gap = make_rows(stage, "1")[0], factories.make_activity(stage, kind=RowKind.GAP)
    after_gap = factories.make_activity(stage, title_ru="2")
    other_plan = factories.make_stage()
    before = list(Activity.objects.order_by("pk").values_list("pk", "parent", "stage", "position"))

    for step, row, data in [
        ("up", one, {}),
        ("out", one, {}),
        ("in", one, {}),
        ("down", after_gap, {}),
        ("in", after_gap, {}),
        ("stage", gap, {f"stage-{gap.pk}": other_plan.pk}),
        ("stage", gap, {f"stage-{gap.pk}": "x"}),
        ("stage", gap, {f"stage-{gap.pk}": stage.pk}),
        ("fly", one, {}),
    ]:
        response = press(client, step, row, **data)
        assert response.status_code == 302
        assert {it.level_tag for it in get_messages(response.wsgi_request)} == {"error"}

    after = list(Activity.objects.order_by("pk").values_list("pk", "parent", "stage", "position"))
    assert after == before


def test_rows_stand_at_most_four_deep_even_with_what_is_under_them(client, editor, stage):
    parent = None
    for number in range(3):
        parent = factories.make_activity(stage, parent=parent, title_ru=f"уровень {number}")
    other = factories.make_activity(stage, title_ru="с шагами", parent=parent.parent)
    factories.make_activity(stage, parent=other)

    press(client, "in", other)

    other.refresh_from_db()
    assert other.parent == parent.parent


def test_a_row_with_cells_of_its_own_stage_stays_there(client, editor, stage):
    row = factories.make_activity(stage)
    column = stage.columns.create(meaning="other", heading_ru="Риски", heading_state="printed")
    row.extra_cells.create(column=column, text_ru="высокие")
    other = factories.make_stage(stage.plan)

    press(client, "stage", row, **{f"stage-{row.pk}": other.pk})

    row.refresh_from_db()
    assert row.stage == stage


def test_a_button_of_an_old_page_does_no_harm(client, editor, stage):
    one, two, three = make_rows(stage, "1", "2", "3")
    old_place = tree.place_of(three)
    press(client, "up", three)

    response = press(client, "up", three, place=old_place)

    assert order(stage) == ["1", "3", "2"]
    assert "3" in said(response)
    for value in ("", "up", "up:", "up:x:y", f"up:{10**30}:1", f"up:{one.pk}:", "up:٣:1"):
        assert client.post(tree_of(stage.plan), {"move": value}).status_code == 302
    two.delete()
    assert press_deleted(client, stage, two).status_code == 302
    assert order(stage) == ["1", "3"]


def press_deleted(client, stage, row):
    return client.post(tree_of(stage.plan), {"move": f"up:{row.pk or 99999}:1-0-1"})


def test_a_row_of_another_plan_is_not_moved_from_here(client, editor, stage):
    one, two = make_rows(factories.make_stage(), "1", "2")
    place = tree.place_of(two)

    client.post(tree_of(stage.plan), {"move": f"up:{two.pk}:{place}"})

    assert order(one.stage) == ["1", "2"]


def test_contributors_move_rows_of_drafts_only(client, stage):
    client.force_login(factories.make_user(CONTRIBUTORS))
    draft = factories.make_stage(factories.make_plan(status=Status.DRAFT, publish_at=None))
    public, drafted = make_rows(stage, "1", "2"), make_rows(draft, "1", "2")

    assert press(client, "up", public[1]).status_code == 403
    assert press(client, "up", drafted[1]).status_code == 302
    assert (order(stage), order(draft)) == (["1", "2"], ["2", "1"])
    assert 'name="move"' not in client.get(tree_of(stage.plan)).text


def test_the_tree_is_for_the_staff_of_the_portal(client, stage):
    address = tree_of(stage.plan)

    assert client.get(address).status_code == 302
    client.force_login(factories.make_user("", is_staff=True))
    assert client.get(address).status_code == 403
    assert client.post(address, {"move": "up:1:1"}).status_code == 403


def test_looking_changes_nothing_and_a_missing_plan_is_not_found(client, editor, stage):
    _one, two = make_rows(stage, "1", "2")
    value = f"up:{two.pk}:{tree.place_of(two)}"

    client.get(tree_of(stage.plan), {"move": value})

    assert order(stage) == ["1", "2"]
    missing = client.get(reverse("admin:council_plan_tree", args=[99999]))
    assert missing.status_code == 302


def test_the_tree_costs_as_many_queries_for_many_rows(
    client, editor, stage, django_assert_max_num_queries
):
    def count(rows):
        for _number in range(rows):
            factories.make_responsible(factories.make_activity(stage))
        client.get(tree_of(stage.plan))
        with django_assert_max_num_queries(25) as queries:
            client.get(tree_of(stage.plan))
        return len(queries)

    assert count(2) == count(40)
