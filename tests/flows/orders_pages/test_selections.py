"""Bulk actions and bulk syncs: nothing is sent unasked, nothing is loaded, everything can be stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import bulk, claims, dispatch
from orders.models import BulkSync, Order
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.flows.orders_pages.people import LIST, act, do

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "action", ["sync_selected", "retry", "ignore", "accept_difference", "sync_again", "choose_order"]
)
def test_a_viewer_has_no_bulk_actions(
    client_of: Callable[..., Client], order: Callable[..., Order], action: str
) -> None:
    one = order()
    act(client_of("view_order"), action, [one])
    one.refresh_from_db()
    assert one.sync_status == SyncStatus.NOT_SYNCED
    assert not BulkSync.objects.exists()


def test_confirmation_tells_how_many_go_and_why_others_cannot(operator: Client, order: Callable[..., Order]) -> None:
    going = [order(), order(SyncStatus.FAILED, reason="refused")]
    staying = [order(SyncStatus.IGNORED), order(SyncStatus.BLOCKED, reason="cancelled_before_sync")]
    page = act(operator, "sync_selected", [*going, *staying], confirmed=False)
    assert (page.context["going"], page.context["staying"]) == (2, 2)
    assert {group.count for group in page.context["groups"]} == {1}
    assert not Order.objects.filter(sync_status=SyncStatus.QUEUED).exists()


def test_select_all_takes_every_page_of_the_filtered_list_and_nothing_else(
    operator: Client, order: Callable[..., Order], django_assert_max_num_queries: Any
) -> None:
    orders = [order() for _ in range(120)]
    ignored = order(SyncStatus.IGNORED)
    with django_assert_max_num_queries(45):
        answer = act(operator, "sync_selected", orders[:1], across=True, query="?tab=not_synced")
    made = BulkSync.objects.get()
    assert answer.headers["Location"] == f"/admin/orders/bulksync/{made.pk}/change/"
    assert made.asked == 120
    ignored.refresh_from_db()
    assert ignored.sync_status == SyncStatus.IGNORED


def test_orders_that_came_after_the_confirmation_are_not_sent(operator: Client, order: Callable[..., Order]) -> None:
    seen, unseen = order(), order()
    operator.post(
        LIST,
        {
            "action": "sync_selected",
            "_selected_action": [seen.pk],
            "select_across": "1",
            "confirmed": "y",
            "up_to": seen.pk,
        },
    )
    unseen.refresh_from_db()
    assert unseen.sync_status == SyncStatus.NOT_SYNCED


def test_retry_leaves_orders_alone_that_nobody_asked_for(operator: Client, order: Callable[..., Order]) -> None:
    failed, new = order(SyncStatus.FAILED, reason="refused"), order()
    act(operator, "retry", [failed, new])
    failed.refresh_from_db()
    new.refresh_from_db()
    assert (failed.sync_status, new.sync_status) == (SyncStatus.QUEUED, SyncStatus.NOT_SYNCED)
    assert BulkSync.objects.get().left_out == 1


def test_ignore_and_stop_ignoring_a_selection(operator: Client, order: Callable[..., Order]) -> None:
    one, sending = order(), order(SyncStatus.SYNCING)
    act(operator, "ignore", [one, sending])
    one.refresh_from_db()
    sending.refresh_from_db()
    assert (one.sync_status, sending.sync_status) == (SyncStatus.IGNORED, SyncStatus.SYNCING)
    act(operator, "stop_ignoring", [one])
    one.refresh_from_db()
    assert one.sync_status == SyncStatus.NOT_SYNCED
    assert LogEntry.objects.filter(object_id=str(one.pk)).count() == 2


def test_accepting_a_difference_queues_unsent_orders_and_settles_sent_ones(
    operator: Client, order: Callable[..., Order]
) -> None:
    unsent = order(SyncStatus.NEEDS_REVIEW, reason="total_mismatch")
    sent = order(SyncStatus.NEEDS_REVIEW, reason="created_total_differs", shopify_order_id="gid://shopify/Order/1")
    several = order(SyncStatus.NEEDS_REVIEW, reason="several_in_shopify")
    act(operator, "accept_difference", [unsent, sent, several])
    for one in (unsent, sent, several):
        one.refresh_from_db()
    assert (unsent.sync_status, unsent.accepts_difference) == (SyncStatus.QUEUED, True)
    assert sent.sync_status == SyncStatus.SYNCED
    assert several.sync_status == SyncStatus.NEEDS_REVIEW


def test_sync_again_never_sends_an_order_that_has_a_shopify_order(
    operator: Client, order: Callable[..., Order]
) -> None:
    lost = order(SyncStatus.NEEDS_REVIEW, reason="no_outcome", looked_up_at=timezone.now())
    there = order(SyncStatus.NEEDS_REVIEW, reason="created_total_differs", shopify_order_id="gid://shopify/Order/1")
    act(operator, "sync_again", [lost, there])
    lost.refresh_from_db()
    there.refresh_from_db()
    assert (lost.sync_status, lost.looked_up_at) == (SyncStatus.QUEUED, None)
    assert there.sync_status == SyncStatus.NEEDS_REVIEW


def test_a_paused_bulk_sends_nothing_until_it_is_resumed(
    operator: Client, shop: TikTokShop, order: Callable[..., Order]
) -> None:
    one = order()
    made = bulk.start(claims.can_be_asked(Order.objects.all()), None, "Sync selected")
    operator.post(f"/admin/orders/bulksync/{made.pk}/do/pause/")
    assert dispatch.due(shop.store.pk) == []
    operator.post(f"/admin/orders/bulksync/{made.pk}/do/resume/")
    assert dispatch.due(shop.store.pk) == [one.pk]


def test_a_paused_bulk_is_the_first_thing_on_home_and_is_resumed_there(
    operator: Client, client_of: Callable[..., Client], order: Callable[..., Order]
) -> None:
    for _ in range(2):
        order(ship_by=timezone.now())  # urgent
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    bulk.pause(made.pk)
    first = client_of("view_order").get("/admin/").context["needs"][0]
    assert (first.title, first.url) == ("A bulk sync is paused: 2 orders wait", "")
    first = operator.get("/admin/").context["needs"][0]
    assert first.more_url == f"/admin/orders/bulksync/{made.pk}/change/"
    assert operator.post(first.url, {"back": "/admin/"}).headers["Location"] == "/admin/"
    assert "bulk sync" not in operator.get("/admin/").context["needs"][0].title
    made.refresh_from_db()
    assert made.paused_at is None


def test_one_order_can_leave_a_paused_bulk(operator: Client, shop: TikTokShop, order: Callable[..., Order]) -> None:
    one, other = order(), order()
    made = bulk.start(Order.objects.filter(pk__in=[one.pk, other.pk]), None, "Sync selected")
    bulk.pause(made.pk)
    operator.post(do(one, "sync"))
    assert dispatch.due(shop.store.pk) == [one.pk]


def test_stop_gives_back_what_was_not_sent(operator: Client, order: Callable[..., Order]) -> None:
    waiting, sent = order(), order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=sent.pk).update(sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    operator.post(f"/admin/orders/bulksync/{made.pk}/do/stop/")
    waiting.refresh_from_db()
    sent.refresh_from_db()
    assert (waiting.sync_status, waiting.asked_by) == (SyncStatus.NOT_SYNCED, AskedBy.NOBODY)
    assert sent.sync_status == SyncStatus.SYNCED


def in_shopify(one: Order, **values: Any) -> None:
    Order.objects.filter(pk=one.pk).update(
        sync_status=SyncStatus.SYNCED, shopify_order_id=f"gid://shopify/Order/{one.pk}", **values
    )


def test_what_becomes_of_orders_after_a_stop_is_not_told_as_the_stopped_bulks_work(
    operator: Client, shop: TikTokShop, order: Callable[..., Order]
) -> None:
    sent, *back = [order() for _ in range(3)]
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    in_shopify(sent, synced_at=timezone.now())
    bulk.stop(made.pk)
    SyncSettings.objects.create(shop=shop, automatic_sync=True)
    dispatch.queue_automatic()
    for one in back:
        in_shopify(one, synced_at=timezone.now())
    page = operator.get(f"/admin/orders/bulksync/{made.pk}/change/").content.decode()
    assert "Stopped after 1 of 3 orders" in page
    assert "2 more were asked for and are not counted here: not sent before the stop" in page
    assert "You can leave this page" not in page
    assert "a minute" not in page
    assert re.search(r"</progress>\s*1 of 3", operator.get("/admin/orders/bulksync/").content.decode())


def test_the_rate_is_told_after_ten_seconds_and_counts_only_what_this_bulk_ended(order: Callable[..., Order]) -> None:
    now = timezone.now()
    earlier, sent, _ = order(), order(), order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    in_shopify(sent, synced_at=now)
    assert bulk.progress(made).rate is None
    made.started_at = now - timedelta(minutes=10)
    in_shopify(earlier, synced_at=now - timedelta(minutes=5), changed_at=now)  # TikTok told news of it just now
    assert bulk.progress(made).rate == 1


def test_orders_that_moved_up_from_automatic_sync_count_as_asked_for(order: Callable[..., Order]) -> None:
    queued, _ = order(), order()
    claims.ask(Order.objects.filter(pk=queued.pk), AskedBy.AUTOMATIC)
    assert bulk.start(Order.objects.all(), None, "Sync selected").asked == 2


def test_progress_counts_every_order_once_and_groups_failures(operator: Client, order: Callable[..., Order]) -> None:
    orders = [order() for _ in range(4)]
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk__in=[o.pk for o in orders[:2]]).update(sync_status=SyncStatus.FAILED, reason="refused")
    progress = bulk.progress(made)
    assert (progress.total, progress.finished, sum(progress.counts.values())) == (4, 2, 4)
    assert [group.count for group in progress.failures] == [2]
    page = operator.get(f"/admin/orders/bulksync/{made.pk}/state/").content.decode()
    assert "2 of 4 orders are dealt with" in page
    assert 'hx-trigger="every 2s' in page


@pytest.mark.parametrize("count", [3_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_thousands_of_orders_go_without_being_loaded(
    operator: Client, shop: TikTokShop, order: Callable[..., Order], count: int
) -> None:
    first = order()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the planner knows of one order, as right after a first fetch
    Order.objects.bulk_create(
        [Order(shop=shop, store=shop.store, tiktok_order_id=f"58{number:016d}") for number in range(count - 1)],
        batch_size=2000,
    )
    with CaptureQueriesContext(connection) as asked:
        act(operator, "sync_selected", [first], confirmed=False, across=True)
        act(operator, "sync_selected", [first], across=True)
    assert BulkSync.objects.get().asked == count
    assert not [query for query in asked.captured_queries if len(query["sql"]) > 1_000_000]
    assert len(asked) < 80


def test_the_open_list_learns_how_moving_orders_stand(operator: Client, order: Callable[..., Order]) -> None:
    one = order(SyncStatus.QUEUED)
    assert f'data-order="{one.pk}" data-moving' in operator.get(LIST).content.decode()
    Order.objects.update(
        sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1", shopify_order_name="#1042"
    )
    cells = operator.get(f"{LIST}states/", {"ids": f"{one.pk},rubbish"}).json()["rows"][str(one.pk)]
    assert "Synced" in cells["field-sync_status"]
    assert "#1042" in cells["field-shopify_order"]


def test_a_stopped_bulk_never_sends_what_was_on_its_way_and_came_back(
    shop: TikTokShop, order: Callable[..., Order]
) -> None:
    one, held = order(), order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=one.pk).update(sync_status=SyncStatus.SYNCING)
    Order.objects.filter(pk=held.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    bulk.stop(made.pk)
    Order.objects.filter(pk=one.pk).update(sync_status=SyncStatus.QUEUED)
    claims.release(Order.objects.filter(pk=held.pk))
    assert dispatch.due(shop.store.pk) == []
    bulk.settle_stopped()
    assert set(Order.objects.values_list("sync_status", flat=True)) == {SyncStatus.NOT_SYNCED}


def test_sync_selected_is_a_button_of_its_own_where_orders_can_be_synced(
    operator: Client, client_of: Callable[..., Client], order: Callable[..., Order]
) -> None:
    first, second = order(), order()
    page = operator.get(LIST).content.decode()
    assert 'id="sync-selected"' in page
    assert 'id="sync-selected"' not in operator.get(LIST + "?tab=synced").content.decode()
    assert 'id="sync-selected"' not in client_of("view_order").get(LIST).content.decode()
    ticked = {"action": ["", "sync_selected"], "index": "1", "select_across": "0", "_selected_action": [first.pk]}
    asked = operator.post(LIST, ticked)  # as a browser sends it: the menu's empty choice, then the button's
    assert "Sync selected: 1 order" in asked.content.decode()
    act(operator, "sync_selected", [first])
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.sync_status, second.sync_status) == (SyncStatus.QUEUED, SyncStatus.NOT_SYNCED)
