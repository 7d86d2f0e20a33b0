"""The report on the feedback of an event: made once, after closing, and frozen.

What is stored holds printed figures only (see events/suppression.py); everything it was made from
is deleted in the same moment. Its words in the page's languages are templates, told apart by the
number of the method, so that an old report keeps saying how it was made."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events.models import (
    AccessCode,
    FeedbackReport,
    OpenAnswer,
    Question,
    QuestionKind,
    Questionnaire,
    Tally,
)
from events.models.feedback import ANSWERED, OPTION_KINDS, SCALE_STEPS
from events.suppression import FEWEST_ANSWERS, Printed, print_options, print_parts
from mrc_portal.languages import (
    FALLBACKS,
    LANGUAGE_CODES,
    Wording,
    best_language,
    current_language,
    localized,
)

# Templates events/_feedback_method_<number>.html say what it means. A new method gets a new number.
METHOD = 1

Texts = dict[str, str]


# Making


def cell_labels(question: Question, language: str) -> list[str]:
    """What the cells of a question stand for, as the form and the report call them."""
    with translation.override(language):
        if question.kind == QuestionKind.YES_NO:
            return [_("Yes"), _("No")]
        if question.kind == QuestionKind.SCALE:
            ends = {
                1: getattr(question, localized("low_label", language)),
                SCALE_STEPS: getattr(question, localized("high_label", language)),
            }
            steps = range(1, SCALE_STEPS + 1)
            return [f"{step}: {ends[step]}" if ends.get(step) else str(step) for step in steps]
        if question.kind == QuestionKind.NUMBER:
            return _band_labels(question.bands)
    return question.option_lines(language) if question.kind in OPTION_KINDS else []


def _band_labels(starts: list[int]) -> list[str]:
    # Translators: a group of numbers, such as ages: "less than 18".
    labels = [_("less than %(number)s") % {"number": starts[0]}]
    for first, following in pairwise(starts):
        labels.append(str(first) if following == first + 1 else f"{first}–{following - 1}")
    # Translators: a group of numbers, such as ages: "45 or more".
    return [*labels, _("%(number)s or more") % {"number": starts[-1]}]


def build_content(questionnaire: Questionnaire, left_out: Collection[int] = ()) -> dict[str, Any]:
    """All that the report prints, and nothing that it hides. left_out are numbers of questions
    whose words the editors do not sum up."""
    questions = list(questionnaire.questions.all())
    languages = questionnaire.languages or LANGUAGE_CODES
    counts: dict[int, dict[int, int]] = {question.pk: {} for question in questions}
    for row in Tally.objects.filter(question__in=questions):
        counts[row.question_id][row.cell] = row.count
    return {
        "method": METHOD,
        "access": questionnaire.access,
        "opened_on": timezone.localdate(questionnaire.opens_at).isoformat(),
        "closed_on": timezone.localdate(questionnaire.closes_at).isoformat(),
        "languages": list(languages),
        "questions": [
            _question_content(question, counts[question.pk], languages, question.pk in left_out)
            for question in questions
        ],
    }


def _question_content(
    question: Question, counts: dict[int, int], languages: Collection[str], is_left_out: bool
) -> dict[str, Any]:
    printed = _printed(question, counts)
    content: dict[str, Any] = {
        "kind": question.kind,
        "text": _in_languages(question, "text", languages),
        "answered": printed.answered,
    }
    if printed.answered is None:
        return content
    if question.is_text:
        content["paraphrase"] = (
            None if is_left_out else _in_languages(question, "paraphrase", LANGUAGE_CODES)
        )
        return content
    labels = {code: cell_labels(question, code) for code in languages}
    content["cells"] = [
        {
            "label": {code: labels[code][cell] for code in languages if cell < len(labels[code])},
            "count": count,
        }
        for cell, count in enumerate(printed.counts)
    ]
    return content


def _printed(question: Question, counts: dict[int, int]) -> Printed:
    answered = counts.get(ANSWERED, 0)
    if question.is_text:
        return Printed(answered if answered >= FEWEST_ANSWERS else None)
    cells = [counts.get(cell, 0) for cell in range(question.cell_count)]
    if question.kind == QuestionKind.SEVERAL:
        return print_options(answered, cells)
    return print_parts(cells)


def _in_languages(question: Question, field: str, languages: Collection[str]) -> Texts:
    texts = {code: getattr(question, localized(field, code)) for code in languages}
    return {code: text for code, text in texts.items() if text}


def content_mark(content: dict[str, Any]) -> str:
    """A mark of what an editor has seen, so that nothing else is frozen."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def unanswered_points(content: dict[str, Any]) -> list[int]:
    """Places of open questions that need an editor's words before the report can be made."""
    return [
        place
        for place, question in enumerate(content["questions"])
        if question.get("paraphrase") == {}
    ]


@transaction.atomic
def make_report(
    questionnaire: Questionnaire,
    user: User | None,
    left_out: Collection[int] = (),
    seen: str = "",
) -> FeedbackReport:
    """Freeze the report and delete what it was made from: counts, words, unused codes.

    Raises ValidationError before closing, the second time, while an open question has neither a
    paraphrase nor been left out, and when `seen`, a content_mark(), is of something else.
    """
    # Whoever answers or makes a report at this moment waits, or is waited for.
    questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if questionnaire.is_reported:
        raise ValidationError(_("The report has been made already."))
    if not questionnaire.has_closed:
        raise ValidationError(_("The report can be made once the questionnaire has closed."))
    content = build_content(questionnaire, left_out)
    if not content["questions"]:
        raise ValidationError(_("There are no questions to report on."))
    if unanswered_points(content):
        raise ValidationError(
            _("Sum up the answers to every open question, or tick that you leave them out.")
        )
    if seen and seen != content_mark(content):
        raise ValidationError(
            _("The report has changed since you looked at it. Please look once more.")
        )
    report = FeedbackReport.objects.create(
        questionnaire=questionnaire,
        made_by=user,
        content=content,
    )
    Tally.objects.filter(question__questionnaire=questionnaire).delete()
    OpenAnswer.objects.filter(question__questionnaire=questionnaire).delete()
    AccessCode.objects.filter(questionnaire=questionnaire).delete()
    Questionnaire.objects.filter(pk=questionnaire.pk).update(form_count=0)
    return report


# Reading

# The drawing: x in per cent of its width, y in pixels; letters keep their size. A label that is
# longer than a narrow phone is wrapped.
LABEL_LETTERS = 34
LINE_HEIGHT = 18
BAR_HEIGHT = 14
BAR_GAP = 16
FULL_BAR = 72
HIDDEN_BAR = 30


@dataclass(frozen=True)
class Row:
    """One answer to a question: how many gave it, or that this is hidden."""

    label: str
    count: int | None
    answered: int
    top: int

    @property
    def share(self) -> int | None:
        """Per cent of those who answered the question; a half is rounded up."""
        if self.count is None:
            return None
        return (200 * self.count + self.answered) // (2 * self.answered)

    @property
    def percent(self) -> str:
        # Translators: a share of all answers, such as "67%".
        return _("%(share)s%%") % {"share": self.share}

    @property
    def label_lines(self) -> list[tuple[int, str]]:
        """The label, wrapped, each line with where it stands."""
        lines = textwrap.wrap(self.label, LABEL_LETTERS) or [""]
        return [(self.top + (place + 1) * LINE_HEIGHT - 5, it) for place, it in enumerate(lines)]

    @property
    def bar_top(self) -> int:
        return self.top + len(self.label_lines) * LINE_HEIGHT

    @property
    def bar_width(self) -> int:
        return HIDDEN_BAR if self.share is None else self.share * FULL_BAR // 100

    @property
    def figure_left(self) -> int:
        return self.bar_width + 2

    @property
    def figure_top(self) -> int:
        return self.bar_top + BAR_HEIGHT - 2

    @property
    def bottom(self) -> int:
        return self.bar_top + BAR_HEIGHT + BAR_GAP


@dataclass(frozen=True)
class Result:
    """A question as the report prints it, in one language."""

    number: int
    kind: str
    text: str
    answered: int | None
    rows: list[Row]
    paraphrase: Wording | None
    language: str

    @property
    def is_text(self) -> bool:
        return self.kind in (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)

    @property
    def is_of_several(self) -> bool:
        return self.kind == QuestionKind.SEVERAL

    @property
    def has_hidden(self) -> bool:
        return any(row.count is None for row in self.rows)

    @property
    def height(self) -> int:
        return self.rows[-1].bottom - BAR_GAP + 2 if self.rows else 0


@dataclass(frozen=True)
class ReportPage:
    """A report in the language that its reader understands best."""

    language: str
    method: int
    is_by_codes: bool
    opened_on: date
    closed_on: date
    results: list[Result]

    @property
    def method_template(self) -> str:
        return f"events/_feedback_method_{self.method}.html"

    @property
    def has_hidden(self) -> bool:
        return any(result.has_hidden for result in self.results)

    @property
    def first(self) -> Result | None:
        """What the event's page shows of it: the first question with a figure to show."""
        shown = [it for it in self.results if any(row.count is not None for row in it.rows)]
        return shown[0] if shown else None


def read_report(report: FeedbackReport) -> ReportPage:
    """The report for the reader of this page."""
    return read_content(report.content)


def read_content(content: dict[str, Any]) -> ReportPage:
    """The same of a content that is not frozen yet."""
    wanted = current_language()
    language = best_language(wanted, content["languages"]) or wanted
    return ReportPage(
        language=language,
        method=content["method"],
        is_by_codes=content["access"] == "codes",
        opened_on=date.fromisoformat(content["opened_on"]),
        closed_on=date.fromisoformat(content["closed_on"]),
        results=[
            _result(number, question, language)
            for number, question in enumerate(content["questions"], start=1)
        ],
    )


def _result(number: int, question: dict[str, Any], language: str) -> Result:
    rows: list[Row] = []
    for cell in question.get("cells", []):
        top = rows[-1].bottom if rows else 0
        rows.append(Row(_text(cell["label"], language), cell["count"], question["answered"], top))
    paraphrase = None
    if texts := question.get("paraphrase"):
        own = best_language(current_language(), texts, language) or next(iter(texts))
        paraphrase = Wording(texts[own], own)
    return Result(
        number=number,
        kind=question["kind"],
        text=_text(question["text"], language),
        answered=question["answered"],
        rows=rows,
        paraphrase=paraphrase,
        language=language,
    )


def _text(texts: Texts, language: str) -> str:
    """In the language of the report, which has all of them unless nothing was translated."""
    order = (language, *FALLBACKS[language])
    return next((texts[code] for code in order if code in texts), "")
