"""Who owes what: the organisations of a plan, those with most to answer for first."""

import re
from datetime import date

import pytest
from django.urls import reverse

from council.models import ProgressStatus
from council.schedule import ScheduleState
from mrc_portal.publishing import Status
from tests import factories
from tests.council.furnished import furnished_plan

pytestmark = pytest.mark.django_db

TODAY = date(2026, 2, 1)


@pytest.fixture
def today(monkeypatch):
    """1 February 2026."""
    monkeypatch.setattr("council.models.plans.timezone.localdate", lambda: TODAY)
    return TODAY


def shares(client, plan, query=""):
    page = client.get(reverse("council:plan_organisations", args=[plan.slug]) + query)
    assert page.status_code == 200
    return page.context["leaf"].rows


def organisation_page(client, plan, slug, query=""):
    page = client.get(reverse("council:plan_organisation", args=[plan.slug, slug]) + query)
    assert page.status_code == 200
    return page


def test_organisations_stand_with_their_rows_worst_first_and_nobody_last(client, today):
    plan = furnished_plan()

    council, centre, nobody = shares(client, plan)

    assert (council.organisation.slug, centre.organisation.slug) == ("ncm", "centre")
    assert nobody.organisation is None
    assert dict(council.counts) == {ScheduleState.OVERDUE: 1, ScheduleState.MISSED: 1}
    assert dict(centre.counts) == {ScheduleState.MISSED: 1}
    assert council.is_yet_to_exist
    assert not centre.is_yet_to_exist
    assert [row.activity for row in nobody.rows] == [
        plan.parts[name]
        for name in ("campaign", "suggested", "undecided", "image", "done", "cancelled")
    ]
    assert (nobody.progress.reported, nobody.progress.total) == (1, 4)


def test_the_worst_stand_first_whatever_their_names(client, today):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    wanted = []
    for name, kinds in (
        ("Я", ["overdue", "overdue"]),
        ("Б", ["overdue"]),
        ("Ы", ["unreported"]),
        ("А", ["fine", "fine", "fine"]),
        ("В", ["fine"]),
        ("Г", ["fine"]),
    ):
        organisation = factories.make_organisation(name_ru=name)
        wanted.append(name)
        for kind in kinds:
            latest = date(2027, 6, 30) if kind == "fine" else date(2025, 6, 30)
            row = factories.make_activity(stage, latest=latest)
            factories.make_responsible(row, organisation=organisation)
            if kind != "unreported":
                factories.make_update(row, as_of=date(2026, 1, 1))

    found = [share.organisation.name_ru for share in shares(client, plan)]

    assert found == wanted


def test_rows_of_nobody_are_reached_in_the_table(client):
    plan = furnished_plan()

    page = client.get(reverse("council:plan_organisations", args=[plan.slug]))

    link = re.search(r'href="([^"]*\?organisation=-)"', page.text)[1]
    *_named, nobody = page.context["leaf"].rows
    assert client.get(link).context["table"].total == len(nobody.rows) == 6


def test_an_organisation_sees_its_rows_reports_and_amounts(client, today):
    plan = furnished_plan()
    body = factories.make_body(
        organisation=factories.make_organisation(), slug="same", title_ru="То же самое"
    )
    feedback = plan.parts["feedback"]
    factories.make_responsible(feedback, organisation=body.organisation)
    factories.make_update(feedback, as_of=date(2025, 5, 1), reported_by=body.organisation)
    factories.make_update(plan.parts["done"], as_of=date(2025, 5, 2), reported_by=body.organisation)
    factories.make_update(
        feedback, as_of=date(2025, 5, 3), reported_by=body.organisation, moderation="waiting"
    )
    factories.make_resource(feedback, amount=300)
    factories.make_resource(feedback, amount=40, currency="", position=1)

    page = organisation_page(client, plan, body.organisation.slug)

    assert [row.activity for row in page.context["leaf"].rows] == [feedback]
    assert page.context["leaf"].rows[0].schedule.explain() in page.text
    assert [(it.row.activity, it.update.as_of) for it in page.context["sent"]] == [
        (plan.parts["done"], date(2025, 5, 2)),
        (feedback, date(2025, 5, 1)),
    ]
    assert page.context["money"].sums.by_currency == {"USD": 300}
    assert page.context["money"].sums.unprinted == [40]
    for record in (body, body.organisation):
        assert f'href="{record.get_absolute_url()}"' in page.text
    type(body).objects.update(status=Status.DRAFT)
    page = organisation_page(client, plan, body.organisation.slug)
    assert body.title_ru not in page.text


def test_the_worst_row_of_an_organisation_stands_first(client, today):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    organisation = factories.make_organisation(slug="one")
    fine = factories.make_activity(stage, latest=date(2027, 6, 30))
    cancelled = factories.make_activity(stage, latest=date(2025, 6, 30))
    late = factories.make_activity(stage, latest=date(2025, 6, 30))
    for row in (fine, cancelled, late):
        factories.make_responsible(row, organisation=organisation)
        factories.make_update(row, as_of=date(2026, 1, 1))
    factories.make_update(cancelled, as_of=date(2026, 1, 2), status=ProgressStatus.CANCELLED)

    page = organisation_page(client, plan, "one")

    assert [row.activity for row in page.context["leaf"].rows] == [late, fine, cancelled]
    assert page.context["share"].cancelled == 1


def test_an_organisation_that_only_reports_is_not_in_the_plan(client):
    plan = furnished_plan()
    reporter = factories.make_organisation()
    factories.make_update(plan.parts["done"], reported_by=reporter)

    address = reverse("council:plan_organisation", args=[plan.slug, reporter.slug])

    assert client.get(address).status_code == 404


def test_on_another_day_later_reports_are_not_there_yet(client):
    plan = furnished_plan()

    page = organisation_page(client, plan, "centre", "?on=2025-08-01")
    assert page.context["sent"] == []
    page = organisation_page(client, plan, "centre", "?on=2025-10-01")
    assert [it.row.activity for it in page.context["sent"]] == [plan.parts["done"]]
