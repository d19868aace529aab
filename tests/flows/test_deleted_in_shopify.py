"""What somebody deletes in Shopify: an order that was ours, and the definition that our mark needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders import claims, creation, deleted, review, verification
from orders.delivery import claims as delivery_claims
from orders.delivery import delivering
from orders.models import DeliveryWork, Fulfilment, FulfilmentLine, Order
from orders.states import AskedBy, SyncStatus
from settings_app.models import ShopifyStore
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, numbers, settled, stored, synced
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def delete(road: Road, order: Order) -> None:
    store = road.shop.store.domain
    road.shopify.post(f"/{store}/_sandbox/merchant", {"do": "delete", "order": order.shopify_order_id})


def shipped(road: Road) -> Order:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    settled(order)
    return order


def anew(order: Order) -> Order:
    assert review.sync_again(Order.objects.filter(pk=order.pk), AskedBy.MANUAL) == 1
    creation.sync(order.pk)
    delivery_claims.order_is_in_shopify([order.pk])
    order.refresh_from_db()
    return order


def test_an_order_that_was_deleted_in_shopify_comes_anew_with_its_delivery(road: Road) -> None:
    order = shipped(road)
    first = order.shopify_order_id
    delete(road, order)
    assert deleted.gone(order, "#1001 was deleted in Shopify.")
    order.refresh_from_db()
    assert (order.sync_status, order.reason, order.shopify_order_id) == ("needs_review", "gone_from_shopify", None)
    assert not Fulfilment.objects.exists()
    assert not FulfilmentLine.objects.exists()
    assert anew(order).sync_status == SyncStatus.SYNCED
    assert order.shopify_order_id != first
    assert len(road.shopify_orders()) == 1
    assert settled(order).status == "done"
    assert numbers(road) == ["94001152"]


@pytest.mark.parametrize(("do", "name", "tries"), [("delete", "#1002", 2), ("cancel", "#1001", 1)])
def test_an_order_that_goes_before_its_unknown_create_was_found_stands_there_at_most_once(
    road: Road, settings: Any, do: str, name: str, tries: int
) -> None:
    settings.VERIFY_SETTLE_SECONDS = 1
    [order] = road.stored(raw_order())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    road.shopify.faults({"operation": "OrderCreate", "do": "cut", "when": "after", "times": 1})
    creation.sync(order.pk)
    [made] = road.shopify_orders()
    merchant = f"/{road.shop.store.domain}/_sandbox/merchant"
    road.shopify.post(merchant, {"do": do, "order": made["id"]})

    def settled_by_itself() -> bool:
        Order.objects.update(next_attempt_at=None)
        verification.verify(order.pk)
        creation.sync(order.pk)
        order.refresh_from_db()
        return order.sync_status == SyncStatus.SYNCED

    wait_for(settled_by_itself, 20, "the order to be settled")
    assert [order["name"] for order in road.shopify_orders()] == [name]
    assert order.attempts.count() == tries


def test_a_deleted_order_that_nobody_wants_back_can_be_ignored(road: Road) -> None:
    order = shipped(road)
    deleted.gone(order, "#1001 was deleted in Shopify.")
    order.refresh_from_db()
    assert claims.can_be_ignored(order)
    assert claims.ignore(Order.objects.all()) == 1


def test_a_delivery_notices_that_the_order_is_gone(road: Road) -> None:
    order = synced(road, an_order())
    delete(road, order)
    stored(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    delivering.deliver(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "gone_from_shopify")
    assert DeliveryWork.objects.get().status == "waiting"


def test_an_old_order_that_shopify_no_longer_shows_is_not_taken_for_deleted_and_made_twice(road: Road) -> None:
    order = synced(road, an_order())
    delete(road, order)  # what an app without access to all orders sees of an old one
    Order.objects.update(synced_at=timezone.now() - timedelta(days=61))
    stored(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    delivering.deliver(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.shopify_order_id is None) == (SyncStatus.SYNCED, False)
    assert DeliveryWork.objects.get().reason == "shopify_order_not_shown"


def test_orders_go_on_when_somebody_deletes_the_definition_of_their_mark(road: Road) -> None:
    one, two = raw_order("576461413038785752"), raw_order("576461413038785753")
    first, second = road.stored(one, two)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    creation.sync(first.pk)
    road.shopify.post("/_sandbox/delete-definitions", {"store": road.shop.store.domain})
    creation.sync(second.pk)
    second.refresh_from_db()
    assert second.sync_status == SyncStatus.QUEUED
    assert ShopifyStore.objects.get().order_id_definition == ShopifyStore.Definition.UNKNOWN
    creation.sync(second.pk)
    second.refresh_from_db()
    assert second.sync_status == SyncStatus.SYNCED
    assert ShopifyStore.objects.get().order_id_definition == ShopifyStore.Definition.READY
    assert [attempt.result for attempt in second.attempts.order_by("number")] == ["refused", "done"]


def test_an_accepted_difference_is_not_a_blank_cheque_for_what_tiktok_says_later(road: Road) -> None:
    raw = raw_order()
    raw["payment"] = {**raw["payment"], "total_amount": "31.99"}
    [order] = road.stored(raw)
    Order.objects.update(sync_status=SyncStatus.NEEDS_REVIEW, reason="total_mismatch")
    review.accept_difference(Order.objects.all(), AskedBy.MANUAL)
    raw["payment"] = {**raw["payment"], "total_amount": "999.00"}
    road.stored({**raw, "update_time": raw["update_time"] + 60})
    creation.sync(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "total_mismatch")
    assert road.shopify_orders() == []
