"""What needs attention: a seller must see it first on Home, with the place where it is mended."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders import bulk, tasks
from orders.models import DeliveryWork, Order, OrderChange
from orders.states import SyncStatus
from settings_app.models import Connection, TikTokShop
from tests.factories import OrderFactory
from tests.flows.home.page import HOME, text
from tests.flows.people import client_with

pytestmark = pytest.mark.django_db


def test_a_new_installation_is_told_to_connect_first_instead_of_seeing_empty_charts(manager: Client) -> None:
    assert "Connect your first TikTok shop" in text(manager)


def test_blocked_orders_are_counted_by_reason_beside_the_button_that_mends_them(manager: Client, shop: Any) -> None:
    OrderFactory.create_batch(3, shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.NEEDS_REVIEW, reason="total_mismatch")
    page, said = manager.get(HOME).content.decode(), text(manager)
    assert "An item is not linked to a Shopify product 3 orders wait for it." in said
    assert 'href="/admin/orders/productlink/?kind__exact=none"' in page
    assert "differ by more than the limit 1 order needs your review." in said
    assert "sync_status__exact=needs_review&amp;reason=total_mismatch" in page


def test_who_may_not_link_is_told_whom_to_ask_and_sees_the_orders(shop: Any) -> None:
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    [need] = client_with("view_order", "view_productlink").get(HOME).context["needs"]
    assert (need.mend, need.button) == ("Ask an operator to link the product.", "Show the order")


def test_what_nobody_can_mend_does_not_shout_among_what_needs_a_person(manager: Client, shop: Any) -> None:
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="sample_excluded")
    said = text(manager)
    assert "Nothing needs you" in said
    assert "Held back, with nothing for you to do" in said


def test_a_broken_store_is_the_first_thing_on_the_page_and_says_how_many_orders_wait(
    manager: Client, shop: Any
) -> None:
    shop.store.connection, shop.store.connection_error = Connection.BROKEN, "Shopify refused the access token."
    shop.store.save()
    OrderFactory.create_batch(2, shop=shop, sync_status=SyncStatus.BLOCKED, reason="shopify_connection")
    said = text(manager)
    assert "needs reconnecting Shopify refused the access token. 2 orders wait for it" in said
    assert said.index("needs reconnecting") < said.index("Where the orders are")


def test_orders_changed_on_tiktok_after_their_sync_stand_under_needs_attention(manager: Client, shop: Any) -> None:
    for number, kind in enumerate(("cancelled", "cancelled", "address_changed")):
        order = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id=f"gid://{number}")
        OrderChange.objects.create(order=order, kind=kind, noticed_at=timezone.now())
    OrderChange.objects.filter(order=order).update(seen_at=timezone.now())
    page = manager.get(HOME)
    [need] = [need for need in page.context["needs"] if "changed" in need.url]
    assert need.title == "2 orders in Shopify: cancelled on TikTok"
    assert manager.get(need.url).context["cl"].result_count == page.context["needing"] == 2
    assert manager.get(page.context["needing_url"]).context["cl"].result_count == 2


def test_a_delivery_that_shopify_cannot_be_told_of_is_found_from_home(manager: Client, shop: Any) -> None:
    order = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://shopify/Order/1")
    DeliveryWork.objects.create(order=order, status="standing_still", reason="fulfilment_refused")
    [need] = [need for need in manager.get(HOME).context["needs"] if "delivery" in need.title]
    assert manager.get(need.url).context["cl"].result_count == 1


def test_a_paused_shop_is_resumed_from_home(manager: Client, shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: True)
    TikTokShop.objects.update(paused=True)
    page = manager.get(HOME)
    assert "Willow Soap is paused" in page.content.decode()
    [need] = page.context["needs"]
    answer = manager.post(need.url, {"back": HOME}, follow=True)
    assert answer.redirect_chain == [(HOME, 302)]
    assert not TikTokShop.objects.get().paused


def test_a_running_bulk_sync_is_told_with_how_far_it_is_and_where_to_watch_it(manager: Client, shop: Any) -> None:
    OrderFactory.create_batch(3, shop=shop)
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=made.orders.values("pk")[:1]).update(sync_status=SyncStatus.FAILED)
    assert f"{made}: 1 of 3 orders are dealt with" in text(manager)
    assert (
        f'href="/admin/orders/bulksync/{made.pk}/change/" aria-label="Watch {made}"'
        in manager.get(HOME).content.decode()
    )
    bulk.stop(made.pk)
    assert f"{made}: 1 of 3" not in text(manager)
