"""What other apps have made in a store, as far as it was read through."""

from __future__ import annotations

from django.db import models

from settings_app.models import ShopifyStore


class StoreScan(models.Model):
    """All orders that apps made in [since, until] are read. `low` is set while more is being read, newest first, and
    `high` is how far down that has come; `top` is when it began."""

    store = models.OneToOneField(ShopifyStore, on_delete=models.CASCADE, primary_key=True, related_name="scan")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True, help_text="By our clock; orders made later may be there unread")
    low = models.DateTimeField(null=True)
    high = models.DateTimeField(null=True)
    top = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    claim_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since__isnull=True, until__isnull=True)
                | models.Q(since__isnull=False, until__isnull=False),
                name="a_read_stretch_has_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"Orders by apps in {self.store_id}"


class OthersOrder(models.Model):
    """A Shopify order that we did not make, and a TikTok order id that stands in it."""

    store = models.ForeignKey(ShopifyStore, on_delete=models.CASCADE, related_name="others_orders")
    tiktok_order_id = models.CharField(max_length=64)
    shopify_order_id = models.CharField(max_length=80)
    name = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(help_text="By Shopify's clock")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "tiktok_order_id", "shopify_order_id"], name="one_row_per_mark_of_others"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.tiktok_order_id}"
