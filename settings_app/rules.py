"""What a seller decided for one TikTok shop: pure data, the same for mapping, eligibility and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

from connectors.careless_json import storable
from settings_app.typed_text import is_plain

LONGEST_TAG = 40
MOST_TAGS = 100
"""Shopify takes 250 of an order, its own and the seller's."""
MOST_BACKFILL_DAYS = 90
LARGEST_LIMIT = Decimal("999999.99")
"""What the column holds."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "price_mode": ("buyer_paid", "seller_revenue"),
    "unlinked_items": ("block", "text_line"),
    "samples": ("sync", "ignore"),
    "customer": ("create", "none"),
    "inventory": ("bypass", "decrement_ignoring_policy", "decrement_obeying_policy"),
}


class WrongRule(ValueError):
    """A setting that cannot be used; the text names it and says what to give instead."""


@dataclass(frozen=True)
class Rules:
    """Settings of a TikTok shop with their defaults (contract: *Settings of a TikTok shop*)."""

    automatic_sync: bool = False
    backfill_days: int = 7
    price_mode: str = "buyer_paid"
    adjustment_limit: Decimal = Decimal("1.00")
    unlinked_items: str = "block"
    samples: str = "sync"
    customer: str = "create"
    extra_tags: tuple[str, ...] = ()
    inventory: str = "decrement_ignoring_policy"
    sync_delivery_status: bool = True


def with_changes(rules: Rules, given: Mapping[str, object]) -> Rules:
    """`rules` with the settings named in `given` (JSON values). Raises WrongRule naming the first wrong one."""
    known = {field.name for field in fields(Rules)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise WrongRule(f"settings: {shown(unknown[0])} is not a setting; use one of {', '.join(sorted(known))}")
    return replace(rules, **{name: _read(name, value) for name, value in given.items()})  # type: ignore[arg-type]


def _read(name: str, value: object) -> object:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise WrongRule(f"settings.{name}: {shown(value)} is not a choice; use one of {', '.join(CHOICES[name])}")
        return value
    if name in ("automatic_sync", "sync_delivery_status"):
        if not isinstance(value, bool):
            raise WrongRule(f"settings.{name}: give true or false, not {shown(value)}")
        return value
    if name == "backfill_days":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_BACKFILL_DAYS:
            raise WrongRule(
                f"settings.backfill_days: give a number of days, 0 to {MOST_BACKFILL_DAYS}, not {shown(value)}"
            )
        return value
    if name == "adjustment_limit":
        return _limit(value)
    return _tags(value)


def _limit(value: object) -> Decimal:
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        limit = Decimal(-1)
    if not limit.is_finite() or not 0 <= limit <= LARGEST_LIMIT or limit != limit.quantize(Decimal("0.01")):
        raise WrongRule(
            f'settings.adjustment_limit: give dollars and cents as text, such as "1.00", not {shown(value)}'
        )
    return limit


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise WrongRule(f"settings.extra_tags: give a list of texts, not {shown(value)}")
    if len(value) > MOST_TAGS:
        raise WrongRule(f"settings.extra_tags: give at most {MOST_TAGS} tags, not {len(value)}")
    for tag in value:
        wrong = not isinstance(tag, str) or not tag.strip() or len(tag) > LONGEST_TAG or "," in tag
        if wrong or not is_plain(tag):
            raise WrongRule(f"settings.extra_tags: {shown(tag)} must be 1 to {LONGEST_TAG} characters without a comma")
    return tuple(tag.strip() for tag in value)


def shown(value: object) -> str:
    """Enough of a wrong value to find it, in one line."""
    text = repr(storable(value))
    return text if len(text) <= 80 else f"{text[:80]}…"
