"""`connect_store`: a connection that works is kept whole, one that does not is told and can be mended."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction

from orders.models import Order
from orders.states import SyncStatus
from settings_app import store_renewal
from settings_app.connect import connect as connection_of
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.factories import OrderFactory, StoreFactory
from tests.flows.consents import OTHER, US
from tests.flows.programs import document
from tests.sandboxes import Sandbox
from tests.waiting import wait_for


def test_a_whole_connection_is_kept_and_its_ids_are_told(connect: Any) -> None:
    told = connect(document())
    shop = TikTokShop.objects.get()
    assert (told.status, told.remarks) == (0, "")
    assert told.json == {
        "tiktok_shop": shop.pk,
        "shop_id": US,
        "shopify_store": shop.store_id,
        "domain": "lavender.myshopify.com",
    }


def test_settings_changed_by_a_program_let_go_what_stood_still_for_them_and_are_in_the_history(connect: Any) -> None:
    connect(document(settings__samples="ignore"))
    shop = TikTokShop.objects.get()
    order = OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="sample_excluded")
    connect(document())
    assert Order.objects.get(pk=order.pk).sync_status == SyncStatus.BLOCKED
    told = connect(document(settings__samples="sync"))
    assert told.status == 0, told.said
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NOT_SYNCED, "")
    last, first = LogEntry.objects.order_by("-pk")
    assert (last.user.username, last.user.is_active) == ("connect_store", False)
    assert last.object_id == str(shop.sync_settings.pk)
    assert last.change_message.startswith("Affiliate samples: ")
    assert first.change_message != last.change_message


@pytest.mark.django_db(transaction=True)
def test_settings_that_change_while_a_page_is_stored_lose_neither(vendors: tuple[Sandbox, Sandbox]) -> None:
    """The page holds its orders and then names the shop, the change holds the shop and then frees the orders."""
    shop = connection_of(document(settings__samples="ignore")).shop
    held = OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="sample_excluded")
    changed = []

    def change() -> None:
        try:
            changed.append(connection_of(document(settings__samples="sync")))
        finally:
            connection.close()

    def waits_for_us() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT bool_or(pg_backend_pid() = ANY (pg_blocking_pids(pid))) FROM pg_locks")
            return bool(cursor.fetchone()[0])

    changing = threading.Thread(target=change)
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=held.pk)
        changing.start()
        wait_for(waits_for_us, 10, "the change to wait for the page")
        OrderFactory.create(shop=shop)
    changing.join(10)
    assert len(changed) == 1
    assert list(Order.objects.values_list("sync_status", flat=True)) == ["not_synced", "not_synced"]


def test_an_ended_access_token_that_can_be_renewed_is_taken(connect: Any) -> None:
    assert connect(document(tiktok__access_token_expires_at=1700000000)).status == 0
    assert connect(document(tiktok__refresh_token_expires_at=1700000000)).status == 0, "the access token still lives"


def test_an_absent_region_is_asked_of_tiktok(connect: Any, vendors: tuple[Sandbox, Sandbox]) -> None:
    assert connect(document(tiktok__region=None)).status == 0
    vendors[0].post("/_sandbox/shops", {"id": OTHER, "access_token": "TTP_british", "refresh_token": "TTR_british"})
    british = document(tiktok__region=None, tiktok__shop_id=OTHER, tiktok__access_token="TTP_british")
    told = connect(british)
    assert (told.status, "is in GB" in told.said) == (1, True)
    assert TikTokShop.objects.get().shop_id == US


def test_without_region_and_without_tiktok_the_region_is_asked_for(connect: Any, settings: Any) -> None:
    settings.TIKTOK_SHOP_API_URL = "http://127.0.0.1:9"
    told = connect(document(tiktok__region=None))
    assert (told.status, 'such as "US"' in told.said) == (1, True)


def test_a_wrong_shopify_token_is_told_as_a_broken_connection(connect: Any) -> None:
    told = connect(document(shopify__access_token="bad-token"))
    assert told.status == 1
    assert "lavender.myshopify.com does not work" in told.said
    store = ShopifyStore.objects.get()
    assert told.json["shopify_store"] == store.pk, "what was saved is named, so that it can be mended"
    assert (store.connection, bool(store.connection_error)) == (Connection.BROKEN, True)
    assert connect(document()).status == 0
    assert ShopifyStore.objects.get().connection == Connection.CONNECTED


def test_a_wrong_client_secret_is_told_as_a_broken_connection(connect: Any) -> None:
    wrong = {"shopify__access_token": None, "shopify__client_id": "bad", "shopify__client_secret": "secret"}
    assert connect(document(**wrong)).status == 1
    assert ShopifyStore.objects.get().connection == Connection.BROKEN


def test_the_credentials_that_a_consented_store_has_already_renew_it_from_now_on(connect: Any) -> None:
    own = {"client_id": "own-app", "client_secret": "own-secret"}
    given = document(shopify__access_token=None, shopify__client_id="own-app", shopify__client_secret="own-secret")
    consent = {"access": ShopifyStore.Access.CONSENT, "access_token": "hourly", "refresh_token": "its-pair"}
    StoreFactory.create(domain="lavender.myshopify.com", **own, **consent)
    assert connect(given).status == 0
    store = ShopifyStore.objects.get()
    assert (store.access, store_renewal.renews(store)) == (ShopifyStore.Access.CREDENTIALS, True)
    assert store.access_token not in ("", "hourly")


def test_a_store_that_nobody_reaches_now_is_kept(connect: Any, settings: Any) -> None:
    settings.SHOPIFY_API_URL = "http://127.0.0.1:9/{domain}"
    told = connect(document())
    assert (told.status, ShopifyStore.objects.get().connection) == (0, Connection.CONNECTED)
    assert "could not be looked into now" in told.remarks


def test_a_wrong_token_holds_the_orders_that_wait_and_a_good_one_lets_them_go(
    connect: Any, django_capture_on_commit_callbacks: Any
) -> None:
    connect(document())
    shop = TikTokShop.objects.get()
    order = Order.objects.create(
        shop=shop,
        store=shop.store,
        tiktok_order_id="576461413038785752",
        tiktok_status="AWAITING_SHIPMENT",
        tiktok_updated_at="2026-11-20T00:00Z",
        sync_status=SyncStatus.QUEUED,
        asked_by="manual",
        priority=1,
    )
    connect(document(shopify__access_token="bad-token"))
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "shopify_connection")
    with django_capture_on_commit_callbacks(execute=True):
        connect(document())
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED
