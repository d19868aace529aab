"""Synced orders that are not delivered yet and that TikTok has been silent about: they are read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.tiktok.statuses import OrderStatus
from orders import connections
from orders.fetching import intake
from orders.models import Order, OrderPayload
from orders.states import DeliveryStatus
from orders.timing import OPEN_FOR_LONGEST, OPEN_ORDER_READ
from settings_app.models import Connection, TikTokShop

FINAL = (str(OrderStatus.COMPLETED), str(OrderStatus.CANCELLED), "CANCEL")


@dataclass(frozen=True)
class Read:
    """Open orders that TikTok was asked for again, and what went wrong in sentences."""

    orders: int = 0
    errors: tuple[str, ...] = ()


def read_open_orders(*, not_heard_for: timedelta = OPEN_ORDER_READ, everything: bool = False) -> Read:
    """Ask TikTok for synced orders that are not delivered and were not heard of for a day, 50 a call.

    One batch per shop and turn, the longest silent first, so that it never crowds out the polls; with `everything`
    all of them.
    """
    before = timezone.now() - not_heard_for
    read, errors = 0, []
    for shop in TikTokShop.objects.filter(paused=False).exclude(connection=Connection.BROKEN).select_related("store"):
        if not everything and shop.backoff_until and shop.backoff_until > timezone.now():
            continue
        silent = _open_orders(shop, before).order_by("payload__received_at")
        ids = list(silent.values_list("tiktok_order_id", flat=True)[: None if everything else intake.MOST_IDS])
        for start in range(0, len(ids), intake.MOST_IDS):
            batch = ids[start : start + intake.MOST_IDS]
            try:
                intake.re_read(shop, batch)
            except ConnectorError as error:
                connections.failed(shop, error)
                errors.append(f"{shop}: {error.sentence}")
                break
            read += len(batch)
            # an order that TikTok no longer gives out must not be first in line for ever
            OrderPayload.objects.filter(
                order__shop=shop, order__tiktok_order_id__in=batch, received_at__lt=before
            ).update(received_at=timezone.now())
    return Read(read, tuple(errors))


def _open_orders(shop: TikTokShop, before: datetime) -> QuerySet[Order]:
    return Order.objects.filter(
        shop=shop,
        shopify_order_id__isnull=False,
        payload__received_at__lt=before,
        fetched_at__gt=timezone.now() - OPEN_FOR_LONGEST,
    ).exclude(Q(delivery_status=DeliveryStatus.DELIVERED) | Q(tiktok_status__in=FINAL))
