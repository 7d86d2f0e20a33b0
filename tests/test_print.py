"""What a sheet of paper tells: there is no page around it to look at."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_activity, make_file, make_plan, make_stage

pytestmark = pytest.mark.django_db


def test_a_printed_part_names_the_whole_it_belongs_to(client):
    row = make_activity(make_stage(make_plan()))
    file = make_file()
    parts = [
        row.get_absolute_url(),
        f"{row.stage.plan.get_absolute_url()}table/",
        reverse("library:file_page", args=[file.document.slug, file.short_id, 1]),
        f"{file.document.get_absolute_url()}cite/",
    ]
    wholes = [row.stage.plan.get_absolute_url(), file.document.get_absolute_url()]

    assert [_is_trail_printed(client, part) for part in parts] == [True] * 4
    assert [_is_trail_printed(client, whole) for whole in wholes] == [False] * 2


def test_a_printed_list_says_what_was_searched_for(client):
    row = make_activity(make_stage(make_plan()))
    lists = [
        reverse("search"),
        reverse("library:document_list"),
        f"{row.stage.plan.get_absolute_url()}table/",
    ]

    for address in lists:
        said = '<p class="on-paper">Искали слова: &lt;семья&gt;</p>'
        assert said in client.get(address, {"q": "<семья>"}).text, address
        assert "on-paper" not in client.get(address).text, address


def _is_trail_printed(client, path):
    page = client.get(path)
    assert page.status_code == 200
    assert 'class="trail' in page.text
    return 'class="trail trail--part"' in page.text
