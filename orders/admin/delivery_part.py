"""The delivery of one order as its page shows it: packages, what Shopify shows of them, and what stands in the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.admin.next_step import NextStep
from orders.delivery.states import MENDS, WORK_LABELS, Change, WorkStatus
from orders.models import DeliveryWork, Order, OrderChange
from orders.reasons import REASONS
from orders.states import DELIVERY_LABELS, DeliveryStatus
from orders.wording import plain

HELD_UP = "Held up"


@dataclass(frozen=True)
class PackageRow:
    number: str
    tracking: str
    carrier: str
    items: str
    on_tiktok: str
    in_shopify: str


@dataclass(frozen=True)
class ChangeRow:
    """What TikTok changed after the sync, and what to do about it; `handled` when somebody did."""

    title: str
    sentence: str
    mend: str
    trouble: str
    handled: bool
    noticed_at: datetime


@dataclass(frozen=True)
class Delivery:
    """`state` and `why` are of the work of telling Shopify; `can_resend` says whether that may be done again."""

    state: str
    why: str
    can_resend: bool
    packages: Sequence[PackageRow]
    changes: Sequence[ChangeRow]

    def next_step(self) -> NextStep | None:
        """What to do about an order that is in Shopify; None when nothing is."""
        if self.changes_to_see:
            said = " ".join(f"{change.sentence} {change.mend}" for change in self.changes if not change.handled)
            return NextStep(f"{said} Then mark it as handled.", "mark-as-handled", "Mark as handled")
        if self.state == HELD_UP:
            return NextStep(self.why, "resend-delivery" if self.can_resend else "", "Resend delivery status")
        return None

    @property
    def changes_to_see(self) -> bool:
        return any(not change.handled for change in self.changes)

    @property
    def is_seen_to_in_shopify(self) -> bool:
        """Whether what is to do is done on the order's page there."""
        return self.changes_to_see or self.state == HELD_UP

    @property
    def shown_at(self) -> datetime | None:
        """The newest change that this page shows: *Mark as handled* never means one that came later."""
        return max((change.noticed_at for change in self.changes if not change.handled), default=None)


def delivery_of(order: Order) -> Delivery:
    work = DeliveryWork.objects.filter(order=order).first()
    return Delivery(
        state=_state(work),
        why=_why(work),
        can_resend=bool(work and order.shopify_order_id and work.status != WorkStatus.CLAIMED),
        packages=_packages(order),
        changes=[_change(change) for change in order.changes_after_sync.all()],
    )


def shown_in_shopify(order: Order) -> DeliveryStatus:
    """How far Shopify was told: *Delivered* with the last package, *In transit* with the first."""
    shown = {package.shown for package in order.packages.all() if not package.is_cancelled}
    if shown <= {DeliveryStatus.NONE}:
        return DeliveryStatus.NONE
    return DeliveryStatus.DELIVERED if shown == {DeliveryStatus.DELIVERED} else DeliveryStatus.IN_TRANSIT


def _state(work: DeliveryWork | None) -> str:
    if work is None:
        return ""
    return HELD_UP if work.status == WorkStatus.STANDING_STILL else WORK_LABELS[WorkStatus(work.status)]


def _why(work: DeliveryWork | None) -> str:
    if work is None:
        return ""
    known = REASONS.get(work.reason)
    parts = (known.sentence, known.mend, work.message) if known else (work.message,)
    return plain(" ".join(part for part in parts if part))


def _packages(order: Order) -> list[PackageRow]:
    """TikTok's packages; where there are none yet, the items with what they say themselves."""
    items: defaultdict[str, list[str]] = defaultdict(list)
    numbers: dict[str, str] = {}
    for item in order.items.all():
        if not item.is_cancelled:
            items[item.package_id].append(item.seller_sku or item.title)
            numbers[item.package_id] = numbers.get(item.package_id) or item.tracking_number
    rows = [
        PackageRow(
            number=package.package_id,
            tracking=package.tracking_number or "–",
            carrier=package.carrier_name or "–",
            items=_counted(items.pop(package.package_id, [])),
            on_tiktok="Cancelled" if package.is_cancelled else DELIVERY_LABELS[DeliveryStatus(package.status)],
            in_shopify=DELIVERY_LABELS[DeliveryStatus(package.shown)],
        )
        for package in order.packages.all()
    ]
    left = [
        PackageRow(number or "Not packed yet", numbers[number] or "–", "–", _counted(skus), "None", "None")
        for number, skus in items.items()
    ]
    return [*rows, *left]


def _counted(names: Sequence[str]) -> str:
    counts = Counter(names)
    return ", ".join(f"{name} × {pieces}" if pieces > 1 else name for name, pieces in counts.items()) or "–"


def _change(change: OrderChange) -> ChangeRow:
    return ChangeRow(
        title=change.get_kind_display(),
        sentence=change.sentence,
        mend=MENDS[Change(change.kind)],
        trouble=f"The tag in Shopify could not be added: {change.trouble}" if change.trouble else "",
        handled=change.seen_at is not None,
        noticed_at=change.noticed_at,
    )
