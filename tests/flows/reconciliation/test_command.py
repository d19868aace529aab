"""`reconcile` at a terminal: what differs is named once, and no answer is not taken for agreement."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders import reconciliation
from orders.models import Order, Reconciliation, SyncAttempt
from orders.states import SyncStatus
from settings_app.models import SyncSettings
from tests.factories import ShopFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.reconciliation.sides import copy_in_shopify, recent

pytestmark = pytest.mark.django_db


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


def test_the_command_tells_each_day_to_those_who_wait(road: Road) -> None:
    said = StringIO()
    call_command("reconcile", stdout=StringIO(), stderr=said)
    assert len(said.getvalue().splitlines()) == 1 + reconciliation.DAYS
    silent = StringIO()
    call_command("reconcile", "--json", stdout=StringIO(), stderr=silent)
    assert silent.getvalue() == ""


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
