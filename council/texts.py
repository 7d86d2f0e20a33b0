"""In which language the words of a plan's rows are shown."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models

from council.models import Activity
from library.templatetags.library_tags import text_of
from mrc_portal.languages import LanguageVersion, Wording, localized, wording
from mrc_portal.publishing import Publishable

LOST = "…"


def words_of(version: LanguageVersion, row: models.Model, field: str) -> Wording:
    """Words of a stage, goal or row: in the language of the plan's version, else the original's.

    Where neither has any, in whatever language there are some: a cell that has words is never
    called empty."""
    return text_of(version, field, row) or wording(row, field)


def public_languages(plan: Publishable) -> set[str]:
    """In which the words of a plan are public: drafts of a translation are not. What was printed
    is, however far the page around it has come."""
    return {*plan.ready_languages, plan.original_language}


def is_draft(row: models.Model, field: str, language: str, public: Collection[str]) -> bool:
    """Whether words of a row are still a draft: they stand in no public language, and a public one
    has words. Where none has, pages show what there is, such as a report in another language."""
    return language not in public and any(getattr(row, localized(field, it)) for it in public)


def original_words(plan: Publishable, row: models.Model, field: str) -> Wording:
    """Words as they were printed: in the plan's own language, or where that has none, as known."""
    language = plan.original_language
    text = getattr(row, localized(field, language))
    return Wording(text, language) if text else wording(row, field)


def title_of(version: LanguageVersion, activity: Activity) -> Wording:
    """What is to be done, with dots where the beginning or the end is lost."""
    title = words_of(version, activity, "title")
    return with_losses(activity, title)


def with_losses(activity: Activity, title: Wording) -> Wording:
    """A text with dots where the source has lost its beginning or its end."""
    text = title.text
    if activity.is_lost_before and not text.startswith(LOST):
        text = f"{LOST} {text}"
    if activity.is_lost_after and not text.endswith(LOST):
        text = f"{text} {LOST}"
    return Wording(text.strip(), title.language)
