"""A TikTok order becomes the variables of Shopify's orderCreate: the one function that preview and sync both call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.tiktok.payloads import Order
from orders.mapping import difference, marks
from orders.mapping.address import shipping_address
from orders.mapping.adjustment import book
from orders.mapping.customer import customer
from orders.mapping.lines import Group, grouped, line_items, mapped_lines, share_tax
from orders.mapping.links import Link
from orders.mapping.money import ZERO, cents, spread
from orders.mapping.payment import platform_note, transactions
from orders.mapping.reading import Reading, read_total
from orders.mapping.result import Mapped, MappingWarning, Problem, ShopFacts, Totals, Variables
from orders.mapping.shipping import is_digital, platform_part, shipping_lines, shipping_price
from orders.mapping.totals import shopify_total
from orders.mapping.units import Unit, units_of
from orders.mapping.unlinked import unlinked
from settings_app.rules import Rules

CURRENCY = "USD"
"""Only US orders are synced; TikTok leaves the currency out only where nothing was charged."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """The order's money, worked out: the lines, and what the Shopify order must come to."""

    groups: list[Group]
    reading: Reading
    shipping: Decimal
    target: Decimal
    platform_items: Decimal
    platform_shipping: Decimal
    said: list[MappingWarning]
    removed: Decimal


def map_order(
    order: Order, rules: Rules, links: Mapping[str, Link], shop: ShopFacts, *, accept_difference: bool = False
) -> Mapped:
    """The Shopify order of `order` under `rules`; pure, and without exceptions for odd data: see `Mapped.problem`.

    `links` is by TikTok SKU id. With `accept_difference` (staff said so) a residual of any size is booked as
    *TikTok adjustment*.
    """
    currency = order.payment.currency.upper() or CURRENCY
    units = units_of(order, links)
    kept = [unit for unit in units if not unit.is_cancelled]
    sums = _sums(order, rules, units)
    fields, warnings = _people_and_marks(order, rules, kept, shop)
    fields["lineItems"] = line_items(sums.groups, links, currency, ships=not is_digital(order))
    fields["shippingLines"] = shipping_lines(order, sums.reading, sums.shipping, currency)
    warnings[:0] = sums.said

    problem, link_warnings = unlinked(kept, rules, links)
    warnings.extend(link_warnings)
    if currency != CURRENCY:
        problem = Problem("currency_mismatch", f"The order is in {currency}, not in US dollars.")
    elif not kept:
        problem = Problem("no_items", _no_items(order))

    computed = shopify_total(fields)
    residual = sums.target - computed
    booked = ZERO
    if kept and residual and (accept_difference or abs(residual) <= rules.adjustment_limit):
        done = book(fields, residual, currency)
        booked = done.amount
        computed += booked
        warnings.extend(difference.adjusted(booked, done.off_taxes, currency))
    if kept and computed != sums.target and problem is None:
        problem = difference.mismatch(order, units, sums.target, computed, currency)
    platform = sums.platform_items + sums.platform_shipping
    fields["customAttributes"] += platform_note(platform)
    paid = transactions(order, sums.target - platform, sums.platform_items, sums.platform_shipping, currency)
    if paid:
        fields["transactions"] = paid
    return Mapped(
        variables={"order": fields, "options": _options(rules)},
        totals=Totals(
            tiktok=cents(sums.target),
            shopify=cents(computed),
            currency=currency,
            adjustment=booked,
            unexplained=sums.target - computed,
            explained_by=" ".join(warning.sentence for warning in sums.said),
            cancelled=cents(sums.removed),
        ),
        warnings=tuple(warnings),
        problem=problem,
        lines=mapped_lines(sums.groups, links),
    )


def without_customer_names(variables: Variables) -> Variables:
    """The same order with the customer's e-mail alone, for the one new attempt after a refusal naming the customer."""
    order = dict(variables["order"])
    upsert = order.get("customer", {}).get("toUpsert", {})
    if upsert:
        order["customer"] = {"toUpsert": {"email": upsert["email"]}}
    return {**variables, "order": order}


def without_order_id_metafield(variables: Variables) -> Variables:
    """The same order for a store where the metafield's definition cannot be made; the other marks stay."""
    order = {key: value for key, value in variables["order"].items() if key != "metafields"}
    return {**variables, "order": order}


def _sums(order: Order, rules: Rules, units: Sequence[Unit]) -> _Sums:
    revenue = rules.price_mode == "seller_revenue"
    reading = read_total(order, units, rules.adjustment_limit)
    kept = [unit for unit in units if not unit.is_cancelled]
    cancelled = [unit for unit in units if unit.is_cancelled] if reading.cancelled_charged else []
    buyer_prices = [reading.price_of(unit) for unit in kept]
    platform = _platform_parts(order, reading, units) if revenue else [ZERO] * len(kept)
    groups = grouped(kept, [price + part for price, part in zip(buyer_prices, platform, strict=True)])
    before = sum((group.tax for group in groups), ZERO)
    cancelled_tax = share_tax(groups, cancelled, reading.goods_tax) if groups else ZERO
    removed = sum(map(reading.price_of, cancelled), cancelled_tax)
    platform_items = sum(platform, ZERO)
    platform_shipping = platform_part(order, reading) if revenue else ZERO
    is_spread = not reading.free and before > 0 and before != sum((group.tax for group in groups), ZERO)
    return _Sums(
        groups=groups,
        reading=reading,
        shipping=shipping_price(order, reading, revenue=revenue),
        target=cents(order.payment.total_amount) - removed + platform_items + platform_shipping,
        platform_items=platform_items,
        platform_shipping=platform_shipping,
        said=difference.how_read(order, reading, units, removed, spread=is_spread),
        removed=removed,
    )


def _platform_parts(order: Order, reading: Reading, units: Sequence[Unit]) -> list[Decimal]:
    """What TikTok paid towards each unit that is kept; an order-level discount is spread where lines show none."""
    parts = [unit.platform for unit in units]
    whole = cents(order.payment.platform_discount)
    if reading.free:
        parts = [ZERO] * len(units)
    elif whole > 0 and not any(parts):
        by_price = [unit.sale for unit in units]
        parts = spread(whole, by_price)
    return [part for part, unit in zip(parts, units, strict=True) if not unit.is_cancelled]


def _people_and_marks(
    order: Order, rules: Rules, kept: Sequence[Unit], shop: ShopFacts
) -> tuple[dict[str, Any], list[MappingWarning]]:
    """Every field of OrderCreateOrderInput that is not money."""
    fields: dict[str, Any] = {
        "currency": order.payment.currency.upper() or CURRENCY,
        "taxesIncluded": False,
        "buyerAcceptsMarketing": False,
        "financialStatus": "PAID",
        "sourceIdentifier": order.id,
        "sourceUrl": marks.source_url(order),
        "metafields": marks.metafields(order),
        "customAttributes": marks.custom_attributes(order, shop),
        "tags": marks.tags(order, kept, rules.extra_tags),
    }
    if placed := order.create_time or order.paid_time:
        fields["processedAt"] = marks.iso(placed)
    note, warnings = marks.note(order)
    if note:
        fields["note"] = note
    buyer, about_buyer = customer(order, rules)
    if buyer:
        fields["customer"] = buyer
    address, about_address = shipping_address(order)
    if address:
        fields["shippingAddress"] = address
    return fields, [*warnings, *about_buyer, *about_address]


def _options(rules: Rules) -> dict[str, Any]:
    """No e-mail ever goes to the relay address."""
    return {
        "inventoryBehaviour": rules.inventory.upper(),
        "sendReceipt": False,
        "sendFulfillmentReceipt": False,
    }


def _no_items(order: Order) -> str:
    if order.line_items:
        return "Every item of this order was cancelled on TikTok, so there is nothing to create in Shopify."
    return "TikTok sent this order without any item."
