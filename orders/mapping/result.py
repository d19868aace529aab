"""What mapping gives back: the variables to send, and all that a person must see before they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Variables = dict[str, Any]
"""JSON-ready: {"order": OrderCreateOrderInput, "options": OrderCreateOptionsInput}, amounts as text."""


@dataclass(frozen=True)
class ShopFacts:
    """The TikTok shop's name as sellers know it, and its id."""

    name: str
    shop_id: str = ""


@dataclass(frozen=True)
class MappingWarning:
    """Something was left out, changed or read in one of several ways; the order goes on."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Problem:
    """Why the order must not be sent: a code of `orders.reasons.REASONS`, this order's own sentence, its SKUs.

    `part` names what differs for `total_mismatch`: items, tax, shipping or total.
    """

    code: str
    sentence: str
    sku_ids: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Totals:
    """Both totals in `currency`: `tiktok` is what the Shopify order must come to, `shopify` what it does.

    `shopify` is computed from the very variables by Shopify's own rule. `adjustment` is what was booked as
    *TikTok adjustment* to make them equal, `unexplained` what was not; `explained_by` says in sentences how
    TikTok's figures were read where they allow several readings. `cancelled` is what units cancelled on TikTok
    still count for in TikTok's own total, and so what was taken out of it.
    """

    tiktok: Decimal
    shopify: Decimal
    currency: str
    adjustment: Decimal = Decimal(0)
    unexplained: Decimal = Decimal(0)
    explained_by: str = ""
    cancelled: Decimal = Decimal(0)


@dataclass(frozen=True)
class MappedLine:
    """One Shopify line and the TikTok units in it: `tiktok_line_ids` and `sub_item_ids` have one entry per unit.

    A sub item id is "" unless the unit is a component of a combined listing. `tax` is for the whole line.
    """

    title: str
    variant_title: str
    sku_id: str
    sku: str
    quantity: int
    unit_price: Decimal
    tax: Decimal
    tiktok_line_ids: tuple[str, ...]
    sub_item_ids: tuple[str, ...]
    variant_gid: str | None
    is_gift: bool = False


@dataclass(frozen=True)
class Mapped:
    """The Shopify order of a TikTok order. With a `problem` the variables are for looking at, not for sending."""

    variables: Variables
    totals: Totals
    warnings: tuple[MappingWarning, ...] = ()
    problem: Problem | None = None
    lines: tuple[MappedLine, ...] = ()
