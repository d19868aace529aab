"""What a failed call means for a whole shop or store: it backs off as one, or it is broken until somebody mends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from connectors.errors import ConnectorError, Throttled, Unauthorized
from orders import claims
from orders.models import Order
from orders.states import SyncStatus
from orders.timing import FIRST_BACKOFF, LONGEST_BACKOFF
from settings_app.models import Connection, ShopifyStore, TikTokShop


def failed(side: ShopifyStore | TikTokShop, error: ConnectorError) -> timedelta:
    """Note a failed call; returns how long this side rests. Broken connections rest until they are mended."""
    rows: Any = type(side)._default_manager.filter(pk=side.pk)
    now = timezone.now()
    if isinstance(error, Unauthorized):
        rows.update(connection=Connection.BROKEN, connection_error=error.sentence)
        if isinstance(side, ShopifyStore):
            _block_waiting(side, error.sentence)
        return LONGEST_BACKOFF
    if isinstance(error, Throttled):
        asked = timedelta(seconds=min(error.wait, LONGEST_BACKOFF.total_seconds()))
        _rest_until(rows, now + asked)
        return asked
    side.refresh_from_db(fields=["backoff_step", "backoff_until"])
    rest: timedelta = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(side.backoff_step, 10))
    if side.backoff_until is None or side.backoff_until <= now:
        # a burst of failures at one moment is one step, not twenty
        rows.filter(backoff_step=side.backoff_step).update(backoff_step=F("backoff_step") + 1, backoff_until=now + rest)
    return rest


def _rest_until(rows: Any, until: object) -> None:
    rows.filter(Q(backoff_until__isnull=True) | Q(backoff_until__lt=until)).update(backoff_until=until)


def worked(side: ShopifyStore | TikTokShop) -> None:
    """A call went through: the back-off is over."""
    if side.backoff_step or side.backoff_until:
        type(side)._default_manager.filter(pk=side.pk).update(backoff_step=0, backoff_until=None)


def mended(side: ShopifyStore | TikTokShop) -> int:
    """The connection stands again; returns how many orders that frees."""
    type(side)._default_manager.filter(pk=side.pk).update(
        connection=Connection.CONNECTED, connection_error="", backoff_step=0, backoff_until=None
    )
    if isinstance(side, ShopifyStore):
        return claims.release(Order.objects.filter(store=side, reason="shopify_connection"))
    return 0


def _block_waiting(store: ShopifyStore, sentence: str) -> None:
    Order.objects.filter(store=store, sync_status=SyncStatus.QUEUED).update(
        sync_status=SyncStatus.BLOCKED,
        reason="shopify_connection",
        message=sentence,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )
