"""TikTok SKU → Shopify variant of one shop, or the note that no variant was found yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from settings_app.models import TikTokShop


class ProductLink(models.Model):
    class Kind(models.TextChoices):
        AUTOMATIC = "automatic", "Automatic"
        MANUAL = "manual", "Manual"
        NONE = "none", "Not linked"

    shop = models.ForeignKey(TikTokShop, on_delete=models.CASCADE, related_name="links", verbose_name="TikTok shop")
    sku_id = models.CharField("TikTok SKU id", max_length=64)
    product_id = models.CharField(max_length=64, blank=True)
    seller_sku = models.CharField("TikTok SKU", max_length=255, blank=True)
    title = models.CharField("TikTok item", max_length=500, blank=True)
    kind = models.CharField("linked", max_length=16, choices=Kind, default=Kind.NONE)
    reason = models.CharField(max_length=40, blank=True, help_text="Why there is no link")
    message = models.TextField(blank=True)
    variant_gid = models.CharField("Shopify variant", max_length=80, blank=True)
    shopify_sku = models.CharField("Shopify SKU", max_length=255, blank=True)
    shopify_title = models.CharField("Shopify product", max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, help_text="When the variant was last seen in Shopify")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "link products"
        ordering = ["title", "sku_id"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "sku_id"], name="one_link_per_sku"),
            models.CheckConstraint(condition=Q(kind="none") | ~Q(variant_gid=""), name="linked_has_a_variant"),
        ]

    def __str__(self) -> str:
        return self.title or self.seller_sku or self.sku_id
