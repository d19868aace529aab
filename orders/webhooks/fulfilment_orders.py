"""Shopify lets goods go that stood still: a hold is released, another place ships them, their day has come."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import ConnectorError, Unauthorized
from connectors.shopify import fulfillment_orders
from orders import connections
from orders.delivery import claims as delivery_claims
from orders.delivery.states import WorkStatus
from orders.models import DeliveryWork, Order, WebhookEvent
from orders.webhooks.notes import Note
from settings_app import clients
from settings_app.models import ShopifyStore

KINDS = frozenset(
    {
        "fulfillment_orders/hold_released",
        "fulfillment_orders/moved",
        "fulfillment_orders/scheduled_fulfillment_order_ready",
    }
)

MAY_BE_TOLD = (WorkStatus.STANDING_STILL, WorkStatus.CLAIMED)
"""A claimed one may have looked at the hold a moment before it was released."""


def notes(store: ShopifyStore, events: Sequence[WebhookEvent]) -> dict[int, Note]:
    """By event. Shopify is asked whose they are, once for all, and only while a delivery of the store waits.

    Raises ConnectorError when Shopify cannot be asked now.
    """
    waiting = DeliveryWork.objects.filter(order__store=store, status__in=MAY_BE_TOLD)
    if not events or not waiting.exists():
        return {event.pk: Note.ignored("No delivery of this store stands still.") for event in events}
    named = {event.pk: [str(gid) for gid in event.data.get("fulfillment_orders", [])] for event in events}
    try:
        owners = fulfillment_orders.order_gids(clients.shopify(store), [gid for gids in named.values() for gid in gids])
    except Unauthorized as error:
        if error.code != "ACCESS_DENIED":
            connections.failed(store, error)
            raise
        # orders go on without that access, and deliveries are looked at again in any case
        return {event.pk: Note.ignored(error.sentence) for event in events}
    except ConnectorError as error:
        connections.failed(store, error)
        raise
    found = Order.objects.filter(store=store, shopify_order_id__in=owners.values(), delivery_work__in=waiting)
    pks = dict(found.values_list("shopify_order_id", "pk"))
    delivery_claims.note_news(pks.values())
    return {pk: _note(any(owners.get(gid) in pks for gid in gids)) for pk, gids in named.items()}


def _note(is_ours: bool) -> Note:
    if is_ours:
        return Note.done("The delivery of the order is looked at again.")
    return Note.ignored("No delivery of the order stands still.")
