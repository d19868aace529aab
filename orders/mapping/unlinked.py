"""What becomes of units whose SKU has no usable link: the order waits, or they go as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orders.mapping.links import Link
from orders.mapping.result import MappingWarning, Problem
from orders.mapping.units import Unit
from settings_app.rules import Rules

# The reason comes first: lists have room for the beginning of a sentence only.
_WHY = {
    "unlinked_item": "Not linked",
    "item_deleted": "Linked product deleted in Shopify",
    "sku_ambiguous": "Several Shopify products have this SKU",
    "sku_case_differs": "SKU differs from Shopify's only in capitals or spaces",
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
            MappingWarning(code, f"{_why(code)}: {_named(unit)}. It is sent as a line of text and moves no stock.")
            for code, unit in found.values()
        ]
    by_code: dict[str, list[str]] = {}
    for code, unit in list(found.values())[:_MOST_NAMED]:
        by_code.setdefault(code, []).append(_named(unit))
    sentences = [f"{_why(code)}: {', '.join(named)}" for code, named in by_code.items()]
    if len(found) > _MOST_NAMED:
        sentences[-1] += f" and {len(found) - _MOST_NAMED} more"
    return Problem(next(iter(by_code)), ". ".join(sentences) + ".", sku_ids=tuple(found)), []


def _why(code: str) -> str:
    return _WHY.get(code, _WHY["unlinked_item"])


def _named(unit: Unit) -> str:
    variant = f", {unit.variant_title}" if unit.variant_title else ""
    sku = f"SKU {unit.seller_sku}" if unit.seller_sku else f"no SKU, TikTok’s id {unit.sku_id}"
    return f"“{unit.title}{variant}” ({sku})"
