"""One order's delivery into Shopify: claim → look → plan → write ahead → fulfil → tell the events → record."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone

from connectors.errors import ConnectorError, Refused
from connectors.shopify import fulfillments
from connectors.shopify.client import ShopifyClient
from connectors.shopify.fulfillments import Fulfillment, OrderFulfillments
from connectors.tiktok import payloads
from connectors.tiktok.statuses import ShippingType
from orders import connections, deleted, linking
from orders.crash_points import crash_point
from orders.delivery import claims as delivery_claims
from orders.delivery import creation as delivery_creation
from orders.delivery import packages as delivery_packages
from orders.delivery import records as delivery_records
from orders.delivery.claims import Claim
from orders.delivery.creation import PutDown
from orders.delivery.plan import Held, Plan, Wanted, has_number, plan
from orders.delivery.states import RANK, WorkStatus
from orders.mapping.delivery_lines import place_units
from orders.mapping.links import skus_of
from orders.models import Fulfilment, FulfilmentLine, Order, OrderPayload, Package
from orders.states import DeliveryStatus
from orders.timing import MOST_CLAIMS
from orders.wording import our_fault
from settings_app import clients

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(minutes=2)
DIGITAL_SETTLES = timedelta(hours=1)

ROUTED_BY = timedelta(minutes=15)
"""Shopify routes an order within seconds. What it does not show by then, it does not show this app."""

EVENTS = ((DeliveryStatus.IN_TRANSIT, "IN_TRANSIT"), (DeliveryStatus.DELIVERED, "DELIVERED"))


def deliver(order_pk: int, out_of_time: type[Exception] = TimeoutError) -> None:
    """Work on one order whose delivery is due; whatever happens, its row says afterwards how it stands.

    `out_of_time` is what the caller's clock raises in here when the time for one order is over.
    """
    held = delivery_claims.claim(order_pk)
    if held is None:
        return
    crash_point("delivery.claimed")
    order = Order.objects.select_related("shop", "store", "payload").get(pk=order_pk)
    if delivery_creation.open_attempts(order_pk):
        delivery_creation.must_be_verified(held)
    elif held.tries > MOST_CLAIMS:
        delivery_claims.stand_still(held, "no_delivery_outcome", "Eight tries were cut short.", look_again=False)
    elif until := connections.resting_until(order.store):
        # its message was on the way when the store began to rest: the store rests as one
        delivery_claims.finish(held, WorkStatus.DUE, next_attempt_at=until, claims_without_progress=held.tries - 1)
    else:
        _deliver_claimed(held, order, out_of_time)


def _deliver_claimed(held: Claim, order: Order, out_of_time: type[Exception] = TimeoutError) -> None:
    try:
        _deliver(held, order)
    except PutDown:
        pass
    except Refused as refusal:  # of a look or a tracking number: asking again changes nothing by itself
        delivery_claims.stand_still(held, "fulfilment_refused", refusal.sentence)
    except ConnectorError as error:
        delivery_creation.not_now(held, order, error)  # only reads are made outside of effects
    except out_of_time:  # calls with an effect settle it themselves: this was a look
        delivery_claims.put_back(held, "Shopify took too long to answer.", after=ASK_AGAIN)
    except DatabaseError:
        raise  # the database's trouble, not the order's: the claim ends and it goes again
    except Exception:
        log.exception("the delivery of %s failed", order.tiktok_order_id)
        delivery_claims.stand_still(held, "cannot_deliver", our_fault("tell Shopify of its delivery", timezone.now()))
    delivery_records.refresh_packages(order)


def _deliver(held: Claim, order: Order) -> None:
    try:
        facts = payloads.read_order(order.payload.raw)
    except payloads.Unreadable as wrong:
        delivery_claims.stand_still(held, "cannot_deliver", wrong.sentence)
        return
    except OrderPayload.DoesNotExist:
        delivery_claims.stand_still(held, "cannot_deliver", "Its TikTok data was cleared.")
        return
    unread = delivery_packages.read_missing(order, facts)
    if unread is not None:
        delivery_claims.put_back(
            held, f"TikTok could not be asked for its packages: {unread.sentence}", after=ASK_AGAIN
        )
        return
    packages = list(Package.objects.filter(order=order, is_cancelled=False))
    if not any(RANK[package.status] for package in packages):
        _nothing_moves(held, facts)
        return
    client = clients.shopify(order.store)
    shown = look(client, order, len(packages))
    connections.answered_a_look(order.store)
    if shown is None:
        if not (deleted.is_proof(order) and deleted.gone(order, f"{order.shopify_order_name} was deleted in Shopify.")):
            delivery_claims.stand_still(held, "shopify_order_not_shown", look_again=False)
        return
    if shown.cancelled_at is not None:
        delivery_claims.stand_still(held, "shopify_order_cancelled")
        return
    delivery_records.see(order, shown)
    todo, lost = _planned(order, facts, packages, shown)
    by_id = {package.package_id: package for package in packages}
    there = {one.gid: one for one in shown.fulfillments}
    for use in todo.uses:
        delivery_records.used(by_id[use.package_id], there[use.gid], use.units)
    if todo.uses:
        delivery_records.see(order, shown)
    for wish in todo.creates:
        delivery_creation.fulfil(client, held, order, by_id[wish.package_id], wish)
    _retell_numbers(client, held, packages, shown)
    _tell_events(client, held, order, packages, shown)
    if todo.reason == "not_routed_yet":
        todo = _not_routed(order, facts, shown, todo)
    _end(held, todo, lost)


def look(client: ShopifyClient, order: Order, packages: int) -> OrderFulfillments | None:
    """The order's shipping, asking for no more than such an order should have."""
    assert order.shopify_order_id is not None  # the claim asks for it
    size = (packages + 2, order.units + 1)
    return fulfillments.fulfillment_orders(client, order.shopify_order_id, size)


def _nothing_moves(held: Claim, facts: payloads.Order) -> None:
    if facts.status_text and facts.status == "UNKNOWN":
        message = f"TikTok calls it “{facts.status_text}”."
        delivery_claims.stand_still(held, "unknown_delivery_status", message, look_again=False)
    else:
        delivery_claims.finish(held, WorkStatus.DONE)


def _planned(
    order: Order, facts: payloads.Order, packages: Sequence[Package], shown: OrderFulfillments
) -> tuple[Plan, list[str]]:
    """The plan, and the units in moving packages that no Shopify line was found for."""
    lines = _lines_of_units(order, facts, shown)
    rows = list(Fulfilment.objects.filter(order=order).select_related("package"))
    refused = {row.package_id for row in rows if row.cancelled_at and not row.let_go}
    wanted = [
        Wanted(
            package.package_id,
            Counter(gid for unit_id in package.line_ids for gid in lines.get(unit_id, ())),
            package.tracking_number,
            moves=RANK[package.status] > 0,
            may_create=package.pk not in refused,
        )
        for package in packages
    ]
    held = [Held(row.package.package_id, row.gid, row.units) for row in rows if row.cancelled_at is None]
    lost = [unit for package in packages if RANK[package.status] for unit in package.line_ids if unit not in lines]
    return plan(wanted, held, shown), lost


def _lines_of_units(order: Order, facts: payloads.Order, shown: OrderFulfillments) -> dict[str, list[str]]:
    """TikTok unit → Shopify lines: as kept from the first look, completed by units that were not known then."""
    kept: dict[str, list[str]] = {}
    for row in FulfilmentLine.objects.filter(order=order).order_by("unit_id", "place"):
        kept.setdefault(row.unit_id, []).extend([row.line_gid] if row.line_gid else [])
    placed = kept
    known = {part.id for line in facts.line_items for part in (line.sub_item_info or (line,)) if part.id}
    if known - kept.keys():
        links = linking.links_of(order.shop, [sku.sku_id for sku in skus_of(facts)])
        placed = place_units(facts, links, shown.lines) | kept
        FulfilmentLine.objects.bulk_create(
            [
                FulfilmentLine(order=order, unit_id=unit_id, place=place, line_gid=gid)
                for unit_id, gids in placed.items()
                if unit_id not in kept
                for place, gid in enumerate(gids or [""])
            ],
            ignore_conflicts=True,
        )
    return placed


def _retell_numbers(client: ShopifyClient, held: Claim, packages: Sequence[Package], shown: OrderFulfillments) -> None:
    """A tracking number that TikTok changed after we had sent it; harmless to repeat, so it needs no attempt."""
    there = {one.gid: one for one in shown.fulfillments}
    for package in packages:
        rows = Fulfilment.objects.filter(package=package, made_by_us=True, cancelled_at__isnull=True)
        for row in rows.exclude(tracking_number=package.tracking_number) if package.tracking_number else ():
            if row.gid in there and not has_number(there[row.gid], package.tracking_number):
                if not held.has_time():
                    delivery_claims.put_back(held)
                    raise PutDown
                fulfillments.update_tracking(client, row.gid, delivery_creation.tracking_of(package))
            Fulfilment.objects.filter(pk=row.pk).update(tracking_number=package.tracking_number)


def _tell_events(
    client: ShopifyClient, held: Claim, order: Order, packages: Sequence[Package], shown: OrderFulfillments
) -> None:
    """In transit, then delivered, each once per fulfilment, and never a state that Shopify shows already."""
    there = {one.gid: one for one in shown.fulfillments}
    rows = Fulfilment.objects.filter(order=order, cancelled_at__isnull=True, package__is_cancelled=False)
    known = {package.pk: package for package in packages}
    by_gid: dict[str, list[Fulfilment]] = {}
    for row in rows.order_by("id"):
        by_gid.setdefault(row.gid, []).append(row)
    for gid, parts in by_gid.items():
        inside = [known[row.package_id] for row in parts if row.package_id in known]
        state = _state(order, parts, inside, there.get(gid))
        shows = max((row.shown for row in parts), key=RANK.__getitem__)
        for status, name in EVENTS:
            if RANK[shows] < RANK[status] <= RANK[state]:
                delivery_creation.tell(client, held, order, gid, name, _since(inside, status))


def _state(
    order: Order, parts: Sequence[Fulfilment], inside: Sequence[Package], fulfilment: Fulfillment | None
) -> DeliveryStatus:
    """In transit when any package in it is; delivered when all are, and it holds nothing of a package that is not."""
    if not any(RANK[package.status] for package in inside):
        return DeliveryStatus.NONE
    if not all(package.status == DeliveryStatus.DELIVERED for package in inside):
        return DeliveryStatus.IN_TRANSIT
    if fulfilment is not None and order.delivery_status != DeliveryStatus.DELIVERED:
        arrived: Counter[str] = Counter()
        for row in parts:
            arrived.update(row.units)
        known = set(FulfilmentLine.objects.filter(order=order).values_list("line_gid", flat=True))
        if any(count > arrived[line] for line, count in fulfilment.lines if line in known):
            return DeliveryStatus.IN_TRANSIT
    return DeliveryStatus.DELIVERED


def _since(inside: Sequence[Package], status: DeliveryStatus) -> datetime | None:
    """TikTok's time: the first package that moved, the last that arrived."""
    if status is DeliveryStatus.DELIVERED:
        return max((package.delivered_at for package in inside if package.delivered_at), default=None)
    return min((package.in_transit_at for package in inside if package.in_transit_at), default=None)


def _not_routed(order: Order, facts: payloads.Order, shown: OrderFulfillments, todo: Plan) -> Plan:
    """No fulfilment order at all: Shopify has made none yet, wants none made (digital goods), or hides them."""
    age = timezone.now() - order.synced_at if order.synced_at else timedelta(0)
    if facts.shipping_type is ShippingType.TIKTOK_DIGITAL:
        return Plan() if age > DIGITAL_SETTLES else todo
    if age > ROUTED_BY and any(line.unfulfilled > 0 for line in shown.lines):
        return replace(todo, reason="fulfilment_hidden")
    return todo


def _end(held: Claim, todo: Plan, lost: Sequence[str]) -> None:
    if lost:
        delivery_claims.stand_still(held, "items_not_found", f"TikTok lines {', '.join(lost[:5])}.")
    elif todo.reason:
        delivery_claims.stand_still(held, todo.reason, todo.message)
    else:
        delivery_claims.finish(held, WorkStatus.DONE)
