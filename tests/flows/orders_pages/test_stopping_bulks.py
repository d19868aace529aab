"""Stopping a bulk sync: asked first, nothing lost, and the rest can be sent off later, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders import bulk, dispatch
from orders.models import BulkSync, Order
from orders.states import SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.flows.orders_pages.people import act
from tests.flows.reading import messages

pytestmark = pytest.mark.django_db


def url(made: BulkSync, tail: str) -> str:
    return f"/admin/orders/bulksync/{made.pk}/{tail}/"


def test_looking_at_stop_stops_nothing(operator: Client, order: Callable[..., Order]) -> None:
    order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    assert url(made, "stop") in operator.get(url(made, "change")).content.decode()
    assert operator.get(url(made, "stop")).context["progress"].waiting == 1
    assert operator.get(url(made, "do/stop")).status_code == 405
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def test_the_rest_of_a_stopped_bulk_goes_with_one_button_and_only_once(
    operator: Client, client_of: Callable[..., Client], order: Callable[..., Order]
) -> None:
    sent, asked_since, *left = [order() for _ in range(4)]
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=sent.pk).update(
        sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1", synced_at=timezone.now()
    )
    operator.post(url(made, "do/stop"))
    act(operator, "sync_selected", [asked_since])
    elsewhere = BulkSync.objects.latest("pk")
    assert "Sync the rest: 2 orders" in operator.get(url(made, "change")).content.decode()
    assert client_of("view_order").post(url(made, "do/rest")).status_code == 403
    operator.post(url(made, "do/rest"))
    new = BulkSync.objects.latest("pk")
    assert set(new.orders.values_list("pk", flat=True)) == {one.pk for one in left}
    assert elsewhere.orders.get().pk == asked_since.pk
    assert "none of its orders is left" in messages(operator.post(url(made, "do/rest"), follow=True))
    assert BulkSync.objects.count() == 3


def test_who_stops_second_is_told_and_a_finished_bulk_is_never_called_stopped(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=one.pk).update(sync_status=SyncStatus.FAILED)
    assert "Nothing was stopped" in messages(operator.post(url(made, "do/stop"), follow=True))
    assert "Nothing was stopped" in messages(operator.get(url(made, "stop"), follow=True))
    made.refresh_from_db()
    assert made.stopped_at is None


def test_a_bulk_action_whose_orders_are_gone_starts_no_empty_bulk(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    act(operator, "sync_selected", [one])
    act(operator, "sync_selected", [one])
    assert BulkSync.objects.count() == 1


@pytest.fixture
def automatic(shop: TikTokShop, order: Callable[..., Order]) -> BulkSync:
    """A bulk sync of two orders in a shop whose Automatic sync is on."""
    SyncSettings.objects.create(shop=shop, automatic_sync=True)
    order(), order()
    return bulk.start(Order.objects.all(), None, "Sync selected")


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_who_stops_while_automatic_sync_is_on_is_told_that_it_sends_them_anyway(
    operator: Client, automatic: BulkSync
) -> None:
    asked = words(operator.get(url(automatic, "stop")))
    assert "Automatic sync is on in Soap &amp; Suds: it would send 2 of them anyway" in asked
    assert "You can sync" not in asked
    assert "turn Automatic sync off first" in asked  # whoever may not change settings gets no such button
    assert "stop-and-automatic-off" not in asked
    assert operator.post(url(automatic, "do/stop-and-automatic-off")).status_code == 403
    answer = operator.post(url(automatic, "do/stop"), follow=True)
    assert "2 of them go out with it" in messages(answer)
    assert "Sync the rest" not in words(answer)
    dispatch.queue_automatic()
    later = words(operator.get(url(automatic, "change")))
    assert "2 go out with Automatic sync" in later
    assert "Sync the rest" not in later


def test_stop_and_turn_automatic_sync_off_really_stops(
    client_of: Callable[..., Client], automatic: BulkSync, shop: TikTokShop
) -> None:
    browser = client_of("view_order", "sync_order", "change_syncsettings")
    assert "Stop, and turn Automatic sync off" in words(browser.get(url(automatic, "stop")))
    answer = browser.post(url(automatic, "do/stop-and-automatic-off"), follow=True)
    assert "Automatic sync is off now in Soap & Suds" in messages(answer)
    assert "Sync the rest: 2 orders" in words(answer)
    assert dispatch.queue_automatic() == 0
    assert not SyncSettings.objects.get().automatic_sync
    assert "Automatic sync: on → off" in LogEntry.objects.values_list("change_message", flat=True)
    assert set(Order.objects.values_list("sync_status", flat=True)) == {SyncStatus.NOT_SYNCED}


def test_a_stop_that_came_too_late_leaves_automatic_sync_on(
    client_of: Callable[..., Client], automatic: BulkSync
) -> None:
    bulk.stop(automatic.pk)
    browser = client_of("view_order", "sync_order", "change_syncsettings")
    assert "Nothing was stopped" in messages(browser.post(url(automatic, "do/stop-and-automatic-off"), follow=True))
    assert SyncSettings.objects.get().automatic_sync


def test_what_automatic_sync_took_and_gave_back_is_still_the_rest(operator: Client, automatic: BulkSync) -> None:
    operator.post(url(automatic, "do/stop"))
    dispatch.queue_automatic()
    SyncSettings.objects.update(automatic_sync=False)
    dispatch.withdraw_automatic()
    assert "Sync the rest: 2 orders" in words(operator.get(url(automatic, "change")))
