"""The order list: its Sync button, its search, tabs and filters, and its export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin.export import safe
from orders.models import DeliveryWork, Order, OrderChange, OrderItem, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app.models import TikTokShop
from tests.flows.orders_pages.people import LIST, do
from tests.flows.people import user_with

pytestmark = pytest.mark.django_db


def test_sync_button_is_a_submit_button_of_the_lists_own_form(operator: Client, order: Callable[..., Order]) -> None:
    one = order()
    page = operator.get(LIST).content.decode()
    assert f'formmethod="post" formaction="{do(one, "sync")}"' in page
    assert page.count("<form") - page.count("</form>") == 0


def test_pressing_sync_queues_the_order_first_and_writes_who_did_it(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    answer = operator.post(do(one, "sync"), {"back": LIST + "?tab=not_synced"})
    one.refresh_from_db()
    assert (one.sync_status, one.asked_by) == (SyncStatus.QUEUED, AskedBy.MANUAL)
    assert answer.headers["Location"] == LIST + "?tab=not_synced"
    assert LogEntry.objects.get(object_id=str(one.pk)).change_message == "Pressed Sync."


def test_a_link_or_a_prefetch_can_never_sync_an_order(operator: Client, order: Callable[..., Order]) -> None:
    one = order()
    assert operator.get(do(one, "sync")).status_code == 405
    one.refresh_from_db()
    assert one.sync_status == SyncStatus.NOT_SYNCED


def test_sync_from_another_site_is_refused(order: Callable[..., Order]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user_with("view_order", "sync_order"))
    assert browser.post(do(order(), "sync")).status_code == 403


@pytest.mark.parametrize("what", ["sync", "ignore", "stop-ignoring", "accept", "sync-again"])
def test_a_viewer_cannot_change_an_order(
    client_of: Callable[..., Client], order: Callable[..., Order], what: str
) -> None:
    assert client_of("view_order").post(do(order(), what)).status_code == 403


def test_back_never_leads_to_another_site(operator: Client, order: Callable[..., Order]) -> None:
    answer = operator.post(do(order(), "sync"), {"back": "//evil.example/"})
    assert answer.headers["Location"].startswith("/admin/")


def test_a_disabled_button_says_why(operator: Client, order: Callable[..., Order]) -> None:
    order(SyncStatus.BLOCKED, reason="cancelled_before_sync")
    page = operator.get(LIST).content.decode()
    assert "a cancelled order is not created in Shopify" in page
    assert "formaction" not in page


@pytest.mark.parametrize(
    ("text", "field"),
    [("5769111", "id"), ("#1042", "name"), ("1042", "name"), ("LAVENDER", "sku"), ("9400TRACK", "tracking")],
)
def test_an_order_is_found_by_what_people_have_at_hand(
    operator: Client, order: Callable[..., Order], text: str, field: str
) -> None:
    wanted = order(
        SyncStatus.SYNCED,
        tiktok_order_id="5769111000111",
        shopify_order_id="gid://shopify/Order/1",
        shopify_order_name="#1042",
    )
    wanted.items.update(seller_sku="LAVENDER-8OZ", tracking_number="9400TRACK")
    order()
    found = operator.get(LIST, {"q": text}).context["cl"].result_list
    assert [one.pk for one in found] == [wanted.pk]


def test_a_pasted_list_of_ids_finds_all_of_them(operator: Client, order: Callable[..., Order]) -> None:
    one, two, _ = order(), order(), order()
    found = operator.get(LIST, {"q": f"{one.tiktok_order_id}\n{two.tiktok_order_id}"}).context["cl"].result_list
    assert {row.pk for row in found} == {one.pk, two.pk}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tab=not_synced", 1),
        ("tab=attention", 1),
        ("tab=synced", 0),
        ("reason=refused", 1),
        ("kind=gift", 1),
        ("sync_status__exact=failed", 1),
        ("placed_at_from=2020-01-01&placed_at_to=2020-01-02", 0),
        ("placed_at_from=rubbish", 2),
    ],
)
def test_tabs_and_filters_narrow_the_list(
    operator: Client, order: Callable[..., Order], query: str, expected: int
) -> None:
    order(is_gift=True)
    order(SyncStatus.FAILED, reason="refused")
    answer = operator.get(f"{LIST}?{query}")
    assert answer.context["cl"].result_count == expected


def test_the_list_asks_the_database_the_same_number_of_questions_for_2_rows_and_for_40(
    operator: Client, order: Callable[..., Order]
) -> None:
    for _ in range(2):
        order()
    operator.get(LIST)
    with CaptureQueriesContext(connection) as few:
        operator.get(LIST)
    for _ in range(38):
        order()
    with CaptureQueriesContext(connection) as many:
        operator.get(LIST)
    assert len(few) == len(many)


def test_export_is_what_the_list_shows_and_no_cell_is_a_formula(operator: Client, order: Callable[..., Order]) -> None:
    one = order()
    one.items.update(seller_sku="=HYPERLINK(1)")
    order(SyncStatus.FAILED, reason="refused")
    answer = operator.get(LIST + "export/?tab=not_synced")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert len(lines) == 2
    assert one.tiktok_order_id in lines[1]
    assert "'=HYPERLINK" in lines[1]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert safe(text).startswith("'")


def test_an_unlinked_order_offers_the_page_that_links_its_product(
    client_of: Callable[..., Client], order: Callable[..., Order]
) -> None:
    held = order(SyncStatus.BLOCKED, reason="unlinked_item", message="Not linked: “Soap” (SKU SOAP-1).")
    held.items.update(sku_id="17290")
    link = ProductLink.objects.create(shop=held.shop, sku_id="17290", title="Soap", kind="none")
    linker = client_of("view_order", "sync_order", "change_productlink", "view_productlink")
    address = f'href="/admin/orders/productlink/{link.pk}/change/"'
    assert address in linker.get(LIST).content.decode()
    assert address in linker.get(f"{LIST}{held.pk}/change/").content.decode()


def test_a_tracking_number_printed_in_groups_finds_its_order_and_not_another_by_its_number(
    operator: Client, order: Callable[..., Order]
) -> None:
    wanted = order()
    wanted.items.update(tracking_number="UUS159639373139515")
    order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1", shopify_order_name="#1596")
    found = operator.get(LIST, {"q": "UUS 1596 3937 3139515"}).context["cl"].result_list
    assert [one.pk for one in found] == [wanted.pk]


def test_with_two_shops_every_row_names_its_shop(
    operator: Client, order: Callable[..., Order], shop: TikTokShop
) -> None:
    order()
    assert 'ob-whole">Soap &amp; Suds<' not in operator.get(LIST).content.decode()
    TikTokShop.objects.create(shop_id="7496", name="Candles", store=shop.store)
    assert 'ob-whole">Soap &amp; Suds<' in operator.get(LIST).content.decode()


def test_after_sync_the_message_leads_to_the_order_that_left_the_tab(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    page = operator.post(do(one, "sync"), {"back": LIST + "?tab=not_synced"}, follow=True).content.decode()
    assert f'href="{LIST}{one.pk}/change/"' in page


def test_the_open_list_learns_the_counts_of_its_tabs(operator: Client, order: Callable[..., Order]) -> None:
    order()
    assert operator.get(f"{LIST}states/", {"ids": ""}).json()["tabs"]["?tab=not_synced"] == "1"


def test_a_search_is_no_filter_to_clear(operator: Client, order: Callable[..., Order]) -> None:
    order()
    assert operator.get(LIST, {"q": "SOAP"}).context["cl"].has_active_filters is False


def test_a_spreadsheet_does_not_round_order_numbers(operator: Client, order: Callable[..., Order]) -> None:
    one = order(shipping_type="TIKTOK")
    one.items.update(tracking_number="9400111899223197428490")
    OrderItem.objects.create(order=one, line_id="2", tracking_number="92E1234567")
    answer = operator.get(LIST + "export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    [row] = csv.DictReader(io.StringIO(text))
    assert row["TikTok order"] == f"#{one.tiktok_order_id}"  # text in Excel, LibreOffice and Google Sheets
    assert row["TikTok order"].removeprefix("#") == one.tiktok_order_id
    assert row["Tracking numbers"] == "#9400111899223197428490, #92E1234567"
    assert one.tiktok_order_id in row["TikTok order page"]
    assert row["Shipping"] == "TikTok Shipping"
    assert "\t" not in text
    found = operator.get(LIST, {"q": row["TikTok order"]}).context["cl"].result_list
    assert [each.pk for each in found] == [one.pk]


def test_the_shopify_link_opens_the_stand_in_where_there_is_one(shop: TikTokShop, settings: Any) -> None:
    settings.SHOPIFY_API_URL = "https://{domain}"
    assert shop.store.admin_order_url("gid://shopify/Order/7") == "https://soap.myshopify.com/admin/orders/7"
    settings.SHOPIFY_API_URL = "http://127.0.0.1:8002/{domain}"
    assert shop.store.admin_order_url("gid://shopify/Order/7") == "http://127.0.0.1:8002/orders/7"


def test_every_order_is_in_one_tab_and_the_tabs_sum_up_to_all(operator: Client, order: Callable[..., Order]) -> None:
    for status in SyncStatus:
        gid = f"gid://shopify/Order/{Order.objects.count()}" if status is SyncStatus.SYNCED else None
        order(status, shopify_order_id=gid, synced_at=timezone.now() if gid else None)
    order(SyncStatus.BLOCKED, reason="cancelled_before_sync")
    order(SyncStatus.BLOCKED, reason="unlinked_item")
    changed = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/99", synced_at=timezone.now())
    OrderChange.objects.create(order=changed, kind="cancelled", noticed_at=timezone.now())
    shown = operator.get(LIST).context["order_tabs"]
    counts = {tab.label: tab.count for tab in shown}
    assert counts.pop("All") == sum(counts.values()) == Order.objects.count()
    assert counts["Held back"] == 1
    lists = [operator.get(LIST + tab.link).context["cl"].result_list for tab in shown if tab.label != "All"]
    listed = [row.pk for rows in lists for row in rows]
    assert sorted(listed) == sorted(Order.objects.values_list("pk", flat=True))


def test_an_order_whose_delivery_waits_for_staff_leads_to_its_page(
    operator: Client, order: Callable[..., Order]
) -> None:
    held = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/7")
    DeliveryWork.objects.create(order=held, status="standing_still", reason="fulfilment_on_hold")
    page = operator.get(LIST).content.decode()
    assert f'href="{LIST}{held.pk}/change/">Review<' in page
