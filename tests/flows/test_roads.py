"""The three roads of an order with real worker and beat processes: by hand, in bulk, automatically."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from orders import bulk
from orders.models import Order
from orders.states import SyncStatus
from settings_app.models import SyncSettings
from tests.celery_processes import CeleryProcess
from tests.flows.conftest import Road
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., CeleryProcess]


@pytest.fixture
def shops_with_orders(road: Road) -> Road:
    """Twelve eligible orders on TikTok and a Shopify store that sells the same goods."""
    road.shopify.post("/_sandbox/seed", {"store": road.shop.store.domain})
    wish = {"shop_id": road.shop.shop_id, "count": 12, "kind": "plain", "seed": 7}
    road.tiktok.post("/_sandbox/generate", wish)
    return road


def told(*arguments: str) -> dict[str, object]:
    """What a command says with --json."""
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def synced_once(road: Road, number: int) -> None:
    def all_there() -> bool:
        return Order.objects.filter(sync_status=SyncStatus.SYNCED).count() == number

    wait_for(all_there, 60, f"{number} synced orders, not {told('order_status')}")
    made = road.shopify_orders()
    assert len(made) == number
    marks = [order["input"]["sourceIdentifier"] for order in made]
    assert len(set(marks)) == number
    gids = set(Order.objects.filter(sync_status=SyncStatus.SYNCED).values_list("shopify_order_id", flat=True))
    assert gids == {order["id"] for order in made}


def test_by_hand_a_fetched_order_stands_in_shopify_once(
    shops_with_orders: Road, celery_worker: Start, celery_beat: Start
) -> None:
    told("fetch_orders")
    assert Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED).count() == 12
    celery_worker()
    celery_beat(DISPATCH_INTERVAL_SECONDS="1")
    order_id = Order.objects.values_list("tiktok_order_id", flat=True)[0]
    said = told("sync_orders", order_id, "--wait")
    assert said["statuses"] == {"synced": 1}
    assert told("order_status", order_id)["sync_status"] == "synced"
    synced_once(shops_with_orders, 1)


def test_all_not_synced_orders_go_in_one_command(
    shops_with_orders: Road, celery_worker: Start, celery_beat: Start
) -> None:
    told("fetch_orders")
    celery_worker()
    celery_beat(DISPATCH_INTERVAL_SECONDS="1")
    told("sync_orders", "--all-not-synced", "--wait")
    synced_once(shops_with_orders, 12)


def test_a_bulk_goes_out_together_and_its_page_knows_when_it_is_done(
    shops_with_orders: Road, celery_worker: Start, celery_beat: Start
) -> None:
    told("fetch_orders")
    celery_worker()
    celery_beat(DISPATCH_INTERVAL_SECONDS="1")
    started = bulk.start(Order.objects.all(), None, "sync")
    assert started.asked == 12
    synced_once(shops_with_orders, 12)
    progress = bulk.progress(started)
    assert (progress.finished, progress.waiting, progress.done) == (12, 0, True)


def test_automatic_sync_takes_existing_and_new_orders_by_itself(
    shops_with_orders: Road, celery_worker: Start, celery_beat: Start
) -> None:
    told("fetch_orders")
    SyncSettings.objects.update(automatic_sync=True)
    celery_worker()
    celery_beat(DISPATCH_INTERVAL_SECONDS="1", FETCH_INTERVAL_SECONDS="1")
    synced_once(shops_with_orders, 12)
    wish = {"shop_id": shops_with_orders.shop.shop_id, "count": 3, "kind": "plain", "seed": 8}
    shops_with_orders.tiktok.post("/_sandbox/generate", wish)
    synced_once(shops_with_orders, 15)
