"""Both sides of a soak, counted and compared by digest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from orders.models import Order
from orders.reasons import REASONS
from orders.states import MOVING, SyncStatus
from tests.soak.world import World

Line = tuple[str, str]


def compare(world: World) -> dict[str, object]:
    """What TikTok sold against what Shopify has, and both against what our rows say."""
    sold = {
        str(raw["id"]): _cents(raw["payment"]["total_amount"])
        for raw in world.tiktok.state()["orders"][world.shop.shop_id]
    }
    made = [
        (str(order["sourceIdentifier"]), _cents(order["totals"]["total"]), str(order["id"]))
        for order in world.shopify.state()["orders"]
    ]
    rows = {order.tiktok_order_id: order for order in Order.objects.all()}
    # goods that the store does not sell cannot be linked: those orders wait for a person, and say so
    held = {pk for pk, row in rows.items() if row.sync_status == SyncStatus.BLOCKED and row.reason in REASONS}
    wanted = {pk: total for pk, total in sold.items() if pk not in held}
    times = Counter(pk for pk, _, _ in made)
    gids = {pk: gid for pk, _, gid in made}
    here, there = _digest(wanted.items()), _digest((pk, total) for pk, total, _ in made)
    return {
        "in_shopify": len(made),
        "held_for_a_person": len(held),
        "duplicates": sorted(pk for pk, number in times.items() if number > 1),
        "losses": sorted(pk for pk in wanted if not times[pk]),
        "stuck": sorted(pk for pk, row in rows.items() if row.sync_status in (*MOVING, SyncStatus.NOT_SYNCED)),
        "not_known_as_such": sorted(
            pk for pk in wanted if pk not in rows or rows[pk].shopify_order_id != gids.get(pk, "")
        ),
        "statuses": dict(Counter(row.sync_status for row in rows.values())),
        "digest_tiktok": here,
        "digest_shopify": there,
        "digests_equal": here == there,
    }


def _cents(amount: object) -> str:
    return str(Decimal(str(amount)).quantize(Decimal("0.01")))


def _digest(lines: Iterable[Line]) -> str:
    return hashlib.sha256("\n".join(sorted(f"{pk} {total}" for pk, total in lines)).encode()).hexdigest()
