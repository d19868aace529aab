"""Bulk actions in a real browser: each says first how many go, how many cannot and why; two people watch one bulk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders import bulk
from orders.models import BulkSync, DeliveryWork, Order, OrderChange
from orders.states import SyncStatus
from tests.factories import OrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]

LIST = "/admin/orders/order/"

WORKS_ON = {
    "Sync selected": (SyncStatus.NOT_SYNCED, ""),
    "Retry": (SyncStatus.FAILED, "refused"),
    "Ignore": (SyncStatus.NOT_SYNCED, ""),
    "Stop ignoring": (SyncStatus.IGNORED, ""),
    "Accept difference": (SyncStatus.NEEDS_REVIEW, "total_mismatch"),
    "Sync again": (SyncStatus.NEEDS_REVIEW, "no_outcome"),
    "Mark as handled": (SyncStatus.SYNCED, ""),
    "Resend delivery status": (SyncStatus.SYNCED, ""),
}
"""What each action is for, and an order that it works on."""

WHY = {"Mark as handled": "Nothing of them is left to handle"}


def an_order(status: SyncStatus, reason: str = "") -> Order:
    there = {"shopify_order_id": "gid://shopify/Order/1", "synced_at": timezone.now()}
    order: Order = OrderFactory.create(
        sync_status=status, reason=reason, **(there if status is SyncStatus.SYNCED else {})
    )
    return order


def ask_for(page: Page, action: str) -> None:
    page.goto(LIST)
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Run").click()


def test_every_action_says_how_many_go_and_why_others_cannot_before_anything_happens(page: Page) -> None:
    stuck = an_order(SyncStatus.BLOCKED, "cancelled_before_sync")
    for action, (status, reason) in WORKS_ON.items():
        Order.objects.exclude(pk=stuck.pk).delete()
        order = an_order(status, reason)
        if action == "Resend delivery status":
            DeliveryWork.objects.create(order=order, status="done")
        if action == "Mark as handled":
            OrderChange.objects.create(order=order, kind="cancelled", noticed_at=timezone.now())
        ask_for(page, action)
        expect(page.locator("#selected")).to_have_text("2")
        going = "2" if action == "Ignore" else "1"  # whatever stands still can be ignored
        expect(page.locator("#going")).to_have_text(going)
        if going == "1":
            expect(
                page.get_by_text(WHY.get(action, "The order was cancelled on TikTok before it was synced."))
            ).to_be_visible()
        assert Order.objects.filter(pk=order.pk, sync_status=status, reason=reason).exists()
        confirm = page.get_by_role("button", name=f"{action}: {going} order")
        confirm.click()
        expect(confirm).to_have_count(0)
        order.refresh_from_db()
        if status is not SyncStatus.SYNCED:
            assert (order.sync_status, order.reason) != (status, reason), action
        Order.objects.filter(pk=stuck.pk).update(sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
        assert not OrderChange.objects.filter(seen_at__isnull=True).exists()
    assert DeliveryWork.objects.get().status == "due"


def test_a_choice_between_shopify_orders_is_made_order_by_order(page: Page) -> None:
    made = [an_order(SyncStatus.NEEDS_REVIEW, "several_in_shopify") for _ in range(2)]
    ask_for(page, "Choose this order")
    for order in made:
        expect(page.get_by_role("link", name=order.tiktok_order_id)).to_be_visible()
    assert not BulkSync.objects.exists()


def test_what_one_person_does_to_a_bulk_sync_the_other_sees_without_reloading(
    page: Page, opened: Callable[[User], Page]
) -> None:
    orders = [an_order(SyncStatus.NOT_SYNCED) for _ in range(3)]
    started = bulk.start(Order.objects.all(), User.objects.get(), "Sync selected")
    address = f"/admin/orders/bulksync/{started.pk}/change/"
    other = opened(User.objects.create_superuser("colleague", password="x"))
    for window in (page, other):
        window.goto(address)
        expect(window.get_by_role("button", name="Pause")).to_be_visible()
    other.evaluate("window.stayed = true")
    page.get_by_role("button", name="Pause").click()
    expect(other.locator("#bulk-summary")).to_contain_text("Paused at 0 of 3 orders", timeout=8000)
    other.get_by_role("button", name="Resume").focus()
    Order.objects.filter(pk=orders[0].pk).update(sync_status=SyncStatus.FAILED, reason="refused")
    expect(other.locator("#bulk-summary")).to_contain_text("Paused at 1 of 3 orders", timeout=8000)
    expect(other.get_by_role("button", name="Resume")).to_be_focused()  # the page refreshed under the keyboard
    assert other.evaluate("window.stayed")
    other.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=8000)
    page.get_by_role("link", name="Stop…").click()
    expect(page.locator("#waiting")).to_have_text("2")
    page.get_by_role("button", name="Stop it").click()
    expect(other.locator("#bulk-summary")).to_contain_text("Stopped after 1 of 3 orders", timeout=8000)
