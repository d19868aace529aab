"""Hypothesis strategies for US orders that obey TikTok's arithmetic, over every reading that is left open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.payloads.us_order import Raw, line, order

CENT = Decimal("0.01")
ZERO = Decimal(0)
RATES = ("0", "0.0625", "0.0825", "0.08875", "0.1025")


def money(most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals("0", most, places=2)


@st.composite
def units(draw: st.DrawFn) -> list[Raw]:
    """One to eight units of up to three SKUs with discounts, gifts, bundles and cancelled ones, at least one kept."""
    rate = draw(st.sampled_from(RATES))
    rows = []
    for number in range(draw(st.integers(1, 8))):
        sku = draw(st.sampled_from(("11", "22", "33")))
        is_gift = draw(st.integers(0, 9)) == 0
        price = draw(st.sampled_from((Decimal("20.00"), Decimal("7.49"), Decimal("12.35"))))
        seller = ZERO if is_gift else draw(st.sampled_from((ZERO, ZERO, Decimal("2.00"), Decimal("1.25"))))
        platform = ZERO if is_gift else draw(st.sampled_from((ZERO, ZERO, Decimal("3.00"), Decimal("0.33"))))
        sale = ZERO if is_gift else price - seller - platform
        row = line(
            number,
            sku,
            str(sale),
            original_price="0" if is_gift else str(price),
            seller_discount=str(seller),
            platform_discount=str(platform),
            is_gift=is_gift,
            tax=str((sale * Decimal(rate)).quantize(CENT)) if rate != "0" else "",
            rate=rate,
            display_status="CANCELLED" if number and draw(st.integers(0, 4)) == 0 else "AWAITING_SHIPMENT",
        )
        if draw(st.integers(0, 5)) == 0:
            row["combined_listing_skus"] = [{"sku_id": "44", "sku_count": 2}, {"sku_id": "55", "sku_count": 1}]
            if draw(st.booleans()):
                row["sub_item_info"] = [
                    {"id": f"s{number}{place}", "sku_id": part, "sale_price": str(draw(money("9.99")))}
                    for place, part in enumerate(("44", "44", "55"))
                ]
        rows.append(row)
    return rows


@st.composite
def us_orders(draw: st.DrawFn) -> Raw:
    """A raw order whose total follows the documented formula under one choice for each open question."""
    rows = draw(units())
    choose: Any = lambda: draw(st.booleans())  # noqa: E731  # one question after the other
    insurance_inside, cancelled_inside, taxes_on_lines = choose(), choose(), choose()
    counted = [row for row in rows if cancelled_inside or row["display_status"] != "CANCELLED"]
    goods = sum((Decimal(row["sale_price"]) for row in counted), ZERO)
    product_tax = sum((Decimal(tax["tax_amount"]) for row in counted for tax in row["item_tax"]), ZERO)
    platform = sum((Decimal(row["platform_discount"]) for row in counted), ZERO)
    seller = sum((Decimal(row["seller_discount"]) for row in counted), ZERO)
    original_shipping = draw(st.sampled_from((ZERO, Decimal("3.99"), Decimal("5.99"))))
    platform_shipping = draw(st.sampled_from((ZERO, original_shipping, min(original_shipping, Decimal("2.00")))))
    shipping = original_shipping - platform_shipping
    shipping_tax = draw(st.sampled_from((ZERO, Decimal("0.31"))))
    retail = draw(st.sampled_from((ZERO, ZERO, Decimal("0.28"))))
    insurance, insurance_tax = draw(st.sampled_from(((ZERO, ZERO), (Decimal("1.29"), Decimal("0.11")))))
    total = goods + shipping + product_tax + shipping_tax + retail
    if insurance_inside:
        total += insurance + insurance_tax
    if not taxes_on_lines:
        for row in rows:
            row["item_tax"] = []
    paid = {
        "currency": "USD",
        "sub_total": str(goods),
        "seller_discount": str(seller),
        "platform_discount": str(platform),
        "original_shipping_fee": str(original_shipping),
        "shipping_fee_platform_discount": str(platform_shipping),
        "shipping_fee": str(shipping),
        "product_tax": str(product_tax),
        "shipping_fee_tax": str(shipping_tax),
        "tax": str(product_tax + shipping_tax),
        "retail_delivery_fee": str(retail),
        "item_insurance_fee": str(insurance),
        "item_insurance_tax": str(insurance_tax),
        "total_amount": str(total),
    }
    message = draw(st.text(max_size=40))
    return order(rows, paid, buyer_message=message, shipping_type=draw(st.sampled_from(("SELLER", "TIKTOK"))))


_ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just(""),
    st.sampled_from(("0", "-3.00", "0.005", "19.999", "***", "CANCELLED", "US", "\ud800", "1e3")),
    st.integers(-5, 10**12),
    st.booleans(),
    st.text(max_size=12),
)


@st.composite
def odd_orders(draw: st.DrawFn) -> Raw:
    """An order in which some values were replaced by whatever came to hand."""
    raw = draw(us_orders())
    parts: list[Raw] = [raw, raw["payment"], raw["recipient_address"], *raw["line_items"]]
    for _ in range(draw(st.integers(1, 6))):
        part = draw(st.sampled_from(parts))
        name = draw(st.sampled_from(sorted(key for key in part if key != "id")))
        part[name] = draw(_ODD)
    return raw
