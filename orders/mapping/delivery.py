"""A TikTok order's packages: which units are in them, how far they are, and since when by TikTok's own clock.

Sources: GetOrderDetail (package_id, tracking_number and display_status are the line's; collection_time and
delivery_time the order's), order API overview (statuses). Times of single packages are nowhere in the order: the
order's own time is taken where it means this package, else the moment of the change that told us.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.tiktok.payloads import Line, Order, SubItem
from connectors.tiktok.statuses import LineStatus, OrderStatus, PackageStatus
from orders.delivery.states import RANK
from orders.states import DeliveryStatus

NONE, IN_TRANSIT, DELIVERED = DeliveryStatus.NONE, DeliveryStatus.IN_TRANSIT, DeliveryStatus.DELIVERED

MADE_UP = "shipment"
"""Begins the name of a package that TikTok moved without naming it."""


@dataclass(frozen=True)
class PackageFacts:
    """One package; `unit_ids` are the line ids (sub item ids of bundles) in it that are still to be delivered."""

    package_id: str
    unit_ids: tuple[str, ...] = ()
    tracking_number: str = ""
    carrier_id: str = ""
    carrier_name: str = ""
    status: DeliveryStatus = NONE
    in_transit_at: datetime | None = None
    delivered_at: datetime | None = None
    is_cancelled: bool = False
    replaces: str = ""


@dataclass(frozen=True)
class Delivery:
    """The order's own status, its packages, and what could not be understood.

    `nameless` are package ids of the order that no line names: the package endpoint tells what is in them.
    `unknown` is a status that is not known here; it moves nothing.
    """

    status: DeliveryStatus
    packages: tuple[PackageFacts, ...] = ()
    nameless: tuple[str, ...] = ()
    unknown: str = ""


@dataclass(frozen=True)
class _Unit:
    unit_id: str
    package_id: str
    tracking_number: str
    carrier_id: str
    carrier_name: str
    status: DeliveryStatus
    is_cancelled: bool


def status_of(order: Order) -> DeliveryStatus:
    """The order's delivery status: in transit when any unit is, delivered when all that are not cancelled are."""
    return _whole([unit.status for unit in _units(order, {}) if not unit.is_cancelled])


def read_delivery(order: Order, known: Sequence[PackageFacts] = ()) -> Delivery:
    """The order's packages as they are now. `known` is what was known before: states never go back, times stay."""
    before = {package.package_id: package for package in known}
    of_unit = {unit_id: package.package_id for package in known for unit_id in package.unit_ids}
    units = _units(order, of_unit)
    live = [unit for unit in units if not unit.is_cancelled]
    inside: defaultdict[str, list[_Unit]] = defaultdict(list)
    for unit in live:
        if unit.package_id:
            inside[unit.package_id].append(unit)
    packages = [_package(order, package_id, parts, before) for package_id, parts in inside.items()]
    packages += [replace(old, unit_ids=(), is_cancelled=True) for key, old in before.items() if key not in inside]
    named = {unit.package_id for unit in units}
    nameless = [ref.id for ref in order.packages if ref.id and ref.id not in named and ref.id not in before]
    return Delivery(
        status=_whole([unit.status for unit in live]),
        packages=tuple(_taking_over(packages, before)),
        nameless=tuple(nameless),
        unknown=order.status_text if order.status is OrderStatus.UNKNOWN else "",
    )


def _whole(statuses: Sequence[DeliveryStatus]) -> DeliveryStatus:
    if statuses and all(status is DELIVERED for status in statuses):
        return DELIVERED
    return IN_TRANSIT if any(RANK[status] for status in statuses) else NONE


def _package(order: Order, package_id: str, units: Sequence[_Unit], before: Mapping[str, PackageFacts]) -> PackageFacts:
    old = before.get(package_id, PackageFacts(package_id))
    status = max(_whole([unit.status for unit in units]), old.status, key=RANK.__getitem__)
    facts = PackageFacts(
        package_id=package_id,
        unit_ids=tuple(dict.fromkeys(unit.unit_id for unit in units)),
        tracking_number=_first(unit.tracking_number for unit in units) or old.tracking_number,
        carrier_id=_first(unit.carrier_id for unit in units) or old.carrier_id,
        carrier_name=_first(unit.carrier_name for unit in units) or old.carrier_name,
        status=status,
    )
    delivered_at = old.delivered_at
    if status is DELIVERED and delivered_at is None:
        delivered_at = order.delivery_time if _is_delivered(order) else None
        delivered_at = delivered_at or order.update_time
    in_transit_at = old.in_transit_at
    if RANK[status] and in_transit_at is None:
        others_first = any(one.in_transit_at for key, one in before.items() if key != package_id)
        in_transit_at = (None if others_first else order.collection_time) or order.update_time
    if in_transit_at and delivered_at:
        in_transit_at = min(in_transit_at, delivered_at)
    return replace(facts, in_transit_at=in_transit_at, delivered_at=delivered_at)


def _taking_over(packages: Sequence[PackageFacts], before: Mapping[str, PackageFacts]) -> Iterable[PackageFacts]:
    """A package that we had to name ourselves goes on under TikTok's name once TikTok gives one."""
    made_up = [one for one in packages if one.is_cancelled and one.package_id.startswith(MADE_UP)]
    for package in packages:
        if package.is_cancelled and package.package_id.startswith(MADE_UP):
            continue
        is_new = package.package_id not in before
        old = next((one for one in made_up if is_new and one.tracking_number in ("", package.tracking_number)), None)
        if old is None:
            yield package
            continue
        made_up.remove(old)
        yield replace(
            package,
            replaces=old.package_id,
            in_transit_at=old.in_transit_at or package.in_transit_at,
            delivered_at=old.delivered_at or package.delivered_at,
        )
    yield from made_up


def _units(order: Order, of_unit: Mapping[str, str]) -> list[_Unit]:
    """Every unit with its package; `of_unit` is what the package endpoint told of units whose line names none."""
    parts = [
        (part, line, part.id or f"#{place}")
        for place, line in enumerate(order.line_items, start=1)
        for part in (line.sub_item_info or (line,))
    ]
    only = _only_package(order)
    is_split = len(order.packages) > 1 or order.split_or_combine_tag == "SPLIT"
    units = []
    for part, line, unit_id in parts:
        status, is_cancelled = _state(part, line, order)
        package_id = part.package_id or line.package_id or only or of_unit.get(unit_id, "")
        own = part.tracking_number or line.tracking_number
        number = own or ("" if is_split else order.tracking_number)
        carrier_name = part.shipping_provider_name or line.shipping_provider_name
        if not package_id and RANK[status] and len(order.packages) < 2:
            package_id = f"{MADE_UP}-{number}" if number else MADE_UP
        units.append(
            _Unit(
                unit_id,
                package_id,
                number,
                part.shipping_provider_id or line.shipping_provider_id,
                carrier_name or ("" if is_split else order.shipping_provider),
                status,
                is_cancelled,
            )
        )
    return _lifted(order, units)


def _state(part: Line | SubItem, line: Line, order: Order) -> tuple[DeliveryStatus, bool]:
    if order.status is OrderStatus.CANCELLED or LineStatus.CANCELLED in (part.display_status, line.display_status):
        return NONE, True
    display = line.display_status if part.display_status is LineStatus.UNKNOWN else part.display_status
    package = PackageStatus.read(part.package_status or line.package_status)
    match display:
        case LineStatus.DELIVERED:
            return DELIVERED, False
        case LineStatus.IN_TRANSIT:
            return IN_TRANSIT, False
        case LineStatus.COMPLETED:
            # also what TikTok calls an order that was refunded whole on its way: only then is it not delivered
            if order.delivery_time or package is PackageStatus.COMPLETED:
                return DELIVERED, False
            return (IN_TRANSIT if order.collection_time else NONE), False
        case LineStatus.UNKNOWN:
            told = {PackageStatus.FULFILLING: IN_TRANSIT, PackageStatus.COMPLETED: DELIVERED}
            return told.get(package, NONE), False
    return NONE, False


def _lifted(order: Order, units: list[_Unit]) -> list[_Unit]:
    """The order's own word where its lines lag behind it; one package in transit says nothing of the others."""
    live = [unit for unit in units if not unit.is_cancelled]
    if _is_delivered(order):
        told = DELIVERED
    elif order.status is OrderStatus.IN_TRANSIT and not any(RANK[unit.status] for unit in live):
        told = IN_TRANSIT
    else:
        return units
    only = _only_package(order)
    return [
        unit
        if unit.is_cancelled
        else replace(unit, status=max(unit.status, told, key=RANK.__getitem__), package_id=_named(unit, only, order))
        for unit in units
    ]


def _only_package(order: Order) -> str:
    """The package of an order whose lines do not name it; where one line does, the others are not in it."""
    named = any(part.package_id for line in order.line_items for part in (line, *line.sub_item_info))
    return order.packages[0].id if len(order.packages) == 1 and not named else ""


def _named(unit: _Unit, only: str, order: Order) -> str:
    if unit.package_id or only or len(order.packages) > 1:
        return unit.package_id or only
    return f"{MADE_UP}-{unit.tracking_number}" if unit.tracking_number else MADE_UP


def _is_delivered(order: Order) -> bool:
    if order.status is OrderStatus.COMPLETED:
        return order.delivery_time is not None
    return order.status is OrderStatus.DELIVERED


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
