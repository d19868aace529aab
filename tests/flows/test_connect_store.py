"""`connect_store` and `link_product`: what is wrong is said in one sentence, and nothing half-right is kept unseen."""

from __future__ import annotations

import io
import json
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from orders import claims, creation
from orders.models import Order, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app import store_renewal
from settings_app.connect import LONGEST
from settings_app.connect import connect as connection_of
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.factories import OrderFactory, StoreFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.consents import OTHER, US
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

NOW = int(time.time())
SKU_ID = raw_order()["line_items"][0]["sku_id"]


def document(**changes: Any) -> dict[str, Any]:
    """A connection; `tiktok__region=None` leaves a key out."""
    whole: dict[str, dict[str, Any]] = {
        "tiktok": {
            "shop_id": US,
            "name": "Soap US",
            "cipher": "cipher",
            "region": "US",
            "access_token": "TTP_given",
            "access_token_expires_at": NOW + 604800,
            "refresh_token": "TTR_given",
            "refresh_token_expires_at": NOW + 31536000,
        },
        "shopify": {"domain": "lavender.myshopify.com", "access_token": "shpat_given"},
        "settings": {},
    }
    for name, value in changes.items():
        part, key = name.split("__")
        whole[part].pop(key, None)
        if value is not None:
            whole[part][key] = value
    return whole


class Told:
    """What a program sees of one run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *words: str, given: object = None) -> None:
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(given if isinstance(given, str) else json.dumps(given)))
        self.status = 0
        self.said = ""
        try:
            call_command(name, *words, "--json", stdout=out, stderr=err)
        except CommandError as error:
            self.status, self.said = error.returncode, str(error)
        self.json = json.loads(out.getvalue()) if out.getvalue() else {}
        self.remarks = err.getvalue()


@pytest.fixture
def connect(vendors: tuple[Sandbox, Sandbox], redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    vendors[0].post("/_sandbox/shops", {"id": US, "access_token": "TTP_given", "refresh_token": "TTR_given"})
    return lambda given: Told(monkeypatch, "connect_store", given=given)


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


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"tiktok__refresh_token_expires_at": 1700000000, "tiktok__access_token_expires_at": 1700000000},
            "consent ended",
        ),
        ({"tiktok__refresh_token": None, "tiktok__access_token_expires_at": 1700000000}, "no refresh_token"),
        ({"shopify__client_id": "id", "shopify__client_secret": "secret"}, "not both"),
        ({"shopify__access_token": None}, "either access_token"),
        ({"shopify__access_token": None, "shopify__client_id": "id"}, "either access_token"),
        ({"tiktok__region": "GB"}, "US TikTok Shops only"),
        ({"tiktok__shop_id": "7494000000000000077", "tiktok__region": None}, "covers"),
        ({"tiktok__access_token": "bad", "tiktok__region": None}, 'give it, such as "US"'),
        ({"shopify__domain": "evil.example"}, "not a store's name"),
        ({"tiktok__access_token_expires_at": "soon"}, "Unix seconds"),
        ({"settings__prices": "all"}, "not a setting"),
        ({"settings__adjustment_limit": "1000000"}, "settings.adjustment_limit: give dollars and cents"),
        ({"settings__adjustment_limit": "1e40"}, "settings.adjustment_limit: give dollars and cents"),
        ({"settings__backfill_days": 10**30}, "settings.backfill_days: give a number of days"),
        ({"settings__extra_tags": ["tag"] * 101}, "at most 100"),
        ({"settings__extra_tags": ["two\nlines"]}, "settings.extra_tags"),
        ({"settings__extra_tags": ["nul\x00"]}, "settings.extra_tags"),
        ({"settings__price_mode": "x" * 9999}, "settings.price_mode"),
        ({"settings__price_mode": json.loads("[" * 900 + "]" * 900)}, "settings.price_mode"),
        ({"tiktok__name": json.loads("[" * 900 + "]" * 900)}, "tiktok.name: give it as text"),
        ({"tiktok__access_token_expires_at": json.loads("[" * 900 + "]" * 900)}, "Unix seconds"),
        ({"tiktok__name": "S" * 256}, "tiktok.name: it has 256 characters; give at most 255"),
        ({"tiktok__name": "half \ud83d"}, "tiktok.name: it holds a line break or"),
        ({"tiktok__name": "two\nlines"}, "tiktok.name: it holds a line break"),
        ({"tiktok__name": " "}, "tiktok.name: it is missing"),
        ({"tiktok__cipher": "a b"}, "tiktok.cipher: it holds a blank"),
        ({"tiktok__access_token": "TTP_a\r\nX-Evil: 1"}, "tiktok.access_token: it holds a blank"),
        ({"tiktok__access_token": "T" * 2001}, "tiktok.access_token: it has 2001 characters"),
        ({"tiktok__refresh_token": "TTR_☃"}, "tiktok.refresh_token: it holds a blank"),
        ({"shopify__access_token": "shpat_☃"}, "shopify.access_token: it holds a blank"),
        ({"shopify__client_secret": "a\nb"}, "shopify.client_secret: it holds a blank"),
        ({"tiktok__shop_id": "1' OR 1=1--"}, "tiktok.shop_id: it holds a blank"),
        ({"tiktok__shop_id": "shop\n1"}, "tiktok.shop_id: it holds a blank"),
        ({"tiktok__shop_id": "٣٣٣"}, "tiktok.shop_id: it holds a blank, a line break or a foreign letter"),
        ({"tiktok__shop_id": "7" * 100}, "tiktok.shop_id: it has 100 characters; give at most 64"),
        ({"tiktok__access_token_expires_at": 10**15}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": 0.5}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": float("inf")}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": float("nan")}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": -(10**10)}, "Unix seconds"),
        ({"shopify__domain": "a" * 300 + ".myshopify.com"}, "give at most 255"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence_and_changes_nothing(
    connect: Any, changes: dict[str, Any], named: str
) -> None:
    told = connect(document(**changes))
    assert told.status == 1
    assert named in told.said
    assert told.said.isprintable()
    assert len(told.said) < 400
    assert told.json == {}
    assert not TikTokShop.objects.exists()
    assert not ShopifyStore.objects.exists()


@pytest.mark.parametrize(
    "given",
    ["", "[]", "7", '{"tiktok": []}', "{", "9" * 5000, '{"settings":' + "[" * 5000, '{"a":' * 900 + "1" + "}" * 900],
    ids=range(8),
)
def test_what_is_no_connection_is_refused(connect: Any, given: str) -> None:
    assert connect(given).status == 1
    assert not TikTokShop.objects.exists()


def test_the_largest_of_everything_is_kept_and_can_be_read_again(connect: Any) -> None:
    told = connect(
        document(
            tiktok__name="🧼" * 255,
            settings__adjustment_limit="999999.99",
            settings__backfill_days=90,
            settings__extra_tags=["t" * 40] * 100,
        )
    )
    assert told.status == 0, told.said
    shop = TikTokShop.objects.get()
    assert (shop.name, shop.sync_settings.rules().adjustment_limit) == ("🧼" * 255, Decimal("999999.99"))


def test_a_program_that_counts_in_floats_and_names_its_shop_in_letters_can_connect(connect: Any) -> None:
    told = connect(document(tiktok__shop_id="shop-1", tiktok__access_token_expires_at=1999999999.5))
    assert told.status == 0, told.said
    shop = TikTokShop.objects.get(shop_id="shop-1")
    assert shop.access_token_expires_at == datetime.fromtimestamp(1999999999, UTC)


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


def test_no_text_is_let_in_that_its_column_does_not_hold() -> None:
    for model, names in ((TikTokShop, ("shop_id", "name")), (ShopifyStore, ("domain", "client_id"))):
        for name in names:
            assert model._meta.get_field(name).max_length == LONGEST[name]  # type: ignore[union-attr]


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


def link(monkeypatch: pytest.MonkeyPatch, road: Road, sku_id: str, gid: str) -> Told:
    return Told(monkeypatch, "link_product", "--shop", road.shop.shop_id, sku_id, gid)


@pytest.mark.parametrize(
    "gid",
    [
        "44800000000001",
        "gid://shopify/Product/1",
        "gid://shopify/ProductVariant/",
        "gid://shopify/ProductVariant/1x",
        "",
    ],
)
def test_only_a_variants_id_is_linked(road: Road, monkeypatch: pytest.MonkeyPatch, gid: str) -> None:
    told = link(monkeypatch, road, SKU_ID, gid)
    assert (told.status, "gid://shopify/ProductVariant/4" in told.said) == (2, True)
    assert not ProductLink.objects.exists()


def test_a_variant_that_the_store_does_not_have_is_not_linked(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    told = link(monkeypatch, road, SKU_ID, "gid://shopify/ProductVariant/9")
    assert (told.status, "has no variant" in told.said) == (1, True)
    assert not ProductLink.objects.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_that_shopify_cannot_be_asked_about_is_kept_and_checked_before_its_order_goes(
    road: Road, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    variant = road.variant("OTHER-SKU") if exists else "gid://shopify/ProductVariant/999"
    [order] = road.stored(raw_order(), linked=False)
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    road.shopify.faults({"operation": "VariantsByIds", "do": "cut", "times": None})
    told = link(monkeypatch, road, SKU_ID, variant)
    assert (told.status, told.json["freed"], told.json["checked"]) == (0, 1, False)
    assert "Shopify could not be asked now" in told.remarks
    assert (road.shopify_orders(), ProductLink.objects.get().kind) == ([], "manual")

    creation.sync(order.pk)
    assert road.shopify_orders() == [], "no order goes out on a variant that nobody saw"
    road.shopify.faults()
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    Order.objects.update(next_attempt_at=None)
    ShopifyStore.objects.update(backoff_until=None)
    creation.sync(order.pk)
    order.refresh_from_db()
    found = ProductLink.objects.get()
    if exists:
        assert (order.sync_status, found.shopify_sku) == (SyncStatus.SYNCED, "OTHER-SKU")
    else:
        assert (order.sync_status, road.shopify_orders()) == (SyncStatus.BLOCKED, [])
        assert found.kind == "none"


def test_a_sku_id_that_no_column_holds_is_refused_in_a_sentence(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    told = link(monkeypatch, road, "1" * 65, road.variant("SOAP-LAV"))
    assert (told.status, "1 to 64 characters" in told.said) == (2, True)


def test_a_sku_of_no_known_order_is_linked_and_told(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = road.variant("SOAP-LAV")
    told = link(monkeypatch, road, "1729999", variant)
    assert (told.status, told.json["in_orders"]) == (0, False)
    assert "No order of" in told.remarks
    road.stored(raw_order(), linked=False)
    told = link(monkeypatch, road, SKU_ID, variant)
    assert (told.status, told.json["in_orders"], told.remarks) == (0, True, "")
