"""One unit of a TikTok order: TikTok has no quantities, each entry of line_items is one piece."""

from __future__ import annotations

from django.db import models

from orders.models.order import Order


class OrderItem(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    line_id = models.CharField(max_length=64)
    sku_id = models.CharField(max_length=64, blank=True)
    product_id = models.CharField(max_length=64, blank=True)
    seller_sku = models.CharField("SKU", max_length=255, blank=True)
    title = models.CharField(max_length=500, blank=True)
    variant_title = models.CharField(max_length=255, blank=True)
    price = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    is_gift = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    package_id = models.CharField(max_length=64, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["order", "line_id"], name="one_item_per_tiktok_line")]
        indexes = [
            models.Index(fields=["sku_id"], name="items_by_tiktok_sku"),  # which orders a new link frees
            models.Index(fields=["seller_sku"], name="items_by_seller_sku"),
            models.Index(fields=["title"], name="items_by_title"),  # the search, by titles found in ItemTitle
            models.Index(
                fields=["tracking_number"], condition=~models.Q(tracking_number=""), name="items_by_tracking_number"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.seller_sku or self.sku_id
