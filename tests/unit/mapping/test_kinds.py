from __future__ import annotations

from typing import Any

import pytest

from tests.payloads.us_order import line, order, payment
from tests.unit.mapping.mapped import amount, codes, mapped, order_of


def tags(**changes: Any) -> list[str]:
    return order_of(mapped(order(**changes)))["tags"]  # type: ignore[no-any-return]


def test_every_order_is_tagged_tiktok_shop() -> None:
    assert tags() == ["TikTok Shop"]


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({"order_type": "PRE_ORDER"}, "TikTok Shop Pre-order"),
        ({"is_exchange_order": True}, "TikTok Shop Exchange"),
        ({"is_replacement_order": True}, "TikTok Shop Replacement"),
        ({"is_sample_order": True}, "TikTok Shop Sample"),
        ({"is_refundable_sample": True}, "TikTok Shop Sample"),
        ({"order_type": "ZERO_LOTTERY"}, "TikTok Shop Giveaway"),
    ],
)
def test_special_orders_can_be_found_by_their_tag(changes: dict[str, Any], tag: str) -> None:
    assert tags(**changes) == ["TikTok Shop", tag]


def test_a_gift_costs_nothing_moves_stock_and_marks_the_order() -> None:
    gift = line(2, "22", "0", original_price="0", gift_retail_price="7.50", is_gift=True)
    created = order_of(mapped(order([line(1), gift])))
    assert created["tags"] == ["TikTok Shop", "TikTok Shop Gift"]
    assert amount(created["lineItems"][1]) == "0.00"
    assert created["lineItems"][1]["requiresShipping"] is True


def test_a_gift_that_still_shows_a_price_is_free_when_the_total_says_so() -> None:
    gift = line(2, "22", "7.50", is_gift=True)
    created = order_of(mapped(order([line(1), gift], payment("10.00", sub_total="10.00"))))
    assert amount(created["lineItems"][1]) == "0.00"


def test_a_gift_that_was_charged_after_all_keeps_the_total_right() -> None:
    gift = line(2, "22", "7.50", is_gift=True)
    result = mapped(order([line(1), gift], payment("17.50", sub_total="17.50")))
    assert amount(order_of(result)["lineItems"][1]) == "7.50"
    assert codes(result) == ["gift_charged"]


def test_a_gift_and_a_bought_unit_of_one_sku_stay_two_lines() -> None:
    lines = [line(1, sale="0"), line(2, sale="0", is_gift=True)]
    assert len(order_of(mapped(order(lines, payment("0"))))["lineItems"]) == 2


@pytest.mark.parametrize("kind", ["is_sample_order", "is_replacement_order", "is_exchange_order"])
@pytest.mark.parametrize("price", ["0", "20.00"], ids=["no price", "list price shown"])
def test_what_is_given_away_is_an_order_over_nothing(kind: str, price: str) -> None:
    result = mapped(
        order([line(sale=price, tax="1.60", rate="0.08")], payment("0", shipping_fee="3.00"), **{kind: True})
    )
    created = order_of(result)
    assert result.totals.shopify == 0
    assert "transactions" not in created
    assert created["financialStatus"] == "PAID"
    assert "taxLines" not in created["lineItems"][0]


def test_a_refundable_sample_keeps_its_real_price() -> None:
    raw = order([line(sale="20.00")], is_sample_order=True, is_refundable_sample=True)
    assert amount(order_of(mapped(raw))["lineItems"][0]) == "20.00"


def test_a_sample_whose_creator_pays_only_the_shipping_is_booked_as_such() -> None:
    raw = order([line(sale="20.00")], payment("4.00", shipping_fee="4.00"), is_sample_order=True)
    created = order_of(mapped(raw))
    assert (amount(created["lineItems"][0]), amount(created["shippingLines"][0])) == ("0.00", "4.00")


def test_a_digital_order_needs_no_shipping() -> None:
    raw = order([line()], shipping_type="TIKTOK_DIGITAL", delivery_option_name="", recipient_address={})
    result = mapped(raw)
    created = order_of(result)
    assert created["lineItems"][0]["requiresShipping"] is False
    assert created["shippingLines"] == []
    assert "shippingAddress" not in created
    assert not result.warnings


def test_free_delivery_still_names_the_delivery_method() -> None:
    [row] = order_of(mapped(order()))["shippingLines"]
    assert (row["title"], amount(row)) == ("Standard Shipping", "0.00")


def test_a_delivery_without_a_name_still_has_a_line() -> None:
    [row] = order_of(mapped(order(delivery_option_name=" ")))["shippingLines"]
    assert row["title"]
