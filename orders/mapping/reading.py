"""How TikTok's total is to be read: which of its figures are in it.

No live US order has been seen (facts: order money, UNCONFIRMED points), so each open question has its readings:
is the item insurance inside `total_amount`; do line taxes or the order's product tax add up, and do they contain
the shipping tax; did the total shrink when units were cancelled; are gifts charged. The readings are tried in the
order written here, the documented formula first, the plain ones before the odd ones, and the first that explains
the total to the cent is taken. If none does, the plain one that leaves least is taken when that is within `limit`,
else the documented formula, so that the difference a person sees is the expected one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from connectors.tiktok.payloads import Order, Payment
from orders.mapping.money import ZERO, cents, spread
from orders.mapping.units import Unit


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the order's money. `residual` is total_amount less everything read into it.

    `goods_tax` is the tax on all charged units, cancelled ones too when `cancelled_charged`. `retail_fee`,
    `insurance_fee`, `insurance_tax` and `other_fees` are what of them is inside the total. `is_present` means the
    order as a whole is given away (sample, giveaway, replacement, exchange); its goods, like gift units, cost
    nothing unless `gifts_charged`. `free` means the whole order costs nothing although TikTok shows prices in it.
    """

    goods_tax: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    retail_fee: Decimal = ZERO
    insurance_fee: Decimal = ZERO
    insurance_tax: Decimal = ZERO
    other_fees: tuple[tuple[str, Decimal], ...] = ()
    cancelled_charged: bool = False
    gifts_charged: bool = False
    is_present: bool = False
    free: bool = False
    residual: Decimal = ZERO

    def price_of(self, unit: Unit) -> Decimal:
        """What the buyer paid for one unit before tax."""
        if self.free or ((unit.is_gift or self.is_present) and not self.gifts_charged):
            return ZERO
        return unit.sale


def read_total(order: Order, units: Sequence[Unit], limit: Decimal) -> Reading:
    """The reading of `order.payment.total_amount` for these units; `limit` as in the module's text."""
    if _is_present(order) and not order.payment.total_amount:
        return Reading(free=True)
    first: Reading | None = None
    closest: Reading | None = None
    odd: Reading | None = None
    for reading, plain in _readings(order, units):
        if not reading.residual:
            if plain:
                return reading
            odd = odd or reading
        first = first or reading
        if plain and (closest is None or abs(reading.residual) < abs(closest.residual)):
            closest = reading
    if odd is None and closest is not None and abs(closest.residual) <= limit:
        return closest
    return odd or first or Reading()


def _is_present(order: Order) -> bool:
    """TikTok may show list prices on samples, giveaways and replacements although nobody pays them."""
    return (
        order.is_sample
        or order.is_replacement_order
        or order.is_exchange_order
        or order.order_type.upper() == "ZERO_LOTTERY"
    )


def _readings(order: Order, units: Sequence[Unit]) -> Iterator[tuple[Reading, bool]]:
    """Every reading with its residual, best first, and whether it is plain enough to be taken without proof."""
    payment = order.payment
    total = cents(payment.total_amount) - cents(payment.shipping_fee)
    kept = [unit for unit in units if not unit.is_cancelled]
    is_present = _is_present(order)
    fees = _fees(order)
    for cancelled_charged, gifts_charged in _charged(units, is_present=is_present):
        reading = Reading(cancelled_charged=cancelled_charged, gifts_charged=gifts_charged, is_present=is_present)
        charged = units if cancelled_charged else kept
        goods = sum(map(reading.price_of, charged), ZERO)
        for (goods_tax, shipping_tax, plain_tax), fee in product(_taxes(payment, charged, units), fees):
            reading = Reading(
                goods_tax=goods_tax,
                shipping_tax=shipping_tax,
                retail_fee=fee.retail,
                insurance_fee=fee.insurance,
                insurance_tax=fee.insurance_tax,
                other_fees=fee.others,
                cancelled_charged=cancelled_charged,
                gifts_charged=gifts_charged,
                is_present=is_present,
                residual=total - goods - goods_tax - shipping_tax - fee.sum,
            )
            yield reading, plain_tax and fee.plain


def _charged(units: Sequence[Unit], *, is_present: bool) -> list[tuple[bool, bool]]:
    """(cancelled units are in the total, presents are charged), the likelier first."""
    cancelled = (False, True) if any(unit.is_cancelled for unit in units) else (False,)
    gifts: tuple[bool, ...] = (False,)
    if is_present:
        gifts = (True, False)
    elif any(unit.is_gift and unit.sale for unit in units):
        gifts = (False, True)
    return [(in_total, paid) for paid in gifts for in_total in cancelled]


def _taxes(payment: Payment, charged: Sequence[Unit], units: Sequence[Unit]) -> list[tuple[Decimal, Decimal, bool]]:
    """(tax on goods, tax on shipping, plain), each pair once.

    Line taxes are preferred; then the order's product tax, where lines round differently, contain the shipping
    tax or show none; then what is left of the order's whole tax; then the charged units' part of a product tax
    that still counts cancelled ones.
    """
    line_tax = sum((unit.tax for unit in charged), ZERO)
    goods, shipping, whole = cents(payment.product_tax), cents(payment.shipping_fee_tax), cents(payment.tax)
    pairs = {(line_tax, shipping): True} if line_tax else {}
    if goods:
        pairs.setdefault((goods, shipping), True)
    pairs.setdefault((whole - shipping, shipping), not pairs)
    if goods:
        pairs.setdefault((goods, whole - goods), False)
    pairs.setdefault((line_tax, whole - line_tax), False)
    pairs.setdefault((whole, ZERO), False)
    pairs.setdefault((line_tax, ZERO), False)
    pairs.setdefault((whole - shipping - cents(payment.item_insurance_tax), shipping), False)
    if len(charged) < len(units):
        part, everything = (sum((unit.sale for unit in some), ZERO) for some in (charged, units))
        share, _ = spread(max(goods or whole - shipping, ZERO), [part, everything - part])
        pairs.setdefault((share, shipping), False)
    return [
        (on_goods, on_shipping, plain)
        for (on_goods, on_shipping), plain in pairs.items()
        if on_goods >= 0 and on_shipping >= 0
    ]


@dataclass(frozen=True, slots=True)
class _Fees:
    retail: Decimal
    insurance: Decimal
    insurance_tax: Decimal
    others: tuple[tuple[str, Decimal], ...]
    plain: bool

    @property
    def sum(self) -> Decimal:
        return self.retail + self.insurance + self.insurance_tax + sum((amount for _, amount in self.others), ZERO)


def _fees(order: Order) -> list[_Fees]:
    """Which fees are inside the total: all, as the buyer pays them, then without those the formula does not name."""
    payment = order.payment
    insurance, its_tax = cents(payment.item_insurance_fee), cents(payment.item_insurance_tax)
    others = tuple((title, cents(amount)) for title, amount in _other_fees(payment) if amount > 0)
    retail = cents(payment.retail_delivery_fee)
    on_lines = cents(sum((line.retail_delivery_fee for line in order.line_items), ZERO))
    retails = dict.fromkeys((retail or on_lines, on_lines, ZERO))
    insurances = dict.fromkeys(((insurance, its_tax), (ZERO, ZERO), (insurance, ZERO), (ZERO, its_tax)))
    return [
        _Fees(fee, insured, tax, extra, plain=place == 0 and (insured, tax) in ((insurance, its_tax), (ZERO, ZERO)))
        for place, fee in enumerate(retails)
        for extra in dict.fromkeys((others, ()))
        for insured, tax in insurances
    ]


def _other_fees(payment: Payment) -> tuple[tuple[str, Decimal], ...]:
    """Fees of other markets that the US reference does not rule out, by the name the buyer sees."""
    return (
        ("Handling fee", payment.handling_fee),
        ("Shipping insurance", payment.shipping_insurance_fee),
        ("Small order fee", payment.small_order_fee),
        ("Buyer service fee", payment.buyer_service_fee),
        ("Distance shipping fee", payment.distance_shipping_fee),
        ("Distance fee", payment.distance_fee),
    )
