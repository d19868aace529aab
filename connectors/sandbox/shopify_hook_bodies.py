"""What a webhook says: the REST form of an order, a fulfilment, a product or a shop, cut to the fields asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.shopify_shop import Shop, gid

Document = dict[str, Any]

NAMES: Mapping[str, str] = {
    "APP_UNINSTALLED": "app/uninstalled",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_DELETE": "orders/delete",
    "FULFILLMENTS_CREATE": "fulfillments/create",
    "PRODUCTS_UPDATE": "products/update",
    "PRODUCTS_DELETE": "products/delete",
    "FULFILLMENT_ORDERS_HOLD_RELEASED": "fulfillment_orders/hold_released",
    "FULFILLMENT_ORDERS_MOVED": "fulfillment_orders/moved",
    "FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY": "fulfillment_orders/scheduled_fulfillment_order_ready",
}
"""WebhookSubscriptionTopic -> X-Shopify-Topic, for what this stand-in tells."""


def only(body: Document, fields: Sequence[str]) -> Document:
    """`fields` as in includeFields: names, or `part.name` for one name of an object or of each entry of a list.

    None named: everything.
    """
    if not fields:
        return body
    kept: Document = {}
    for name in fields:
        head, _, tail = name.partition(".")
        if head not in body:
            continue
        if not tail:
            kept[head] = body[head]
            continue
        if isinstance(body[head], dict):
            kept.setdefault(head, {})[tail] = body[head].get(tail)
            continue
        rows = kept.setdefault(head, [{} for _ in body[head]])
        for row, whole in zip(rows, body[head], strict=True):
            row[tail] = whole.get(tail)
    return kept


def order(kept: Document) -> Document:
    cancellation = kept["cancellation"] or {}
    return {
        "id": int(kept["number_id"]),
        "admin_graphql_api_id": gid("Order", kept["number_id"]),
        "name": kept["name"],
        "source_identifier": kept["sourceIdentifier"],
        "created_at": kept["createdAt"],
        "updated_at": kept["updatedAt"],
        "cancelled_at": cancellation.get("at"),
        "cancel_reason": str(cancellation.get("reason") or "").lower() or None,
        "email": kept["email"],
        "note": kept["note"],
        "tags": ", ".join(kept["tags"]),
        "shipping_address": kept["shippingAddress"],
    }


def fulfillment(kept: Document, made: Document) -> Document:
    tracking = (made["tracking"] or [{}])[0]
    return {
        "id": int(made["number_id"]),
        "admin_graphql_api_id": gid("Fulfillment", made["number_id"]),
        "order_id": int(kept["number_id"]),
        "name": made["name"],
        "status": made["status"].lower(),
        "created_at": made["createdAt"],
        "tracking_company": tracking.get("company"),
        "tracking_number": tracking.get("number"),
        "email": kept["email"],
        "line_items": [{"id": int(part["line_id"]), "quantity": part["quantity"]} for part in made["lines"]],
    }


def fulfillment_order(entry: Document) -> Document:
    """As events tell it: neither the order nor its number."""
    return {"id": gid("FulfillmentOrder", entry["number_id"]), "status": entry["status"].lower(), "preparable": True}


def product(shop: Shop, number: str) -> Document:
    variants = [entry for entry in shop.variants() if entry["product_id"] == number]
    return {
        "id": int(number),
        "admin_graphql_api_id": gid("Product", number),
        "title": variants[0]["product_title"] if variants else "",
        "variants": [
            {"id": int(entry["number_id"]), "sku": entry["sku"], "price": entry["price"], "title": entry["title"]}
            for entry in variants
        ],
    }


def store(shop: Shop) -> Document:
    return {"id": 70000000001, "name": shop.domain.partition(".")[0], "myshopify_domain": shop.domain}
