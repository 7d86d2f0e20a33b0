"""The page that names everything there is for programs."""

import gzip
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from library.formats import FORMATS
from library.rate_limit import exports_limit
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.fixture(autouse=True)
def forgotten():
    exports_limit.forget()
    yield
    exports_limit.forget()


def page_in(client, language):
    with translation.override(language):
        return client.get(reverse("open_data"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_address_that_the_page_names_answers(client, language):
    factories.make_document(slug="report")
    plan = factories.make_plan()
    factories.make_stage(plan)

    page = page_in(client, language)

    assert page.status_code == 200
    main = page.text.split("<main")[1].split("</main>")[0]
    links = set(re.findall(r'href="([^"]+)"', main))
    named = {f"cite.{it.extension}" for it in FORMATS if it.is_for_one} | {"oai?verb=Identify"}
    assert {it.rpartition("/")[2] for it in links} >= named
    assert f"/{language}/plan/{plan.slug}/" in "".join(links)
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_foot_of_every_page_leads_to_it(client):
    with translation.override("ru"):
        assert f'href="{reverse("open_data")}"' in client.get(reverse("about")).text


def test_it_is_light_and_names_nothing_that_is_not_public(
    client, admin_client, django_assert_max_num_queries
):
    factories.make_draft(slug="secret-draft")
    later = timezone.now() + timedelta(days=1)
    factories.make_document(slug="secret-later", publish_at=later)
    factories.make_plan(slug="secret-plan", publish_at=later)

    with django_assert_max_num_queries(8):
        page = page_in(client, "ru")

    assert len(gzip.compress(page.content)) <= 10_000
    for visitor in (client, admin_client):
        assert "secret" not in page_in(visitor, "ru").text


def test_without_any_document_there_are_still_the_lists(client):
    assert "export.csv" in page_in(client, "ru").text
