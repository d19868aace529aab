"""Which fulfilments carry which packages, and which must still be made: decided on one reading of the Shopify order.

Pure. A unit that any fulfilment in Shopify carries already is never shipped again: fulfilments that were made by
hand, by a warehouse or by us before a restored backup are used, by tracking number first, then by their lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.shopify.fulfillments import Fulfillment, FulfillmentOrder, OrderFulfillments

OPEN = ("OPEN", "IN_PROGRESS")
GIVEN_UP = "INCOMPLETE"
"""A fulfilment service closed its part without shipping all of it."""


@dataclass(frozen=True)
class Wanted:
    """A package and its units by Shopify line. One that does not move yet only keeps its own fulfilment reserved."""

    package_id: str
    units: Mapping[str, int]
    tracking_number: str = ""
    moves: bool = True
    may_create: bool = True


@dataclass(frozen=True)
class Held:
    """Units of a package that a fulfilment is known to carry."""

    package_id: str
    gid: str
    units: Mapping[str, int]


@dataclass(frozen=True)
class Use:
    """A fulfilment found in Shopify that carries these units of a package."""

    package_id: str
    gid: str
    units: Mapping[str, int]


@dataclass(frozen=True)
class Create:
    """A fulfilment to be made: `lines` are (fulfilment-order line gid, quantity), `units` the same by order line."""

    package_id: str
    fulfilment_order_gid: str
    lines: tuple[tuple[str, int], ...]
    units: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """`reason` (a code of orders.reasons.REASONS) says why units stay unshipped; empty when none does."""

    uses: tuple[Use, ...] = ()
    creates: tuple[Create, ...] = ()
    reason: str = ""
    message: str = ""


@dataclass
class _Need:
    wanted: Wanted
    units: Counter[str]


@dataclass
class _Room:
    """What is still free in a fulfilment, or still to be shipped in a fulfilment order's line."""

    free: dict[str, Counter[str]] = field(default_factory=dict)

    def take(self, gid: str, need: _Need) -> dict[str, int]:
        """Move what fits from the need into the room's use; returns it."""
        room = self.free[gid]
        taken = {line: min(count, room[line]) for line, count in need.units.items() if min(count, room[line]) > 0}
        room.subtract(taken)
        need.units.subtract(taken)
        need.units = +need.units
        return taken


def same_number(one: str, other: str) -> bool:
    """Equal tracking numbers, however they are spaced or spelled."""
    folded = ["".join(char for char in text.upper() if char.isalnum()) for text in (one, other)]
    return bool(folded[0]) and folded[0] == folded[1]


def has_number(fulfilment: Fulfillment, number: str) -> bool:
    return any(same_number(tracking.number, number) for tracking in fulfilment.tracking)


def plan(wanted: Sequence[Wanted], held: Sequence[Held], shown: OrderFulfillments) -> Plan:
    """What to use and what to make, so that each moving package's units are carried once."""
    live = [one for one in shown.fulfillments if not one.is_cancelled]
    room = _Room({one.gid: Counter(dict(one.lines)) for one in live})
    needs = [_Need(package, Counter(dict(package.units))) for package in wanted]
    for need in needs:
        for part in held:
            if part.package_id == need.wanted.package_id and part.gid in room.free:
                known = Counter({line: min(count, need.units[line]) for line, count in part.units.items()})
                need.units = need.units - known
    packages = {package.package_id for package in wanted}
    gone = _Room({one.gid: Counter[str]() for one in live})
    for part in held:
        if part.gid in room.free:
            room.free[part.gid].subtract(dict(part.units))
            if part.package_id not in packages:
                gone.free[part.gid].update(dict(part.units))
    uses = [*_by_number(needs, live, room), *_by_lines(needs, live, room)]
    creates = _creates(needs, shown.fulfillment_orders)
    # last, for nothing else is left: a package that is gone was shipped, and its units are in another one now
    uses += _by_lines(needs, live, gone)
    reason, message = _reason(needs, shown)
    return Plan(tuple(uses), tuple(creates), reason, message)


def _by_number(needs: Sequence[_Need], live: Sequence[Fulfillment], room: _Room) -> list[Use]:
    uses = []
    for need in needs:
        for one in live:
            if has_number(one, need.wanted.tracking_number) and (taken := room.take(one.gid, need)):
                uses.append(Use(need.wanted.package_id, one.gid, taken))
    # a package that rests only kept its fulfilment from being taken by another
    return [use for use in uses if any(n.wanted.moves and n.wanted.package_id == use.package_id for n in needs)]


def _by_lines(needs: Sequence[_Need], live: Sequence[Fulfillment], room: _Room) -> list[Use]:
    """A fulfilment whose free lines are just the package's comes first; then whichever has room."""
    uses = []
    for exactly in (True, False):
        for need in needs:
            for one in live if need.wanted.moves else ():
                if exactly and +room.free[one.gid] != need.units:
                    continue
                if taken := room.take(one.gid, need):
                    uses.append(Use(need.wanted.package_id, one.gid, taken))
    return uses


def _creates(needs: Sequence[_Need], orders: Sequence[FulfillmentOrder]) -> list[Create]:
    """One fulfilment per package and fulfilment order: Shopify takes only one location in a call."""
    remaining = {line.gid: line.remaining for order in orders for line in order.lines}
    creates = []
    for need in needs:
        if not (need.wanted.moves and need.wanted.may_create):
            continue
        for order in orders:
            if order.status not in OPEN or not order.can_fulfill:
                continue
            lines, units = [], Counter[str]()
            for line in order.lines:
                count = min(need.units[line.line_gid], remaining[line.gid])
                if count > 0:
                    lines.append((line.gid, count))
                    units[line.line_gid] += count
                    remaining[line.gid] -= count
                    need.units[line.line_gid] -= count
            if lines:
                creates.append(Create(need.wanted.package_id, order.gid, tuple(lines), dict(units)))
    return creates


def _reason(needs: Sequence[_Need], shown: OrderFulfillments) -> tuple[str, str]:
    missing = [need for need in needs if need.wanted.moves and +need.units]
    if not missing:
        return "", ""
    count = sum((+need.units).total() for need in missing)
    told = f"{count} {'unit is' if count == 1 else 'units are'} not fulfilled yet"
    if any(not need.wanted.may_create for need in missing):
        return "fulfilment_cancelled", f"{told}."
    lines = {line for need in missing for line in +need.units}
    holders = [
        order
        for order in shown.fulfillment_orders
        if any(line.line_gid in lines and line.remaining > 0 for line in order.lines)
    ]
    on_hold = [order for order in holders if order.status == "ON_HOLD"]
    if on_hold:
        whys = ", ".join(dict.fromkeys(hold for order in on_hold for hold in order.holds if hold))
        return "fulfilment_on_hold", f"{told}; the hold says “{whys}”." if whys else f"{told}."
    if any(order.status == "SCHEDULED" for order in holders):
        return "fulfilment_scheduled", f"{told}."
    elsewhere = [order for order in holders if order.status in (*OPEN, GIVEN_UP) and not order.can_fulfill]
    if elsewhere:
        return "fulfilment_elsewhere", f"{told}; assigned to {elsewhere[0].location_name or 'another location'}."
    if not shown.fulfillment_orders:
        return "not_routed_yet", f"{told}."
    unfulfilled = {line.gid for line in shown.lines if line.unfulfilled > 0}
    if not holders and lines & unfulfilled:
        return "fulfilment_hidden", f"{told}."
    return "nothing_left_to_fulfil", f"{told}."
