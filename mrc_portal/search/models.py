from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone


class RunningTransaction(models.Func):
    """The number of the transaction that writes the row; 0 on SQLite, which runs one at a time."""

    template = "0"
    output_field = models.BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(pg_current_xact_id()::text::bigint)")


class OutboxLine(models.Model):
    """A promise, made in the transaction of a change, to bring one entry of every index up to date.

    Every index applies it and remembers by itself how far it has read, so lines are kept for some
    days. Their order is that of the transactions, and not of the ids alone: on PostgreSQL a lower
    id may be committed after a higher one, a lower transaction that is still running is known.
    """

    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)
    transaction = models.BigIntegerField(db_default=RunningTransaction(), editable=False)

    class Meta:
        ordering = ["transaction", "pk"]
        indexes = [models.Index(fields=["transaction", "id"], name="outbox_order")]
        default_permissions = ()  # written by the engine alone

    def __str__(self) -> str:
        return f"{self.pk}: {self.key}"
