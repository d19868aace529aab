"""`GET /_sandbox/state`: everything the sandbox knows, for tests and acceptance programs to compare."""

from __future__ import annotations

from collections import Counter
from typing import Any

from connectors.sandbox.shopify_shop import Shop, gid


def state(shops: dict[str, Shop], domain: str = "") -> dict[str, Any]:
    """`orders` newest last, `counts`, `duplicates` (source identifier → order names, more than one), `stores`."""
    chosen = {name: shop for name, shop in shops.items() if domain in ("", name)}
    orders = [_order(order) for shop in chosen.values() for order in shop.orders.values()]
    return {
        "counts": {
            "orders": len(orders),
            "fulfillments": sum(len(order["fulfillments"]) for order in orders),
            "events": sum(len(made["events"]) for order in orders for made in order["fulfillments"]),
            "by_financial_status": Counter(str(order["financialStatus"]) for order in orders),
            "by_fulfillment_status": Counter(order["fulfillmentStatus"] for order in orders),
        },
        "duplicates": _duplicates(orders),
        "orders": orders,
        "stores": {name: _store(shop) for name, shop in chosen.items()},
    }


def _order(order: dict[str, Any]) -> dict[str, Any]:
    return {"id": gid("Order", order["number_id"]), **order}


def _duplicates(orders: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Two orders of one store that carry one TikTok order id."""
    seen: dict[tuple[str, str], list[str]] = {}
    for order in orders:
        if order["sourceIdentifier"]:
            seen.setdefault((order["store"], order["sourceIdentifier"]), []).append(order["name"])
    return {source: names for (_, source), names in seen.items() if len(names) > 1}


def _store(shop: Shop) -> dict[str, Any]:
    return {
        "orders": len(shop.orders),
        "metafield_definitions": list(shop.definitions.values()),
        "webhooks": list(shop.table("webhooks").values()),
        "customers": list(shop.table("customers").values()),
        "inventory": {
            gid("ProductVariant", variant["number_id"]): {"sku": variant["sku"], "available": shop.stock(variant)}
            for variant in shop.variants()
        },
    }
