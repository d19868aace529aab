"""Which orders go out next, and which must not: nobody waits behind somebody else's backlog."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import bulk, claims, dispatch
from orders.models import Order
from orders.states import PRIORITY, AskedBy, SyncStatus
from orders.timing import IN_FLIGHT_PER_STORE, ODD_FAILURES
from settings_app.models import Connection, ShopifyStore, SyncSettings, TikTokShop
from tests.factories import OrderFactory, SettingsFactory, ShopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> TikTokShop:
    shop = ShopFactory()
    SettingsFactory(shop=shop)
    return shop


def order(shop: TikTokShop, asked_by: AskedBy = AskedBy.NOBODY, **values: object) -> Order:
    status = SyncStatus.QUEUED if asked_by else SyncStatus.NOT_SYNCED
    asked = {"sync_status": status, "asked_by": asked_by, "priority": PRIORITY[asked_by]}
    return OrderFactory(shop=shop, **{**asked, "asked_at": timezone.now() if asked_by else None, **values})


def status(row: Order) -> tuple[str, str]:
    row.refresh_from_db()
    return row.sync_status, row.asked_by


def test_who_presses_sync_does_not_wait_behind_a_bulk_or_automatic_sync(shop: TikTokShop) -> None:
    SyncSettings.objects.update(automatic_sync=True)
    automatic = order(shop, AskedBy.AUTOMATIC)
    in_bulk = order(shop, AskedBy.BULK)
    earlier = order(shop, AskedBy.BULK, asked_at=timezone.now() - timedelta(minutes=1))
    by_hand = order(shop, AskedBy.MANUAL)
    assert dispatch.due(shop.store_id) == [by_hand.pk, earlier.pk, in_bulk.pk, automatic.pk]


def test_one_store_with_a_backlog_takes_only_its_own_window(shop: TikTokShop) -> None:
    for _ in range(IN_FLIGHT_PER_STORE + 5):
        order(shop, AskedBy.BULK)
    other = order(ShopFactory(), AskedBy.BULK)
    assert len(dispatch.due(shop.store_id)) == IN_FLIGHT_PER_STORE
    assert dispatch.due(shop.store_id) == []  # the window is full until half of it is done
    assert dispatch.due(other.store_id) == [other.pk]


def test_a_store_that_failed_again_and_again_is_tried_with_a_single_order(shop: TikTokShop) -> None:
    for _ in range(3):
        order(shop, AskedBy.MANUAL)
    ShopifyStore.objects.update(backoff_step=ODD_FAILURES + 1, backoff_until=timezone.now() + timedelta(minutes=1))
    assert dispatch.due(shop.store_id) == dispatch.stores_with_due_orders() == []
    ShopifyStore.objects.update(backoff_until=timezone.now() - timedelta(seconds=1))
    assert len(dispatch.due(shop.store_id)) == 1


def test_nothing_goes_to_a_broken_store_or_out_of_a_paused_shop(shop: TikTokShop) -> None:
    row = order(shop, AskedBy.MANUAL)
    ShopifyStore.objects.update(connection=Connection.BROKEN)
    assert dispatch.due(shop.store_id) == []
    ShopifyStore.objects.update(connection=Connection.CONNECTED)
    TikTokShop.objects.update(paused=True)
    assert dispatch.due(shop.store_id) == []
    assert claims.claim_queued(row.pk) is None  # nor by a message that was on its way
    TikTokShop.objects.update(paused=False)
    assert dispatch.due(shop.store_id) == [row.pk]


def test_automatic_sync_asks_for_what_nobody_asked_for_and_for_nothing_else(shop: TikTokShop) -> None:
    waiting, ignored = order(shop), order(shop, sync_status=SyncStatus.IGNORED)
    by_hand_only = order(ShopFactory())
    assert dispatch.queue_automatic() == 0
    SyncSettings.objects.filter(shop=shop).update(automatic_sync=True)
    assert dispatch.queue_automatic() == 1
    assert status(waiting) == (SyncStatus.QUEUED, AskedBy.AUTOMATIC)
    assert status(ignored) == (SyncStatus.IGNORED, AskedBy.NOBODY)
    assert status(by_hand_only) == (SyncStatus.NOT_SYNCED, AskedBy.NOBODY)


def test_turning_automatic_sync_off_keeps_back_what_was_not_sent_yet(shop: TikTokShop) -> None:
    SyncSettings.objects.update(automatic_sync=True)
    automatic, by_hand, in_bulk = (order(shop, who) for who in (AskedBy.AUTOMATIC, AskedBy.MANUAL, AskedBy.BULK))
    under_way = order(shop, AskedBy.AUTOMATIC)
    assert claims.claim_queued(under_way.pk) is not None
    assert dispatch.withdraw_automatic() == 0
    SyncSettings.objects.update(automatic_sync=False)
    assert dispatch.withdraw_automatic() == 1
    assert status(automatic) == (SyncStatus.NOT_SYNCED, AskedBy.NOBODY)
    assert status(by_hand) == (SyncStatus.QUEUED, AskedBy.MANUAL)
    assert status(in_bulk) == (SyncStatus.QUEUED, AskedBy.BULK)
    assert status(under_way) == (SyncStatus.SYNCING, AskedBy.AUTOMATIC)


def test_what_automatic_sync_left_standing_does_not_go_once_it_is_off(shop: TikTokShop) -> None:
    held = order(shop, AskedBy.AUTOMATIC, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    assert claims.release(Order.objects.filter(pk=held.pk)) == 1
    dispatch.withdraw_automatic()
    assert status(held) == (SyncStatus.NOT_SYNCED, AskedBy.NOBODY)


def test_a_paused_bulk_sync_holds_its_orders_and_no_others(shop: TikTokShop) -> None:
    other = order(shop, AskedBy.MANUAL)
    mine = order(shop)
    one = bulk.start(Order.objects.filter(pk=mine.pk), None, "sync")
    bulk.pause(one.pk)
    assert dispatch.due(shop.store_id) == [other.pk]
    bulk.resume(one.pk)
    assert dispatch.due(shop.store_id) == [mine.pk]
