"""Checks many records before they are saved together, at little cost for each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from modeltranslation.fields import TranslationField


def full_clean(
    record: models.Model, known_good: Iterable[str] = (), *, is_sound: bool = False
) -> None:
    """As Django's, with one question to the database in place of one for each constraint, and none
    about the fields that are known to be good. Raises ValidationError.

    A record that is sound is known to fulfil the constraints."""
    known_good = set(known_good)
    record.full_clean(exclude=known_good | _translated(type(record)), validate_constraints=False)
    if not is_sound:
        check_constraints(record, known_good)


def check_constraints(record: models.Model, known_good: Iterable[str] = ()) -> None:
    """Raises ValidationError."""
    together, others = _constraints_of(type(record))
    try:
        together.validate(type(record), record, exclude=others)
    except ValidationError:
        record.validate_constraints(exclude=set(known_good))


@cache
def _translated(model: type[models.Model]) -> set[str]:
    """Fields that are but another name of the column in the active language."""
    fields: list[Any] = list(model._meta.fields)
    return {it.translated_field.name for it in fields if isinstance(it, TranslationField)}


@cache
def _constraints_of(model: type[models.Model]) -> tuple[models.CheckConstraint, set[str]]:
    """What a row of this kind must fulfil, and the fields that this does not depend on."""
    condition = Q()
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            condition &= Q(constraint.condition)
    names = {field.name for field in model._meta.fields}
    others = names - condition.referenced_base_fields
    return models.CheckConstraint(condition=condition, name="together"), others
