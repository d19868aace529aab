"""*Choose this order*, against the Shopify stand-in: only an order that carries the mark can be chosen."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from orders.models import Order, SyncAttempt
from orders.states import SyncStatus
from settings_app import clients
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.orders_pages.people import LIST
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def in_shopify(road: Road, mark: str) -> str:
    """A Shopify order that carries this source identifier, made behind the product's back."""
    line = {"title": "Soap", "quantity": 1, "priceSet": {"shopMoney": {"amount": "1.00", "currencyCode": "USD"}}}
    variables: dict[str, Any] = {
        "order": {"currency": "USD", "sourceIdentifier": mark, "lineItems": [line]},
        "options": {},
    }
    return shopify_orders.create(clients.shopify(road.shop.store), variables).gid


@pytest.fixture
def doubled(road: Road, redis_url: str) -> tuple[Order, list[str]]:
    [order] = road.stored(raw_order())
    Order.objects.update(sync_status=SyncStatus.NEEDS_REVIEW, reason="several_in_shopify", message="Found: two.")
    return order, [in_shopify(road, order.tiktok_order_id), in_shopify(road, order.tiktok_order_id)]


def test_the_chosen_order_becomes_the_one(operator: Any, doubled: tuple[Order, list[str]]) -> None:
    order, [first, second] = doubled
    address = f"{LIST}{order.pk}/choose/"

    def shown() -> list[str]:
        return sorted(found.gid for found, _, _ in operator.get(address).context["candidates"])

    wait_for(lambda: shown() == sorted([first, second]), seconds=20, what="both orders in Shopify's search")
    operator.post(address, {"gid": second})
    order.refresh_from_db()
    assert (order.sync_status, order.shopify_order_id) == (SyncStatus.SYNCED, second)


def test_an_order_without_the_mark_cannot_be_chosen(
    operator: Any, road: Road, doubled: tuple[Order, list[str]]
) -> None:
    order, _ = doubled
    stranger = in_shopify(road, "someone-elses")
    operator.post(f"{LIST}{order.pk}/choose/", {"gid": stranger})
    order.refresh_from_db()
    assert (order.sync_status, order.shopify_order_id) == (SyncStatus.NEEDS_REVIEW, None)


def test_choosing_settles_an_attempt_whose_outcome_was_unknown(operator: Any, doubled: tuple[Order, list[str]]) -> None:
    order, [first, _] = doubled
    SyncAttempt.objects.create(
        order=order, number=1, token=uuid.uuid4(), started_at=timezone.now(), request={}, result="unknown"
    )
    operator.post(f"{LIST}{order.pk}/choose/", {"gid": first})
    assert SyncAttempt.objects.get().result == "done"


def test_shopify_that_does_not_answer_is_said_in_a_sentence(
    operator: Any, doubled: tuple[Order, list[str]], settings: Any
) -> None:
    order, _ = doubled
    settings.SHOPIFY_API_URL = "http://127.0.0.1:9/{domain}"
    assert "Shopify could not be asked" in operator.get(f"{LIST}{order.pk}/choose/").content.decode()
