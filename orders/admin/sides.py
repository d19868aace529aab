"""The two sides of an order next to each other: what TikTok says, and what stands or would stand in Shopify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.tiktok import payloads
from orders.admin import marks
from orders.mapping.result import Mapped, MappedLine
from settings_app.templatetags.plain_times import moment

HIDDEN = "Hidden (personal data)"


@dataclass(frozen=True)
class Row:
    """One field: its name and value on both sides."""

    tiktok: str
    tiktok_value: object
    shopify: str
    shopify_value: object


@dataclass(frozen=True)
class Amount:
    """One line of the sums: a label, TikTok's amount and Shopify's, either of which may be missing."""

    label: str
    tiktok: str
    shopify: str
    differs: bool = False


@dataclass(frozen=True)
class Item:
    title: str
    sku: str
    quantity: int
    unit_price: str
    tax: str
    linked: bool
    is_gift: bool


@dataclass(frozen=True)
class Sides:
    rows: tuple[Row, ...]
    items: tuple[Item, ...]
    amounts: tuple[Amount, ...]
    warnings: tuple[str, ...]
    problem: str
    explained_by: str


def sides(
    facts: payloads.Order, mapped: Mapped, *, number: str = "", delivery: str = "", personal: bool = False
) -> Sides:
    """Both sides for a page. `number` is Shopify's own order number, `personal` shows names and addresses."""
    return Sides(
        rows=tuple(_rows(facts, mapped.variables.get("order") or {}, number, delivery, personal=personal)),
        items=tuple(_item(line, mapped.totals.currency) for line in mapped.lines),
        amounts=tuple(_amounts(facts, mapped)),
        warnings=tuple(warning.sentence for warning in mapped.warnings),
        problem=mapped.problem.sentence if mapped.problem else "",
        explained_by=mapped.totals.explained_by,
    )


def _rows(
    facts: payloads.Order, order: Mapping[str, Any], number: str, delivery: str, *, personal: bool
) -> Sequence[Row]:
    address = facts.recipient_address
    attributes = "\n".join(f"{a.get('key')}: {a.get('value')}" for a in order.get("customAttributes") or ())
    shipping = [str(line.get("title", "")) for line in order.get("shippingLines") or ()]
    words = facts.status_text or str(facts.status)
    return [
        Row("Order ID", facts.id, "Order number", number or "Shopify’s own next number"),
        Row("Time created", moment(facts.create_time), "Date", moment(facts.create_time)),
        Row("Status", words.replace("_", " ").capitalize(), "Delivery status", delivery or "None yet"),
        Row("Buyer", _shown(_name(address), personal), "Customer", _shown(_customer(order), personal)),
        Row(
            "Recipient", _shown(_tiktok_address(facts), personal), "Shipping address", _shown(_address(order), personal)
        ),
        Row("Delivery option", facts.delivery_option_name or "–", "Delivery method", shipping[0] if shipping else "–"),
        Row(
            "Buyer message",
            _shown(facts.buyer_message, personal),
            "Notes",
            _shown(str(order.get("note") or ""), personal),
        ),
        Row("Order ID and shop", facts.id, "Additional details", attributes or "–"),
        Row("Kind", _kind(facts), "Tags", ", ".join(order.get("tags") or ()) or "–"),
    ]


def _shown(text: str, personal: bool) -> str:
    if not text:
        return "–"
    return text if personal else HIDDEN


def _kind(facts: payloads.Order) -> str:
    kinds = []
    if any(line.is_gift for line in facts.line_items):
        kinds.append("Gift")
    if facts.is_sample_order:
        kinds.append("Affiliate sample")
    return ", ".join(kinds) or "Ordinary order"


def _name(address: payloads.Address) -> str:
    return address.name or " ".join(part for part in (address.first_name, address.last_name) if part)


def _tiktok_address(facts: payloads.Order) -> str:
    return facts.recipient_address.full_address or facts.recipient_address.address_line1


def _customer(order: Mapping[str, Any]) -> str:
    known = (order.get("customer") or {}).get("toUpsert") or {}
    parts = [known.get("firstName"), known.get("lastName"), known.get("email")]
    return " ".join(str(part) for part in parts if part)


def _address(order: Mapping[str, Any]) -> str:
    address = order.get("shippingAddress") or {}
    names = ("firstName", "lastName", "address1", "address2", "city", "provinceCode", "zip", "countryCode")
    return ", ".join(str(address[name]) for name in names if address.get(name))


def _item(line: MappedLine, currency: str) -> Item:
    title = " – ".join(text for text in (line.title, line.variant_title) if text)
    return Item(
        title=title or line.sku or line.sku_id,
        sku=line.sku or "–",
        quantity=line.quantity,
        unit_price=marks.money(line.unit_price, currency),
        tax=marks.money(line.tax, currency),
        linked=line.variant_gid is not None,
        is_gift=line.is_gift,
    )


def _amounts(facts: payloads.Order, mapped: Mapped) -> Sequence[Amount]:
    """Sums as both sides name them; only the totals must agree, the parts are cut differently."""
    currency, totals, pay = mapped.totals.currency, mapped.totals, facts.payment
    order = mapped.variables.get("order") or {}
    items = sum((line.unit_price * line.quantity for line in mapped.lines), Decimal(0))
    shipping = sum((_amount(line.get("priceSet")) for line in order.get("shippingLines") or ()), Decimal(0))
    taxes = _taxes(order.get("lineItems") or ()) + _taxes(order.get("shippingLines") or ())

    def both(label: str, ours: Decimal, theirs: Decimal, *, compared: bool = False) -> Amount:
        return Amount(label, marks.money(ours, currency), marks.money(theirs, currency), compared and ours != theirs)

    rows = [
        both("Items, discounts taken off", pay.sub_total, items),
        both("Shipping and fees", pay.shipping_fee, shipping),
        both("Taxes", pay.tax, taxes),
    ]
    if totals.adjustment:
        rows.append(Amount("TikTok adjustment (in the above)", "–", marks.money(totals.adjustment, currency)))
    return [*rows, both("Total", totals.tiktok, totals.shopify, compared=True)]


def _amount(price_set: Any) -> Decimal:
    return Decimal(str(((price_set or {}).get("shopMoney") or {}).get("amount") or "0"))


def _taxes(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((_amount(tax.get("priceSet")) for line in lines for tax in line.get("taxLines") or ()), Decimal(0))
