"""What an attack on the press room found, and may not come back."""

import time
from datetime import timedelta
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
import typst
from django.core.files.storage import FileSystemStorage
from django.db import connections
from django.utils import timezone

from events import press
from events.models import Boilerplate, BoilerplateVersion, ReleaseBoilerplate
from mrc_portal.dates import moment
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, TranslationState
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.events.test_letterheads import read, text_of
from tests.events.test_press_admin import LIST, act, make_public, make_scheduled, save, write
from tests.library.test_turns import meet

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf_text(client, release, language="ru"):
    return text_of(read(client, release, language)[1])


def test_a_note_of_the_correction_is_no_translation(client, editor):
    release = make_public()

    notes = {f"change_note_{code}": "note" for code in LANGUAGE_CODES}
    assert save(client, release, title_ru="Исправлено", **notes) == []

    assert release.translation_state("ky") == TranslationState.OUTDATED
    assert release.translation_state("en") == TranslationState.OUTDATED


def test_another_standing_text_brings_its_own_words(client, editor):
    release = make_public()
    other = factories.make_boilerplate("Другой текст.", heading_ru="О проекте")

    data = {"boilerplate_rows-0-boilerplate": other.pk, "is_minor": "on"}
    assert save(client, release, **data) == []

    page = client.get(release.get_absolute_url()).text
    assert "Другой текст." in page
    assert "Центр изучает политику." not in page


def test_a_language_that_comes_back_is_a_correction_and_gets_a_new_pdf(client, editor):
    release = make_public()
    assert save(client, release, ready_en="", is_minor="on") == []
    assert client.get(f"/p/{release.short_id}/en.pdf").status_code == 404
    assert save(client, release, title_en="Another title") == []

    assert save(client, release, ready_en="on")
    assert save(client, release, ready_en="on", change_note_en="New title") == []

    assert "Another title" in pdf_text(client, release, "en")


def test_what_was_corrected_while_withdrawn_is_in_the_pdf_when_it_comes_back(client, editor):
    release = make_public()
    reason = {"withdrawn_reason_ru": "Ошибка"}
    assert save(client, release, status="withdrawn", **reason) == []
    assert save(client, release, title_ru="Верно", change_note_ru="Название", **reason) == []

    assert save(client, release, status="published") == []

    assert release.is_published
    assert "Верно" in pdf_text(client, release)


def test_a_note_is_not_taken_back_by_emptying_it(client, editor):
    release = make_public()
    press.note_correction(release, {"ru": "Исправлена дата"})

    assert save(client, release, **{"changes-0-text_ru": "  "})

    assert release.changes.get().text_ru == "Исправлена дата"


def test_a_dead_private_link_and_the_living_one_are_in_no_history(client, editor):
    release = make_scheduled(embargo_until=timezone.now() + timedelta(days=1))
    release.save()
    keys = [release.private_key]
    act(client, release, "_new_link")
    keys.append(release.private_key)
    assert save(client, release, title_ru="Иначе") == []

    client.force_login(factories.make_user(CONTRIBUTORS))
    history = client.get(f"/ru/admin/events/pressrelease/{release.pk}/history/").text

    assert "Иначе" in history
    assert not any(key[:12] in history for key in keys)
    assert "private_key" not in [field.name for field in release.history.model._meta.fields]


def test_the_feed_never_goes_back_in_time(client):
    event = factories.make_event(happening="cancelled", happening_reason_ru="Карантин")
    factories.make_press_release(events=[event])

    def updated():
        feed = ET.fromstring(client.get("/ru/press.atom").content)
        return feed.find(f"{ATOM}entry").findtext(f"{ATOM}updated")

    cancelled = updated()
    event.happening = "planned"
    event.save()

    assert updated() > cancelled


def test_the_heading_of_a_standing_text_is_frozen_with_it(client, editor):
    release = make_public()
    boilerplate = release.boilerplate_rows.get().boilerplate
    draft = factories.make_press_release(status=Status.DRAFT, publish_at=None)
    ReleaseBoilerplate.objects.create(release=draft, boilerplate=boilerplate)

    assert write(client, boilerplate, heading_ru="Совсем иначе").status_code == 302

    assert "Совсем иначе." in client.get(draft.get_absolute_url()).text
    assert "Совсем иначе." not in client.get(release.get_absolute_url()).text
    assert save(client, release, take_newer="on", is_minor="on") == []
    assert "Совсем иначе." in client.get(release.get_absolute_url()).text
    assert "Совсем иначе." in pdf_text(client, release)


@pytest.mark.parametrize("name", ["dateline_on", "first_issued_on"])
def test_a_slip_in_the_year_is_asked_about(client, editor, name):
    release = factories.make_press_release(status=Status.DRAFT, publish_at=None)

    assert save(client, release, **{name: "0213-03-25"})


def test_signs_without_a_shape_cost_few_attempts(client, monkeypatch):
    attempts = []
    compile_pdf = typst.compile

    def compile_and_count(*args, **kwargs):
        attempts.append(1)
        return compile_pdf(*args, **kwargs)

    monkeypatch.setattr(typst, "compile", compile_and_count)
    signs = " и ".join(chr(0x4E00 + number) for number in range(60))
    release = factories.make_press_release(body_ru=f"<p>{signs}</p><p>😀 🙃 مرحبا שלום</p>")

    assert press.settle(release) == []

    assert len(attempts) < 12
    assert pdf_text(client, release).count("? и") == 59


def test_a_standing_text_without_a_heading_in_its_language_has_none(client):
    boilerplate = factories.make_boilerplate("Центр.", heading_ru="О центре")
    boilerplate.versions.update(text_en="The center.")
    release = factories.make_trilingual_press_release()
    ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)
    press.settle(release)

    page = client.get(f"/en/press/{release.slug}/").text
    text = client.get(f"/en/press/{release.slug}/text/").text
    kyrgyz = client.get(f"/ky/press/{release.slug}/").text

    assert "<p>The center.</p>" in page
    assert "\n\nThe center.\n\n" in text
    assert "О центре" not in page + text
    assert '<div lang="ru"><p><b>О центре.</b> Центр.</p></div>' in kyrgyz
    assert "The center." in pdf_text(client, release, "en")


def test_the_list_shows_an_embargo_before_the_release_is_approved(client, editor):
    until = timezone.now() + timedelta(days=3)
    factories.make_press_release(status=Status.DRAFT, publish_at=None, embargo_until=until)

    assert moment(until) in client.get(LIST).text


def test_an_old_pdf_that_cannot_be_deleted_does_not_cost_the_new_one(
    client, editor, monkeypatch, django_capture_on_commit_callbacks
):
    release = make_public()

    def fail(self, name):
        raise PermissionError(name)

    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr(FileSystemStorage, "delete", fail)
        assert save(client, release, title_ru="Новое название", is_minor="on") == []

    assert "Новое название" in pdf_text(client, release)


@pytest.mark.django_db(transaction=True)
def test_nobody_rewrites_a_standing_text_while_it_is_being_frozen(client, monkeypatch):
    boilerplate = factories.make_boilerplate("Прежний текст.")
    draft = factories.make_press_release(status=Status.DRAFT, publish_at=None)
    ReleaseBoilerplate.objects.create(release=draft, boilerplate=boilerplate)
    save_version, latest = BoilerplateVersion.save, Boilerplate.latest.fget

    def save_slowly(self, *args, **kwargs):
        time.sleep(1)  # long enough to publish
        save_version(self, *args, **kwargs)

    monkeypatch.setattr(BoilerplateVersion, "save", save_slowly)
    monkeypatch.setattr(Boilerplate, "latest", property(meet(latest)))
    user = factories.make_user()

    def rewrite():
        press.write_boilerplate(boilerplate, {"ru": "Новый текст."}, user)
        connections.close_all()

    def publish():
        press.publish_release(draft, user)
        connections.close_all()

    threads = [Thread(target=rewrite), Thread(target=publish)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert draft.boilerplate_rows.get().version.text_ru in pdf_text(client, draft)


def test_another_target_of_a_link_within_the_portal_is_a_correction(client, editor):
    release = make_public(body_ru='<p><a href="/ru/about/">Здесь</a></p>')
    before = release.letterheads.get(language="ru")
    body = {"body_ru": '<p><a href="/ru/topics/">Здесь</a></p>'}

    assert save(client, release, **body)
    assert save(client, release, **body, is_minor="on") == []

    assert release.letterheads.get(language="ru", replaced_at__isnull=True) != before
