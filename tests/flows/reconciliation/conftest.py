"""An order that all three sides have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orders import creation
from orders.models import Order
from orders.states import SyncStatus
from tests.flows.conftest import Road
from tests.flows.reconciliation.sides import recent, tagged
from tests.waiting import wait_for

Queued = Callable[..., Order]


@pytest.fixture
def synced(road: Road, queued: Queued) -> Order:
    order = queued(**recent())
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCED
    wait_for(lambda: tagged(road), 10, "the search index")
    return order
