"""Accounts of organisations: they send reports on their own rows, and see nothing else."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone, translation

from council.models import ProgressUpdate, Reporter
from council.moderation import reject
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, may_see_drafts
from mrc_portal.roles import CONTRIBUTORS, EDITORS, REPORTERS, publishable_models
from tests import factories
from tests.editing import form_of, saved, sent

pytestmark = pytest.mark.django_db

OWN = "admin:council_progressupdate_own"
EVIDENCE = "admin:council_progressupdate_evidence"


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def organisation():
    return factories.make_organisation(name_ru="Министерство")


@pytest.fixture
def reporter(client, organisation):
    """Logged in: may report for an organisation."""
    user = factories.make_user(REPORTERS, username="reporter")
    Reporter.objects.create(user=user, organisation=organisation)
    client.force_login(user)
    return user


def make_own_row(organisation, **fields):
    plan = fields.pop("plan", None) or factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan), **fields)
    factories.make_responsible(row, organisation=organisation)
    return row


def report_url(row, **query):
    return reverse("admin:council_progressupdate_report", args=[row.pk], query=query)


def report(client, row, **data):
    return client.post(report_url(row), sent(client.get(report_url(row)).context["form"]) | data)


# What they see


def test_the_start_page_shows_their_rows_and_nothing_else(client, reporter, organisation):
    own = make_own_row(organisation, latest=today(-10), title_ru="Своя строка")
    make_own_row(factories.make_organisation(), title_ru="Чужая строка")
    factories.make_draft(title_ru="Черновик документа")
    factories.make_update(own, moderation="waiting", text_ru="Чужой отчёт")

    page = client.get(reverse("admin:index"))

    (work,) = page.context["work_lists"]
    assert [item.url for item in work.items] == [report_url(own)]
    assert page.context["app_list"] == []
    # Nor are they told that they may see nothing, below what they see.
    assert 'id="content-main"' not in page.text
    for text in ("Чужая строка", "Черновик документа", "Чужой отчёт"):
        assert text not in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_their_page_shows_rows_of_public_plans_that_are_tracked(
    client, reporter, organisation, language
):
    late = make_own_row(organisation, latest=today(-10), title_ru="Своя строка")
    calm = make_own_row(organisation, latest=today(300), title_ru="Спокойная строка")
    hidden = {
        "Строка черновика": {"status": Status.DRAFT, "publish_at": None},
        "Строка будущего": {"publish_at": timezone.now() + timedelta(days=1)},
        "Строка архива": {"tracking_ended_on": today(-1)},
    }
    for title, fields in hidden.items():
        make_own_row(organisation, title_ru=title, plan=factories.make_plan(**fields))
    with translation.override(language):
        page = client.get(reverse(OWN))

    assert [row.activity for row in page.context["rows"]] == [late, calm]
    assert f'lang="{language}"' in page.text
    assert "Министерство" in page.text
    for title in hidden:
        assert title not in page.text


def test_drafts_of_every_room_stay_hidden_from_them(client, reporter):
    assert [model for model in publishable_models() if may_see_drafts(reporter, model)] == []
    drafts = [
        factories.make_draft(),
        factories.make_event(status=Status.DRAFT, publish_at=None),
        factories.make_plan(status=Status.DRAFT, publish_at=None),
    ]
    for draft in drafts:
        assert client.get(draft.get_absolute_url()).status_code == 404
        assert client.get(change_url(draft)).status_code == 403


def test_every_other_room_of_the_editors_is_closed_to_them(client, reporter, organisation):
    update = factories.make_update(make_own_row(organisation))
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        response = client.get(reverse(f"admin:{name}_changelist"))
        assert response.status_code == 403, model
        if model is not ProgressUpdate:
            assert not model_admin.has_add_permission(response.wsgi_request), model
    closed = [
        change_url(update),
        reverse("admin:council_progressupdate_due"),
        reverse("admin:council_progressupdate_history", args=[update.pk]),
        reverse("admin:council_progressupdate_assess", args=[update.pk]),
        reverse("admin:council_plan_tree", args=[update.activity.stage.plan.pk]),
        change_url(update.activity),
    ]
    for address in closed:
        assert client.get(address).status_code == 403, address
    assert client.get(reverse("admin:app_list", args=["council"])).status_code == 404
    assert client.get(reverse("admin:council_progressupdate_add")).url == reverse(OWN)


def test_one_who_is_linked_to_nothing_is_told_so(client):
    factories.make_activity(latest=today(-10))
    client.force_login(factories.make_user(REPORTERS))

    page = client.get(reverse(OWN))

    assert (page.status_code, page.context["rows"]) == (200, [])
    assert client.get(reverse("admin:index")).status_code == 200


# What they send


def test_a_report_waits_and_speaks_for_the_organisation(client, reporter, organisation):
    row = make_own_row(organisation)

    response = report(client, row, status="in_progress", text_ru="Идёт работа.")

    assert response.url == reverse(OWN)
    update = ProgressUpdate.objects.get()
    assert (update.reported_by, update.created_by, update.moderation) == (
        organisation,
        reporter,
        "waiting",
    )
    assert "Идёт работа." in client.get(reverse(OWN)).text
    assert "Идёт работа." not in client.get(row.get_absolute_url()).text


def test_nobody_reports_on_rows_of_others(client, reporter, organisation):
    own = make_own_row(organisation)
    foreign = [
        make_own_row(factories.make_organisation()),
        make_own_row(organisation, plan=factories.make_plan(status="draft", publish_at=None)),
        make_own_row(organisation, plan=factories.make_plan(tracking_ended_on=today(-1))),
        factories.make_activity(),
    ]
    data = sent(client.get(report_url(own)).context["form"]) | {"status": "in_progress"}

    for row in foreign:
        assert client.get(report_url(row)).status_code == 404
        assert client.post(report_url(row), data).status_code == 404
        assert client.post(report_url(row), data | {"activity": own.pk}).status_code == 404
    client.post(report_url(own), data | {"activity": foreign[0].pk})

    assert [update.activity for update in ProgressUpdate.objects.all()] == [own]


def test_no_field_makes_a_report_more_than_a_waiting_one(client, reporter, organisation):
    row = make_own_row(organisation)
    stranger = factories.make_user()
    forged = {
        "moderation": "accepted",
        "moderated_at": "2025-01-01",
        "created_by": stranger.pk,
        "rejection_reason": "!",
        "status": "in_progress",
    }

    report(client, row, **forged)

    update = ProgressUpdate.objects.get()
    assert (update.moderation, update.created_by, update.rejection_reason) == (
        "waiting",
        reporter,
        "",
    )
    other = factories.make_organisation()
    response = report(client, row, status="done", reported_by=other.pk)
    assert "reported_by" in response.context["form"].errors


def test_they_correct_their_own_reports_only(client, reporter, organisation):
    row = make_own_row(organisation)
    factories.make_responsible(row)
    own = factories.make_update(row, reported_by=organisation, text_ru="Своё")
    other = factories.make_update(row, reported_by=factories.make_organisation(), text_ru="Чужое")

    refused = report(client, row, status="in_progress", corrects=other.pk)
    assert "corrects" in refused.context["form"].errors
    page = client.get(report_url(row, corrects=other.pk))
    assert not page.context["form"]["corrects"].value()
    page = client.get(report_url(row, corrects=own.pk))
    assert page.context["form"]["text_ru"].value() == "Своё"
    report(client, row, status="in_progress", corrects=own.pk, text_ru="Своё иначе")

    assert ProgressUpdate.objects.get(text_ru="Своё иначе").corrects == own
    assert set(ProgressUpdate.objects.in_force()) == {own, other}  # until an editor accepts it


def test_a_reason_of_a_rejection_reaches_the_sender_alone(client, reporter, organisation):
    row = make_own_row(organisation)
    report(client, row, status="in_progress")
    reject(ProgressUpdate.objects.get(), factories.make_user(), "Нет протокола.")

    assert "Нет протокола." in client.get(reverse(OWN)).text
    assert "Нет протокола." in client.get(reverse("admin:index")).text
    assert "Нет протокола." not in client.get(row.get_absolute_url()).text
    colleague = factories.make_user(REPORTERS)
    Reporter.objects.create(user=colleague, organisation=organisation)
    client.force_login(colleague)
    assert "Нет протокола." not in client.get(reverse(OWN)).text
    assert "Нет протокола." not in client.get(reverse("admin:index")).text


# Evidence


def find(client, field, term, model="evidence", app="council"):
    return client.get(
        reverse(EVIDENCE),
        {"app_label": app, "model_name": model, "field_name": field, "term": term},
    )


def found(client, field, term):
    response = find(client, field, term)
    assert response.status_code == 200
    return [it["text"] for it in response.json()["results"]]


def test_evidence_is_found_among_what_readers_see(client, reporter):
    factories.make_document(title_ru="Отчёт о КВОТАХ", title_ky="Квоталар", ready_ky=False)
    factories.make_draft(title_ru="Тайный отчёт о квотах")
    factories.make_document(
        title_ru="Будущий отчёт о квотах", publish_at=timezone.now() + timedelta(days=1)
    )
    factories.make_event(title_ru="Встреча о квотах")
    factories.make_event(title_ru="Тайная встреча", status=Status.DRAFT, publish_at=None)
    factories.make_press_release(title_ru="Новость о квотах")
    factories.make_press_release(title_ru="Тайная новость", status=Status.DRAFT, publish_at=None)

    assert found(client, "document", "квотах отчет") == ["Отчёт о КВОТАХ"]
    assert found(client, "document", "Квоталар") == []  # this title is not ready
    assert found(client, "event", "") == ["Встреча о квотах"]
    assert found(client, "release", "") == ["Новость о квотах"]
    with translation.override("ky"):
        assert found(client, "document", "квотах") == ["Отчёт о КВОТАХ"]


def test_other_autocompletes_are_closed_to_them(client, reporter):
    factories.make_draft()
    addresses = [
        {"app_label": "council", "model_name": "evidence", "field_name": "document"},
        {"app_label": "council", "model_name": "progressupdate", "field_name": "reported_by"},
        {"app_label": "council", "model_name": "reporter", "field_name": "organisation"},
    ]
    for query in addresses:
        assert client.get(reverse("admin:autocomplete"), query | {"term": ""}).status_code == 403
    for field, model, app in [
        ("update", "evidence", "council"),
        ("activity", "progressupdate", "council"),
        ("source_document", "plan", "council"),
        ("event", "eventmaterial", "events"),
        ("nothing", "evidence", "council"),
        ("document", "nothing", "council"),
    ]:
        assert find(client, field, "", model, app).status_code == 403
    assert client.get(reverse(EVIDENCE)).status_code == 403


def test_evidence_is_looked_for_by_who_may_report(client):
    query = {"app_label": "council", "model_name": "evidence", "field_name": "document"}
    assert client.get(reverse(EVIDENCE), query).status_code == 302
    client.force_login(factories.make_user("", is_staff=True))
    assert client.get(reverse(EVIDENCE), query).status_code == 403


def test_a_forged_choice_of_a_draft_is_refused_without_its_title(client, reporter, organisation):
    row = make_own_row(organisation)
    draft = factories.make_draft(title_ru="Тайный документ")

    response = report(client, row, status="done", documents=[draft.pk])

    assert "documents" in response.context["form"].errors
    assert "Тайный документ" not in response.text


# Who may report


def test_editors_link_accounts_to_organisations(client, organisation):
    account = factories.make_user(REPORTERS)
    other = factories.make_user(CONTRIBUTORS)
    client.force_login(factories.make_user(EDITORS))
    address = reverse("admin:council_reporter_add")
    choices = client.get(address).context["adminform"].form.fields["user"].queryset
    assert list(choices) == [account]

    refused = client.post(address, {"user": other.pk, "organisation": organisation.pk})
    assert "user" in refused.context["adminform"].form.errors
    saved(client.post(address, {"user": account.pk, "organisation": organisation.pk}))
    twice = client.post(address, {"user": account.pk, "organisation": organisation.pk})

    assert twice.status_code == 200
    link = Reporter.objects.get()
    assert (link.user, link.organisation) == (account, organisation)
    other_organisation = factories.make_organisation()
    data = form_of(client, link, organisation=other_organisation.pk)
    saved(client.post(change_url(link), data))
    assert Reporter.objects.get().organisation == other_organisation


@pytest.mark.parametrize("role", [CONTRIBUTORS, REPORTERS, ""])
def test_nobody_else_links_accounts(client, organisation, role):
    user = factories.make_user(role, is_staff=True)
    client.force_login(user)

    address = reverse("admin:council_reporter_add")
    assert client.get(address).status_code == 403
    data = {"user": user.pk, "organisation": organisation.pk}
    assert client.post(address, data).status_code == 403
    assert not Reporter.objects.exists()


def test_their_page_costs_as_many_queries_for_many_rows(
    client, reporter, organisation, django_assert_max_num_queries
):
    plan = factories.make_plan()

    def count(number):
        for _number in range(number):
            row = make_own_row(organisation, plan=plan, latest=today(-3))
            factories.make_update(row, created_by=reporter, reported_by=organisation)
        client.get(reverse(OWN))
        with django_assert_max_num_queries(25) as queries:
            client.get(reverse(OWN))
        return len(queries)

    assert count(2) == count(15)
