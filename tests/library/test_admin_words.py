"""What the admin says to editors: words instead of codes, and no dead ends."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from library import kept_uploads
from library.models import BestPractice, Document, Organisation, Person
from mrc_portal.admin_site import change_url
from mrc_portal.dates import moment
from mrc_portal.publishing import Status, TranslationState, withdraw
from mrc_portal.roles import CONTRIBUTORS, EDITORS, REPORTERS
from tests import factories
from tests.editing import said
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


def test_a_person_needs_a_name_in_one_language_and_no_address(client):
    for _time in range(2):
        data = {"family_name_ky": "Асанова", "given_names_ky": "Нургүл"}
        response = client.post(reverse("admin:library_person_add"), data)
        assert response.status_code == 302, response.context["errors"]

    slugs = Person.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["asanova-nurgul", "asanova-nurgul-2"]


@pytest.mark.parametrize(
    ("typed", "is_told"),
    [
        ({"family_name_ru": "Жээнбекова", "given_names_ru": "Айгүл"}, True),
        ({"family_name_ky": "ЖЭЭНБЕКОВА", "given_names_ky": "Айгул"}, True),
        ({"family_name_ru": "Жээнбекова", "given_names_ru": "Асел"}, False),
    ],
)
def test_a_name_that_is_known_already_is_told(client, typed, is_told):
    factories.make_person(family_name_ru="Жээнбекова", given_names_ru="Айгүл")

    page = client.post(reverse("admin:library_person_add"), typed, follow=True)

    assert Person.objects.count() == 2
    assert any(it.level_tag == "warning" for it in page.context["messages"]) == is_told


def test_a_record_is_no_namesake_of_its_own(client):
    person = factories.make_person(family_name_ru="Жээнбекова")
    data = {"family_name_ru": "ЖЭЭНБЕКОВА", "slug": person.slug}

    page = client.post(change_url(person), data, follow=True)

    person.refresh_from_db()
    assert person.family_name_ru == "ЖЭЭНБЕКОВА"
    assert not any(it.level_tag == "warning" for it in page.context["messages"])


def test_a_record_without_any_name_is_refused(client):
    response = client.post(reverse("admin:library_organisation_add"), {"website": ""})

    assert response.context["adminform"].form.non_field_errors()
    assert not Organisation.objects.exists()


def kept_in(response):
    """What the refused form sends back in place of its files, by the rows."""
    [files] = [
        inline.formset
        for inline in response.context["inline_admin_formsets"]
        if inline.formset.prefix == "files"
    ]
    return {form.add_prefix("kept"): form["kept"].value() for form in files if form["kept"].value()}


def without_uploads(data):
    return {name: value for name, value in data.items() if not name.endswith("-upload")}


def test_a_full_text_says_its_language(client):
    rows = file_rows(("", "good.pdf", factories.make_pdf("Жакшы")))

    response = client.post(reverse(ADD), form_data() | rows)

    assert not Document.objects.exists()
    (errors,) = [it for it in response.context["inline_admin_formsets"] if it.formset.errors]
    assert list(errors.formset.errors[0]) == ["language"]
    rows |= file_rows(("", "good.pdf", factories.make_pdf("Жакшы"))) | {"files-0-role": "data"}
    response = client.post(reverse(ADD), form_data() | rows)
    assert response.status_code == 302, response.context["errors"]
    assert Document.objects.get().text_languages == []


def test_after_a_refusal_only_the_bad_file_is_chosen_again(client):
    rows = [
        ("ky", "good.pdf", factories.make_pdf("Жакшы")),
        ("ru", "fine.pdf", factories.make_pdf("Хороший")),
        ("en", "broken.pdf", b"%PDF-1.7 broken"),
    ]
    data = form_data() | file_rows(*rows)

    response = client.post(reverse(ADD), data)

    assert response.status_code == 200
    assert not Document.objects.exists()
    kept = kept_in(response)
    assert list(kept) == ["files-0-kept", "files-1-kept"]
    errors = response.context["errors"]
    assert [str(error).split(":")[0] for row in errors for error in row] == ["broken.pdf"]

    again = without_uploads(data) | kept
    again["files-2-upload"] = SimpleUploadedFile("mended.pdf", factories.make_pdf("Mended"))
    response = client.post(reverse(ADD), again)

    assert response.status_code == 302, response.context["errors"]
    files = Document.objects.get().files.order_by("position")
    assert [(file.language, file.original_name) for file in files] == [
        ("ky", "good.pdf"),
        ("ru", "fine.pdf"),
        ("en", "mended.pdf"),
    ]
    assert [file.pages.count() for file in files] == [1, 1, 1]
    assert list(kept_uploads.folder().iterdir()) == []


def test_a_kept_file_is_for_whoever_sent_it_and_not_for_ever(client, monkeypatch):
    data = form_data(title_ru="") | file_rows(("ru", "good.pdf", factories.make_pdf("…")))
    kept = kept_in(client.post(reverse(ADD), data))
    again = without_uploads(form_data() | file_rows(("ru", "good.pdf", b"%PDF"))) | kept

    forged = again | {"files-0-kept": again["files-0-kept"] + "x"}
    assert client.post(reverse(ADD), forged).status_code == 200
    client.force_login(factories.make_user(EDITORS))
    assert client.post(reverse(ADD), again).status_code == 200
    assert not Document.objects.exists()

    monkeypatch.setattr(kept_uploads, "SECONDS_KEPT", -1)
    kept_in(client.post(reverse(ADD), data))
    assert len(list(kept_uploads.folder().iterdir())) == 1  # the latest alone


def test_publishing_says_in_which_languages_and_scheduling_says_when(client):
    published = client.post(reverse(ADD), form_data(ready_ru="on", _publish="1"))
    assert "Русский" in said(published)

    moment = {"publish_at_0": "01.12.2099", "publish_at_1": "09:00"}
    data = form_data(ready_ru="on", title_ru="Позже", **moment)
    draft = client.post(reverse(ADD), data)
    assert Document.objects.get(title_ru="Позже").status == Status.DRAFT
    assert "2099" not in said(draft)  # a moment alone schedules nothing

    document = Document.objects.get(title_ru="Позже")
    change = reverse(CHANGE, args=[document.pk])
    scheduled = client.post(change, data | {"_schedule": "1", "slug": document.slug})
    assert "1 декабря 2099, 09:00" in said(scheduled)
    document.refresh_from_db()
    assert document.is_scheduled


def test_seconds_that_nobody_typed_are_neither_shown_nor_lost(client):
    moment = datetime(2013, 5, 20, 9, 15, 42, tzinfo=UTC)
    document = factories.make_document(publish_at=moment)
    change = reverse(CHANGE, args=[document.pk])
    form = client.get(change).context["adminform"].form
    day, time = form["publish_at"].subwidgets[0].data["subwidgets"]
    assert (day["value"], time["value"]) == ("20.05.2013", "15:15")

    data = form_data(status="published", slug=document.slug, title_ru="Новое", ready_ru="on")
    data |= {"publish_at_0": "20.05.2013", "publish_at_1": "15:15", "issued_on": "20.05.2013"}
    client.post(change, data)
    document.refresh_from_db()
    assert (document.title_ru, document.publish_at) == ("Новое", moment)

    client.post(change, data | {"publish_at_1": "15:16"})
    document.refresh_from_db()
    assert document.publish_at == datetime(2013, 5, 20, 9, 16, tzinfo=UTC)


@pytest.mark.parametrize("moment", [{}, {"publish_at_0": "01.12.2019", "publish_at_1": "09:00"}])
def test_what_is_scheduled_needs_a_moment_ahead(client, moment):
    response = client.post(reverse(ADD), form_data(ready_ru="on", _schedule="1", **moment))

    assert list(response.context["adminform"].form.errors) == ["publish_at"]
    assert not Document.objects.exists()


def test_what_publishing_lacks_is_said_where_it_is_mended(client):
    response = client.post(reverse(ADD), form_data(_publish="1"))

    assert list(response.context["adminform"].form.errors) == ["ready_ru"]


def test_a_refused_publication_can_be_tried_again(client):
    draft = factories.make_draft(slug="own-address")
    data = form_data(_publish="1", slug="own-address", title_ru=draft.title_ru)

    page = client.post(reverse(CHANGE, args=[draft.pk]), data)

    assert page.text.count('name="_publish"') == 2
    assert page.text.count('name="_schedule"') == 2
    assert 'name="slug"' in page.text


def test_how_a_browser_ends_lines_changes_no_text(client):
    texts = {"summary_ru": "Один.\n\nДва.", "summary_en": "One.\n\nTwo.", "title_en": "Rights"}
    document = factories.make_draft(**texts, text_changed_at_en=factories.LONG_AGO)
    data = form_data(slug=document.slug, title_ru="Исправлено") | {
        name: text.replace("\n", "\r\n") for name, text in texts.items()
    }

    client.post(reverse(CHANGE, args=[document.pk]), data)

    document.refresh_from_db()
    assert document.summary_en == texts["summary_en"]
    assert document.translation_state("en") == TranslationState.OUTDATED
    latest, before = document.history.all()[:2]
    assert not {"summary_ru", "summary_en"} & set(latest.diff_against(before).changed_fields)


def test_a_withdrawal_is_taken_back_by_one_button(client):
    document = factories.make_document()
    withdraw(document, None, {"ru": "Ошибка"})
    address = reverse(CHANGE, args=[document.pk])
    data = form_data(_publish="1", status="withdrawn", ready_ru="on", withdrawn_reason_ru="Ошибка")

    page = client.get(address)
    response = client.post(address, data | {"slug": document.slug})

    assert page.text.count('name="_publish"') == 2
    assert response.status_code == 302, response.context["errors"]
    document.refresh_from_db()
    assert document.is_published


def test_a_contributor_schedules_nothing(client):
    client.force_login(factories.make_user(CONTRIBUTORS))
    moment = {"publish_at_0": "01.12.2099", "publish_at_1": "09:00"}

    for button in ("_publish", "_schedule"):
        data = form_data(ready_ru="on", **moment) | {button: "1"}
        assert client.post(reverse(ADD), data).status_code in (200, 403)
    assert not Document.objects.exclude(status=Status.DRAFT).exists()


def test_every_save_says_what_readers_see(client):
    public = factories.make_document()
    data = form_data(title_ru="Исправлено", slug=public.slug, status="published", ready_ru="on")
    address = public.get_absolute_url()

    saved = said(client.post(reverse(CHANGE, args=[public.pk]), data))
    drafted = said(client.post(reverse(ADD), form_data()))

    assert f'href="{address}"' in saved
    assert "Русский" in saved
    draft = Document.objects.get(title_ru="Права сезонных работников")
    assert len(drafted.removeprefix(saved)) > 0
    assert draft.get_absolute_url() not in drafted


def statuses_offered(client, document=None):
    path = reverse(CHANGE, args=[document.pk]) if document else reverse(ADD)
    form = client.get(path).context["adminform"].form
    return [value for value, _label in form.fields["status"].choices]


def test_a_scheduled_record_says_when_readers_see_it(client):
    at = timezone.now() + timedelta(days=1)
    for document, is_told in (
        (factories.make_document(publish_at=at), True),
        (factories.make_document(), False),
    ):
        page = client.get(reverse(CHANGE, args=[document.pk])).text
        assert (moment(at) in page) == is_told


def test_who_describes_a_best_practice_finds_its_part_first(client):
    practice = factories.make_practice().document
    report = factories.make_document()
    for address, is_first in (
        (reverse(ADD, query={"kind": "best_practice"}), True),
        (reverse(CHANGE, args=[practice.pk]), True),
        (reverse(CHANGE, args=[report.pk]), False),
    ):
        inlines = client.get(address).context["inline_admin_formsets"]
        assert (inlines[0].formset.model is BestPractice) == is_first


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


@pytest.mark.parametrize(("role", "number"), [(EDITORS, 5), (CONTRIBUTORS, 5), (REPORTERS, 1)])
def test_the_start_page_leads_to_the_frequent_jobs_that_one_may_do(client, role, number):
    client.force_login(factories.make_user(role))

    jobs = client.get(reverse("admin:index")).context["jobs"]

    assert len(jobs) == number
    for job in jobs:
        assert client.get(job.url, follow=True).status_code == 200


@pytest.mark.parametrize("is_named", [True, False])
def test_what_a_document_names_is_not_deleted_and_the_document_is_told(client, is_named):
    practice = factories.make_practice()
    topic, area = factories.make_topic(), factories.make_area()
    if is_named:
        practice.document.topics.add(topic)
        practice.areas.add(area)

    for record in (topic, area):
        delete = reverse(f"admin:library_{record._meta.model_name}_delete", args=[record.pk])
        page = client.get(delete)
        client.post(delete, {"post": "yes"})

        assert [change_url(practice.document) in it for it in page.context["protected"]] == (
            [True] if is_named else []
        )
        assert type(record).objects.filter(pk=record.pk).exists() == is_named
