"""The time for one order is over, at the two moments that differ: before anything was sent, and within the call."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from orders import creation
from orders.delivery import delivering
from orders.models import DeliveryWork, SyncAttempt
from orders.states import SyncStatus
from tests.crash.conftest import Flow
from tests.crash.test_shopify_faults import end, sync
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, numbers, settled, synced

pytestmark = pytest.mark.django_db


def test_5_a_soft_time_limit_within_the_call_is_an_unknown_outcome(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.shopify import orders as shopify_orders

    flow.ask(1)
    real = shopify_orders.create

    def cut_short(*arguments: Any) -> Any:
        real(*arguments)
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as slow:
        slow.setattr(shopify_orders, "create", cut_short)
        assert sync().sync_status == SyncStatus.VERIFYING
    end(flow)
    flow.once(1)


def test_5_a_soft_time_limit_before_the_call_fails_no_order(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.ask(1)

    def cut_short(*_: Any) -> Any:
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as slow:
        slow.setattr(creation, "prepare", cut_short)
        assert sync().sync_status == SyncStatus.QUEUED
    assert SyncAttempt.objects.count() == 0
    end(flow)
    flow.once(1)


def test_5_a_soft_time_limit_while_looking_leaves_a_delivery_due(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))

    def cut_short(*_: Any) -> Any:
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as slow:
        slow.setattr(delivering, "look", cut_short)
        delivering.deliver(order.pk, SoftTimeLimitExceeded)
    work = DeliveryWork.objects.get()
    assert (work.status, work.reason) == ("due", "")
    assert settled(order).status == "done"
    assert numbers(road) == ["94001152"]


def test_17_a_database_error_is_no_trouble_of_the_delivery(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))

    def lost(*_: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(delivering, "look", lost)
    with pytest.raises(OperationalError):
        delivering.deliver(order.pk)
    assert DeliveryWork.objects.get().status == "claimed"  # until its claim ends; then it goes again
