"""Two editors who save at the same moment: one waits for the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse


@contextmanager
def turn_of(model: type[Model]) -> Iterator[None]:
    """The turn of those who save records of this kind; a transaction of its own."""
    with transaction.atomic():
        kinds = ContentType.objects.select_for_update(no_key=True)
        kinds.get(app_label=model._meta.app_label, model=model._meta.model_name)
        yield


class TurnsMixin(admin.ModelAdmin):
    """Whoever saves a record of this kind waits for whoever is saving one, and then sees it.

    So what a form has found out, such as a free address or that nobody else has saved, is still
    true when it is stored. SQLite has it so by itself, as every transaction begins by locking.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with self._one_at_a_time(request):
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with self._one_at_a_time(request):
            return super().changelist_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with self._one_at_a_time(request):
            return super().delete_view(request, *args, **kwargs)

    @contextmanager
    def _one_at_a_time(self, request: HttpRequest) -> Iterator[None]:
        if request.method != "POST":
            yield
            return
        with turn_of(self.model):
            yield
