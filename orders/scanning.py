"""What other apps made in a store is read through before anything is created there, then only what is new.

Shopify's search finds no order by its attributes, and none by part of its name; some connectors leave the TikTok
order id nowhere else (EcomSend in an attribute, AfterShip in a name such as TT5764…). See docs/decisions/013.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from connectors.errors import BadAnswer, NotSent, Refused
from connectors.shopify import orders as shopify_orders
from connectors.shopify.marks import ORDER_ID_ATTRIBUTE
from connectors.shopify.orders import Found
from orders import outcomes
from orders.deleted import SHOWN_FOR
from orders.models import Order, OthersOrder, StoreScan
from orders.states import SyncStatus
from orders.timing import SCAN_CLAIM, SCAN_FRESH, SCAN_WORK
from settings_app import clients
from settings_app.models import ShopifyStore

CLOCKS_DIFFER = timedelta(minutes=5)
DAY = timedelta(days=1)

MOST_PAGES = 50
"""Of 250 orders, in one question: Shopify pages through 25,000 at most, so it is asked anew from there."""

UNDER_WAY = "What other apps made in Shopify is being read first, so that no order is made twice; it goes on by itself."

Mine = tuple[ShopifyStore, uuid.UUID]


def read_through(store: ShopifyStore, orders: Iterable[Order], within: timedelta = SCAN_WORK) -> datetime | None:
    """Everything that apps made in the store since the oldest of `orders` was placed is known as of the returned time.

    None while there is more to read than `within` allows, or somebody else is reading: what is read stays, the orders
    wait. Raises the errors of a failed call; one that Shopify refuses holds the store up like one it cannot be sent.
    """
    wanted = min((_placed(order) for order in orders), default=timezone.now())
    scan, _ = StoreScan.objects.get_or_create(store=store)
    if is_covered(scan, wanted):
        return scan.until
    started = timezone.now()
    token = _claim(store, started)
    if token is None:
        return None
    try:
        scan.refresh_from_db()  # another reader may just have ended
        while not is_covered(scan, wanted):
            if scan.low is None:
                _open(scan, min(wanted, _oldest_queued(store, wanted)))
            if not _read(scan, (store, token), started + within):
                return None
            scan.refresh_from_db()
        return scan.until
    except (Refused, BadAnswer) as error:
        raise NotSent(f"Shopify's orders could not be read through: {error.sentence}", code=error.code) from error
    finally:
        _rows((store, token)).update(claim_token=None, claim_until=None)


def is_covered(scan: StoreScan, wanted: datetime) -> bool:
    if scan.since is None or scan.until is None:
        return False
    return scan.since <= wanted and timezone.now() - scan.until < SCAN_FRESH


def known(store: ShopifyStore, tiktok_order_ids: Sequence[str]) -> dict[str, list[Found]]:
    """Orders of others with these ids in them, as Shopify shows them now; what was deleted there is forgotten."""
    rows = list(OthersOrder.objects.filter(store=store, tiktok_order_id__in=tiktok_order_ids).order_by("made_at", "id"))
    gids = list(dict.fromkeys(row.shopify_order_id for row in rows))
    now: dict[str, Found | None] = {}
    for start in range(0, len(gids), shopify_orders.MOST_AT_ONCE):
        now |= shopify_orders.read_orders(clients.shopify(store), gids[start : start + shopify_orders.MOST_AT_ONCE])
    found: dict[str, list[Found]] = {}
    for row in rows:
        order = now[row.shopify_order_id] or _no_longer_shown(row)
        if order is None:
            row.delete()
        else:
            found.setdefault(row.tiktok_order_id, []).append(order)
    return found


def _no_longer_shown(row: OthersOrder) -> Found | None:
    """Shopify shows apps no orders older than 60 days: that is no proof that one was deleted."""
    if timezone.now() - row.made_at < SHOWN_FOR:
        return None
    mark = {ORDER_ID_ATTRIBUTE: row.tiktok_order_id}
    return Found(row.shopify_order_id, row.name, row.made_at, None, "", (), mark, Decimal(0), "", "")


def _placed(order: Order) -> datetime:
    """No Shopify order of it can be older."""
    return (order.placed_at or order.fetched_at - SHOWN_FOR) - CLOCKS_DIFFER


def _oldest_queued(store: ShopifyStore, wanted: datetime) -> datetime:
    """One stretch for all that waits: a bulk sync of old orders must not open one for each of its batches."""
    queued = Order.objects.filter(store=store, sync_status=SyncStatus.QUEUED)
    oldest: datetime | None = queued.aggregate(oldest=Min("placed_at"))["oldest"]
    return oldest - CLOCKS_DIFFER if oldest else wanted


def _open(scan: StoreScan, wanted: datetime) -> None:
    """The next stretch: what is new, or what is older than all that was read, or both where nothing was read yet.

    After a long time without orders, days that none of them needs are left out.
    """
    now = timezone.now()
    # an order that Shopify's search did not show yet is shown within the settle window
    again = scan.until - outcomes.settle_window() - CLOCKS_DIFFER if scan.until else wanted
    if scan.since is None or scan.until is None or again + DAY < wanted:
        scan.since, scan.until, scan.low, scan.high, scan.top = None, None, wanted, None, now
    elif now - scan.until >= SCAN_FRESH:
        scan.low, scan.high, scan.top = again, None, now
    else:
        scan.low, scan.high, scan.top = wanted, scan.since, None
    scan.save(update_fields=["since", "until", "low", "high", "top"])


def _read(scan: StoreScan, mine: Mine, end: datetime) -> bool:
    """One question to Shopify, page by page; what a page held is kept before its place is. False when time is up, which
    it is never before the place has moved, or when the claim was lost."""
    store, _ = mine
    low, began = scan.low, scan.high
    assert low is not None  # just opened
    pages = shopify_orders.pages_by_apps(clients.shopify(store), low, scan.high)
    for number, page in enumerate(pages, 1):
        keep(store, page)
        if page:
            scan.high = min(order.created_at for order in page)
        if not _rows(mine).update(high=scan.high, claim_until=timezone.now() + SCAN_CLAIM):
            return False
        if number == MOST_PAGES:
            return True
        if timezone.now() >= end and scan.high != began:
            break
    else:
        since = min(scan.since, low) if scan.since else low
        until = scan.top or scan.until
        return bool(_rows(mine).update(since=since, until=until, low=None, high=None, top=None))
    return False


def keep(store: ShopifyStore, page: Sequence[Found]) -> None:
    """Only what is not ours: most orders that apps make in a seller's store are our own."""
    others = [
        OthersOrder(
            store=store,
            tiktok_order_id=order_id,
            shopify_order_id=found.gid,
            name=found.name[:80],
            made_at=found.created_at,
        )
        for found in page
        for order_id in sorted(found.others_ids())
    ]
    OthersOrder.objects.bulk_create(others, ignore_conflicts=True)


def _claim(store: ShopifyStore, now: datetime) -> uuid.UUID | None:
    token = uuid.uuid4()
    free = Q(claim_until__isnull=True) | Q(claim_until__lt=now)
    taken = StoreScan.objects.filter(free, store=store).update(claim_token=token, claim_until=now + SCAN_CLAIM)
    return token if taken else None


def _rows(mine: Mine) -> QuerySet[StoreScan]:
    store, token = mine
    return StoreScan.objects.filter(store=store, claim_token=token)
