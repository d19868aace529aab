"""One order into Shopify: once, recorded, and with the truth in its row whatever Shopify answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from connectors.shopify import products
from orders import claims, creation, linking, outcomes, sweeps, verification
from orders.models import Order, ProductLink, SyncAttempt
from orders.states import AskedBy, AttemptResult, SyncStatus
from settings_app import clients
from settings_app.models import Connection, ShopifyStore
from tests.factories import attempt_of, raw_order
from tests.flows.conftest import SETTLE_SECONDS, Road
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db

Queued = Callable[..., Order]


def sync(order: Order) -> Order:
    creation.sync(order.pk)
    order.refresh_from_db()
    return order


def due_now(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(next_attempt_at=None)


def verified(order: Order) -> Order:
    """Look again and again, as the sweep would, until the outcome is known."""

    def known() -> bool:
        due_now(order)
        verification.verify(order.pk)
        order.refresh_from_db()
        return order.sync_status != SyncStatus.VERIFYING

    wait_for(known, 20, "the outcome to be known")
    return order


def test_a_queued_order_becomes_one_shopify_order_with_its_marks(road: Road, queued: Queued) -> None:
    order = sync(queued())
    assert (order.sync_status, order.message) == (SyncStatus.SYNCED, "")
    [made] = road.shopify_orders()
    sent = made["input"]
    assert order.shopify_order_id == made["id"]
    assert order.shopify_order_name == made["name"]
    assert sent["sourceIdentifier"] == order.tiktok_order_id
    assert sent["tags"] == ["TikTok Shop"]
    assert {a["key"]: a["value"] for a in sent["customAttributes"]} == {
        "Channel": f"TikTok Shop - {road.shop.name}",
        "TikTok Shop Order ID": order.tiktok_order_id,
        "Shipping Method": "Seller Shipping",
    }
    attempt = SyncAttempt.objects.get()
    assert (attempt.result, attempt.shopify_gid) == (AttemptResult.DONE, order.shopify_order_id)
    assert "Jane" not in str(attempt.request)


def test_the_same_message_twice_creates_nothing_twice(road: Road, queued: Queued) -> None:
    order = queued()
    sync(order)
    sync(order)
    assert len(road.shopify_orders()) == 1


def test_the_definition_of_the_custom_id_stands_before_the_first_create(road: Road, queued: Queued) -> None:
    sync(queued())
    assert ShopifyStore.objects.get().order_id_definition == ShopifyStore.Definition.READY


@pytest.mark.parametrize("deed", ["cut", "truncate", "http", "garbage"])
def test_an_answer_lost_after_the_effect_is_found_and_not_sent_again(road: Road, queued: Queued, deed: str) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": deed, "status": 502, "times": 1})
    sync(order)
    assert order.sync_status == SyncStatus.VERIFYING
    assert SyncAttempt.objects.get().result == AttemptResult.UNKNOWN
    assert verified(order).sync_status == SyncStatus.SYNCED
    assert len(road.shopify_orders()) == 1
    assert SyncAttempt.objects.get().result == AttemptResult.DONE


def test_a_request_lost_before_the_effect_is_sent_again_only_after_the_settle_window(
    road: Road, queued: Queued
) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrderCreate", "when": "before", "do": "cut", "times": 1})
    sync(order)
    unknown_since = SyncAttempt.objects.get().unknown_since
    assert unknown_since is not None
    assert verified(order).sync_status == SyncStatus.QUEUED
    attempt = SyncAttempt.objects.get()
    assert attempt.result == AttemptResult.ABSENT
    assert attempt.negatives >= 3
    assert timezone.now() - unknown_since >= timedelta(seconds=SETTLE_SECONDS)
    due_now(order)
    assert sync(order).sync_status == SyncStatus.SYNCED
    assert len(road.shopify_orders()) == 1


def test_a_look_that_fails_is_not_taken_for_absence(road: Road, queued: Queued) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "cut", "times": 1})
    sync(order)
    road.shopify.faults({"operation": "*", "when": "before", "do": "http", "status": 500, "times": None})
    due_now(order)
    verification.verify(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.VERIFYING
    assert SyncAttempt.objects.get().negatives == 0


def test_a_worker_killed_after_the_effect_leaves_an_order_that_is_found(road: Road, queued: Queued) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "cut", "times": 1})
    sync(order)
    # as SIGKILL would leave it: still claimed, the attempt still open as started
    past = timezone.now() - timedelta(seconds=10)
    SyncAttempt.objects.update(result=AttemptResult.STARTED, unknown_since=None)
    Order.objects.update(sync_status=SyncStatus.SYNCING, claim_until=past)
    assert sweeps.expired_claims() == 1
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    assert SyncAttempt.objects.get().unknown_since == past
    assert verified(order).sync_status == SyncStatus.SYNCED
    assert len(road.shopify_orders()) == 1


def test_an_order_that_is_there_before_the_first_create_is_adopted(road: Road, queued: Queued) -> None:
    order = sync(queued())
    gid = order.shopify_order_id
    # a database restored from yesterday's backup knows nothing of it
    SyncAttempt.objects.all().delete()
    Order.objects.update(
        sync_status=SyncStatus.QUEUED, shopify_order_id=None, looked_up_at=None, synced_at=None, shopify_order_name=""
    )
    wait_for(road.shopify_orders, 5, "the order")
    assert sync(order).sync_status == SyncStatus.SYNCED
    assert order.shopify_order_id == gid
    assert len(road.shopify_orders()) == 1


@pytest.mark.parametrize(("status", "token"), [(401, "bad"), (402, "frozen"), (403, "forbidden"), (423, "locked")])
def test_a_broken_connection_blocks_the_orders_and_frees_them_when_it_mends(
    road: Road, queued: Queued, status: int, token: str
) -> None:
    order = queued()
    ShopifyStore.objects.update(access_token=token)
    sync(order)
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "shopify_connection")
    assert ShopifyStore.objects.get().connection == Connection.BROKEN
    ShopifyStore.objects.update(access_token="shpat_good", backoff_until=None)
    assert sweeps.try_broken_stores() == 1
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED
    assert sync(order).sync_status == SyncStatus.SYNCED


def test_an_unreachable_shopify_fails_no_order(road: Road, queued: Queued, settings: Any) -> None:
    order = queued()
    settings.SHOPIFY_API_URL = "http://127.0.0.1:9"
    sync(order)
    assert order.sync_status == SyncStatus.QUEUED
    store = ShopifyStore.objects.get()
    assert store.backoff_until is not None
    assert order.next_attempt_at is not None
    assert "could not connect" in order.message


def test_a_throttled_order_waits_without_a_worker(road: Road, queued: Queued) -> None:
    order = queued()
    road.shopify.faults({"operation": "OrderCreate", "when": "before", "do": "throttled", "retry_after": 1, "times": 1})
    sync(order)
    assert order.sync_status == SyncStatus.QUEUED
    assert order.next_attempt_at is not None
    assert SyncAttempt.objects.get().result == AttemptResult.NOT_SENT

    def went_through() -> bool:
        due_now(order)
        return sync(order).sync_status == SyncStatus.SYNCED

    wait_for(went_through, 10, "the budget to be restored")
    assert len(road.shopify_orders()) == 1


def test_an_unlinked_item_blocks_by_name_and_goes_on_once_linked(road: Road) -> None:
    [order] = road.stored(raw_order(), linked=False)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    sync(order)
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "unlinked_item")
    assert "Lavender soap" in order.message
    gid = road.variant("SOAP-OTHER")
    variant = products.variants_by_ids(clients.shopify(road.shop.store), [gid])[gid]
    assert variant is not None
    assert linking.link_by_hand(road.shop, order.items.get().sku_id, variant).all == 1
    assert sync(order).sync_status == SyncStatus.SYNCED


def test_a_link_made_by_hand_while_the_old_one_is_checked_is_kept(
    road: Road, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = queued()
    item, client = order.items.get(), clients.shopify(road.shop.store)
    new = road.variant("SOAP-NEW")
    chosen = products.variants_by_ids(client, [new])[new]
    assert chosen is not None
    ProductLink.objects.update(variant_gid="gid://shopify/ProductVariant/1", checked_at=None)  # deleted in Shopify
    ask = products.variants_by_ids

    def linked_meanwhile(*given: Any) -> Any:
        linking.link_by_hand(road.shop, item.sku_id, chosen)
        return ask(*given)

    monkeypatch.setattr(products, "variants_by_ids", linked_meanwhile)
    sync(order)
    link = ProductLink.objects.get()
    assert (link.variant_gid, link.kind, order.sync_status) == (new, ProductLink.Kind.MANUAL, SyncStatus.SYNCED)


def test_an_equal_sku_links_by_itself(road: Road) -> None:
    road.variant("SOAP-LAV")
    [order] = road.stored(raw_order(), linked=False)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    wait_for(lambda: sync_and_see(order), 10, "the search index")
    assert order.sync_status == SyncStatus.SYNCED


def sync_and_see(order: Order) -> bool:
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    return sync(order).sync_status == SyncStatus.SYNCED


def test_another_connectors_order_is_not_doubled(road: Road, queued: Queued) -> None:
    order = queued()
    gid = road.variant("SOAP-FOREIGN")
    foreign = {
        "order": {
            "lineItems": [{"variantId": gid, "quantity": 1}],
            "tags": [f"TikTokOrderID:{order.tiktok_order_id}"],
        }
    }
    client = clients.shopify(road.shop.store)
    shopify_orders.create(client, foreign)
    wait_for(
        lambda: shopify_orders.look_up(client, [order.tiktok_order_id]).get(order.tiktok_order_id), 10, "the index"
    )
    sync(order)
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "already_in_shopify")
    assert len(road.shopify_orders()) == 1


def test_an_order_that_another_connector_made_while_ours_stood_still_is_not_doubled(road: Road, queued: Queued) -> None:
    order = queued()
    Order.objects.filter(pk=order.pk).update(looked_up_at=timezone.now() - timedelta(hours=1))
    client = clients.shopify(road.shop.store)
    mark = [f"TikTokOrderID:{order.tiktok_order_id}"]
    line = {"variantId": road.variant("SOAP-FOREIGN"), "quantity": 1}
    shopify_orders.create(client, {"order": {"lineItems": [line], "tags": mark}})
    wait_for(
        lambda: shopify_orders.look_up(client, [order.tiktok_order_id]).get(order.tiktok_order_id), 10, "the index"
    )
    sync(order)
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "already_in_shopify")
    assert len(road.shopify_orders()) == 1


def test_a_buyer_whose_name_shopify_refuses_still_gets_an_order(road: Road, queued: Queued) -> None:
    address = {**raw_order()["recipient_address"], "first_name": "https://soap.example", "last_name": "Doe"}
    order = sync(queued(recipient_address=address))
    assert order.sync_status == SyncStatus.SYNCED
    [made] = road.shopify_orders()
    assert made["input"]["customer"] == {"toUpsert": {"email": "v4b3y@scs.tiktokw.us"}}
    refused, done = SyncAttempt.objects.order_by("number")
    assert (refused.result, done.result) == (AttemptResult.REFUSED, AttemptResult.DONE)
    assert "e-mail alone" in done.sentence


def test_a_total_that_shopify_computes_otherwise_is_shown_and_not_sent_again(road: Road, queued: Queued) -> None:
    order = queued()
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.SYNCING)
    attempt = attempt_of(order, expected_total=Decimal("26.99"))
    outcomes.created(order, attempt, "gid://shopify/Order/1", "#1001", Decimal("26.98"))
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "created_total_differs")
    assert order.shopify_order_id == "gid://shopify/Order/1"
    assert "26.98" in order.message
    assert "26.99" in order.message
