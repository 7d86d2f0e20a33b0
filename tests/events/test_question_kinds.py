"""A kind of question is a line in QuestionKind (events/models/feedback.py). Whoever adds one says
below how it is asked and answered, and is told what it still lacks."""

import pytest
from django.utils import translation

from events import printing
from events.models import OpenAnswer, QuestionKind, Tally
from events.models.feedback import ANSWERED
from events.rate_limit import forms_limit
from events.reports import build_content, cell_labels
from events.suppression import FEWEST_ANSWERS
from mrc_portal.languages import LANGUAGE_CODES, every_column
from tests import factories
from tests.events.test_feedback import address_of, filled

OPTIONS = dict.fromkeys(every_column("options"), "А\nБ\nВ")
# The fields of a question of this kind, and an answer as a browser sends it.
ASKED = {
    QuestionKind.YES_NO: ({}, "0"),
    QuestionKind.ONE: (OPTIONS, "1"),
    QuestionKind.SEVERAL: (OPTIONS, ["0", "2"]),
    QuestionKind.SCALE: ({}, "4"),
    QuestionKind.NUMBER: ({"band_starts": "18, 30"}, "30"),
    QuestionKind.SHORT_TEXT: ({}, "Кофе"),
    QuestionKind.LONG_TEXT: ({}, "Кофе\nи чай"),
}
EVERY_KIND = pytest.mark.parametrize("kind", QuestionKind)


@EVERY_KIND
def test_a_kind_is_called_something_in_every_language(kind):
    names = {}
    for code in LANGUAGE_CODES:
        with translation.override(code):
            names[code] = str(kind.label)

    assert names["en"] not in (names["ky"], names["ru"]), f"translate {names['en']!r} in locale/"


@EVERY_KIND
@pytest.mark.django_db
def test_a_question_of_any_kind_is_asked_answered_counted_and_printed(client, monkeypatch, kind):
    assert kind in ASKED, f"say in ASKED of this test how {kind.value!r} is asked and answered"
    fields, answer = ASKED[kind]
    forms_limit.forget()
    questionnaire = factories.make_questionnaire()
    question = factories.make_question(questionnaire, kind=kind, **fields)
    question.full_clean(exclude=["help", "low_label", "high_label", "paraphrase"])
    address = address_of(questionnaire)
    typeset = {}
    monkeypatch.setattr(printing, "_typeset", lambda _name, data: typeset.update(data) or b"")

    assert question.is_text or question.cell_count > 1, "cell_count of Question in its model"
    assert f'name="q{question.pk}"' in client.get(address).text
    for _form in range(FEWEST_ANSWERS):
        client.post(address, filled(questionnaire, answer))
    (content,) = build_content(questionnaire)["questions"]
    printing.paper_form(questionnaire, "ru")

    counted = dict(Tally.objects.filter(count__gt=0).values_list("cell", "count"))
    assert counted.pop(ANSWERED, 0) == FEWEST_ANSWERS, "FeedbackForm.answers() of events/forms.py"
    if question.is_text:
        assert OpenAnswer.objects.count() == FEWEST_ANSWERS
        assert content["paraphrase"] == {}
    else:
        assert set(counted) < set(range(question.cell_count))
        for code in LANGUAGE_CODES:
            labels = cell_labels(question, code)
            assert len(labels) == question.cell_count, "cell_labels() of events/reports.py"
        assert len(content["cells"]) == question.cell_count
    (asked,) = typeset["questions"]
    assert asked["hint"] or asked["lines"], "what to do with it on paper: events/printing.py"
