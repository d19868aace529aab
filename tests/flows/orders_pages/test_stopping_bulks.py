"""Stopping a bulk sync: asked first, nothing lost, and the rest can be sent off later, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders import bulk
from orders.models import BulkSync, Order
from orders.states import SyncStatus
from tests.flows.orders_pages.people import act

pytestmark = pytest.mark.django_db


def url(made: BulkSync, tail: str) -> str:
    return f"/admin/orders/bulksync/{made.pk}/{tail}/"


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


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
    assert "none of its orders is left" in said(operator.post(url(made, "do/rest"), follow=True))
    assert BulkSync.objects.count() == 3


def test_who_stops_second_is_told_and_a_finished_bulk_is_never_called_stopped(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    Order.objects.filter(pk=one.pk).update(sync_status=SyncStatus.FAILED)
    assert "Nothing was stopped" in said(operator.post(url(made, "do/stop"), follow=True))
    assert "Nothing was stopped" in said(operator.get(url(made, "stop"), follow=True))
    made.refresh_from_db()
    assert made.stopped_at is None


def test_a_bulk_action_whose_orders_are_gone_starts_no_empty_bulk(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order()
    act(operator, "sync_selected", [one])
    act(operator, "sync_selected", [one])
    assert BulkSync.objects.count() == 1
