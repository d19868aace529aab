"""Home: what a seller sees first must be true, sum up, and lead to the place where it is mended."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from celery import signals
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import bulk, tasks
from orders.admin.need import Need
from orders.insight import attention, figures
from orders.models import DeliveryWork, Heartbeat, Order, OrderChange
from orders.states import AskedBy, SyncStatus
from settings_app.models import Connection, SyncSettings, TikTokShop
from settings_app.templatetags.plain_times import span
from tests.factories import OrderFactory, ShopFactory, attempt_of

pytestmark = pytest.mark.django_db

HOME = "/admin/"


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("owner", password="x"))
    return browser


@pytest.fixture
def shop() -> Any:
    shop = ShopFactory.create(name="Willow Soap", last_polled_at=timezone.now())
    SyncSettings.objects.create(shop=shop)
    for name in ("beat", "worker"):
        Heartbeat.objects.create(name=name, at=timezone.now())
    return shop


def text(browser: Client, **headers: str) -> str:
    page = browser.get(HOME, headers=headers).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_new_installation_is_told_to_connect_first_instead_of_seeing_empty_charts(staff: Client) -> None:
    assert "Connect your first TikTok shop" in text(staff)


def test_blocked_orders_are_counted_by_reason_beside_the_button_that_mends_them(staff: Client, shop: Any) -> None:
    OrderFactory.create_batch(3, shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.NEEDS_REVIEW, reason="total_mismatch")
    page, said = staff.get(HOME).content.decode(), text(staff)
    assert "An item is not linked to a Shopify product 3 orders wait for it." in said
    assert 'href="/admin/orders/productlink/?kind__exact=none"' in page
    assert "differ by more than the limit 1 order needs your review." in said
    assert "sync_status__exact=needs_review&amp;reason=total_mismatch" in page


def test_what_nobody_can_mend_does_not_shout_among_what_needs_a_person(staff: Client, shop: Any) -> None:
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="sample_excluded")
    said = text(staff)
    assert "Nothing needs you" in said
    assert "Held back, with nothing for you to do" in said


def test_every_filter_that_home_links_to_finds_as_many_orders_as_home_says(staff: Client, shop: Any) -> None:
    OrderFactory.create_batch(2, shop=shop)
    OrderFactory.create(shop=shop, queued=True)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.FAILED, reason="refused")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    for flow in staff.get(HOME).context["flows"]:
        for bucket in flow["buckets"]:
            answer = staff.get(f"/admin/orders/order/?{bucket.filters}&{flow['filters']}")
            assert answer.context["cl"].result_count == bucket.count, (flow["title"], bucket.label)


def test_home_and_the_tab_agree_on_how_many_orders_stand_still_for_a_person(staff: Client, shop: Any) -> None:
    for reason in ("unlinked_item", "cancelled_before_sync", "no_longer_eligible", "sample_excluded", ""):
        OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason=reason)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.FAILED, reason="cannot_map")
    page = staff.get(HOME)
    buckets = {bucket.key: bucket.count for bucket in page.context["flows"][1]["buckets"]}
    assert buckets["standing"] == page.context["needing"] == 3
    assert staff.get(page.context["needing_url"]).context["cl"].result_count == 3
    assert buckets["resting"] == 3


def test_a_broken_store_is_the_first_thing_on_the_page_and_says_how_many_orders_wait(staff: Client, shop: Any) -> None:
    shop.store.connection, shop.store.connection_error = Connection.BROKEN, "Shopify refused the access token."
    shop.store.save()
    OrderFactory.create_batch(2, shop=shop, sync_status=SyncStatus.BLOCKED, reason="shopify_connection")
    said = text(staff)
    assert "needs reconnecting Shopify refused the access token. 2 orders wait for it" in said
    assert said.index("needs reconnecting") < said.index("Where the orders are")


def test_late_orders_and_those_that_must_ship_tomorrow_are_urgent_each_by_itself(staff: Client, shop: Any) -> None:
    soon = timezone.now() + timedelta(hours=5)
    OrderFactory.create_batch(2, shop=shop, ship_by=soon)
    OrderFactory.create(shop=shop, ship_by=timezone.now() - timedelta(hours=1))
    OrderFactory.create(shop=shop, ship_by=soon, tiktok_status="IN_TRANSIT")
    OrderFactory.create(
        shop=shop, ship_by=soon, sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1"
    )
    OrderFactory.create(shop=shop, ship_by=soon, sync_status=SyncStatus.IGNORED)
    needs = {need.title: need for need in staff.get(HOME).context["needs"] if need.urgent}
    for title, count in (("1 order should have shipped already", 1), ("2 orders must ship within 24 hours", 2)):
        assert staff.get(needs[title].url).context["cl"].result_count == count


def test_nobody_is_offered_sync_where_that_cannot_help(staff: Client, shop: Any) -> None:
    order = OrderFactory.create(shop=shop, ship_by=timezone.now() + timedelta(hours=5))
    assert _urgent(staff).button == "Sync it …"
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_order"))
    browser = Client()
    browser.force_login(viewer)
    assert _urgent(browser).button == "Show it"
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    assert (_urgent(staff).mend, _urgent(staff).button) == ("1 is held up; see why.", "Show it")


def _urgent(browser: Client) -> Need:
    need: Need
    [need] = [need for need in browser.get(HOME).context["needs"] if need.urgent]
    return need


def test_the_most_urgent_order_is_the_first_of_the_list_that_home_links_to(staff: Client, shop: Any) -> None:
    now = timezone.now()
    for hours in (9, 2, 5):
        OrderFactory.create(shop=shop, ship_by=now + timedelta(hours=hours), placed_at=now - timedelta(hours=hours))
    [link] = [need.url for need in staff.get(HOME).context["needs"] if "must ship" in need.title]
    listed = [order.ship_by for order in staff.get(link).context["cl"].result_list]
    assert listed == sorted(listed)


def test_orders_changed_on_tiktok_after_their_sync_stand_under_needs_attention(staff: Client, shop: Any) -> None:
    for number, kind in enumerate(("cancelled", "cancelled", "address_changed")):
        order = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id=f"gid://{number}")
        OrderChange.objects.create(order=order, kind=kind, noticed_at=timezone.now())
    OrderChange.objects.filter(order=order).update(seen_at=timezone.now())
    page = staff.get(HOME)
    [need] = [need for need in page.context["needs"] if "changed" in need.url]
    assert need.title == "2 orders in Shopify: cancelled on TikTok"
    assert staff.get(need.url).context["cl"].result_count == page.context["needing"] == 2
    assert staff.get(page.context["needing_url"]).context["cl"].result_count == 2


def test_a_delivery_that_shopify_cannot_be_told_of_is_found_from_home(staff: Client, shop: Any) -> None:
    order = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://shopify/Order/1")
    DeliveryWork.objects.create(order=order, status="standing_still", reason="fulfilment_refused")
    [need] = [need for need in staff.get(HOME).context["needs"] if "delivery" in need.title]
    assert staff.get(need.url).context["cl"].result_count == 1


def test_every_order_is_in_exactly_one_bucket_so_that_the_buckets_sum_to_the_total(shop: Any) -> None:
    for number, status in enumerate(SyncStatus):
        gid = f"gid://shopify/Order/{number}" if status is SyncStatus.SYNCED else None
        OrderFactory.create(shop=shop, sync_status=status, shopify_order_id=gid)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://a", delivery_status="in_transit")
    OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://b", delivery_status="delivered")
    buckets = {bucket.key: bucket.count for bucket in attention.flow(Order.objects.all())}
    assert buckets == {
        "not_synced": 1,
        "on_the_way": 3,
        "synced": 1,
        "in_transit": 1,
        "delivered": 1,
        "standing": 3,
        "resting": 1,
        "ignored": 1,
    }
    assert sum(buckets.values()) == Order.objects.count()


def test_the_charts_count_how_long_orders_took_and_which_tries_failed(shop: Any) -> None:
    now = timezone.now()
    for number, seconds in enumerate((20, 300, 1800, 9000)):
        OrderFactory.create(
            shop=shop,
            sync_status="synced",
            shopify_order_id=f"gid://{number}",
            asked_by=AskedBy.MANUAL,
            asked_at=now - timedelta(seconds=seconds),
            synced_at=now,
        )
    order = Order.objects.order_by("pk").first()
    assert order
    for number, result in enumerate(("done", "refused", "not_sent", "absent"), start=1):
        attempt_of(order, number=number, result=result)
    today, tries = figures.speed()[-1], figures.attempts()[-1]
    assert (today.minute, today.ten_minutes, today.hour, today.longer) == (1, 1, 1, 1)
    assert (tries.done, tries.refused, tries.not_sent, tries.unknown) == (1, 1, 1, 1)
    assert len(figures.speed()) == len(figures.attempts()) == figures.DAYS


def signs(*, ticked: float, answered: float) -> None:
    """When timer and worker gave their last sign of life, in minutes ago."""
    for name, minutes in (("beat", ticked), ("worker", answered)):
        Heartbeat.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=minutes))


def test_a_stopped_worker_is_told_within_minutes_instead_of_never(staff: Client, shop: Any) -> None:
    signs(ticked=0, answered=10)
    Heartbeat.objects.create(name="retention", at=timezone.now())  # a day's work that was done is no sign of life
    said = text(staff)
    assert "The worker is silent: nothing is fetched or synced" in said
    assert "Worker Silent Last worked 10 min ago" in said
    assert "Timer Works Last ran 0 s ago" in said


def test_a_stopped_timer_is_not_blamed_on_the_worker(staff: Client, shop: Any) -> None:
    signs(ticked=10, answered=10)
    said = text(staff)
    assert "The timer is silent: nothing happens by itself" in said
    assert "The worker is silent" not in said
    assert "Worker Not asked Last worked 10 min ago." in said


def test_a_worker_that_works_is_not_called_silent_for_a_daily_task_of_yesterday(staff: Client, shop: Any) -> None:
    Heartbeat.objects.create(name="retention", at=timezone.now() - timedelta(hours=20))
    said = text(staff)
    assert "Worker Works Last worked 0 s ago" in said
    assert "Silent" not in said


@pytest.mark.django_db(transaction=True)
def test_the_workers_answer_and_the_timers_tick_are_two_signs() -> None:
    tasks.beat_heartbeat()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["worker"]
    signals.before_task_publish.send(sender="orders.tasks.beat_heartbeat", body=None, exchange="", routing_key="")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"beat", "worker"}


def test_a_paused_shop_is_resumed_from_home(staff: Client, shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: True)
    TikTokShop.objects.update(paused=True)
    page = staff.get(HOME)
    assert "Willow Soap is paused" in page.content.decode()
    [need] = page.context["needs"]
    answer = staff.post(need.url, {"back": HOME}, follow=True)
    assert answer.redirect_chain == [(HOME, 302)]
    assert not TikTokShop.objects.get().paused


def test_a_shop_that_is_not_fetched_although_everything_runs_is_urgent(staff: Client, shop: Any) -> None:
    TikTokShop.objects.update(last_polled_at=timezone.now() - timedelta(hours=3))
    assert "Urgent Willow Soap was last fetched 3 h ago" in text(staff)


def test_the_age_of_the_last_poll_is_shown_for_each_shop(staff: Client, shop: Any) -> None:
    shop.last_polled_at = timezone.now() - timedelta(seconds=40)
    shop.save()
    assert re.search(r"TikTok: Willow Soap Works Last fetched 4\d s ago", text(staff))


def test_home_asks_the_database_as_often_for_a_thousand_orders_as_for_one(staff: Client, shop: Any) -> None:
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    staff.get(HOME)
    with CaptureQueriesContext(
        connection,
    ) as few:
        staff.get(HOME)
    OrderFactory.create_batch(40, shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    with CaptureQueriesContext(connection) as many:
        staff.get(HOME)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (91, "2 min"),
        (5399, "90 min"),
        (116 * 60, "2 h"),
        (35 * 3600, "35 h"),
        (36 * 3600, "2 days"),
        (71 * 3600, "3 days"),
    ],
)
def test_ages_are_said_in_their_largest_unit_that_still_tells_something(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_every_page_forbids_scripts_and_pictures_from_elsewhere(staff: Client) -> None:
    for address in (HOME, "/admin/login/", "/healthz"):
        policy = staff.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval';" in policy
        assert "frame-ancestors 'none'" in policy


def test_times_are_shown_in_the_zone_that_the_browser_told_and_nonsense_is_ignored(staff: Client, shop: Any) -> None:
    staff.cookies["orderbridge_timezone"] = "America/New_York"
    assert "those of America/New_York" in text(staff)
    staff.cookies["orderbridge_timezone"] = "../../etc/passwd"
    assert "those of UTC" in text(staff)


def test_a_running_bulk_sync_is_told_with_how_far_it_is_and_where_to_watch_it(staff: Client, shop: Any) -> None:
    OrderFactory.create_batch(3, shop=shop)
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=made.orders.values("pk")[:1]).update(sync_status=SyncStatus.FAILED)
    assert f"{made}: 1 of 3 orders have an outcome" in text(staff)
    assert (
        f'href="/admin/orders/bulksync/{made.pk}/change/" aria-label="Watch {made}"' in staff.get(HOME).content.decode()
    )
    bulk.stop(made.pk)
    assert f"{made}: 1 of 3" not in text(staff)


def test_orders_on_their_way_are_not_urgent_unless_something_holds_them(staff: Client, shop: Any) -> None:
    soon = timezone.now() + timedelta(hours=5)
    OrderFactory.create_batch(2, shop=shop, ship_by=soon)
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    said = text(staff)
    assert "They are on their way to Shopify right now." in said
    assert "Urgent" not in said
    OrderFactory.create(shop=shop, ship_by=soon)
    said = text(staff)
    assert "2 of them are on their way." in said
    assert "Urgent 3 orders must ship" in said
    Order.objects.filter(bulk_sync=None).delete()
    bulk.pause(made.pk)
    assert "Urgent 2 orders must ship" in text(staff)
