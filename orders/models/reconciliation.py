"""One day of one shop, counted on all three sides: TikTok, here, Shopify."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from settings_app.models import TikTokShop


class Reconciliation(models.Model):
    """The day (UTC) is the one on which TikTok last changed the orders: each order counts on one day."""

    shop = models.ForeignKey(TikTokShop, on_delete=models.CASCADE, related_name="days", verbose_name="TikTok shop")
    day = models.DateField()
    tiktok = models.PositiveIntegerField("on TikTok", default=0, help_text="Orders that this system has to know")
    here = models.PositiveIntegerField("here", default=0)
    in_shopify = models.PositiveIntegerField("in Shopify", default=0)
    differences = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    checked_at = models.DateTimeField("checked", null=True, help_text="When the whole day was last compared")
    began_at = models.DateTimeField(null=True, help_text="Set while the day is being compared")
    compared_until = models.DateTimeField(null=True, help_text="How far into the day the comparison has come")
    problem = models.TextField(blank=True, default="", help_text="Why its last step failed; it is tried again")

    class Meta:
        verbose_name = "day"
        verbose_name_plural = "Completeness"
        ordering = ["-day", "shop"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "day"], name="one_reconciliation_per_day"),
            models.CheckConstraint(
                condition=models.Q(began_at__isnull=True) | models.Q(compared_until__isnull=False),
                name="a_comparison_has_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.shop}"
