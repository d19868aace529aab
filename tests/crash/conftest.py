"""Both vendors, real workers that can be killed, and ways to let time pass that a killed worker leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from orders import claims, dispatch, sweeps, tasks
from orders.models import FetchCursor, Order
from orders.states import MOVING, AskedBy, SyncStatus
from settings_app.models import ShopifyStore
from tests.celery_processes import CeleryProcess
from tests.factories import raw_order
from tests.flows.conftest import Road, queued, road
from tests.waiting import wait_for

__all__ = ["Flow", "Start", "flow", "queued", "road"]

Start = Callable[..., CeleryProcess]


@dataclass
class Flow:
    """Orders on their way through real processes, and what must be true of them in the end."""

    road: Road

    def ask(self, number: int, first: int = 0) -> None:
        """Queue this many eligible orders as staff would."""
        ids = [f"5764614130389{first + n:05d}" for n in range(number)]
        self.road.stored(*(raw_order(order_id) for order_id in ids))
        claims.ask(Order.objects.filter(tiktok_order_id__in=ids), AskedBy.MANUAL)

    def go(self) -> None:
        tasks.publish(tasks.dispatch_due)

    def claims_end(self) -> None:
        """The 180 s after which a killed worker's claim ends are over, and the sweep comes by."""
        past = timezone.now() - timedelta(seconds=1)
        Order.objects.filter(claim_until__isnull=False).update(claim_until=past)
        Order.objects.filter(nudged_until__isnull=False).update(nudged_until=past)
        FetchCursor.objects.filter(claim_until__isnull=False).update(claim_until=past)
        sweeps.expired_claims()

    def moving(self) -> int:
        return Order.objects.filter(sync_status__in=MOVING).count()

    def finish(self, seconds: float) -> None:
        """Wait until nothing moves any more; what beat would ask for is asked for here."""

        def over() -> bool:
            self.go()
            return not self.moving()

        wait_for(over, seconds, f"every order to end: {self.told()}")

    def told(self) -> dict[str, int]:
        rows = Order.objects.values_list("sync_status", flat=True)
        return {status: sum(1 for row in rows if row == status) for status in set(rows)}

    def once(self, number: int) -> None:
        """Every order is in Shopify exactly once, and its row knows that very order."""
        made = self.road.shopify_orders()
        by_id = {order["input"]["sourceIdentifier"]: order["id"] for order in made}
        known = Order.objects.filter(sync_status=SyncStatus.SYNCED)
        assert self.road.shopify.state()["duplicates"] == {}
        assert dict(known.values_list("tiktok_order_id", "shopify_order_id")) == by_id, self.told()
        assert (len(made), len(by_id), known.count()) == (number, number, number), self.told()

    def verify_all(self) -> None:
        """Looks are due at once (their spacing is the verification's own affair)."""
        Order.objects.filter(sync_status=SyncStatus.VERIFYING, claim_until=None).update(next_attempt_at=None)

    def due_again(self) -> None:
        Order.objects.filter(sync_status=SyncStatus.QUEUED).update(next_attempt_at=None, nudged_until=None)
        ShopifyStore.objects.update(backoff_until=None)

    def due(self) -> list[int]:
        return dispatch.due(self.road.shop.store_id)


@pytest.fixture
def flow(road: Road) -> Flow:
    return Flow(road)
