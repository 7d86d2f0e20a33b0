"""Questionnaires as participants meet them: the form, the codes, what is kept and what is not."""

from contextlib import suppress
from datetime import timedelta
from html.parser import HTMLParser
from threading import Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from events.feedback import (
    AnswersRefused,
    NotOpen,
    WordingChanged,
    count_answers,
    draw_codes,
    feedback_of,
    give_out,
    grouped_code,
    normal_code,
    wording_mark,
)
from events.models import (
    Access,
    AccessCode,
    Event,
    OpenAnswer,
    Question,
    QuestionKind,
    Questionnaire,
    Tally,
)
from events.models.feedback import ANSWERED
from events.rate_limit import forms_limit, wrong_codes_limit
from mrc_portal import rate_limit
from mrc_portal.fields import SHORT_ID_LETTERS
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from mrc_portal.rate_limit import RateLimit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    forms_limit.forget()
    wrong_codes_limit.forget()


def make_full_questionnaire(**fields):
    """One question of every kind; the first must be answered."""
    questionnaire = factories.make_questionnaire(**fields)
    options = {
        "options_ru": "Доклады\nОбсуждение\nЗнакомства",
        "options_ky": "Баяндамалар\nТалкуу\nТаанышуулар",
        "options_en": "Talks\nDiscussion\nMeeting people",
    }
    kinds = [
        {"kind": QuestionKind.YES_NO, "is_required": True},
        {"kind": QuestionKind.ONE, **options},
        {"kind": QuestionKind.SEVERAL, **options},
        {
            "kind": QuestionKind.SCALE,
            "low_label_ru": "совсем нет",
            "high_label_ru": "очень",
            "help_ru": "Один кружок.",
        },
        {"kind": QuestionKind.NUMBER, "band_starts": "18, 30, 45"},
        {"kind": QuestionKind.SHORT_TEXT},
        {"kind": QuestionKind.LONG_TEXT},
    ]
    for position, kind in enumerate(kinds, start=1):
        factories.make_question(questionnaire, position=position, **kind)
    return questionnaire


def address_of(questionnaire, language="ru"):
    with translation.override(language):
        return questionnaire.get_absolute_url()


def filled(questionnaire, *values, **more):
    """A form as a browser sends it: values by the order of the questions, None for no answer."""
    questions = list(questionnaire.questions.all())
    data = {"mark": wording_mark(questions), "subject": ""}
    for question, value in zip(questions, values, strict=False):
        if value is not None:
            data[f"q{question.pk}"] = value
    return data | more


FULL = ("0", "1", ["0", "2"], "4", "30", "Кофе", "Больше времени\r\nна вопросы.")


def tallies(questionnaire):
    """Counts by the place of the question and the cell, without zeros."""
    places = {question.pk: place for place, question in enumerate(questionnaire.questions.all())}
    rows = Tally.objects.filter(question__questionnaire=questionnaire, count__gt=0)
    return {(places[row.question_id], row.cell): row.count for row in rows}


def form_count(questionnaire):
    return Questionnaire.objects.get(pk=questionnaire.pk).form_count


class Controls(HTMLParser):
    """What a page has to fill in, and what tells of it."""

    def __init__(self, text):
        super().__init__()
        self.inputs, self.labels, self.ids, self.refers = [], set(), set(), set()
        self.links = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            assert values["id"] not in self.ids
            self.ids.add(values["id"])
        if tag in ("input", "textarea"):
            self.inputs.append(values)
        if tag == "label" and "for" in values:
            self.labels.add(values["for"])
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self.links.add(values["href"][1:])
        self.refers |= set((values.get("aria-describedby") or "").split())


# The form


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_form_asks_in_the_readers_language(client, language):
    questionnaire = make_full_questionnaire()

    page = client.get(address_of(questionnaire, language))

    assert page.status_code == 200
    for question in questionnaire.questions.all():
        assert getattr(question, f"text_{language}") in page.text
    option = {"ru": "Обсуждение", "ky": "Талкуу", "en": "Discussion"}[language]
    assert option in page.text
    assert page.context["is_foreign"] is False
    assert not page.cookies
    assert "no-store" in page["Cache-Control"]
    assert 'name="robots" content="noindex"' in page.text


def test_every_control_has_a_name_and_every_reference_leads_somewhere(client):
    questionnaire = make_full_questionnaire(access=Access.CODES)

    for page in (
        client.get(address_of(questionnaire)),
        client.post(address_of(questionnaire), {"subject": ""}),
    ):
        form = Controls(page.text)
        assert form.refers <= form.ids
        assert form.links <= form.ids
        for control in form.inputs:
            if control.get("type") in ("radio", "checkbox", "hidden", "search"):
                continue  # inside their label, or none needed
            assert control["id"] in form.labels
        trap = next(it for it in form.inputs if it.get("name") == "subject")
        assert trap["tabindex"] == "-1"
        assert trap["autocomplete"] == "off"
        assert page.text.count("<fieldset") == page.text.count("<legend") == 4


def test_an_answer_is_counted_by_cells_in_any_language(client):
    questionnaire = make_full_questionnaire()

    for language in LANGUAGE_CODES:
        response = client.post(
            address_of(questionnaire, language), filled(questionnaire, *FULL), follow=True
        )
        assert response.redirect_chain == [
            (f"/{language}/events/{questionnaire.event.slug}/feedback/thanks/", 302)
        ]
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]

    assert form_count(questionnaire) == 3
    assert tallies(questionnaire) == {
        (0, ANSWERED): 3,
        (0, 0): 3,
        (1, ANSWERED): 3,
        (1, 1): 3,
        (2, ANSWERED): 3,
        (2, 0): 3,
        (2, 2): 3,
        (3, ANSWERED): 3,
        (3, 4): 3,
        (4, ANSWERED): 3,
        (4, 2): 3,  # 30 begins the third band; the number itself is nowhere
        (5, ANSWERED): 3,
        (6, ANSWERED): 3,
    }
    texts = sorted(OpenAnswer.objects.values_list("text", flat=True))
    assert texts == ["Больше времени\nна вопросы."] * 3 + ["Кофе"] * 3


def test_what_is_left_open_is_not_counted(client):
    questionnaire = make_full_questionnaire()

    client.post(address_of(questionnaire), filled(questionnaire, "1", ""))

    assert tallies(questionnaire) == {(0, ANSWERED): 1, (0, 1): 1}
    assert not OpenAnswer.objects.exists()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, None),  # must be answered
        (0, "2"),
        (1, "3"),
        (1, "-1"),
        (2, ["0", "7"]),
        (3, "5"),
        (4, "-3"),
        (4, "1000000"),
        (4, "семь"),
        (4, "9" * 6000),
        (5, "а" * 501),
        (6, "а" * 4001),
        (6, "ноль \x00"),
    ],
)
def test_nonsense_is_refused_at_its_question_and_nothing_typed_is_lost(client, place, value):
    questionnaire = make_full_questionnaire()
    values = list(FULL)
    values[place] = value
    data = filled(questionnaire, *values)

    page = client.post(address_of(questionnaire), data)

    assert page.status_code == 200
    question = list(questionnaire.questions.all())[place]
    assert list(page.context["form"].errors) == [f"q{question.pk}"]
    controls = Controls(page.text)
    assert controls.links & controls.ids
    assert f"id_q{question.pk}_error" in page.text
    assert form_count(questionnaire) == 0
    assert not Tally.objects.exists()
    if place != 6:
        assert "Больше времени" in page.text
    if place != 1:
        assert [it.is_chosen for it in page.context["form"].asked[1].choices][1]


def test_the_longest_texts_fit_with_line_ends_counted_once(client):
    questionnaire = make_full_questionnaire()
    text = ("а" * 99 + "\r\n") * 40

    client.post(
        address_of(questionnaire), filled(questionnaire, "0", None, None, None, None, None, text)
    )

    assert len(OpenAnswer.objects.get().text) == 3999  # the last line end is no text


def test_an_empty_form_is_not_counted(client):
    questionnaire = make_full_questionnaire()
    questionnaire.questions.update(is_required=False)

    page = client.post(address_of(questionnaire), filled(questionnaire))

    assert page.context["form"].non_field_errors()
    assert form_count(questionnaire) == 0


def test_words_are_shown_again_escaped(client):
    questionnaire = make_full_questionnaire()

    page = client.post(
        address_of(questionnaire),
        filled(questionnaire, None, None, None, None, None, '"><script>alert(1)</script>'),
    )

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_a_reader_of_another_language_gets_the_best_one_marked(client):
    questionnaire = factories.make_questionnaire()
    factories.make_question(questionnaire, text_ky="", text_en="")

    page = client.get(address_of(questionnaire, "en"))

    assert page.context["is_foreign"] is True
    assert page.context["form"].language == "ru"
    assert '<fieldset class="question" id="id_q' in page.text
    assert 'lang="ru">' in page.text[page.text.index("<fieldset") :]
    choices = page.context["form"].asked[0].choices
    assert [choice.label for choice in choices][:2] == ["Да", "Нет"]


def test_a_questionnaire_without_questions_is_not_there(client):
    assert client.get(address_of(factories.make_questionnaire())).status_code == 404


# When it is open, and for whom


def test_before_opening_and_after_closing_the_page_says_so_and_takes_nothing(client):
    now = timezone.now()
    early = make_full_questionnaire(
        opens_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=2)
    )
    late = make_full_questionnaire(
        opens_at=now - timedelta(hours=2), closes_at=now - timedelta(seconds=1)
    )

    for questionnaire in (early, late):
        page = client.get(address_of(questionnaire))
        assert page.status_code == 200
        assert "<form method" not in page.text
        refused = client.post(address_of(questionnaire), filled(questionnaire, *FULL))
        assert refused.status_code == 403
        assert refused.context["was_sent"]
        assert form_count(questionnaire) == 0
    assert not Tally.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.DRAFT, "publish_at": None},
        {"status": Status.IN_REVIEW, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_of_an_unpublished_event_nobody_sees_or_answers_a_questionnaire(client, fields):
    hidden = make_full_questionnaire(event=factories.make_trilingual_event(**fields))
    public = make_full_questionnaire()
    [code] = draw_codes(1)
    Questionnaire.objects.filter(pk=hidden.pk).update(access=Access.CODES)
    give_out(hidden, [code])

    for user in (None, factories.make_user()):
        if user:
            client.force_login(user)
        assert client.get(address_of(public)).status_code == 200
        assert client.get(address_of(hidden)).status_code == 404
        assert client.post(address_of(hidden), filled(hidden, *FULL)).status_code == 404
        for name in ("feedback_thanks", "feedback_report"):
            assert (
                client.get(reverse(f"events:{name}", args=[hidden.event.slug])).status_code == 404
            )
        assert client.get(f"/f/{code}").status_code == 404
    assert form_count(hidden) == 0


def test_a_withdrawn_event_says_why_instead(client):
    questionnaire = make_full_questionnaire()
    event = questionnaire.event
    Event.objects.filter(pk=event.pk).update(
        status=Status.WITHDRAWN, withdrawn_at=timezone.now(), withdrawn_reason_ru="Ошибка."
    )

    assert client.get(address_of(questionnaire)).status_code == 410


def test_other_methods_are_refused(client):
    questionnaire = make_full_questionnaire()
    thanks = reverse("events:feedback_thanks", args=[questionnaire.event.slug])

    assert client.put(address_of(questionnaire)).status_code == 405
    assert client.delete(address_of(questionnaire)).status_code == 405
    assert client.post(thanks).status_code == 405


def test_questions_changed_in_the_meantime_are_shown_anew(client):
    questionnaire = make_full_questionnaire()
    data = filled(questionnaire, *FULL)
    question = questionnaire.questions.get(position=2)
    question.options_ru = "Обсуждение\nДоклады\nЗнакомства"
    question.save()

    page = client.post(address_of(questionnaire), data)

    assert page.context["form"].non_field_errors()
    assert form_count(questionnaire) == 0
    with pytest.raises(WordingChanged):
        count_answers(questionnaire, {}, mark=data["mark"])
    data["mark"] = page.context["form"].current_mark
    assert client.post(address_of(questionnaire), data).status_code == 302


# Anonymity, in fact


def all_rows():
    """Every row of every table, by table."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608, names from the database
            rows[table] = cursor.fetchall()
    return rows


def test_nothing_in_the_database_joins_orders_or_dates_answers(client):
    questionnaire = make_full_questionnaire()
    editor = factories.make_user()
    client.force_login(editor)
    plain = Client()
    plain.post(address_of(questionnaire), filled(questionnaire, *FULL))
    before = all_rows()
    number_of_forms = 8
    for number in range(number_of_forms):
        sender = client if number % 2 else plain  # an editor who is logged in is nobody too
        values = ("01"[number % 2], None, None, "2", None, f"слово {number}", f"мысль {number}")
        response = sender.post(address_of(questionnaire), filled(questionnaire, *values))
        assert not response.cookies

    after = all_rows()

    changed = {
        table
        for table in after
        if sorted(map(str, after[table])) != sorted(map(str, before.get(table, [])))
    }
    changed.discard("mrc_portal_contentversion")  # a number that grows with any change
    assert changed == {"events_tally", "events_openanswer", "events_questionnaire"}
    # Of the questionnaire only the number of forms.
    [old], [new] = before["events_questionnaire"], after["events_questionnaire"]
    assert [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]] == [
        (1, 1 + number_of_forms)
    ]
    # No new row of counts, whatever was chosen first: their numbers say nothing of the forms.
    assert len(after["events_tally"]) == len(before["events_tally"])
    assert not LogEntry.objects.exists()
    assert Session.objects.count() == 1  # the editor's own, from logging in
    columns = {field.name for field in OpenAnswer._meta.get_fields()}
    assert columns == {"id", "question", "text"}
    assert {field.name for field in Tally._meta.get_fields()} == {
        "id",
        "question",
        "cell",
        "count",
    }


def test_words_lie_in_an_order_drawn_by_lot(client):
    """Neither their numbers nor their place on the disk tell which came together, or when."""
    questionnaire = make_full_questionnaire()
    short, long = list(questionnaire.questions.all())[5:]
    in_order_of_arrival = 0
    mark = wording_mark(questionnaire.questions.all())
    for number in range(12):
        before = set(OpenAnswer.objects.values_list("pk", flat=True))
        count_answers(questionnaire, {short.pk: f"{number:02}", long.pk: f"{number:02}"}, mark=mark)
        # All rows are new, so that the latest cannot be told from the others.
        assert not before & set(OpenAnswer.objects.values_list("pk", flat=True))

    for question in (short, long):
        texts = list(question.open_answers.order_by("pk").values_list("text", flat=True))
        assert sorted(texts) == [f"{number:02}" for number in range(12)]
        in_order_of_arrival += texts == sorted(texts)
    orders = [
        list(it.open_answers.order_by("pk").values_list("text", flat=True)) for it in (short, long)
    ]
    assert not in_order_of_arrival
    assert orders[0] != orders[1]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT xmin::text) FROM events_openanswer")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT id FROM events_openanswer ORDER BY ctid")
            places = [row[0] for row in cursor.fetchall()]
            assert places == sorted(places)
            cursor.execute("SELECT count(DISTINCT xmin::text) FROM events_tally")
            assert cursor.fetchone() == (1,)


def test_the_history_knows_nothing_of_forms(client):
    questionnaire = make_full_questionnaire()
    client.post(address_of(questionnaire), filled(questionnaire, *FULL))
    before = {model: model.history.count() for model in (Questionnaire, Question)}

    client.post(address_of(questionnaire), filled(questionnaire, *FULL))

    assert {model: model.history.count() for model in before} == before
    for model in (Questionnaire, Question):
        names = {field.name for field in model.history.model._meta.get_fields()}
        assert "form_count" not in names
    for model in (OpenAnswer, Tally, AccessCode):
        assert not hasattr(model, "history")


def test_nothing_is_logged(client, caplog):
    questionnaire = make_full_questionnaire(access=Access.CODES)

    with caplog.at_level(0):
        client.post(address_of(questionnaire), filled(questionnaire, *FULL, code="bcdfghjk"))
        client.post(address_of(questionnaire), filled(questionnaire, None))
        client.get("/f/bcdfghjk")

    logged = " ".join(record.getMessage() for record in caplog.records)
    for secret in ("Кофе", "127.0.0.1"):
        assert secret not in logged


def test_a_trap_filled_in_is_thanked_and_not_counted(client):
    questionnaire = make_full_questionnaire()

    response = client.post(
        address_of(questionnaire), filled(questionnaire, *FULL, subject="https://spam.example")
    )

    assert response.status_code == 302
    assert response.url.endswith("/feedback/thanks/")
    assert form_count(questionnaire) == 0


def test_a_page_of_another_site_may_not_set_a_cookie_either():
    """No token is asked for: a form is counted from a browser that checks, and no cookie is set."""
    questionnaire = make_full_questionnaire()
    client = Client(enforce_csrf_checks=True)

    response = client.post(address_of(questionnaire), filled(questionnaire, *FULL))

    assert response.status_code == 302
    assert not client.cookies


# One-time codes


@pytest.fixture
def coded():
    questionnaire = make_full_questionnaire(access=Access.CODES)
    codes = draw_codes(3)
    give_out(questionnaire, codes)
    return questionnaire, codes


def test_codes_are_kept_as_digests_only(coded):
    _questionnaire, codes = coded
    stored = str(all_rows()["events_accesscode"])

    assert len({row.digest for row in AccessCode.objects.all()}) == 3
    for code in codes:
        assert len(code) == 8
        assert set(code) <= set(SHORT_ID_LETTERS)
        assert code not in stored


def test_a_code_counts_once_and_is_gone(client, coded):
    questionnaire, codes = coded
    data = filled(questionnaire, *FULL, code=codes[0])

    assert client.post(address_of(questionnaire), data).status_code == 302
    again = client.post(address_of(questionnaire), data)

    assert list(again.context["form"].errors) == ["code"]
    assert form_count(questionnaire) == 1
    assert questionnaire.codes.count() == 2


@pytest.mark.parametrize(
    "typed", ["{upper}", " {lower} ", "{first}-{last}", "{first} {last}", "{first} — {last}."]
)
def test_codes_may_be_typed_as_people_type(client, coded, typed):
    questionnaire, [code, *_] = coded
    text = typed.format(upper=code.upper(), lower=code, first=code[:4], last=code[4:])

    response = client.post(address_of(questionnaire), filled(questionnaire, *FULL, code=text))

    assert response.status_code == 302
    assert form_count(questionnaire) == 1


def test_letters_of_a_russian_keyboard_that_look_alike_are_taken():
    assert normal_code("ВСНК-мртх") == "bchkmptx"
    assert grouped_code("BCHK MPTX") == "bchk-mptx"


def test_a_wrong_code_keeps_the_answers_and_the_code_unused(client, coded):
    questionnaire, codes = coded

    page = client.post(address_of(questionnaire), filled(questionnaire, *FULL, code="bcdf-ghjk"))

    assert "Больше времени" in page.text
    assert 'value="bcdf-ghjk"' in page.text
    assert form_count(questionnaire) == 0
    # A form with another fault does not use up a code either.
    client.post(address_of(questionnaire), filled(questionnaire, None, code=codes[0]))
    assert questionnaire.codes.count() == 3


def test_a_code_of_another_questionnaire_is_not_taken(client, coded):
    _questionnaire, [code, *_] = coded
    other = make_full_questionnaire(access=Access.CODES)

    page = client.post(address_of(other), filled(other, *FULL, code=code))

    assert list(page.context["form"].errors) == ["code"]
    assert AccessCode.objects.count() == 3


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_slips_address_leads_to_the_form_in_the_readers_language(client, coded, language):
    questionnaire, [code, *_] = coded

    response = client.get(f"/f/{code.upper()}", headers={"accept-language": language})

    shown = f"{code[:4]}-{code[4:]}"
    assert response.url == f"{address_of(questionnaire, language)}?code={shown}"
    assert "Accept-Language" in response["Vary"]
    assert "no-store" in response["Cache-Control"]
    assert f'value="{shown}"' in client.get(response.url).text


def test_the_slips_address_tells_no_more_of_a_code_than_the_form(client, coded):
    questionnaire, [code, *_] = coded
    client.post(address_of(questionnaire), filled(questionnaire, *FULL, code=code))

    used, unknown = client.get(f"/f/{code}"), client.get("/f/bcdfghjk")

    assert used.status_code == unknown.status_code == 404
    assert used.context["message"] == unknown.context["message"]
    (told,), (told_of_unknown,) = (
        client.post(address_of(questionnaire), filled(questionnaire, *FULL, code=it))
        .context["form"]
        .errors["code"]
        for it in (code, "bcdfghjk")
    )
    assert told == told_of_unknown
    # Whoever has no script and pressed twice is not left in doubt.
    assert told.startswith(used.context["message"])
    assert "учтены с первого раза" in told


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_whoever_types_the_slips_address_without_the_code_is_asked_for_it(client, coded, language):
    questionnaire, [code, *_] = coded

    asked = client.get("/f/", headers={"accept-language": language})
    assert asked.status_code == 200
    assert f'<html lang="{language}"' in asked.text
    assert 'action="/f/"' in asked.text
    typed = f" {code[:4].upper()} {code[4:]} "
    answer = client.get("/f/", {"code": typed}, headers={"accept-language": language})

    shown = f"{code[:4]}-{code[4:]}"
    assert answer.url == f"{address_of(questionnaire, language)}?code={shown}"


@pytest.mark.parametrize("typed", ["bcdf-ghjk", '"><script>', "\0", "б" * 5_000])
def test_a_mistyped_code_stays_there_to_be_mended(client, coded, typed):
    page = client.get("/f/", {"code": typed})

    assert page.status_code == 404
    assert page.context["message"]
    assert f'value="{escape(typed)}"' in page.text


# Floods


def test_forms_in_floods_are_held_back_with_all_that_was_typed(client, monkeypatch):
    questionnaire = make_full_questionnaire()
    monkeypatch.setattr(forms_limit, "most", 3)
    data = filled(questionnaire, *FULL)
    for _number in range(3):
        assert client.post(address_of(questionnaire), data).status_code == 302

    page = client.post(address_of(questionnaire), data)

    assert page.status_code == 429
    assert int(page["Retry-After"]) == rate_limit.WINDOW_SECONDS
    assert "Больше времени" in page.text
    assert form_count(questionnaire) == 3
    elsewhere = client.post(address_of(questionnaire), data, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302
    assert client.get(address_of(questionnaire)).status_code == 200


def test_wrong_codes_in_floods_are_held_back_at_the_form_and_at_the_address(
    client, coded, monkeypatch
):
    questionnaire, [code, *_] = coded
    monkeypatch.setattr(wrong_codes_limit, "most", 4)
    wrong = filled(questionnaire, *FULL, code="bcdfghjk")
    for _number in range(2):
        assert client.post(address_of(questionnaire), wrong).status_code == 200
        assert client.get("/f/", {"code": "bcdfghjk"}).status_code == 404

    right = filled(questionnaire, *FULL, code=code)

    # The right code too: otherwise guessing would go on.
    assert client.post(address_of(questionnaire), right).status_code == 429
    assert client.get(f"/f/{code}").status_code == 429
    assert client.get("/f/", {"code": code}).status_code == 429
    assert client.post(address_of(questionnaire), right, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_many_with_codes_may_share_one_address(client, monkeypatch):
    questionnaire = make_full_questionnaire(access=Access.CODES)
    monkeypatch.setattr(forms_limit, "most", 1)
    codes = draw_codes(3)
    give_out(questionnaire, codes)

    for code in codes:
        data = filled(questionnaire, *FULL, code=code)
        assert client.post(address_of(questionnaire), data).status_code == 302


def test_the_limit_forgets_after_its_window_and_is_bounded(monkeypatch):
    limit = RateLimit(2)
    now = [1000.0]
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now[0])

    assert [limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")] == [
        True,
        True,
        False,
        True,
    ]
    now[0] += rate_limit.WINDOW_SECONDS
    assert limit.take("a")
    monkeypatch.setattr(rate_limit, "MOST_ADDRESSES", 50)
    for number in range(500):
        limit.take(f"198.51.100.{number}")
    assert len(limit._moments) == 50
    # Nothing in memory looks like an address, and addresses of one IPv6 network count as one.
    assert all(len(key) == 16 and b"198" not in key for key in limit._moments)
    assert limit.take("2001:db8::1") and limit.take("2001:db8::2")
    assert not limit.take("2001:db8::3")
    assert limit.take("2001:db8:0:1::3")


def test_the_senders_own_word_for_its_address_is_not_believed(client, monkeypatch, settings):
    questionnaire = make_full_questionnaire()
    monkeypatch.setattr(forms_limit, "most", 1)
    data = filled(questionnaire, *FULL)

    def send(forwarded):
        return client.post(
            address_of(questionnaire), data, headers={"X-Forwarded-For": forwarded}
        ).status_code

    assert send("192.0.2.1") == 302
    assert send("192.0.2.2") == 429  # without a proxy the header is the sender's
    settings.BEHIND_PROXY = True
    assert send("192.0.2.66, 192.0.2.3") == 302
    assert send("192.0.2.77, 192.0.2.3") == 429  # only what the proxy itself has added counts
    assert send("192.0.2.77, 192.0.2.4") == 302


# Costs


def test_pages_of_feedback_ask_the_database_little(client, django_assert_max_num_queries):
    questionnaire = make_full_questionnaire()
    for position in range(8, 30):
        factories.make_question(questionnaire, position=position)

    with django_assert_max_num_queries(2):
        client.get(address_of(questionnaire))
    with django_assert_max_num_queries(2):
        client.get(reverse("events:feedback_thanks", args=[questionnaire.event.slug]))


def test_counting_costs_the_same_for_any_number_of_questions(client, django_assert_max_num_queries):
    questionnaire = make_full_questionnaire()
    client.post(address_of(questionnaire), filled(questionnaire, *FULL))

    with django_assert_max_num_queries(15):  # savepoints and deletions in groups included
        client.post(address_of(questionnaire), filled(questionnaire, *FULL))


def test_what_the_event_shows_costs_nothing(django_assert_num_queries):
    make_full_questionnaire()
    event = Event.objects.select_related("questionnaire", "questionnaire__report").get()

    with django_assert_num_queries(0):
        feedback = feedback_of(event, None)

    assert feedback.questionnaire.is_open
    assert feedback.report is None


def test_an_event_without_a_questionnaire_has_no_feedback():
    event = factories.make_event()

    assert feedback_of(event, None) is None


def test_before_it_opens_only_the_staff_hear_of_a_questionnaire():
    later = timezone.now() + timedelta(hours=1)
    questionnaire = factories.make_questionnaire(
        opens_at=later, closes_at=later + timedelta(days=1)
    )
    from django.contrib.auth.models import AnonymousUser

    assert feedback_of(questionnaire.event, AnonymousUser()) is None
    assert feedback_of(questionnaire.event, factories.make_user()) is not None


# At once


def at_once(*functions):
    """Run them in threads of their own, each with its own connection; what each returned."""
    results = [None] * len(functions)

    def run(place, function):
        with suppress(AnswersRefused):
            results[place] = function()
        connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_forms_with_one_code_at_once_count_once(coded):
    questionnaire, [code, *_] = coded
    data = filled(questionnaire, *FULL, code=code)

    def send():
        return Client().post(address_of(questionnaire), data).status_code

    assert sorted(at_once(*[send] * 4)) == [200, 200, 200, 302]
    assert form_count(questionnaire) == 1
    assert tallies(questionnaire)[0, ANSWERED] == 1


@pytest.mark.django_db(transaction=True)
def test_forms_at_once_are_all_counted():
    questionnaire = make_full_questionnaire()
    data = filled(questionnaire, *FULL)

    def send():
        return [Client().post(address_of(questionnaire), data).status_code for _ in range(4)]

    assert at_once(*[send] * 4) == [[302] * 4] * 4
    assert form_count(questionnaire) == 16
    assert set(tallies(questionnaire).values()) == {16}
    assert OpenAnswer.objects.count() == 32


@pytest.mark.django_db(transaction=True)
def test_what_breaks_on_the_way_counts_nothing(coded, monkeypatch):
    questionnaire, [code, *_] = coded
    question = questionnaire.questions.get(position=6)

    def fail(*args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("events.feedback._add_texts", fail)
    mark = wording_mark(questionnaire.questions.all())
    with pytest.raises(RuntimeError):
        count_answers(questionnaire, {question.pk: "Кофе"}, mark=mark, code=code)

    assert form_count(questionnaire) == 0
    assert not Tally.objects.exists()
    assert questionnaire.codes.count() == 3


def test_counting_looks_at_the_clock_itself():
    questionnaire = make_full_questionnaire()
    mark = wording_mark(questionnaire.questions.all())
    Questionnaire.objects.filter(pk=questionnaire.pk).update(closes_at=timezone.now())

    with pytest.raises(NotOpen):
        count_answers(questionnaire, {}, mark=mark)
