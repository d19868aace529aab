"""Which Shopify line each TikTok unit became: by variant, SKU or title, by price, and by the order of sending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from connectors.tiktok.payloads import Order
from orders.mapping.links import Link
from orders.mapping.units import Unit, units_of


class ShopifyLine(Protocol):
    """A line of the Shopify order, as far as placing units cares. `unit_price` is before discounts."""

    @property
    def gid(self) -> str: ...
    @property
    def sku(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def variant_gid(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_price(self) -> Decimal | None: ...


Placed = dict[str, list[str]]
"""Unit id → the gids of its Shopify units; an empty list is a component that another unit's line stands for."""


def place_units(order: Order, links: Mapping[str, Link], lines: Sequence[ShopifyLine]) -> Placed:
    """Every unit that has a Shopify line. Units cancelled on TikTok give way: they may never have been sent."""
    left = [line.quantity for line in lines]
    placed: defaultdict[str, list[str]] = defaultdict(list)
    units = [unit for unit in units_of(order, links) if unit.line_id or unit.sub_item_id]
    for group in ([u for u in units if not u.is_cancelled], [u for u in units if u.is_cancelled]):
        waiting = group
        for fits in _passes(links):
            waiting = _take(waiting, lines, left, placed, fits)
        live = group and not group[0].is_cancelled
        if live and waiting and sum(left) == len(waiting):  # nothing matches by name, but the numbers do
            _take(waiting, lines, left, placed, lambda unit, line: True)
    return _with_bundles(order, dict(placed))


def _take(
    waiting: Sequence[Unit],
    lines: Sequence[ShopifyLine],
    left: list[int],
    placed: defaultdict[str, list[str]],
    fits: Callable[[Unit, ShopifyLine], bool],
) -> list[Unit]:
    """Give each unit the first line that fits and has room; returns those that found none."""
    rest = []
    for unit in waiting:
        at = next((n for n, line in enumerate(lines) if left[n] > 0 and fits(unit, line)), None)
        if at is None:
            rest.append(unit)
            continue
        left[at] -= 1
        placed[unit.sub_item_id or unit.line_id].append(lines[at].gid)
    return rest


def _passes(links: Mapping[str, Link]) -> tuple[Callable[[Unit, ShopifyLine], bool], ...]:
    """From the surest sign to the weakest. A link may have been changed since, a variant deleted, a title edited."""

    def variant(unit: Unit, line: ShopifyLine) -> bool:
        link = links.get(unit.sku_id)
        return bool(line.variant_gid) and link is not None and link.variant_gid == line.variant_gid

    def sku(unit: Unit, line: ShopifyLine) -> bool:
        link = links.get(unit.sku_id)
        return bool(line.sku) and line.sku in (unit.seller_sku, link.sku if link else "")

    def title(unit: Unit, line: ShopifyLine) -> bool:
        return bool(line.title) and line.title == unit.title

    def price(unit: Unit, line: ShopifyLine) -> bool:
        return line.unit_price is not None and line.unit_price in (unit.sale, unit.sale + unit.platform)

    return (
        lambda unit, line: variant(unit, line) and price(unit, line),
        variant,
        lambda unit, line: sku(unit, line) and price(unit, line),
        sku,
        title,
    )


def _with_bundles(order: Order, placed: Placed) -> Placed:
    """A bundle that was sent whole lies with its first component; the other components have no line of their own."""
    for line in order.line_items:
        parts = [part.id for part in line.sub_item_info if part.id]
        if line.id in placed and parts:
            first, *others = parts
            placed[first] = placed.pop(line.id)
            placed |= {part: [] for part in others}
    return placed
