"""Two editors of one row, stage or goal: the second is told, and nothing is overwritten."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connections
from django.test import Client
from django.utils import translation

from council.admin import revised
from council.admin.plans import ActivityAdmin
from council.models import Activity, Goal
from council.revisions import SavedMeanwhile, claim
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories
from tests.council.test_plan_tree import press
from tests.editing import errors_of, filled, form_of, page_of, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def others_client():
    """Another editor at another machine."""
    client = Client()
    client.force_login(factories.make_user(username="gulnara"))
    return client


def conflict_of(response):
    assert response.status_code == 200
    return response.context["adminform"].form.conflict


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_second_editor_is_told_and_keeps_her_text(client, editor, others_client, language):
    row = factories.make_activity(title_ru="Как было")
    with translation.override(language):
        address = change_url(row)
    mine = filled(page_of(client, address)) | {"title_ru": "Моё", "latest": ""}
    theirs = filled(page_of(others_client, address)) | {"title_ru": "Чужое"}
    saved(others_client.post(address, theirs))

    response = client.post(address, mine)

    row.refresh_from_db()
    assert row.title_ru == "Чужое"
    told = [(it.own, it.stored) for it in conflict_of(response).differences]
    assert told == [("Моё", "Чужое")]
    assert response.context["adminform"].form["title_ru"].value() == "Моё"
    for text in ("gulnara", "Чужое", "Моё"):
        assert text in response.text
    # She has seen what is stored, and decides.
    saved(client.post(address, filled(response)))
    row.refresh_from_db()
    assert (row.title_ru, row.revision) == ("Моё", 3)


def test_what_the_second_editor_left_alone_takes_what_the_first_one_saved(
    client, editor, others_client
):
    row = factories.make_activity(title_ru="Как было", is_lost_after=True)
    address = change_url(row)
    mine = form_of(client, row, note_ru="Моё примечание")
    changes = {
        "title_ru": "Чужое",
        "number": "3.1",
        "is_placement_uncertain": "on",
        "timeline_kind": "by",
        "latest": "2026-05-15",
    }
    theirs = form_of(others_client, row, **changes)
    del theirs["is_lost_after"]
    saved(others_client.post(address, theirs))

    response = client.post(address, mine)

    conflict = conflict_of(response)
    assert [it.own for it in conflict.differences] == ["Моё примечание"]
    assert len(conflict.taken_over) == 6
    assert errors_of(response) == ["__all__"]
    saved(client.post(address, filled(response)))
    row.refresh_from_db()
    assert (row.title_ru, row.note_ru, row.number, row.latest.isoformat()) == (
        "Чужое",
        "Моё примечание",
        "3.1",
        "2026-05-15",
    )
    assert (row.is_placement_uncertain, row.is_lost_after) == (True, False)


def test_one_who_changed_nothing_is_told_as_well(client, editor, others_client):
    row = factories.make_activity()
    mine = form_of(client, row)
    saved(others_client.post(change_url(row), form_of(others_client, row, title_ru="Чужое")))

    response = client.post(change_url(row), mine)

    assert conflict_of(response).differences == []
    row.refresh_from_db()
    assert row.title_ru == "Чужое"


def test_lists_below_are_told_as_they_are_stored(client, editor, others_client):
    row = factories.make_activity()
    mine = form_of(client, row, title_ru="Моё")
    resource = {"resources-TOTAL_FORMS": "1", "resources-0-amount": "777"}
    saved(others_client.post(change_url(row), form_of(others_client, row, **resource)))

    response = client.post(change_url(row), mine)

    assert "777" in " ".join(rows for _name, rows in response.context["stored_lists"])
    saved(client.post(change_url(row), filled(response)))
    assert row.resources.get().amount == 777


@pytest.mark.parametrize("seen", ["", "0", "x", "-1", "99", str(10**30)])
def test_a_form_that_does_not_say_what_it_saw_saves_nothing(client, editor, seen):
    row = factories.make_activity(title_ru="Как было")

    response = client.post(
        change_url(row), form_of(client, row, title_ru="Моё") | {"revision_seen": seen}
    )

    assert response.status_code == 200
    row.refresh_from_db()
    assert row.title_ru == "Как было"


def test_a_stage_is_guarded_alike(client, editor, others_client):
    stage = factories.make_stage(note_ru="Как было")
    mine = form_of(client, stage, note_ru="Моё")
    saved(others_client.post(change_url(stage), form_of(others_client, stage, note_ru="Чужое")))

    response = client.post(change_url(stage), mine)

    assert [it.stored for it in conflict_of(response).differences] == ["Чужое"]
    stage.refresh_from_db()
    assert stage.note_ru == "Чужое"


def test_a_goal_in_the_form_of_its_stage_is_guarded_by_itself(client, editor):
    goal, other = (factories.make_goal(title_ru="Как было") for _number in range(2))
    stage = goal.stage
    other.stage = stage
    other.save()
    mine = form_of(client, stage, **{"goals-0-title_ru": "Моё"})
    # An import saves the goals without their stage.
    for it, title in ((goal, "Чужое"), (other, "Импорт")):
        claim(it, 1)
        it.title_ru = title
        it.save()

    response = client.post(change_url(stage), mine)

    assert errors_of(response) == ["goals-0-__all__"]
    saved(client.post(change_url(stage), filled(response)))
    titles = dict(Goal.objects.values_list("pk", "title_ru"))
    assert titles == {goal.pk: "Моё", other.pk: "Импорт"}


def test_moving_a_row_in_the_tree_is_not_undone_by_an_open_form(client, editor, others_client):
    first = factories.make_activity()
    second = factories.make_activity(first.stage)
    mine = form_of(client, second, title_ru="Моё")
    press(others_client, "up", second)

    saved(client.post(change_url(second), mine))

    second.refresh_from_db()
    assert (second.position, second.title_ru) == (1, "Моё")


def test_of_two_claims_of_one_revision_one_is_refused():
    row = factories.make_activity()
    same = Activity.objects.get(pk=row.pk)

    claim(row, 1)
    with pytest.raises(SavedMeanwhile):
        claim(same, 1)
    claim(same, 2)

    assert Activity.objects.get().revision == 3


def test_who_comes_between_the_check_and_the_saving_is_noticed(client, editor, monkeypatch):
    row = factories.make_activity(title_ru="Как было")
    data = form_of(client, row, title_ru="Моё")
    opened = ActivityAdmin.get_object
    looks = []

    def get_object(admin, request, object_id, *args):
        looks.append(object_id)
        if len(looks) == 2:  # now what the other one saved can be seen
            claim(row, 1)
            row.title_ru = "Чужое"
            row.save()
        return opened(admin, request, object_id, *args)

    def refuse_once(part, seen):
        if len(looks) == 1:
            raise SavedMeanwhile
        claim(part, seen)

    monkeypatch.setattr(ActivityAdmin, "get_object", get_object)
    monkeypatch.setattr(revised, "claim", refuse_once)

    response = client.post(change_url(row), data)

    assert [(it.own, it.stored) for it in conflict_of(response).differences] == [("Моё", "Чужое")]
    row.refresh_from_db()
    assert row.title_ru == "Чужое"


def meet(function):
    """The function, after which its callers wait for each other for a moment."""
    barrier = Barrier(2)

    def wrapped(*args, **kwargs):
        result = function(*args, **kwargs)
        with suppress(BrokenBarrierError):
            barrier.wait(0.5)
        return result

    return wrapped


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_the_same_moment_are_one_and_one(monkeypatch):
    row = factories.make_activity(title_ru="Как было")
    clients = [Client(raise_request_exception=False) for _number in range(2)]
    for it in clients:
        it.force_login(factories.make_user())
    forms = [form_of(it, row, title_ru=f"Редактор {n}") for n, it in enumerate(clients)]
    monkeypatch.setattr(revised.RevisedForm, "clean", meet(revised.RevisedForm.clean))
    statuses = {}

    def post(number):
        statuses[number] = clients[number].post(change_url(row), forms[number]).status_code
        connections.close_all()

    threads = [Thread(target=post, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    row.refresh_from_db()
    assert sorted(statuses.values()) == [200, 302]
    winner = next(number for number, status in statuses.items() if status == 302)
    assert (row.title_ru, row.revision) == (f"Редактор {winner}", 2)
