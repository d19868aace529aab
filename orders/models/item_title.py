"""Each title that any item has, once: a shop sells the same few hundred products hundreds of thousands of times."""

from __future__ import annotations

from django.db import models


class ItemTitle(models.Model):
    """A part of a title is looked for here, among few rows; the items themselves are then found by the whole title."""

    title = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title"], name="each_title_once")]

    def __str__(self) -> str:
        return self.title
