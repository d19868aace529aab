from __future__ import annotations

from decimal import Decimal

import pytest

from tests.payloads.us_order import line, order, payment
from tests.unit.mapping.mapped import amount, codes, mapped, order_of, tax


def constructed() -> dict[str, object]:
    """The US example of the facts: two units at 20.00, 2.00 off each, 3.00 by TikTok on one, free shipping."""
    lines = [
        line(1, sale="15.00", original_price="20.00", seller_discount="2.00", platform_discount="3.00",
             tax="1.03", rate="0.0688"),
        line(2, sale="18.00", original_price="20.00", seller_discount="2.00", tax="1.24", rate="0.0688"),
    ]  # fmt: skip
    paid = payment(
        "35.27",
        original_total_product_price="40.00",
        seller_discount="4.00",
        platform_discount="3.00",
        sub_total="33.00",
        original_shipping_fee="5.99",
        shipping_fee_platform_discount="5.99",
        shipping_fee="0",
        product_tax="2.27",
        tax="2.27",
    )
    return order(lines, paid)


def test_buyer_paid_total_is_what_the_buyer_paid() -> None:
    result = mapped(constructed())
    created = order_of(result)
    assert result.totals.tiktok == Decimal("35.27")
    assert [amount(row) for row in created["lineItems"]] == ["15.00", "18.00"]
    assert [(row["gateway"], amount(row, "amountSet")) for row in created["transactions"]] == [("TikTok Shop", "35.27")]
    assert created["financialStatus"] == "PAID"
    assert not result.warnings


def test_seller_revenue_shows_what_tiktok_owes_as_a_payment_of_its_own() -> None:
    result = mapped(constructed(), price_mode="seller_revenue")
    created = order_of(result)
    assert result.totals.tiktok == Decimal("44.26")  # 35.27 + 3.00 on an item + 5.99 on shipping
    assert [(amount(row), row["quantity"]) for row in created["lineItems"]] == [("18.00", 2)]
    assert amount(created["shippingLines"][0]) == "5.99"
    buyer, platform = created["transactions"]
    assert (buyer["gateway"], amount(buyer, "amountSet")) == ("TikTok Shop", "35.27")
    assert (platform["gateway"], amount(platform, "amountSet")) == ("TikTok Shop platform discount", "8.99")
    assert platform["receiptJson"]["items"] == "3.00"
    assert platform["receiptJson"]["shipping"] == "5.99"
    assert created["customAttributes"][-1] == {"key": "TikTok Shop platform discount", "value": "8.99"}
    assert len(order_of(mapped(constructed()))["customAttributes"]) == 3  # what the buyer paid says nothing of it
    assert {(row["kind"], row["status"]) for row in created["transactions"]} == {("SALE", "SUCCESS")}


def test_platform_discount_that_no_line_shows_is_still_seller_revenue() -> None:
    lines = [line(1, sale="7.00"), line(2, "22", sale="14.00")]
    result = mapped(order(lines, payment("21.00", platform_discount="1.00")), price_mode="seller_revenue")
    created = order_of(result)
    assert [amount(row) for row in created["lineItems"]] == ["7.33", "14.67"]


@pytest.mark.parametrize(("total", "booked"), [("25.38", True), ("24.00", False)])
def test_insurance_is_booked_only_where_the_total_contains_it(total: str, booked: bool) -> None:
    paid = payment(total, sub_total="20.00", shipping_fee="4.00", item_insurance_fee="1.29", item_insurance_tax="0.09")
    result = mapped(order([line(1), line(2)], paid))
    created = order_of(result)
    titles = [row["title"] for row in created["shippingLines"]]
    assert titles == ["Standard Shipping", "Item insurance"] if booked else ["Standard Shipping"]
    assert codes(result) == ([] if booked else ["insurance_outside_total"])
    if booked:
        assert (amount(created["shippingLines"][1]), tax(created["shippingLines"][1])) == ("1.29", Decimal("0.09"))


@pytest.mark.parametrize("total", ["21.29", "21.37"], ids=["fee only", "fee and tax"])
def test_insurance_fee_and_its_tax_may_each_be_inside_the_total(total: str) -> None:
    paid = payment(total, sub_total="20.00", item_insurance_fee="1.29", item_insurance_tax="0.08")
    created = order_of(mapped(order([line(1), line(2)], paid)))
    assert amount(created["shippingLines"][1]) == "1.29"


def test_retail_delivery_fee_is_a_line_of_its_own_that_never_waits_for_fulfilment() -> None:
    paid = payment("10.28", sub_total="10.00", retail_delivery_fee="0.28")
    created = order_of(mapped(order([line()], paid)))
    assert [(row["title"], amount(row)) for row in created["shippingLines"]] == [
        ("Standard Shipping", "0.00"),
        ("Retail delivery fee", "0.28"),
    ]
    assert len(created["lineItems"]) == 1


def test_retail_delivery_fee_that_only_lines_name_is_found() -> None:
    created = order_of(mapped(order([line(retail_delivery_fee="0.28")], payment("10.28"))))
    assert created["shippingLines"][1]["title"] == "Retail delivery fee"


def test_shipping_tax_goes_to_the_shipping_line() -> None:
    paid = payment("15.75", shipping_fee="4.50", product_tax="0.80", shipping_fee_tax="0.45", tax="1.25")
    created = order_of(mapped(order([line(tax="0.80", rate="0.08")], paid)))
    assert tax(created["lineItems"][0]) == Decimal("0.80")
    [shipping_tax] = created["shippingLines"][0]["taxLines"]
    assert shipping_tax["rate"] == "0.100000"
    assert shipping_tax["channelLiable"] is True
    assert amount(shipping_tax) == "0.45"


def test_line_taxes_that_contain_the_shipping_tax_are_not_taxed_twice() -> None:
    paid = payment("15.75", shipping_fee="4.50", product_tax="0.80", shipping_fee_tax="0.45", tax="1.25")
    created = order_of(mapped(order([line(tax="1.25", rate="0.08")], paid)))
    assert tax(created["lineItems"][0]) == Decimal("0.80")
    assert tax(created["shippingLines"][0]) == Decimal("0.45")


def test_tax_known_only_for_the_order_reaches_the_items() -> None:
    result = mapped(order([line(1), line(2, "22", "30.00")], payment("43.31", product_tax="3.31", tax="3.31")))
    created = order_of(result)
    assert [tax(row) for row in created["lineItems"]] == [Decimal("0.83"), Decimal("2.48")]
    assert created["lineItems"][0]["taxLines"][0]["rate"] == "0.083000"


def test_tax_without_its_parts_reaches_the_items_too() -> None:
    created = order_of(mapped(order([line()], payment("10.83", tax="0.83"))))
    assert tax(created["lineItems"][0]) == Decimal("0.83")


def test_line_taxes_a_cent_off_the_tax_charged_follow_the_tax_charged() -> None:
    lines = [line(1, tax="0.33", rate="0.0333"), line(2, "22", tax="0.33", rate="0.0333"),
             line(3, "33", tax="0.33", rate="0.0333")]  # fmt: skip
    result = mapped(order(lines, payment("31.00", sub_total="30.00", product_tax="1.00", tax="1.00")))
    created = order_of(result)
    assert [tax(row) for row in created["lineItems"]] == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert {row["taxLines"][0]["rate"] for row in created["lineItems"]} == {"0.0333"}
    assert codes(result) == ["tax_spread"]
    assert result.totals.adjustment == 0


def test_line_taxes_that_the_total_confirms_stay_tiktoks_own() -> None:
    lines = [line(1, tax="0.33", rate="0.0333"), line(2, "22", tax="0.34", rate="0.0333")]
    created = order_of(mapped(order(lines, payment("20.67", product_tax="0.66", tax="0.66"))))
    assert [tax(row) for row in created["lineItems"]] == [Decimal("0.33"), Decimal("0.34")]


def test_taxes_below_a_cent_are_summed_before_they_are_rounded() -> None:
    lines = [line(number, tax="0.2475", rate="0.02475") for number in (1, 2, 3, 4)]
    created = order_of(mapped(order(lines, payment("40.99", product_tax="0.99"))))
    assert tax(created["lineItems"][0]) == Decimal("0.99")


def two_of_three_kept(**changes: str) -> list[dict[str, object]]:
    return [
        line(1, "11", "10.00", tax="0.80", rate="0.08"),
        line(2, "22", "20.00", tax="1.60", rate="0.08"),
        line(3, "33", "18.00", tax="1.44", rate="0.08", display_status="CANCELLED"),
    ]


@pytest.mark.parametrize(
    "paid",
    [
        payment("32.40", sub_total="30.00", product_tax="2.40", tax="2.40"),
        payment("32.40", sub_total="48.00", product_tax="3.84", tax="3.84"),
        payment("51.84", sub_total="48.00", product_tax="3.84", tax="3.84"),
    ],
    ids=["everything shrank", "only the total shrank", "nothing shrank"],
)
def test_cancelled_units_are_neither_shipped_nor_charged_whether_or_not_totals_shrank(paid: dict[str, str]) -> None:
    result = mapped(order(two_of_three_kept(), paid))
    created = order_of(result)
    assert result.totals.tiktok == Decimal("32.40")
    assert [row["variantId"][-2:] for row in created["lineItems"]] == ["11", "22"]
    assert [tax(row) for row in created["lineItems"]] == [Decimal("0.80"), Decimal("1.60")]
    assert codes(result) == ["cancelled_left_out"]
    assert "1 cancelled item was left out" in result.totals.explained_by


@pytest.mark.parametrize("total", ["21.60", "10.80"], ids=["total did not shrink", "total shrank"])
def test_cancelled_units_take_their_part_of_a_tax_that_no_line_shows(total: str) -> None:
    lines = [line(1), line(2, "22", display_status="CANCELLED")]
    result = mapped(order(lines, payment(total, product_tax="1.60", tax="1.60")))
    assert order_of(result)
    assert result.totals.tiktok == Decimal("10.80")
    assert result.totals.adjustment == 0


def test_a_small_unexplained_rest_is_booked_by_name_and_said() -> None:
    result = mapped(order([line()], payment("10.03", sub_total="10.00")))
    created = order_of(result)
    assert [(row["title"], amount(row)) for row in created["shippingLines"]][1:] == [("TikTok adjustment", "0.03")]
    assert result.totals.adjustment == Decimal("0.03")
    assert codes(result) == ["adjusted"]


def test_a_small_negative_rest_is_a_discount_by_name() -> None:
    result = mapped(order([line()], payment("9.98", sub_total="10.00")))
    created = order_of(result)
    code = created["discountCode"]["itemFixedDiscountCode"]
    assert (code["code"], amount(code, "amountSet")) == ("TikTok adjustment", "0.02")
    assert result.totals.adjustment == Decimal("-0.02")


def test_a_negative_rest_that_free_goods_cannot_bear_comes_off_the_shipping() -> None:
    lines = [line(sale="0", is_gift=True)]
    created = order_of(mapped(order(lines, payment("4.50", shipping_fee="5.00"))))
    assert amount(created["shippingLines"][0]) == "4.50"
    assert "discountCode" not in created


def test_the_limit_itself_is_still_booked_and_a_cent_more_is_not() -> None:
    assert mapped(order([line()], payment("11.00"))).problem is None
    assert mapped(order([line()], payment("11.01"))).problem is not None
    assert mapped(order([line()], payment("11.01")), adjustment_limit=Decimal("1.01")).problem is None
    assert mapped(order([line()], payment("10.01")), adjustment_limit=Decimal(0)).problem is not None


@pytest.mark.parametrize(
    ("paid", "part"),
    [
        (payment("13.00", sub_total="13.00"), "items"),
        (payment("13.00", sub_total="10.00", original_shipping_fee="3.00"), "shipping"),
        (payment("15.00", sub_total="10.00"), "total"),
    ],
)
def test_a_large_difference_waits_for_staff_and_names_both_figures_and_the_part(
    paid: dict[str, str], part: str
) -> None:
    result = mapped(order([line()], paid))
    assert result.problem is not None
    assert (result.problem.code, result.problem.part) == ("total_mismatch", part)
    assert f"${paid['total_amount']}" in result.problem.sentence
    assert "$10.00" in result.problem.sentence
    assert result.totals.unexplained == Decimal(paid["total_amount"]) - 10
    assert result.totals.shopify == 10


def test_wrong_line_taxes_are_named_as_the_part_that_differs() -> None:
    paid = payment("20.00", sub_total="10.00", product_tax="0.80")
    problem = mapped(order([line(tax="4.80", rate="0.08")], paid)).problem
    assert problem is not None
    assert problem.part == "tax"


@pytest.mark.parametrize("total", ["15.00", "2.00"])
def test_staff_can_accept_any_difference(total: str) -> None:
    result = mapped(order([line()], payment(total, sub_total="10.00")), accept_difference=True)
    assert order_of(result)
    assert result.totals.tiktok == Decimal(total)
    assert result.totals.adjustment == Decimal(total) - 10


def test_a_difference_that_goods_and_shipping_cannot_bear_comes_off_the_taxes_once_accepted() -> None:
    lines = [line(tax="0.80", rate="0.08"), line(2, "22", tax="0.20", rate="0.02")]
    paid = payment("0.50", sub_total="20.00", product_tax="1.00", tax="1.00")
    assert mapped(order(lines, paid)).problem is not None
    result = mapped(order(lines, paid), accept_difference=True)
    created = order_of(result)
    assert [tax(item) for item in created["lineItems"]] == [Decimal("0.30"), Decimal("0.20")]
    assert codes(result) == ["adjusted", "tax_adjusted"]
    assert "$0.50" in result.warnings[-1].sentence


def test_a_total_below_nothing_says_that_accepting_it_leads_nowhere() -> None:
    problem = mapped(order([line()], payment("-1.00", sub_total="10.00")), accept_difference=True).problem
    assert problem is not None
    assert problem.sentence.endswith("all that is left is to ignore this one.")


def test_an_order_without_payment_is_not_quietly_created_for_nothing() -> None:
    problem = mapped(order([line()], {})).problem
    assert problem is not None
    assert problem.code == "total_mismatch"


def test_a_platform_part_does_not_hide_in_the_buyers_payment_when_the_buyer_paid_nothing() -> None:
    lines = [line(sale="0", original_price="5.00", platform_discount="5.00")]
    created = order_of(mapped(order(lines, payment("0", platform_discount="5.00")), price_mode="seller_revenue"))
    assert [row["gateway"] for row in created["transactions"]] == ["TikTok Shop platform discount"]


def test_an_order_in_another_currency_is_stopped() -> None:
    problem = mapped(order([line()], payment("10.00") | {"currency": "GBP"})).problem
    assert problem is not None
    assert problem.code == "currency_mismatch"
