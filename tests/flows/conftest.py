"""A connected pair of sandbox shops, as every flow needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders import claims
from orders.fetching import storing
from orders.models import Order
from orders.states import AskedBy
from settings_app.models import SyncSettings, TikTokShop
from settings_app.rules import Rules
from tests.factories import LinkFactory, ShopFactory, raw_order
from tests.flows import consents
from tests.flows.every_address import places, quick
from tests.flows.people import client_of
from tests.flows.programs import Told
from tests.sandboxes import Sandbox

__all__ = ["Road", "manager", "places", "queued", "quick", "road", "vendors"]

SETTLE_SECONDS = 2
"""Long enough for the search and for what a fault lets land a second late; production waits 15 minutes."""


@dataclass
class Road:
    """Both vendors with one connected shop; `shopify.state()` is what a merchant would see."""

    shop: TikTokShop
    tiktok: Sandbox
    shopify: Sandbox

    def stored(self, *raws: dict[str, Any], linked: bool = True) -> list[Order]:
        """Orders as a poll would leave them, with their items linked to sandbox variants."""
        self.tiktok.post("/_sandbox/orders", {"shop_id": self.shop.shop_id, "orders": list(raws)})
        storing.store(self.shop, raws, Rules())
        if linked:
            self.link()
        return list(Order.objects.filter(shop=self.shop).order_by("tiktok_order_id"))

    def link(self) -> None:
        variant = self.variant("SOAP-LAV")
        sku_id = raw_order()["line_items"][0]["sku_id"]
        if not self.shop.links.filter(sku_id=sku_id).exists():
            LinkFactory.create(shop=self.shop, sku_id=sku_id, variant_gid=variant, shopify_sku="SOAP-LAV")

    def variant(self, sku: str) -> str:
        answer = self.shopify.post(
            "/_sandbox/products",
            {"store": self.shop.store.domain, "products": [{"title": sku.title(), "sku": sku, "price": "20.00"}]},
        )
        return str(answer["variants"][0]["id"])

    def shopify_orders(self) -> list[dict[str, Any]]:
        return list(self.shopify.state()["orders"])


@pytest.fixture
def road(db: None, redis_url: str, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, settings: Any) -> Road:
    shop = ShopFactory.create()
    SyncSettings.objects.create(shop=shop)
    settings.VERIFY_SETTLE_SECONDS = SETTLE_SECONDS
    tiktok_sandbox.post(
        "/_sandbox/shops",
        {
            "id": shop.shop_id,
            "name": shop.name,
            "cipher": shop.cipher,
            "access_token": shop.access_token,
            "refresh_token": shop.refresh_token,
        },
    )
    return Road(shop, tiktok_sandbox, shopify_sandbox)


@pytest.fixture
def queued(road: Road) -> Callable[..., Order]:
    """A queued order with a linked item."""

    def make(order_id: str = "576461413038785752", **changes: Any) -> Order:
        [order] = [row for row in road.stored(raw_order(order_id, **changes)) if row.tiktok_order_id == order_id]
        claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
        order.refresh_from_db()
        return order

    return make


@pytest.fixture
def vendors(db: None, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, settings: Any) -> tuple[Sandbox, Sandbox]:
    settings.TIKTOK_SHOP_AUTHORIZE_URL = f"{tiktok_sandbox.url}/open/authorize"
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    tiktok_sandbox.post("/_sandbox/shops", {"id": consents.US, "name": "Soap US"})
    tiktok_sandbox.post("/_sandbox/shops", {"id": consents.OTHER, "name": "Soap GB", "region": "GB"})
    return tiktok_sandbox, shopify_sandbox


@pytest.fixture
def manager(db: None) -> Client:
    return client_of(User.objects.create_superuser("manager", password="long enough"))


@pytest.fixture
def connect(
    vendors: tuple[Sandbox, Sandbox], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[object], Told]:
    """`connect_store` with such a document, at vendors that gave its tokens."""
    vendors[0].post("/_sandbox/shops", {"id": consents.US, "access_token": "TTP_given", "refresh_token": "TTR_given"})
    return lambda given: Told(monkeypatch, "connect_store", given=given)
