"""Link products against the sandbox store: what is linked, what that frees, and that nothing is linked unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.shopify.products import Variant
from orders import claims, held_up, link_candidates, linking
from orders.admin import link_doubt
from orders.models import Order, OrderItem, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import LinkFactory, OrderFactory, ShopFactory, raw_order
from tests.flows.conftest import Road

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/productlink/"
SKU_ID = raw_order()["line_items"][0]["sku_id"]


def user_with(*names: str) -> Client:
    user = User.objects.create_user(f"staff{User.objects.count()}", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def staff() -> Client:
    return user_with("view_order", "view_productlink", "change_productlink")


@pytest.fixture
def held(road: Road) -> Callable[..., Order]:
    """An order that stands still because its soap is not linked; `asked` says whether somebody had pressed Sync."""

    def make(order_id: str, *, asked: bool = True) -> Order:
        road.stored(raw_order(order_id), linked=False)
        order = Order.objects.get(tiktok_order_id=order_id)
        if asked:
            claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
        Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
        return order

    return make


def not_linked(road: Road, sku: str = "SOAP-LAV") -> ProductLink:
    row: ProductLink = LinkFactory.create(
        shop=road.shop, sku_id=SKU_ID, seller_sku=sku, title="Lavender soap", kind="none", variant_gid=""
    )
    return row


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def words(answer: Any) -> str:
    return re.sub(r"<[^>]+>", "", said(answer))


def test_linking_an_item_by_hand_frees_its_orders_and_says_where_they_went(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    asked, unasked = held("576461413038785001"), held("576461413038785002", asked=False)
    row, gid = not_linked(road), road.variant("OTHER-SKU")
    answer = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid, "confirmed": "yes"}, follow=True)
    assert "2 orders waited for it: 1 goes to Shopify now, 1 waits until you press Sync." in words(answer)
    assert f"/admin/orders/order/?q=SOAP-LAV&amp;shop__id__exact={road.shop.pk}" in said(answer)
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
    told = said(answer)
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


def test_a_product_that_looks_like_another_one_is_linked_only_after_somebody_said_yes(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    order, row, gid = held("576461413038785001"), not_linked(road), road.variant("MUG-01")
    asked = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid})
    page = " ".join(asked.content.decode().split())
    assert "These look different" in page
    assert all(name in page for name in ("Lavender soap", "SOAP-LAV", "Mug-01", "MUG-01", "Link anyway"))
    assert "1 order with it has not gone to Shopify yet" in page
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.kind, order.sync_status) == ("none", SyncStatus.BLOCKED)
    assert "Link anyway and send 1 order<" in page
    answer = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid, "confirmed": "yes"}, follow=True)
    row.refresh_from_db()
    assert (row.kind, row.variant_gid) == ("manual", gid)
    assert "Unlink it; orders that are in Shopify by then stay as they are" in words(answer)


def test_a_product_with_a_like_name_or_sku_is_linked_without_a_question(road: Road, staff: Client) -> None:
    row, gid = not_linked(road), road.variant("SOAPS-LAVENDER-2")
    assert staff.post(f"{LIST}{row.pk}/change/", {"variant": gid}).status_code == 302
    row.refresh_from_db()
    assert row.variant_gid == gid


@pytest.mark.parametrize(
    ("title", "sku", "product", "option", "its_sku", "differ"),
    [
        ("Creator Collab Lip Oil – Fig", "COLLAB-LIP-FIG", "Lip Balm Trio", "", "LIP-TRIO", True),
        ("Lavender soap", "", "Speckled mug", "", "", True),
        ("Lavender soap", "A-1001", "Something", "", "a1001", False),
        ("Lavender soap", "A-1001", "Something", "", "A1001-US", True),
        ("Lavender soap", "X", "Lavander Soaps", "", "Y", False),
        ("Handmade Lavender Soap Bar, 4 oz, natural", "X", "Lavender soap", "", "Y", False),
        ("Lavender soap", "X", "Soap", "", "Y", True),
        ("Soaps with honey", "X", "Honey bar", "", "Y", True),
        ("Hydrating daily glossy lip oil – Fig", "X", "Hydrating daily glossy lip oil", "Cherry", "Y", True),
        ("Hydrating daily glossy lip oil – Fig", "X", "Hydrating daily glossy lip oil", "Fig", "Y", False),
        ("Lip balm", "X", "Lip Balm Trio", "", "Y", True),
        ("Robe – M", "X", "Robe", "Default Title", "Y", True),
        ("The set", "LAV-100", "The other set", "", "MUG-100", True),
        ("", "", "", "", "", True),
    ],
)
def test_what_is_not_nearly_the_same_looks_different(
    title: str, sku: str, product: str, option: str, its_sku: str, differ: bool
) -> None:
    row = ProductLink(title=title, seller_sku=sku)
    variant = Variant("gid", its_sku, option, product, "ACTIVE", Decimal(1), "")
    assert link_doubt.looks_different(row, variant) is differ


def test_a_lone_hit_is_named_by_its_button_which_says_how_many_orders_it_sends(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    held("576461413038785001")
    held("576461413038785002", asked=False)
    row, _ = not_linked(road), road.variant("MUG-01")
    alone = staff.get(f"{LIST}{row.pk}/change/?q=MUG-01").content.decode()
    assert "Link to Mug-01 and send 1 order<" in alone
    SyncSettings.objects.filter(shop=road.shop).update(automatic_sync=True)
    typed = staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": "MUG-01", "link": row.pk}).content.decode()
    assert "Link to Mug-01 and send 2 orders<" in typed
    road.variant("MUG-02")
    several = staff.get(f"{LIST}{row.pk}/change/?q=MUG").content.decode()
    assert "MUG-02" in several
    assert " selected" not in several


def test_orders_with_a_second_item_without_link_are_not_called_free(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    held("576461413038785001")
    both = held("576461413038785002")
    OrderItem.objects.create(order=both, line_id="2", sku_id="77", title="Mug")
    LinkFactory.create(shop=road.shop, sku_id="77", title="Mug", kind="none", variant_gid="")
    answer = staff.post(f"{LIST}{not_linked(road).pk}/change/", {"variant": road.variant("SOAP-LAV")}, follow=True)
    assert "2 orders waited for it: 1 goes to Shopify now, 1 still waits for another item" in words(answer)


def test_auto_link_shows_the_matches_and_links_only_after_they_were_confirmed(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    gid = road.variant("SOAP-LAV")
    order = held("576461413038785001")
    found = staff.post(f"{LIST}auto-link/{road.shop.pk}/")
    page = found.content.decode()
    row = ProductLink.objects.get(shop=road.shop, sku_id=SKU_ID)  # the item was never looked for before
    assert f'value="{row.pk}|{gid}"' in page
    assert row.kind == "none"
    answer = staff.post(f"{LIST}auto-link/{road.shop.pk}/confirm/", {"match": f"{row.pk}|{gid}"}, follow=True)
    assert "1 item linked. 1 order waited for it: 1 goes to Shopify now." in words(answer)
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.kind, row.shopify_sku, order.sync_status) == ("automatic", "SOAP-LAV", SyncStatus.QUEUED)


def test_an_item_without_a_certain_match_is_listed_with_the_reason_and_never_guessed(road: Road, staff: Client) -> None:
    road.variant("soap-lav")
    row = not_linked(road)
    page = staff.post(f"{LIST}auto-link/{road.shop.pk}/").content.decode()
    assert "1 without a certain match" in page
    row.refresh_from_db()
    assert (row.kind, row.reason) == ("none", "sku_case_differs")


def test_a_match_that_somebody_made_up_in_the_browser_is_not_linked(road: Road, staff: Client) -> None:
    row = not_linked(road)
    forged = f"{row.pk}|gid://shopify/ProductVariant/999"
    answer = staff.post(f"{LIST}auto-link/{road.shop.pk}/confirm/", {"match": [forged, "x|y", "nonsense"]}, follow=True)
    assert "0 items linked" in said(answer)
    row.refresh_from_db()
    assert row.kind == "none"


def test_a_link_made_by_hand_meanwhile_is_not_overwritten_by_auto_link(road: Road) -> None:
    row = LinkFactory.create(shop=road.shop, sku_id=SKU_ID, kind="manual", variant_gid="gid://shopify/ProductVariant/7")
    variant = next(iter(_variants(road, "SOAP-LAV")))
    assert link_candidates.link_matches(road.shop, {SKU_ID: variant}) == (0, held_up.Freed())
    row.refresh_from_db()
    assert row.variant_gid == "gid://shopify/ProductVariant/7"


def _variants(road: Road, sku: str) -> Any:
    from connectors.shopify import products
    from settings_app import clients

    road.variant(sku)
    return products.variants_by_skus(clients.shopify(road.shop.store), [sku])[sku]


def test_the_live_store_is_searched_by_title_sku_and_variant_number(road: Road, staff: Client) -> None:
    gid = road.variant("SOAP-LAV")
    for typed in ("soap-l", "Soap-Lav", gid, gid.rsplit("/", 1)[-1]):
        page = staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": typed}).content.decode()
        assert f'value="{gid}"' in page, typed
    assert "No Shopify product has" in staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": "zzz"}).content.decode()


def test_the_page_of_an_item_with_an_unknown_sku_offers_products_with_its_title(road: Road, staff: Client) -> None:
    gid = road.variant("BAR-7")
    title = _variants(road, "BAR-7")[0].product_title
    row = not_linked(road, "no-such-sku")
    ProductLink.objects.filter(pk=row.pk).update(title=f"{title}, Pack of Three")
    page = staff.get(f"{LIST}{row.pk}/change/").content.decode()
    assert f'value="{gid}"' in page
    assert "Shopify has no product with the SKU no-such-sku" in page


def test_link_cannot_be_pressed_while_there_is_nothing_to_link_to(road: Road, staff: Client) -> None:
    row = not_linked(road, "no-such-sku")
    nothing = staff.get(f"{LIST}{row.pk}/change/", {"q": "zzz"}).content.decode()
    assert 'type="submit">Link' not in nothing
    road.variant("SOAP-LAV")
    assert (
        'type="submit">Link to Soap-Lav</button>'
        in staff.get(f"{LIST}{row.pk}/change/", {"q": "SOAP-LAV"}).content.decode()
    )


def test_only_items_that_hold_up_an_order_count_beside_link_products(staff: Client) -> None:
    shop = ShopFactory.create()
    held, _ = LinkFactory.create_batch(2, shop=shop, kind="none", variant_gid="")
    OrderItem.objects.create(order=OrderFactory.create(shop=shop), line_id="1", sku_id=held.sku_id)
    assert link_candidates.holding_up() == 1


def test_a_store_that_does_not_answer_is_told_in_words_and_links_nothing(road: Road, staff: Client) -> None:
    row = not_linked(road)
    road.shopify.faults({"operation": "*", "when": "before", "do": "http", "status": 401})
    page = staff.get(f"{LIST}{row.pk}/change/")
    assert "Shopify could not be searched:" in page.content.decode()
    answer = staff.post(
        f"{LIST}{row.pk}/change/", {"variant": "gid://shopify/ProductVariant/44681000000001"}, follow=True
    )
    assert "Not linked:" in said(answer)
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
    viewer = user_with("view_productlink")
    row = not_linked(road)
    assert viewer.get(f"{LIST}{row.pk}/change/").status_code == 200
    assert "Auto-link" not in viewer.get(LIST).content.decode().split("<main", 1)[-1].split("ob-tabs")[-1][:400]
    for address in (f"{row.pk}/change/", f"{row.pk}/unlink/", f"auto-link/{road.shop.pk}/"):
        assert viewer.post(LIST + address, {"variant": "gid://x"}).status_code == 403, address
    assert viewer.get(f"{LIST}variants/{road.shop.pk}/", {"q": "soap"}).status_code == 403
    row.refresh_from_db()
    assert row.kind == "none"


def test_the_items_that_hold_up_most_orders_come_first(staff: Client) -> None:
    shop = ShopFactory.create()
    few, many = (
        LinkFactory.create(shop=shop, kind="none", variant_gid="", title=title) for title in ("A few", "Z many")
    )
    for link, count in ((few, 1), (many, 3)):
        for _ in range(count):
            order = OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
            OrderItem.objects.create(order=order, line_id="1", sku_id=link.sku_id)
            OrderItem.objects.create(order=order, line_id="2", sku_id=link.sku_id)  # two pieces are one order
    rows = list(staff.get(LIST).context["cl"].result_list)
    assert [(row.title, row.held) for row in rows] == [("Z many", 3), ("A few", 1)]


def test_the_list_asks_the_database_as_often_for_fifty_items_as_for_two(staff: Client) -> None:
    shop = ShopFactory.create()
    LinkFactory.create_batch(2, shop=shop)
    staff.get(LIST)
    with CaptureQueriesContext(connection) as few:
        staff.get(LIST)
    LinkFactory.create_batch(40, shop=shop)
    with CaptureQueriesContext(connection) as many:
        staff.get(LIST)
    assert len(many) == len(few)


def test_items_of_orders_that_nobody_synced_yet_can_be_found_before_the_first_sync() -> None:
    shop = ShopFactory.create()
    order = OrderFactory.create(shop=shop)
    OrderItem.objects.create(order=order, line_id="1", sku_id="17", seller_sku="A", title="Soap", variant_title="Big")
    OrderItem.objects.create(order=order, line_id="2", sku_id="18", is_cancelled=True)
    done = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://1", synced_at=timezone.now())
    OrderItem.objects.create(order=done, line_id="1", sku_id="19")
    assert link_candidates.note_new_items() == 1
    row = ProductLink.objects.get()
    assert (row.sku_id, row.title, row.kind) == ("17", "Soap – Big", "none")
    assert link_candidates.note_new_items() == 0
    assert re.search("Not looked for", row.message)


def test_the_tabs_of_items_sum_up_to_all_with_bundles_that_go_as_their_parts(staff: Client) -> None:
    shop = ShopFactory.create()
    for kind in ("none", "automatic", "manual"):
        LinkFactory.create(shop=shop, kind=kind, variant_gid="" if kind == "none" else "gid://shopify/ProductVariant/1")
    bundle = LinkFactory.create(shop=shop, kind="none", variant_gid="", message=held_up.AS_PARTS)
    shown = staff.get(LIST).context["link_tabs"]
    counts = {label: count for _, label, count, _ in shown}
    assert counts.pop("All") == sum(counts.values()) == 4
    for filters, label, count, _ in shown:
        assert staff.get(f"{LIST}?{filters}").context["cl"].result_count == count, label
    parts = next(filters for filters, label, *_ in shown if label == "As parts")
    assert [row.pk for row in staff.get(f"{LIST}?{parts}").context["cl"].result_list] == [bundle.pk]
