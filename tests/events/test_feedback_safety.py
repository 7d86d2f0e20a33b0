"""What hostile senders try at the questionnaires, and what must reach them all the same."""

import pytest
from django.test import Client

from events.feedback import grouped_code
from events.printing import code_slips, paper_form
from events.rate_limit import forms_limit, wrong_codes_limit
from mrc_portal.publishing import remember_slug
from tests import factories
from tests.events.test_feedback import address_of, filled, form_count, make_full_questionnaire
from tests.events.test_feedback_report import address_of as report_of
from tests.events.test_feedback_report import make_reported

pytestmark = pytest.mark.django_db

BOUNDARY = "border"


@pytest.fixture(autouse=True)
def fresh_limits():
    forms_limit.forget()
    wrong_codes_limit.forget()


def in_parts(data):
    """A form as a browser never sends it, so that its sender may name a codec."""
    lines = []
    for name, value in data.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        lines.append(f"{head}{value}\r\n")
    return "".join([*lines, f"--{BOUNDARY}--\r\n"]).encode()


def rename(event, slug):
    former, event.slug = event.slug, slug
    event.save()
    remember_slug(event, former)


@pytest.mark.parametrize("codec", ["unicode_escape", "rot13", "idna", "zlib", "utf-16"])
def test_the_sender_chooses_no_codec(codec):
    """A codec such as unicode_escape makes letters that no database takes."""
    questionnaire = make_full_questionnaire()
    data = filled(questionnaire, "0", None, None, None, None, "\\ud800")

    response = Client(raise_request_exception=False).generic(
        "POST",
        address_of(questionnaire),
        in_parts(data),
        content_type=f"multipart/form-data; boundary={BOUNDARY}; charset={codec}",
    )

    assert response.status_code == 302
    assert form_count(questionnaire) == 1


def test_a_form_on_its_way_arrives_although_the_event_was_renamed(client):
    questionnaire = make_full_questionnaire()
    before = address_of(questionnaire)
    rename(questionnaire.event, "renamed")

    response = client.post(before, filled(questionnaire, "0"), follow=True)

    assert response.redirect_chain[-1][0] == f"{address_of(questionnaire)}thanks/"
    assert form_count(questionnaire) == 1


def test_the_report_of_a_renamed_event_is_found_at_its_former_address(client):
    questionnaire = make_reported()
    before = report_of(questionnaire)
    rename(questionnaire.event, "renamed")

    response = client.get(before)

    assert (response.status_code, response.url) == (308, report_of(questionnaire))


def test_a_renamed_event_without_a_questionnaire_leads_to_its_page(client):
    event = factories.make_event(slug="before")
    rename(event, "after")

    response = client.get("/ru/events/before/feedback/")

    assert (response.status_code, response.url) == (301, event.get_absolute_url())


def test_what_was_pasted_along_unseen_does_not_stop_the_printer():
    """Such as the line break of a word processor."""
    questionnaire = make_full_questionnaire(intro_ru="Мы\x0bхотим\x01знать.")
    event = questionnaire.event
    event.title_ru = "Круглый\x0bстол"
    event.save()
    questionnaire.questions.update(text_ru="Было\x0bполезно?", help_ru="\ufffe\x1f")

    assert paper_form(questionnaire, "ru").startswith(b"%PDF")
    assert code_slips(questionnaire, ["bcdfghjk"], "ru", "https://mrc.example").startswith(b"%PDF")


def test_a_code_typed_in_part_is_shown_as_it_was_typed():
    assert [grouped_code(typed) for typed in ("", "bcd", "bcdf", "bcdfg")] == [
        "",
        "bcd",
        "bcdf",
        "bcdf-g",
    ]


def test_a_stray_post_to_the_address_of_a_code_is_not_logged_with_it(client, caplog):
    client = type(client)(enforce_csrf_checks=True)

    with caplog.at_level("WARNING", logger="django.security"):
        assert client.post("/f/bcdf-ghjk").status_code == 405

    assert caplog.records == []
