"""The demonstration of plans, councils and letters: the invented plan shows every state, and all of
it is valid, complete and says what is invented."""

import datetime
import re

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from modeltranslation.translator import NotRegistered, translator

from council import demo
from council.models import (
    Activity,
    Assessment,
    Body,
    DeadlineChange,
    Letter,
    Plan,
    ProgressUpdate,
    SignatoryState,
)
from library.models import Person
from mrc_portal.languages import LANGUAGE_CODES, localized
from tests.council.demonstration import (
    INVENTED_PLAN,
    OF_ALL,
    assert_read_as_written,
    every_record,
    lay_foundations,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(kept_for_module, tmp_path_factory):
    """Loaded once for all these tests."""
    folder = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch, override_settings(MEDIA_ROOT=folder / "files"):
        translation.activate(settings.LANGUAGE_CODE)
        lay_foundations(folder, patch, OF_ALL)
        yield demo.load()


@pytest.fixture
def invented(loaded):
    return Plan.objects.published().get(slug=INVENTED_PLAN)


def translated_fields(record):
    try:
        return translator.get_options_for_model(type(record)).get_field_names()
    except NotRegistered:
        return []


def test_the_invented_letter_has_signatories_in_every_state_and_names_no_person(loaded):
    signatories = Letter.objects.get(slug="demonstration-letter").signatories.all()

    assert {it.state for it in signatories} == set(SignatoryState)
    assert not signatories.exclude(person=None).exists()


def test_the_invented_plan_shows_whatever_can_become_of_a_row(invented):
    reports = ProgressUpdate.objects.filter(activity__stage__plan=invented)
    verdicts = Assessment.objects.filter(update__in=reports.in_force())

    assert {it.verdict for it in verdicts} == {"confirmed", "partly", "not_shown", "contradicted"}
    corrected = reports.get(corrections__isnull=False)
    assert corrected.status == "done"
    assert corrected not in reports.in_force()
    waiting = reports.waiting().get()
    assert waiting.activity.updates.accepted().last().status == "in_progress"
    assert {it.status for it in reports.in_force()} >= {
        *("not_started", "in_progress", "done", "cancelled"),
    }
    moves = DeadlineChange.objects.filter(activity__stage__plan=invented)
    assert sorted(moves.values_list("activity__number", flat=True)) == ["2.1", "2.3", "2.3"]
    rows = Activity.objects.filter(stage__plan=invented)
    assert set(rows.values_list("origin", flat=True)) == {"printed", "suggested", "proposed"}
    assert set(rows.values_list("timeline_kind", flat=True)) == {
        *("none", "by", "within", "range", "permanent", "recurring"),
    }
    assert rows.filter(responsibles__is_yet_to_exist=True).exists()
    amounts = rows.filter(resources__isnull=False).values_list("resources__currency", flat=True)
    assert set(amounts) == {"KGS", "USD", "EUR", ""}
    for row in rows.filter(origin__in=["suggested", "proposed"]):
        assert row.origin_outcome.event in invented.events.all()
    for report in reports:
        assert not report.needs_evidence


def test_what_the_invented_plan_says_of_time_is_read_as_the_portal_reads_it(invented):
    assert_read_as_written(invented)


def test_only_invented_organisations_have_a_part_in_the_invented_plan(invented):
    rows = Activity.objects.filter(stage__plan=invented)
    reports = ProgressUpdate.objects.filter(activity__in=rows)
    named = {*rows.values_list("responsibles__organisation__slug", flat=True)}
    named |= {*reports.values_list("reported_by__slug", flat=True)}

    assert {slug for slug in named if slug} == {
        "tspc-demo",
        "advice-centre-demo",
        "agency-demo",
        "statistics-bureau-demo",
        "legal-clinic-demo",
        "hotline-demo",
    }
    for report in reports.filter(evidence__document__isnull=False):
        assert all(it.document.is_demonstration for it in report.evidence.exclude(document=None))


def test_the_versions_of_the_invented_plan_differ_and_so_does_the_present_plan(invented):
    first, second = invented.versions.order_by("number")

    assert [first.made_on, second.made_on] == [
        datetime.date(2025, 1, 20),
        datetime.date(2026, 1, 15),
    ]
    keys = [{line["key"] for line in it.content["lines"]} for it in (first, second)]
    assert len(keys[0] - keys[1]) == 1  # the calendar
    assert len(keys[1] - keys[0]) == 1  # the hotline
    now = set(Activity.objects.filter(stage__plan=invented).values_list("short_id", flat=True))
    assert len(now - keys[1]) == 2  # suggested and proposed at an event
    changed = [
        (before["title_en"], name)
        for before in first.content["lines"]
        for after in second.content["lines"]
        if before["key"] == after["key"]
        for name in before
        if name.endswith("_en") and before[name] != after[name]
    ]
    assert changed == [
        ("Write a common text for the lesson before departure", "resources_en"),
        ("Write a common text for the lesson before departure", "expected_result_en"),
    ]


def test_every_page_opens_in_three_languages_and_says_what_is_invented(client, loaded):
    waiting = ProgressUpdate.objects.waiting().get()
    for code in LANGUAGE_CODES:
        for plan in Plan.objects.all():
            home = f"/{code}/plan/{plan.slug}/"
            addresses = [home, *(f"{home}{page}/" for page in PAGES_OF_A_PLAN)]
            addresses += [f"{home}stages/{number}/" for number in (1, 2, 3)]
            rows = Activity.objects.filter(stage__plan=plan)
            addresses += [f"{home}rows/{row.short_id}/" for row in rows]
            for address in addresses:
                page = client.get(address)
                assert page.status_code == 200, address
                assert ('class="demo"' in page.text) == plan.is_demonstration, address
                assert getattr(waiting, localized("text", code)) not in page.text, address
        for kind, records in (("council", Body.objects.all()), ("letters", Letter.objects.all())):
            for record in records:
                page = client.get(f"/{code}/{kind}/{record.slug}/")
                assert page.status_code == 200
                assert ('class="demo"' in page.text) == record.is_demonstration, record


PAGES_OF_A_PLAN = ["table", "timeline", "organisations", "suggestions", "versions", "versions/1"]


def test_every_record_is_valid_and_complete_in_three_languages(loaded):
    for record in every_record():
        record.full_clean()
        for field in translated_fields(record):
            filled = {
                code for code in LANGUAGE_CODES if getattr(record, localized(field, code), None)
            }
            assert filled in (set(), set(LANGUAGE_CODES)), (record, field)
    for model in (Plan, Body, Letter):
        assert model.objects.published().count() == model.objects.count()
        for record in model.objects.all():
            assert set(record.ready_languages) == set(LANGUAGE_CODES)
            assert not any(record.is_outdated_in(code) for code in LANGUAGE_CODES)


def test_no_person_can_be_named_or_reached(loaded):
    assert not Person.objects.exists()

    for path in demo.FOLDER.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\w.]+@[\w.]+\.\w+", text), path
        assert not re.search(r"\+\d[\d\s()-]{8,}|\b0\d{3}[\s-]?\d{2,3}[\s-]?\d{2,3}", text), path
        # Initials, patronymics, and the Kyrgyz "son of" and "daughter of".
        assert not re.search(r"\b[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\. ?[А-ЯЁӨҮҢA-Z]\w", text), path
        assert not re.search(r"\b[А-ЯЁ]\w+(?:ович|евич|овна|евна)\b|\b(?:уулу|кызы)\b", text), path
