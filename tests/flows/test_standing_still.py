"""What an order says that stands still: nothing of the buyer, and what it offers leads on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orders import creation, review
from orders.delivery import delivering
from orders.models import Order
from orders.states import AskedBy
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, synced, told

pytestmark = pytest.mark.django_db

Queued = Callable[..., Order]


def test_no_word_of_a_buyers_order_is_shown_in_the_message_about_an_error_of_ours(
    road: Road, queued: Queued, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    order = queued()

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("Jane Doe, 1 Main St")

    monkeypatch.setattr(creation, "prepare", broken)
    creation.sync(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == ("failed", "cannot_map")
    assert order.message.startswith("Orderbridge could not turn it into a Shopify order; its log of ")
    assert not any(word in order.message for word in ("KeyError", "Jane", "Main St"))
    assert "KeyError" in caplog.text
    assert order.tiktok_order_id in caplog.text


def test_no_word_of_a_buyers_order_is_shown_in_the_message_about_a_delivery_that_broke(
    road: Road, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("Jane Doe, 1 Main St")

    monkeypatch.setattr(delivering, "plan", broken)
    work = told(order)
    assert (work.status, work.reason) == ("standing_still", "cannot_deliver")
    assert work.message.startswith("Orderbridge could not tell Shopify of its delivery; its log of ")
    assert not any(word in work.message for word in ("KeyError", "Jane", "Main St"))
    assert "KeyError" in caplog.text


def test_accepting_any_difference_of_an_order_makes_it_go_out(road: Road, queued: Queued) -> None:
    nothing = {**raw_order()["payment"], "shipping_fee": "0", "original_shipping_fee": "0", "total_amount": "0.00"}
    order = queued(payment=nothing)
    creation.sync(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == ("needs_review", "total_mismatch")
    assert review.accept_difference(Order.objects.filter(pk=order.pk), AskedBy.MANUAL).queued == 1
    creation.sync(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.message) == ("synced", "")
    [made] = road.shopify_orders()
    assert Decimal(made["totals"]["total"]) == 0
