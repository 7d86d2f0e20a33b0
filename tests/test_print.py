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


def _is_trail_printed(client, path):
    page = client.get(path)
    assert page.status_code == 200
    assert 'class="trail' in page.text
    return 'class="trail trail--part"' in page.text
