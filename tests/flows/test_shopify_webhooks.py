"""Shopify's events: the store and its orders are looked at again, and buyers are erased when it is asked for."""

from __future__ import annotations

import json

from django.utils import timezone

from orders.models import DeliveryWork, Order, OrderPayload, ProductLink, WebhookEvent
from orders.states import SyncStatus
from settings_app.models import Connection, ShopifyStore
from tests.factories import LinkFactory, OrderFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.webhook_senders import (
    from_shopify,
    work,
)

Status = WebhookEvent.Status


def synced(road: Road) -> Order:
    """A row that names an order which Shopify does not have."""
    order: Order = OrderFactory.create(
        shop=road.shop,
        store=road.shop.store,
        sync_status=SyncStatus.SYNCED,
        shopify_order_id="gid://shopify/Order/424242",
        shopify_order_name="#1001",
    )
    OrderPayload.objects.create(order=order, raw=raw_order(), digest="x", received_at=timezone.now())
    return order


def test_an_uninstalled_app_stops_its_store_and_frees_it_when_back(road: Road) -> None:
    store = road.shop.store
    from_shopify(store, "app/uninstalled", {"id": 1})
    work(store)
    assert ShopifyStore.objects.get(pk=store.pk).connection == Connection.CONNECTED, "it still answers: old news"
    ShopifyStore.objects.filter(pk=store.pk).update(access_token="expired")
    from_shopify(store, "app/uninstalled", {"id": 1}, "2")
    work(store)
    store.refresh_from_db()
    assert store.connection == Connection.BROKEN
    assert "uninstalled" in store.connection_error


def test_a_deleted_shopify_order_needs_a_look(road: Road) -> None:
    order = synced(road)
    from_shopify(road.shop.store, "orders/delete", {"id": 424242})
    work(road.shop.store)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "gone_from_shopify")


def test_somebody_elses_order_is_ignored(road: Road) -> None:
    from_shopify(road.shop.store, "orders/delete", {"id": 5})
    work(road.shop.store)
    assert WebhookEvent.objects.get().note == "No order of ours."


def test_the_merchants_fulfilment_wakes_the_delivery_and_our_own_does_not(road: Road) -> None:
    order = synced(road)
    DeliveryWork.objects.create(order=order, status="done")
    order.attempts.create(
        effect="fulfil:1:2",
        number=1,
        token="0" * 32,
        started_at=timezone.now(),
        request={},
        request_digest="",
        result="done",
        shopify_gid="gid://shopify/Fulfillment/7",
    )
    from_shopify(road.shop.store, "fulfillments/create", {"id": 7, "order_id": 424242})
    work(road.shop.store)
    assert DeliveryWork.objects.get().status == "done"
    from_shopify(road.shop.store, "fulfillments/create", {"id": 8, "order_id": 424242}, "2")
    work(road.shop.store)
    assert DeliveryWork.objects.get().status == "due"


def test_a_changed_sku_is_no_longer_trusted_and_an_equal_one_is(road: Road) -> None:
    kept = LinkFactory.create(shop=road.shop, variant_gid="gid://shopify/ProductVariant/1", shopify_sku="SOAP")
    stale = LinkFactory.create(shop=road.shop, variant_gid="gid://shopify/ProductVariant/2", shopify_sku="CANDLE")
    variants = [{"id": 1, "sku": "SOAP"}, {"id": 2, "sku": "CANDLE-OLD"}]
    from_shopify(road.shop.store, "products/update", {"id": 9, "variants": variants})
    work(road.shop.store)
    assert ProductLink.objects.get(pk=kept.pk).checked_at is not None
    assert ProductLink.objects.get(pk=stale.pk).checked_at is None


def test_a_deleted_product_makes_every_link_be_checked(road: Road) -> None:
    link = LinkFactory.create(shop=road.shop)
    from_shopify(road.shop.store, "products/delete", {"id": 9})
    work(road.shop.store)
    assert ProductLink.objects.get(pk=link.pk).checked_at is None


def test_a_customers_erasure_is_done(road: Road) -> None:
    order = synced(road)
    body = {"shop_domain": road.shop.store.domain, "customer": {"id": 1}, "orders_to_redact": [424242]}
    from_shopify(road.shop.store, "customers/redact", body)
    work(road.shop.store)
    assert "Jane" not in json.dumps(OrderPayload.objects.get(order=order).raw)


def test_an_erasure_for_another_store_erases_nothing(road: Road) -> None:
    """The header that names the store is not signed."""
    order = synced(road)
    body = {"shop_domain": "other.myshopify.com", "orders_to_redact": [424242]}
    from_shopify(road.shop.store, "customers/redact", body)
    work(road.shop.store)
    assert "Jane" in json.dumps(OrderPayload.objects.get(order=order).raw)


def test_a_request_for_data_waits_for_a_person(road: Road) -> None:
    order = synced(road)
    body = {"shop_domain": road.shop.store.domain, "orders_requested": [424242]}
    from_shopify(road.shop.store, "customers/data_request", body)
    work(road.shop.store)
    event = WebhookEvent.objects.get()
    assert event.status == Status.FOR_STAFF
    assert order.tiktok_order_id in event.note
