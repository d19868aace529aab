"""Bundles under Link products: they go as their parts, and a part says which orders wait for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from connectors.shopify import products
from orders import held_up, link_candidates, linking, sweeps
from orders.models import Order, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app import clients
from tests.factories import raw_order
from tests.flows.conftest import Road

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/productlink/"
SKU_ID = raw_order()["line_items"][0]["sku_id"]


def bundle(order_id: str) -> dict[str, Any]:
    raw = raw_order(order_id)
    part = {"sku_id": "901", "product_id": "9", "seller_sku": "PART-1", "sku_count": 2}
    raw["line_items"] = [{**raw["line_items"][0], "combined_listing_skus": [part]}]
    return raw


def test_a_bundle_that_goes_as_its_parts_is_not_called_unlinked(road: Road, manager: Client) -> None:
    road.stored(bundle("576461413038785001"), linked=False)
    link_candidates.note_new_items()
    assert ProductLink.objects.get(sku_id=SKU_ID).message == held_up.AS_PARTS
    assert link_candidates.holding_up() == 0
    assert not manager.get(LIST, {"kind__exact": "none"}).context["cl"].result_count
    assert "sent as its parts" in manager.get(LIST).content.decode()
    sweeps.search_links_again()
    assert ProductLink.objects.get(sku_id=SKU_ID).message == held_up.AS_PARTS


def test_a_part_says_how_many_orders_wait_for_it_inside_a_bundle(road: Road, manager: Client) -> None:
    road.stored(bundle("576461413038785001"), linked=False)
    road.stored(bundle("576461413038785002"), linked=False)
    link_candidates.note_new_items()
    part = ProductLink.objects.create(shop=road.shop, sku_id="901", title="Part", kind="none", reason="unlinked_item")
    assert link_candidates.holding_up() == 0
    Order.objects.update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    assert link_candidates.holding_up() == 1
    [row] = [row for row in manager.get(LIST).context["cl"].result_list if row.pk == part.pk]
    assert row.held == 2
    assert re.search(r"<strong>2</strong> orders wait for it", manager.get(f"{LIST}{part.pk}/change/").content.decode())


def test_linking_a_part_frees_the_orders_of_its_bundle(road: Road) -> None:
    road.stored(bundle("576461413038785001"), linked=False)
    link_candidates.note_new_items()
    Order.objects.update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item", asked_by=AskedBy.MANUAL)
    road.variant("PART-1")
    variant = products.variants_by_skus(clients.shopify(road.shop.store), ["PART-1"])["PART-1"][0]
    assert linking.link_by_hand(road.shop, "someone-elses", variant).all == 0
    assert linking.link_by_hand(road.shop, "901", variant).all == 1
    assert Order.objects.get().sync_status == SyncStatus.QUEUED
