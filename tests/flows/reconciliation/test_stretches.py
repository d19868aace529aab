"""A comparison of many orders is cut into stretches: whatever ends it, it goes on where it stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from connectors.errors import Throttled
from connectors.shopify import orders as shopify_orders
from orders import reconciliation, tasks
from orders.comparison import Compared, Stretch
from orders.models import Order, Reconciliation
from orders.states import SyncStatus
from tests.flows.conftest import Road
from tests.flows.reconciliation.sides import compare, kinds, placed

pytestmark = pytest.mark.django_db


def test_each_night_each_shop_is_due_once(road: Road) -> None:
    night = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    assert reconciliation.due(night - timedelta(hours=1)) == []
    assert reconciliation.due(night) == [road.shop.pk]
    Reconciliation.objects.create(shop=road.shop, day=night.date() - timedelta(days=1), checked_at=night)
    assert reconciliation.due(night + timedelta(hours=20)) == []
    assert reconciliation.due(night + timedelta(hours=24)) == [road.shop.pk]


def test_many_orders_that_were_adopted_at_once_are_compared_in_stretches_and_read_many_at_a_time(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new database over a full store: none of them shows in Shopify's search of the day on which we adopted them."""
    road.stored(*(placed(number, 24 * 40) for number in range(12)))
    midnight = reconciliation.midnight(timezone.now().astimezone(UTC).date())
    for number, order in enumerate(Order.objects.all()):
        adopted = {
            "synced_at": midnight - timedelta(hours=12, minutes=-number),
            "shopify_order_id": f"gid://x/{number}",
        }
        Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.SYNCED, **adopted)
    asked: list[int] = []

    def there(client: object, gids: list[str]) -> dict[str, Any]:
        asked.append(len(gids))
        total = Order.objects.get(tiktok_order_id__endswith="00000").total
        return {gid: SimpleNamespace(gid=gid, total=total, cancelled_at=None) for gid in gids}

    monkeypatch.setattr(shopify_orders, "read_orders", there)
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 5)
    assert kinds(compare(road, timedelta(days=1))) == []
    assert (sum(asked), max(asked) <= 5, len(asked) <= 6) == (12, True, True)


def test_a_comparison_that_was_cut_short_goes_on_where_it_stood(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.stored(*(placed(number, 60 - number * 5) for number in range(10)))
    Order.objects.filter(tiktok_order_id__endswith="00007").delete()
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    done: list[tuple[datetime, datetime]] = []
    real = Stretch.compare

    def die_at_the_fourth(self: Stretch) -> Compared:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append((self.start, self.end))
        return real(self)

    with monkeypatch.context() as killed:
        killed.setattr(Stretch, "compare", die_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            reconciliation.go_on(road.shop)
    monkeypatch.setattr(Stretch, "compare", lambda self: done.append((self.start, self.end)) or real(self))
    assert not reconciliation.go_on(road.shop)
    assert [start for start, _ in done[1:]] == [end for _, end in done[:-1]]  # nothing left out, nothing done twice
    days = Reconciliation.objects.filter(day__lt=timezone.now().astimezone(UTC).date())
    assert {day.began_at for day in days} == {None}
    assert (sum(day.tiktok for day in days), sum(day.here for day in days)) == (10, 9)
    assert [named["kind"] for day in days for named in day.differences] == ["missing_here"]


def test_a_long_comparison_goes_on_in_another_task(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    monkeypatch.setattr(reconciliation, "WORK", timedelta(0))
    reconciliation.begin(road.shop, timezone.now().date() - timedelta(days=2), timezone.now().date())
    assert reconciliation.go_on(road.shop)
    assert Reconciliation.objects.filter(began_at__isnull=False).count() == 3  # no time for a single stretch
    monkeypatch.undo()
    assert reconciliation.due(timezone.now()) == [road.shop.pk]  # whatever the hour: it is under way


def test_a_comparison_that_waits_for_its_turn_goes_on_with_the_next_sweep(
    road: Road, synced: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciliation.begin(road.shop, timezone.now().date(), timezone.now().date())
    with monkeypatch.context() as busy:
        busy.setattr(reconciliation, "go_on", lambda shop: throttled())
        tasks.reconcile_shop(road.shop.pk)
    assert Reconciliation.objects.get().problem == reconciliation.WAITS
    published: list[Any] = []
    monkeypatch.setattr(tasks, "publish", lambda task, *args, **options: published.append((task, *args)))
    tasks.sweep()
    assert (tasks.reconcile_shop, road.shop.pk) in published
    tasks.reconcile_shop(road.shop.pk)
    row = Reconciliation.objects.get()
    assert (row.problem, row.began_at) == ("", None)


def throttled() -> bool:
    raise Throttled("TikTok takes no more questions right now.", wait=5)
