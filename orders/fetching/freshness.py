"""No order is created on old news: before orders go out, TikTok is asked again about those not heard of lately."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from connectors.errors import ConnectorError, NotSent
from orders import connections
from orders.fetching import intake
from orders.models import Order
from orders.states import SyncStatus
from orders.timing import TIKTOK_WORD_FRESH
from settings_app.models import Connection, TikTokShop

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER = timedelta(minutes=2)
"""Polls bring changes within a minute or so; only older rows are worth a call."""

TRY_AGAIN_AFTER = timedelta(seconds=30)

RESTS = "rests"


def ensure(order_pks: Sequence[int]) -> list[int]:
    """Re-read old rows (50 orders a call); returns the orders whose news is fresh enough to be created from.

    While TikTok does not answer, an order still goes when its shop was polled within ten minutes: the poll would
    have brought a cancellation. Otherwise it stays queued and is looked at again shortly.
    """
    now = timezone.now()
    old: defaultdict[TikTokShop, list[Order]] = defaultdict(list)
    rows = Order.objects.filter(pk__in=order_pks).select_related("shop__store")
    for order in rows.filter(payload__received_at__lt=now - ASK_AGAIN_AFTER):
        old[order.shop].append(order)
    stale: set[int] = set()
    for shop, orders in old.items():
        try:
            if connections.resting_until(shop) or shop.connection == Connection.BROKEN:
                raise NotSent("the shop rests after failures, or must be reconnected", code=RESTS)
            intake.re_read(shop, [order.tiktok_order_id for order in orders])
        except ConnectorError as error:
            log.warning("orders of %s could not be read again: %s", shop, error.sentence)
            if error.code != RESTS:
                connections.failed(shop, error)
            if shop.last_polled_at is None or now - shop.last_polled_at > TIKTOK_WORD_FRESH:
                stale |= {order.pk for order in orders}
    message = "TikTok does not say how the order stands now; it is asked again before anything is sent."
    Order.objects.filter(pk__in=stale, sync_status=SyncStatus.QUEUED).update(
        next_attempt_at=now + TRY_AGAIN_AFTER, nudged_until=None, message=message
    )
    return [pk for pk in order_pks if pk not in stale]
