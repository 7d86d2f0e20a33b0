"""How reports come in, and what editors decide about them: functions, addresses, real threads."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from council.models import Evidence, Moderation, ProgressUpdate, Reporter
from council.moderation import accept, reject, send
from mrc_portal.admin_site import change_url
from mrc_portal.roles import CONTRIBUTORS, REPORTERS
from tests import factories
from tests.editing import said

pytestmark = pytest.mark.django_db


def make_waiting(**fields):
    return factories.make_update(moderation=Moderation.WAITING, **fields)


def address(step, update):
    return reverse(f"admin:council_progressupdate_{step}", args=[update.pk])


def state_of(update):
    return ProgressUpdate.objects.get(pk=update.pk).moderation


def test_an_accepted_report_says_who_accepted_it_and_when():
    update, user = make_waiting(), factories.make_user()

    accept(update, user)

    update.refresh_from_db()
    assert (update.moderation, update.moderated_by) == ("accepted", user)
    assert timezone.now() - update.moderated_at < timedelta(minutes=1)
    assert list(ProgressUpdate.objects.in_force()) == [update]
    assert update.history.first().moderation == "accepted"


def test_a_rejected_report_keeps_its_reason_and_counts_no_more():
    update, user = make_waiting(), factories.make_user()

    reject(update, user, " Нет протокола. ")

    update.refresh_from_db()
    assert (update.moderation, update.rejection_reason) == ("rejected", "Нет протокола.")
    assert not ProgressUpdate.objects.in_force().exists()


def test_a_rejection_needs_a_reason():
    update = make_waiting()

    with pytest.raises(ValidationError):
        reject(update, factories.make_user(), "  ")

    assert state_of(update) == "waiting"


@pytest.mark.parametrize("second", [accept, lambda it, user: reject(it, user, "Нет.")])
@pytest.mark.parametrize("first", [accept, lambda it, user: reject(it, user, "Нет.")])
def test_one_decides_once(first, second):
    update, user = make_waiting(), factories.make_user()
    same = ProgressUpdate.objects.get(pk=update.pk)
    first(update, user)
    before = ProgressUpdate.objects.values().get()

    with pytest.raises(ValidationError):
        second(same, factories.make_user())

    assert ProgressUpdate.objects.values().get() == before


def test_done_is_accepted_only_with_evidence_or_a_waiver():
    bare, proved, waived = (
        make_waiting(status="done"),
        make_waiting(status="done"),
        make_waiting(status="done", evidence_waiver_ky="Документ жок."),
    )
    factories.make_evidence(proved)

    with pytest.raises(ValidationError):
        accept(bare, factories.make_user())
    accept(proved, factories.make_user())
    accept(waived, factories.make_user())

    assert [state_of(it) for it in (bare, proved, waived)] == ["waiting", "accepted", "accepted"]


def test_rules_of_the_day_are_checked_again_on_acceptance():
    update = make_waiting()
    plan = update.activity.stage.plan
    plan.tracking_ended_on = update.as_of - timedelta(days=1)
    plan.save()
    update = ProgressUpdate.objects.get(pk=update.pk)

    with pytest.raises(ValidationError):
        accept(update, factories.make_user())

    assert state_of(update) == "waiting"


def test_a_report_is_corrected_once():
    wrong = factories.make_update()
    first = make_waiting(activity=wrong.activity, corrects=wrong)
    second = make_waiting(activity=wrong.activity, corrects=wrong, as_of=date(2025, 3, 2))
    user = factories.make_user()

    accept(first, user)
    with pytest.raises(ValidationError):
        accept(second, user)

    assert (state_of(first), state_of(second)) == ("accepted", "waiting")
    assert list(ProgressUpdate.objects.in_force()) == [first]
    reject(second, user, "Уже исправлено.")


def test_what_is_sent_is_stored_whole_or_not_at_all():
    row = factories.make_activity()
    update = ProgressUpdate(activity=row, as_of=date(2025, 3, 1), status="done")
    pieces = [Evidence(url="https://example.org/1"), Evidence(url="no address")]

    with pytest.raises(ValidationError):
        send(update, pieces, factories.make_user())

    assert (ProgressUpdate.objects.count(), Evidence.objects.count()) == (0, 0)


def test_only_editors_reports_count_at_once():
    states = {}
    for role in ("Editors", "Administrators", CONTRIBUTORS, REPORTERS):
        update = ProgressUpdate(
            activity=factories.make_activity(), as_of=date(2025, 3, 1), status="in_progress"
        )
        send(update, [], factories.make_user(role))
        states[role] = state_of(update)

    assert states == {
        "Editors": "accepted",
        "Administrators": "accepted",
        CONTRIBUTORS: "waiting",
        REPORTERS: "waiting",
    }


# Through the addresses


def test_an_editor_accepts_on_the_page_of_the_report(client, editor):
    update = make_waiting()
    page = client.get(change_url(update))
    assert f'formaction="{address("accept", update)}"' in page.text

    response = client.post(address("accept", update))

    assert response.url == change_url(update)
    assert state_of(update) == "accepted"
    assert address("accept", update) not in client.get(change_url(update)).text


def test_a_report_that_waits_has_no_empty_lines(client, editor):
    update = make_waiting()
    factories.make_evidence(update)

    page = client.get(change_url(update))

    shown = {
        name for fieldset in page.context["adminform"] for line in fieldset for name in line.fields
    }
    assert {"row_link", "state_badge", "as_of", "status"} <= shown
    assert not shown & {
        *("percent", "sender", "corrects_link", "corrected_by"),
        *("decider", "moderated_at", "rejection_reason", "evidence_waiver_ru"),
    }
    (evidence,) = page.context["inline_admin_formsets"]
    assert evidence.opts.model is Evidence
    # The decision stands after the evidence and before the button that only closes.
    places = [page.text.index(it) for it in ("evidence-heading", "formaction=", "closelink")]
    assert places == sorted(places)


def test_an_editor_rejects_with_a_reason(client, editor):
    update = make_waiting()

    client.post(address("reject", update), {"reason": ""})
    assert state_of(update) == "waiting"
    client.post(address("reject", update), {"reason": "Нет протокола."})

    update.refresh_from_db()
    assert (update.moderation, update.rejection_reason, update.moderated_by) == (
        "rejected",
        "Нет протокола.",
        editor,
    )


def test_several_are_decided_about_at_once_and_each_refusal_is_explained(client, editor):
    good, bare, decided = make_waiting(), make_waiting(status="done"), factories.make_update()
    changelist = reverse("admin:council_progressupdate_changelist")
    chosen = [good.pk, bare.pk, decided.pk]

    response = client.post(changelist, {"action": "accept_selected", "_selected_action": chosen})

    assert [state_of(it) for it in (good, bare, decided)] == ["accepted", "waiting", "accepted"]
    assert str(bare.activity) in said(response)
    assert "По 1 отчёту решение уже было принято" in said(response)
    data = {"action": "reject_selected", "_selected_action": [bare.pk, decided.pk]}
    page = client.post(changelist, data)
    assert page.status_code == 200
    assert page.context["updates"] == [bare]
    assert state_of(bare) == "waiting"
    client.post(changelist, data | {"reason_given": "1", "reason": " "})
    assert state_of(bare) == "waiting"
    client.post(changelist, data | {"reason_given": "1", "reason": "Нет протокола."})
    assert state_of(bare) == "rejected"


def test_no_reason_is_asked_where_nothing_is_left_to_decide(client, editor):
    decided = factories.make_update()
    changelist = reverse("admin:council_progressupdate_changelist")

    data = {"action": "reject_selected", "_selected_action": [decided.pk]}

    assert client.post(changelist, data).status_code == 302
    assert state_of(decided) == "accepted"


@pytest.mark.parametrize("role", [CONTRIBUTORS, REPORTERS, ""])
def test_nobody_else_decides(client, role):
    update = make_waiting()
    client.force_login(factories.make_user(role, is_staff=True))
    changelist = reverse("admin:council_progressupdate_changelist")

    for step in ("accept", "reject", "assess"):
        assert client.post(address(step, update), {"reason": "Нет."}).status_code == 403
    for action in ("accept_selected", "reject_selected"):
        data = {"action": action, "_selected_action": [update.pk], "reason_given": "1"}
        client.post(changelist, data | {"reason": "Нет."})

    assert state_of(update) == "waiting"


def test_looking_decides_nothing(client, editor):
    update = make_waiting()

    assert client.get(address("accept", update)).status_code == 405
    assert client.get(address("reject", update)).status_code == 405
    assert state_of(update) == "waiting"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_the_same_moment_one_is_refused():
    update = make_waiting()
    users = [factories.make_user(), factories.make_user()]
    barrier = Barrier(2)
    refused = []

    def decide(number):
        mine = ProgressUpdate.objects.get(pk=update.pk)
        str(mine.activity.stage.plan)
        barrier.wait(5)
        try:
            accept(mine, users[0]) if number else reject(mine, users[1], "Нет.")
        except ValidationError:
            refused.append(number)
        connections.close_all()

    threads = [Thread(target=decide, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert state_of(update) == ("rejected" if refused == [1] else "accepted")


# Roles


def test_reporters_may_send_reports_and_nothing_else():
    reporter = factories.make_user(REPORTERS)

    assert reporter.is_staff
    assert reporter.get_all_permissions() == {"council.add_progressupdate"}


def test_contributors_write_plans_and_send_reports_but_put_nothing_on_record():
    rights = {
        name.removeprefix("council.")
        for name in factories.make_user(CONTRIBUTORS).get_all_permissions()
        if name.startswith("council.")
    }

    parts = ("stage", "stagecolumn", "goal", "activity", "responsible", "resource", "extracell")
    assert {f"{action}_{part}" for action in ("add", "change") for part in parts} <= rights
    for name in ("evidence", "deadlinechange", "assessment", "planversion", "reporter"):
        assert {it for it in rights if it.endswith(f"_{name}")} == {f"view_{name}"}
    on_reports = {it for it in rights if it.endswith("_progressupdate")}
    assert on_reports == {"view_progressupdate", "add_progressupdate"}


def test_an_account_of_an_organisation_ends_with_it():
    reporter = factories.make_user(REPORTERS)
    link = Reporter.objects.create(user=reporter, organisation=factories.make_organisation())

    link.organisation.delete()

    assert not Reporter.objects.exists()
