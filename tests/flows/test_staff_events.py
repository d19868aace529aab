"""Messages that only a person can answer stand on Home until somebody says *Done*, and it stays known who did."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from orders.models import Order, WebhookEvent
from orders.states import SyncStatus
from orders.webhooks import standing
from tests.factories import OrderFactory, ShopFactory
from tests.flows.consents import said
from tests.flows.people import member

pytestmark = pytest.mark.django_db

PAGE = "/admin/messages/"


@pytest.fixture
def order() -> Order:
    shop = ShopFactory.create()
    order: Order = OrderFactory.create(
        shop=shop,
        store=shop.store,
        sync_status=SyncStatus.SYNCED,
        shopify_order_id="gid://shopify/Order/77",
        shopify_order_name="#1077",
    )
    return order


def message(order: Order, kind: str = "orders/cancelled", number: int = 1, **data: Any) -> WebhookEvent:
    return WebhookEvent.objects.create(
        source="shopify",
        event_id=f"event-{number}",
        kind=kind,
        sender=order.store.domain,
        data=data or {"id": "77"},
        status=WebhookEvent.Status.FOR_STAFF,
        note="#1077 was cancelled in Shopify, but TikTok still waits. Press *Cancel* in Seller Center too.",
    )


def test_home_says_what_waits_and_leads_there(order: Order) -> None:
    message(order)
    message(order, "customers/data_request", 2, order_ids=["77"])
    message(order, "customers/data_request", 3, order_ids=["77"])
    home = said(member("Viewer").get("/admin/"))
    assert "Cancelled in Shopify, but TikTok still waits for its delivery" in home
    assert "A customer asks what is stored about them: 2 messages" in home
    assert f'href="{PAGE}"' in home


def test_each_message_names_its_store_its_order_and_what_to_do(order: Order) -> None:
    message(order)
    page = said(member("Operator").get(PAGE))
    assert "Press Cancel in Seller Center too" in page
    assert order.store.name in page
    assert f'href="/admin/orders/order/{order.pk}/change/"' in page


def test_done_takes_it_off_home_and_says_who_and_when(order: Order) -> None:
    event, operator = message(order), member("Operator")
    page = said(operator.post(f"{PAGE}{event.pk}/done/", follow=True))
    assert "Marked as done" in page
    assert re.search(r"operator, \d+ s ago", page)
    event.refresh_from_db()
    assert (event.status, event.done_at is None) == (WebhookEvent.Status.DONE, False)
    assert LogEntry.objects.get().user.username == "operator"
    assert "Cancelled in Shopify" not in said(operator.get("/admin/"))


def test_of_two_who_press_done_the_first_is_named(order: Order) -> None:
    event = message(order)
    first, second = member("Operator"), member("Manager")
    first.post(f"{PAGE}{event.pk}/done/")
    assert "done already" in said(second.post(f"{PAGE}{event.pk}/done/", follow=True))
    assert LogEntry.objects.get().user.username == "operator"


def test_only_a_message_that_waits_for_staff_can_be_closed(order: Order) -> None:
    event = message(order)
    WebhookEvent.objects.update(status=WebhookEvent.Status.WAITING)
    member("Manager").post(f"{PAGE}{event.pk}/done/")
    event.refresh_from_db()
    assert event.status == WebhookEvent.Status.WAITING


def test_a_viewer_reads_and_cannot_close(order: Order) -> None:
    event, viewer = message(order), member("Viewer")
    assert "Done</button>" not in said(viewer.get(PAGE))
    assert viewer.post(f"{PAGE}{event.pk}/done/").status_code == 403
    event.refresh_from_db()
    assert event.status == WebhookEvent.Status.FOR_STAFF


def test_a_cancellation_that_tiktok_followed_closes_itself(order: Order) -> None:
    event = message(order)
    assert standing.close_settled() == 0
    Order.objects.update(tiktok_status="CANCELLED")
    assert standing.close_settled() == 1
    event.refresh_from_db()
    assert event.status == WebhookEvent.Status.DONE


def test_the_menu_leads_to_the_messages_and_says_how_many_wait(order: Order) -> None:
    viewer = member("Viewer")
    assert not re.search(
        r'href="/admin/messages/".*?ob-badge', viewer.get("/admin/orders/order/").content.decode(), re.S
    )
    message(order)
    page = viewer.get("/admin/orders/order/").content.decode()
    assert re.search(r'href="/admin/messages/"[^§]*?Messages to answer[^§]*?<span class="ob-badge">1</span>', page)
