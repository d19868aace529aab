"""Whether webhooks arrive: never arrived is another trouble than arriving with a wrong signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from connectors.tiktok.statuses import OrderStatus
from orders.models import Order, WebhookEvent, WebhookRefusals
from settings_app.models import ShopifyStore, TikTokShop

TITLES = {
    "orders/cancelled": "Cancelled in Shopify, but TikTok still waits for its delivery",
    "customers/data_request": "A customer asks what is stored about them",
    "7": "TikTok's permission ends soon",
}
"""By topic or type number, what a message is about."""


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
    return list(_for_staff().order_by("pk")[:50])


def kinds_for_staff() -> dict[str, int]:
    """How many wait, by kind."""
    return dict(_for_staff().order_by("kind").values_list("kind").annotate(count=Count("pk")))


def title_of(kind: str) -> str:
    return TITLES.get(kind, "A message needs a person")


def close_settled() -> int:
    """An order that TikTok cancelled too since then waits for nobody."""
    closed = 0
    for event in _for_staff().filter(kind="orders/cancelled"):
        gid = f"gid://shopify/Order/{event.data.get('id')}"
        settled = Order.objects.filter(store__domain__iexact=event.sender, shopify_order_id=gid)
        if settled.filter(tiktok_status=str(OrderStatus.CANCELLED)).exists():
            closed += seen_to(event.pk)
    return closed


def _for_staff() -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(status=WebhookEvent.Status.FOR_STAFF)


def seen_to(event_pk: int) -> bool:
    """A person has seen to it."""
    done = {"status": WebhookEvent.Status.DONE, "done_at": timezone.now()}
    return bool(_for_staff().filter(pk=event_pk).update(**done))
