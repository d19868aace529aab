"""A linked product that was deleted in Shopify: its orders say so, and nothing takes its place unsaid."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orders import creation, previewing, sweeps
from orders.models import Order, ProductLink
from orders.states import SyncStatus
from tests.factories import raw_order
from tests.flows.conftest import Road

pytestmark = pytest.mark.django_db

Queued = Callable[..., Order]


def without_its_product(road: Road, order: Order) -> ProductLink:
    """The manual link's product is deleted in Shopify, and the link is due to be checked."""
    link = ProductLink.objects.get()
    road.shopify.post(
        f"/{road.shop.store.domain}/_sandbox/merchant", {"do": "delete_product", "variant": link.variant_gid}
    )
    ProductLink.objects.update(
        checked_at=None, kind=ProductLink.Kind.MANUAL, shopify_title="Lavender bar", seller_sku="", shopify_sku="OLD"
    )
    return link


def test_an_order_says_that_its_linked_product_was_deleted_and_goes_on_saying_so(road: Road, queued: Queued) -> None:
    order = queued(line_items=[{**line, "seller_sku": "NOWHERE"} for line in raw_order()["line_items"]])
    link = without_its_product(road, order)
    creation.sync(order.pk)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "item_deleted")
    ProductLink.objects.update(checked_at=None)
    assert sweeps.search_links_again() == 1
    link.refresh_from_db()
    assert (link.reason, link.message) == ("item_deleted", "Lavender bar no longer exists in Shopify.")
    assert link.checked_at is not None


def test_another_product_with_the_equal_sku_takes_its_place_and_it_is_said(road: Road, queued: Queued) -> None:
    order = queued(line_items=[{**line, "seller_sku": "SOAP-NEW"} for line in raw_order()["line_items"]])
    link = without_its_product(road, order)
    new = road.variant("SOAP-NEW")
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCED
    link.refresh_from_db()
    assert (link.kind, link.variant_gid, link.reason) == (ProductLink.Kind.AUTOMATIC, new, "")
    assert "Lavender bar no longer exists in Shopify. It was linked anew" in link.message


def test_a_preview_looks_again_for_what_a_sync_would_look_for_again(road: Road, queued: Queued) -> None:
    order = queued(line_items=[{**line, "seller_sku": "SOAP-LATER"} for line in raw_order()["line_items"]])
    ProductLink.objects.all().delete()
    raw = order.payload.raw
    assert previewing.preview(raw, road.shop).reason == "unlinked_item"
    road.variant("SOAP-LATER")
    assert previewing.preview(raw, road.shop).eligible
