"""Settings → Order and the pages of both connections: nothing is sent unannounced, nothing secret is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders import settings_changed
from orders.fetching import storing
from orders.insight import what_if
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from settings_app.models import Connection, ShopifyStore, SyncSettings, TikTokShop
from settings_app.rules import Rules, with_changes
from tests.factories import LinkFactory, OrderFactory, ShopFactory, StoreFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.people import client_with
from tests.flows.reading import messages

pytestmark = pytest.mark.django_db

FORM: dict[str, str] = {
    "backfill_days": "7",
    "price_mode": "buyer_paid",
    "adjustment_limit": "1.00",
    "unlinked_items": "block",
    "samples": "sync",
    "customer": "create",
    "extra_tags": "",
    "inventory": "decrement_ignoring_policy",
    "sync_delivery_status": "on",
}


@pytest.fixture
def manager() -> Client:
    names = ("change_syncsettings", "view_syncsettings", "change_tiktokshop", "view_tiktokshop")
    return client_with(*names, "change_shopifystore", "view_shopifystore", "view_order")


@pytest.fixture
def shop() -> TikTokShop:
    shop: TikTokShop = ShopFactory.create(name="Willow Soap")
    SyncSettings.objects.create(shop=shop)
    return shop


@pytest.fixture
def save(manager: Client, shop: TikTokShop) -> Callable[..., Any]:
    def post(button: str = "_save", **changes: str) -> Any:
        form = {key: value for key, value in {**FORM, **changes}.items() if value != "off"}
        return manager.post(page_of(shop), {**form, button: "1"}, follow=True)

    return post


def page_of(shop: TikTokShop) -> str:
    return f"/admin/settings_app/syncsettings/{shop.pk}/change/"


def test_automatic_sync_is_not_turned_on_before_one_was_told_how_many_orders_go(
    save: Callable[..., Any], shop: TikTokShop
) -> None:
    OrderFactory.create_batch(3, shop=shop)
    asked = save(automatic_sync="on", extra_tags="VIP")
    assert "Save and sync 3 orders" in asked.content.decode()
    assert not SyncSettings.objects.get(shop=shop).automatic_sync
    fewer = save(automatic_sync="on", extra_tags="VIP", told="2")  # an order came in since the page was opened
    assert "Save and sync 3 orders" in fewer.content.decode()
    assert not SyncSettings.objects.get(shop=shop).automatic_sync
    done = save(automatic_sync="on", extra_tags="VIP", told="3")
    settings = SyncSettings.objects.get(shop=shop)
    assert (settings.automatic_sync, settings.extra_tags) == (True, ["VIP"])
    assert "3 orders go to Shopify now" in messages(done)
    assert "Automatic sync: off → on" in LogEntry.objects.latest("pk").change_message


def test_the_settings_page_offers_the_button_that_says_how_many_orders_it_sends(
    manager: Client, shop: TikTokShop
) -> None:
    OrderFactory.create_batch(3, shop=shop)
    page = manager.get(page_of(shop)).content.decode()
    assert 'name="told" value="3">Save and sync 3 orders<' in page


def test_turning_automatic_sync_off_says_how_many_orders_stay_here(save: Callable[..., Any], shop: TikTokShop) -> None:
    save(automatic_sync="on")
    OrderFactory.create_batch(2, shop=shop, queued=True, asked_by=AskedBy.AUTOMATIC)
    OrderFactory(shop=shop, queued=True)  # somebody asked for this one: it still goes
    assert "2 orders that were to go are not synced again" in messages(save())


def test_going_back_from_the_question_keeps_what_was_typed_and_saves_nothing(
    save: Callable[..., Any], shop: TikTokShop
) -> None:
    OrderFactory.create(shop=shop)
    page = save(button="_edit", automatic_sync="on", extra_tags="VIP").content.decode()
    assert 'value="VIP"' in page
    assert not SyncSettings.objects.get(shop=shop).automatic_sync


def test_automatic_sync_with_nothing_waiting_needs_no_second_click(save: Callable[..., Any], shop: TikTokShop) -> None:
    save(automatic_sync="on")
    assert SyncSettings.objects.get(shop=shop).automatic_sync


@pytest.mark.parametrize(
    ("changes", "reason", "status"),
    [
        ({"samples": "ignore→sync"}, "sample_excluded", SyncStatus.BLOCKED),
        ({"unlinked_items": "block→text_line"}, "sku_ambiguous", SyncStatus.BLOCKED),
        ({"inventory": "decrement_obeying_policy→bypass"}, "out_of_stock", SyncStatus.FAILED),
        ({"customer": "create→none"}, "refused", SyncStatus.FAILED),
        ({"adjustment_limit": "1.00→5.00"}, "total_mismatch", SyncStatus.NEEDS_REVIEW),
    ],
)
def test_orders_that_stood_still_because_of_a_setting_go_on_when_it_changes(
    shop: TikTokShop, changes: dict[str, str], reason: str, status: SyncStatus
) -> None:
    order = OrderFactory.create(shop=shop, sync_status=status, reason=reason, asked_by=AskedBy.MANUAL)
    other = OrderFactory.create(sync_status=status, reason=reason, asked_by=AskedBy.MANUAL)
    before = with_changes(Rules(), {name: change.split("→")[0] for name, change in changes.items()})
    after = with_changes(Rules(), {name: change.split("→")[1] for name, change in changes.items()})
    assert settings_changed.release(shop, before, before) == 0
    assert settings_changed.release(shop, before, after) == 1
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.QUEUED, "")
    assert other.sync_status == status  # another shop's orders have settings of their own


def test_an_order_that_is_already_in_shopify_is_never_queued_by_a_setting(shop: TikTokShop) -> None:
    order = OrderFactory.create(
        shop=shop,
        sync_status=SyncStatus.NEEDS_REVIEW,
        reason="total_mismatch",
        shopify_order_id="gid://shopify/Order/1",
    )
    settings_changed.release(shop, Rules(), with_changes(Rules(), {"adjustment_limit": "9.00"}))
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.NEEDS_REVIEW


def test_trying_settings_says_how_many_orders_would_change_and_saves_and_sends_nothing(
    save: Callable[..., Any], shop: TikTokShop
) -> None:
    storing.store(
        shop, [raw_order("576461413038785001"), raw_order("576461413038785002", is_sample_order=True)], Rules()
    )
    LinkFactory.create(shop=shop, sku_id=raw_order()["line_items"][0]["sku_id"])
    page = save(button="_try", samples="ignore").content.decode()
    assert "1 of the last 2 orders would change" in page
    assert "576461413038785002" in page
    assert "Affiliate samples are not synced in this shop." in page
    assert "None of the last 2 orders would change" in save(button="_try").content.decode()
    assert SyncSettings.objects.get(shop=shop).samples == "sync"
    assert set(Order.objects.values_list("sync_status", flat=True)) == {"not_synced"}


def test_a_trial_says_what_it_means_in_money_and_lists_the_orders(
    shop: TikTokShop, save: Callable[..., Any], manager: Client
) -> None:
    plain, discounted, sample = (f"57646141303878{n}" for n in (5001, 5002, 5003))
    line = raw_order()["line_items"][0]
    paid = {**raw_order()["payment"], "sub_total": "15.00", "platform_discount": "5.00", "total_amount": "21.99"}
    raws = [
        raw_order(plain),
        raw_order(discounted, payment=paid, line_items=[{**line, "sale_price": "15.00", "platform_discount": "5.00"}]),
        raw_order(sample, is_sample_order=True),
    ]
    storing.store(shop, raws, Rules())
    LinkFactory.create(shop=shop, sku_id=line["sku_id"])
    page = save(button="_try", price_mode="seller_revenue", samples="ignore").content.decode()
    assert "2 of the last 3 orders would change" in page
    assert "The total of 1 order would change, from $21.99 to $26.99." in page
    assert "1 order of $26.99 in all would no longer go." in page
    listed = re.findall(r'href="(/admin/orders/order/\?id__in=[^"]+)"', page)
    assert len(listed) == 2
    shown = manager.get(listed[0]).content.decode()
    assert discounted in shown
    assert plain not in shown


def test_a_trial_names_the_parts_of_the_order_that_differ(shop: TikTokShop) -> None:
    storing.store(shop, [raw_order()], Rules())
    LinkFactory.create(shop=shop, sku_id=raw_order()["line_items"][0]["sku_id"])
    after = with_changes(Rules(), {"extra_tags": ["VIP"], "inventory": "bypass"})
    trial = what_if.try_rules(shop, Rules(), after)
    assert sorted(trial.changes[0].parts) == ["stock", "tags"]


def test_a_trial_of_a_hundred_orders_reads_the_database_a_few_times(
    shop: TikTokShop, django_assert_max_num_queries: Any
) -> None:
    storing.store(shop, [raw_order(f"57646141303878{number:04d}") for number in range(30)], Rules())
    with django_assert_max_num_queries(3):
        assert what_if.try_rules(shop, Rules(), with_changes(Rules(), {"customer": "none"})).tried == 30


def test_a_wrong_value_is_named_beside_its_field_and_nothing_is_saved(
    save: Callable[..., Any], shop: TikTokShop
) -> None:
    page = save(backfill_days="400", extra_tags="x" * 41, adjustment_limit="-1").content.decode()
    assert "Nothing was saved" in page
    assert "Each tag may have 1 to 40 characters" in page
    assert SyncSettings.objects.get(shop=shop).adjustment_limit == Decimal("1.00")


def test_a_shop_that_never_saved_settings_shows_the_defaults_and_a_get_makes_no_row(manager: Client) -> None:
    shop = ShopFactory.create()
    assert manager.get(page_of(shop)).status_code == 200
    assert not SyncSettings.objects.filter(shop=shop).exists()


def test_who_may_only_look_sees_the_settings_and_cannot_change_them(shop: TikTokShop) -> None:
    viewer = client_with("view_syncsettings")
    assert "A manager can change them" in viewer.get(page_of(shop)).content.decode()
    assert viewer.post(page_of(shop), {**FORM, "_save": "1"}).status_code == 403
    assert client_with("view_order").get(page_of(shop)).status_code == 403


def test_no_secret_is_in_the_pages_of_the_connections(manager: Client, shop: TikTokShop) -> None:
    ShopifyStore.objects.update(client_id="public-id", client_secret="shpss_secret", access_token="shpat_secret")
    TikTokShop.objects.update(cipher="TTP_cipher", access_token="TTP_secret", refresh_token="TTR_secret")
    for kind, pk in (("tiktokshop", shop.pk), ("shopifystore", shop.store.pk)):
        for address in (f"/admin/settings_app/{kind}/", f"/admin/settings_app/{kind}/{pk}/change/"):
            page = manager.get(address)
            assert page.status_code == 200
            assert not [word for word in ("_secret", "TTP_cipher") if word in page.content.decode()]


def test_test_connection_says_what_works_on_both_sides_and_who_tested(road: Road, manager: Client) -> None:
    TikTokShop.objects.update(refresh_token_expires_at=timezone.now() + timedelta(days=100))
    tested = manager.post(f"/admin/settings_app/tiktokshop/{road.shop.pk}/test/")
    assert "The connection works" in tested.content.decode()
    assert "Orders can be read." in tested.content.decode()
    tested = manager.post(f"/admin/settings_app/shopifystore/{road.shop.store.pk}/test/")
    page = tested.content.decode()
    assert "The connection works" in page
    assert "API version" in page
    assert "Main warehouse" in page
    assert LogEntry.objects.filter(change_message="Tested the connection. Works.").count() == 2
    assert "Last test" in manager.get(f"/admin/settings_app/shopifystore/{road.shop.store.pk}/change/").content.decode()


def test_test_connection_names_what_is_wrong_instead_of_failing(road: Road, manager: Client) -> None:
    ShopifyStore.objects.update(access_token="bad-token")
    page = manager.post(f"/admin/settings_app/shopifystore/{road.shop.store.pk}/test/").content.decode()
    assert "The connection does not work yet" in page
    TikTokShop.objects.update(access_token="bad-token")
    page = manager.post(f"/admin/settings_app/tiktokshop/{road.shop.pk}/test/").content.decode()
    assert "The connection does not work yet" in page


def test_a_tiktok_shop_that_works_again_is_fetched_again_after_a_test(road: Road, manager: Client) -> None:
    TikTokShop.objects.update(connection=Connection.BROKEN, connection_error="gone", last_poll_error="gone")
    manager.post(f"/admin/settings_app/tiktokshop/{road.shop.pk}/test/")
    road.shop.refresh_from_db()
    assert (road.shop.connection, road.shop.last_poll_error) == (Connection.CONNECTED, "")


def test_test_connection_is_post_only_and_asks_for_the_right_to_change_connections(shop: TikTokShop) -> None:
    address = f"/admin/settings_app/tiktokshop/{shop.pk}/test/"
    assert client_with("change_tiktokshop").get(address).status_code == 405
    assert client_with("view_tiktokshop").post(address).status_code == 403


def test_how_long_buyers_data_is_kept_is_set_per_shop_and_written_down(manager: Client, shop: TikTokShop) -> None:
    address = f"/admin/settings_app/tiktokshop/{shop.pk}/keep/"
    manager.post(address, {"days": "30"})
    assert "Not saved" in messages(manager.post(address, {"days": "0"}, follow=True))
    shop.refresh_from_db()
    assert shop.keep_buyer_data_days == 30
    assert "kept 30 days" in LogEntry.objects.latest("pk").change_message
    assert client_with("view_tiktokshop").post(address, {"days": "1"}).status_code == 403


def test_a_seller_with_one_shop_comes_to_its_settings_at_once(manager: Client, shop: TikTokShop) -> None:
    assert manager.get("/admin/settings_app/syncsettings/").headers["Location"] == page_of(shop)
    ShopFactory.create(store=StoreFactory.create())
    assert manager.get("/admin/settings_app/syncsettings/").status_code == 200
