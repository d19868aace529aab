"""Linking an item by hand: what that frees and where it went, who may do it, and that a failure links nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders import linking
from orders.models import Order, OrderItem, ProductLink
from orders.states import SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import LinkFactory
from tests.flows.conftest import Road
from tests.flows.link_products.items import LIST, not_linked, words
from tests.flows.people import client_with
from tests.flows.reading import messages

pytestmark = pytest.mark.django_db


def test_linking_an_item_by_hand_frees_its_orders_and_says_where_they_went(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    asked, unasked = held("576461413038785001"), held("576461413038785002", asked=False)
    row, gid = not_linked(road), road.variant("OTHER-SKU")
    answer = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid, "confirmed": "yes"}, follow=True)
    assert "2 orders waited for it: 1 goes to Shopify now, 1 waits until you press Sync." in words(answer)
    assert f"/admin/orders/order/?q=SOAP-LAV&amp;shop__id__exact={road.shop.pk}" in messages(answer)
    asked.refresh_from_db()
    unasked.refresh_from_db()
    assert (asked.sync_status, unasked.sync_status) == (SyncStatus.QUEUED, SyncStatus.NOT_SYNCED)
    row.refresh_from_db()
    assert (row.kind, row.variant_gid) == ("manual", gid)
    entry = LogEntry.objects.get(object_id=str(row.pk))
    assert entry.change_message.startswith("Linked to")


def test_a_link_that_nobody_checked_yet_says_so_on_its_page(road: Road, staff: Client) -> None:
    row = not_linked(road)
    linking.link_unchecked(road.shop, row.sku_id, "gid://shopify/ProductVariant/7")
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        page = staff.get(address).content.decode()
        assert "gid://shopify/ProductVariant/7" in page
        assert "Shopify is asked for it before" in page


def test_linking_an_item_tells_of_the_same_sku_that_waits_in_another_shop(road: Road, staff: Client) -> None:
    row, gid = not_linked(road), road.variant("OTHER-SKU")
    other = TikTokShop.objects.create(shop_id="7496", name="Candles", store=road.shop.store)
    twin = ProductLink.objects.create(shop=other, sku_id="9", seller_sku=row.seller_sku, kind="none")
    answer = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid, "confirmed": "yes"}, follow=True)
    told = messages(answer)
    assert f"In Candles the SKU {row.seller_sku} is still not linked" in told
    assert f'href="{LIST}{twin.pk}/change/"' in told


def test_with_automatic_sync_on_the_freed_orders_go_out_without_another_click(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    SyncSettings.objects.filter(shop=road.shop).update(automatic_sync=True)
    held("576461413038785001", asked=False)
    row = not_linked(road)
    given = {"variant": road.variant("SOAP-LAV"), "confirmed": "yes"}
    answer = staff.post(f"{LIST}{row.pk}/change/", given, follow=True)
    assert "1 order waited for it: 1 goes to Shopify now." in words(answer)


def test_orders_with_a_second_item_without_link_are_not_called_free(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    held("576461413038785001")
    both = held("576461413038785002")
    OrderItem.objects.create(order=both, line_id="2", sku_id="77", title="Mug")
    LinkFactory.create(shop=road.shop, sku_id="77", title="Mug", kind="none", variant_gid="")
    answer = staff.post(f"{LIST}{not_linked(road).pk}/change/", {"variant": road.variant("SOAP-LAV")}, follow=True)
    assert "2 orders waited for it: 1 goes to Shopify now, 1 still waits for another item" in words(answer)


def test_a_store_that_does_not_answer_is_told_in_words_and_links_nothing(road: Road, staff: Client) -> None:
    row = not_linked(road)
    road.shopify.faults({"operation": "*", "when": "before", "do": "http", "status": 401})
    page = staff.get(f"{LIST}{row.pk}/change/")
    assert "Shopify could not be searched:" in page.content.decode()
    answer = staff.post(
        f"{LIST}{row.pk}/change/", {"variant": "gid://shopify/ProductVariant/44681000000001"}, follow=True
    )
    assert "Not linked:" in messages(answer)
    row.refresh_from_db()
    assert (row.kind, row.variant_gid) == ("none", "")
    assert not LogEntry.objects.filter(object_id=str(row.pk)).exists()


def test_unlink_holds_new_orders_again_and_is_written_down(road: Road, staff: Client) -> None:
    road.link()
    row = ProductLink.objects.get(shop=road.shop)
    staff.post(f"{LIST}{row.pk}/unlink/")
    row.refresh_from_db()
    assert (row.kind, row.variant_gid) == ("none", "")
    assert LogEntry.objects.get(object_id=str(row.pk)).change_message.startswith("Unlinked from")


def test_no_get_changes_a_link(road: Road, staff: Client) -> None:
    road.link()
    row = ProductLink.objects.get(shop=road.shop)
    for address in (f"{row.pk}/unlink/", f"auto-link/{road.shop.pk}/", f"auto-link/{road.shop.pk}/confirm/"):
        assert staff.get(LIST + address).status_code == 405
    row.refresh_from_db()
    assert row.kind == "manual"


def test_who_may_only_look_can_neither_link_nor_search_the_store(road: Road) -> None:
    viewer = client_with("view_productlink")
    row = not_linked(road)
    assert viewer.get(f"{LIST}{row.pk}/change/").status_code == 200
    assert "Auto-link" not in viewer.get(LIST).content.decode().split("<main", 1)[-1].split("ob-tabs")[-1][:400]
    for address in (f"{row.pk}/change/", f"{row.pk}/unlink/", f"auto-link/{road.shop.pk}/"):
        assert viewer.post(LIST + address, {"variant": "gid://x"}).status_code == 403, address
    assert viewer.get(f"{LIST}variants/{road.shop.pk}/", {"q": "soap"}).status_code == 403
    row.refresh_from_db()
    assert row.kind == "none"
