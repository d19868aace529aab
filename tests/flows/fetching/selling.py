"""Orders that TikTok has, and how a fetch gets at them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.tiktok.client import OrderPage, TikTokClient
from orders.fetching import intake
from orders.models import Order
from tests.factories import raw_order
from tests.flows.conftest import Road

Search = Callable[..., OrderPage]


def sold(road: Road, number: int, *, seconds_ago: float = 60, first: int = 0, **changes: Any) -> list[str]:
    """Orders on TikTok, the last change of each a second after the one before."""
    start = int((timezone.now() - timedelta(seconds=seconds_ago)).timestamp())
    raws = [
        raw_order(f"5764614130390{first + n:05d}", update_time=start + n, create_time=start + n, **changes)
        for n in range(number)
    ]
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": raws})
    return [str(raw["id"]) for raw in raws]


def fetch(road: Road) -> intake.Fetched:
    return intake.fetch(road.shop.pk, by_hand=True)


def stored() -> set[str]:
    return set(Order.objects.values_list("tiktok_order_id", flat=True))


def small_pages(monkeypatch: pytest.MonkeyPatch, between: Callable[[int], None] = lambda page: None) -> list[Any]:
    """Pages of ten, and something that happens after each of them that has orders."""
    real: Search = TikTokClient.search_orders
    windows: list[Any] = []
    full: list[OrderPage] = []

    def search(self: TikTokClient, start: Any, until: Any, page_token: str = "") -> OrderPage:
        page = real(self, start, until, page_token=page_token, page_size=10)
        windows.append((start, until))
        if page.orders:
            full.append(page)
            between(len(full))
        return page

    monkeypatch.setattr(TikTokClient, "search_orders", search)
    return windows
