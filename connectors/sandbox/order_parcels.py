"""Parcels of an order: carriers, tracking numbers that look like each carrier's own, which line goes into which."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Order = dict[str, Any]


def rows_of(order: Order, name: str) -> list[Order]:
    """The objects of a list in the order; tests post orders so odd that it may be no list, or hold no objects."""
    rows = order.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def seconds_of(order: Order, name: str) -> int:
    """A time of the order as Unix seconds, 0 when it is absent or no number."""
    try:
        return int(order.get(name) or 0)
    except (TypeError, ValueError):
        return 0


class Carrier(NamedTuple):
    id: str
    name: str
    number: Callable[[Random], str]


def _digits(rng: Random, count: int) -> str:
    return f"{rng.randrange(10**count):0{count}d}"


def _ups_number(rng: Random) -> str:
    return "1Z" + "".join(rng.choices("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", k=6)) + "03" + _digits(rng, 8)


CARRIERS = (
    Carrier("7117858858072016686", "USPS", lambda rng: "9400" + _digits(rng, 18)),
    Carrier("7117859084333745966", "UPS", _ups_number),
    Carrier("7129720299146184490", "FedEx", lambda rng: _digits(rng, 12)),
    Carrier("7254084939806213930", "UniUni", lambda rng: "UUS" + _digits(rng, 15)),
    Carrier("7117859184333745967", "OnTrac", lambda rng: "D100" + _digits(rng, 11)),
    Carrier("7248600717110282027", "SpeedX", lambda rng: "SPX" + _digits(rng, 12)),
)


def packed(order: Order, at: int, rng: Random, *, everything: bool) -> Order:
    """A copy whose live lines lie in packages; without `everything` only the first half of them does.

    An order tagged SPLIT leaves in two packages. Lines packed earlier stay where they are; digital goods need none.
    """
    order = copy.deepcopy(order)
    lines = [line for line in rows_of(order, "line_items") if line.get("display_status") != "CANCELLED"]
    loose = [line for line in lines if not line.get("package_id")]
    if order.get("shipping_type") == "TIKTOK_DIGITAL" or not loose:
        return order
    half = max(1, len(loose) // 2)
    if not everything:
        parcels = [loose[:half]]
    elif order.get("split_or_combine_tag") == "SPLIT" and len(loose) == len(lines) > 1:
        parcels = [loose[:half], loose[half:]]
    else:
        parcels = [loose]
    for parcel in parcels:
        _pack(order, parcel, at, rng)
    if len(order["packages"]) > 1:
        order.setdefault("split_or_combine_tag", "SPLIT")
    return order


def relabelled(order: Order, package_id: str, carrier: Carrier, number: str) -> Order:
    """A copy whose package has this carrier and this number."""
    order = copy.deepcopy(order)
    about = {"shipping_provider_id": carrier.id, "shipping_provider_name": carrier.name, "tracking_number": number}
    for line in rows_of(order, "line_items"):
        for part in (line, *rows_of(line, "sub_item_info")):
            if part.get("package_id") == package_id:
                part |= about
    if rows_of(order, "packages")[-1].get("id") == package_id:
        order |= {"shipping_provider": carrier.name, "shipping_provider_id": carrier.id, "tracking_number": number}
    return order


def _pack(order: Order, lines: list[Order], at: int, rng: Random) -> None:
    group = order.get("auto_combine_group_id")
    # Orders combined into one package must agree on its number without knowing each other.
    dice = Random(f"package of {group}") if group and group != "N/A" else rng
    carrier = dice.choice(CARRIERS)
    package_id, number = f"1152{dice.randrange(10**15):015d}", carrier.number(dice)
    order.setdefault("rts_time", at)
    order["packages"] = [*rows_of(order, "packages"), {"id": package_id}]
    order |= {"shipping_provider": carrier.name, "shipping_provider_id": carrier.id, "tracking_number": number}
    for line in lines:
        for part in (line, *(rows_of(line, "sub_item_info"))):
            part |= {
                "package_id": package_id,
                "package_status": "PROCESSING",
                "tracking_number": number,
                "shipping_provider_id": carrier.id,
                "shipping_provider_name": carrier.name,
                "rts_time": at,
            }
