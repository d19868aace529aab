"""The store itself: its name, currency, what the app may do there, and its locations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import BadAnswer
from connectors.shopify import reading
from connectors.shopify.client import ShopifyClient

NEEDED_SCOPES = (
    "read_orders",
    "write_orders",
    "read_products",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_fulfillments",
)
"""The least that our documents need. Customers are written inside orders; whether that needs write_customers is
not known, so it is asked for at consent but its absence is no fault."""

WANTED_SCOPES = (*NEEDED_SCOPES, "read_customers", "write_customers")

_SMALL_STORE_PLANS = frozenset({"Development", "Trial", "Plus Trial"})

MOST_LOCATION_PAGES = 10


@dataclass(frozen=True)
class ShopInfo:
    """`development`: Shopify takes only five new orders a minute there. `served_version` differs from the client's
    when Shopify no longer serves the version asked for.
    """

    gid: str
    name: str
    domain: str
    currency: str
    scopes: frozenset[str]
    development: bool
    served_version: str


@dataclass(frozen=True)
class Location:
    gid: str
    name: str
    is_active: bool
    fulfills_online_orders: bool


def shop_info(client: ShopifyClient) -> ShopInfo:
    """Raises BadAnswer when the store does not tell its name and currency."""
    result = client.run("shop_info", {})
    shop = reading.entry(result.data, "shop")
    plan = reading.entry(shop, "plan")
    installation = reading.entry(result.data, "currentAppInstallation")
    if not shop.get("myshopifyDomain") or not shop.get("currencyCode"):
        raise BadAnswer("Shopify did not tell the store's name and currency", code="no_shop")
    return ShopInfo(
        gid=reading.text(shop.get("id")),
        name=reading.text(shop.get("name")),
        domain=reading.text(shop.get("myshopifyDomain")),
        currency=reading.text(shop.get("currencyCode")),
        scopes=frozenset(reading.text(scope.get("handle")) for scope in reading.entries(installation, "accessScopes")),
        development=bool(plan.get("partnerDevelopment")) or plan.get("publicDisplayName") in _SMALL_STORE_PLANS,
        served_version=result.served_version,
    )


def missing_scopes(granted: Iterable[str]) -> tuple[str, ...]:
    """What the app still needs; a write scope carries its read scope."""
    has = set(granted)
    has |= {scope.replace("write_", "read_", 1) for scope in has if scope.startswith("write_")}
    return tuple(scope for scope in NEEDED_SCOPES if scope not in has)


def locations(client: ShopifyClient) -> tuple[Location, ...]:
    """All locations of the store."""
    found: list[Location] = []
    after: str | None = None
    for _ in range(MOST_LOCATION_PAGES):
        result = client.run("locations", {"first": 100, "after": after})
        found += [
            Location(
                gid=reading.text(raw.get("id")),
                name=reading.text(raw.get("name")),
                is_active=bool(raw.get("isActive")),
                fulfills_online_orders=bool(raw.get("fulfillsOnlineOrders")),
            )
            for raw in reading.entries(result.data, "locations")
        ]
        if not reading.has_more(result.data, "locations"):
            break
        after = reading.text(reading.entry(reading.entry(result.data, "locations"), "pageInfo").get("endCursor"))
    return tuple(found)
