"""What TikTok changed on an order after it was synced: tagged in Shopify at once, listed until staff saw to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from orders.delivery.states import CHANGE_LABELS
from orders.models.order import Order

CHANGE_CHOICES = [(str(kind), label) for kind, label in CHANGE_LABELS.items()]


class OrderChange(models.Model):
    """One row per order and kind; a further change of the kind opens it again."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes_after_sync")
    kind = models.CharField("change", max_length=20, choices=CHANGE_CHOICES)
    sentence = models.CharField(max_length=500, blank=True)
    noticed_at = models.DateTimeField("noticed")
    tagged_at = models.DateTimeField("tagged in Shopify", null=True)
    next_attempt_at = models.DateTimeField(null=True, help_text="The tag is not tried before")
    trouble = models.TextField(blank=True, help_text="Why the tag could not be added")
    seen_at = models.DateTimeField("seen to", null=True, blank=True)

    class Meta:
        verbose_name = "change after sync"
        verbose_name_plural = "changes after sync"
        ordering = ["-noticed_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="one_row_per_order_and_change")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(tagged_at__isnull=True), name="changes_to_tag"),
            models.Index(fields=["-noticed_at"], condition=Q(seen_at__isnull=True), name="changes_not_seen_to"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
