"""Tokens that end: how often they were renewed, who comes in meanwhile, and what goes on with the new one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from connectors.errors import Throttled
from orders import creation
from orders.models import Order
from settings_app import clients
from settings_app.models import ShopifyStore, TikTokShop
from tests.flows.conftest import Road

REFRESH = "/api/v2/token/refresh"


def ends_soon(shop: TikTokShop, **left: int) -> TikTokShop:
    """The shop's token has only so much life left."""
    ends = timezone.now() + timedelta(**left)
    TikTokShop.objects.filter(authorization_key=shop.authorization_key).update(access_token_expires_at=ends)
    return TikTokShop.objects.select_related("store").get(pk=shop.pk)


def eight_at_once(renew: Callable[[], object]) -> None:
    """Eight workers renew at the same moment; who is told to come again is told right."""
    start = threading.Barrier(8, timeout=20)

    def run() -> None:
        start.wait()
        try:
            renew()
        except Throttled:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def with_a_rival(monkeypatch: pytest.MonkeyPatch, auth: ModuleType, renew: Callable[[], object]) -> list[Any]:
    """While the vendor's answer is under way a second worker comes in, and is told to come again; what was asked."""
    ask, asked = auth.refresh, list[Any]()

    def rival_comes_in(*given: Any) -> Any:
        asked.append(given)
        with pytest.raises(Throttled):
            renew()
        return ask(*given)

    monkeypatch.setattr(auth, "refresh", rival_comes_in)
    return asked


def tried_again(order: Order) -> Order:
    """The order's next try is due, and made."""
    Order.objects.filter(pk=order.pk).update(next_attempt_at=None)
    ShopifyStore.objects.update(backoff_until=None)
    creation.sync(order.pk)
    order.refresh_from_db()
    return order


def refreshes(road: Road) -> int:
    return int(road.tiktok.state()["calls"].get(f"GET {REFRESH}", 0))


def works(shop: TikTokShop) -> bool:
    shop.refresh_from_db()
    return bool(clients.tiktok(shop).authorized_shops())
