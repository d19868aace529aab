"""The lines of a made-up order: which goods, at what discounts, and how TikTok writes them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from connectors.sandbox.catalogue import AMBIGUOUS_SKU, CASE_SKU, Item
from connectors.sandbox.us_buyers import Place
from connectors.sandbox.us_kinds import Discounts, Goods, Kind
from connectors.sandbox.us_prices import ZERO, Extras, Unit, cents, money, share_out

SELLER_CUTS = (Decimal("0.05"), Decimal("0.10"), Decimal("0.15"), Decimal("0.20"), Decimal("0.333"))
PLATFORM_CUTS = (Decimal("1.00"), Decimal("1.50"), Decimal("2.35"), Decimal("3.00"))


def goods(items: Sequence[Item], wanted: Goods) -> list[Item]:
    """The items of the catalogue that fit; an empty catalogue or one without such goods falls back to what there is."""
    tests: dict[Goods, Callable[[Item], bool]] = {
        "linked": lambda item: item.is_linked and not item.digital,
        "unlinked": lambda item: item.shopify_variant_id is None and not item.parts and bool(item.seller_sku),
        "digital": lambda item: item.digital,
        "bundle": lambda item: bool(item.parts),
        "case": lambda item: item.seller_sku == CASE_SKU,
        "ambiguous": lambda item: item.seller_sku == AMBIGUOUS_SKU,
        "no_sku": lambda item: not item.seller_sku,
    }
    return [item for item in items if tests[wanted](item)] or list(items)


def units(rng: Random, kind: Kind, items: Sequence[Item], place: Place) -> list[Unit]:
    """The units a buyer takes; gifts come last, cancelled units are marked."""
    choice = goods(items, kind.goods)
    bought = rng.sample(choice, min(rng.randint(*kind.skus), len(choice)))
    sold: list[Unit] = []
    for item in bought:
        sold += _units_of(rng, item, rng.randint(*kind.units), kind.discounts, place.tax_rate)
    if kind.free == "gift":
        present = rng.choice(goods(items, "linked"))
        sold.append(Unit(present, ZERO, tax_rate=place.tax_rate, gift_retail_price=present.price, is_gift=True))
    elif kind.free:
        sold = [_free_of_charge(rng, unit, kind.free == "giveaway") for unit in sold]
    if kind.cancels_a_line:
        sold[-1] = replace(sold[-1], cancelled=True)
    return sold


def _units_of(rng: Random, item: Item, count: int, discounts: Discounts, tax_rate: Decimal) -> list[Unit]:
    dealt = rng.choice(("none", "none", "seller", "platform")) if discounts == "some" else discounts
    cut = cents(item.price * rng.choice(SELLER_CUTS)) if dealt in ("seller", "mixed") else ZERO
    result = []
    for number in range(count):
        # A TikTok voucher often covers only the first unit, so units of one SKU differ in price.
        has_voucher = dealt == "platform" or (dealt == "mixed" and number == 0)
        voucher = min(rng.choice(PLATFORM_CUTS), item.price - cut) if has_voucher else ZERO
        result.append(Unit(item, item.price, cut, voucher, tax_rate))
    return result


def _free_of_charge(rng: Random, unit: Unit, is_giveaway: bool) -> Unit:
    price = unit.item.price
    # Nobody has published such an order: either the price is 0, or the seller discount eats all of it.
    if is_giveaway or rng.random() < 0.5:
        return Unit(unit.item, ZERO, tax_rate=unit.tax_rate, gift_retail_price=price)
    return Unit(unit.item, price, price, tax_rate=unit.tax_rate, gift_retail_price=price)


def line_items(
    rng: Random, sold: Sequence[Unit], items: Sequence[Item], extras: Extras, order_type: str
) -> list[dict[str, Any]]:
    """TikTok's line_items[] of these units, one each."""
    result = []
    for number, unit in enumerate(sold):
        line = {"id": line_id(rng), **_identity(unit.item), **_prices(unit)}
        line |= {"display_status": "AWAITING_SHIPMENT", "is_gift": unit.is_gift, "sku_type": _sku_type(order_type)}
        if extras.retail_delivery_fee:
            line["retail_delivery_fee"] = money(extras.retail_delivery_fee) if number == 0 else "0"
        if unit.item.parts:
            line |= _bundle(rng, unit, items)
        if unit.cancelled:
            line |= {"display_status": "CANCELLED", "cancel_user": "SELLER", "cancel_reason": "Out of stock"}
        result.append(line)
    return result


def line_id(rng: Random) -> str:
    return f"5771{rng.randrange(10**14):014d}"


def _identity(item: Item) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "product_name": item.title,
        "sku_id": item.sku_id,
        "sku_name": item.variant_title,
        "seller_sku": item.seller_sku,
        "sku_image": f"https://images.tiktok.example/{item.sku_id}.jpeg",
    }


def _prices(unit: Unit) -> dict[str, Any]:
    taxed = {"tax_type": "SALES_TAX", "tax_amount": money(unit.tax), "tax_rate": f"{unit.tax_rate.normalize():f}"}
    return {
        "currency": "USD",
        "original_price": money(unit.original_price),
        "sale_price": money(unit.sale_price),
        "seller_discount": money(unit.seller_discount),
        "platform_discount": money(unit.platform_discount),
        "item_tax": [taxed] if unit.tax_rate else [],
        "gift_retail_price": money(unit.gift_retail_price),
    }


def _bundle(rng: Random, unit: Unit, items: Sequence[Item]) -> dict[str, Any]:
    known = {item.sku_id: item for item in items}
    components = [known[sku_id] for sku_id, count in unit.item.parts for _ in range(count)]
    weights = [component.price for component in components]
    amounts = zip(
        components,
        share_out(unit.original_price, weights),
        share_out(unit.seller_discount, weights),
        share_out(unit.platform_discount, weights),
        share_out(unit.tax, weights),
        strict=True,
    )
    entries = []
    for component, original, seller, platform, tax in amounts:
        part = _prices(Unit(component, original, seller, platform, unit.tax_rate))
        if unit.tax_rate:
            part["item_tax"][0]["tax_amount"] = money(tax)
        entries.append({"id": line_id(rng), **_identity(component), **part, "display_status": "AWAITING_SHIPMENT"})
    return {
        "combined_listing_skus": [
            {
                "sku_id": sku_id,
                "sku_count": count,
                "product_id": known[sku_id].product_id,
                "seller_sku": known[sku_id].seller_sku,
            }
            for sku_id, count in unit.item.parts
        ],
        "sub_item_info": entries,
    }


def _sku_type(order_type: str) -> str:
    return order_type if order_type in ("ZERO_LOTTERY", "PRE_ORDER") else "NORMAL"
