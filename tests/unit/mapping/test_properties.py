"""What holds of every order: totals agree to the cent, nothing is lost or doubled, Shopify's schema takes it."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.tiktok.payloads import Unreadable, read_order
from orders.mapping.money import spread
from orders.mapping.totals import shopify_total
from orders.reasons import REASONS
from tests.payloads.us_order import Raw
from tests.unit.mapping.mapped import SHOP, codes, mapped, order_of, schema_errors
from tests.unit.mapping.us_orders import money, odd_orders, us_orders

MODES = ("buyer_paid", "seller_revenue")


def _no_float(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_no_float(each) for each in value.values())
    if isinstance(value, list):
        return all(_no_float(each) for each in value)
    return value is None or type(value) in (str, int, bool)


@pytest.mark.parametrize("mode", MODES)
@given(raw=us_orders())
def test_no_cent_is_ever_lost_or_invented(mode: str, raw: Raw) -> None:
    result = mapped(raw, price_mode=mode)
    created = order_of(result)  # Shopify's total == the target == the payments
    assert result.totals.adjustment == 0
    assert shopify_total(created) == result.totals.tiktok
    assert schema_errors(result.variables) == []


@given(raw=us_orders())
def test_the_buyers_payment_is_tiktoks_total_less_what_was_cancelled(raw: Raw) -> None:
    if "cancelled_left_out" not in codes(mapped(raw)):
        assert mapped(raw).totals.tiktok == Decimal(raw["payment"]["total_amount"])


@given(raw=us_orders())
def test_both_price_modes_differ_by_exactly_the_platform_discounts_of_what_is_kept(raw: Raw) -> None:
    buyer, revenue = (mapped(raw, price_mode=mode).totals.tiktok for mode in MODES)
    kept = [row for row in raw["line_items"] if row["display_status"] != "CANCELLED"]
    platform = sum((Decimal(row["platform_discount"]) for row in kept), Decimal(0))
    assert revenue - buyer == platform + Decimal(raw["payment"]["shipping_fee_platform_discount"])


@given(raw=us_orders())
def test_every_unit_is_shipped_once_and_no_cancelled_one(raw: Raw) -> None:
    result = mapped(raw)
    expected: Counter[str] = Counter()
    for row in raw["line_items"]:
        if row["display_status"] != "CANCELLED":
            expected[row["id"]] += 3 if row.get("combined_listing_skus") else 1
    assert Counter(line_id for row in result.lines for line_id in row.tiktok_line_ids) == expected
    assert [row.quantity for row in result.lines] == [len(row.tiktok_line_ids) for row in result.lines]
    assert [row.quantity for row in result.lines] == [
        item["quantity"] for item in result.variables["order"]["lineItems"]
    ]


@given(raw=us_orders())
def test_the_same_order_always_gives_the_same_json_and_is_left_as_it_was(raw: Raw) -> None:
    before = deepcopy(raw)
    first, second = mapped(raw), mapped(raw)
    assert raw == before
    assert first == second
    assert _no_float(first.variables)
    assert json.loads(json.dumps(first.variables)) == first.variables


@given(raw=odd_orders())
def test_odd_data_is_refused_with_a_reason_or_mapped_to_something_shopify_takes(raw: Raw) -> None:
    try:
        read = read_order(raw)
    except Unreadable:
        assume(False)
    for mode in MODES:
        result = mapped(raw, price_mode=mode)
        assert schema_errors(result.variables) == [] or result.totals.currency != "USD"
        json.dumps(result.variables, ensure_ascii=False).encode()
        if result.problem is None:
            order_of(result)
            assert abs(result.totals.adjustment) <= 1
        else:
            assert result.problem.code in REASONS
        accepted = mapped(raw, price_mode=mode, accept_difference=True)
        assert accepted.problem is None or accepted.problem.code in {*REASONS}
        if accepted.problem and accepted.problem.code == "total_mismatch":
            assert accepted.totals.tiktok < 0  # accepting any other difference leads on
    assert read.id
    assert SHOP.name


@given(total=money("500.00"), weights=st.lists(st.integers(0, 100_000), max_size=9))
def test_a_divided_amount_always_comes_back_whole(total: Decimal, weights: list[int]) -> None:
    parts = [Decimal(weight) / 100 for weight in weights]
    shares = spread(total, parts)
    assert len(shares) == len(parts)
    assert sum(shares, Decimal(0)) == (total if parts else 0)
    assert all(share >= 0 and share == share.quantize(Decimal("0.01")) for share in shares)
