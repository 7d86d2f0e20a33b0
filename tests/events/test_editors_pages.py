"""What an editor reads and presses by mistake on the pages of releases and questionnaires."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mrc_portal.publishing import Status
from mrc_portal.roles import EDITORS
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(factories.make_user(EDITORS))
    return client


def test_the_enter_key_on_the_review_does_not_publish(editor):
    release = factories.make_press_release(status=Status.IN_REVIEW, publish_at=None)

    page = editor.get(reverse("admin:events_pressrelease_review", args=[release.pk])).text

    form = page[page.index('class="review-form"') :]
    assert re.findall(r'<button[^>]* name="(\w+)"', form)[:2] == ["_schedule", "_publish"]


@pytest.mark.parametrize(("embargo", "sentences"), [(None, 0), (timedelta(days=1), 1)])
def test_publish_now_says_one_thing_under_an_embargo(editor, embargo, sentences):
    until = timezone.now() + embargo if embargo else None
    release = factories.make_press_release(
        status=Status.DRAFT, publish_at=None, embargo_until=until
    )

    page = editor.get(reverse("admin:events_pressrelease_change", args=[release.pk])).text

    rows = page.split('name="_publish"')[1:]
    assert len(rows) == 2
    assert ["<span>" in row.split("</div>")[0] for row in rows] == [not sentences] * 2
    assert len(re.findall(r'<p class="publish-row">', page)) == 2 * sentences


def test_of_codes_that_are_not_there_no_number_is_told(editor):
    questionnaire = factories.make_questionnaire(access="codes")

    page = editor.get(reverse("admin:events_questionnaire_codes", args=[questionnaire.pk])).text

    assert "0 код" not in page
    assert 'name="number"' in page
