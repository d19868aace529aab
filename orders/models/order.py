"""One TikTok order that this system fetched: the row is the work, messages about it are only nudges."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from orders.models.bulk_sync import BulkSync
from orders.states import DELIVERY_LABELS, LABELS, PRIORITY, AskedBy, DeliveryStatus, SyncStatus
from settings_app.models import ShopifyStore, TikTokShop

SYNC_STATUS_CHOICES = [(str(status), label) for status, label in LABELS.items()]
DELIVERY_STATUS_CHOICES = [(str(status), label) for status, label in DELIVERY_LABELS.items()]


class Order(models.Model):
    """Columns hold what is listed, searched and decided on; the whole TikTok answer is in `OrderPayload`."""

    shop = models.ForeignKey(TikTokShop, on_delete=models.PROTECT, related_name="orders", verbose_name="TikTok shop")
    store = models.ForeignKey(
        ShopifyStore, on_delete=models.PROTECT, related_name="orders", verbose_name="Shopify store"
    )
    tiktok_order_id = models.CharField("TikTok order", max_length=64)
    tiktok_status = models.CharField("TikTok status", max_length=40)
    tiktok_updated_at = models.DateTimeField(null=True, help_text="TikTok's update_time; older news never wins")
    placed_at = models.DateTimeField("placed", null=True)
    ship_by = models.DateTimeField(null=True)
    buyer = models.CharField(max_length=80, blank=True, help_text="Masked; the name itself is only in the payload")
    total = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    currency = models.CharField(max_length=8, blank=True)
    units = models.PositiveIntegerField(default=0)
    shipping_type = models.CharField(max_length=32, blank=True)
    is_gift = models.BooleanField("gift", default=False)
    is_sample = models.BooleanField("sample", default=False)

    sync_status = models.CharField(
        max_length=16, choices=SYNC_STATUS_CHOICES, default=SyncStatus.NOT_SYNCED, verbose_name="sync status"
    )
    reason = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True, help_text="What exactly stands in the way, for people")
    asked_by = models.CharField(max_length=16, blank=True, default=AskedBy.NOBODY)
    priority = models.PositiveSmallIntegerField(default=PRIORITY[AskedBy.NOBODY])
    asked_at = models.DateTimeField(null=True)
    bulk_sync = models.ForeignKey(BulkSync, null=True, blank=True, on_delete=models.SET_NULL, related_name="orders")
    left_by = models.ForeignKey(
        BulkSync,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="left_orders",
        db_index=False,
        help_text="The bulk sync that was stopped before this order went",
    )
    accepts_difference = models.BooleanField(default=False)

    next_attempt_at = models.DateTimeField(null=True, help_text="Not due before; empty means now")
    nudged_until = models.DateTimeField(null=True, help_text="A message is under way; nudge again after")
    claim_token = models.UUIDField(null=True)
    claim_until = models.DateTimeField(null=True)
    claims_without_progress = models.PositiveSmallIntegerField(default=0)
    looked_up_at = models.DateTimeField(null=True, help_text="Shopify was asked whether the order is already there")

    shopify_order_id = models.CharField(max_length=80, null=True, blank=True)
    shopify_order_name = models.CharField("Shopify order", max_length=80, blank=True)
    synced_at = models.DateTimeField(null=True)
    delivery_status = models.CharField(
        max_length=16, choices=DELIVERY_STATUS_CHOICES, default=DeliveryStatus.NONE, verbose_name="delivery status"
    )

    fetched_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-placed_at", "-id"]
        permissions = [
            ("sync_order", "Can sync and retry orders, fetch, and steer bulk syncs"),
            ("ignore_order", "Can ignore orders and stop ignoring them"),
            ("review_order", "Can accept differences and choose between Shopify orders"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["shop", "tiktok_order_id"], name="one_order_per_tiktok_order"),
            models.UniqueConstraint(
                fields=["store", "shopify_order_id"],
                condition=Q(shopify_order_id__isnull=False),
                name="one_order_per_shopify_order",
            ),
            models.CheckConstraint(
                condition=~Q(sync_status=SyncStatus.SYNCED) | Q(shopify_order_id__isnull=False),
                name="synced_has_a_shopify_order",
            ),
            models.CheckConstraint(
                condition=Q(shopify_order_id__isnull=True)
                | Q(sync_status__in=[SyncStatus.SYNCED, SyncStatus.NEEDS_REVIEW]),
                name="shopify_order_means_synced_or_review",
            ),
            models.CheckConstraint(
                condition=Q(sync_status__in=[str(status) for status in SyncStatus]), name="known_sync_status"
            ),
        ]
        indexes = [
            # dispatch: what goes out next for one store
            models.Index(
                fields=["store", "priority", "asked_at", "id"],
                condition=Q(sync_status=SyncStatus.QUEUED),
                name="orders_queued",
            ),
            # sweep: claims that ended and unknown outcomes that are due
            models.Index(fields=["claim_until"], condition=Q(sync_status=SyncStatus.SYNCING), name="orders_syncing"),
            models.Index(
                fields=["next_attempt_at"], condition=Q(sync_status=SyncStatus.VERIFYING), name="orders_verifying"
            ),
            # Automatic sync: what nobody asked for yet
            models.Index(
                fields=["shop", "id"], condition=Q(sync_status=SyncStatus.NOT_SYNCED), name="orders_not_synced"
            ),
            # what a link, a setting or a connection frees
            models.Index(fields=["shop", "reason"], condition=~Q(reason=""), name="orders_standing_still"),
            # the list
            models.Index(fields=["-placed_at", "-id"], name="orders_newest_first"),
            models.Index(fields=["sync_status", "-placed_at"], name="orders_by_status"),
            models.Index(fields=["tiktok_order_id"], name="orders_by_tiktok_id"),
            # Home's figures of today and of thirty days
            models.Index(fields=["fetched_at"], name="orders_by_fetching"),
            models.Index(fields=["synced_at"], condition=Q(synced_at__isnull=False), name="orders_by_syncing"),
            models.Index(fields=["shopify_order_name"], name="orders_by_shopify_name"),
            # "Sync the rest" of a stopped bulk sync
            models.Index(fields=["left_by"], condition=Q(left_by__isnull=False), name="orders_left_by_a_bulk"),
        ]

    def __str__(self) -> str:
        return self.tiktok_order_id
