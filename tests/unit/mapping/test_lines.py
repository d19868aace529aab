from __future__ import annotations

from decimal import Decimal

from tests.payloads.us_order import line, order, payment
from tests.unit.mapping.mapped import amount, codes, link, mapped, order_of, tax


def test_equal_units_become_one_line_that_keeps_every_tiktok_line_id() -> None:
    lines = [line(1, tax="0.83", rate="0.0825"), line(2, tax="0.82", rate="0.0825"), line(3, "22", "5.00")]
    result = mapped(order(lines))
    first, second = order_of(result)["lineItems"]
    assert (first["quantity"], amount(first), tax(first)) == (2, "10.00", Decimal("1.65"))
    assert first["taxLines"][0]["rate"] == "0.0825"
    assert second["quantity"] == 1
    assert [row.tiktok_line_ids for row in result.lines] == [
        ("577100000000000001", "577100000000000002"),
        ("577100000000000003",),
    ]


def test_two_units_with_different_discounts_stay_two_lines() -> None:
    lines = [line(1, sale="18.00", seller_discount="2.00"), line(2, sale="15.00", seller_discount="5.00")]
    assert [(row["quantity"], amount(row)) for row in order_of(mapped(order(lines)))["lineItems"]] == [
        (1, "18.00"),
        (1, "15.00"),
    ]


def test_units_that_differ_only_in_who_paid_the_discount_differ_in_seller_revenue() -> None:
    lines = [line(1, sale="18.00", seller_discount="2.00"), line(2, sale="18.00", platform_discount="2.00")]
    raw = order(lines, payment("36.00", platform_discount="2.00"))
    assert [row["quantity"] for row in order_of(mapped(raw))["lineItems"]] == [2]
    revenue = order_of(mapped(raw, price_mode="seller_revenue"))
    assert [amount(row) for row in revenue["lineItems"]] == ["18.00", "20.00"]


def test_units_taxed_at_different_rates_stay_apart() -> None:
    lines = [line(1, tax="0.80", rate="0.08"), line(2, tax="0.40", rate="0.04")]
    assert len(order_of(mapped(order(lines)))["lineItems"]) == 2


def test_state_and_county_tax_of_one_item_stay_two_tax_lines() -> None:
    taxes = [
        {"tax_type": "SALES_TAX", "tax_amount": "0.60", "tax_rate": "0.06"},
        {"tax_type": "COUNTY_TAX", "tax_amount": "0.15", "tax_rate": "0.015"},
    ]
    [row] = order_of(mapped(order([line(item_tax=taxes)], payment("10.75", product_tax="0.75"))))["lineItems"]
    assert [(one["title"], one["rate"], amount(one)) for one in row["taxLines"]] == [
        ("Sales tax", "0.06", "0.60"),
        ("County tax", "0.015", "0.15"),
    ]
    assert all(one["channelLiable"] is True for one in row["taxLines"])


def test_a_linked_line_takes_its_title_from_the_shopify_product() -> None:
    [row] = order_of(mapped(order()))["lineItems"]
    assert row["variantId"] == "gid://shopify/ProductVariant/11"
    assert "title" not in row
    assert "sku" not in row
    assert row["requiresShipping"] is True


def test_an_unlinked_item_stops_the_order_and_every_such_sku_is_named() -> None:
    lines = [line(1, "11"), line(2, "22"), line(3, "33"), line(4, "22")]
    problem = mapped(order(lines), {"11": link("11")}).problem
    assert problem is not None
    assert (problem.code, problem.sku_ids) == ("unlinked_item", ("22", "33"))
    assert "“Soap 22” (SKU SOAP-22" in problem.sentence


def test_a_cancelled_unlinked_item_does_not_stop_the_rest() -> None:
    lines = [line(1, "11"), line(2, "22", display_status="CANCELLED")]
    assert order_of(mapped(order(lines, payment("10.00")), {"11": link("11")}))


def test_each_trouble_with_a_link_has_its_own_reason() -> None:
    from orders.mapping import Link
    from orders.reasons import REASONS

    for code in ("item_deleted", "sku_ambiguous", "sku_case_differs"):
        problem = mapped(order(), {"11": Link("11", "", trouble=code)}).problem
        assert problem is not None
        assert problem.code == code
        assert code in REASONS


def test_unlinked_items_can_go_as_text_so_that_the_order_is_not_late() -> None:
    raw = order([line(1, "11", sku_name="Lavender, 3 pack"), line(2, "22")])
    result = mapped(raw, {"22": link("22")}, unlinked_items="text_line")
    text, linked = order_of(result)["lineItems"]
    assert text == {
        "title": "Soap 11",
        "variantTitle": "Lavender, 3 pack",
        "sku": "SOAP-11",
        "quantity": 1,
        "priceSet": {"shopMoney": {"amount": "10.00", "currencyCode": "USD"}},
        "requiresShipping": True,
    }
    assert linked["variantId"]
    assert codes(result) == ["unlinked_item"]
    assert result.lines[0].variant_gid is None


def sub(number: int, sku: str, sale: str, **changes: str) -> dict[str, object]:
    return {"id": f"sub{number}", "sku_id": sku, "sale_price": sale, "product_name": f"Part {sku}", **changes}


def test_a_combined_listing_becomes_its_components_with_their_own_prices() -> None:
    bundle = line(1, "99", "30.00", tax="2.40", rate="0.08")
    bundle["sub_item_info"] = [sub(1, "11", "12.50"), sub(2, "22", "8.75"), sub(3, "22", "8.75")]
    result = mapped(order([bundle]))
    rows = order_of(result)["lineItems"]
    assert [(row["variantId"][-2:], row["quantity"], amount(row)) for row in rows] == [
        ("11", 1, "12.50"),
        ("22", 2, "8.75"),
    ]
    assert sum(tax(row) for row in rows) == Decimal("2.40")
    assert result.lines[1].sub_item_ids == ("sub2", "sub3")
    assert result.lines[1].tiktok_line_ids == ("577100000000000001", "577100000000000001")


def test_component_prices_that_do_not_sum_are_divided_to_the_cent() -> None:
    bundle = line(1, "99", "10.00", platform_discount="1.00")
    bundle["sub_item_info"] = [sub(1, "11", "5.00"), sub(2, "22", "5.00"), sub(3, "33", "5.00")]
    raw = order([bundle], payment("10.00", platform_discount="1.00"))
    for mode, prices in (("buyer_paid", ["3.34", "3.33", "3.33"]), ("seller_revenue", ["3.68", "3.66", "3.66"])):
        assert [amount(row) for row in order_of(mapped(raw, price_mode=mode))["lineItems"]] == prices


def test_components_without_prices_share_by_what_they_cost_in_shopify() -> None:
    bundle = line(1, "99", "10.00")
    bundle["combined_listing_skus"] = [
        {"sku_id": "11", "sku_count": 2, "seller_sku": "A"},
        {"sku_id": "22", "sku_count": 1, "seller_sku": "B"},
    ]
    links = {"11": link("11", price=Decimal("1.00")), "22": link("22", price=Decimal("8.00"))}
    rows = order_of(mapped(order([bundle]), links))["lineItems"]
    assert [(row["quantity"], amount(row)) for row in rows] == [(2, "1.00"), (1, "8.00")]


def test_a_bundle_that_is_a_product_of_its_own_in_shopify_stays_whole() -> None:
    bundle = line(1, "99", "10.00")
    bundle["sub_item_info"] = [sub(1, "11", "5.00"), sub(2, "22", "5.00")]
    [row] = order_of(mapped(order([bundle]), {"99": link("99")}))["lineItems"]
    assert row["variantId"][-2:] == "99"


def test_unlinked_components_are_named_not_the_bundle() -> None:
    bundle = line(1, "99", "10.00")
    bundle["sub_item_info"] = [sub(1, "11", "5.00"), sub(2, "22", "5.00")]
    problem = mapped(order([bundle]), {"11": link("11")}).problem
    assert problem is not None
    assert problem.sku_ids == ("22",)


def test_a_cancelled_component_is_left_out_with_its_share() -> None:
    bundle = line(1, "99", "10.00")
    bundle["sub_item_info"] = [sub(1, "11", "6.00"), sub(2, "22", "4.00", display_status="CANCELLED")]
    result = mapped(order([bundle], payment("10.00")))
    assert order_of(result)
    assert result.totals.tiktok == 6


def test_an_order_whose_items_are_all_cancelled_creates_nothing() -> None:
    problem = mapped(order([line(display_status="CANCELLED")])).problem
    assert problem is not None
    assert problem.code == "no_items"


def test_an_order_without_items_creates_nothing() -> None:
    problem = mapped(order(paid=payment("0")) | {"line_items": []}).problem
    assert problem is not None
    assert problem.code == "no_items"
