"""The report: from answers through the editors' decision to a page that nobody can change."""

import gzip
import re
from datetime import timedelta
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from events import reports
from events.feedback import (
    AnswersRefused,
    count_answers,
    draw_codes,
    feedback_of,
    give_out,
    wording_mark,
)
from events.models import (
    Access,
    AccessCode,
    Event,
    FeedbackReport,
    OpenAnswer,
    QuestionKind,
    Questionnaire,
    Tally,
)
from events.models.feedback import ANSWERED
from events.reports import build_content, content_mark, make_report, read_content
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories
from tests.events.test_feedback import make_full_questionnaire

pytestmark = pytest.mark.django_db


def answer(questionnaire, *forms):
    """Count forms: dictionaries of answers by the place of the question."""
    questions = list(questionnaire.questions.all())
    mark = wording_mark(questions)
    for form in forms:
        answers = {questions[place].pk: value for place, value in form.items()}
        count_answers(questionnaire, answers, mark=mark, on_paper=True)


def close(questionnaire):
    """Let its time be over; what is loaded of it is fresh."""
    Questionnaire.objects.filter(pk=questionnaire.pk).update(
        closes_at=timezone.now() - timedelta(seconds=1)
    )
    return Questionnaire.objects.get(pk=questionnaire.pk)


def sum_up(questionnaire, **texts):
    for question in questionnaire.questions.all():
        if question.is_text:
            for name, text in texts.items():
                setattr(question, name, text)
            question.save()


def make_answered(**fields):
    """Twelve forms: yes and no printed, one choice partly hidden, a number all hidden."""
    questionnaire = make_full_questionnaire(**fields)
    forms = []
    for number in range(12):
        forms.append(
            {
                0: [int(number >= 8)],  # 8 and 4
                1: [0 if number < 7 else 1 + number // 11],  # 7, 4 and 1
                2: [0, 1] if number < 6 else [0],  # 12, 6 and 0
                3: [4] if number < 4 else [],
                4: [1],
                5: f"слово {number}",
            }
        )
        if not forms[-1][3]:
            del forms[-1][3]
    answer(questionnaire, *forms)
    return questionnaire


def make_reported(**fields):
    questionnaire = close(make_answered(**fields))
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.", paraphrase_ky="Кофени макташты.")
    make_report(questionnaire, None)
    return Questionnaire.objects.get(pk=questionnaire.pk)


def address_of(questionnaire, language="ru"):
    with translation.override(language):
        return reverse("events:feedback_report", args=[questionnaire.event.slug])


# What is frozen


def test_the_content_holds_printed_figures_only():
    questionnaire = make_reported()
    content = questionnaire.report.content

    assert [it["answered"] for it in content["questions"]] == [12, 12, 12, None, 12, 12, None]
    counts = [[cell["count"] for cell in it.get("cells", [])] for it in content["questions"]]
    assert counts == [
        [8, 4],
        [7, None, None],
        [None, 6, None],  # chosen by all and by nobody: what is left over is small
        [],  # four answers: not even their number
        [None] * 4,
        [],
        [],
    ]
    assert content["questions"][5]["paraphrase"] == {
        "ru": "Хвалили кофе.",
        "ky": "Кофени макташты.",
    }
    assert "paraphrase" not in content["questions"][6]
    assert content["questions"][0]["cells"][0]["label"] == {"ru": "Да", "ky": "Ооба", "en": "Yes"}
    assert content["questions"][1]["cells"][1]["label"]["ky"] == "Талкуу"
    assert content["questions"][1]["text"]["en"] == "Was it useful?"
    assert content["languages"] == list(LANGUAGE_CODES)
    assert content["method"] == reports.METHOD
    assert "слово" not in str(content)


def test_what_it_was_made_from_is_deleted_in_the_same_moment():
    questionnaire = make_answered(access=Access.CODES)
    give_out(questionnaire, draw_codes(4))
    other = make_answered()
    questionnaire = close(questionnaire)
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")

    make_report(questionnaire, None)

    assert not Tally.objects.filter(question__questionnaire=questionnaire).exists()
    assert not OpenAnswer.objects.filter(question__questionnaire=questionnaire).exists()
    assert not AccessCode.objects.exists()
    fresh = Questionnaire.objects.get(pk=questionnaire.pk)
    assert fresh.form_count == 0
    assert fresh.is_locked
    # Of another questionnaire nothing is gone.
    assert OpenAnswer.objects.count() == 12
    assert Questionnaire.objects.get(pk=other.pk).form_count == 12


def test_if_it_breaks_off_nothing_is_lost(monkeypatch):
    questionnaire = close(make_answered())
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")

    class Broken:
        objects = None

    monkeypatch.setattr(reports, "AccessCode", Broken)
    with pytest.raises(AttributeError):
        make_report(questionnaire, None)

    assert not FeedbackReport.objects.exists()
    assert OpenAnswer.objects.count() == 12
    assert Tally.objects.filter(cell=ANSWERED).exists()


def test_it_is_made_after_closing_only_and_once():
    questionnaire = make_answered()
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")

    with pytest.raises(ValidationError):
        make_report(questionnaire, None)
    assert OpenAnswer.objects.exists()

    questionnaire = close(questionnaire)
    report = make_report(questionnaire, None)
    with pytest.raises(ValidationError):
        make_report(questionnaire, None)
    with pytest.raises(ValidationError):
        make_report(Questionnaire.objects.get(pk=questionnaire.pk), None)
    assert FeedbackReport.objects.get() == report


def test_open_answers_need_an_editors_words_or_a_decision():
    questionnaire = close(make_answered())
    asked = questionnaire.questions.get(position=6)

    with pytest.raises(ValidationError):
        make_report(questionnaire, None)
    report = make_report(questionnaire, None, left_out={asked.pk})

    assert report.content["questions"][5]["paraphrase"] is None
    assert "paraphrase" not in report.content["questions"][6]  # too few, whatever was decided


def test_a_paraphrase_of_too_few_answers_is_not_printed():
    questionnaire = make_full_questionnaire()
    answer(questionnaire, *[{5: "слово"}] * 4)
    questionnaire = close(questionnaire)
    sum_up(questionnaire, paraphrase_ru="Все четверо хвалили кофе.")

    report = make_report(questionnaire, None)

    assert "четверо" not in str(report.content)


def test_only_what_was_looked_at_is_frozen():
    questionnaire = close(make_answered())
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")
    seen = content_mark(build_content(questionnaire))
    answer(questionnaire, *[{0: [0]}] * 3)

    with pytest.raises(ValidationError):
        make_report(questionnaire, None, seen=seen)

    seen = content_mark(build_content(Questionnaire.objects.get(pk=questionnaire.pk)))
    make_report(questionnaire, None, seen=seen)


def test_after_the_report_nothing_is_counted_and_nothing_changes():
    questionnaire = make_reported()
    content = questionnaire.report.content
    Questionnaire.objects.filter(pk=questionnaire.pk).update(
        closes_at=timezone.now() + timedelta(days=1)
    )

    with pytest.raises(AnswersRefused):
        answer(questionnaire, {0: [0]})
    page = Client().get(questionnaire.get_absolute_url())
    assert "<form method" not in page.text
    assert address_of(questionnaire) in page.text
    question = questionnaire.questions.get(position=6)
    question.paraphrase_ru = "Ругали кофе."
    with pytest.raises(ValidationError):
        question.full_clean()
    questionnaire.closes_at += timedelta(days=1)
    with pytest.raises(ValidationError):
        questionnaire.full_clean()
    assert FeedbackReport.objects.get().content == content


def test_a_report_of_no_answers_tells_nothing():
    questionnaire = close(make_full_questionnaire())

    report = make_report(questionnaire, None)

    assert {it["answered"] for it in report.content["questions"]} == {None}
    assert Client().get(address_of(questionnaire)).status_code == 200


def test_without_questions_there_is_nothing_to_report_on():
    with pytest.raises(ValidationError):
        make_report(close(factories.make_questionnaire()), None)


@pytest.mark.django_db(transaction=True)
def test_two_reports_and_an_answer_at_once():
    """One report is made, and the answer is either in it or refused."""
    questionnaire = close(make_answered())
    sum_up(questionnaire, paraphrase_ru="Хвалили кофе.")
    done = []

    def run(function, *args):
        try:
            done.append((function.__name__, function(*args)))
        except (ValidationError, AnswersRefused):
            done.append((function.__name__, "refused"))
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(make_report, questionnaire, None)) for _ in range(2)]
    threads.append(Thread(target=run, args=(answer, questionnaire, {0: [0]})))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    outcomes = [result for name, result in done if name == "make_report"]
    assert outcomes.count("refused") == 1
    [counted] = [result for name, result in done if name == "answer"]
    answered = FeedbackReport.objects.get().content["questions"][0]["answered"]
    assert answered == (12 if counted == "refused" else 13)
    assert not Tally.objects.exists()


# What readers see


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_report_tells_the_same_in_drawing_and_table(client, language):
    questionnaire = make_reported()

    page = client.get(address_of(questionnaire, language))

    assert page.status_code == 200
    results = page.context["report"].results
    assert len(results) == 7
    drawings = re.findall(r"<svg height.*?</svg>", page.text, re.DOTALL)
    tables = re.findall(r"<table.*?</table>", page.text, re.DOTALL)
    shown = [result for result in results if result.rows]
    assert len(drawings) == len(tables) == len(shown) == 4
    for result, drawing, table in zip(shown, drawings, tables, strict=True):
        hidden = sum(row.count is None for row in result.rows)
        assert drawing.count("url(#d-hidden)") == table.count("colspan") == hidden
        for row in result.rows:
            if row.count is not None:
                cells = re.findall(r'<td class="right">([^<]*)<', table)
                assert re.search(rf">{row.share}\s?% · {row.count}<", drawing)
                assert str(row.count) in cells
                assert {f"{row.share}%", f"{row.share}\u00a0%"} & set(cells)
            assert row.label in table
    assert page.text.count('id="d-hidden"') == 1
    assert "<details>" in page.text
    assert page.context["is_foreign"] is False
    assert not page.cookies
    assert "noindex" not in page.text


def test_shares_are_of_those_who_answered_the_question():
    content = make_reported().report.content

    [yes, no] = read_content(content).results[0].rows
    assert (yes.share, no.share) == (67, 33)
    assert read_content(content).results[2].rows[1].share == 50


def test_words_of_the_editors_are_shown_in_the_nearest_language_marked(client):
    questionnaire = make_reported()

    page = client.get(address_of(questionnaire, "en"))

    assert "Хвалили кофе." in page.text
    assert 'class="prose" lang="ru"' in page.text


def test_a_report_in_one_language_is_marked_for_readers_of_others(client):
    questionnaire = factories.make_questionnaire()
    factories.make_question(questionnaire, text_ky="", text_en="")
    answer(questionnaire, *[{0: [0]}] * 4, *[{0: [1]}] * 3)
    make_report(close(questionnaire), None)

    page = client.get(address_of(questionnaire, "en"))

    assert page.context["is_foreign"] is True
    assert 'lang="ru">Было полезно?' in page.text
    assert 'rel="alternate"' not in page.text
    assert f'rel="canonical" href="http://testserver{address_of(questionnaire)}"' in page.text


def test_before_the_report_there_is_no_page(client):
    questionnaire = close(make_answered())

    assert client.get(address_of(questionnaire)).status_code == 404
    assert client.get("/ru/events/no-such-event/feedback/report/").status_code == 404


def test_long_labels_are_wrapped_in_the_drawing():
    label = "Скорее не полезен, потому что времени на обсуждение совсем не хватило"
    questionnaire = factories.make_questionnaire()
    factories.make_question(
        questionnaire,
        kind=QuestionKind.ONE,
        text_ky="",
        text_en="",
        options_ru=f"{label}\nПолезен",
    )
    answer(questionnaire, *[{0: [0]}] * 4, *[{0: [1]}] * 3)
    make_report(close(questionnaire), None)

    [first, second] = read_content(FeedbackReport.objects.get().content).results[0].rows

    lines = [line for _top, line in first.label_lines]
    assert " ".join(lines) == label
    assert max(map(len, lines)) <= reports.LABEL_LETTERS
    assert second.top == first.bottom > first.bar_top > first.label_lines[-1][0]


def test_a_demonstration_says_so(client):
    real, invented = make_reported(), make_reported(is_demonstration=True)

    assert 'class="demo"' in client.get(address_of(invented)).text
    assert 'class="demo"' not in client.get(address_of(real)).text


def test_pages_of_reports_are_light(client, django_assert_max_num_queries):
    questionnaire = make_reported()
    addresses = [address_of(questionnaire, language) for language in LANGUAGE_CODES]

    for address in addresses:
        with django_assert_max_num_queries(1):
            page = client.get(address)
        assert len(gzip.compress(page.content)) < 10_000


def test_the_events_page_gets_a_digest(django_assert_num_queries):
    questionnaire = make_reported()
    event = Event.objects.select_related("questionnaire", "questionnaire__report").get(
        pk=questionnaire.event_id
    )

    with django_assert_num_queries(0):
        feedback = feedback_of(event, None)

    assert feedback.report.first.number == 1
    assert [row.count for row in feedback.report.first.rows] == [8, 4]


def test_where_all_is_hidden_the_digest_shows_no_figure():
    questionnaire = make_full_questionnaire()
    answer(questionnaire, {0: [0]})
    make_report(close(questionnaire), None)

    assert read_content(FeedbackReport.objects.get().content).first is None
