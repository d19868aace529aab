"""The list of items: what holds up most orders comes first, and nothing that holds up none counts."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import held_up, link_candidates
from orders.models import OrderItem, ProductLink
from orders.states import SyncStatus
from tests.factories import LinkFactory, OrderFactory, ShopFactory
from tests.flows.link_products.items import LIST

pytestmark = pytest.mark.django_db


def test_only_items_that_hold_up_an_order_count_beside_link_products(staff: Client) -> None:
    shop = ShopFactory.create()
    held, _ = LinkFactory.create_batch(2, shop=shop, kind="none", variant_gid="")
    OrderItem.objects.create(order=OrderFactory.create(shop=shop), line_id="1", sku_id=held.sku_id)
    assert link_candidates.holding_up() == 1


def test_the_items_that_hold_up_most_orders_come_first(staff: Client) -> None:
    shop = ShopFactory.create()
    few, many = (
        LinkFactory.create(shop=shop, kind="none", variant_gid="", title=title) for title in ("A few", "Z many")
    )
    for link, count in ((few, 1), (many, 3)):
        for _ in range(count):
            order = OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
            OrderItem.objects.create(order=order, line_id="1", sku_id=link.sku_id)
            OrderItem.objects.create(order=order, line_id="2", sku_id=link.sku_id)  # two pieces are one order
    rows = list(staff.get(LIST).context["cl"].result_list)
    assert [(row.title, row.held) for row in rows] == [("Z many", 3), ("A few", 1)]


def test_the_list_asks_the_database_as_often_for_fifty_items_as_for_two(staff: Client) -> None:
    shop = ShopFactory.create()
    LinkFactory.create_batch(2, shop=shop)
    staff.get(LIST)
    with CaptureQueriesContext(connection) as few:
        staff.get(LIST)
    LinkFactory.create_batch(40, shop=shop)
    with CaptureQueriesContext(connection) as many:
        staff.get(LIST)
    assert len(many) == len(few)


def test_items_of_orders_that_nobody_synced_yet_can_be_found_before_the_first_sync() -> None:
    shop = ShopFactory.create()
    order = OrderFactory.create(shop=shop)
    OrderItem.objects.create(order=order, line_id="1", sku_id="17", seller_sku="A", title="Soap", variant_title="Big")
    OrderItem.objects.create(order=order, line_id="2", sku_id="18", is_cancelled=True)
    done = OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://1", synced_at=timezone.now())
    OrderItem.objects.create(order=done, line_id="1", sku_id="19")
    assert link_candidates.note_new_items() == 1
    row = ProductLink.objects.get()
    assert (row.sku_id, row.title, row.kind) == ("17", "Soap – Big", "none")
    assert link_candidates.note_new_items() == 0
    assert re.search("Not looked for", row.message)


def test_the_tabs_of_items_sum_up_to_all_with_bundles_that_go_as_their_parts(staff: Client) -> None:
    shop = ShopFactory.create()
    for kind in ("none", "automatic", "manual"):
        LinkFactory.create(shop=shop, kind=kind, variant_gid="" if kind == "none" else "gid://shopify/ProductVariant/1")
    bundle = LinkFactory.create(shop=shop, kind="none", variant_gid="", message=held_up.AS_PARTS)
    shown = staff.get(LIST).context["link_tabs"]
    counts = {label: count for _, label, count, _ in shown}
    assert counts.pop("All") == sum(counts.values()) == 4
    for filters, label, count, _ in shown:
        assert staff.get(f"{LIST}?{filters}").context["cl"].result_count == count, label
    parts = next(filters for filters, label, *_ in shown if label == "As parts")
    assert [row.pk for row in staff.get(f"{LIST}?{parts}").context["cl"].result_list] == [bundle.pk]
