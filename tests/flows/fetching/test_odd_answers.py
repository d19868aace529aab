"""An order that cannot be read, a list of rubbish, a wrong clock: each is told, and holds up no other order."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from connectors.tiktok.client import TikTokClient
from orders.models import Order
from orders.states import SyncStatus
from settings_app.models import Connection
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.fetching.selling import fetch, small_pages, sold, stored

pytestmark = pytest.mark.django_db


def test_37_a_malformed_order_in_a_page_is_parked_and_the_others_go_on(road: Road) -> None:
    ids = sold(road, 3)
    now = int(timezone.now().timestamp()) - 5
    odd = [
        raw_order("576461413039900001", update_time=now, create_time=now, payment="much", line_items=7),
        raw_order("576461413039900002", update_time=now, create_time=now, status="TELEPORTED"),
    ]
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": odd})
    assert not fetch(road).error
    assert stored() == {*ids, "576461413039900001", "576461413039900002"}
    parked = Order.objects.filter(sync_status=SyncStatus.BLOCKED, reason="unreadable_order")
    assert {order.tiktok_order_id for order in parked} == {"576461413039900001", "576461413039900002"}


def test_37_a_list_of_nothing_but_rubbish_is_told_once_and_holds_up_no_later_order(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sold(road, 15, seconds_ago=3000)
    real: Callable[..., dict[str, Any]] = TikTokClient._call
    pages: list[int] = []

    def call(self: TikTokClient, *args: Any, **more: Any) -> dict[str, Any]:
        """The second page holds no order at all."""
        data = real(self, *args, **more)
        pages.append(len(data.get("orders") or []))
        return {**data, "orders": [None, 7, "576461413039900009", [[]]]} if len(pages) == 2 else data

    monkeypatch.setattr(TikTokClient, "_call", call)
    small_pages(monkeypatch)
    assert not fetch(road).error
    road.shop.refresh_from_db()
    assert "4 entries in it that cannot be read as an order" in road.shop.last_poll_error
    assert len(pages) > 2, "the pages behind it were asked for"
    monkeypatch.undo()
    late = sold(road, 1, first=50)
    assert not fetch(road).error
    road.shop.refresh_from_db()
    assert (stored() >= {*ids[10:], *late}, road.shop.last_poll_error) == (True, "")


def test_38_a_wrong_clock_is_told_in_a_sentence_and_loses_nothing(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sold(road, 2)
    real = time.time
    with monkeypatch.context() as skewed:
        skewed.setattr(time, "time", lambda: real() - 3600)
        said = fetch(road).error
    assert "clock is wrong" in said
    road.shop.refresh_from_db()
    assert road.shop.last_poll_error == said
    assert road.shop.connection == Connection.CONNECTED  # nothing that reconnecting would mend
    assert not fetch(road).error
    assert stored() == set(ids)
