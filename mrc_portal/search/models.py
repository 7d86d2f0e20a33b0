from django.db import models
from django.utils import timezone


class OutboxLine(models.Model):
    """A promise to bring one entry of the index up to date, made in the transaction of the change.

    The line goes when the index holds the entry as the database has it, and not before.
    """

    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()  # written by the engine alone

    def __str__(self) -> str:
        return f"{self.pk}: {self.key}"
