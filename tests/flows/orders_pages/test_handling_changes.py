"""*Mark as handled*: orders that TikTok changed after their sync stop asking for a person, one or thousands at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order, OrderChange
from orders.states import SyncStatus
from settings_app.models import TikTokShop
from tests.flows.orders_pages.people import LIST, act, do
from tests.flows.reading import messages

pytestmark = pytest.mark.django_db

ACTION = "mark_as_handled"


@pytest.fixture
def changed(order: Callable[..., Order]) -> Callable[..., Order]:
    def make(kind: str = "cancelled", **values: Any) -> Order:
        number = Order.objects.count() + 1
        made = order(SyncStatus.SYNCED, shopify_order_id=f"gid://shopify/Order/{number}", shopify_order_name="#1042")
        OrderChange.objects.create(
            order=made, kind=kind, sentence="TikTok cancelled it.", **{"noticed_at": timezone.now(), **values}
        )
        return made

    return make


def still_open() -> set[str]:
    return set(OrderChange.objects.filter(seen_at__isnull=True).values_list("order__tiktok_order_id", flat=True))


def test_a_morning_of_cancelled_orders_is_handled_with_one_button_after_saying_how_many(
    operator: Client, changed: Callable[..., Order], order: Callable[..., Order]
) -> None:
    two, other = [changed(), changed()], order()
    page = act(operator, ACTION, [*two, other], confirmed=False)
    assert (page.context["going"], page.context["staying"]) == (2, 1)
    assert "Nothing of them is left to handle" in page.content.decode()
    assert len(still_open()) == 2
    answer = operator.post(LIST, {**sent(page), "confirmed": "yes"}, follow=True)
    assert still_open() == set()
    assert "2 orders are marked as handled." in messages(answer)
    assert LogEntry.objects.filter(object_id__in=[str(one.pk) for one in two]).count() == 2


def sent(page: Any) -> dict[str, Any]:
    """What the confirmation's form would send."""
    context = page.context
    return {
        "action": ACTION,
        "_selected_action": context["checked"],
        "select_across": context["select_across"],
        "up_to": context["up_to"],
        "counted": context["going"],
        "shown_at": context["shown_at"].isoformat(),
    }


def test_a_change_that_came_while_somebody_looked_stays_open(operator: Client, changed: Callable[..., Order]) -> None:
    one, other = changed(), changed()
    page = act(operator, ACTION, [one, other], confirmed=False)
    OrderChange.objects.create(
        order=one, kind="address_changed", noticed_at=timezone.now() + timedelta(seconds=1), sentence="Moved."
    )
    answer = operator.post(LIST, {**sent(page), "confirmed": "yes"}, follow=True)
    assert still_open() == {one.tiktok_order_id}
    assert "1 order moved on while you looked and was left alone." in messages(answer)


def test_two_people_who_mark_the_same_orders_are_told_who_was_first(
    operator: Client, changed: Callable[..., Order]
) -> None:
    one = changed()
    page = act(operator, ACTION, [one], confirmed=False)
    operator.post(do(one, "mark-as-handled"))
    assert "Nothing was done" in messages(operator.post(LIST, {**sent(page), "confirmed": "yes"}, follow=True))
    assert "everything on it is handled already" in messages(operator.post(do(one, "mark-as-handled"), follow=True))
    assert LogEntry.objects.filter(object_id=str(one.pk)).count() == 1


def test_the_orders_page_has_one_button_and_the_way_to_shopify_and_never_handles_what_it_did_not_show(
    operator: Client, changed: Callable[..., Order]
) -> None:
    one = changed()
    page = operator.get(f"{LIST}{one.pk}/change/")
    text = page.content.decode()
    assert text.count(do(one, "mark-as-handled")) == 1
    assert one.store.admin_order_url("gid://shopify/Order/1") in text
    assert "Open #1042 in Shopify" in text
    shown_at = page.context["delivery"].shown_at.isoformat()
    OrderChange.objects.filter(order=one).update(noticed_at=timezone.now() + timedelta(seconds=1))
    answer = operator.post(do(one, "mark-as-handled"), {"shown_at": shown_at}, follow=True)
    assert "TikTok changed it again while you looked" in messages(answer)
    assert still_open() == {one.tiktok_order_id}


def test_thousands_of_cancelled_orders_are_handled_without_being_loaded(
    operator: Client, shop: TikTokShop, changed: Callable[..., Order]
) -> None:
    first = changed()
    made = Order.objects.bulk_create(
        [
            Order(
                shop=shop,
                store=shop.store,
                tiktok_order_id=f"58{number:016d}",
                sync_status=SyncStatus.SYNCED,
                shopify_order_id=f"gid://shopify/Order/9{number}",
            )
            for number in range(4_999)
        ],
        batch_size=2000,
    )
    OrderChange.objects.bulk_create(
        [OrderChange(order=one, kind="cancelled", noticed_at=timezone.now()) for one in made], batch_size=2000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does within a minute
    with CaptureQueriesContext(connection) as asked:
        page = act(operator, ACTION, [first], confirmed=False, across=True, query="?tab=attention")
        operator.post(f"{LIST}?tab=attention", {**sent(page), "confirmed": "yes"})
    assert still_open() == set()
    assert len(asked) < 80
    assert not [query for query in asked.captured_queries if len(query["sql"]) > 2_000_000]


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("tab=not_synced", {"sync_selected", "ignore"}),
        ("tab=synced", {"mark_as_handled", "resend_delivery"}),
        ("tab=attention&sync_status__exact=failed", {"retry", "ignore"}),
        ("sync_status__exact=ignored", {"stop_ignoring"}),
    ],
)
def test_a_list_offers_no_action_that_nothing_in_it_can_take(
    operator: Client, order: Callable[..., Order], query: str, offered: set[str]
) -> None:
    for status in (SyncStatus.NOT_SYNCED, SyncStatus.FAILED, SyncStatus.IGNORED):
        order(status)
    order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    form = operator.get(f"{LIST}?{query}").context["action_form"]
    assert {name for name, _ in form.fields["action"].choices if name} == offered


def test_an_action_that_the_list_did_not_offer_still_checks_every_order(
    operator: Client, order: Callable[..., Order]
) -> None:
    there = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    answer = act(operator, "sync_selected", [there], query="?tab=synced")
    there.refresh_from_db()
    assert there.sync_status == SyncStatus.SYNCED
    assert answer.headers["Location"] == LIST + "?tab=synced"
