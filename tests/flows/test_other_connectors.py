"""Orders that another connector made are found whatever mark it leaves: the merchant must not ship twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.shopify import costs
from connectors.shopify import orders as shopify_orders
from orders import adoption, claims, creation, review, scanning, tasks
from orders.models import Order, OthersOrder, StoreScan
from orders.states import AskedBy, SyncStatus
from settings_app import clients
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db

Queued = Callable[..., Order]

FIRST = 576461413038785000


def by_ecomsend(order_id: str, **changes: Any) -> dict[str, Any]:
    """Its tag, and the id in an attribute only."""
    attribute = {"key": "TikTok Shop Order ID", "value": order_id}
    return {"tags": ["TikTok Shop"], "customAttributes": [attribute], **changes}


def make(road: Road, *orders: dict[str, Any]) -> list[str]:
    """What somebody else creates in the store, until the search shows it; returns gids."""
    client = clients.shopify(road.shop.store)
    line = {"variantId": road.variant("SOAP-OTHERS"), "quantity": 1}
    made = [shopify_orders.create(client, {"order": {"lineItems": [line], **order}}).gid for order in orders]
    since = timezone.now() - timedelta(hours=1)

    def shown() -> bool:
        pages = shopify_orders.pages_by_apps(client, since)
        return set(made) <= {found.gid for page in pages for found in page}

    wait_for(shown, 10, "the index")
    return made


def stands(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.sync_status, order.reason


ALREADY_THERE = (SyncStatus.BLOCKED, "already_in_shopify")


@pytest.mark.parametrize(
    "marks",
    [
        by_ecomsend("576461413038785752"),
        {"name": "TT576461413038785752-US", "tags": ["AfterShip"]},
        {"name": "#7001", "tags": ["M2E"], "note": "order no.576461413038785752"},
    ],
    ids=["EcomSend's attribute", "AfterShip's name", "a note that no search finds"],
)
def test_an_order_made_before_by_another_connector_is_found_and_can_be_adopted(
    road: Road, queued: Queued, marks: dict[str, Any]
) -> None:
    [gid] = make(road, marks)
    order = queued()
    creation.sync(order.pk)
    assert stands(order) == ALREADY_THERE
    assert len(road.shopify_orders()) == 1
    assert [found.gid for found in review.candidates(order)] == [gid]
    assert review.choose(order, gid) is not None
    assert stands(order) == (SyncStatus.SYNCED, "")


def test_an_order_that_ecomsend_made_while_ours_stood_still_is_not_doubled(road: Road, queued: Queued) -> None:
    before = queued("576461413038785111")
    creation.sync(before.pk)
    order = queued()
    make(road, by_ecomsend(order.tiktok_order_id))
    ten_minutes = timezone.now() - timedelta(minutes=10)
    StoreScan.objects.update(until=ten_minutes)
    Order.objects.filter(pk=order.pk).update(looked_up_at=ten_minutes)
    creation.sync(order.pk)
    assert stands(order) == ALREADY_THERE
    assert len(road.shopify_orders()) == 2


def test_sixty_orders_of_ecomsend_in_one_batch_are_not_doubled(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(FIRST + number) for number in range(61)]
    rows = road.stored(*(raw_order(order_id) for order_id in ids))
    make(road, *(by_ecomsend(order_id) for order_id in ids[:60]))
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    monkeypatch.setattr(costs, "PAGE", 20)  # several pages, as thousands of orders would be
    assert adoption.look_first(road.shop.store, [row.pk for row in rows])
    blocked = Order.objects.filter(sync_status=SyncStatus.BLOCKED, reason="already_in_shopify")
    assert set(blocked.values_list("tiktok_order_id", flat=True)) == set(ids[:60])
    [new] = Order.objects.filter(sync_status=SyncStatus.QUEUED)
    creation.sync(new.pk)
    assert stands(new) == (SyncStatus.SYNCED, "")
    assert OthersOrder.objects.count() == 60  # ours is not among them


def test_what_cannot_be_read_in_one_turn_waits_and_goes_on_where_it_was(
    road: Road, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = queued()
    make(road, by_ecomsend(order.tiktok_order_id))
    time.sleep(1.1)  # Shopify's times, and so our places, are whole seconds
    make(road, *({"tags": ["TikTok Shop"]} for _ in range(3)))
    monkeypatch.setattr(costs, "PAGE", 2)
    monkeypatch.setattr(creation, "SCAN_WHILE_SYNCING", timedelta(microseconds=1))
    places = []
    for _ in range(10):
        Order.objects.filter(pk=order.pk).update(next_attempt_at=None)
        creation.sync(order.pk)
        if stands(order) != (SyncStatus.QUEUED, ""):
            break
        assert order.message == scanning.UNDER_WAY
        places.append(StoreScan.objects.get().high)
    assert places
    assert None not in places
    assert stands(order) == ALREADY_THERE


@pytest.mark.parametrize(
    "fault",
    [{"do": "throttled", "retry_after": 30}, {"do": "http", "status": 500}, {"do": "garbage"}, {"do": "cut"}],
    ids=["throttled", "500", "garbage", "cut"],
)
def test_while_shopify_cannot_be_read_orders_wait_and_are_not_created_blind(
    road: Road, queued: Queued, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrdersSearch", "when": "before", "times": None, **fault})
    published: list[object] = []
    monkeypatch.setattr(tasks, "publish", lambda task, *about, **_: bool(published.append(task)) or True)
    tasks.dispatch_store(order.store_id)
    assert (stands(order), published) == ((SyncStatus.QUEUED, ""), [])
    road.shop.store.refresh_from_db()
    type(road.shop.store).objects.update(backoff_until=None, backoff_step=0)
    creation.sync(order.pk)
    assert stands(order) == (SyncStatus.QUEUED, "")
    assert road.shopify_orders() == []


def test_an_order_of_another_connector_that_was_deleted_holds_nothing_up(road: Road, queued: Queued) -> None:
    order = queued()
    [gid] = make(road, by_ecomsend(order.tiktok_order_id))
    creation.sync(order.pk)
    assert stands(order) == ALREADY_THERE
    road.shopify.post(f"/{road.shop.store.domain}/_sandbox/merchant", {"do": "delete", "order": gid})
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.QUEUED, reason="", looked_up_at=None)
    creation.sync(order.pk)
    assert stands(order) == (SyncStatus.SYNCED, "")
    assert not OthersOrder.objects.exists()


def test_an_older_order_opens_the_time_before(road: Road, queued: Queued) -> None:
    """The store was read for young orders only; what stands in it since earlier is read before an older one goes."""
    order = queued(create_time=int((timezone.now() - timedelta(days=9)).timestamp()))
    make(road, by_ecomsend(order.tiktok_order_id))
    now = timezone.now()
    StoreScan.objects.create(store=road.shop.store, since=now + timedelta(seconds=1), until=now)
    creation.sync(order.pk)
    assert stands(order) == ALREADY_THERE
    assert StoreScan.objects.get().since < now - timedelta(days=9)


def test_a_store_that_is_read_costs_a_good_seller_no_more_than_a_question_in_five_minutes(
    road: Road, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    pages = shopify_orders.pages_by_apps

    def counted(*about: Any) -> Any:
        asked.append(about)
        return pages(*about)

    monkeypatch.setattr(shopify_orders, "pages_by_apps", counted)
    for number in range(4):
        creation.sync(queued(str(FIRST + number)).pk)
    assert len(road.shopify_orders()) == 4
    assert len(asked) == 1


def test_what_was_bought_in_the_shop_itself_is_not_read_through(road: Road) -> None:
    client = clients.shopify(road.shop.store)
    line = {"variantId": road.variant("SOAP-WEB"), "quantity": 1}
    shopify_orders.create(client, {"order": {"lineItems": [line], "sourceName": "web"}})
    tagged, other = make(road, {"sourceName": "web", "tags": ["TikTok Shop"]}, {"sourceName": "another-app"})
    pages = shopify_orders.pages_by_apps(client, timezone.now() - timedelta(hours=1))
    assert [found.gid for page in pages for found in page] == [other, tagged]


def test_two_readers_of_a_store_take_turns_and_the_order_of_the_second_waits(road: Road, queued: Queued) -> None:
    order = queued()
    scan = StoreScan.objects.create(
        store=road.shop.store, claim_token=uuid.uuid4(), claim_until=timezone.now() + timedelta(seconds=30)
    )
    assert not adoption.look_first(road.shop.store, [order.pk])
    creation.sync(order.pk)
    assert (stands(order), order.message) == ((SyncStatus.QUEUED, ""), scanning.UNDER_WAY)
    assert order.claims_without_progress == 0
    StoreScan.objects.filter(pk=scan.pk).update(claim_until=timezone.now())  # it was killed
    Order.objects.filter(pk=order.pk).update(next_attempt_at=None)
    creation.sync(order.pk)
    assert stands(order) == (SyncStatus.SYNCED, "")
