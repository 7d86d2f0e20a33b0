"""What the admin says to editors: words instead of codes, and no dead ends."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from library.models import Document, Organisation, Person
from mrc_portal.publishing import Status, withdraw
from mrc_portal.roles import EDITORS
from tests import factories
from tests.library.test_admin import ADD, CHANGE, file_rows, form_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def editor(client):
    user = factories.make_user(
        EDITORS, username="aizada", first_name="Айзада", last_name="Токтоева"
    )
    client.force_login(user)
    return user


def said(response):
    """All messages that no page has shown yet, in one text."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_person_needs_a_name_in_one_language_and_no_address(client):
    for _time in range(2):
        data = {"family_name_ky": "Асанова", "given_names_ky": "Нургүл"}
        response = client.post(reverse("admin:library_person_add"), data)
        assert response.status_code == 302, response.context["errors"]

    slugs = Person.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["asanova-nurgul", "asanova-nurgul-2"]


def test_a_record_without_any_name_is_refused(client):
    response = client.post(reverse("admin:library_organisation_add"), {"website": ""})

    assert response.context["adminform"].form.non_field_errors()
    assert not Organisation.objects.exists()


def test_after_a_refusal_the_files_to_choose_again_are_named(client):
    good = ("ru", "good.pdf", factories.make_pdf("…"))
    data = form_data() | file_rows(good, ("en", "broken.pdf", b"%PDF-1.7 broken"))

    response = client.post(reverse(ADD), data)

    assert response.status_code == 200
    assert not Document.objects.exists()
    assert "good.pdf, broken.pdf" in said(response)


def test_publishing_says_in_which_languages_and_scheduling_says_when(client):
    published = client.post(reverse(ADD), form_data(ready_ru="on", _publish="1"))
    assert "Русский" in said(published)

    moment = {"publish_at_0": "01.12.2099", "publish_at_1": "09:00"}
    data = form_data(ready_ru="on", title_ru="Позже", **moment)
    draft = client.post(reverse(ADD), data)
    assert Document.objects.get(title_ru="Позже").status == Status.DRAFT
    assert "2099" not in said(draft)  # a moment alone schedules nothing

    document = Document.objects.get(title_ru="Позже")
    scheduled = client.post(
        reverse(CHANGE, args=[document.pk]), data | {"status": "published", "slug": document.slug}
    )
    assert "1 декабря 2099, 09:00" in said(scheduled)


def statuses_offered(client, document=None):
    path = reverse(CHANGE, args=[document.pk]) if document else reverse(ADD)
    form = client.get(path).context["adminform"].form
    return [value for value, _label in form.fields["status"].choices]


def test_only_possible_statuses_are_offered(client):
    public = factories.make_document()
    withdrawn = factories.make_document()
    withdraw(withdrawn, None, {"ru": "Ошибка"})

    assert statuses_offered(client) == ["draft", "in_review", "published"]
    assert statuses_offered(client, public) == ["published", "withdrawn"]
    assert statuses_offered(client, withdrawn) == ["published", "withdrawn"]


def test_the_history_speaks_of_names_days_and_choices(client):
    document = factories.make_draft(title_ru="Было")
    data = form_data(title_ru="Стало", slug=document.slug, status="in_review", ready_ru="on")
    client.post(reverse(CHANGE, args=[document.pk]), data)

    with translation.override("ru"):
        page = client.get(reverse("admin:library_document_history", args=[document.pk]))

    [changes] = [
        {change["field"]: (change["old"], change["new"]) for change in record.history_delta_changes}
        for record in page.context["page_obj"]
        if getattr(record, "history_delta_changes", None)
    ]
    assert changes == {
        "Название (Русский)": ("Было", "Стало"),
        "Статус": ("черновик", "на проверке"),
        "Дата издания": ("20 мая 2013", "–"),
    }
    assert "Айзада Токтоева" in page.text


def test_rows_without_a_number_go_to_the_end(client):
    document = factories.make_draft()
    old = factories.make_recommendation(document=document, text_ru="Первая", position=1)
    data = form_data(title_ru=document.title_ru, slug=document.slug) | {
        "recommendations-TOTAL_FORMS": "2",
        "recommendations-INITIAL_FORMS": "1",
        "recommendations-0-id": old.pk,
        "recommendations-0-document": document.pk,
        "recommendations-0-position": "",
        "recommendations-0-text_ru": "Первая",
        "recommendations-1-position": "1",
        "recommendations-1-text_ru": "Новая",
    }

    response = client.post(reverse(CHANGE, args=[document.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    rows = document.recommendations.order_by("position").values_list("position", "text_ru")
    assert list(rows) == [(1, "Новая"), (2, "Первая")]


def test_a_replaced_file_takes_no_number(client):
    document = factories.make_draft()
    first = factories.make_file(document=document, language="ru", position=1)
    second = factories.make_file(document=document, language="en", position=2)
    data = form_data(title_ru=document.title_ru, slug=document.slug) | {
        "files-TOTAL_FORMS": "2",
        "files-INITIAL_FORMS": "2",
    }
    for number, file in enumerate([first, second]):
        data |= {
            f"files-{number}-id": file.pk,
            f"files-{number}-document": document.pk,
            f"files-{number}-language": file.language,
            f"files-{number}-role": file.role,
            f"files-{number}-position": file.position,
        }
    pdf = factories.make_pdf("Исправлено")
    data["files-0-upload"] = SimpleUploadedFile("new.pdf", pdf, "application/pdf")

    response = client.post(reverse(CHANGE, args=[document.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    current = document.files.filter(replaced_by=None).order_by("position")
    assert [(file.position, file.language) for file in current] == [(1, "ru"), (2, "en")]


def test_a_change_note_begins_with_the_day_of_today(client):
    page = client.get(reverse(ADD))

    formset = next(
        inline.formset
        for inline in page.context["inline_admin_formsets"]
        if inline.formset.prefix == "change_notes"
    )
    assert formset.empty_form["made_on"].value() == timezone.localdate()


def test_the_start_page_names_documents_first_and_missing_languages_by_their_names(client):
    factories.make_document(title_ru="Только по-русски")

    page = client.get(reverse("admin:index"))

    [library] = [app for app in page.context["app_list"] if app["app_label"] == "library"]
    assert library["models"][0]["object_name"] == "Document"
    notes = [item.note for work in page.context["work_lists"] for item in work.items]
    assert notes == ["Кыргызча, English"]
