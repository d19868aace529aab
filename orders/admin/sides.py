"""The two sides of an order next to each other: what TikTok says, and what stands or would stand in Shopify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

from connectors.tiktok import payloads
from connectors.tiktok.statuses import LineStatus, OrderStatus
from orders.admin import marks
from orders.admin.as_sent import Sent, amount, taxes
from orders.admin.items_of_sides import Item, items
from orders.mapping import marks as marks_of
from orders.mapping.result import Mapped, MappedLine
from settings_app.models import TikTokShop
from settings_app.templatetags.plain_times import moment

KINDS = {"Giveaway": "LIVE giveaway", "Sample": "Affiliate sample"}
"""Kinds by their tag, where people say more than the tag does."""

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
class Sides:
    rows: tuple[Row, ...]
    items: tuple[Item, ...]
    amounts: tuple[Amount, ...]
    warnings: tuple[str, ...]
    problem: str
    explained_by: str
    note: str = ""


CHANGED = "TikTok changed this order after it was synced. The Shopify side shows what was sent at the sync."
ADOPTED = "This order was found in Shopify, not created from here: its amounts are on its page in Shopify."
ADDRESS_THEN = "As it was at the sync; see “Changed on TikTok after the sync” below"


def sides(facts: payloads.Order, mapped: Mapped, shop: TikTokShop, *, personal: bool = False) -> Sides:
    """Both sides of an order that a sync would create; `personal` shows names and addresses."""
    fields = mapped.variables.get("order") or {}
    return Sides(
        rows=tuple(_rows(facts, fields, "", "", personal=personal)),
        items=items(shop, facts, mapped.lines, mapped.totals.currency),
        amounts=tuple(_amounts(facts, mapped, fields, mapped.totals.shopify, "Cancelled before sync")),
        warnings=tuple(warning.sentence for warning in mapped.warnings),
        problem=mapped.problem.sentence if mapped.problem else "",
        explained_by=mapped.totals.explained_by,
    )


def sides_in_shopify(
    facts: payloads.Order,
    mapped: Mapped,
    sent: Sent | None,
    shop: TikTokShop,
    *,
    number: str,
    delivery: str,
    address_changed: bool = False,
    personal: bool = False,
) -> Sides:
    """Both sides of an order that is in Shopify: as it was sent there, whatever TikTok says since.

    `number` is Shopify's own order number. Nothing is a problem any more: the order exists.
    """
    now = mapped.variables.get("order") or {}
    changed = sent is not None and sent.total != mapped.totals.shopify
    fields = now
    if sent:  # names and addresses were masked as it was sent: those come from TikTok's data
        fields = {**sent.fields, **{key: now.get(key) for key in ("customer", "shippingAddress", "note")}}
    rows = _rows(facts, fields, number, delivery, personal=personal)
    if address_changed:
        rows = [replace(row, shopify_value=ADDRESS_THEN) if row.tiktok == "Recipient" else row for row in rows]
    when = "Cancelled on TikTok" if changed or sent is None else "Cancelled before sync"
    as_mapped = sent is not None and not changed
    return Sides(
        rows=tuple(rows),
        items=items(shop, facts, _lines_sent(sent, mapped) if sent else mapped.lines, mapped.totals.currency),
        amounts=tuple(_amounts(facts, mapped, fields, sent.total if sent else None, when)),
        warnings=tuple(warning.sentence for warning in mapped.warnings) if as_mapped else (),
        problem="",
        explained_by=mapped.totals.explained_by if as_mapped else "",
        note="" if as_mapped else CHANGED if sent else ADOPTED,
    )


def _rows(
    facts: payloads.Order, order: Mapping[str, Any], number: str, delivery: str, *, personal: bool
) -> Sequence[Row]:
    address = facts.recipient_address
    attributes = "\n".join(f"{a.get('key')}: {a.get('value')}" for a in order.get("customAttributes") or ())
    shipping = [str(line.get("title", "")) for line in order.get("shippingLines") or ()]
    words = facts.status_text or str(facts.status)
    date = parse_datetime(str(order.get("processedAt") or ""))
    return [
        Row("Order ID", facts.id, "Order number", number or "Shopify’s own next number"),
        Row("Time created", moment(facts.create_time), "Date", moment(date or facts.create_time)),
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
    """In the words of its tags; an order that cost nothing and says not why is no ordinary one either."""
    kinds = [KINDS.get(kind, kind) for kind in marks_of.kinds(facts, ())]
    if any(line.is_gift for line in facts.line_items):
        kinds.insert(0, "With a gift")
    if not kinds and facts.payment.total_amount == 0:
        kinds.append("Zero price: the buyer paid nothing")
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


def _lines_sent(sent: Sent, mapped: Mapped) -> Sequence[MappedLine]:
    """TikTok's own words for the items while they are what was sent, else what was sent."""

    def key(lines: Sequence[MappedLine]) -> list[tuple[str, int, Decimal]]:
        return sorted((line.variant_gid or "", line.quantity, line.unit_price) for line in lines)

    return mapped.lines if key(sent.lines) == key(mapped.lines) else sent.lines


def _amounts(
    facts: payloads.Order, mapped: Mapped, fields: Mapping[str, Any], in_shopify: Decimal | None, cancelled_when: str
) -> Sequence[Amount]:
    """Sums as both sides name them, each column adding up to its total; `in_shopify` None: not known here."""
    currency, pay = mapped.totals.currency, facts.payment
    lines, shipping_lines = fields.get("lineItems") or (), fields.get("shippingLines") or ()
    items = sum((amount(line.get("priceSet")) * line["quantity"] for line in lines), Decimal(0))
    shipping = sum((amount(line.get("priceSet")) for line in shipping_lines), Decimal(0))
    tax = taxes(lines) + taxes(shipping_lines)

    def both(label: str, ours: Decimal, theirs: Decimal | None, *, compared: bool = False) -> Amount:
        known = None if in_shopify is None else theirs
        differs = compared and known is not None and ours != known
        return Amount(label, marks.money(ours, currency), marks.money(known, currency), differs)

    rows = [
        both("Items, discounts taken off", pay.sub_total, items),
        both("Shipping and fees", pay.shipping_fee, shipping),
        both("Taxes", pay.tax, tax),
    ]
    target, cancelled = mapped.totals.tiktok, mapped.totals.cancelled
    if facts.status is OrderStatus.CANCELLED:
        target, cancelled = Decimal(0), pay.total_amount
    rest = target - (pay.sub_total + pay.shipping_fee + pay.tax - cancelled)
    if rest and not cancelled and any(line.display_status is LineStatus.CANCELLED for line in facts.line_items):
        cancelled, rest = -rest, Decimal(0)  # TikTok took it out of its total, but not out of the sums above
    if cancelled:
        rows.append(both(cancelled_when, -cancelled, None))
    if rest:
        rows.append(both("Other fees and discounts", rest, None))
    if mapped.totals.adjustment and in_shopify == mapped.totals.shopify:
        rows.append(Amount("TikTok adjustment (in the above)", "–", marks.money(mapped.totals.adjustment, currency)))
    return [*rows, both("Total", target, in_shopify, compared=True)]
