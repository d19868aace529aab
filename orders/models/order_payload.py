"""TikTok's own answer for an order, whole; one-to-one, so that no list ever carries it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from orders.models.order import Order


class OrderPayload(models.Model):
    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="payload")
    raw = models.JSONField(encoder=DjangoJSONEncoder)  # Decimals become text, as TikTok itself sends money
    digest = models.CharField(max_length=64, help_text="SHA-256 of the raw answer: tells news from repetition")
    received_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, help_text="Since then the buyer is in it no more, nor in later answers")
    address_sent = models.JSONField(
        null=True, help_text="TikTok's address before it was changed after the sync; goes with the buyer"
    )

    class Meta:
        permissions = [("view_personal_data", "Can see buyers' names, addresses and raw TikTok data")]

    def __str__(self) -> str:
        return f"TikTok data of {self.order_id}"
