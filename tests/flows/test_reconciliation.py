"""Reconciliation: every kind of difference is found, named, and turned into a status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from connectors.errors import Throttled
from connectors.shopify import orders as shopify_orders
from orders import creation, reconciliation, review, tasks
from orders.comparison import Compared, Stretch
from orders.insight import completeness
from orders.models import Order, Reconciliation, SyncAttempt
from orders.states import AskedBy, SyncStatus
from settings_app import clients
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import ShopFactory, raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db

PAGE = "/admin/orders/reconciliation/"

Queued = Callable[..., Order]


def recent() -> dict[str, Any]:
    now = int(timezone.now().timestamp()) - 30
    return {"update_time": now, "create_time": now}


@pytest.fixture
def synced(road: Road, queued: Queued) -> Order:
    order = queued(**recent())
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCED
    wait_for(lambda: tagged(road), 10, "the search index")
    return order


def tagged(road: Road) -> list[str]:
    found = shopify_orders.find_tagged_since(
        clients.shopify(road.shop.store), "TikTok Shop", timezone.now() - timedelta(hours=1)
    )
    return [order.name for order in found]


def compare(road: Road, back: timedelta = timedelta(hours=6)) -> reconciliation.Report:
    return reconciliation.reconcile(road.shop, timezone.now() - back)


def kinds(report: reconciliation.Report) -> list[str]:
    return [difference["kind"] for difference in report.differences]


def counts(report: reconciliation.Report) -> tuple[int, ...]:
    """On TikTok, here, in Shopify."""
    return tuple(sum(getattr(day, name) for day in report.days) for name in ("tiktok", "here", "in_shopify"))


def copy_in_shopify(road: Road, order: Order, **marks: Any) -> None:
    """Somebody made a second Shopify order with our marks."""
    made = {
        "lineItems": [{"variantId": road.variant("COPY"), "quantity": 1}],
        "tags": ["TikTok Shop"],
        "sourceIdentifier": order.tiktok_order_id,
        **marks,
    }
    before = len(tagged(road))
    shopify_orders.create(clients.shopify(road.shop.store), {"order": made})
    wait_for(lambda: len(tagged(road)) > before, 10, "the search index")


def test_three_sides_that_agree_have_no_difference(road: Road, synced: Order) -> None:
    report = compare(road)
    assert kinds(report) == []
    assert counts(report) == (1, 1, 1)


def test_an_order_that_was_never_fetched_is_named_and_fetched(road: Road, synced: Order) -> None:
    missed = raw_order("576461413038785799", **recent())
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": [missed]})
    assert kinds(compare(road)) == ["missing_here"]
    assert Order.objects.get(tiktok_order_id="576461413038785799").sync_status == SyncStatus.NOT_SYNCED
    assert kinds(compare(road)) == []


def test_a_deleted_shopify_order_is_shown_to_staff(road: Road, synced: Order) -> None:
    Order.objects.update(shopify_order_id="gid://shopify/Order/404", shopify_order_name="#404")
    assert kinds(compare(road)) == ["missing_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "gone_from_shopify")
    assert "#404" in synced.message
    assert review.sync_again(Order.objects.all(), AskedBy.MANUAL) == 1


def test_two_shopify_orders_of_one_tiktok_order_are_shown_to_staff(road: Road, synced: Order) -> None:
    copy_in_shopify(road, synced)
    report = compare(road)
    assert kinds(report) == ["two_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    assert synced.shopify_order_name in synced.message
    assert synced.shopify_order_id  # its delivery goes on


def test_a_total_that_is_not_the_one_that_was_sent_is_shown_to_staff(road: Road, synced: Order) -> None:
    SyncAttempt.objects.update(expected_total="25.00")
    assert kinds(compare(road)) == ["total_differs"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "created_total_differs")


def test_a_difference_that_staff_accepted_is_not_brought_up_again(road: Road, synced: Order) -> None:
    SyncAttempt.objects.update(expected_total="25.00")
    Order.objects.update(accepts_difference=True)
    assert kinds(compare(road)) == []


def test_an_order_in_shopify_that_our_row_does_not_know_is_adopted(road: Road, synced: Order) -> None:
    gid = synced.shopify_order_id
    Order.objects.update(sync_status=SyncStatus.NOT_SYNCED, shopify_order_id=None, shopify_order_name="")
    assert kinds(compare(road)) == ["stray_mark"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.shopify_order_id) == (SyncStatus.SYNCED, gid)


def test_a_mark_of_an_order_that_nobody_knows_is_named(road: Road, synced: Order) -> None:
    copy_in_shopify(road, synced, sourceIdentifier="576461413000000000")
    report = compare(road)
    assert kinds(report) == ["stray_mark"]
    assert "no TikTok shop of this store has" in report.differences[0]["sentence"]


def test_an_order_that_another_connector_made_beside_ours_is_named(road: Road, synced: Order) -> None:
    mark = {"key": "TikTok Shop Order ID", "value": synced.tiktok_order_id}
    copy_in_shopify(road, synced, sourceIdentifier=None, customAttributes=[mark])
    report = compare(road)
    assert kinds(report) == ["two_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    assert len(review.candidates(synced)) == 2


def test_a_mark_that_no_shop_of_the_store_knows_is_named_once(road: Road, synced: Order) -> None:
    other = ShopFactory.create(store=road.shop.store)
    SyncSettings.objects.create(shop=other)
    about = {"id": other.shop_id, "name": other.name, "cipher": other.cipher}
    road.tiktok.post(
        "/_sandbox/shops", {**about, "access_token": other.access_token, "refresh_token": other.refresh_token}
    )
    theirs = raw_order("576461413000000001", **recent())
    road.tiktok.post("/_sandbox/orders", {"shop_id": other.shop_id, "orders": [theirs]})
    copy_in_shopify(road, synced, sourceIdentifier="576461413000000001")
    copy_in_shopify(road, synced, sourceIdentifier="576461413000000000")
    out = StringIO()
    with pytest.raises(CommandError, match="1 stands only in Shopify"):
        call_command("reconcile", "--json", stdout=out)
    found = [one for one in json.loads(out.getvalue())["differences"] if one["kind"] == "stray_mark"]
    assert sorted(one["tiktok_order_id"] for one in found) == ["576461413000000000", "576461413000000001"]
    assert Order.objects.get(tiktok_order_id="576461413000000001").sync_status == SyncStatus.SYNCED


def test_the_command_ends_with_1_and_one_json_object_when_something_differs(road: Road, synced: Order) -> None:
    out = StringIO()
    call_command("reconcile", "--json", stdout=out)
    assert json.loads(out.getvalue())["differences"] == []
    SyncAttempt.objects.update(expected_total="25.00")
    out = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("reconcile", "--json", stdout=out)
    assert ended.value.returncode == 1
    [difference] = json.loads(out.getvalue())["differences"]
    assert (difference["kind"], difference["tiktok_order_id"]) == ("total_differs", synced.tiktok_order_id)


def test_a_comparison_that_cannot_be_made_is_not_taken_for_agreement(road: Road, synced: Order, settings: Any) -> None:
    settings.SHOPIFY_API_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError):
        call_command("reconcile", "--json", stdout=StringIO())
    assert not Reconciliation.objects.filter(checked_at__isnull=False).exists()


def test_each_night_each_shop_is_due_once(road: Road) -> None:
    night = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    assert reconciliation.due(night - timedelta(hours=1)) == []
    assert reconciliation.due(night) == [road.shop.pk]
    Reconciliation.objects.create(shop=road.shop, day=night.date() - timedelta(days=1), checked_at=night)
    assert reconciliation.due(night + timedelta(hours=20)) == []
    assert reconciliation.due(night + timedelta(hours=24)) == [road.shop.pk]


def placed(number: int, hours_ago: float, **changes: Any) -> dict[str, Any]:
    """One of several orders, the hours counted from last midnight (UTC)."""
    last_midnight = reconciliation.midnight(timezone.now().astimezone(UTC).date())
    moment = int((last_midnight - timedelta(hours=hours_ago)).timestamp())
    return raw_order(f"5764614130388{number:05d}", update_time=moment, create_time=moment, **changes)


def test_orders_that_are_not_ours_to_sync_make_no_day_look_incomplete(road: Road) -> None:
    road.stored(placed(1, 3))
    others = [{"status": "UNPAID"}, {"status": "ON_HOLD"}, {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}]
    road.stored(*(placed(2 + number, 4, **other) for number, other in enumerate(others)))
    report = compare(road, timedelta(days=1))
    assert kinds(report) == []
    assert counts(report) == (1, 1, 0)


def test_many_orders_that_were_adopted_at_once_are_compared_in_stretches_and_read_many_at_a_time(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new database over a full store: none of them shows in Shopify's search of the day on which we adopted them."""
    road.stored(*(placed(number, 24 * 40) for number in range(12)))
    midnight = reconciliation.midnight(timezone.now().astimezone(UTC).date())
    for number, order in enumerate(Order.objects.all()):
        adopted = {
            "synced_at": midnight - timedelta(hours=12, minutes=-number),
            "shopify_order_id": f"gid://x/{number}",
        }
        Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.SYNCED, **adopted)
    asked: list[int] = []

    def there(client: object, gids: list[str]) -> dict[str, Any]:
        asked.append(len(gids))
        total = Order.objects.get(tiktok_order_id__endswith="00000").total
        return {gid: SimpleNamespace(gid=gid, total=total, cancelled_at=None) for gid in gids}

    monkeypatch.setattr(shopify_orders, "read_orders", there)
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 5)
    assert kinds(compare(road, timedelta(days=1))) == []
    assert (sum(asked), max(asked) <= 5, len(asked) <= 6) == (12, True, True)


def test_a_comparison_that_was_cut_short_goes_on_where_it_stood(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.stored(*(placed(number, 60 - number * 5) for number in range(10)))
    Order.objects.filter(tiktok_order_id__endswith="00007").delete()
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    done: list[tuple[datetime, datetime]] = []
    real = Stretch.compare

    def die_at_the_fourth(self: Stretch) -> Compared:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append((self.start, self.end))
        return real(self)

    with monkeypatch.context() as killed:
        killed.setattr(Stretch, "compare", die_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            reconciliation.go_on(road.shop)
    monkeypatch.setattr(Stretch, "compare", lambda self: done.append((self.start, self.end)) or real(self))
    assert not reconciliation.go_on(road.shop)
    assert [start for start, _ in done[1:]] == [end for _, end in done[:-1]]  # nothing left out, nothing done twice
    days = Reconciliation.objects.filter(day__lt=timezone.now().astimezone(UTC).date())
    assert {day.began_at for day in days} == {None}
    assert (sum(day.tiktok for day in days), sum(day.here for day in days)) == (10, 9)
    assert [named["kind"] for day in days for named in day.differences] == ["missing_here"]


def test_orders_that_tiktok_changed_again_since_are_no_gap_of_the_day_they_were_placed_on(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [placed(number, 30) for number in range(3)]
    road.stored(*raws)
    for raw in raws[:2]:  # they shipped today: TikTok shows them under today from now on
        road.stored({**raw, "update_time": int(timezone.now().timestamp())})
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    assert not reconciliation.go_on(road.shop)
    days = [day for day in completeness.last_days().days if day.checked_at]
    assert {day.is_complete for day in days} == {True}
    assert sum(day.tiktok or 0 for day in days) == 1


def test_a_long_comparison_goes_on_in_another_task(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    monkeypatch.setattr(reconciliation, "WORK", timedelta(0))
    reconciliation.begin(road.shop, timezone.now().date() - timedelta(days=2), timezone.now().date())
    assert reconciliation.go_on(road.shop)
    assert Reconciliation.objects.filter(began_at__isnull=False).count() == 3  # no time for a single stretch
    monkeypatch.undo()
    assert reconciliation.due(timezone.now()) == [road.shop.pk]  # whatever the hour: it is under way


def test_the_command_tells_each_day_to_those_who_wait(road: Road) -> None:
    said = StringIO()
    call_command("reconcile", stdout=StringIO(), stderr=said)
    assert len(said.getvalue().splitlines()) == 1 + reconciliation.DAYS
    silent = StringIO()
    call_command("reconcile", "--json", stdout=StringIO(), stderr=silent)
    assert silent.getvalue() == ""


def test_a_day_that_is_not_over_is_not_shown_as_compared(road: Road) -> None:
    road.stored(placed(1, 3))
    compare(road, timedelta(days=2))
    today, yesterday = completeness.last_days().days[:2]
    assert (today.tiktok, today.checked_at) == (None, None)
    assert (yesterday.tiktok, yesterday.known, yesterday.total) == (1, 1, 1)


def test_days_that_were_not_compared_are_as_many_as_said_and_one_click_compares_them(
    road: Road, manager: Client
) -> None:
    road.stored(placed(1, 3), placed(2, 5 * 24))
    reach = SyncSettings.objects.get(shop=road.shop).backfill_days
    page = page_of(manager)
    assert f"{reach} earlier days were not compared" in page
    assert page.count(">not compared<") == reach
    assert "manage.py" not in page
    manager.post(f"{PAGE}compare/", {"everything": "1"})
    tasks.reconcile_shop(road.shop.pk)
    page = page_of(manager)
    assert "not compared" not in page
    assert page.count(">nothing missing<") == reach
    assert "before the connection" in page


def test_the_buckets_of_the_completeness_page_sum_to_the_total(road: Road, synced: Order, client: Client) -> None:
    road.stored(raw_order("576461413038785798", **recent()))
    compare(road)
    last = completeness.last_days()
    assert (last.total, sum(count for _, count in last.parts)) == (2, 2)
    assert len(last.days) == 30
    client.force_login(User.objects.create_superuser("staff"))
    page = client.get("/admin/orders/reconciliation/")
    assert page.status_code == 200
    assert "The last 30 days" in page.content.decode()


def page_of(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def test_compare_now_compares_while_somebody_watches_and_leads_to_each_order_that_differs(
    road: Road, synced: Order, manager: Client
) -> None:
    Order.objects.update(shopify_order_id="gid://shopify/Order/404", shopify_order_name="#404")
    assert "Not compared yet" in page_of(manager)
    manager.post(f"{PAGE}compare/")
    page = page_of(manager)
    assert "Being compared: 0 %" in page
    assert "Compare now" not in page
    assert "is under way already" in manager.post(f"{PAGE}compare/", follow=True).content.decode()
    tasks.reconcile_shop(road.shop.pk)
    page = page_of(manager)
    assert "Last compared" in page
    assert f'href="/admin/orders/order/{synced.pk}/change/">{synced.tiktok_order_id}</a>' in page
    assert LogEntry.objects.filter(change_message="Pressed Compare now.").count() == 1


def test_a_comparison_that_stands_still_says_why_and_goes_on(road: Road, manager: Client, settings: Any) -> None:
    manager.post(f"{PAGE}compare/")
    vendor, settings.TIKTOK_SHOP_API_URL = settings.TIKTOK_SHOP_API_URL, "http://127.0.0.1:9"
    tasks.reconcile_shop(road.shop.pk)
    assert re.search(r"ob-trouble.*TikTok.*It is tried again within ten minutes", page_of(manager))
    settings.TIKTOK_SHOP_API_URL = vendor
    tasks.reconcile_shop(road.shop.pk)
    assert "Last compared" in page_of(manager)


def test_nothing_is_said_to_be_compared_while_no_shop_can_be_asked(road: Road, manager: Client) -> None:
    TikTokShop.objects.update(paused=True)
    page = manager.post(f"{PAGE}compare/", follow=True).content.decode()
    assert "Nothing can be compared now: every TikTok shop is paused" in page
    assert not Reconciliation.objects.exists()


def test_a_comparison_that_waits_for_its_turn_goes_on_with_the_next_sweep(
    road: Road, synced: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciliation.begin(road.shop, timezone.now().date(), timezone.now().date())
    with monkeypatch.context() as busy:
        busy.setattr(reconciliation, "go_on", lambda shop: throttled())
        tasks.reconcile_shop(road.shop.pk)
    assert Reconciliation.objects.get().problem == reconciliation.WAITS
    published: list[Any] = []
    monkeypatch.setattr(tasks, "publish", lambda task, *args, **options: published.append((task, *args)))
    tasks.sweep()
    assert (tasks.reconcile_shop, road.shop.pk) in published
    tasks.reconcile_shop(road.shop.pk)
    row = Reconciliation.objects.get()
    assert (row.problem, row.began_at) == ("", None)


def throttled() -> bool:
    raise Throttled("TikTok takes no more questions right now.", wait=5)
