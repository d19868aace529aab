"""What each document will cost, in points of Shopify's query budget: taken from our bucket before it is sent.

Shopify publishes the rules of thumb only (object 1, connection by its size, mutation 10); the growth with the size of a
connection is fitted to recorded answers. The true figure comes back with every answer and corrects the bucket.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

MUTATION = 10

STANDARD_CAPACITY = 2000.0
STANDARD_RATE = 100.0
"""Points a second on the smallest plan: assumed until a store has told its own."""


def connection(first: int, node: int) -> int:
    """A connection of up to `first` nodes, each costing `node`."""
    return 2 + math.floor(max(1.0, 2 * math.log(first)) * node)


MARKED_ORDER = 3
"""An order with its custom attributes and its metafield."""

VARIANT = 2
"""A variant with its product."""

PAGE = 250


def order_create(lines: int) -> int:
    return MUTATION + 1 + connection(lines, 2)


def orders_look_up(orders: int) -> int:
    return 2 * connection(PAGE, MARKED_ORDER) + orders * MARKED_ORDER


def orders_by_ids(ids: int) -> int:
    """As `variants_by_ids`."""
    return ids * MARKED_ORDER


def order_fulfillment_orders(orders: int, lines: int) -> int:
    order_line = 2
    fulfillment_order = 4 + connection(lines, 3)
    fulfillment = 2 + connection(lines, 2) + connection(20, 1)
    return 1 + connection(lines, order_line) + connection(orders, fulfillment_order) + fulfillment


def variants_by_ids(ids: int) -> int:
    """Shopify's docs do not say how lists by id are billed: counted in full, and given back if it was less."""
    return ids * VARIANT


def fulfillment_orders_by_ids(ids: int) -> int:
    return ids


COSTS: Mapping[str, int] = {
    "order_create": order_create(3),
    "order_read": MARKED_ORDER,
    "order_by_custom_id": MARKED_ORDER,
    "orders_search": connection(PAGE, MARKED_ORDER),
    "orders_by_ids": orders_by_ids(50),
    "orders_look_up": orders_look_up(50),
    "order_id_definition_create": MUTATION,
    "order_id_definition_read": 2,
    "tags_add": MUTATION,
    "order_fulfillment_orders": order_fulfillment_orders(5, 20),
    "fulfillment_orders_by_ids": fulfillment_orders_by_ids(100),
    "fulfillment_read": 1 + connection(20, 1),
    "fulfillment_create": MUTATION,
    "fulfillment_event_create": MUTATION,
    "fulfillment_tracking_update": MUTATION,
    "variants_search": connection(PAGE, VARIANT),
    "variants_by_ids": variants_by_ids(250),
    "shop_info": 4,
    "locations": connection(100, 1),
    "webhook_subscriptions": connection(100, 1),
    "webhook_subscription_create": MUTATION,
}
"""Every document at its usual size."""
