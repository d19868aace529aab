"""`link_product`: only a variant that the store has is linked, and one that nobody saw sends no order."""

from __future__ import annotations

import pytest

from orders import claims, creation
from orders.models import Order, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app.models import ShopifyStore
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.programs import Told

SKU_ID = raw_order()["line_items"][0]["sku_id"]


def link(monkeypatch: pytest.MonkeyPatch, road: Road, sku_id: str, gid: str) -> Told:
    return Told(monkeypatch, "link_product", "--shop", road.shop.shop_id, sku_id, gid)


@pytest.mark.parametrize(
    "gid",
    [
        "44800000000001",
        "gid://shopify/Product/1",
        "gid://shopify/ProductVariant/",
        "gid://shopify/ProductVariant/1x",
    ],
)
def test_only_a_variants_id_is_linked(road: Road, monkeypatch: pytest.MonkeyPatch, gid: str) -> None:
    told = link(monkeypatch, road, SKU_ID, gid)
    assert (told.status, "gid://shopify/ProductVariant/4" in told.said) == (2, True)
    assert not ProductLink.objects.exists()


def test_a_variant_that_the_store_does_not_have_is_not_linked(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    told = link(monkeypatch, road, SKU_ID, "gid://shopify/ProductVariant/9")
    assert (told.status, "has no variant" in told.said) == (1, True)
    assert not ProductLink.objects.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_that_shopify_cannot_be_asked_about_is_kept_and_checked_before_its_order_goes(
    road: Road, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    variant = road.variant("OTHER-SKU") if exists else "gid://shopify/ProductVariant/999"
    [order] = road.stored(raw_order(), linked=False)
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    road.shopify.faults({"operation": "VariantsByIds", "do": "cut", "times": None})
    told = link(monkeypatch, road, SKU_ID, variant)
    assert (told.status, told.json["freed"], told.json["checked"]) == (0, 1, False)
    assert "Shopify could not be asked now" in told.remarks
    assert (road.shopify_orders(), ProductLink.objects.get().kind) == ([], "manual")

    creation.sync(order.pk)
    assert road.shopify_orders() == [], "no order goes out on a variant that nobody saw"
    road.shopify.faults()
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    Order.objects.update(next_attempt_at=None)
    ShopifyStore.objects.update(backoff_until=None)
    creation.sync(order.pk)
    order.refresh_from_db()
    found = ProductLink.objects.get()
    if exists:
        assert (order.sync_status, found.shopify_sku) == (SyncStatus.SYNCED, "OTHER-SKU")
    else:
        assert (order.sync_status, road.shopify_orders()) == (SyncStatus.BLOCKED, [])
        assert found.kind == "none"


def test_a_sku_id_that_no_column_holds_is_refused_in_a_sentence(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    told = link(monkeypatch, road, "1" * 65, road.variant("SOAP-LAV"))
    assert (told.status, "1 to 64 characters" in told.said) == (2, True)


def test_a_sku_of_no_known_order_is_linked_and_told(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = road.variant("SOAP-LAV")
    told = link(monkeypatch, road, "1729999", variant)
    assert (told.status, told.json["in_orders"]) == (0, False)
    assert "No order of" in told.remarks
    road.stored(raw_order(), linked=False)
    told = link(monkeypatch, road, SKU_ID, variant)
    assert (told.status, told.json["in_orders"], told.remarks) == (0, True, "")
