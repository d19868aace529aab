"""One order's page, the preview, and the buttons of a shop."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.utils import timezone

from connectors.tiktok.client import OrderPage
from orders import dispatch, tasks
from orders.fetching import intake
from orders.models import DeliveryWork, FetchCursor, Order, OrderChange, OrderPayload, Package, ProductLink
from orders.states import SyncStatus
from settings_app.models import TikTokShop
from tests.flows.orders_pages.people import LIST, do, us_order

pytestmark = pytest.mark.django_db


def test_the_order_page_masks_the_buyer_until_it_is_revealed_and_the_look_is_logged(
    client_of: Callable[..., Client], real: Order
) -> None:
    message = "Please gift wrap for Zelda"
    OrderPayload.objects.update(raw={**real.payload.raw, "buyer_message": message})
    viewer, manager = client_of("view_order"), client_of("view_order", "view_personal_data")
    here = f"{LIST}{real.pk}/"
    page = manager.get(here + "change/").content.decode()
    assert message not in page
    assert viewer.post(here + "reveal/").status_code == 403
    assert manager.get(here + "reveal/").status_code == 405
    shown = manager.post(here + "reveal/")
    assert message in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert LogEntry.objects.get(object_id=str(real.pk)).change_message == "Looked at personal data."


def test_looking_at_an_order_changes_nothing(operator: Client, real: Order) -> None:
    before = Order.objects.values().get()
    assert operator.get(f"{LIST}{real.pk}/change/").status_code == 200
    assert Order.objects.values().get() == before
    assert not ProductLink.objects.exists()


def test_preview_of_pasted_json_stores_nothing(client_of: Callable[..., Client], shop: TikTokShop) -> None:
    raw = us_order(random.Random(4))
    text = json.dumps({"code": 0, "data": {"orders": [raw]}}, cls=DjangoJSONEncoder)
    address = LIST + "preview/"
    assert client_of("view_order").post(address, {"shop": shop.pk, "text": text}).status_code == 403
    page = client_of("view_order", "view_personal_data").post(address, {"shop": shop.pk, "text": text})
    assert page.context["sides"] is not None
    assert not Order.objects.exists()


def test_pasted_text_that_is_no_order_is_explained(client_of: Callable[..., Client], shop: TikTokShop) -> None:
    page = client_of("view_order", "view_personal_data").post(LIST + "preview/", {"shop": shop.pk, "text": "soap"})
    assert "This is not JSON" in page.content.decode()


def test_pausing_a_shop_needs_the_right_and_stops_its_orders(
    operator: Client, client_of: Callable[..., Client], shop: TikTokShop, order: Callable[..., Order]
) -> None:
    order(SyncStatus.QUEUED)
    assert operator.post(f"{LIST}pause/{shop.pk}/").status_code == 403
    client_of("view_order", "change_tiktokshop").post(f"{LIST}pause/{shop.pk}/")
    assert dispatch.due(shop.store.pk) == []


def test_fetch_now_asks_tiktok_even_while_the_shop_rests_after_failures(
    operator: Client, shop: TikTokShop, nudges: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rests = timezone.now() + timedelta(minutes=10)
    TikTokShop.objects.filter(pk=shop.pk).update(backoff_until=rests, last_poll_error="TikTok did not answer.")
    asked: list[int] = []

    def answer(asked_shop: TikTokShop, call: object) -> OrderPage:
        asked.append(asked_shop.pk)
        return OrderPage((), "", 0)

    monkeypatch.setattr(intake, "with_token", answer)
    tasks.fetch_shop(shop.pk)
    assert asked == []
    operator.post(f"{LIST}fetch/{shop.pk}/")
    [(task, *told)] = [nudge for nudge in nudges if nudge[0] is tasks.fetch_shop]
    task(*told)
    assert set(asked) == {shop.pk}


def test_fetch_again_is_kept_whether_or_not_a_fetch_runs(operator: Client, shop: TikTokShop) -> None:
    day = timezone.localdate() - timedelta(days=3)
    now = timezone.now()
    FetchCursor.objects.create(shop=shop, watermark=now, claim_until=now + timedelta(seconds=40))
    answer = operator.post(f"{LIST}fetch-period/{shop.pk}/", {"since": day.isoformat(), "fetch": ""}, follow=True)
    page = answer.content.decode()
    assert "Try again" not in page
    assert "It begins within a minute." in page
    cursor = FetchCursor.objects.get()
    assert cursor.watermark == now, "only who holds the claim moves it"
    assert cursor.again_since
    assert timezone.localtime(cursor.again_since).date() == day


def test_items_are_shown_as_both_sides_call_them(operator: Client, real: Order) -> None:
    item = real.items.first()
    assert item
    ProductLink.objects.create(
        shop=real.shop,
        sku_id=item.sku_id,
        seller_sku=item.seller_sku,
        kind="manual",
        variant_gid="gid://shopify/ProductVariant/77",
        shopify_title="Quite another name",
        shopify_sku="QAN-1",
    )
    page = operator.get(f"{LIST}{real.pk}/change/").content.decode()
    table = page.split('aria-label="Items"')[1].split("</table>")[0]
    for words in ("TikTok item", "Shopify product", item.title, item.seller_sku, "Quite another name", "QAN-1"):
        assert words in unescape(table)


@pytest.mark.parametrize("days", [-2, 200])
def test_a_period_that_cannot_be_fetched_is_explained(operator: Client, shop: TikTokShop, days: int) -> None:
    since = (timezone.now() - timedelta(days=days)).date().isoformat()
    page = operator.post(f"{LIST}fetch-period/{shop.pk}/", {"since": since, "fetch": ""})
    assert page.context["form"].errors


def test_the_page_shows_packages_what_holds_up_the_delivery_and_the_button_that_mends_it(
    operator: Client,
    order: Callable[..., Order],
    nudges: list[tuple[Any, ...]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    one = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    Package.objects.create(order=one, package_id="P1", tracking_number="9400T", status="in_transit")
    work = DeliveryWork.objects.create(order=one, status="standing_still", reason="fulfilment_cancelled")
    page = operator.get(f"{LIST}{one.pk}/change/").content.decode()
    assert "9400T" in page
    assert "The fulfilment was cancelled in Shopify." in page
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(do(one, "resend-delivery"))
    work.refresh_from_db()
    assert work.status == "due"
    assert (tasks.read_deliveries,) in nudges


def test_a_change_after_the_sync_needs_attention_until_somebody_handled_it(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    OrderChange.objects.create(order=one, kind="cancelled", noticed_at=timezone.now())
    attention = f"{LIST}?tab=attention"
    assert "Cancelled on TikTok" in operator.get(attention).content.decode()
    assert "Cancel and refund the Shopify order" in operator.get(f"{LIST}{one.pk}/change/").content.decode()
    operator.post(do(one, "mark-as-handled"))
    assert operator.get(attention).context["cl"].result_count == 0


def test_an_order_is_found_by_the_tracking_number_of_its_package(operator: Client, order: Callable[..., Order]) -> None:
    one = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    order()
    Package.objects.create(order=one, package_id="P1", tracking_number="9400T")
    assert [row.pk for row in operator.get(LIST, {"q": "9400T"}).context["cl"].result_list] == [one.pk]


def test_a_preview_by_number_reads_an_order_that_is_not_here_from_tiktok(
    client_of: Callable[..., Client], shop: TikTokShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = us_order(random.Random(4))
    monkeypatch.setattr(intake, "with_token", lambda shop, call: {raw["id"]: raw})
    manager = client_of("view_order", "view_personal_data")
    page = manager.post(LIST + "preview/", {"number": f" {raw['id']} "})
    assert page.context["sides"] is not None
    assert not Order.objects.exists()
    looked = LogEntry.objects.get().change_message  # who saw a buyer can be told later
    assert looked == f"Looked at TikTok order {raw['id']} with its buyer, which is not stored here."
    assert "showed no order 1" in manager.post(LIST + "preview/", {"number": "1"}).content.decode()


def test_a_preview_by_number_of_an_order_that_is_here_leads_to_its_page(
    client_of: Callable[..., Client], real: Order
) -> None:
    answer = client_of("view_order", "view_personal_data").post(LIST + "preview/", {"number": real.tiktok_order_id})
    assert answer.headers["Location"] == f"{LIST}{real.pk}/change/"


def test_an_order_in_shopify_that_is_late_is_to_be_packed_now(operator: Client, order: Callable[..., Order]) -> None:
    late = order(SyncStatus.SYNCED, ship_by=timezone.now() - timedelta(hours=2, minutes=5), shopify_order_id="gid://1")
    address = f"/admin/orders/order/{late.pk}/change/"
    assert "In Shopify. Pack it now: it should have shipped 2 h ago." in operator.get(address).content.decode()
    Order.objects.update(delivery_status="in_transit")
    assert "Nothing to do: the order is in Shopify" in operator.get(address).content.decode()
