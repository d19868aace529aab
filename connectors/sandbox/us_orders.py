"""Made-up US TikTok orders that obey TikTok's arithmetic; equal seeds give equal orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from connectors.sandbox import order_steps, us_lines, us_prices
from connectors.sandbox.catalogue import Item
from connectors.sandbox.us_buyers import COLORADO, MESSAGES, MILITARY, STATES, TERRITORIES, UNTAXED, Buyer, Place, buyer
from connectors.sandbox.us_kinds import KINDS, Kind
from connectors.sandbox.us_prices import ZERO, Extras, Shipping, cents

HOUR = 3600
PLACES: dict[str, tuple[Place, ...]] = {
    "state": STATES,
    "colorado": COLORADO,
    "untaxed": UNTAXED,
    "territory": TERRITORIES,
    "military": MILITARY,
}
DELIVERY_OPTIONS = (
    ("7091146663229654785", "Standard Shipping"),
    ("7091146663229654786", "Express Shipping"),
    ("7091146663229654787", "Economy Shipping"),
)


def kinds() -> tuple[str, ...]:
    """Every kind that `build` can make."""
    return tuple(KINDS)


def build(
    rng: Random,
    *,
    now: datetime,
    catalogue: Sequence[Item],
    kind: str | None = None,
    status: str = "AWAITING_SHIPMENT",
    insurance_in_total: bool = True,
    cancelled_in_total: bool = True,
) -> dict[str, Any]:
    """One raw order as TikTok's order search shows it, at `status`, its newest change at or before `now`.

    kind None picks one by its share. Two things are unknown of real US orders, so both can be had:
    insurance_in_total says whether total_amount holds the item protection, cancelled_in_total whether
    the payment still counts units that were cancelled. Raises KeyError for an unknown kind.
    """
    draft = build_draft(
        rng,
        now=now,
        catalogue=catalogue,
        kind=kind,
        status=status,
        insurance_in_total=insurance_in_total,
        cancelled_in_total=cancelled_in_total,
    )
    return order_steps.as_shown(draft)


def build_draft(
    rng: Random,
    *,
    now: datetime,
    catalogue: Sequence[Item],
    kind: str | None = None,
    status: str = "AWAITING_SHIPMENT",
    insurance_in_total: bool = True,
    cancelled_in_total: bool = True,
    companion_of: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Like `build`, but address and e-mail are there even while TikTok would hide them.

    companion_of makes another order of the same buyer that shares its package (automatic combination).
    """
    name = kind or rng.choices(list(KINDS), [one.weight for one in KINDS.values()])[0]
    recipe = KINDS[name]
    place = rng.choice(PLACES[recipe.where])
    sold = us_lines.units(rng, recipe, catalogue, place)
    counted = [unit for unit in sold if cancelled_in_total or not unit.cancelled]
    shipping = _shipping(rng, recipe)
    extras = _extras(recipe, place, insurance_in_total)
    shipping_type = recipe.shipping_type or rng.choices(("TIKTOK", "SELLER"), (7, 3))[0]
    order = _order(rng, recipe, buyer(rng, place, masked=shipping_type == "TIKTOK"), shipping_type)
    order |= {
        "payment": us_prices.payment(counted, shipping, extras, place),
        "line_items": us_lines.line_items(rng, sold, catalogue, extras, str(order["order_type"])),
    }
    _add_marks(rng, order, name, companion_of)
    return _brought_to(order, status, int(now.timestamp()), rng)


def _order(rng: Random, recipe: Kind, who: Buyer, shipping_type: str) -> dict[str, Any]:
    option_id, option_name = rng.choice(DELIVERY_OPTIONS)
    order: dict[str, Any] = {
        "id": f"5769{rng.randrange(10**14):014d}",
        "status": "UNPAID",
        "order_type": "NORMAL",
        "user_id": who.user_id,
        "buyer_email": who.email,
        "buyer_nickname": who.nickname,
        "buyer_message": MESSAGES.get(recipe.message, ""),
        "seller_note": "",
        "recipient_address": who.address,
        "payment_method_name": rng.choice(("Credit/debit card", "PayPal", "Apple Pay", "Klarna")),
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": shipping_type,
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": option_id,
        "delivery_option_name": option_name,
        "shipping_provider": "",
        "tracking_number": "",
        "warehouse_id": "6955005333819123123",
        "has_updated_recipient_address": False,
        "is_on_hold_order": True,
        "is_buyer_request_cancel": False,
        "is_cod": False,
        "is_sample_order": False,
        "is_replacement_order": False,
        "is_exchange_order": False,
        "commerce_platform": "TIKTOK_SHOP",
    }
    return order | recipe.extra


def _extras(recipe: Kind, place: Place, insurance_in_total: bool) -> Extras:
    pays = recipe.free in ("", "gift")
    fee = us_prices.COLORADO_FEE if place.code == "CO" and pays else ZERO
    if not recipe.insured:
        return Extras(fee)
    protection = Decimal("1.29")
    return Extras(fee, protection, cents(protection * place.tax_rate), insurance_in_total)


def _shipping(rng: Random, recipe: Kind) -> Shipping:
    deal = rng.choice(("paid", "platform", "platform", "none")) if recipe.shipping == "some" else recipe.shipping
    fee = rng.choice((Decimal("3.99"), Decimal("5.99"), Decimal("7.49")))
    part = rng.choice((fee, fee, Decimal("2.00")))
    match deal:
        case "paid":
            return Shipping(fee)
        case "platform":
            return Shipping(fee, platform_discount=part)
        case "seller":
            return Shipping(fee, seller_discount=part)
        case "cofunded":
            return Shipping(fee, cofunded_discount=part)
    return Shipping()


def _add_marks(rng: Random, order: dict[str, Any], kind: str, companion_of: dict[str, Any] | None) -> None:
    if order.get("is_replacement_order"):
        order["replaced_order_id"] = f"5768{rng.randrange(10**14):014d}"
    if order.get("is_exchange_order"):
        order["exchange_source_order_id"] = f"5768{rng.randrange(10**14):014d}"
    if kind == "combined":
        order["auto_combine_group_id"] = f"{rng.randrange(10**8, 10**9)}"
    if companion_of is not None:
        same = ("user_id", "buyer_email", "buyer_nickname", "recipient_address", "shipping_type", "delivery_option_id")
        order |= {name: companion_of[name] for name in (*same, "delivery_option_name", "auto_combine_group_id")}


def _brought_to(order: dict[str, Any], status: str, now: int, rng: Random) -> dict[str, Any]:
    """The order led through every state up to `status`, with believable pauses, ending some minutes before now."""
    path = order_steps.path_to(order, status)
    if status == "CANCELLED":
        path = [*order_steps.path_to(order, "AWAITING_SHIPMENT"), *path]
    pauses = {
        "ON_HOLD": rng.randint(60, 600),
        "AWAITING_SHIPMENT": HOUR,
        "PARTIALLY_SHIPPING": rng.randint(2 * HOUR, 30 * HOUR),
        "AWAITING_COLLECTION": rng.randint(2 * HOUR, 40 * HOUR),
        "IN_TRANSIT": rng.randint(3 * HOUR, 20 * HOUR),
        "DELIVERED": rng.randint(40 * HOUR, 110 * HOUR),
        "COMPLETED": 15 * 24 * HOUR,
        "CANCELLED": rng.randint(300, 30 * HOUR),
    }
    at = now - rng.randint(60, 20 * HOUR) - sum(pauses.get(step, 0) for step in path)
    order["create_time"] = order["update_time"] = at
    if order["order_type"] == "PRE_ORDER":
        order |= {"release_date": now + 10 * 24 * HOUR, "handling_duration": {"days": "14", "type": "CALENDAR_DAY"}}
    for step in path:
        at += pauses.get(step, 0)
        order = order_steps.moved(order, step, at, rng)
    return order
