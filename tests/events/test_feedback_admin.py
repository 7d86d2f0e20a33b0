"""Questionnaires in the editors' rooms: writing, locking, slips, paper, the report."""

import io
from datetime import timedelta

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from events.feedback import code_digest, draw_codes, give_out, normal_code, wording_mark
from events.models import (
    Access,
    AccessCode,
    FeedbackReport,
    OpenAnswer,
    Question,
    QuestionKind,
    Questionnaire,
    Tally,
)
from mrc_portal.fields import SHORT_ID_LETTERS
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.events.test_feedback import filled, form_count, make_full_questionnaire, tallies
from tests.events.test_feedback_report import answer, close, make_answered, make_reported, sum_up

pytestmark = pytest.mark.django_db

ADD = "admin:events_questionnaire_add"
CHANGE = "admin:events_questionnaire_change"
LIST = "admin:events_questionnaire_changelist"
DELETE = "admin:events_questionnaire_delete"
OWN_PAGES = ("codes", "entry", "preview", "report")


def page_of(questionnaire, name, *more):
    return reverse(f"admin:events_questionnaire_{name}", args=[questionnaire.pk, *more])


def form_data(questions=(), *, saved=0, **fields):
    """A filled form of a questionnaire that opens tomorrow."""
    day = timezone.localdate() + timedelta(days=1)
    data = {
        "opens_at_0": day.isoformat(),
        "opens_at_1": "10:00",
        "closes_at_0": (day + timedelta(days=7)).isoformat(),
        "closes_at_1": "18:00",
        "access": "open",
        "intro_ru": "Мы хотим знать.",
        "was_locked": "",
        "questions-TOTAL_FORMS": str(len(questions)),
        "questions-INITIAL_FORMS": str(saved),
    }
    for place, question in enumerate(questions):
        data |= {f"questions-{place}-{name}": value for name, value in question.items()}
    return data | fields


def question_data(**fields):
    return {"kind": "yes_no", "position": "0", "text_ru": "Было полезно?"} | fields


def data_of(questionnaire, **fields):
    """The form of a questionnaire as it is now, unchanged."""
    questions = []
    for question in questionnaire.questions.all():
        row = {"id": question.pk, "questionnaire": questionnaire.pk}
        for field in Question._meta.fields:
            value = getattr(question, field.name)
            if field.name not in ("id", "questionnaire") and value not in (None, "", False):
                row[field.name] = "on" if value is True else value
        questions.append(row)
    opens = timezone.localtime(questionnaire.opens_at)
    closes = timezone.localtime(questionnaire.closes_at)
    present = {
        "event": questionnaire.event_id,
        "opens_at_0": opens.date().isoformat(),
        "opens_at_1": f"{opens:%H:%M:%S}",
        "closes_at_0": closes.date().isoformat(),
        "closes_at_1": f"{closes:%H:%M:%S}",
        "access": questionnaire.access,
        "intro_ru": questionnaire.intro_ru or "",
    }
    return form_data(questions, saved=len(questions), **present | fields)


def errors_of(response):
    context = response.context
    return [context["errors"], *(it.formset.errors for it in context["inline_admin_formsets"])]


# Writing


def test_an_editor_writes_a_questionnaire_with_questions_of_every_kind(client, editor):
    event = factories.make_event()
    questions = [
        question_data(is_required="on"),
        question_data(kind="one", options_ru="Да\nНет\nНе знаю"),
        question_data(kind="several", options_ru="Да\nНет"),
        question_data(kind="scale", low_label_ru="мало", high_label_ru="много"),
        question_data(kind="number", band_starts="18, 30"),
        question_data(kind="short_text"),
        question_data(kind="long_text"),
    ]

    response = client.post(reverse(ADD), form_data(questions, event=event.pk))

    assert response.status_code == 302, errors_of(response)
    questionnaire = Questionnaire.objects.get()
    assert [it.kind for it in questionnaire.questions.all()] == QuestionKind.values
    assert [it.position for it in questionnaire.questions.all()] == [1, 2, 3, 4, 5, 6, 7]
    assert questionnaire.languages == ("ru",)
    for name in (LIST, ADD):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_pages_open_in_every_language(client, editor, language):
    questionnaire = make_full_questionnaire(access=Access.CODES)
    reported = make_reported()
    waiting = close(make_answered())

    with translation.override(language):
        addresses = [reverse(LIST), reverse(ADD), reverse(ADD) + f"?event={waiting.event_id}"]
        for it in (questionnaire, reported, waiting):
            addresses.append(reverse(CHANGE, args=[it.pk]))
            addresses += [page_of(it, name) for name in OWN_PAGES]
        addresses.append(reverse("admin:events_questionnaire_history", args=[questionnaire.pk]))
        addresses.append(reverse("admin:index"))
    for address in addresses:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"text_ru": ""}, "text_ru"),
        ({"kind": "one"}, "options"),
        ({"kind": "one", "options_ru": "Да"}, "options_ru"),
        ({"kind": "one", "options_ru": "Да\nДа"}, "options_ru"),
        ({"kind": "one", "options_ru": "Да\nНет", "options_en": "Yes"}, "options"),
        ({"kind": "several", "options_ru": "\n".join(map(str, range(31)))}, "options_ru"),
        ({"kind": "number"}, "band_starts"),
        ({"kind": "number", "band_starts": "30, 18"}, "band_starts"),
        ({"kind": "number", "band_starts": "0, 18"}, "band_starts"),
        ({"kind": "number", "band_starts": "много"}, "band_starts"),
        ({"kind": ""}, "kind"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_at_its_field(client, editor, fields, place):
    data = form_data([question_data(**fields)], event=factories.make_event().pk)

    response = client.post(reverse(ADD), data)

    assert response.status_code == 200
    [_common, [errors]] = errors_of(response)
    assert any(name.startswith(place) for name in errors), errors
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"closes_at_0": "2013-01-01"},
        {"opens_at_0": "0020-01-01"},
        {"questions-TOTAL_FORMS": "0"},
        {"questions-1-text_ru": "", "questions-1-text_en": "Was it useful?"},
    ],
)
def test_a_questionnaire_that_cannot_work_is_refused(client, editor, fields):
    questions = [question_data(), question_data()]
    data = form_data(questions, event=factories.make_event().pk) | fields

    assert client.post(reverse(ADD), data).status_code == 200
    assert not Questionnaire.objects.exists()


def test_an_event_has_one_questionnaire(client, editor):
    questionnaire = make_full_questionnaire()

    response = client.post(reverse(ADD), form_data([question_data()], event=questionnaire.event_id))

    assert response.status_code == 200
    assert Questionnaire.objects.count() == 1


# Who may do what


def test_a_contributor_looks_and_changes_nothing(client, contributor):
    questionnaire = make_answered(access=Access.CODES)
    event = factories.make_event(status=Status.DRAFT, publish_at=None)

    assert client.get(reverse(CHANGE, args=[questionnaire.pk])).status_code == 200
    refused = [
        client.get(reverse(ADD)),
        client.post(reverse(ADD), form_data([question_data()], event=event.pk)),
        client.post(reverse(CHANGE, args=[questionnaire.pk]), data_of(questionnaire)),
        client.post(reverse(DELETE, args=[questionnaire.pk]), {"post": "yes"}),
        *(client.get(page_of(questionnaire, name)) for name in OWN_PAGES),
        *(client.post(page_of(questionnaire, name)) for name in OWN_PAGES),
        client.get(page_of(questionnaire, "paper", "ru")),
    ]
    assert {response.status_code for response in refused} == {403}
    assert Questionnaire.objects.count() == 1


def test_readers_and_accounts_without_a_role_get_nowhere(client):
    questionnaire = make_answered(access=Access.CODES)
    addresses = [page_of(questionnaire, name) for name in OWN_PAGES]
    addresses.append(page_of(questionnaire, "paper", "ru"))

    for user in (None, factories.make_user("")):
        if user:
            client.force_login(user)
        for address in addresses:
            assert client.get(address).status_code == 302
            assert "login" in client.get(address).url


def test_pages_of_questionnaires_that_are_not_there_are_not_found(client, editor):
    for number in ("999999", "abc", "9" * 30, "1_2F"):
        for name in OWN_PAGES:
            address = reverse(f"admin:events_questionnaire_{name}", args=[number])
            assert client.get(address).status_code == 404
    questionnaire = make_full_questionnaire()
    assert client.get(page_of(questionnaire, "paper", "de")).status_code == 404


# Told and not told


def test_where_people_answer_is_told_as_a_whole_address(client, editor, settings):
    settings.SITE_URL = "https://mrc.example"
    questionnaire = factories.make_questionnaire()

    page = client.get(reverse(CHANGE, args=[questionnaire.pk]))

    address = reverse("events:feedback_form", args=[questionnaire.event.slug])
    assert f'<a href="https://mrc.example{address}">https://mrc.example{address}</a>' in page.text


def test_how_many_forms_there_are_is_told_roughly(client, editor):
    questionnaire = make_full_questionnaire()
    seen = []
    for number_of_forms in (0, 1, 3, 1, 3):
        answer(questionnaire, *[{0: [0]}] * number_of_forms)
        page = client.get(page_of(questionnaire, "entry"))
        seen.append(page.context["forms_counted"])
        change = client.get(reverse(CHANGE, args=[questionnaire.pk])).text
        assert page.context["forms_counted"] in change

    none, few, few_again, five, eight = seen
    assert few == few_again
    assert five == eight
    assert len({none, few, five}) == 3


def test_the_state_is_told_in_words(client, editor):
    now = timezone.now()
    early = make_full_questionnaire(
        opens_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=2)
    )
    states = [
        client.get(page_of(it, "report")).context["state"]
        for it in (early, make_full_questionnaire(), close(make_answered()), make_reported())
    ]

    assert len(set(states)) == 4
    listed = client.get(reverse(LIST)).text
    assert all(state in listed for state in states)


def test_the_list_costs_the_same_for_many(client, editor, django_assert_max_num_queries):
    for _number in range(15):
        make_full_questionnaire()

    with django_assert_max_num_queries(12):
        client.get(reverse(LIST))


def test_questionnaires_are_found_by_the_title_whatever_its_case(client, editor):
    wanted = make_full_questionnaire(event=factories.make_event(title_ru="Өмүр жана эмгек"))
    make_full_questionnaire()

    page = client.get(reverse(LIST), {"q": "ӨМҮР"})

    assert list(page.context["cl"].result_list) == [wanted]


def test_closed_questionnaires_wait_on_the_start_page_of_editors(client, editor):
    waiting = close(make_answered())
    make_reported()
    make_full_questionnaire()

    page = client.get(reverse("admin:index"))

    [work] = [
        work
        for work in page.context["work_lists"]
        if any("/questionnaire/" in item.url for item in work.items)
    ]
    assert [item.url for item in work.items] == [page_of(waiting, "report")]
    client.force_login(factories.make_user(CONTRIBUTORS))
    assert page_of(waiting, "report") not in client.get(reverse("admin:index")).text


# The lock


def test_until_somebody_answers_everything_may_change(client, editor):
    questionnaire = make_full_questionnaire()
    data = data_of(questionnaire, access="codes", intro_ru="Иначе.")
    data["questions-0-text_ru"] = "Вам понравилось?"

    response = client.post(reverse(CHANGE, args=[questionnaire.pk]), data)

    assert response.status_code == 302, errors_of(response)
    questionnaire.refresh_from_db()
    assert (questionnaire.access, questionnaire.intro_ru) == ("codes", "Иначе.")
    assert questionnaire.questions.first().text_ru == "Вам понравилось?"


def test_after_the_first_answer_only_the_moments_move(client, editor):
    questionnaire = make_full_questionnaire()
    answer(questionnaire, {0: [0]})
    mark = wording_mark(questionnaire.questions.all())
    other = factories.make_event()
    later = timezone.localtime(questionnaire.closes_at) + timedelta(days=3)
    data = data_of(
        questionnaire,
        access="codes",
        intro_ru="Иначе.",
        event=other.pk,
        was_locked="1",
        closes_at_0=later.date().isoformat(),
    )
    data |= {
        "questions-0-text_ru": "Вам понравилось?",
        "questions-1-DELETE": "on",
        "questions-2-position": "1",
        "questions-TOTAL_FORMS": "8",
        "questions-7-kind": "yes_no",
        "questions-7-text_ru": "Ещё один?",
    }

    response = client.post(reverse(CHANGE, args=[questionnaire.pk]), data)

    assert response.status_code == 302, errors_of(response)
    fresh = Questionnaire.objects.get(pk=questionnaire.pk)
    assert timezone.localtime(fresh.closes_at).date() == later.date()
    assert (fresh.access, fresh.event) == (Access.OPEN, questionnaire.event)
    assert (fresh.intro_ru or "") == (questionnaire.intro_ru or "")
    assert wording_mark(fresh.questions.all()) == mark
    assert fresh.form_count == 1


def test_once_closed_with_answers_it_does_not_open_again(client, editor):
    """Looked at, opened for one more form and closed again, it would tell what that one said."""
    questionnaire = close(make_answered())
    later = (timezone.localdate() + timedelta(days=3)).isoformat()

    response = client.post(
        reverse(CHANGE, args=[questionnaire.pk]),
        data_of(questionnaire, was_locked="1", closes_at_0=later, is_demonstration="on"),
    )

    assert response.status_code == 302, errors_of(response)
    fresh = Questionnaire.objects.get(pk=questionnaire.pk)
    assert fresh.is_demonstration
    assert fresh.closes_at == questionnaire.closes_at
    fresh.closes_at += timedelta(days=3)
    with pytest.raises(ValidationError) as refused:
        fresh.full_clean()
    assert set(refused.value.message_dict) == {"closes_at"}


def test_without_answers_it_may_open_again(client, editor):
    questionnaire = close(make_full_questionnaire())
    later = timezone.localdate() + timedelta(days=3)

    response = client.post(
        reverse(CHANGE, args=[questionnaire.pk]),
        data_of(questionnaire, closes_at_0=later.isoformat()),
    )

    assert response.status_code == 302, errors_of(response)
    assert Questionnaire.objects.get(pk=questionnaire.pk).is_open


@pytest.mark.parametrize(("days", "status"), [(-1, 200), (1, 302)])
def test_with_answers_its_days_stay_true(client, editor, days, status):
    """The report tells when answers were taken."""
    questionnaire = make_full_questionnaire(opens_at=timezone.now() - timedelta(days=5))
    answer(questionnaire, {0: [0]})
    closes = timezone.localdate() + timedelta(days=days)
    data = data_of(questionnaire, was_locked="1", closes_at_0=closes.isoformat())
    data["opens_at_0"] = (closes - timedelta(days=1)).isoformat()

    response = client.post(reverse(CHANGE, args=[questionnaire.pk]), data)

    assert response.status_code == status, errors_of(response)
    fresh = Questionnaire.objects.get(pk=questionnaire.pk)
    assert fresh.opens_at == questionnaire.opens_at
    assert (timezone.localdate(fresh.closes_at) == closes) == (status == 302)
    if status == 200:  # the closing that was refused can be corrected where it stands
        assert response.context["adminform"].form.errors.keys() == {"closes_at"}
        assert 'name="closes_at_0"' in response.content.decode()


def test_an_editor_who_was_overtaken_by_the_first_answer_is_told(client, editor):
    questionnaire = make_full_questionnaire()
    data = data_of(questionnaire)
    data["questions-0-text_ru"] = "Вам понравилось?"
    answer(questionnaire, {0: [0]})

    response = client.post(reverse(CHANGE, args=[questionnaire.pk]), data)

    assert response.status_code == 200
    assert response.context["adminform"].form.non_field_errors()
    assert questionnaire.questions.first().text_ru == "Было полезно?"


def test_the_lock_holds_without_a_form_too():
    questionnaire = make_full_questionnaire()
    answer(questionnaire, {0: [0]})
    questionnaire = Questionnaire.objects.get(pk=questionnaire.pk)
    for name, value in (
        ("text_ky", "Башка"),
        ("kind", QuestionKind.LONG_TEXT),
        ("position", 9),
        ("is_required", False),
    ):
        question = questionnaire.questions.first()
        setattr(question, name, value)
        with pytest.raises(ValidationError) as refused:
            question.full_clean()
        assert name in refused.value.message_dict
    with pytest.raises(ValidationError):
        factories.make_question(questionnaire)
    question = questionnaire.questions.get(position=6)
    question.paraphrase_ru = "Можно до отчёта."
    question.full_clean()
    for name, value in (("access", Access.CODES), ("event", factories.make_event())):
        changed = Questionnaire.objects.get(pk=questionnaire.pk)
        setattr(changed, name, value)
        with pytest.raises(ValidationError):
            changed.full_clean()


def test_answers_that_come_while_an_editor_saves_are_not_forgotten(client, editor, monkeypatch):
    """The editor's form does not know of the forms counted since it was opened."""
    questionnaire = make_full_questionnaire()
    answer(questionnaire, {0: [0]})
    data = data_of(questionnaire, was_locked="1")
    answer(questionnaire, {0: [0]}, {0: [1]})

    client.post(reverse(CHANGE, args=[questionnaire.pk]), data)

    assert form_count(questionnaire) == 3


def test_with_answers_or_a_report_it_is_not_deleted(client, editor):
    fresh, answered, reported = make_full_questionnaire(), make_answered(), make_reported()

    for questionnaire in (answered, reported):
        address = reverse(DELETE, args=[questionnaire.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    client.post(
        reverse(LIST), {"action": "delete_selected", "_selected_action": [answered.pk, fresh.pk]}
    )
    assert Questionnaire.objects.count() == 3
    assert client.post(reverse(DELETE, args=[fresh.pk]), {"post": "yes"}).status_code == 302
    assert set(Questionnaire.objects.all()) == {answered, reported}


def test_after_the_report_the_form_only_shows(client, editor):
    questionnaire = make_reported()

    assert client.get(reverse(CHANGE, args=[questionnaire.pk])).status_code == 200
    data = data_of(questionnaire, was_locked="1")
    assert client.post(reverse(CHANGE, args=[questionnaire.pk]), data).status_code == 403


# Codes


def text_of(pdf):
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [page.get_textpage().get_text_bounded() for page in document]


@pytest.mark.parametrize("language", ["all", *LANGUAGE_CODES])
def test_slips_are_printed_once_and_their_codes_work(client, editor, language, settings):
    settings.SITE_URL = "https://mrc.example"
    questionnaire = make_full_questionnaire(access=Access.CODES)

    response = client.post(page_of(questionnaire, "codes"), {"number": "12", "language": language})

    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    pages = text_of(response.content)
    assert len(pages) == 2
    text = "\n".join(pages)
    words = {word.strip() for word in text.split()}
    codes = {
        word
        for word in words
        if len(word) == 9 and word[4] == "-" and set(normal_code(word)) <= set(SHORT_ID_LETTERS)
    }
    assert len(codes) == 12
    assert "mrc.example/f/" in text
    for code in LANGUAGE_CODES if language == "all" else [language]:
        assert getattr(questionnaire.event, f"title_{code}") in text
    digests = set(AccessCode.objects.values_list("digest", flat=True))
    assert digests == {code_digest(code) for code in codes}
    assert client.get(page_of(questionnaire, "codes")).context["unused"] == 12
    assert not LogEntry.objects.exists()
    client.logout()
    data = filled(questionnaire, "0", code=codes.pop())
    assert client.post(questionnaire.get_absolute_url(), data).status_code == 302


def test_the_qr_code_leads_to_the_form_with_the_code(monkeypatch):
    from events import printing

    seen = []
    make = printing.segno.make

    def note(address, **options):
        seen.append(address)
        return make(address, **options)

    monkeypatch.setattr(printing.segno, "make", note)
    questionnaire = make_full_questionnaire(access=Access.CODES)

    pdf = printing.code_slips(questionnaire, ["bcdfghjk"], "ru", "https://mrc.example")

    assert seen == ["https://mrc.example/f/bcdf-ghjk"]
    assert pdf.startswith(b"%PDF")


@pytest.mark.parametrize("number", ["0", "501", "-1", "", "много"])
def test_a_foolish_number_of_slips_makes_no_codes(client, editor, number):
    questionnaire = make_full_questionnaire(access=Access.CODES)

    response = client.post(page_of(questionnaire, "codes"), {"number": number, "language": "all"})

    assert response.status_code == 200
    assert response.context["form"].errors
    assert not AccessCode.objects.exists()


def test_no_codes_without_need_nor_after_closing(client, editor):
    data = {"number": "3", "language": "ru"}
    for questionnaire in (
        make_full_questionnaire(),
        close(make_full_questionnaire(access=Access.CODES)),
    ):
        response = client.post(page_of(questionnaire, "codes"), data)
        assert response["Content-Type"].startswith("text/html")
    assert not AccessCode.objects.exists()


def test_slips_that_cannot_be_printed_leave_no_codes(client, editor, monkeypatch):
    def fail(*args):
        raise RuntimeError("no fonts")

    monkeypatch.setattr("events.admin.feedback.code_slips", fail)
    questionnaire = make_full_questionnaire(access=Access.CODES)

    with pytest.raises(RuntimeError):
        client.post(page_of(questionnaire, "codes"), {"number": "3", "language": "ru"})

    assert not AccessCode.objects.exists()


def test_unused_codes_are_revoked_all_together(client, editor):
    questionnaire = make_full_questionnaire(access=Access.CODES)
    other = make_full_questionnaire(access=Access.CODES)
    give_out(questionnaire, draw_codes(5))
    give_out(other, draw_codes(2))

    client.post(page_of(questionnaire, "codes"), {"_revoke": "1"})

    assert (questionnaire.codes.count(), other.codes.count()) == (0, 2)


# Paper


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_questionnaire_is_printed_in_each_of_its_languages(client, editor, language):
    questionnaire = make_full_questionnaire(intro_ru="Зачем мы спрашиваем.")

    response = client.get(page_of(questionnaire, "paper", language))

    assert response["Content-Type"] == "application/pdf"
    text = " ".join(" ".join(text_of(response.content)).split())
    assert getattr(questionnaire.event, f"title_{language}") in text
    for number, question in enumerate(questionnaire.questions.all(), start=1):
        assert f"{number}. {getattr(question, f'text_{language}')}" in text
    options = questionnaire.questions.get(position=2).option_lines(language)
    assert all(option in text for option in options)
    assert ("Зачем" in text) is (language == "ru")
    pdf = pypdfium2.PdfDocument(io.BytesIO(response.content))
    assert pdf.get_metadata_value("Title")


def test_a_language_without_all_questions_has_no_paper(client, editor):
    questionnaire = factories.make_questionnaire()
    factories.make_question(questionnaire, text_ky="")

    assert client.get(page_of(questionnaire, "paper", "ky")).status_code == 404


def test_words_cannot_become_markup_on_paper(client, editor):
    questionnaire = make_full_questionnaire()
    question = questionnaire.questions.first()
    question.text_ru = '#panic("x") *жирно* \\ $ ] "кавычки" <a>'
    question.save()

    response = client.get(page_of(questionnaire, "paper", "ru"))

    assert '#panic("x") *жирно*' in " ".join(text_of(response.content))


def test_paper_forms_are_entered_one_after_another_without_a_trace_of_when(client, editor):
    questionnaire = make_full_questionnaire(access=Access.CODES)
    entry = page_of(questionnaire, "entry")
    data = filled(questionnaire, None, "1", ["0"], "2", "44", "Кофе")  # the first left open

    for _number in range(2):
        response = client.post(f"{entry}?language=ky", data)
        assert response.status_code == 302
        page = client.get(response.url)
        assert page.context["was_saved"]
        assert page.context["language"] == "ky"

    assert form_count(questionnaire) == 2
    assert tallies(questionnaire)[1, 1] == 2
    assert (0, -1) not in tallies(questionnaire)
    assert not LogEntry.objects.exists()
    assert "messages" not in client.cookies
    assert Questionnaire.history.count() == 1


def test_paper_is_entered_from_opening_until_the_report(client, editor):
    now = timezone.now()
    early = make_full_questionnaire(
        opens_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=2)
    )
    late, reported = close(make_full_questionnaire()), make_reported()

    statuses = [
        client.post(page_of(it, "entry"), filled(it, "0")).status_code
        for it in (early, late, reported)
    ]

    assert statuses == [200, 302, 200]
    assert [form_count(it) for it in (early, late, reported)] == [0, 1, 0]


def test_an_entry_with_faults_keeps_what_was_typed(client, editor):
    questionnaire = make_full_questionnaire()

    page = client.post(
        page_of(questionnaire, "entry"),
        filled(questionnaire, "0", None, None, None, "сорок", "Кофе"),
    )

    assert page.status_code == 200
    assert 'value="сорок"' in page.text
    assert 'value="Кофе"' in page.text
    assert form_count(questionnaire) == 0
    empty = client.post(page_of(questionnaire, "entry"), filled(questionnaire))
    assert empty.context["form"].non_field_errors()


def test_the_entry_form_is_guarded_against_forged_requests(editor):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    questionnaire = make_full_questionnaire()

    response = client.post(page_of(questionnaire, "entry"), filled(questionnaire, "0"))

    assert response.status_code == 403
    assert form_count(questionnaire) == 0


# The report


def report_data(page, **fields):
    """The report's form as it was shown, with some fields filled in."""
    form = page.context["form"]
    data = {"seen": page.context["mark"]}
    for name, field in form.fields.items():
        if name.startswith("paraphrase"):
            data[name] = form[name].value()
            data[f"initial-{name}"] = form.data.get(f"initial-{name}", field.initial)
    return data | fields


def test_before_closing_editors_see_no_answer(client, editor):
    questionnaire = make_answered()

    page = client.get(page_of(questionnaire, "report"))

    assert "слово" not in page.text
    assert "report" not in page.context
    response = client.post(page_of(questionnaire, "report"), {"_make": "1", "sure": "on"})
    assert response.status_code == 200
    assert not FeedbackReport.objects.exists()


def test_the_preview_shows_what_will_be_printed_and_never_small_counts(client, editor):
    questionnaire = close(make_answered())
    answer(questionnaire, *[{6: f"мысль {number}"} for number in range(4)])

    page = client.get(page_of(questionnaire, "report"))

    [part] = page.context["parts"]
    assert part["texts"] == sorted(f"слово {number}" for number in range(12))
    assert "мысль" not in page.text  # fewer than five wrote
    results = page.context["report"].results
    assert [row.count for row in results[1].rows] == [7, None, None]
    assert results[3].answered is None
    assert "no-store" in page["Cache-Control"]


def test_an_editor_sums_up_looks_and_makes_the_report(client, editor):
    questionnaire = close(make_answered())
    address = page_of(questionnaire, "report")
    question = questionnaire.questions.get(position=6)
    page = client.get(address)
    words = {f"paraphrase_ru_{question.pk}": "Хвалили кофе."}

    # Not without having looked at it with these very words.
    page = client.post(address, report_data(page, sure="on", _make="1", **words))
    assert page.context["problems"]
    assert "Хвалили кофе." in page.text
    # Nor without the tick.
    page = client.post(address, report_data(page, _make="1"))
    assert page.context["problems"]
    assert not FeedbackReport.objects.exists()

    response = client.post(address, report_data(page, sure="on", _make="1"))

    assert response.status_code == 302
    report = FeedbackReport.objects.get()
    assert report.made_by == editor
    assert report.content["questions"][5]["paraphrase"] == {"ru": "Хвалили кофе."}
    assert not OpenAnswer.objects.exists()
    assert not Tally.objects.exists()
    assert client.get(address).status_code == 200
    again = client.post(address, report_data(page, sure="on", _make="1"))
    assert again.status_code == 200
    assert FeedbackReport.objects.get() == report


def test_answers_can_be_left_out_on_purpose(client, editor):
    questionnaire = close(make_answered())
    address = page_of(questionnaire, "report")
    question = questionnaire.questions.get(position=6)
    left_out = {f"left_out_{question.pk}": "on"}
    page = client.post(address, report_data(client.get(address), _look="1", **left_out))

    client.post(address, report_data(page, sure="on", _make="1", **left_out))

    assert FeedbackReport.objects.get().content["questions"][5]["paraphrase"] is None


def test_neither_words_nor_a_decision_makes_no_report(client, editor):
    questionnaire = close(make_answered())
    address = page_of(questionnaire, "report")

    page = client.post(address, report_data(client.get(address), sure="on", _make="1"))

    assert page.context["problems"]
    assert not FeedbackReport.objects.exists()


def test_a_form_counted_in_the_meantime_is_looked_at_first(client, editor):
    questionnaire = close(make_answered())
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")
    address = page_of(questionnaire, "report")
    page = client.get(address)
    answer(questionnaire, *[{0: [0]}] * 3)

    page = client.post(address, report_data(page, sure="on", _make="1"))

    assert page.context["problems"]
    assert page.context["report"].results[0].answered == 15
    assert not FeedbackReport.objects.exists()


def test_the_words_of_a_colleague_are_not_overwritten_by_an_old_page(client, editor):
    questionnaire = close(make_answered())
    address = page_of(questionnaire, "report")
    question = questionnaire.questions.get(position=6)
    old = client.get(address)
    theirs = {f"paraphrase_ru_{question.pk}": "Хвалили кофе."}
    client.post(address, report_data(old, _look="1", **theirs))

    mine = {f"paraphrase_en_{question.pk}": "The coffee was praised."}
    client.post(address, report_data(old, _look="1", **mine))

    question.refresh_from_db()
    assert question.paraphrase_ru == "Хвалили кофе."
    assert question.paraphrase_en == "The coffee was praised."


def test_words_of_people_are_escaped(client, editor):
    questionnaire = make_full_questionnaire()
    answer(questionnaire, *[{5: "<script>alert(1)</script>"}] * 5)

    page = client.get(page_of(close(questionnaire), "report"))

    assert "<script>alert" not in page.text
