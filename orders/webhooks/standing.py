"""Whether webhooks arrive: never arrived is another trouble than arriving with a wrong signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Max

from orders.models import WebhookEvent, WebhookRefusals
from settings_app.models import ShopifyStore, TikTokShop


class Standing(StrEnum):
    ARRIVE = "arrive"
    NOT_REGISTERED = "not registered"
    NEVER_ARRIVED = "never arrived"
    FAIL_SIGNATURE = "arrive but fail their signature"


@dataclass(frozen=True)
class Webhooks:
    """`sentence` is for people; `last_at` is when the last good one came."""

    standing: Standing
    sentence: str
    last_at: datetime | None


def of(side: TikTokShop | ShopifyStore) -> Webhooks:
    """How the webhooks of this shop or store do. Refused ones are known by vendor only: who cannot sign has no name."""
    is_shop = isinstance(side, TikTokShop)
    source = WebhookEvent.Source.TIKTOK if is_shop else WebhookEvent.Source.SHOPIFY
    sender = side.shop_id if isinstance(side, TikTokShop) else side.domain.lower()
    last = WebhookEvent.objects.filter(source=source, sender=sender).aggregate(last=Max("received_at"))["last"]
    refused = WebhookRefusals.objects.filter(source=source).first()
    secret = "TIKTOK_SHOP_APP_SECRET" if is_shop else "the client secret (SHOPIFY_CLIENT_SECRET, or the store's own)"
    if refused is not None and (last is None or refused.last_at > last):
        return Webhooks(
            Standing.FAIL_SIGNATURE,
            f"Webhooks arrive but fail their signature ({refused.count} so far): check that {secret} is that of the "
            "app which sends them. Orders come by polls meanwhile.",
            last,
        )
    if side.webhooks_problem:
        return Webhooks(Standing.NOT_REGISTERED, side.webhooks_problem, last)
    if last is None:
        return Webhooks(Standing.NEVER_ARRIVED, "No webhook has arrived yet. Orders come by polls meanwhile.", None)
    return Webhooks(Standing.ARRIVE, "Webhooks arrive.", last)


def for_staff() -> list[WebhookEvent]:
    """Messages that a person has to answer, the oldest first: requests for data, orders cancelled in Shopify."""
    return list(WebhookEvent.objects.filter(status=WebhookEvent.Status.FOR_STAFF).order_by("pk")[:50])


def seen_to(event_pk: int) -> bool:
    """A person has seen to it."""
    waiting = WebhookEvent.objects.filter(pk=event_pk, status=WebhookEvent.Status.FOR_STAFF)
    return bool(waiting.update(status=WebhookEvent.Status.DONE))
