"""What hostile readers, careless editors and unlucky operators must not be able to do."""

from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore, Thread
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from library import files
from library.models import Document, DocumentFile, Topic, TopicTree
from library.pdf import PageUnavailable
from mrc_portal.publishing import Status, withdraw
from mrc_portal.roles import CONTRIBUTORS, EDITORS
from tests import factories
from tests.library.pictures import picture_url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CACHE_DIR = tmp_path / "cache"


def get(client, address, **options):
    """Get a page; if it is a file, close that."""
    response = client.get(address, **options)
    for close in response._resource_closers:
        close()
    return response


def make_unready_file():
    """A file that only editors see, of a document that everybody sees."""
    return factories.make_file(
        factories.make_document(title_ky="Каралама"),
        language="ky",
        content=factories.make_pdf("Каралама"),
    )


# What is not ready


def test_what_only_editors_may_have_is_kept_by_no_shared_cache(client):
    hidden = make_unready_file()
    public = factories.make_file(hidden.document, content=factories.make_pdf("Для всех"))
    client.force_login(factories.make_user(EDITORS))

    for file, caching in ((hidden, "private, no-cache"), (public, "public, max-age=3600")):
        for address in (file.get_absolute_url(), picture_url(file)):
            assert get(client, address)["Cache-Control"] == caching, address


def test_the_set_and_the_object_agree_on_which_files_are_public(django_user_model):
    published, draft = factories.make_document(), factories.make_draft()
    old = factories.make_file(published)
    found = [
        factories.make_file(document, language=language)
        for document in (published, draft)
        for language in ("ru", "ky", "")
    ]
    files.replace_file(old, found[0])

    public = set(DocumentFile.objects.visible_to(django_user_model()))

    assert public == {file for file in [old, *found] if file.is_public}
    assert public == {found[0], found[2]}


def test_the_name_of_a_file_tells_no_title_that_is_not_ready():
    document = factories.make_document(
        title_ru="Тайна", ready_ru=False, title_en="Open", ready_en=True
    )

    assert factories.make_file(document, language="").download_name == "open-2013-ru.pdf"
    assert factories.make_file(document, language="en").download_name == "open-2013-en.pdf"


def test_a_change_note_is_shown_in_no_language_that_is_not_ready(client):
    document = factories.make_document(title_ky="Аталышы", ready_ky=False)
    factories.make_change_note(document, text_ru="Исправлено.", text_ky="Оңдолду.")

    page = client.get(document.get_absolute_url().replace("/ru/", "/ky/")).text

    assert "Исправлено." in page
    assert "Оңдолду." not in page


def test_an_index_that_lags_shows_no_passage_that_is_not_public_any_more(
    client, search_index, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        document = factories.make_document(
            title_ky="Аталышы", summary_ky="жашыруун корутунду", ready_ky=True
        )
        factories.make_file(document, language="ky", pages=["жашыруун барак"])
        replaced = factories.make_file(document, pages=["жашыруун эски", "жашыруун эски"])
        factories.make_file(document, pages=["жашыруун жаңы"])
    Document.objects.update(ready_ky=False)  # sends no signal, so the index does not know
    DocumentFile.objects.filter(pk=replaced.pk).update(
        replaced_by=DocumentFile.objects.get(pages__text="жашыруун жаңы")
    )

    page = client.get(reverse("library:document_list"), {"q": "жашыруун"})

    (row,) = page.context["listing"].rows
    assert row.record == document
    assert "барак" not in page.text
    assert "корутунду" not in page.text
    assert replaced.short_id not in page.text


# What was public


def test_what_was_withdrawn_can_be_neither_scheduled_nor_forgotten(client):
    document = factories.make_document()
    withdraw(document, None, {"ru": "Ошибка."})
    later = timezone.now() + timedelta(days=1)

    document.status, document.publish_at = Status.PUBLISHED, later
    with pytest.raises(ValidationError) as refused:
        document.full_clean()
    assert "publish_at" in refused.value.message_dict

    for moment in (later, None):
        document = Document.objects.get()
        document.publish_at = moment
        document.full_clean()
        document.save()
        assert document.publish_at == factories.LONG_AGO
        assert client.get(document.get_absolute_url()).status_code == 410


def test_deleting_a_file_does_not_bring_back_what_it_had_replaced(
    client, settings, django_capture_on_commit_callbacks
):
    document = factories.make_document()
    older, old, new = (factories.make_file(document) for _number in range(3))
    files.replace_file(older, old)
    files.replace_file(old, new)

    with django_capture_on_commit_callbacks(execute=True):
        files.delete_file(new)

    assert not DocumentFile.objects.exists()
    assert client.get(f"/files/{older.short_id}/x.pdf").status_code == 404
    assert list(Path(settings.MEDIA_ROOT).rglob("*.pdf")) == []


def test_the_reading_addresses_of_replaced_files_and_former_slugs_lead_on(client):
    document = factories.make_document()
    old, new = factories.make_file(document), factories.make_file(document, pages=["Одна"])
    files.replace_file(old, new)
    address = old.get_reading_url(2)

    assert client.get(address).url == new.get_reading_url(1)
    assert client.get(new.get_reading_url(1).replace(document.slug, "former")).url == (
        new.get_reading_url(1)
    )
    Document.objects.update(status=Status.DRAFT)
    assert client.get(address).status_code == 404
    assert client.get(new.get_reading_url(1).replace(document.slug, "former")).status_code == 404


# What is broken or too much


def test_a_request_that_would_fill_the_disk_is_refused_before_it_is_read(settings):
    settings.MAX_UPLOAD_MB = 1
    client = Client(enforce_csrf_checks=True, headers={"cookie": f"csrftoken={'a' * 32}"})

    for size, status in ((1024**2, 403), (5 * 1024**2, 413)):
        upload = ContentFile(bytes(size), name="a.pdf")
        assert client.post("/ru/", {"file": upload}).status_code == status


def test_a_picture_of_a_file_whose_bytes_are_gone_is_not_found(client):
    file = factories.make_file()
    file.file.storage.delete(file.file.name)

    assert client.get(picture_url(file)).status_code == 404


def test_many_pictures_at_once_leave_a_thread_for_pages(client):
    file = factories.make_file(content=factories.make_pdf("Текст"))

    with files._at_the_door, files._at_the_door, files._at_the_door:
        busy = client.get(picture_url(file))

    assert busy.status_code == 503
    assert (busy["Retry-After"], busy["Cache-Control"]) == ("5", "no-store")
    assert get(client, picture_url(file)).status_code == 200


def test_whoever_waited_for_a_picture_finds_it_drawn():
    file = factories.make_file()

    def draw_and_be_asked(path, number, width, timeout):
        second.start()
        return b"picture"

    second = Thread(target=files.page_picture, args=[file, 1, 320])
    with (
        patch("library.files._rendering", BoundedSemaphore(1)),
        patch("library.files.render_page", side_effect=draw_and_be_asked) as draw,
    ):
        files.page_picture(file, 1, 320)
        second.join()

    assert draw.call_count == 1


def test_a_page_that_could_not_be_drawn_is_tried_again_after_a_while():
    file = factories.make_file()
    with patch("library.files.render_page", side_effect=PageUnavailable):
        for _attempt in range(2):
            with pytest.raises(PageUnavailable):
                files.page_picture(file, 1, 320)
    with patch("library.files.render_page", return_value=b"picture") as draw:
        with pytest.raises(PageUnavailable):
            files.page_picture(file, 1, 320)
        assert not draw.called
        with patch("library.files.FAILURE_SECONDS", 0):
            assert files.page_picture(file, 1, 320).read_bytes() == b"picture"


def test_topics_that_run_in_circles_and_deep_ones_have_pages(client):
    first, second = factories.make_topic(), factories.make_topic()
    Topic.objects.filter(pk=first.pk).update(parent=second)
    Topic.objects.filter(pk=second.pk).update(parent=first)
    parent = top = factories.make_topic()
    for level in range(1_100):
        parent = Topic(slug=f"level-{level}", name_ru="Ниже", parent=parent, position=0)
        parent.save_base(raw=True)  # without telling the search index each time

    assert client.get(first.get_absolute_url()).status_code == 200
    assert len(TopicTree().below(top)) == 1_100
    assert client.get(top.get_absolute_url()).status_code == 200


def test_moving_a_topic_takes_along_what_is_found_under_it(
    client, search_index, django_capture_on_commit_callbacks
):
    top, other = factories.make_topic(slug="top"), factories.make_topic(slug="other")
    middle = factories.make_topic(parent=top)
    lower = factories.make_topic(parent=middle)
    with django_capture_on_commit_callbacks(execute=True):
        document = factories.make_document(topics=[factories.make_topic(parent=lower)])
    with django_capture_on_commit_callbacks(execute=True):
        middle.parent = other
        middle.save()

    for topic, found in (("top", []), ("other", [document])):
        page = client.get(reverse("library:document_list"), {"topic": topic})
        assert [row.record for row in page.context["listing"].rows] == found


def test_no_address_makes_the_list_of_chosen_years_endless(client, search_index):
    years = [str(year) for year in range(1700, 2040)]

    page = client.get(reverse("library:document_list"), {"year": years})

    (facet,) = page.context["listing"].facets
    assert len(facet.chosen) == 20


# Who may do what


def test_contributors_change_nothing_that_stands_on_public_pages_at_once(client):
    records = {
        "topic": factories.make_topic(),
        "organisation": factories.make_organisation(),
        "person": factories.make_person(),
        "project": factories.make_project(),
        "rightsarea": factories.make_area(),
        "country": factories.get_country("KG"),
    }

    def status_of(name, *arguments):
        return client.post(reverse(f"admin:library_{name}", args=arguments)).status_code

    for role, status in ((CONTRIBUTORS, 403), (EDITORS, 200)):
        client.force_login(factories.make_user(role))
        for name, record in records.items():
            assert status_of(f"{name}_change", record.pk) == status, name
        for name in ("topic", "rightsarea"):
            assert status_of(f"{name}_add") == status, name
    client.force_login(factories.make_user(CONTRIBUTORS))
    for name in ("organisation", "person", "project"):
        assert status_of(f"{name}_add") == 200, name


def test_an_upload_is_examined_once_and_the_refusal_is_kept():
    good = ContentFile(factories.make_pdf("Текст"), name="good.pdf")
    bad = ContentFile(b"MZ", name="bad.pdf")

    with (
        files.examined_early([good, bad]),
        patch("library.files.inspect_upload", side_effect=AssertionError("read twice")),
    ):
        examined = files.examine(good)
        with pytest.raises(ValidationError):
            files.examine(bad)

    assert examined.reading.page_count == 1
    assert good.read(5) == b"%PDF-"


def test_whoever_logs_in_with_a_foreign_way_on_comes_to_the_start_page(client):
    user = factories.make_user(password="a-long-password")

    login = {"username": user.username, "password": "a-long-password", "next": "//evil.example"}
    response = client.post(reverse("admin:login"), login)

    assert response.url == reverse("admin:index")
