"""Rows and people for the pages of orders; the broker is left out."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders import tasks
from orders.fetching import storing
from orders.fetching.intake import rules_of
from orders.models import Order, OrderItem
from orders.states import SyncStatus
from settings_app.models import ShopifyStore, TikTokShop
from tests.flows.orders_pages.people import us_order
from tests.flows.people import client_with


@pytest.fixture
def shop() -> TikTokShop:
    store = ShopifyStore.objects.create(domain="soap.myshopify.com", name="Soap", access_token="t")
    return TikTokShop.objects.create(shop_id="7495", name="Soap & Suds", store=store, access_token="t", cipher="c")


@pytest.fixture
def order(shop: TikTokShop) -> Callable[..., Order]:
    def make(status: SyncStatus = SyncStatus.NOT_SYNCED, **values: Any) -> Order:
        number = Order.objects.count() + 1
        made = Order.objects.create(
            shop=shop,
            store=shop.store,
            tiktok_order_id=values.pop("tiktok_order_id", f"57690000000{number:07d}"),
            tiktok_status="AWAITING_SHIPMENT",
            placed_at=timezone.now() - timedelta(hours=number),
            total="12.34",
            currency="USD",
            sync_status=status,
            **values,
        )
        OrderItem.objects.create(order=made, line_id="1", seller_sku=f"SOAP-{number}", title="Soap", price="12.34")
        return made

    return make


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The broker is left out: what matters is the row, messages are only nudges."""
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks, "publish", lambda task, *args, **_: bool(sent.append((task, *args))) or True)
    return sent


@pytest.fixture
def client_of() -> Callable[..., Client]:
    return client_with


@pytest.fixture
def operator(client_of: Callable[..., Client]) -> Client:
    return client_of("view_order", "sync_order", "ignore_order", "review_order")


@pytest.fixture
def real(shop: TikTokShop) -> Order:
    storing.store(shop, [us_order(random.Random(3))], rules_of(shop))
    return Order.objects.get()
