"""Who may link, and an order that waits for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from orders import claims
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.people import client_with


@pytest.fixture
def staff() -> Client:
    return client_with("view_order", "view_productlink", "change_productlink")


@pytest.fixture
def held(road: Road) -> Callable[..., Order]:
    """An order that stands still because its soap is not linked; `asked` says whether somebody had pressed Sync."""

    def make(order_id: str, *, asked: bool = True) -> Order:
        road.stored(raw_order(order_id), linked=False)
        order = Order.objects.get(tiktok_order_id=order_id)
        if asked:
            claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
        Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
        return order

    return make
