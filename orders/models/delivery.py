"""What TikTok says of an order's packages, and what of that Shopify shows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from orders.delivery.states import WORK_LABELS, WorkStatus
from orders.models.order import DELIVERY_STATUS_CHOICES, Order
from orders.states import DeliveryStatus

WORK_STATUS_CHOICES = [(str(status), label) for status, label in WORK_LABELS.items()]


class Package(models.Model):
    """One order's part of a TikTok package; a combined package is one row in each of its orders."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="packages")
    package_id = models.CharField("package", max_length=120)
    tracking_number = models.CharField(max_length=100, blank=True)
    carrier_id = models.CharField(max_length=64, blank=True)
    carrier_name = models.CharField("carrier", max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=DELIVERY_STATUS_CHOICES, default=DeliveryStatus.NONE)
    in_transit_at = models.DateTimeField("in transit", null=True, help_text="TikTok's own time")
    delivered_at = models.DateTimeField("delivered", null=True, help_text="TikTok's own time")
    line_ids = models.JSONField(default=list, help_text="TikTok line ids (sub item ids of bundles) still to deliver")
    is_cancelled = models.BooleanField("cancelled", default=False, help_text="Nothing in it is to be delivered")
    asked_at = models.DateTimeField(null=True, help_text="When TikTok's package endpoint was last asked for it")
    shown = models.CharField(
        "shown in Shopify", max_length=16, choices=DELIVERY_STATUS_CHOICES, default=DeliveryStatus.NONE
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["order", "package_id"], name="one_package_per_order")]
        indexes = [
            models.Index(
                fields=["tracking_number"], condition=~Q(tracking_number=""), name="packages_by_tracking_number"
            )
        ]

    def __str__(self) -> str:
        return self.tracking_number or self.package_id


class FulfilmentLine(models.Model):
    """TikTok unit → Shopify line, kept from the first look at the order's fulfilment orders; never changed again.

    `unit_id` is a TikTok line id, or the sub item id of a bundle's component; `place` counts the Shopify units of one
    such id. An empty `line_gid` is a component that another one's Shopify line stands for.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfilment_lines")
    unit_id = models.CharField(max_length=64)
    place = models.PositiveSmallIntegerField(default=0)
    line_gid = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "unit_id", "place"], name="one_shopify_line_per_unit"),
        ]


class Fulfilment(models.Model):
    """A fulfilment in Shopify that carries units of a package: made by us, or found there and used."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfilments")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="fulfilments")
    fulfilment_order_gid = models.CharField(max_length=80, blank=True)
    gid = models.CharField(max_length=80)
    made_by_us = models.BooleanField(default=False)
    units = models.JSONField(default=dict, help_text="Shopify line gid → units of this package")
    tracking_number = models.CharField(max_length=100, blank=True, help_text="As last sent by us")
    in_transit_event = models.CharField(max_length=80, blank=True, help_text="The event we sent; empty: not ours")
    delivered_event = models.CharField(max_length=80, blank=True, help_text="The event we sent; empty: not ours")
    shown = models.CharField(max_length=16, choices=DELIVERY_STATUS_CHOICES, default=DeliveryStatus.NONE)
    cancelled_at = models.DateTimeField(null=True, help_text="When it was seen cancelled in Shopify")
    let_go = models.BooleanField(default=False, help_text="Staff said to send again what was cancelled in Shopify")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["package", "gid"], name="one_row_per_package_and_fulfilment"),
        ]

    def __str__(self) -> str:
        return self.gid


class DeliveryWork(models.Model):
    """The work of telling Shopify: one row per order that has something to tell; messages about it are only nudges."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="delivery_work")
    status = models.CharField(max_length=16, choices=WORK_STATUS_CHOICES, default=WorkStatus.DUE)
    reason = models.CharField(max_length=40, blank=True, help_text="A code of orders.reasons.REASONS")
    message = models.TextField(blank=True)
    news = models.PositiveIntegerField(default=0, help_text="Grows with each change; news under a claim is not lost")
    stands_since = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True, help_text="Not due before; empty means now")
    nudged_until = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    claim_until = models.DateTimeField(null=True)
    claims_without_progress = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in WorkStatus]), name="known_delivery_work_status"
            ),
            models.CheckConstraint(
                condition=~Q(status=WorkStatus.STANDING_STILL) | ~Q(reason=""), name="standing_still_has_a_reason"
            ),
        ]
        indexes = [
            # dispatch: what is told next
            models.Index(fields=["next_attempt_at"], condition=Q(status=WorkStatus.DUE), name="deliveries_due"),
            # dispatch: what may have changed in Shopify since it stood still
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status=WorkStatus.STANDING_STILL),
                name="deliveries_standing_still",
            ),
            models.Index(
                fields=["next_attempt_at"], condition=Q(status=WorkStatus.VERIFYING), name="deliveries_verifying"
            ),
            # sweep: claims that ended
            models.Index(fields=["claim_until"], condition=Q(status=WorkStatus.CLAIMED), name="deliveries_claimed"),
            # sweep: orders that came to Shopify without anybody telling this side
            models.Index(fields=["order"], condition=Q(status=WorkStatus.WAITING), name="deliveries_waiting"),
        ]

    def __str__(self) -> str:
        return f"Delivery of {self.order_id}"
