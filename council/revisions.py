"""Two editors of one stage, goal or row: who saves second is told, and overwrites nothing."""

from __future__ import annotations

from django.db.models import F

from council.models import PlanPart


class SavedMeanwhile(Exception):
    """Somebody has saved the record since it was opened."""


def claim(part: PlanPart, seen: int) -> None:
    """Take the right to save a part of a plan that was opened at this revision.

    One conditional update: of two who come at once, only one finds the revision that both have
    seen. Raises SavedMeanwhile for the other. Belongs into the transaction of the saving."""
    rows = type(part)._default_manager.filter(pk=part.pk, revision=seen)
    if not rows.update(revision=F("revision") + 1):
        raise SavedMeanwhile
    part.revision = seen + 1
