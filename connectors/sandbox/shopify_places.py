"""Where a store's goods lie, and which of its fulfilment orders an app may see or change."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from graphql import GraphQLError

from connectors.sandbox.shopify_errors import failure
from connectors.sandbox.shopify_shop import MAIN_LOCATION, Shop

Document = dict[str, Any]

KINDS = ("assigned", "merchant_managed", "third_party")

NEEDED = {
    "fulfillmentOrders": tuple(f"read_{kind}_fulfillment_orders" for kind in KINDS),
    "fulfillmentCreate": tuple(f"write_{kind}_fulfillment_orders" for kind in KINDS),
    "fulfillmentTrackingInfoUpdate": tuple(f"write_{kind}_fulfillment_orders" for kind in KINDS),
    "fulfillmentEventCreate": ("write_fulfillments",),
}
"""Field → scopes of which one is enough, as the schema's requiredAccess names them."""


def place_of(name: str, *, service: bool = False) -> Document:
    """A location by its name: equal names are one place. `service`: another app's fulfilment service ships there."""
    if name == MAIN_LOCATION["name"]:
        return dict(MAIN_LOCATION)
    place: Document = {"id": str(90000000002 + crc32(name.encode()) % 10**9), "name": name}
    return place | {"service": True} if service else place


def places_of_units(
    shop: Shop, sku: str | None, location: Document | None, quantity: int
) -> list[tuple[Document, int]]:
    """(place, units) of one order line: where the store keeps the SKU, else the variant's place, else the main one."""
    kept = shop.table("places").get(str(sku)) if sku else None
    chosen = kept["locations"] if kept else [location or MAIN_LOCATION]
    shares = [(place, quantity // len(chosen) + (at < quantity % len(chosen))) for at, place in enumerate(chosen)]
    return [(place, units) for place, units in shares if units]


def denied(shop: Shop, field: str) -> GraphQLError | None:
    """Shopify's refusal of a field that the app has no scope for."""
    needed = NEEDED.get(field)
    if needed is None or _granted(shop) & set(needed):
        return None
    quoted = [f"`{scope}`" for scope in needed]
    access = " or ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part) + " access scope."
    return failure(
        f"Access denied for {field} field. Required access: {access}",
        "ACCESS_DENIED",
        documentation="https://shopify.dev/api/usage/access-scopes",
        requiredAccess=access,
    )


def may_see(shop: Shop, entry: Document) -> bool:
    """Without the scope for its kind a fulfilment order is left out, and nothing says so."""
    kind = "third_party" if entry["location"].get("service") else "merchant_managed"
    return f"read_{kind}_fulfillment_orders" in _granted(shop)


def _granted(shop: Shop) -> set[str]:
    scopes = {scope.strip() for scope in shop.flags.scopes.split(",")}
    return scopes | {scope.replace("write_", "read_", 1) for scope in scopes if scope.startswith("write_")}
