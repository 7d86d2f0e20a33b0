"""The editors' rooms of the press: hand in, review, publish, schedule, correct; standing texts."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.utils import timezone

from events import press
from events.models import (
    Boilerplate,
    Letterhead,
    PressContact,
    PressRelease,
    ReleaseBoilerplate,
    ReleaseChange,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, withdraw
from mrc_portal.roles import CONTRIBUTORS, EDITORS
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "/ru/admin/events/pressrelease/add/"
LIST = "/ru/admin/events/pressrelease/"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def change(release):
    return f"/ru/admin/events/pressrelease/{release.pk}/change/"


def review(release):
    return f"/ru/admin/events/pressrelease/{release.pk}/review/"


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def form_data(release=None, **fields):
    """A filled form: of a Russian draft, or of this release as it is."""
    data = {
        "status": "draft",
        "publish_at_0": "",
        "publish_at_1": "",
        "embargo_until_0": "",
        "embargo_until_1": "",
        "original_language": "ru",
        "title_ru": "Круглый стол в Бишкеке",
        "body_ru": "<p>Завтра.</p>",
        "dateline_place_ru": "Бишкек",
        "dateline_on": "2013-03-25",
        "boilerplate_rows-TOTAL_FORMS": "0",
        "boilerplate_rows-INITIAL_FORMS": "0",
        "changes-TOTAL_FORMS": "0",
        "changes-INITIAL_FORMS": "0",
    }
    if release is not None:
        published = timezone.localtime(release.publish_at) if release.publish_at else None
        embargo = timezone.localtime(release.embargo_until) if release.embargo_until else None
        data |= {
            "status": release.status,
            "slug": release.slug,
            "edited_from": release.changed_at.isoformat(),
            "dateline_on": str(release.dateline_on),
            "contact": release.contact_id or "",
            "publish_at_0": published.strftime("%Y-%m-%d") if published else "",
            "publish_at_1": published.strftime("%H:%M:%S") if published else "",
            "embargo_until_0": embargo.strftime("%Y-%m-%d") if embargo else "",
            "embargo_until_1": embargo.strftime("%H:%M:%S.%f") if embargo else "",
        }
        for code in LANGUAGE_CODES:
            for name in ("title", "summary", "body", "dateline_place", "note"):
                data[f"{name}_{code}"] = getattr(release, f"{name}_{code}") or ""
            if getattr(release, f"ready_{code}"):
                data[f"ready_{code}"] = "on"
        rows = list(release.boilerplate_rows.all())
        counts = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": len(rows)}
        data |= {f"boilerplate_rows-{name}": count for name, count in counts.items()}
        for number, row in enumerate(rows):
            data |= {
                f"boilerplate_rows-{number}-id": row.pk,
                f"boilerplate_rows-{number}-release": release.pk,
                f"boilerplate_rows-{number}-boilerplate": row.boilerplate_id,
                f"boilerplate_rows-{number}-position": row.position,
            }
        notes = list(release.changes.all())
        data |= {"changes-TOTAL_FORMS": len(notes), "changes-INITIAL_FORMS": len(notes)}
        for number, note in enumerate(notes):
            data |= {
                f"changes-{number}-id": note.pk,
                f"changes-{number}-release": release.pk,
                f"changes-{number}-text_ru": note.text_ru or "",
            }
    return data | fields


def save(client, release, **fields):
    """Save the form of a release with some fields changed; its errors if it is refused."""
    release.refresh_from_db()
    response = client.post(change(release), form_data(release, **fields))
    release.refresh_from_db()
    return [] if response.status_code == 302 else response.context["errors"]


def act(client, release, button, **fields):
    """Press a button of the review page."""
    release.refresh_from_db()
    data = {"edited_from": release.changed_at.isoformat(), button: "1"}
    response = client.post(review(release), data | fields)
    release.refresh_from_db()
    return response


def stored_files():
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def make_scheduled(**fields):
    release = factories.make_press_release(
        **{"publish_at": timezone.now() + timedelta(days=1)} | fields
    )
    press.settle(release)
    return release


def make_public(**fields):
    release = factories.make_trilingual_press_release(**fields)
    row = ReleaseBoilerplate(release=release, boilerplate=factories.make_boilerplate(), position=1)
    row.save()
    press.settle(release)
    release.refresh_from_db()
    return release


# From the author to the public


def test_a_release_is_written_handed_in_reviewed_and_published_in_three_languages(
    client, django_capture_on_commit_callbacks
):
    author, editor = factories.make_user(CONTRIBUTORS), factories.make_user(EDITORS)
    boilerplate, contact = factories.make_boilerplate(), factories.make_contact()
    event, document = factories.make_event(), factories.make_document()
    data = form_data(contact=contact.pk, events=[event.pk], documents=[document.pk], _hand_in="1")
    for code in LANGUAGE_CODES:
        data |= {
            f"title_{code}": f"Title {code}",
            f"body_{code}": f"<p>Text {code}</p>",
            f"ready_{code}": "on",
        }
    data |= {
        "boilerplate_rows-TOTAL_FORMS": "1",
        "boilerplate_rows-0-boilerplate": boilerplate.pk,
        "boilerplate_rows-0-position": "",
    }

    client.force_login(author)
    response = client.post(ADD, data)
    assert response.status_code == 302, response.context["errors"]
    release = PressRelease.objects.get()
    assert (release.status, release.created_by) == (Status.IN_REVIEW, author)
    assert release.slug == "title-ru"
    assert not release.letterheads.exists()

    client.force_login(editor)
    assert str(release) in client.get("/ru/admin/").text
    page = client.get(review(release))
    assert [column.version.title for column in page.context["columns"]] == [
        "Title ky",
        "Title ru",
        "Title en",
    ]
    with django_capture_on_commit_callbacks(execute=True):
        assert act(client, release, "_publish").status_code == 302

    client.logout()
    assert release.is_published
    assert release.boilerplate_rows.get().version == boilerplate.latest
    assert release.letterheads.count() == len(stored_files()) == 3
    for code in LANGUAGE_CODES:
        shown = client.get(f"/{code}/press/{release.slug}/").text
        assert f"Text {code}" in shown
        assert f"/p/{release.short_id}/{code}.pdf" in shown
    assert str(release) in client.get(event.get_absolute_url()).text


def test_contributors_look_and_editors_act(client, contributor):
    release = factories.make_press_release(status="in_review", publish_at=None)

    assert client.get(review(release)).status_code == 200
    assert "<form method" not in client.get(review(release)).text.split('class="review"')[1]
    for button in ("_publish", "_schedule", "_send_back", "_new_link"):
        assert act(client, release, button, remark="нет").status_code == 403
    assert release.status == Status.IN_REVIEW
    assert client.post(change(release), form_data(release, _publish="1")).status_code == 403
    assert client.post(change(release), form_data(release, status="published")).status_code == 200
    release.refresh_from_db()
    assert release.status == Status.IN_REVIEW
    client.logout()
    assert client.get(review(release)).status_code == 302
    client.force_login(factories.make_user(""))
    assert client.get(review(release)).status_code == 302


def test_a_contributor_cannot_touch_what_goes_out(client, contributor):
    release = make_scheduled()

    assert client.post(change(release), form_data(release)).status_code == 403
    assert client.get(review(release)).context["private_links"] == []
    embargoed = make_scheduled(embargo_until=timezone.now() + timedelta(days=1))
    for address in (change(embargoed), review(embargoed)):
        assert embargoed.private_key not in client.get(address).text


def test_the_review_is_loud_about_missing_and_outdated_languages(client, editor):
    now = timezone.now()
    release = factories.make_press_release(
        status="in_review",
        publish_at=None,
        title_ky="Эски аталыш",
        body_ky="<p>Эски</p>",
        text_changed_at_ru=now,
        text_changed_at_ky=now - timedelta(days=1),
    )
    ReleaseBoilerplate.objects.create(release=release, boilerplate=factories.make_boilerplate())

    page = client.get(review(release))

    columns = {column.version.language: column for column in page.context["columns"]}
    assert {code: column.state for code, column in columns.items()} == {
        "ky": "outdated",
        "ru": "ready",
        "en": "missing",
    }
    assert [code for code, column in columns.items() if column.is_loud] == ["ky", "en"]
    assert page.text.count("review__head--loud") == 2
    assert len(columns["ky"].lacks) == 4  # summary, place, contact, standing text
    assert len(columns["ru"].lacks) == 2  # summary, contact
    PressRelease.objects.update(dateline_on=None)
    without_date = client.get(review(release)).context["columns"]
    assert {len(it.lacks) for it in without_date if it.version.language == "ru"} == {3}
    assert "Эски аталыш" in page.text
    assert "style=" not in page.text.split("<main")[1]
    assert "unsafe" not in page["Content-Security-Policy"]


def test_scheduling_and_embargo_from_the_review(client, editor):
    release = factories.make_press_release(status="in_review", publish_at=None)
    moment = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)

    act(client, release, "_schedule", publish_at=local(moment))
    assert (release.status, release.publish_at, release.is_scheduled) == (
        Status.PUBLISHED,
        moment,
        True,
    )
    assert release.letterheads.count() == 1

    act(client, release, "_publish", embargo_until=local(moment))
    assert release.publish_at <= timezone.now()
    assert (release.embargo_until, release.is_embargoed) == (moment, True)
    assert not release.is_published
    page = client.get(review(release))
    assert page.context["private_links"][0][2].endswith(f"/ru/press-embargo/{release.private_key}/")
    assert release.private_key in client.get(change(release)).text


@pytest.mark.parametrize(
    ("button", "fields"),
    [
        ("_schedule", {}),
        ("_schedule", {"publish_at": "2013-03-25T10:00"}),
        ("_schedule", {"publish_at": "когда-нибудь"}),
        ("_schedule", {"publish_at": "20000-01-01T00:00"}),
        ("_publish", {"embargo_until": "2500-01-01T00:00"}),
        ("_publish", {"publish_at": "2150-01-01T10:00"}),  # a slip: that is what scheduling is for
        ("_send_back", {"remark": "  "}),
        ("_unknown", {}),
    ],
)
def test_nonsense_is_refused_in_the_form(client, editor, button, fields):
    release = factories.make_press_release(status="in_review", publish_at=None)

    response = act(client, release, button, **fields)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert (release.status, release.publish_at) == (Status.IN_REVIEW, None)


def test_a_release_without_a_ready_language_is_not_published(client, editor):
    release = factories.make_press_release(status="in_review", publish_at=None, ready_ru=False)

    response = act(client, release, "_publish")

    assert response.context["form"].non_field_errors()
    assert release.status == Status.IN_REVIEW


def test_the_review_refuses_when_somebody_has_saved_meanwhile(client, editor):
    release = factories.make_press_release(status="in_review", publish_at=None)
    opened = client.get(review(release)).context["form"]["edited_from"].value()
    release.title_ru = "Другое"
    release.save()

    response = client.post(review(release), {"edited_from": opened, "_publish": "1"})

    assert response.context["form"].non_field_errors()
    assert PressRelease.objects.get().status == Status.IN_REVIEW


def test_it_is_sent_back_with_a_remark_for_the_author(client, editor):
    author = factories.make_user(CONTRIBUTORS)
    release = make_scheduled(created_by=author)
    ReleaseBoilerplate.objects.create(release=release, boilerplate=factories.make_boilerplate())
    press.settle(release)

    act(client, release, "_send_back", remark="Уточните время.")

    assert (release.status, release.review_remark) == (Status.DRAFT, "Уточните время.")
    assert release.boilerplate_rows.get().version is None
    client.force_login(author)
    assert "Уточните время." in client.get(change(release)).text
    assert "Уточните время." in client.get("/ru/admin/").text
    client.post(change(release), form_data(release, _hand_in="1"))
    release.refresh_from_db()
    assert release.status == Status.IN_REVIEW
    client.force_login(editor)
    act(client, release, "_publish")
    assert (release.is_published, release.review_remark) == (True, "")


def test_what_has_been_public_is_not_reviewed_back_into_hiding(client, editor):
    release = make_public()

    for button in ("_send_back", "_schedule", "_publish"):
        response = act(client, release, button, remark="назад", publish_at="2199-01-01T00:00")
        assert response.context["form"].non_field_errors()

    assert release.is_published
    assert client.get(review(release)).status_code == 200
    assert client.get("/ru/admin/events/pressrelease/999/review/").status_code == 302
    assert client.get("/ru/admin/events/pressrelease/x%00/review/").status_code in (302, 404)


def test_a_new_private_link_is_made_on_the_review(client, editor):
    release = make_scheduled(embargo_until=timezone.now() + timedelta(days=1))
    old = release.private_key

    act(client, release, "_new_link")

    assert release.private_key != old
    assert old not in client.get(review(release)).text


def test_publish_now_and_the_bulk_action_make_pdfs_and_tell_the_truth(client, editor):
    tomorrow = timezone.now() + timedelta(days=1)
    plain = factories.make_press_release(status="draft", publish_at=None)
    held = factories.make_press_release(status="draft", publish_at=None, embargo_until=tomorrow)
    unfit = factories.make_press_release(status="draft", publish_at=None, ready_ru=False)
    data = {
        "action": "publish_selected",
        "_selected_action": [plain.pk, held.pk, unfit.pk],
    }

    response = client.post(LIST, data)

    told = [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]
    assert [level for level, _text in told] == ["error", "success", "success"]
    assert [Letterhead.objects.filter(release=it).count() for it in (plain, held, unfit)] == [
        1,
        1,
        0,
    ]
    for release in (plain, held, unfit):
        release.refresh_from_db()
    assert (plain.is_published, held.is_published, held.is_scheduled) == (True, False, True)
    assert unfit.status == Status.DRAFT

    draft = factories.make_press_release(status="draft", publish_at=None)
    assert save(client, draft, _publish="1") == []
    assert draft.is_published
    assert draft.letterheads.count() == 1


def test_what_is_scheduled_may_be_published_now_with_its_moment_still_in_the_field(client, editor):
    moment = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    release = factories.make_press_release(publish_at=moment)

    act(client, release, "_publish", publish_at=local(moment))

    assert release.is_published


def test_a_release_that_was_sent_back_stands_first_on_its_authors_start_page(client, contributor):
    factories.make_press_release(
        status="draft", publish_at=None, created_by=contributor, review_remark="Добавьте цифру."
    )

    lists = client.get("/ru/admin/").context["work_lists"]

    assert [len(work.items) for work in lists][:2] == [1, 0]
    assert "Добавьте цифру." in str(lists[0].items[0].note)


def test_the_list_and_the_form_lead_to_the_review_and_show_what_matters(client, editor):
    release = make_scheduled(embargo_until=timezone.now() + timedelta(days=1))

    listed, form = client.get(LIST), client.get(change(release))

    assert review(release) in listed.text
    assert "badge--scheduled" in listed.text
    assert review(release) in form.text
    letterhead = release.letterheads.get()
    assert letterhead.sha256[:12] in form.text
    assert letterhead.get_absolute_url() in form.text


def test_queries_of_the_list_do_not_grow(client, editor, django_assert_max_num_queries):
    for _ in range(20):
        make_scheduled()

    with django_assert_max_num_queries(20):
        client.get(LIST)


def test_a_failure_on_the_way_leaves_neither_release_nor_file(client, editor, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the connection is lost")

    # After everything is saved and set, and before it is certain.
    monkeypatch.setattr("events.admin.press.PressReleaseAdmin.log_addition", fail)

    with pytest.raises(RuntimeError):
        client.post(ADD, form_data(ready_ru="on", _publish="1"))

    assert not PressRelease.objects.exists()
    assert stored_files() == []


def test_a_pdf_that_fails_does_not_lose_the_text(client, editor, monkeypatch):
    import typst

    def fail(*args, **kwargs):
        raise typst.TypstError("no font")

    monkeypatch.setattr(press, "typeset", fail)

    response = client.post(ADD, form_data(ready_ru="on", _publish="1"))

    release = PressRelease.objects.get()
    assert release.is_published
    assert not release.letterheads.exists()
    assert "error" in [it.level_tag for it in get_messages(response.wsgi_request)]


def test_what_was_never_public_is_deleted_with_its_pdfs(
    client, editor, django_capture_on_commit_callbacks
):
    release = make_scheduled()
    public = make_public()
    assert len(stored_files()) == 4

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/ru/admin/events/pressrelease/{release.pk}/delete/", {"post": "yes"})

    assert list(PressRelease.objects.all()) == [public]
    assert len(stored_files()) == 3
    refused = client.post(f"/ru/admin/events/pressrelease/{public.pk}/delete/", {"post": "yes"})
    assert refused.status_code == 403


# Corrections


def test_saving_a_public_release_as_it_is_needs_no_word(client, editor):
    release = make_public(summary_ru="Две\nстроки", body_ru="<p>Один&nbsp;два</p>")
    sums = set(release.letterheads.values_list("sha256", flat=True))

    # A browser ends lines in its own way, and an editor closes what was left open.
    assert save(client, release, summary_ru="Две\r\nстроки", body_ru="<p>Один\xa0два") == []

    assert not release.changes.exists()
    assert set(release.letterheads.values_list("sha256", flat=True)) == sums


@pytest.mark.parametrize(
    "fields",
    [
        {"title_ru": "Иначе"},
        {"body_ky": "<p>Башкача</p>"},
        {"summary_en": "Otherwise"},
        {"dateline_place_ru": "Ош"},
        {"dateline_on": "2013-03-24"},
        {"first_issued_on": "2013-03-24"},
        {"contact": ""},
        {"is_demonstration": "on"},
        {"ready_en": ""},
        {"boilerplate_rows-0-DELETE": "on"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_correction_needs_a_note_or_the_word_minor(client, editor, fields):
    release = make_public(contact=factories.make_contact())
    history = release.history.count()

    assert save(client, release, **fields)
    assert release.history.count() == history
    assert release.boilerplate_rows.count() == 1
    assert not release.changes.exists()

    assert save(client, release, **fields, change_note_ky="Оңдолду") == []
    assert release.changes.get().text_ky == "Оңдолду"
    assert release.changes.get().made_on == timezone.localdate()
    assert "Оңдолду" in client.get(release.get_absolute_url()).text


def test_a_minor_correction_is_told_to_the_history_alone_and_the_pdf_follows(client, editor):
    release = make_public()
    before = release.letterheads.get(language="ru")

    assert save(client, release, title_ru="Без опечатки", is_minor="on") == []

    assert not release.changes.exists()
    assert release.history.first().history_change_reason
    history = client.get(f"/ru/admin/events/pressrelease/{release.pk}/history/")
    assert release.history.first().history_change_reason in history.text
    assert release.letterheads.get(language="ru", replaced_at__isnull=True) != before
    assert release.letterheads.filter(language="ky").count() == 1


@pytest.mark.parametrize(
    "fields",
    [{"note_ru": "<p>Адрес не отвечает</p>"}, {"slug": "drugoy"}, {"events": "new"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_stands_beside_the_text_is_no_correction(client, editor, fields):
    release = make_public()
    made = list(release.letterheads.values_list("pk", flat=True))
    if "events" in fields:
        fields = {"events": [factories.make_event().pk]}

    assert save(client, release, **fields) == []

    assert not release.changes.exists()
    assert list(release.letterheads.values_list("pk", flat=True)) == made


def test_a_further_language_is_no_correction_and_gets_its_pdf(client, editor):
    release = make_public(title_en="", body_en="", ready_en=False)

    # Written first, then ready: nobody has read it before.
    assert save(client, release, title_en="In English", body_en="<p>Now</p>") == []
    assert save(client, release, ready_en="on") == []

    assert not release.changes.exists()
    current = release.letterheads.filter(replaced_at__isnull=True)
    assert sorted(it.language for it in current) == ["en", "ky", "ru"]


def test_before_it_is_public_everything_may_change(client, editor):
    release = make_scheduled()
    old = release.letterheads.get()

    assert save(client, release, title_ru="До публикации") == []

    assert not release.changes.exists()
    assert release.letterheads.get(replaced_at__isnull=True) != old


def test_a_withdrawal_is_no_correction(client, editor):
    release = make_public()

    assert save(client, release, status="withdrawn", withdrawn_reason_ru="Ошибка") == []

    assert release.is_withdrawn
    assert client.get(f"/p/{release.short_id}/ru.pdf").status_code == 410


def test_notes_can_be_worded_better_and_not_taken_back(client, editor):
    release = make_public()
    press.note_correction(release, {"ru": "Испралено"})

    data = {"changes-0-text_ru": "Исправлено", "changes-0-DELETE": "on"}
    assert save(client, release, **data) == []

    assert release.changes.get().text_ru == "Исправлено"


# Standing texts


def boilerplate_data(boilerplate, **fields):
    data = {
        "heading_ru": boilerplate.heading_ru,
        "organisation": boilerplate.organisation_id or "",
        "project": boilerplate.project_id or "",
        "text_ky": "",
        "text_ru": boilerplate.latest.text_ru,
        "text_en": "",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    return data | fields


def write(client, boilerplate, **fields):
    address = f"/ru/admin/events/boilerplate/{boilerplate.pk}/change/"
    return client.post(address, boilerplate_data(boilerplate, **fields))


def test_a_standing_text_is_written_in_one_form_and_begins_with_its_first_version(client, editor):
    organisation = factories.make_organisation()
    data = {
        "heading_ru": "О центре",
        "organisation": organisation.pk,
        "project": "",
        "text_ru": "Изучает политику.",
        "text_ky": "Изилдейт.",
    }

    refused = data | {"text_ru": "", "text_ky": ""}
    assert client.post("/ru/admin/events/boilerplate/add/", refused).status_code == 200
    assert not Boilerplate.objects.exists()
    client.post("/ru/admin/events/boilerplate/add/", data)

    version = Boilerplate.objects.get().versions.get()
    assert (version.number, version.text_ru, version.text_ky) == (
        1,
        "Изучает политику.",
        "Изилдейт.",
    )
    assert version.created_by == editor


def test_a_version_that_went_out_is_kept_and_a_new_one_begins(client, editor):
    boilerplate = factories.make_boilerplate("Первый текст.")
    write(client, boilerplate, text_ru="Второй текст.")
    assert boilerplate.versions.get().text_ru == "Второй текст."

    public, draft = make_public(), factories.make_press_release(status="draft", publish_at=None)
    for release in (public, draft):
        ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)
    press.settle(public)
    write(client, boilerplate, text_ru="Второй текст.")
    assert boilerplate.versions.count() == 1
    write(client, boilerplate, text_ru="Третий текст.")

    assert [it.text_ru for it in boilerplate.versions.order_by("number")] == [
        "Второй текст.",
        "Третий текст.",
    ]
    page = client.get(f"/ru/admin/events/boilerplate/{boilerplate.pk}/change/").text
    assert "Второй текст." in page
    assert change(public) in page
    assert "Третий текст." in client.get(draft.get_absolute_url()).text
    client.logout()
    assert "Второй текст." in client.get(public.get_absolute_url()).text


def test_a_correction_may_take_over_the_newer_text(client, editor):
    release = make_public()
    boilerplate = release.boilerplate_rows.get().boilerplate
    write(client, boilerplate, text_ru="Новый текст.")
    assert 'name="take_newer"' in client.get(change(release)).text

    assert save(client, release) == []
    assert "Новый текст." not in client.get(release.get_absolute_url()).text
    assert save(client, release, take_newer="on")
    assert save(client, release, take_newer="on", change_note_ru="О центре: новый текст") == []

    assert "Новый текст." in client.get(release.get_absolute_url()).text
    assert release.letterheads.get(language="ru", replaced_at__isnull=True)
    assert release.letterheads.filter(language="ru").count() == 2
    assert 'name="take_newer"' not in client.get(change(release)).text


def test_contacts_are_offices_and_for_editors(client, contributor):
    assert client.get("/ru/admin/events/presscontact/add/").status_code == 403
    assert client.get("/ru/admin/events/boilerplate/add/").status_code == 403
    client.force_login(factories.make_user(EDITORS))

    client.post(
        "/ru/admin/events/presscontact/add/", {"role_ky": "Басма сөз", "email": "press@mrc.example"}
    )

    assert str(PressContact.objects.get()) == "Басма сөз"


def test_what_keeps_a_contact_from_deletion_is_named(client, editor):
    contact = factories.make_contact()
    release = factories.make_press_release(contact=contact)

    page = client.get(f"/ru/admin/events/presscontact/{contact.pk}/delete/")

    assert page.context["perms_lacking"] == set()
    assert any(release.title_ru in str(line) for line in page.context["protected"])


def test_the_history_of_a_release_can_be_read(client, editor):
    release = make_public()
    save(client, release, title_ru="Иначе", change_note_ru="Название")
    withdraw(release, None, {"ru": "Ошибка"})

    page = client.get(f"/ru/admin/events/pressrelease/{release.pk}/history/")

    assert page.status_code == 200
    assert "Иначе" in page.text
    assert release.private_key not in page.text
    assert ReleaseChange.objects.count() == 1


def test_a_first_correction_by_another_is_no_forged_form(client, editor):
    release = make_public()
    opened = form_data(release, title_ru="Моё название", change_note_ru="Название")
    opened = {name: value for name, value in opened.items() if not name.startswith("changes-")}
    save(client, release, title_ru="Чужое название", change_note_ru="Название")

    response = client.post(change(release), opened)

    assert response.status_code == 200
    told = [str(error) for error in response.context["errors"]]
    assert len(told) == 1, told
    assert "ManagementForm" not in response.text
    assert 'value="Моё название"' in response.text


def test_deleting_names_what_goes_along_and_no_links_between_records(admin_client):
    release = factories.make_press_release(status=Status.DRAFT, publish_at=None)
    release.organisations.add(factories.make_organisation(name_ru="Центр содействия"))
    release.events.add(factories.make_event())
    page = admin_client.get(f"/ru/admin/events/pressrelease/{release.pk}/delete/")

    assert release.title in page.content.decode()
    assert "object (" not in page.content.decode()
    assert "pressrelease-" not in " ".join(
        str(name) for name, _count in page.context["model_count"]
    )
