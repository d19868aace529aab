"""Raw TikTok orders into rows: new ones inserted, changed ones updated, older news dropped."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, transaction
from django.utils import timezone

from connectors.careless_json import storable
from connectors.tiktok import payloads
from connectors.tiktok.statuses import LineStatus
from orders import eligibility
from orders.delivery import changes_after_sync
from orders.delivery import news as delivery_news
from orders.fetching import titles
from orders.mapping.delivery import status_of
from orders.mapping.text import variant_title_of
from orders.models import Order, OrderItem, OrderPayload
from orders.states import AskedBy, SyncStatus
from orders.without_person import without_person
from orders.wording import our_fault
from settings_app.models import TikTokShop
from settings_app.rules import Rules

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]

DECIDED_AGAIN = (SyncStatus.NOT_SYNCED, SyncStatus.QUEUED, SyncStatus.BLOCKED, SyncStatus.FAILED)
"""Statuses in which a change on TikTok is a new decision; claimed and finished orders keep theirs."""

WAKES_NOT = ("already_in_shopify", "shopify_connection")
"""Reasons that a change on TikTok cannot mend."""


@dataclass(frozen=True)
class Stored:
    """How many orders; `left_out` are entries of TikTok's list that were no orders at all."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    not_ours: int = 0
    left_out: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.not_ours + other.not_ours,
            self.left_out + other.left_out,
        )


@dataclass(frozen=True)
class _Reading:
    """One raw order, read as far as it can be."""

    order_id: str
    raw: Raw
    digest: str
    order: payloads.Order | None
    verdict: eligibility.Verdict


def store(shop: TikTokShop, raws: Iterable[Raw], rules: Rules) -> Stored:
    """Store one page, one transaction; an order that the database cannot take is parked and the others go on."""
    page = list(raws)
    try:
        return _store_page(shop, [_read(raw, rules) for raw in page])
    except (DatabaseError, ArithmeticError, ValueError):
        log.exception("a page of %s could not be stored as one; storing its orders one by one", shop.shop_id)
    stored = Stored()
    for raw in page:
        try:
            stored += _store_page(shop, [_read(raw, rules)])
        except (DatabaseError, ArithmeticError, ValueError):
            reading = _read(raw, rules)
            log.exception("order %s could not be stored whole", reading.order_id if reading else "without an id")
            parked = eligibility.Blocked("unreadable_order", our_fault("store all of it", timezone.now()))
            stored += _store_page(shop, [reading and replace(reading, order=None, verdict=parked)])
    return stored


def _store_page(shop: TikTokShop, page: list[_Reading | None]) -> Stored:
    """A later entry of the same order wins over an earlier one; an older update_time never wins over a newer."""
    readings = {reading.order_id: reading for reading in page if reading}
    now = timezone.now()
    with transaction.atomic():
        rows = Order.objects.select_for_update(of=("self",)).filter(shop=shop, tiktok_order_id__in=list(readings))
        known = {order.tiktok_order_id: order for order in rows}
        digests = dict(
            OrderPayload.objects.filter(order__in=list(known.values())).values_list("order__tiktok_order_id", "digest")
        )
        ours = [r for r in readings.values() if r.order_id in known or not isinstance(r.verdict, eligibility.NotOurs)]
        new = [r for r in ours if r.order_id not in known]
        newer = [r for r in ours if r.order_id in known and _is_newer(r, known[r.order_id], digests.get(r.order_id))]
        erased = OrderPayload.objects.filter(order__in=list(known.values()), erased_at__isnull=False)
        without = set(erased.values_list("order__tiktok_order_id", flat=True))
        titles.note(line.product_name[:500] for r in [*new, *newer] if r.order for line in r.order.line_items)
        _insert(shop, new, now)
        for reading in newer:
            reading = _erased(reading) if reading.order_id in without else reading
            _update(known[reading.order_id], reading, now)
        OrderPayload.objects.filter(order__in=[known[r.order_id] for r in ours if r.order_id in known]).update(
            received_at=now
        )
    return Stored(len(new), len(newer), len(ours) - len(new) - len(newer), len(readings) - len(ours))


def _read(raw: Raw, rules: Rules) -> _Reading | None:
    raw = storable(raw)
    order_id = str(raw.get("id") or "")[:64] if isinstance(raw, Mapping) else ""
    if not order_id:
        log.warning("TikTok sent an order without an id; it cannot be stored")
        return None
    text = json.dumps(raw, sort_keys=True, cls=DjangoJSONEncoder)
    digest = hashlib.sha256(text.encode()).hexdigest()
    try:
        order = payloads.read_order(raw)
    except payloads.Unreadable as wrong:
        return _Reading(order_id, raw, digest, None, eligibility.Blocked("unreadable_order", wrong.sentence))
    return _Reading(order_id, raw, digest, order, eligibility.decide(order, rules))


def _is_newer(reading: _Reading, row: Order, digest: str | None) -> bool:
    """Equal times with other content count as newer: whether an address edit moves update_time is not known."""
    time = reading.order.update_time if reading.order else None
    if time is not None and row.tiktok_updated_at is not None and time < row.tiktok_updated_at:
        return False
    return reading.digest != digest


def _erased(reading: _Reading) -> _Reading:
    """A buyer who was erased does not come back with TikTok's next word on the order."""
    raw = without_person(reading.raw)
    try:
        order = payloads.read_order(raw) if reading.order else None
    except payloads.Unreadable:
        order = None
    return replace(reading, raw=raw, order=order)


def _insert(shop: TikTokShop, readings: list[_Reading], now: datetime) -> None:
    rows = []
    for reading in readings:
        status, reason, message = _standing(reading.verdict)
        facts = _facts(reading)
        row = Order(shop=shop, store_id=shop.store_id, tiktok_order_id=reading.order_id, **facts)
        row.sync_status, row.reason, row.message = status, reason, message
        rows.append(row)
    # another fetcher of the same shop may have been faster: its row stands, ours is dropped
    Order.objects.bulk_create(rows, ignore_conflicts=True)
    ids = dict(
        Order.objects.filter(shop=shop, tiktok_order_id__in=[r.order_id for r in readings]).values_list(
            "tiktok_order_id", "pk"
        )
    )
    OrderPayload.objects.bulk_create(
        [OrderPayload(order_id=ids[r.order_id], raw=dict(r.raw), digest=r.digest, received_at=now) for r in readings],
        ignore_conflicts=True,
    )
    items = [item for r in readings if r.order for item in _items(ids[r.order_id], r.order)]
    OrderItem.objects.bulk_create(items, ignore_conflicts=True)
    delivery_news.note_new((ids[r.order_id], r.order) for r in readings if r.order)


def _update(row: Order, reading: _Reading, now: datetime) -> None:
    changes: dict[str, Any] = _facts(reading)
    if row.sync_status in DECIDED_AGAIN and row.reason not in WAKES_NOT:
        status, reason, message = _standing(reading.verdict)
        if status is SyncStatus.NOT_SYNCED and row.asked_by != AskedBy.NOBODY:
            status = SyncStatus.QUEUED
        if status is SyncStatus.QUEUED and row.sync_status == SyncStatus.FAILED and not _content_differs(row, reading):
            status, reason, message = SyncStatus.FAILED, row.reason, row.message
        changes |= {"sync_status": status, "reason": reason, "message": message}
    if row.accepts_difference and row.shopify_order_id is None and _content_differs(row, reading):
        changes["accepts_difference"] = False  # what staff accepted was the difference they saw
    if reading.order:
        changes_after_sync.note(row, reading.order, now)
        delivery_news.note_change(row, reading.order)
    Order.objects.filter(pk=row.pk).update(**changes, changed_at=now)
    OrderPayload.objects.update_or_create(
        order=row, defaults={"raw": dict(reading.raw), "digest": reading.digest, "received_at": now}
    )
    if reading.order:
        OrderItem.objects.filter(order=row).delete()
        OrderItem.objects.bulk_create(_items(row.pk, reading.order), ignore_conflicts=True)


def _content_differs(row: Order, reading: _Reading) -> bool:
    """Whether anything that goes to Shopify changed: a refused order is not sent again just because it shipped."""
    try:
        before = payloads.read_order(row.payload.raw)
    except (payloads.Unreadable, OrderPayload.DoesNotExist):
        return True
    after = reading.order
    sent = ("payment", "recipient_address", "buyer_email", "buyer_message", "delivery_option_name")
    if after is None or any(getattr(before, name) != getattr(after, name) for name in sent):
        return True
    return [(line.id, line.sale_price, line.sku_id) for line in before.line_items] != [
        (line.id, line.sale_price, line.sku_id) for line in after.line_items
    ]


def _standing(verdict: eligibility.Verdict) -> tuple[SyncStatus, str, str]:
    match verdict:
        case eligibility.Blocked(reason, message):
            return SyncStatus.BLOCKED, reason, message
        case eligibility.Wait(reason):
            return SyncStatus.BLOCKED, reason, ""
        case eligibility.NotOurs():
            # it was eligible once; should TikTok really take it back, it must not be created
            return SyncStatus.BLOCKED, "no_longer_eligible", ""
        case eligibility.Eligible():
            return SyncStatus.NOT_SYNCED, "", ""


def _facts(reading: _Reading) -> dict[str, Any]:
    """The listed columns; an unreadable order keeps what can be told from its raw form."""
    order = reading.order
    if order is None:
        return {"tiktok_status": str(reading.raw.get("status") or "")[:40]}
    live = [line for line in order.line_items if line.display_status is not LineStatus.CANCELLED]
    return {
        "tiktok_status": (order.status_text or str(order.status))[:40],
        "tiktok_updated_at": order.update_time,
        "placed_at": order.create_time,
        "ship_by": order.rts_sla_time or order.shipping_due_time,
        "buyer": masked_name(order.recipient_address.name or order.recipient_address.first_name),
        "total": _cents(order.payment.total_amount),
        "currency": order.payment.currency[:8],
        "units": len(live),
        "shipping_type": str(order.shipping_type),
        "is_gift": any(line.is_gift for line in order.line_items),
        "is_sample": order.is_sample,
        "delivery_status": str(status_of(order)),
    }


def _cents(amount: Decimal) -> Decimal:
    """For lists only; sums and the Shopify order are made from the payload."""
    return amount.quantize(Decimal("0.01"))


def masked_name(name: str) -> str:
    """First letters only, for lists: "Jane Doe" becomes "J*** D***"."""
    return " ".join(f"{word[0]}***" for word in name.split()[:3] if word)[:80]


def _items(order_pk: int, order: payloads.Order) -> list[OrderItem]:
    return [
        OrderItem(
            order_id=order_pk,
            line_id=line.id or f"#{place}",
            sku_id=line.sku_id[:64],
            product_id=line.product_id[:64],
            seller_sku=line.seller_sku[:255],
            title=line.product_name[:500],
            variant_title=variant_title_of(line.sku_name)[:255],
            price=_cents(line.sale_price),
            is_gift=line.is_gift,
            is_cancelled=line.display_status is LineStatus.CANCELLED,
            package_id=line.package_id[:64],
            tracking_number=line.tracking_number[:100],
        )
        for place, line in enumerate(order.line_items, start=1)
    ]
