"""Notes every change of a model that entries are made of, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save

from mrc_portal.search.entries import registered_sources
from mrc_portal.search.outbox import note_changes


def connect() -> None:
    """Listen to all models: which of them matter is known once every app has registered."""
    # Before a save too: the object may belong to another entry than afterwards.
    pre_save.connect(_before_save, dispatch_uid="search.pre_save")
    post_save.connect(_on_save, dispatch_uid="search.post_save")
    # Before a deletion, while what the object belongs to can still be asked.
    pre_delete.connect(_on_delete, dispatch_uid="search.pre_delete")
    m2m_changed.connect(_on_relation, dispatch_uid="search.m2m_changed")


def _before_save(instance: models.Model, raw: bool, using: str, **kwargs: Any) -> None:
    if raw or instance.pk is None or instance._state.adding or not _concerns(instance):
        return
    model = type(instance)
    if (old := model._base_manager.using(using).filter(pk=instance.pk).first()) is not None:
        note_changes(_keys(old) - _keys(instance), using)


def _on_save(instance: models.Model, raw: bool, using: str, **kwargs: Any) -> None:
    if not raw:  # a fixture may not have loaded yet what the object belongs to
        _note(instance, using)


def _on_delete(instance: models.Model, using: str, **kwargs: Any) -> None:
    _note(instance, using)


def _on_relation(instance: models.Model, action: str, using: str, **kwargs: Any) -> None:
    # Before a removal and after an addition the two sides still, or already, know of each other.
    if action in {"post_add", "pre_remove", "pre_clear"}:
        _note(instance, using)


def _note(instance: models.Model, using: str) -> None:
    note_changes(_keys(instance), using)


def _keys(instance: models.Model) -> set[str]:
    return {key for affected in _concerns(instance) for key in affected(instance)}


def _concerns(instance: models.Model) -> list[Callable[[Any], Iterable[str]]]:
    return [
        affected
        for source in registered_sources()
        for model, affected in source.affected.items()
        if isinstance(instance, model)
    ]
