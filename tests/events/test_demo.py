"""The demonstration of events, press and feedback: true to the sources, honest about what is
invented, and gone when removed."""

import datetime
import re

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone, translation
from modeltranslation.translator import NotRegistered, translator

from events import demo
from events.models import (
    AgendaItem,
    Event,
    Letterhead,
    PressContact,
    PressRelease,
    Questionnaire,
    Tally,
)
from library.models import Person
from mrc_portal.languages import LANGUAGE_CODES, localized
from tests.events.demonstration import every_record, load_library

pytestmark = pytest.mark.django_db

# Of what is not public only the author's language need be complete.
UNFINISHED = "pre-departure-seminar-announced"


@pytest.fixture(scope="module")
def loaded(kept_for_module, tmp_path_factory):
    """Loaded once for all these tests."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch, override_settings(MEDIA_ROOT=folder / "files"):
        translation.activate(settings.LANGUAGE_CODE)
        load_library(folder, patch)
        yield demo.load()


def translated_fields(record):
    try:
        return translator.get_options_for_model(type(record)).get_field_names()
    except NotRegistered:
        return []


def organisations_of(event):
    return [(part.role, part.organisation.slug) for part in event.organisations.all()]


def test_the_events_of_the_sources_say_what_the_sources_say_and_no_more(loaded):
    real = Event.objects.published().filter(is_demonstration=False).order_by("pk")
    assert [
        (event.slug, event.kind, event.happening, event.when, str(event.shown.venue or ""))
        for event in real
    ] == [
        ("research-seminar-2012", "seminar", "held", "осень 2012", ""),
        ("working-group-seminar-2013", "seminar", "held", "январь 2013", ""),
        (
            "round-table-best-practice-2013",
            "roundtable",
            "held",
            "26 марта 2013",
            "Государственная резиденция Президента Кыргызской Республики «Ала-Арча»",
        ),
        ("joint-conference-2013", "conference", "proposed", "май 2013", ""),
        (
            "working-group-next-meeting",
            "working_group",
            "planned",
            "",
            "офис Ресурсного центра для пожилых",
        ),
    ]
    assert [organisations_of(event) for event in real] == [
        [("organiser", "tspc")],
        [("organiser", "tspc"), ("co_organiser", "rce")],
        [("organiser", "tspc")],
        [],
        [("host", "rce")],
    ]
    assert not real.exclude(start_time=None).exists()
    assert not AgendaItem.objects.filter(event__in=real).exclude(start_time=None).exists()


def test_the_seminar_of_the_working_group_has_its_agenda_materials_and_outcomes(loaded):
    seminar = Event.objects.get(slug="working-group-seminar-2013")

    assert [item.level for item in seminar.agenda.all()] == [1, 1, 2, 2, 2, 1, 1, 1]
    assert [
        (material.document.slug if material.document else None, material.is_missing)
        for material in seminar.materials.all()
    ] == [
        ("working-group-seminar-report", False),
        ("seminar-feedback-report", False),
        (None, True),
    ]
    assert seminar.materials.get(document=None).promised_by.slug == "rce"
    assert seminar.feedback_document.slug == "seminar-feedback-report"
    assert {outcome.kind for outcome in seminar.outcomes.all()} == {"suggestion", "task"}
    assert seminar.outcomes.get(responsible_en="four participants").kind == "task"
    assert [event.slug for event in seminar.next_events.all()] == ["working-group-next-meeting"]
    assert seminar.series.events.count() == 2
    assert Event.objects.get(slug="research-seminar-2012").materials.get().document.slug == (
        "research-seminar-report"
    )


def test_the_release_of_2013_is_published_with_its_dates_texts_and_letterheads(loaded):
    release = PressRelease.objects.published().get()

    assert release.dateline_on == release.first_issued_on == datetime.date(2013, 3, 25)
    assert not release.is_demonstration
    assert sorted(event.slug for event in release.events.all()) == [
        "research-seminar-2012",
        "round-table-best-practice-2013",
        "working-group-seminar-2013",
    ]
    assert sorted(document.slug for document in release.documents.all()) == [
        "press-release-2013-03-25",
        "research-seminar-report",
    ]
    assert release.project.slug == "protecting-migrants-rights"
    # Frozen by publishing, in three languages; the PDFs lie where they are served from.
    assert [row.version.number for row in release.boilerplate_rows.all()] == [1, 1]
    assert sorted(Letterhead.objects.values_list("language", flat=True)) == ["en", "ky", "ru"]
    assert len(list(settings.MEDIA_ROOT.glob("letterheads/*.pdf"))) == 3
    assert loaded.letterheads == 3
    contact = release.contact
    assert contact.role_en == "Programme Manager, Migration and Social Protection Sector"
    assert (contact.email, contact.phone) == ("", "")


def test_one_invented_release_waits_for_review_and_nobody_else_sees_it(client, loaded):
    release = PressRelease.objects.get(slug=UNFINISHED)

    assert release.status == "in_review"
    assert release.ready_languages == ("ru",)
    for code in LANGUAGE_CODES:
        assert client.get(f"/{code}/press/{UNFINISHED}/").status_code == 404
        assert UNFINISHED not in client.get(f"/{code}/press/").text


def test_the_invented_events_keep_the_calendar_alive_on_every_day(loaded):
    today = timezone.localdate()
    invented = Event.objects.published().filter(is_demonstration=True)

    assert [
        (event.slug, (event.starts_on - today).days, event.happening)
        for event in invented.order_by("starts_on")
    ] == [
        ("employment-contract-training", -40, "held"),
        ("advice-day-for-families", -3, "held"),
        ("meeting-with-employers", 9, "cancelled"),
        ("pre-departure-seminar", 20, "planned"),
        ("two-day-advisers-course", 33, "postponed"),
    ]
    postponed = invented.get(happening="postponed")
    assert (postponed.former_starts_on - today).days == 5
    assert (postponed.former_ends_on - today).days == 6
    assert postponed.calendar_sequence == 1
    seminar = invented.get(slug="pre-departure-seminar")
    assert seminar.times == "10:00–16:00"
    assert {item.level for item in seminar.agenda.all()} == {1, 2, 3}
    # No real body is said to have held what was never held.
    for event in invented:
        assert {slug for _role, slug in organisations_of(event)} <= {
            "tspc-demo",
            "advice-centre-demo",
        }


def test_one_questionnaire_is_open_and_the_other_has_its_report(client, loaded):
    is_open = Questionnaire.objects.get(event__slug="pre-departure-seminar")
    is_closed = Questionnaire.objects.get(event__slug="employment-contract-training")

    assert is_open.is_open
    assert not is_open.is_locked
    assert (timezone.localdate(is_open.closes_at) - timezone.localdate()).days == 60
    assert is_closed.is_reported
    assert all(row.is_demonstration for row in (is_open, is_closed))
    assert {question.kind for question in is_open.questions.all()} == {
        "one",
        "several",
        "yes_no",
        "number",
        "scale",
        "short_text",
        "long_text",
    }
    for code in LANGUAGE_CODES:
        form = client.get(f"/{code}/events/pre-departure-seminar/feedback/")
        report = client.get(f"/{code}/events/employment-contract-training/feedback/report/")
        for page in (form, report):
            assert page.status_code == 200
            assert 'class="demo"' in page.text
    # What the report was made from is gone.
    assert not Tally.objects.exists()


def test_every_page_opens_and_says_what_is_invented(client, loaded):
    for code in LANGUAGE_CODES:
        for event in Event.objects.all():
            page = client.get(f"/{code}/events/{event.slug}/")
            assert page.status_code == 200
            assert ('class="demo"' in page.text) == event.is_demonstration
        page = client.get(f"/{code}/press/round-table-on-best-practice/")
        assert page.status_code == 200
        assert 'class="demo"' not in page.text


def test_every_record_is_valid_and_complete_in_three_languages(loaded):
    for record in every_record():
        record.full_clean()
        for field in translated_fields(record):
            filled = {
                code for code in LANGUAGE_CODES if getattr(record, localized(field, code), None)
            }
            is_unfinished = getattr(record, "slug", "") == UNFINISHED
            assert is_unfinished or filled in (set(), set(LANGUAGE_CODES)), (record, field)
    for model in (Event, PressRelease):
        for record in model.objects.published():
            assert set(record.ready_languages) == set(LANGUAGE_CODES)
            assert not any(record.is_outdated_in(code) for code in LANGUAGE_CODES)


def test_no_person_can_be_named_or_reached(loaded):
    assert not Person.objects.exists()
    assert not PressContact.objects.exclude(email="", phone="").exists()

    for path in demo.FOLDER.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\w.]+@[\w.]+\.\w+", text), path
        assert not re.search(r"\+\d[\d\s()-]{8,}|\b0\d{3}[\s-]?\d{2,3}[\s-]?\d{2,3}", text), path
        # Initials, patronymics, and the Kyrgyz "son of" and "daughter of".
        assert not re.search(r"\b[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\w", text), path
        assert not re.search(r"\b[А-ЯЁ]\w+(?:ович|евич|овна|евна)\b|\b(?:уулу|кызы)\b", text), path
