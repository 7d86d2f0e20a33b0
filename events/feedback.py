"""Taking answers so that nobody can trace them, one-time codes, and what readers see of it all.

Everything that the database keeps of a form is written by count_answers(), and written so that
neither the rows nor their place in a file or a backup tell which answers came together or when."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.crypto import salted_hmac

from events.models import AccessCode, Event, OpenAnswer, Question, Questionnaire, Tally
from events.models.feedback import ANSWERED, QUESTION_WORDING, Access
from events.reports import ReportPage, read_report
from mrc_portal.fields import SHORT_ID_LETTERS
from mrc_portal.publishing import User, may_see_drafts

CODE_LENGTH = 8
MOST_CODES_AT_ONCE = 500

# Cyrillic letters on a key that looks like the Latin one on the slip.
_LOOKALIKES = str.maketrans("всгнкмртхз", "bcrhkmptx3")

# What somebody answered, by the number of the question: cells, or words.
Answers = Mapping[int, "list[int] | str"]


class AnswersRefused(Exception):
    """The answers were not counted."""


class NotOpen(AnswersRefused):
    """It is not open yet, or no more."""


class WrongCode(AnswersRefused):
    """The code was never given out, was used, or belongs to another questionnaire."""


class WordingChanged(AnswersRefused):
    """An editor has changed the questions since the form was shown."""


def wording_mark(questions: Iterable[Question]) -> str:
    """A mark that changes with any word of the questions: forms of an earlier wording show it."""
    wording = [
        [question.pk, *(getattr(question, name) or "" for name in QUESTION_WORDING)]
        for question in questions
    ]
    return hashlib.sha256(json.dumps(wording).encode()).hexdigest()[:16]


def lock(questionnaire: Questionnaire) -> Questionnaire:
    """The questionnaire as it is now; answers, editors and the report wait for each other here.

    To be called within a transaction. SQLite has begun that by locking anyway."""
    return Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)


@transaction.atomic
def count_answers(
    questionnaire: Questionnaire,
    answers: Answers,
    *,
    mark: str,
    code: str = "",
    on_paper: bool = False,
) -> None:
    """Count one form. mark is wording_mark() of the questions as they were shown.

    Raises AnswersRefused; then nothing is counted, and a code can still be used.
    """
    questionnaire = lock(questionnaire)
    if not (questionnaire.takes_paper if on_paper else questionnaire.is_open):
        raise NotOpen
    questions = list(questionnaire.questions.all())
    if mark != wording_mark(questions):
        raise WordingChanged
    if questionnaire.access == Access.CODES and not on_paper:
        deleted, _rows = questionnaire.codes.filter(digest=code_digest(code)).delete()
        if not deleted:
            raise WrongCode
    _add_to_tallies(questionnaire, questions, answers)
    texts = {pk: answer for pk, answer in answers.items() if isinstance(answer, str)}
    if texts:
        _add_texts(questionnaire, texts)
    Questionnaire.objects.filter(pk=questionnaire.pk).update(form_count=F("form_count") + 1)


def _add_to_tallies(
    questionnaire: Questionnaire, questions: list[Question], answers: Answers
) -> None:
    """All rows are made at once and written at once, whatever was chosen: their numbers would tell
    the first form otherwise, and PostgreSQL's row versions the latest."""
    tallies = Tally.objects.filter(question__questionnaire=questionnaire)
    known = {(row.question_id, row.cell): row.pk for row in tallies}
    wanted = [
        (question.pk, cell)
        for question in questions
        for cell in (ANSWERED, *range(question.cell_count))
    ]
    missing = [place for place in wanted if place not in known]
    if missing:
        Tally.objects.bulk_create(Tally(question_id=pk, cell=cell) for pk, cell in missing)
        known = {(row.question_id, row.cell): row.pk for row in tallies.all()}
    chosen = [
        known[pk, cell]
        for pk, answer in answers.items()
        for cell in (ANSWERED, *(answer if isinstance(answer, list) else []))
    ]
    more = Case(When(pk__in=chosen, then=Value(1)), default=Value(0))
    tallies.update(count=F("count") + more)


def _add_texts(questionnaire: Questionnaire, texts: Mapping[int, str]) -> None:
    """All words are written anew under new random numbers and in their order: PostgreSQL, and its
    backups, would otherwise keep them as they came, those of one form side by side."""
    rows = OpenAnswer.objects.filter(question__questionnaire=questionnaire)
    everything = [*rows.values_list("question_id", "text"), *texts.items()]
    rows.delete()
    shuffled = [OpenAnswer(question_id=pk, text=text) for pk, text in everything]
    OpenAnswer.objects.bulk_create(sorted(shuffled, key=lambda row: row.pk))


# One-time codes


def normal_code(typed: str) -> str:
    """A code as it is kept in mind: small letters, without the hyphens and blanks people add."""
    folded = typed.casefold().translate(_LOOKALIKES)
    return "".join(letter for letter in folded if letter.isalnum())


def code_digest(code: str) -> str:
    """All that is stored of a code; without the secret key nobody can find the code from it."""
    return salted_hmac("events.feedback.code", normal_code(code), algorithm="sha256").hexdigest()


def grouped_code(code: str) -> str:
    """As it is printed: two groups that the eye can keep."""
    code = normal_code(code)
    groups = (code[: CODE_LENGTH // 2], code[CODE_LENGTH // 2 :])
    return "-".join(group for group in groups if group)


def draw_codes(number: int) -> list[str]:
    """So many new codes, not stored yet; 282 milliards are possible."""
    codes: set[str] = set()
    while len(codes) < number:
        codes.add("".join(secrets.choice(SHORT_ID_LETTERS) for _ in range(CODE_LENGTH)))
    return list(codes)


@transaction.atomic
def give_out(questionnaire: Questionnaire, codes: Iterable[str]) -> None:
    """Let the codes be used. Raises NotOpen when the questionnaire takes none."""
    questionnaire = lock(questionnaire)
    if not questionnaire.takes_codes:
        raise NotOpen
    rows = [AccessCode(questionnaire=questionnaire, digest=code_digest(code)) for code in codes]
    AccessCode.objects.bulk_create(sorted(rows, key=lambda row: row.pk))


@transaction.atomic
def revoke_codes(questionnaire: Questionnaire) -> int:
    """Make all unused codes useless; how many there were."""
    return lock(questionnaire).codes.all().delete()[0]


def questionnaire_of_code(code: str) -> Questionnaire | None:
    """Which public questionnaire an unused code belongs to."""
    return (
        Questionnaire.objects.filter(
            codes__digest=code_digest(code), event__in=Event.objects.published()
        )
        .select_related("event")
        .first()
    )


# What an event's page shows


@dataclass(frozen=True)
class EventFeedback:
    """The feedback of an event: its questionnaire, and the report once it is made."""

    questionnaire: Questionnaire
    report: ReportPage | None

    @property
    def event(self) -> Event:
        return self.questionnaire.event


def feedback_of(event: Event, user: User) -> EventFeedback | None:
    """What there is to say of an event's feedback, None if nothing. Asks the database nothing if
    the event was loaded with questionnaire and questionnaire__report.

    Before it opens, only those hear of a questionnaire who may see drafts: it is not announced."""
    questionnaire = getattr(event, "questionnaire", None)
    if questionnaire is None:
        return None
    if questionnaire.is_reported:
        return EventFeedback(questionnaire, read_report(questionnaire.report))
    if not questionnaire.has_opened and not may_see_drafts(user, Event):
        return None
    return EventFeedback(questionnaire, None)
