"""A selection of orders that somebody sent off together."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class BulkSync(models.Model):
    """Its orders point at it; how far it is, is counted from their rows. While paused none of them is sent."""

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField("started", auto_now_add=True)
    action = models.CharField(max_length=40, default="Sync selected", help_text="The button that was pressed")
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0, help_text="Orders that were queued")
    left_out = models.PositiveIntegerField(default=0, help_text="Orders of the selection that could not be queued")

    class Meta:
        verbose_name = "bulk sync"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"Bulk sync {self.pk}"
