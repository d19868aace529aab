"""What of a delivery is in Shopify, written down: whoever holds the claim by now, what exists is never forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from connectors.shopify.fulfillments import Fulfillment, OrderFulfillments
from orders import attempts
from orders.delivery.plan import has_number
from orders.delivery.states import RANK
from orders.models import Fulfilment, Order, Package, SyncAttempt
from orders.states import AttemptResult, DeliveryStatus
from orders.timing import CLOCKS_DIFFER

PASSED = ("IN_TRANSIT", "OUT_FOR_DELIVERY", "ATTEMPTED_DELIVERY", "DELAYED", "READY_FOR_PICKUP", "NOT_DELIVERED")
ARRIVED = ("DELIVERED", "PICKED_UP")
"""Display statuses that say no less than ours; Shopify follows parcels of known carriers by itself."""


def shown_by(fulfilment: Fulfillment) -> DeliveryStatus:
    """What Shopify shows customers of this parcel, by anyone's doing."""
    if fulfilment.display_status in ARRIVED or fulfilment.shows("DELIVERED"):
        return DeliveryStatus.DELIVERED
    if fulfilment.display_status in PASSED or fulfilment.shows("IN_TRANSIT"):
        return DeliveryStatus.IN_TRANSIT
    return DeliveryStatus.NONE


def fulfilled(
    attempt: SyncAttempt, package: Package, fulfilment_order_gid: str, gid: str, units: Mapping[str, int], number: str
) -> None:
    """A fulfilment that we made."""
    with transaction.atomic():
        attempts.close(attempt, AttemptResult.DONE, gid=gid)
        Fulfilment.objects.get_or_create(
            package=package,
            gid=gid,
            defaults={
                "order_id": package.order_id,
                "fulfilment_order_gid": fulfilment_order_gid,
                "units": dict(units),
                "tracking_number": number,
                "made_by_us": True,
            },
        )


def used(package: Package, one: Fulfillment, units: Mapping[str, int]) -> None:
    """A fulfilment that was found in Shopify, or more units of one that is known."""
    own = Fulfilment.objects.filter(order=package.order_id, gid=one.gid, made_by_us=True).first()
    number = own.tracking_number if own else _number_sent_late(package, one)
    row, made = Fulfilment.objects.get_or_create(
        package=package,
        gid=one.gid,
        defaults={
            "order_id": package.order_id,
            "units": dict(units),
            "made_by_us": own is not None or bool(number),
            "tracking_number": number,
        },
    )
    if not made:
        row.units = {line: row.units.get(line, 0) + units.get(line, 0) for line in {*row.units, *units}}
        row.save(update_fields=["units"])


def _number_sent_late(package: Package, one: Fulfillment) -> str:
    """The number of our own call that made this fulfilment after it was proven absent; "" when somebody else did.

    It may have taken units of another package on the same line, which then gets its own number back on it.
    """
    absent = SyncAttempt.objects.filter(
        order=package.order_id, effect__startswith="fulfil:", result=AttemptResult.ABSENT
    )
    for attempt in absent.order_by("-started_at"):
        number = str(attempt.request["tracking"]["number"])
        is_new = one.created_at is not None and one.created_at >= attempt.started_at - CLOCKS_DIFFER
        if is_new and has_number(one, number) and dict(one.lines) == attempt.request["units"]:
            return number
    return ""


def event_sent(attempt: SyncAttempt, order: Order, gid: str, status: str, event_gid: str, sentence: str = "") -> None:
    """An event that is in Shopify now; `event_gid` is empty when Shopify shows the state by another's doing."""
    column = "delivered_event" if status == "DELIVERED" else "in_transit_event"
    state = DeliveryStatus.DELIVERED if status == "DELIVERED" else DeliveryStatus.IN_TRANSIT
    with transaction.atomic():
        attempts.close(attempt, AttemptResult.DONE, gid=event_gid, sentence=sentence)
        rows = Fulfilment.objects.filter(order=order, gid=gid)
        if event_gid:
            rows.update(**{column: event_gid})
        show(rows_of=gid, order=order, state=state)


def see(order: Order, shown: OrderFulfillments) -> None:
    """Bring our rows in line with what Shopify shows: states, and fulfilments that were cancelled there."""
    there = {one.gid: one for one in shown.fulfillments}
    for row in Fulfilment.objects.filter(order=order):
        one = there.get(row.gid)
        if one is None or one.is_cancelled:
            if row.cancelled_at is None:
                Fulfilment.objects.filter(pk=row.pk).update(cancelled_at=timezone.now())
            continue
        show(rows_of=row.gid, order=order, state=shown_by(one))


def show(*, rows_of: str, order: Order, state: DeliveryStatus) -> None:
    """What Shopify shows of one fulfilment; it never goes back."""
    lower = [str(known) for known in DeliveryStatus if RANK[known] < RANK[state]]
    Fulfilment.objects.filter(order=order, gid=rows_of, shown__in=lower).update(shown=str(state))


def refresh_packages(order: Order) -> None:
    """`Package.shown`: the least that any of its fulfilments shows."""
    shown: defaultdict[int, list[str]] = defaultdict(list)
    for row in Fulfilment.objects.filter(order=order, cancelled_at__isnull=True):
        shown[row.package_id].append(row.shown)
    for package in Package.objects.filter(order=order):
        state = min(shown[package.pk], key=RANK.__getitem__, default=str(DeliveryStatus.NONE))
        if package.shown != state:
            Package.objects.filter(pk=package.pk).update(shown=state)
