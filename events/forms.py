"""The form of a questionnaire, in any of its languages, on a public page or for the staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from events.feedback import Answers, grouped_code, normal_code, wording_mark
from events.models import Question, QuestionKind, Questionnaire
from events.models.feedback import Access
from events.reports import cell_labels
from mrc_portal.languages import localized

LARGEST_NUMBER = 999_999
TEXT_LIMITS = {QuestionKind.SHORT_TEXT: 500, QuestionKind.LONG_TEXT: 4000}
CODE_LIMIT = 40


class PlainTextField(forms.CharField):
    """Line ends count as one letter, as they do where the text was typed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    id: str
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """A question as the form shows it: its words in the form's language, what was typed, errors."""

    question: Question
    number: int
    field: forms.BoundField
    language: str

    @property
    def text(self) -> str:
        return self._in_language("text")

    @property
    def help(self) -> str:
        return self._in_language("help")

    @property
    def low_label(self) -> str:
        return self._in_language("low_label")

    @property
    def high_label(self) -> str:
        return self._in_language("high_label")

    def _in_language(self, field: str) -> str:
        return getattr(self.question, localized(field, self.language)) or ""

    @property
    def name(self) -> str:
        return self.field.html_name

    @property
    def id(self) -> str:
        return f"id_{self.name}"

    @property
    def first_id(self) -> str:
        """Where a link to the question leads the keyboard."""
        return f"{self.id}_0" if self.choices else self.id

    @property
    def is_required(self) -> bool:
        return self.field.field.required

    @property
    def errors(self) -> list[str]:
        return [str(error) for error in self.field.errors]

    @property
    def described_by(self) -> str:
        names = [f"{self.id}_error"] if self.errors else []
        names += [f"{self.id}_help"] if self.help else []
        return " ".join(names)

    @property
    def value(self) -> str:
        value = self.field.value()
        return "" if value is None else str(value)

    @property
    def limit(self) -> int | None:
        return getattr(self.field.field, "max_length", None)

    @property
    def choices(self) -> list[Choice]:
        choices = getattr(self.field.field, "choices", [])
        value = self.field.value()
        chosen = value if isinstance(value, list) else [value or ""]
        return [
            Choice(str(key), str(label), f"{self.id}_{place}", str(key) in chosen)
            for place, (key, label) in enumerate(choices)
        ]

    @property
    def control(self) -> str:
        """Which of the template's controls it gets."""
        if self.question.kind == QuestionKind.SEVERAL:
            return "checkbox"
        if self.choices:
            return "radio"
        return {QuestionKind.NUMBER: "number", QuestionKind.LONG_TEXT: "long"}.get(
            QuestionKind(self.question.kind), "line"
        )


class FeedbackForm(forms.Form):
    """What a participant answers. On paper a required question may have been left open: the staff
    enter what they find. `subject` is a trap: people do not see it, programs fill it in."""

    mark = forms.CharField(required=False)
    subject = forms.CharField(required=False)

    def __init__(
        self,
        questionnaire: Questionnaire,
        language: str,
        *args: Any,
        on_paper: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questionnaire = questionnaire
        self.language = language
        self.questions = list(questionnaire.questions.all())
        self.current_mark = wording_mark(self.questions)
        self.needs_code = questionnaire.access == Access.CODES and not on_paper
        if self.needs_code:
            messages = {"required": _("Type the code from your slip.")}
            self.fields["code"] = forms.CharField(max_length=CODE_LIMIT, error_messages=messages)
        for question in self.questions:
            field = _field(question, language, question.is_required and not on_paper)
            self.fields[f"q{question.pk}"] = field

    @property
    def asked(self) -> list[Asked]:
        return [
            Asked(question, number, self[f"q{question.pk}"], self.language)
            for number, question in enumerate(self.questions, start=1)
        ]

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("subject"))

    @property
    def code(self) -> str:
        return self.cleaned_data.get("code", "") if self.needs_code else ""

    def clean_code(self) -> str:
        return normal_code(self.cleaned_data["code"])

    @property
    def shown_code(self) -> str:
        """As it is on the slip, however it was typed."""
        return grouped_code(self["code"].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("mark") != self.current_mark:
            self.note_change()
        elif not self.errors and not self.answers():
            raise ValidationError(_("Answer at least one question."))
        return cleaned

    def note_change(self) -> None:
        self.add_error(
            None, _("The questions have just been changed. Please look at your answers once more.")
        )

    def answers(self) -> Answers:
        """What was answered, by the number of the question. Only of a valid form."""
        answers: dict[int, list[int] | str] = {}
        for question in self.questions:
            value = self.cleaned_data.get(f"q{question.pk}")
            if value in (None, "", []):
                continue
            if question.is_text:
                answers[question.pk] = str(value)
            elif question.kind == QuestionKind.NUMBER:
                answers[question.pk] = [question.cell_of_number(int(str(value)))]
            else:
                values = value if isinstance(value, list) else [value]
                answers[question.pk] = sorted({int(cell) for cell in values})
        return answers


def _field(question: Question, language: str, is_required: bool) -> forms.Field:
    messages = {"required": _("Please answer this question.")}
    if question.is_text:
        limit = TEXT_LIMITS[QuestionKind(question.kind)]
        too_long = _("Please shorten your answer to %(limit)s characters.") % {"limit": limit}
        messages["max_length"] = too_long
        return PlainTextField(max_length=limit, required=is_required, error_messages=messages)
    if question.kind == QuestionKind.NUMBER:
        wrong = _("Give a whole number from 0 to 999999.")
        messages |= dict.fromkeys(["invalid", "min_value", "max_value"], wrong)
        return forms.IntegerField(
            min_value=0, max_value=LARGEST_NUMBER, required=is_required, error_messages=messages
        )
    choices = [(str(cell), label) for cell, label in enumerate(cell_labels(question, language))]
    messages |= dict.fromkeys(["invalid_choice", "invalid_list"], _("Choose one of the answers."))
    if question.kind == QuestionKind.SEVERAL:
        return forms.MultipleChoiceField(
            choices=choices, required=is_required, error_messages=messages
        )
    if not is_required:
        # A ticked circle cannot be cleared again in a browser.
        choices.append(("", _no_answer(language)))
    return forms.ChoiceField(choices=choices, required=is_required, error_messages=messages)


def _no_answer(language: str) -> str:
    with translation.override(language):
        return _("No answer")
