"""What the pages of orders call things: windows, filters, kinds of orders, and who has to mend a blocked one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.admin import seller_center
from orders.fetching import storing
from orders.fetching.intake import rules_of
from orders.models import Order, ProductLink
from orders.states import SyncStatus
from settings_app.models import TikTokShop
from tests.factories import raw_order
from tests.flows.orders_pages.people import LIST

pytestmark = pytest.mark.django_db

WINDOWS = {
    "/admin/orders/order/": "Orders",
    "/admin/orders/bulksync/": "Bulk syncs",
    "/admin/orders/productlink/": "Link products",
    "/admin/orders/syncattempt/": "Attempts",
    "/admin/settings_app/tiktokshop/": "TikTok shops",
    "/admin/settings_app/shopifystore/": "Shopify stores",
    "/admin/auth/user/": "People",
    "/admin/auth/group/": "Roles",
}


def test_among_twenty_windows_each_list_is_found_by_its_name(manager: Client, order: Callable[..., Order]) -> None:
    order()
    for address, name in WINDOWS.items():
        page = manager.get(address).content.decode()
        [title] = re.findall(r"<title>\s*(.*?)\s*</title>", page, re.DOTALL)
        assert " ".join(title.split()).removeprefix("Demo ").startswith(f"{name} |"), address
        assert "Select " not in title
        assert re.search(rf"<h1[^>]*>\s*<span>{name}</span>", page), address


def test_filters_have_plain_names(operator: Client, order: Callable[..., Order]) -> None:
    order()
    page = operator.get(LIST).content.decode()
    for name in ("Sync status", "Reason it is held up", "Kind of order", "Shipping", "Placed from … to"):
        assert re.search(rf"<(label|legend)[^>]*>{name}</", page), name
    assert not re.search(r">\s*By [a-z]", page)


@pytest.mark.parametrize(
    ("changes", "said", "badge"),
    [
        ({"order_type": "ZERO_LOTTERY"}, "LIVE giveaway", "Zero price"),
        ({}, "Zero price: the buyer paid nothing", "Zero price"),
        ({"is_sample_order": True}, "Affiliate sample", "Sample"),
    ],
)
def test_an_order_that_cost_nothing_is_not_called_ordinary(
    operator: Client, shop: TikTokShop, changes: dict[str, Any], said: str, badge: str
) -> None:
    raw = raw_order(**changes)
    raw["payment"] = dict.fromkeys(raw["payment"], "0") | {"currency": "USD"}
    raw["line_items"][0] |= {"sale_price": "0", "item_tax": []}
    storing.store(shop, [raw], rules_of(shop))
    page = operator.get(f"{LIST}{Order.objects.get().pk}/change/")
    [kind] = [row.tiktok_value for row in page.context["sides"].rows if row.tiktok == "Kind"]
    assert kind == said
    assert f">{badge}</span>" in operator.get(LIST).content.decode()
    assert operator.get(LIST, {"kind": "ordinary"}).context["cl"].result_count == 0


def test_blocked_orders_say_in_a_word_and_a_sign_whether_they_need_anybody(
    operator: Client, order: Callable[..., Order]
) -> None:
    mine = order(SyncStatus.BLOCKED, reason="unlinked_item")
    theirs = order(SyncStatus.BLOCKED, reason="no_longer_eligible")
    cells = operator.get(f"{LIST}states/", {"ids": f"{mine.pk},{theirs.pk}"}).json()["rows"]
    assert "needs you" in cells[str(mine.pk)]["field-sync_status"]
    assert "nothing to do" in cells[str(theirs.pk)]["field-sync_status"]
    signs = {re.search(r'ob-sign"[^>]*>(\w+)<', cells[str(one.pk)]["field-sync_status"]) for one in (mine, theirs)}
    assert len({found.group(1) for found in signs if found}) == 2


def test_a_buyer_who_asked_to_cancel_is_answered_in_seller_center(
    operator: Client, order: Callable[..., Order]
) -> None:
    asked = order(SyncStatus.BLOCKED, reason="buyer_cancellation_pending")
    there = seller_center.order_url(asked.tiktok_order_id)
    listed = operator.get(LIST, {"tab": "attention"}).content.decode()
    assert "needs you" in listed
    assert re.search(rf'href="{there}"[^>]*>Answer<', listed)
    page = operator.get(f"{LIST}{asked.pk}/change/").content.decode()
    assert re.search(rf'ob-primary" href="{there}"[^>]*>Answer in Seller Center<', page)
    assert re.search(r'class="ob-button">Ignore<', page)


def test_lateness_is_said_in_hours_and_days(operator: Client, order: Callable[..., Order]) -> None:
    now = timezone.now()
    order(ship_by=now - timedelta(minutes=116))
    order(ship_by=now - timedelta(hours=71))
    order(ship_by=now + timedelta(minutes=119, seconds=30))
    page = operator.get(LIST).content.decode()
    for words in ("2 h late", "3 days late", "1 h left"):
        assert words in page


def test_a_bundle_with_one_part_not_linked_leads_to_that_very_part(
    client_of: Callable[..., Client], shop: TikTokShop
) -> None:
    raw = raw_order()
    raw["line_items"][0]["combined_listing_skus"] = [
        {"sku_id": "71", "product_id": "7", "sku_count": 1, "seller_sku": "BAR"},
        {"sku_id": "72", "product_id": "7", "sku_count": 1, "seller_sku": "DISH"},
    ]
    storing.store(shop, [raw], rules_of(shop))
    sku = raw["line_items"][0]["sku_id"]
    ProductLink.objects.create(shop=shop, sku_id=sku, kind="none", message="A bundle: sent as its parts.")
    ProductLink.objects.create(shop=shop, sku_id="71", kind="manual", variant_gid="gid://shopify/ProductVariant/1")
    dish = ProductLink.objects.create(shop=shop, sku_id="72", kind="none", title="Soap dish", reason="unlinked_item")
    Order.objects.update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    linker = client_of("view_order", "sync_order", "change_productlink", "view_productlink")
    address = f'href="/admin/orders/productlink/{dish.pk}/change/"'
    listed = linker.get(LIST).content.decode()
    assert address in listed
    assert "Retry" not in re.sub(r"<option.*?</option>", "", listed, flags=re.DOTALL)
    assert address in linker.get(f"{LIST}{Order.objects.get().pk}/change/").content.decode()


def test_the_order_leads_to_its_page_in_seller_center(
    operator: Client, order: Callable[..., Order], settings: Any
) -> None:
    one = order()
    settings.TIKTOK_SHOP_API_URL = "https://open-api.tiktokglobalshop.com"
    page = operator.get(f"{LIST}{one.pk}/change/").content.decode()
    assert f"https://seller-us.tiktok.com/order/detail?order_no={one.tiktok_order_id}&amp;shop_region=US" in page
    settings.TIKTOK_SHOP_API_URL = "http://127.0.0.1:8001"
    assert (
        f'href="http://127.0.0.1:8001/orders/{one.tiktok_order_id}"'
        in operator.get(f"{LIST}{one.pk}/change/").content.decode()
    )
