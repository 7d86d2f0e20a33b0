"""Parts that pages share: true for as long as the page would be, and never for the staff."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.translation import override

from library.models import Document
from mrc_portal.content_version import current_version
from mrc_portal.shared_parts import SharedParts, parts_of
from tests.factories import make_activity, make_document, make_topic, make_update

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made():
    return []


@pytest.fixture
def part(made):
    """Makes another part each time."""

    def make():
        made.append(len(made) + 1)
        return made[-1]

    return make


@pytest.fixture
def pages_are_kept(settings, tmp_path):
    settings.PAGE_CACHE_BYTES = 1024**2
    settings.SEARCH_DIR = tmp_path / "no-index"


def test_a_part_is_made_once_for_all_pages_of_a_version(part):
    parts = SharedParts(10)
    with parts_of(current_version()):
        assert [parts.once("one", part), parts.once("one", part)] == [1, 1]
        assert parts.once("another", part) == 2
    with parts_of(current_version()):
        assert parts.once("one", part) == 1
    make_document()
    with parts_of(current_version()):
        assert parts.once("one", part) == 3


def test_each_language_has_its_own(part):
    parts = SharedParts(10)
    with parts_of(current_version()):
        for language, expected in (("ru", 1), ("ky", 2), ("ru", 1)):
            with override(language):
                assert parts.once("one", part) == expected


def test_a_page_that_is_not_for_everybody_has_parts_of_its_own(part):
    parts = SharedParts(10)
    with parts_of(current_version()):
        parts.once("one", part)

    assert [parts.once("one", part), parts.once("one", part)] == [2, 3]
    with parts_of(current_version()):
        assert parts.once("one", part) == 1


def test_the_missing_are_asked_for_together(part):
    parts, asked = SharedParts(10), []

    def make(keys):
        asked.append(list(keys))
        return {key: key.upper() for key in keys if key != "none"}

    with parts_of(current_version()):
        assert parts.each(["a", "none"], make) == {"a": "A"}
        assert parts.each(["b", "a", "none"], make) == {"b": "B", "a": "A"}
        assert parts.each(["a", "b"], make) == {"a": "A", "b": "B"}
        assert parts.each([], make) == {}
    assert asked == [["a", "none"], ["b", "none"]]
    assert parts.each(["a"], make) == {"a": "A"}
    assert asked[-1] == ["a"]


def test_those_asked_for_last_stay(part):
    parts = SharedParts(2)
    with parts_of(current_version()):
        for key in ("a", "b", "a", "c"):
            parts.once(key, part)

        assert [parts.once("a", part), parts.once("b", part)] == [1, 4]


@pytest.mark.usefixtures("pages_are_kept")
def test_a_card_that_pages_share_follows_its_document(client):
    topic = make_topic()
    document = make_document(topics=[topic], title_ru="Отчёт об условиях")
    pages = [reverse("library:document_list"), topic.get_absolute_url()]
    assert all(document.title_ru in client.get(it).content.decode() for it in pages)

    Document.objects.update(title_ru="Доклад об условиях")

    for page in [*pages, f"{pages[0]}?sort=title"]:
        text = client.get(page).content.decode()
        assert ("Доклад об условиях" in text, "Отчёт об условиях" in text) == (True, False)


@pytest.mark.usefixtures("pages_are_kept")
def test_a_picture_that_pages_share_follows_the_plan(client):
    activity = make_activity()
    plan = activity.stage.plan
    table = reverse("council:plan_table", args=[plan.slug])
    client.get(table)
    assert activity.get_absolute_url() not in client.get(f"{table}?status=done").content.decode()

    make_update(activity, status="done")

    done = client.get(f"{table}?status=done").content.decode()
    assert activity.get_absolute_url() in done


@pytest.mark.usefixtures("pages_are_kept")
def test_the_staff_see_a_draft_that_readers_never_do(client, admin_client):
    document = make_document(title_ru="Ещё не для всех")
    Document.objects.update(status="draft")
    topic = make_topic()
    document.topics.add(topic)
    page = document.get_absolute_url()

    assert document.title_ru in admin_client.get(page).content.decode()
    assert client.get(page).status_code == 404
    assert document.title_ru not in client.get(topic.get_absolute_url()).content.decode()
