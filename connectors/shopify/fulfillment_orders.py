"""Which orders fulfilment orders belong to: Shopify's events about them name only themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.shopify import costs, failures, reading
from connectors.shopify.client import ShopifyClient

_GID = re.compile(r"gid://shopify/FulfillmentOrder/\d{1,20}")

AT_ONCE = 100


def order_gids(client: ShopifyClient, gids: Iterable[str]) -> dict[str, str]:
    """Fulfilment order → order, without those that are gone or that this app is not shown.

    One request for a hundred. Raises the family of `connectors.errors`.
    """
    asked = [gid for gid in dict.fromkeys(gids) if _GID.fullmatch(gid)]  # one odd id would have all of them refused
    found: dict[str, str] = {}
    for start in range(0, len(asked), AT_ONCE):
        batch = asked[start : start + AT_ONCE]
        cost = costs.fulfillment_orders_by_ids(len(batch))
        result = client.run("fulfillment_orders_by_ids", {"ids": batch}, cost=cost)
        if result.errors:
            raise failures.partial(result.errors, "read the fulfilment orders", request_id=result.request_id)
        for raw in reading.entries(result.data, "nodes"):
            found[reading.text(raw.get("id"))] = reading.text(raw.get("orderId"))
    return found
