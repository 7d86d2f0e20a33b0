"""What the plain page shows."""

from __future__ import annotations

from django.db import models


class Line(models.Model):
    """A row of the plain page; one page shows the lines of one shelf."""

    shelf = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    year = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["shelf", "number"], name="bench_line_by_shelf")]

    def __str__(self) -> str:
        return self.title
