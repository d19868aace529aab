"""Several workers at one order at the same moment, on PostgreSQL: one of them gets it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import timezone

from orders import attempts, claims, creation, dispatch, verification
from orders.fetching import storing
from orders.models import Order, SyncAttempt
from settings_app.rules import Rules
from tests.crash.conftest import Flow
from tests.factories import OrderFactory, ShopFactory, raw_order
from tests.races.conftest import At
from tests.races.together import together
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_eight_workers_at_one_queued_order_make_one_attempt(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    together(8, lambda: creation.sync(pk))
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_two_hundred_orders_are_claimed_once_each_by_eight_workers() -> None:
    shop = ShopFactory.create()
    pks = [OrderFactory.create(shop=shop, queued=True).pk for _ in range(200)]
    taken = together(8, lambda: [pk for pk in pks if claims.claim_queued(pk)])
    assert sorted(pk for mine in taken for pk in mine) == pks


def test_two_dispatchers_send_no_order_twice() -> None:
    shop = ShopFactory.create()
    for _ in range(60):
        OrderFactory.create(shop=shop, queued=True)
    sent = [pk for picked in together(4, lambda: dispatch.due(shop.store_id)) for pk in picked]
    assert len(sent) == len(set(sent))


def test_a_second_open_attempt_is_impossible_whatever_the_code_does(flow: Flow) -> None:
    flow.ask(1)
    order = Order.objects.get()
    token = claims.claim_queued(order.pk)
    assert token is not None
    made = [one for one in together(6, lambda: attempts.write_ahead(order, token, {})) if one]
    assert len(made) == 1
    with pytest.raises(IntegrityError):
        SyncAttempt.objects.create(order=order, number=99, token=token, started_at=timezone.now(), request={})


@pytest.mark.parametrize("point", ["create.claimed", "create.looked", "create.prepared", "create.written"])
def test_another_worker_at_the_same_point_finds_nothing_to_do(flow: Flow, at: At, point: str) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    at(point, lambda: together(1, lambda: (creation.sync(pk), verification.verify(pk))))
    creation.sync(pk)
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_two_verifiers_count_one_look_once(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    flow.road.shopify.faults({"operation": "OrderCreate", "do": "cut", "times": 1})
    creation.sync(pk)
    Order.objects.update(next_attempt_at=None)
    together(4, lambda: verification.verify(pk))
    assert SyncAttempt.objects.get().negatives == 1
    wait_for(
        lambda: (
            flow.verify_all()
            or verification.verify(pk)
            or not SyncAttempt.objects.filter(result__in=["unknown", "started"])
        ),
        15,
        "the proof of absence",
    )
    creation.sync(pk)
    flow.once(1)


def test_a_cancellation_that_arrives_with_the_claim_changes_no_claimed_order(flow: Flow, at: At) -> None:
    flow.ask(1)
    order = Order.objects.get()
    cancelled = raw_order(order.tiktok_order_id, status="CANCELLED", update_time=1763990000)
    at("create.prepared", lambda: together(1, lambda: storing.store(flow.road.shop, [cancelled], Rules())))
    creation.sync(order.pk)
    flow.once(1)
    assert Order.objects.get().tiktok_status == "CANCELLED"
