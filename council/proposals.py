"""What the portal's proposals start from: which words are read, and which year a day without one
means. For the forms of editors and for spreadsheets alike."""

from __future__ import annotations

from typing import Any

from council.models import Plan, Stage
from mrc_portal.languages import LANGUAGE_CODES, Wording, localized


def worded(record: Any, field: str, original: str) -> list[Wording]:
    """What may be read of a field: the verbatim text, or without one its translations."""
    texts = {
        code: Wording(text, code)
        for code in LANGUAGE_CODES
        if (text := getattr(record, localized(field, code)))
    }
    return [texts[original]] if original in texts else list(texts.values())


def assumed_year(plan: Plan, stage: Stage | None) -> int | None:
    """The year that a day without one must mean; None if it could mean several."""
    for first, last in [
        (stage.earliest, stage.latest) if stage is not None else (None, None),
        (plan.starts_on, plan.ends_on),
    ]:
        bounds = {day.year for day in (first, last) if day}
        if len(bounds) == 1:
            return bounds.pop()
        if bounds:
            return None
    return None
