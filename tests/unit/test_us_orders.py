"""The made-up orders must add up the way TikTok's do, or every test built on them proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from connectors.sandbox import order_steps, us_orders
from connectors.sandbox.catalogue import AMBIGUOUS_SKU, catalogue

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ITEMS = catalogue()


def make(kind: str, seed: int = 1, **wishes: Any) -> dict[str, Any]:
    return us_orders.build(Random(seed), now=NOW, catalogue=ITEMS, kind=kind, **wishes)


def orders_of_every_kind() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in us_orders.kinds():
        for seed in range(8):
            yield kind, make(kind, seed)


def amount(holder: dict[str, Any], name: str) -> Decimal:
    return Decimal(holder.get(name, "0"))


def summed(lines: list[dict[str, Any]], name: str) -> Decimal:
    return sum((amount(line, name) for line in lines), Decimal(0))


def taxes(lines: list[dict[str, Any]]) -> Decimal:
    return sum((amount(tax, "tax_amount") for line in lines for tax in line["item_tax"]), Decimal(0))


def test_every_line_costs_its_original_price_less_both_discounts() -> None:
    for kind, order in orders_of_every_kind():
        for line in order["line_items"]:
            cut = amount(line, "seller_discount") + amount(line, "platform_discount")
            assert amount(line, "sale_price") == amount(line, "original_price") - cut, kind
            assert amount(line, "sale_price") >= 0, kind


def test_lines_sum_to_the_payment_to_the_cent() -> None:
    for kind, order in orders_of_every_kind():
        payment, lines = order["payment"], order["line_items"]
        assert amount(payment, "sub_total") == summed(lines, "sale_price"), kind
        assert amount(payment, "original_total_product_price") == summed(lines, "original_price"), kind
        assert amount(payment, "product_tax") == taxes(lines), kind
        assert amount(payment, "retail_delivery_fee") == summed(lines, "retail_delivery_fee"), kind


def test_the_total_is_goods_shipping_taxes_and_fees() -> None:
    for kind, order in orders_of_every_kind():
        payment = order["payment"]
        discounts = [f"shipping_fee_{who}_discount" for who in ("seller", "cofunded", "platform")]
        shipping = amount(payment, "original_shipping_fee") - sum(amount(payment, name) for name in discounts)
        assert amount(payment, "shipping_fee") == shipping >= 0, kind
        assert amount(payment, "tax") == amount(payment, "product_tax") + amount(payment, "shipping_fee_tax"), kind
        parts = ("sub_total", "shipping_fee", "tax", "retail_delivery_fee", "item_insurance_fee", "item_insurance_tax")
        assert amount(payment, "total_amount") == sum(amount(payment, name) for name in parts), kind


def test_money_is_text_and_never_a_number() -> None:
    for kind, order in orders_of_every_kind():
        assert all(isinstance(value, str) for value in order["payment"].values()), kind
        assert json.loads(json.dumps(order), parse_float=pytest.fail) == order, kind


def test_item_protection_can_lie_inside_or_outside_the_total() -> None:
    inside, outside = make("insured")["payment"], make("insured", insurance_in_total=False)["payment"]
    fee = amount(inside, "item_insurance_fee") + amount(inside, "item_insurance_tax")
    assert fee > 0
    assert amount(inside, "total_amount") - amount(outside, "total_amount") == fee


def test_a_cancelled_unit_can_be_left_in_the_payment_or_taken_out() -> None:
    kept, cut = make("partly_cancelled"), make("partly_cancelled", cancelled_in_total=False)
    gone = [line for line in kept["line_items"] if line["display_status"] == "CANCELLED"]
    assert len(gone) == 1
    assert gone[0]["cancel_user"] == "SELLER"
    difference = amount(kept["payment"], "sub_total") - amount(cut["payment"], "sub_total")
    assert difference == amount(gone[0], "sale_price") > 0


def test_units_of_one_sku_are_lines_of_their_own_with_their_own_discounts() -> None:
    lines = make("several_units")["line_items"]
    assert len({line["sku_id"] for line in lines}) == 1 < len(lines)
    assert len({line["sale_price"] for line in lines}) > 1


def test_components_of_a_bundle_sum_to_its_price_and_tax() -> None:
    for seed in range(20):
        (line,) = make("combined_listing", seed)["line_items"]
        parts = line["sub_item_info"]
        assert sum(one["sku_count"] for one in line["combined_listing_skus"]) == len(parts) == 3
        for name in ("original_price", "seller_discount", "platform_discount", "sale_price"):
            assert summed(parts, name) == amount(line, name)
        assert taxes(parts) == taxes([line])


@pytest.mark.parametrize("kind", ["sample", "live_giveaway", "exchange", "replacement"])
def test_orders_that_cost_nothing_total_zero(kind: str) -> None:
    for seed in range(10):
        assert amount(make(kind, seed)["payment"], "total_amount") == 0


def test_a_gift_comes_with_a_paid_item_and_names_its_retail_value() -> None:
    *paid, gift = make("gift_with_purchase")["line_items"]
    assert all(not line["is_gift"] for line in paid)
    assert gift["is_gift"]
    assert amount(gift, "sale_price") == 0 < amount(gift, "gift_retail_price")


def test_tiktok_shipping_hides_the_buyer_and_seller_shipping_does_not() -> None:
    hidden, clear = make("tiktok_shipping")["recipient_address"], make("seller_shipping")["recipient_address"]
    assert all("*" in hidden[name] for name in ("name", "phone_number", "address_line1"))
    assert "*" not in json.dumps(clear)
    assert hidden["postal_code"].isdigit()


def test_nothing_of_the_buyer_is_shown_while_the_order_is_on_hold() -> None:
    order = make("seller_shipping", status="ON_HOLD")
    assert order["recipient_address"]["full_address"] == ""
    assert order["recipient_address"]["district_info"] == []
    assert order["buyer_email"] == ""


@pytest.mark.parametrize("status", order_steps.STATUSES)
def test_an_order_is_what_its_status_says_and_never_changed_in_the_future(status: str) -> None:
    for kind, seed in (("plain", 1), ("split", 2), ("combined_listing", 3), ("partly_cancelled", 4)):
        order = make(kind, seed, status=status)
        assert order["status"] == status
        assert order["create_time"] <= order["update_time"] <= NOW.timestamp()
        shipped = status in ("AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED")
        live = [line for line in order["line_items"] if line["display_status"] != "CANCELLED"]
        assert all(bool(line.get("tracking_number")) == shipped for line in live) or status == "PARTIALLY_SHIPPING"
        assert bool(order.get("delivery_time")) == (status in ("DELIVERED", "COMPLETED"))


def test_a_split_order_leaves_in_two_packages() -> None:
    order = make("split", status="AWAITING_COLLECTION")
    packages = {one["id"] for one in order["packages"]}
    assert len(packages) == 2 == len({line["tracking_number"] for line in order["line_items"]})
    assert {line["package_id"] for line in order["line_items"]} == packages


def test_equal_seeds_make_equal_orders_and_different_seeds_do_not() -> None:
    assert make("several_items", 7) == make("several_items", 7)
    assert len({make("several_items", seed)["id"] for seed in range(200)}) == 200


def test_the_catalogue_has_every_awkward_sku_a_real_shop_has() -> None:
    assert len({item.product_id for item in ITEMS}) >= 40
    assert len({item.sku_id for item in ITEMS}) == len(ITEMS)
    variants = [item.shopify_variant_id for item in ITEMS if item.shopify_variant_id]
    assert len(set(variants)) == len(variants)
    assert any(item.shopify_variant_id is None and item.seller_sku for item in ITEMS)
    assert any(item.shopify_sku and item.shopify_sku.lower() == item.seller_sku != item.shopify_sku for item in ITEMS)
    assert sum(item.seller_sku == AMBIGUOUS_SKU for item in ITEMS) == 2
    assert any(not item.seller_sku for item in ITEMS)
    assert any(item.external_sku_id for item in ITEMS)


def test_random_orders_are_mostly_ordinary_but_all_common_kinds_turn_up() -> None:
    rng = Random(5)
    orders = [us_orders.build(rng, now=NOW, catalogue=ITEMS) for _ in range(400)]
    assert any(order["fulfillment_type"] == "FULFILLMENT_BY_TIKTOK" for order in orders)
    assert any(order["is_sample_order"] for order in orders)
    assert any(line["is_gift"] for order in orders for line in order["line_items"])
    assert sum(len(order["line_items"]) < 3 for order in orders) > 200
