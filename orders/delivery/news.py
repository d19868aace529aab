"""What TikTok says of packages, into rows, in the transaction that stores the order; the work of telling Shopify
becomes due with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.tiktok import payloads
from orders.delivery import claims as delivery_claims
from orders.delivery.states import RANK
from orders.mapping.delivery import Delivery, PackageFacts, read_delivery
from orders.models import Order, Package
from orders.states import DeliveryStatus

COLUMNS = (
    "tracking_number",
    "carrier_id",
    "carrier_name",
    "status",
    "in_transit_at",
    "delivered_at",
    "line_ids",
    "is_cancelled",
)


def note_new(orders: Iterable[tuple[int, payloads.Order]]) -> None:
    """Packages of orders that were stored just now: (row id, order) pairs, in few statements however many."""
    rows: list[Package] = []
    moving: list[int] = []
    for order_pk, order in orders:
        found = read_delivery(order)
        rows += [_row(order_pk, facts) for facts in found.packages]
        if found.nameless or any(RANK[facts.status] for facts in found.packages):
            moving.append(order_pk)
    Package.objects.bulk_create(rows, ignore_conflicts=True)
    delivery_claims.note_news(moving)


def note_change(row: Order, order: payloads.Order) -> None:
    """Packages of an order that TikTok changed. Whatever Shopify has to be told of makes its delivery due."""
    found, changed = refresh(row.pk, order)
    to_tell = any(RANK[facts.status] and not facts.is_cancelled for facts in found.packages)
    if (changed and to_tell) or found.nameless or (found.unknown and row.shopify_order_id):
        delivery_claims.note_news([row.pk])


def refresh(order_pk: int, order: payloads.Order) -> tuple[Delivery, bool]:
    """Bring the rows up to date; returns what was read, and whether any row changed."""
    known = list(Package.objects.filter(order=order_pk))
    found = read_delivery(order, [facts_of(package) for package in known])
    return found, _save(order_pk, known, found.packages)


def _save(order_pk: int, known: Sequence[Package], found: Sequence[PackageFacts]) -> bool:
    rows = {package.package_id: package for package in known}
    changed = False
    for facts in found:
        row = rows.get(facts.replaces or facts.package_id)
        if row is None:
            Package.objects.bulk_create([_row(order_pk, facts)], ignore_conflicts=True)
            changed = True
            continue
        new = _row(order_pk, facts)
        if facts.replaces or any(getattr(row, name) != getattr(new, name) for name in COLUMNS):
            values = {name: getattr(new, name) for name in COLUMNS}
            Package.objects.filter(pk=row.pk).update(package_id=facts.package_id, **values)
            changed = True
    return changed


def facts_of(package: Package) -> PackageFacts:
    return PackageFacts(
        package_id=package.package_id,
        unit_ids=tuple(package.line_ids),
        tracking_number=package.tracking_number,
        carrier_id=package.carrier_id,
        carrier_name=package.carrier_name,
        status=DeliveryStatus(package.status),
        in_transit_at=package.in_transit_at,
        delivered_at=package.delivered_at,
        is_cancelled=package.is_cancelled,
    )


def _row(order_pk: int, facts: PackageFacts) -> Package:
    return Package(
        order_id=order_pk,
        package_id=facts.package_id[:120],
        tracking_number=facts.tracking_number[:100],
        carrier_id=facts.carrier_id[:64],
        carrier_name=facts.carrier_name[:255],
        status=str(facts.status),
        in_transit_at=facts.in_transit_at,
        delivered_at=facts.delivered_at,
        line_ids=list(facts.unit_ids),
        is_cancelled=facts.is_cancelled,
    )
