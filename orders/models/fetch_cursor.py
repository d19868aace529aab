"""Where fetching one shop stands; moved only after a page is committed."""

from __future__ import annotations

from django.db import models

from settings_app.models import TikTokShop


class FetchCursor(models.Model):
    shop = models.OneToOneField(TikTokShop, on_delete=models.CASCADE, primary_key=True, related_name="cursor")
    watermark = models.DateTimeField(null=True, help_text="Everything TikTok changed before is stored")
    window_from = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)
    page_token = models.TextField(blank=True)
    total_count = models.IntegerField(null=True, help_text="TikTok's count on the window's first page")
    rereads = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    claim_until = models.DateTimeField(null=True)
    again_since = models.DateTimeField(null=True, help_text="Staff asked for everything that changed since then")
    again_asked_at = models.DateTimeField(null=True)
    again_began_at = models.DateTimeField(null=True, help_text="When a fetch took it up")
    again_done_at = models.DateTimeField(null=True)
    again_new = models.PositiveIntegerField(default=0, help_text="Orders that it brought and that were not here")
    again_changed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(window_from__isnull=True) | models.Q(window_until__isnull=False),
                name="a_window_has_two_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(again_done_at__isnull=True) | models.Q(again_began_at__isnull=False),
                name="a_fetch_again_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"Cursor of {self.shop_id}"
