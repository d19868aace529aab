"""Redis as a second witness of what was sent: a database that failed over may have lost its last commits.

The attempt in the database is what counts. Only where that is gone does this word make an order be looked for instead
of sent again; without Redis nothing is remembered here, and nothing else changes.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from orders import broker
from orders.models import Order, SyncAttempt

REMEMBERS = timedelta(hours=1)
"""Longer than a look in Shopify is trusted (`LOOK_FRESH`): an order that was sent earlier is looked for anyway."""


def sending(order: Order, token: uuid.UUID) -> None:
    """Its attempt is committed, and the call goes out now."""
    broker.remember(_name(order), str(token), REMEMBERS)


def lost_attempt(order: Order) -> uuid.UUID | None:
    """The token of an attempt that was sent and that the database knows no more."""
    said = broker.recall(_name(order))
    token = uuid.UUID(said) if said else None
    return token if token and not SyncAttempt.objects.filter(order=order, token=token).exists() else None


def _name(order: Order) -> str:
    """By the vendors' own names, for a database that was put back may give its row another number; and by the moment
    the store was connected, for a database that was begun anew beside an old Redis has sent nothing yet."""
    begun = order.store.created_at.timestamp()
    return f"orderbridge:sent:{order.store.domain}:{begun}:{order.shop.shop_id}:{order.tiktok_order_id}"
