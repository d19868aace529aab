"""A vendor's signed message, stored once and worked later; it is a hint to look again, never the news itself."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class WebhookEvent(models.Model):
    class Source(models.TextChoices):
        TIKTOK = "tiktok", "TikTok Shop"
        SHOPIFY = "shopify", "Shopify"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        IGNORED = "ignored", "Nothing to do"
        FOR_STAFF = "for_staff", "Needs a person"
        FAILED = "failed", "Given up"

    source = models.CharField(max_length=16, choices=Source)
    event_id = models.CharField(max_length=128, help_text="What tells a repetition: the vendor's id of this delivery")
    other_id = models.CharField(max_length=128, blank=True, help_text="Shopify's id of the event behind it")
    kind = models.CharField(max_length=64, help_text="TikTok's type number or Shopify's topic")
    sender = models.CharField(max_length=255, help_text="TikTok's shop id or the store's domain")
    data = models.JSONField(encoder=DjangoJSONEncoder, help_text="Ids and times only, nobody's personal data")
    happened_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    note = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    claim_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook"
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="one_row_per_webhook")]
        indexes = [
            # the inbox: what waits, by sender
            models.Index(fields=["source", "sender", "id"], condition=Q(status="waiting"), name="webhooks_waiting"),
            models.Index(fields=["source", "sender", "-received_at"], name="webhooks_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.kind}"


class WebhookRefusals(models.Model):
    """How many messages came with a wrong signature; their content is kept nowhere."""

    source = models.CharField(max_length=16, choices=WebhookEvent.Source, primary_key=True)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} refused from {self.get_source_display()}"
