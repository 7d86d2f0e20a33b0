"""The editors' rooms, through their addresses: from a form with PDFs to a public, findable page."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from library.models import Document, DocumentFile, FilePage, RightsArea, TextState
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FormerSlug, Status
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "admin:library_document_add"
CHANGE = "admin:library_document_change"
CHANGELIST = "admin:library_document_changelist"
INLINES = (
    "files",
    "contributions",
    "recommendations",
    "practice",
    "relations",
    "change_notes",
)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def form_data(**fields):
    """A filled form of a Russian draft without inlines."""
    data = {
        "status": "draft",
        "publish_at_0": "",
        "publish_at_1": "",
        "kind": "policy_brief",
        "original_language": "ru",
        "issued_precision": "day",
        "title_ru": "Права сезонных работников",
    }
    for name in INLINES:
        data |= {f"{name}-TOTAL_FORMS": "0", f"{name}-INITIAL_FORMS": "0"}
    return data | fields


def file_rows(*uploads):
    """The inline of files with new rows; an upload is (language, name, bytes)."""
    data = {"files-TOTAL_FORMS": str(len(uploads)), "files-INITIAL_FORMS": "0"}
    for number, (language, name, content) in enumerate(uploads):
        data |= {
            f"files-{number}-language": language,
            f"files-{number}-role": "full_text",
            f"files-{number}-position": "0",
            f"files-{number}-upload": SimpleUploadedFile(name, content, "application/pdf"),
        }
    return data


def stored_files():
    """Of documents; what is kept for the next try belongs to none."""
    return [path for path in Path(settings.MEDIA_ROOT, "documents").rglob("*") if path.is_file()]


def document_of(title):
    return Document.objects.get(title_ru=title)


def test_a_trilingual_report_with_pdfs_is_public_and_findable_after_publish_now(
    client, editor, search_index, django_capture_on_commit_callbacks
):
    words = {"ky": "сезондук жумушчулар", "ru": "сезонные работники", "en": "seasonal workers"}
    titles = {"ky": "Сезондук жумуш", "ru": "Сезонный труд", "en": "Seasonal work"}
    data = form_data(_publish="1", kind="research_report")
    for code in LANGUAGE_CODES:
        data |= {f"title_{code}": titles[code], f"ready_{code}": "on"}
    data |= file_rows(
        *(
            (code, f"{code}.pdf", factories.make_pdf("…", words[code], language=code))
            for code in LANGUAGE_CODES
        )
    )

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse(ADD), data)

    assert response.status_code == 302, response.context["errors"]
    client.logout()
    document = document_of("Сезонный труд")
    assert document.is_published
    assert document.created_by == editor
    assert document.slug == "sezonnyy-trud"
    assert [file.position for file in document.files.order_by("position")] == [1, 2, 3]
    for code in LANGUAGE_CODES:
        page = client.get(f"/{code}/library/", {"q": words[code]})
        assert titles[code] in page.text
        file = document.files.get(language=code)
        assert f"/{code}/library/sezonnyy-trud/read/{file.short_id}/2/" in page.text
        assert (
            words[code]
            in client.get(f"/{code}/library/sezonnyy-trud/")
            .context["document"]
            .files.get(language=code)
            .pages.get(number=2)
            .text
        )
        download = client.get(file.get_absolute_url())
        assert b"".join(download.streaming_content).startswith(b"%PDF")


def test_a_bad_file_is_named_beside_its_field_and_the_rest_of_the_form_stays(client, editor):
    data = form_data(summary_ru="Набранный текст") | file_rows(
        ("ru", "good.pdf", factories.make_pdf("Хороший файл")),
        ("ru", "bad.pdf", b"<html><body>not a pdf</body></html>"),
    )

    response = client.post(reverse(ADD), data)

    assert response.status_code == 200
    good, bad = response.context["inline_admin_formsets"][0].formset.forms
    assert not good.errors
    assert list(bad.errors) == ["upload"]
    assert "Набранный текст" in response.text
    assert not Document.objects.exists()
    assert stored_files() == []


def test_a_failure_after_the_file_was_stored_leaves_nothing_behind(client, editor, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("library.files.save_pages", fail)
    data = form_data() | file_rows(("ru", "good.pdf", factories.make_pdf("Хороший файл")))

    with pytest.raises(RuntimeError):
        client.post(reverse(ADD), data)

    assert not Document.objects.exists()
    assert stored_files() == []


def test_the_same_file_twice_is_refused_and_noticed_elsewhere(client, editor):
    pdf = factories.make_pdf("Один и тот же файл")
    twice = form_data() | file_rows(("ru", "a.pdf", pdf), ("ru", "b.pdf", pdf))
    assert "уже" in client.post(reverse(ADD), twice).text or not Document.objects.exists()
    assert not Document.objects.exists()

    client.post(reverse(ADD), form_data(title_ru="Первый") | file_rows(("ru", "a.pdf", pdf)))
    response = client.post(
        reverse(ADD), form_data(title_ru="Второй") | file_rows(("ru", "a.pdf", pdf)), follow=True
    )

    messages = [str(message) for message in response.context["messages"]]
    assert any("Первый" in message for message in messages)


def test_a_new_file_on_an_old_row_replaces_it_and_the_old_address_leads_on(client, editor):
    document = factories.make_document()
    old = factories.make_file(document)
    data = form_data(
        title_ru=document.title_ru,
        slug=document.slug,
        status="published",
        publish_at_0="2013-05-20",
        publish_at_1="15:00:00",
        ready_ru="on",
        edited_from=document.changed_at.isoformat(),
    )
    data |= file_rows(("ru", "new.pdf", factories.make_pdf("Исправленный текст")))
    data |= {"files-INITIAL_FORMS": "1", "files-0-id": old.pk, "files-0-document": document.pk}

    response = client.post(reverse(CHANGE, args=[document.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    new = DocumentFile.objects.get(replaced_by=None)
    old.refresh_from_db()
    assert old.replaced_by == new
    assert new.pages.get().text.strip() == "Исправленный текст"
    moved = client.get(f"/files/{old.short_id}/{old.download_name}")
    assert moved.url == new.get_absolute_url()


def test_a_scan_is_kept_and_the_editor_is_told(client, editor):
    data = form_data() | file_rows(("ru", "scan.pdf", factories.make_pdf("")))

    response = client.post(reverse(ADD), data, follow=True)

    file = DocumentFile.objects.get()
    assert file.text_state == TextState.NEEDS_OCR
    assert any("scan.pdf" in str(message) for message in response.context["messages"])
    assert "scan.pdf" in client.get(reverse("admin:index")).text


def test_files_of_versions_that_are_not_ready_are_named_after_publish_now(client, editor):
    words = {"ru": "Сезонные работники и их права.", "ky": "Сезондук жумушчулар, укуктары."}
    data = form_data(_publish="1", ready_ru="on", summary_ru="О труде.") | file_rows(
        *(
            (code, f"{code}.pdf", factories.make_pdf(text, text * 5, language=code))
            for code, text in words.items()
        )
    )

    page = client.post(reverse(ADD), data, follow=True)

    warnings = [str(it) for it in page.context["messages"] if it.level_tag == "warning"]
    assert len(warnings) == 1
    assert "ky.pdf" in warnings[0]


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"_publish": "1", "kind": "policy_brief", "summary_ru": "О праве на отпуск."}, False),
        ({"_publish": "1", "kind": "policy_brief"}, True),
        ({"kind": "policy_brief"}, False),  # a draft is not finished
        ({"_publish": "1", "kind": "best_practice", "summary_ru": "О праве на отпуск."}, True),
    ],
)
def test_what_readers_will_miss_is_told_to_who_publishes_it(client, editor, fields, is_told):
    page = client.post(reverse(ADD), form_data(ready_ru="on") | fields, follow=True)

    assert Document.objects.count() == 1
    assert any(it.level_tag == "warning" for it in page.context["messages"]) == is_told


def test_contributors_write_drafts_and_cannot_publish(client, contributor):
    client.post(reverse(ADD), form_data(_publish="1", status="published", ready_ru="on"))
    assert not Document.objects.filter(status=Status.PUBLISHED).exists()

    client.post(reverse(ADD), form_data(status="in_review"))
    draft = Document.objects.get()
    assert (draft.status, draft.created_by) == (Status.IN_REVIEW, contributor)

    action = {"action": "publish_selected", "_selected_action": [draft.pk]}
    client.post(reverse(CHANGELIST), action)
    draft.refresh_from_db()
    assert draft.status == Status.IN_REVIEW


def test_contributors_read_nothing_of_buttons_that_they_lack(client, contributor):
    fieldsets = client.get(reverse(ADD)).context["adminform"]
    texts = [
        str(field.field["help_text"])
        for fieldset in fieldsets
        for line in fieldset
        for field in line
        if getattr(field, "is_readonly", False) and field.field["name"] == "publish_at"
    ]

    assert len(texts) == 1
    assert texts != [str(Document._meta.get_field("publish_at").help_text)]


def test_contributors_cannot_change_what_is_published(client, contributor):
    document = factories.make_document()

    page = client.get(reverse(CHANGE, args=[document.pk]))
    response = client.post(reverse(CHANGE, args=[document.pk]), form_data(title_ru="Подмена"))

    assert page.status_code == 200
    assert response.status_code == 403
    document.refresh_from_db()
    assert document.title_ru != "Подмена"


def test_editors_publish_and_withdraw_many_at_once(client, editor):
    drafts = [factories.make_draft(ready_ru=True) for _number in range(2)]
    unready = factories.make_draft(ready_ru=False)
    everything = [draft.pk for draft in [*drafts, unready]]

    client.post(reverse(CHANGELIST), {"action": "publish_selected", "_selected_action": everything})
    assert set(Document.objects.published()) == set(drafts)

    withdrawal = {
        "action": "withdraw_selected",
        "_selected_action": [draft.pk for draft in drafts],
    }
    asked = client.post(reverse(CHANGELIST), withdrawal)
    assert asked.status_code == 200
    assert Document.objects.published().count() == 2

    reason = {"reason_given": "1", "reason_ru": "Ошибка в таблице."}
    client.post(reverse(CHANGELIST), withdrawal | reason)
    assert not Document.objects.published().exists()
    assert drafts[0].history.first().history_user == editor


def test_a_title_that_is_too_long_is_not_called_missing_as_well(client, editor):
    page = client.post(reverse(ADD), form_data(title_ru="Очень длинно. " * 40, ready_ru="on"))

    (error,) = page.context["adminform"].form.errors["title_ru"]
    assert "300" in error


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"practice-0-since_year": "20155"}, "practice-0-since_year"),
        ({"issued_on": "2015-06-01", "issued_until": "2014-06-01"}, "issued_until"),
        ({"contributions-TOTAL_FORMS": "1", "contributions-0-role": "author"}, None),
        (
            {"contributions-TOTAL_FORMS": "1", "contributions-0-role": "editor"},
            "contributions-0-person",
        ),
    ],
)
def test_what_a_constraint_says_stands_beside_its_field(client, editor, fields, place):
    area = RightsArea.objects.create(slug="area", name_ru="Отдых")
    practice = {"practice-TOTAL_FORMS": "1", "practice-0-areas": area.pk}
    data = form_data(kind="best_practice", **practice) | fields

    page = client.post(reverse(ADD), data)

    if place is None:
        assert page.status_code == 302
        return
    wrong = [
        field.html_name
        for form in page.context["errors"] and _forms_of(page)
        for field in form
        if field.errors
    ]
    assert wrong == [place]
    assert not any(form.non_field_errors() for form in _forms_of(page))


def _forms_of(page):
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    return [page.context["adminform"].form, *(form for it in formsets for form in it.forms)]


def test_actions_on_many_leave_alone_what_is_so_already(client, editor):
    public, draft = factories.make_document(), factories.make_draft(ready_ru=True)
    hidden = factories.make_draft()
    versions = public.history.count()

    def act(action, *records):
        data = {"action": action, "_selected_action": [record.pk for record in records]}
        page = client.post(reverse(CHANGELIST), data, follow=True)
        return page, [str(it) for it in page.context.get("messages", [])]

    _page, told = act("publish_selected", public, draft)
    assert told == [
        "1 запись уже в этом состоянии, она оставлена как есть.",
        "Опубликована 1 запись.",
    ]
    assert public.history.count() == versions

    asked, _told = act("withdraw_selected", public, hidden)
    assert asked.context["records"] == [public]
    page, told = act("withdraw_selected", hidden)
    assert told == [f"{hidden}: Отозвать можно только то, что было опубликовано."]
    assert page.redirect_chain


def test_what_was_public_cannot_be_deleted(client, editor):
    document = factories.make_document()
    draft = factories.make_draft()
    delete = "admin:library_document_delete"

    assert client.post(reverse(delete, args=[document.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse(delete, args=[draft.pk]), {"post": "yes"}).status_code == 302
    assert list(Document.objects.all()) == [document]


def test_deleting_a_draft_deletes_its_bytes(client, editor, django_capture_on_commit_callbacks):
    draft = factories.make_draft()
    factories.make_file(draft)
    assert len(stored_files()) == 1

    delete = reverse("admin:library_document_delete", args=[draft.pk])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(delete, {"post": "yes"})

    assert stored_files() == []
    assert not FilePage.objects.exists()


def test_two_editors_at_once_do_not_overwrite_each_other(client, editor):
    draft = factories.make_draft()
    seen = draft.changed_at.isoformat()
    draft.save()

    response = client.post(
        reverse(CHANGE, args=[draft.pk]),
        form_data(title_ru="Мой вариант", slug=draft.slug, edited_from=seen),
    )

    assert response.status_code == 200
    assert response.context["adminform"].form.non_field_errors()
    draft.refresh_from_db()
    assert draft.title_ru != "Мой вариант"


@pytest.mark.parametrize("query", ["ТРУДОВОЙ", "кенеш", "КЕҢЕШ", "Ёлка", "елка", "labour"])
def test_the_search_of_the_admin_finds_words_whatever_their_case(client, editor, query):
    factories.make_document(title_ru="Другое")
    wanted = factories.make_document(
        title_ru="Трудовой договор и ёлка", title_ky="Улуттук кеңеш", title_en="Labour contract"
    )

    page = client.get(reverse(CHANGELIST), {"q": query})

    assert list(page.context["cl"].queryset) == [wanted]


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", '"', "\x00", "a" * 5000])
def test_the_search_of_the_admin_survives_any_text(client, editor, query):
    factories.make_document()

    assert client.get(reverse(CHANGELIST), {"q": query}).status_code == 200


def test_organisations_are_offered_whatever_the_case_of_the_typed_words(client, editor):
    wanted = factories.make_organisation(name_ky="Саясат борбору")
    factories.make_organisation()

    response = client.get(
        reverse("admin:autocomplete"),
        {
            "term": "САЯСАТ",
            "app_label": "library",
            "model_name": "contribution",
            "field_name": "organisation",
        },
    )

    assert [result["id"] for result in response.json()["results"]] == [str(wanted.pk)]


def test_a_public_address_changes_only_for_administrators_and_the_old_one_leads_on(
    client, admin_client, editor
):
    document = factories.make_document(slug="first")
    data = form_data(
        title_ru=document.title_ru,
        slug="second",
        status="published",
        publish_at_0="2013-05-20",
        publish_at_1="15:00:00",
        ready_ru="on",
    )

    client.post(reverse(CHANGE, args=[document.pk]), data)
    document.refresh_from_db()
    assert document.slug == "first"

    admin_client.post(reverse(CHANGE, args=[document.pk]), data)
    document.refresh_from_db()
    assert document.slug == "second"
    assert FormerSlug.objects.get().slug == "first"
    client.logout()
    assert client.get("/ru/library/first/").url == "/ru/library/second/"


def test_the_order_of_rows_is_what_was_typed_and_is_tidied_up(client, editor):
    document = factories.make_draft()
    second = factories.make_recommendation(document, text_ru="Вторая", position=1)
    first = factories.make_recommendation(document, text_ru="Первая", position=2)
    data = form_data(title_ru=document.title_ru, slug=document.slug) | {
        "recommendations-TOTAL_FORMS": "3",
        "recommendations-INITIAL_FORMS": "2",
        "recommendations-0-id": second.pk,
        "recommendations-0-document": document.pk,
        "recommendations-0-position": "20",
        "recommendations-0-text_ru": "Вторая",
        "recommendations-1-id": first.pk,
        "recommendations-1-document": document.pk,
        "recommendations-1-position": "10",
        "recommendations-1-text_ru": "Первая",
        "recommendations-2-position": "0",
        "recommendations-2-text_ru": "Последняя",
    }

    response = client.post(reverse(CHANGE, args=[document.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    rows = list(document.recommendations.values_list("position", "text_ru"))
    assert rows == [(1, "Первая"), (2, "Вторая"), (3, "Последняя")]


def test_the_start_page_says_what_waits(client, editor):
    waiting = factories.make_draft(title_ru="Ждёт проверки", status=Status.IN_REVIEW)
    own = factories.make_draft(title_ru="Мой черновик", created_by=editor)
    later = factories.make_document(
        title_ru="Выйдет завтра", publish_at=timezone.now() + timezone.timedelta(days=1)
    )
    untranslated = factories.make_document(title_ru="Только по-русски")

    lists = client.get(reverse("admin:index")).context["work_lists"]

    # Other rooms add theirs below; before them stands only what waits for this very person.
    assert [[item.title for item in work.items] for work in lists[:6]] == [
        [],
        [str(waiting)],
        [str(own)],
        [str(later)],
        [str(untranslated)],
        [],
    ]


def test_who_sends_a_form_without_being_logged_in_is_told_that_it_was_lost(client, editor):
    form, index = reverse("admin:library_topic_add"), reverse("admin:index")
    client.logout()

    lost = client.post(form, {"name_ru": "Тема"}, follow=True)
    client.get(index)
    only_looked = client.get(form, follow=True)
    left_twice = client.post(reverse("admin:logout"), follow=True)

    assert [message.level_tag for message in lost.context["messages"]] == ["warning"]
    assert list(only_looked.context["messages"]) == list(left_twice.context["messages"]) == []


def test_the_start_page_keeps_who_works_there_logged_in(client, editor):
    soon = timezone.now() + timedelta(days=1)
    Session.objects.update(expire_date=soon)

    client.get(reverse("admin:index"))

    assert Session.objects.get().expire_date > soon


def test_rich_text_is_cleaned_on_the_server(client, editor):
    body = '<p onclick="x()">Текст</p><script>alert(1)</script><a href="javascript:x()">y</a>'

    client.post(reverse(ADD), form_data(body_ru=body))

    saved = Document.objects.get().body_ru
    assert "Текст" in saved
    for bad in ("script", "onclick", "javascript"):
        assert bad not in saved


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("name", ["document", "organisation", "person", "topic", "project"])
def test_the_rooms_open_in_every_language_and_load_nothing_from_elsewhere(
    client, editor, language, name
):
    for view in ("changelist", "add"):
        with translation.override(language):
            path = reverse(f"admin:library_{name}_{view}")
        page = client.get(path)
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        for scheme in ("http://", "https://", '"//'):
            for attribute in ('src="', 'href="'):
                assert attribute + scheme.strip('"') not in page.text


@pytest.mark.parametrize("day", ["0001-01-01", "0020-05-05", "9999-12-31"])
def test_a_year_that_cannot_be_meant_is_refused_beside_its_field(client, editor, day):
    data = form_data(status="published", ready_ru="on", publish_at_0=day, publish_at_1="00:00:00")

    response = client.post(reverse(ADD), data)

    assert response.status_code == 200
    assert "publish_at" in response.context["adminform"].form.errors
    assert not Document.objects.exists()
