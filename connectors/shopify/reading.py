"""Small readers for Shopify's scalars. Amounts come as text without trailing zeros ("42.5")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MOST_DIGITS = 18
"""Before the point: what any database column holds. Asked before converting, for `1e999999999` is short to write."""


def text(value: Any) -> str:
    """Text, or "" for null."""
    return "" if value is None else str(value)


def number(value: Any) -> int:
    """A whole number; 0 for null and anything odd, such as what no database column holds."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return 0
    return int(found) if found.is_finite() and found.adjusted() < MOST_DIGITS else 0


def amount(value: Any) -> Decimal | None:
    """An exact amount, or None."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() and -MOST_DIGITS < read.adjusted() < MOST_DIGITS else None


def shop_money(bag: Any) -> tuple[Decimal | None, str]:
    """Amount and currency of a MoneyBag in the shop's currency."""
    money = entry(bag, "shopMoney")
    return amount(money.get("amount")), text(money.get("currencyCode"))


def moment(value: Any) -> datetime | None:
    """An aware UTC time from ISO 8601, or None."""
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def entry(parent: Any, name: str) -> dict[str, Any]:
    """The object under a name, or an empty one."""
    child = parent.get(name) if isinstance(parent, dict) else None
    return child if isinstance(child, dict) else {}


def entries(parent: Any, name: str) -> Iterator[dict[str, Any]]:
    """The objects of a list or of a connection's `nodes`."""
    found = parent.get(name) if isinstance(parent, dict) else None
    if isinstance(found, dict):
        found = found.get("nodes")
    for child in found if isinstance(found, list) else []:
        if isinstance(child, dict):
            yield child


def has_more(parent: Any, name: str) -> bool:
    """Whether the connection under a name goes on after this page."""
    return bool(entry(entry(parent, name), "pageInfo").get("hasNextPage"))
