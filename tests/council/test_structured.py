"""The plan as a set of data for search engines."""

from __future__ import annotations

from datetime import date

import extruct
import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

SITE = "http://testserver"


def dataset_of(client, plan, query=""):
    page = client.get(plan.get_absolute_url() + query)
    found = extruct.extract(page.text, base_url=SITE, syntaxes=["json-ld"])["json-ld"]
    return found[0] if found else None


def test_a_plan_is_a_dataset_with_its_files(client):
    plan = factories.make_plan(starts_on=date(2013, 1, 1), ends_on=date(2015, 12, 31))

    data = dataset_of(client, plan)

    assert data["@type"] == "Dataset"
    assert data["name"] == plan.title_ru
    assert data["description"]
    assert data["temporalCoverage"] == "2013-01-01/2015-12-31"
    offered = {it["contentUrl"]: it["encodingFormat"] for it in data["distribution"]}
    assert len(offered) == 4
    for url, media_type in offered.items():
        if media_type != "application/pdf":  # tests of files make it
            answer = client.get(url.removeprefix(SITE))
            assert answer["Content-Type"].startswith(media_type)
    assert SITE + reverse("council:plan_file", args=[plan.slug, "csv"]) in offered


def test_a_plan_without_an_end_is_open(client):
    plan = factories.make_plan(starts_on=date(2013, 1, 1), ends_on=None)

    assert dataset_of(client, plan)["temporalCoverage"] == "2013-01-01/.."


def test_bodies_that_are_not_public_are_not_named(client):
    hidden = factories.make_body(status="draft", publish_at=None, title_ru="Тайный совет")
    plan = factories.make_plan(council=hidden, drawn_up_by=None)

    assert "creator" not in dataset_of(client, plan)


def test_the_picture_of_another_day_and_a_draft_are_no_dataset(client, admin_client):
    plan = factories.make_plan()
    draft = factories.make_plan(status="draft", publish_at=None)

    assert dataset_of(client, plan, "?on=2013-05-01") is None
    assert dataset_of(admin_client, draft) is None
