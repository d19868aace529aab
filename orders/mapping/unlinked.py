"""What becomes of units whose SKU has no usable link: the order waits, or they go as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orders.mapping.links import Link
from orders.mapping.result import MappingWarning, Problem
from orders.mapping.units import Unit
from settings_app.rules import Rules

_WHY = {
    "unlinked_item": "is not linked to a Shopify product",
    "item_deleted": "is linked to a Shopify product that no longer exists",
    "sku_ambiguous": "has a SKU that several Shopify products share",
    "sku_case_differs": "has a SKU that differs from Shopify's only in capitals or spaces",
}
_MOST_NAMED = 5


def unlinked(
    units: Sequence[Unit], rules: Rules, links: Mapping[str, Link]
) -> tuple[Problem | None, list[MappingWarning]]:
    """The problem that names every such SKU, or, where the seller sends them as text, a warning for each."""
    found: dict[str, tuple[str, Unit]] = {}
    for unit in units:
        link = links.get(unit.sku_id)
        if link is None or not link.usable:
            found.setdefault(unit.sku_id, ((link.trouble if link else "") or "unlinked_item", unit))
    if not found:
        return None, []
    if rules.unlinked_items == "text_line":
        return None, [
            MappingWarning(code, f"{_named(unit)} {_why(code)}; it is sent as a line of text and moves no stock.")
            for code, unit in found.values()
        ]
    named = [f"{_named(unit)} {_why(code)}" for code, unit in list(found.values())[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        named.append(f"and {len(found) - _MOST_NAMED} more")
    code = next(iter(found.values()))[0]
    return Problem(code, "; ".join(named) + ".", sku_ids=tuple(found)), []


def _why(code: str) -> str:
    return _WHY.get(code, _WHY["unlinked_item"])


def _named(unit: Unit) -> str:
    variant = f", {unit.variant_title}" if unit.variant_title else ""
    return f"“{unit.title}{variant}” (SKU {unit.seller_sku or 'none'}, TikTok SKU {unit.sku_id})"
