"""Amounts: cents, exact spreading, and the shape Shopify wants them in.

The one rounding rule of prices and fees: half up to the cent, once, as the amount is read. US amounts have two
decimals, so it changes nothing unless TikTok sends more; what it changes is seen as a residual. Taxes stay exact
until a whole Shopify line is summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
_RATE_STEP = Decimal("0.000001")


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def in_cents(amount: Decimal) -> bool:
    return amount == amount.quantize(CENT, ROUND_DOWN)


def amount_text(amount: Decimal) -> str:
    """An amount as Shopify and people read it: "35.27"."""
    return str(cents(amount))


def money_bag(amount: Decimal, currency: str) -> dict[str, object]:
    """A MoneyBagInput; the amount travels as text, so that no float ever touches it."""
    return {"shopMoney": {"amount": amount_text(amount), "currencyCode": currency}}


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`total` (whole cents, not negative) divided in proportion to `weights`, to the cent, nothing lost.

    Every share is cut to the cent, then the cents left over go one each to the largest cut-off parts,
    earlier first. Without any weight the shares are as equal as cents allow.
    """
    if not weights:
        return []
    weight = sum(weights, ZERO)
    if weight <= 0:
        weights, weight = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [total * part / weight for part in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    left = int((total - sum(shares, ZERO)) / CENT)
    by_loss = sorted(range(len(shares)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_loss[:left]:
        shares[place] += CENT
    return shares


def rate_of(amount: Decimal, base: Decimal) -> Decimal:
    """The tax rate as a fraction with six places where TikTok names none; 0 where there is nothing to divide by."""
    return (amount / base).quantize(_RATE_STEP, ROUND_HALF_UP) if base > 0 else ZERO


def rate_text(rate: Decimal) -> str:
    """A rate without exponent, digits as TikTok sent them."""
    return format(rate, "f")
