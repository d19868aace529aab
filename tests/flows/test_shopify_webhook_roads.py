"""What a merchant does in Shopify is known here within seconds: a real web server, a real worker, signed POSTs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.sandbox.shopify import SCOPES
from orders.models import DeliveryWork, Order, OrderPayload, ProductLink, WebhookEvent
from orders.states import SyncStatus
from orders.webhooks import subscribing
from project import processes
from settings_app.models import Connection, ShopifyStore
from tests.celery_processes import CeleryProcess
from tests.flows import delivery_road
from tests.flows.conftest import Road
from tests.flows.store_deeds import deed, staff
from tests.flows.webhook_senders import from_shopify, work
from tests.waiting import wait_for
from tests.web_process import Web, web_process

Status = WebhookEvent.Status


@dataclass
class Told:
    road: Road
    web: Web

    def merchant(self, do: str, **wish: Any) -> Any:
        address = f"{self.road.shopify.url}/{self.road.shop.store.domain}/_sandbox/merchant"
        answer = requests.post(address, json={"do": do, **wish}, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def event(self, topic: str, count: int = 1) -> WebhookEvent:
        """The latest of so many worked events of this topic."""
        worked = WebhookEvent.objects.filter(kind=topic).exclude(status=Status.WAITING).order_by("pk")
        wait_for(lambda: worked.count() == count, 20, f"{count} × {topic}")
        found = worked.last()
        assert found is not None
        return found


@pytest.fixture
def told(road: Road, settings: Any, tmp_path: Path, celery_worker: Callable[..., CeleryProcess]) -> Iterator[Told]:
    """A subscribed store, a web server that Shopify reaches, and a worker."""
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    port = processes.any_free_port()
    settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
    celery_worker(concurrency=1)
    with web_process(tmp_path, port) as web:
        assert subscribing.subscribe_store(road.shop.store) == ""
        yield Told(road, web)


def orders_in_shopify(road: Road, count: int) -> list[Order]:
    return [delivery_road.synced(road, delivery_road.an_order(f"57646141303878575{n}")) for n in range(count)]


@pytest.mark.django_db(transaction=True)
def test_everything_that_a_merchant_does_in_shopify_is_known_here(told: Told) -> None:
    road = told.road
    shipped, own, cancelled, deleted = orders_in_shopify(road, 4)

    road.shopify.post(
        "/_sandbox/fulfil", {"store": road.shop.store.domain, "order": shipped.shopify_order_id, "number": "9400111"}
    )
    assert told.event("fulfillments/create").note == "The delivery of the order is looked at again."

    raw = delivery_road.an_order(own.tiktok_order_id)
    delivery_road.stored(road, delivery_road.moved(raw, "IN_TRANSIT", ("p1", [1], "IN_TRANSIT")))
    delivery_road.told(own)
    assert told.event("fulfillments/create", 2).note == "Orderbridge made this fulfilment itself."

    told.merchant("cancel", order=cancelled.shopify_order_id)
    event = told.event("orders/cancelled")
    cancelled.refresh_from_db()
    assert event.status == Status.FOR_STAFF
    assert cancelled.message == event.note
    assert "TikTok still waits" in event.note

    told.merchant("delete", order=deleted.shopify_order_id)
    told.event("orders/delete")
    deleted.refresh_from_db()
    assert (deleted.sync_status, deleted.reason) == (SyncStatus.NEEDS_REVIEW, "gone_from_shopify")

    link = ProductLink.objects.get(shopify_sku="SOAP-LAV")
    assert link.checked_at is not None
    told.merchant("change_product", variant=link.variant_gid, sku="SOAP-ROSE")
    told.event("products/update")
    link.refresh_from_db()
    assert link.checked_at is None, "a link whose SKU changed is checked before its next use"
    told.merchant("delete_product", variant=link.variant_gid)
    assert told.event("products/delete").status == Status.DONE
    assert not ProductLink.objects.filter(checked_at__isnull=False).exists()

    address = f"{told.web.address}/webhooks/shopify/"
    told.merchant("ask_privacy", topic="customers/data_request", address=address, order=own.shopify_order_id)
    event = told.event("customers/data_request")
    assert (event.status, own.tiktok_order_id in event.note) == (Status.FOR_STAFF, True)
    told.merchant("ask_privacy", topic="customers/redact", address=address, order=own.shopify_order_id)
    told.event("customers/redact")
    assert "Jane" not in str(OrderPayload.objects.get(order=own).raw)
    assert "Jane" in str(OrderPayload.objects.get(order=shipped).raw)

    told.merchant("uninstall")
    told.event("app/uninstalled")
    store = ShopifyStore.objects.get()
    assert (store.connection, "uninstalled" in store.connection_error) == (Connection.BROKEN, True)
    assert "buyer@example.com" not in str(list(WebhookEvent.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_goods_that_shopify_lets_go_are_told_delivered_within_seconds(told: Told) -> None:
    """Without the event a delivery that stands still is looked at again after 10 minutes at the earliest."""
    road = told.road
    held, moved, scheduled = orders_in_shopify(road, 3)
    staff(road, "hold", held)
    deed(road, "settings", scopes=[*SCOPES.split(","), "read_third_party_fulfillment_orders"])
    staff(road, "move", moved, location="ShipBob", service=True)
    assert told.event("fulfillment_orders/moved").note == "No delivery of this store stands still."
    staff(road, "fulfillment-order", scheduled, status="SCHEDULED")
    for order in (held, moved, scheduled):
        raw = delivery_road.an_order(order.tiktok_order_id)
        delivery_road.stored(road, delivery_road.moved(raw, "IN_TRANSIT", ("p1", [1], "IN_TRANSIT")))
        assert delivery_road.told(order).status == "standing_still"
    assert delivery_road.parcels(road) == []

    staff(road, "release", held)
    staff(road, "move", moved, location="Main warehouse")
    staff(road, "fulfillment-order", scheduled, status="OPEN")
    for topic in ("hold_released", "scheduled_fulfillment_order_ready", "moved"):
        event = told.event(f"fulfillment_orders/{topic}", 2 if topic == "moved" else 1)
        assert event.note == "The delivery of the order is looked at again."
    done = DeliveryWork.objects.filter(status="done")
    wait_for(lambda: done.count() == 3, 20, "the deliveries")
    assert len(delivery_road.parcels(road)) == 3


def test_goods_let_go_of_a_store_where_nothing_waits_ask_shopify_nothing(road: Road) -> None:
    order = delivery_road.synced(road, delivery_road.an_order())
    road.shopify.faults({"operation": "*", "do": "http", "status": 500, "times": None})
    released = {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1", "status": "open"}}
    from_shopify(road.shop.store, "fulfillment_orders/hold_released", released)
    work(road.shop.store)
    assert WebhookEvent.objects.get().note == "No delivery of this store stands still."

    held = {"status": "standing_still", "reason": "fulfilment_on_hold"}
    DeliveryWork.objects.update_or_create(order=order, defaults=held)
    from_shopify(road.shop.store, "fulfillment_orders/hold_released", released, "2")
    work(road.shop.store)
    assert WebhookEvent.objects.get(event_id="2").status == Status.WAITING, "asked again when Shopify answers"
    road.shopify.faults()
    ShopifyStore.objects.update(backoff_until=None)
    deed(road, "settings", scopes=["read_orders"])
    for strange in ({}, {"fulfillment_order": None}, {"fulfillment_order": {"id": ["x"]}}, released):
        from_shopify(road.shop.store, "fulfillment_orders/hold_released", strange, f"odd-{strange}")
    WebhookEvent.objects.update(next_try_at=None)
    work(road.shop.store)
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {Status.IGNORED}
    assert DeliveryWork.objects.get().status == "standing_still"
    assert ShopifyStore.objects.get().connection == Connection.CONNECTED


@pytest.mark.django_db(transaction=True)
def test_what_happened_while_nobody_answered_is_told_when_the_web_is_back(
    road: Road, settings: Any, tmp_path: Path
) -> None:
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    port = processes.any_free_port()
    settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
    assert subscribing.subscribe_store(road.shop.store) == ""
    variant = road.variant("SOAP-LAV")
    domain = road.shop.store.domain
    merchant = f"{road.shopify.url}/{domain}/_sandbox/merchant"
    assert requests.post(merchant, json={"do": "change_product", "variant": variant, "sku": "X"}, timeout=10).ok

    def tries() -> list[dict[str, Any]]:
        return list(requests.get(merchant, timeout=10).json()["sent"])

    wait_for(tries, 10, "the first try")
    with web_process(tmp_path, port):
        wait_for(lambda: tries()[-1]["outcome"] == "HTTP 200", 30, "a later try that is answered")
    assert len({row["id"] for row in tries()}) == 1
    assert WebhookEvent.objects.count() == 1


def test_a_fulfilment_of_ours_that_is_told_before_its_answer_is_no_news(road: Road) -> None:
    """Shopify's event may overtake the answer of the call that made it."""
    order = delivery_road.synced(road, delivery_road.an_order())
    attempt = order.attempts.create(
        effect="fulfil:p1:1", number=1, token="0" * 32, started_at="2026-11-20T00:00Z", request={}, request_digest=""
    )
    number = str(order.shopify_order_id).rsplit("/", 1)[-1]
    from_shopify(road.shop.store, "fulfillments/create", {"id": 7, "order_id": int(number)})
    work(road.shop.store)
    event = WebhookEvent.objects.get()
    assert (event.status, event.next_try_at is None) == (Status.WAITING, False)
    type(attempt).objects.filter(pk=attempt.pk).update(result="done", shopify_gid="gid://shopify/Fulfillment/7")
    WebhookEvent.objects.update(next_try_at=None)
    work(road.shop.store)
    assert WebhookEvent.objects.get().note == "Orderbridge made this fulfilment itself."
