"""One try at one effect on Shopify: written and committed before the call, closed once after it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from orders.models.order import Order
from orders.states import OPEN_RESULTS, AttemptResult

RESULT_CHOICES = [
    (str(AttemptResult.STARTED), "Started"),
    (str(AttemptResult.UNKNOWN), "Outcome not known yet"),
    (str(AttemptResult.DONE), "Done"),
    (str(AttemptResult.REFUSED), "Refused"),
    (str(AttemptResult.NOT_SENT), "Not sent"),
    (str(AttemptResult.ABSENT), "Not in Shopify"),
]


class SyncAttempt(models.Model):
    """The write-ahead log. `effect` is "create", later "fulfil:…" and "event:…"; a closed row never changes."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    effect = models.CharField(max_length=200, default="create")
    number = models.PositiveIntegerField()
    token = models.UUIDField(help_text="The claim under which the call was made")
    asked_by = models.CharField(max_length=16, blank=True)
    started_at = models.DateTimeField()
    request = models.JSONField(encoder=DjangoJSONEncoder, help_text="What was sent, personal data masked")
    request_digest = models.CharField(max_length=64, help_text="SHA-256 of what was really sent")
    expected_total = models.DecimalField(max_digits=20, decimal_places=2, null=True)

    result = models.CharField(max_length=16, choices=RESULT_CHOICES, default=AttemptResult.STARTED)
    finished_at = models.DateTimeField(null=True)
    unknown_since = models.DateTimeField(null=True, help_text="From here on nobody could still be sending")
    negatives = models.PositiveSmallIntegerField(default=0, help_text="Look-ups that found nothing")
    first_negative_at = models.DateTimeField(null=True)
    last_negative_at = models.DateTimeField(null=True)
    shopify_gid = models.CharField(max_length=80, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    request_id = models.CharField(max_length=128, blank=True)
    code = models.CharField(max_length=80, blank=True)
    sentence = models.TextField(blank=True)
    answer = models.TextField(blank=True, help_text="What came back, personal data masked")

    class Meta:
        verbose_name = "attempt"
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["started_at"], name="attempts_by_start")]  # Home's chart of errors
        constraints = [
            models.UniqueConstraint(
                fields=["order", "effect"],
                condition=Q(result__in=[str(result) for result in OPEN_RESULTS]),
                name="one_open_attempt",
            ),
            models.UniqueConstraint(fields=["order", "effect", "number"], name="one_attempt_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} #{self.number}"
