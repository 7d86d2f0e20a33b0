"""What is printed of a questionnaire: slips with one-time codes, and the questionnaire on paper."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from pathlib import Path
from textwrap import shorten
from typing import Any

import segno
from django.utils import translation
from django.utils.translation import gettext as _

from events.feedback import grouped_code
from events.models import Question, QuestionKind, Questionnaire
from events.models.feedback import SCALE_STEPS
from events.reports import cell_labels
from mrc_portal.dates import moment
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.prose import printable
from mrc_portal.typesetting import typeset

HERE = Path(__file__).parent
ALL_LANGUAGES = "all"
# Three titles of this length, each with its sentence, fit on a slip.
SLIP_TITLE_LETTERS = 110


def code_slips(
    questionnaire: Questionnaire, codes: Collection[str], language: str, site_url: str
) -> bytes:
    """Sheets of A4, ten slips each, in one language or, with ALL_LANGUAGES, all on every slip."""
    languages = LANGUAGE_CODES if language == ALL_LANGUAGES else (language,)
    words = [_slip_words(questionnaire, code) for code in languages]
    first = words[0]
    data = {
        "lang": first["lang"],
        "title": first["heading"],
        "languages": words,
        "demo": _("Demonstration record") if questionnaire.is_demonstration else "",
        "site": site_url.partition("://")[2],
        "slips": [
            {"code": grouped_code(code), "qr": _qr_code(f"{site_url}/f/{grouped_code(code)}")}
            for code in codes
        ],
    }
    return _typeset("slips.typ", data)


def _slip_words(questionnaire: Questionnaire, language: str) -> dict[str, str]:
    version = questionnaire.event.version_for(language)
    with translation.override(language):
        return {
            "lang": language,
            "heading": _("Questionnaire: one-time code"),
            "event": shorten(version.title, SLIP_TITLE_LETTERS, placeholder="…"),
            "event_lang": version.language,
            "text": _(
                "Please tell us what you think. The code works once and is deleted at once: nobody "
                "can link it to your answers."
            ),
            "until": _("Until %(moment)s, Bishkek time.")
            % {"moment": moment(questionnaire.closes_at)},
            "qr": _("QR code of the address of the form"),
        }


def _typeset(template: str, data: dict[str, Any]) -> bytes:
    return typeset(HERE / template, {"data": json.dumps(_printable(data), ensure_ascii=False)})


def _printable(value: Any) -> Any:
    """Without what was pasted along unseen: a line break of Word would stop the typesetter."""
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_printable(part) for part in value]
    return printable(value) if isinstance(value, str) else value


def _qr_code(address: str) -> str:
    buffer = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        buffer, kind="svg", xmldecl=False, border=2, omitsize=True
    )
    return buffer.getvalue().decode()


def paper_form(questionnaire: Questionnaire, language: str) -> bytes:
    """The questionnaire to be filled in with a pen."""
    version = questionnaire.event.version_for(language)
    with translation.override(language):
        data = {
            "lang": language,
            "heading": _("Questionnaire"),
            "event": version.title,
            "event_lang": version.language,
            "when": questionnaire.event.when,
            "intro": _paragraphs(getattr(questionnaire, localized("intro", language))),
            "promise": _(
                "Please do not write your name. Your answers are counted together with those of "
                "all others; what you write is read by the editors alone and never published word "
                "for word. The report leaves out any answer that fewer than three people gave."
            ),
            "questions": [_paper_question(it, language) for it in questionnaire.questions.all()],
            "thanks": _("Thank you! Please hand this sheet in folded."),
            "portal": _("Migrant Rights Information Center"),
            "page": _("page"),
            "demo": _("Demonstration record") if questionnaire.is_demonstration else "",
        }
    return _typeset("paper.typ", data)


def _paragraphs(text: str | None) -> list[str]:
    parts = (text or "").replace("\r\n", "\n").split("\n\n")
    return [" ".join(part.split()) for part in parts if part.strip()]


def _paper_question(question: Question, language: str) -> dict[str, Any]:
    hints = {
        QuestionKind.YES_NO: _("Tick one."),
        QuestionKind.ONE: _("Tick one."),
        QuestionKind.SEVERAL: _("Tick as many as you like."),
        QuestionKind.SCALE: _("Tick one."),
        QuestionKind.NUMBER: _("Write a whole number."),
    }
    lines = {QuestionKind.SHORT_TEXT: 2, QuestionKind.LONG_TEXT: 6}
    kind = QuestionKind(question.kind)
    is_scale = kind == QuestionKind.SCALE
    is_number = kind == QuestionKind.NUMBER
    return {
        "kind": kind.value,
        "text": getattr(question, localized("text", language)) or "",
        "help": getattr(question, localized("help", language)) or "",
        "hint": hints.get(kind, ""),
        "options": [] if is_number or is_scale else cell_labels(question, language),
        "steps": SCALE_STEPS if is_scale else 0,
        "low": getattr(question, localized("low_label", language)) or "",
        "high": getattr(question, localized("high_label", language)) or "",
        "lines": lines.get(kind, 0),
    }
