"""The time for one order is over, at the two moments that differ: before anything was sent, and within the call."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from orders import creation
from orders.models import SyncAttempt
from orders.states import SyncStatus
from tests.crash.conftest import Flow
from tests.crash.test_shopify_faults import end, sync

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
