"""A shop on a working Friday: orders in every state, made by the product's own flows against both stand-ins."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from connectors.sandbox import us_orders
from connectors.sandbox.catalogue import catalogue
from orders import bulk, claims, creation, link_candidates
from orders.delivery import claims as delivery_claims
from orders.delivery import delivering
from orders.fetching import storing
from orders.models import BulkSync, Heartbeat, Order, OrderChange, ProductLink, SyncAttempt
from orders.states import AskedBy, SyncStatus
from settings_app.models import ShopifyStore, SyncSettings, TikTokShop
from settings_app.rules import Rules
from tests.factories import attempt_of
from tests.sandboxes import Sandbox

DOMAIN = "sudsy-soap.myshopify.com"
KINDS = ("several_items", "plain", "several_units", "gift_with_purchase", "paid_shipping", "seller_discount")
SEED = 100
UNLINKED = ("unlinked_item", "plain", "unlinked_item", "ambiguous_sku", "sku_in_other_case")


@dataclass
class Scene:
    """What pages are looked at: `order` is delivered and synced, `blocked` waits for a link, `watched` runs."""

    shop: TikTokShop
    store: ShopifyStore
    order: Order
    blocked: Order
    link: ProductLink
    watched: BulkSync


def lay(tiktok: Sandbox, shopify: Sandbox, user: User, *, days_of_history: int = 0) -> Scene:
    """Two shops that sell into one store; `days_of_history` adds that many days to Home's charts."""
    now = timezone.now()
    shopify.post("/_sandbox/seed", {"domain": DOMAIN})
    store = ShopifyStore.objects.create(domain=DOMAIN, name="Sudsy Soap", access_token="shpat_sandbox")
    shop, second = (
        _shop(tiktok, store, number, name, now) for number, name in enumerate(("Sudsy Soap Co", "Candle Corner"))
    )
    SyncSettings.objects.filter(shop=shop).update(automatic_sync=True)
    for name in ("beat", "worker"):
        Heartbeat.objects.create(name=name, at=now - timedelta(seconds=6))
    blocked = _orders(tiktok, shop, UNLINKED, 300, now)
    _synced(blocked)
    further = [_raw(SEED + n, KINDS[n], now, s) for n, s in enumerate(("DELIVERED", "IN_TRANSIT", "IN_TRANSIT"))]
    moved = _orders(tiktok, shop, KINDS, SEED, now - timedelta(minutes=30), further)
    _synced(moved)
    for number, raw in enumerate(further):
        _stored(tiktok, shop, [raw])
        delivering.deliver(moved[number].pk)
    waiting = _orders(tiktok, second, [random.Random(n).choice(KINDS) for n in range(24)], 200, now)
    link_candidates.note_new_items()
    _trouble(waiting, moved)
    watched = bulk.start(
        Order.objects.filter(pk__in=[row.pk for row in waiting[6:]]), user, "Sync selected", left_out=1
    )
    _under_way(watched)
    if days_of_history:
        _history(shop, days_of_history, now)
    order = Order.objects.get(pk=moved[0].pk)
    held = Order.objects.filter(sync_status=SyncStatus.BLOCKED).order_by("pk").first()
    link = ProductLink.objects.filter(kind=ProductLink.Kind.NONE).exclude(seller_sku="").order_by("title").first()
    assert held
    assert link
    assert order.sync_status == SyncStatus.SYNCED, order.message
    return Scene(shop, store, order, held, link, watched)


def _shop(tiktok: Sandbox, store: ShopifyStore, number: int, name: str, now: datetime) -> TikTokShop:
    shop = TikTokShop.objects.create(
        shop_id=f"749500000000000000{number + 1}",
        name=name,
        store=store,
        cipher=f"cipher-{number}",
        access_token=f"TTP_{number}",
        refresh_token=f"TTR_{number}",
        access_token_expires_at=now + timedelta(days=6),
        refresh_token_expires_at=now + timedelta(days=300),
        last_polled_at=now - timedelta(seconds=38),
    )
    SyncSettings.objects.create(shop=shop)
    tokens = {"cipher": shop.cipher, "access_token": shop.access_token, "refresh_token": shop.refresh_token}
    tiktok.post("/_sandbox/shops", {"id": shop.shop_id, "name": name, **tokens})
    return shop


def _raw(seed: int, kind: str, now: datetime, status: str = "AWAITING_SHIPMENT") -> dict[str, Any]:
    """Equal seeds give the same order, also further along."""
    return us_orders.build(random.Random(seed), now=now, catalogue=catalogue(), kind=kind, status=status)


def _orders(
    tiktok: Sandbox,
    shop: TikTokShop,
    kinds: Sequence[str],
    seed: int,
    now: datetime,
    further: Sequence[dict[str, Any]] = (),
) -> list[Order]:
    """`further` is what the first of them become: they were placed when those say."""
    raws = [_raw(seed + n, kind, now - timedelta(minutes=17 * n)) for n, kind in enumerate(kinds)]
    for raw, later in zip(raws, further, strict=False):
        raw |= {key: later[key] for key in ("create_time", "paid_time")}
    _stored(tiktok, shop, raws)
    rows = {row.tiktok_order_id: row for row in Order.objects.filter(shop=shop)}
    return [rows[raw["id"]] for raw in raws]


def _stored(tiktok: Sandbox, shop: TikTokShop, raws: Sequence[dict[str, Any]]) -> None:
    tiktok.post("/_sandbox/orders", {"shop_id": shop.shop_id, "orders": list(raws)})
    storing.store(shop, raws, Rules())


def _synced(rows: Sequence[Order]) -> None:
    pks = [row.pk for row in rows]
    claims.ask(Order.objects.filter(pk__in=pks), AskedBy.MANUAL)
    for pk in pks:
        creation.sync(pk)
    delivery_claims.order_is_in_shopify(pks)


def _trouble(waiting: Sequence[Order], moved: Sequence[Order]) -> None:
    """What a seller has to look at now and then."""
    say = Order.objects.filter
    say(pk=waiting[0].pk).update(
        sync_status=SyncStatus.FAILED,
        reason="refused",
        message="Shopify refused the order: “Phone is invalid” (order.shippingAddress.phone).",
    )
    attempt_of(waiting[0], result="refused", sentence="Phone is invalid", finished_at=timezone.now())
    say(pk=waiting[1].pk).update(
        sync_status=SyncStatus.NEEDS_REVIEW,
        reason="total_mismatch",
        message="TikTok’s total is $48.10, the Shopify order would have $47.60.",
    )
    say(pk=waiting[2].pk).update(ship_by=timezone.now() + timedelta(hours=3))
    say(pk=waiting[3].pk).update(sync_status=SyncStatus.IGNORED)
    OrderChange.objects.create(
        order=moved[-1],
        kind="address_changed",
        sentence="The buyer changed the address after the sync.",
        noticed_at=timezone.now(),
        tagged_at=timezone.now(),
    )


def _under_way(watched: BulkSync) -> None:
    """Some of its orders are through, one failed, the rest are queued."""
    BulkSync.objects.filter(pk=watched.pk).update(started_at=timezone.now() - timedelta(seconds=40))
    pks = list(Order.objects.filter(bulk_sync=watched).order_by("pk").values_list("pk", flat=True))
    for number, pk in enumerate(pks[: len(pks) // 2]):
        Order.objects.filter(pk=pk).update(
            sync_status=SyncStatus.SYNCED,
            shopify_order_id=f"gid://shopify/Order/77000{number}",
            shopify_order_name=f"#77{number:02d}",
            synced_at=timezone.now() - timedelta(seconds=2 * number),
        )
    Order.objects.filter(pk=pks[-1]).update(
        sync_status=SyncStatus.BLOCKED,
        reason="unlinked_item",
        message="“Speckled mug” is not linked to a Shopify product.",
    )


def _history(shop: TikTokShop, days: int, now: datetime) -> None:
    """Orders of the last weeks as the charts count them."""
    dice = random.Random(7)
    rows = []
    for day in range(1, days):
        for number in range(dice.randint(14, 46)):
            at = now - timedelta(days=day, minutes=dice.randint(0, 700))
            took = dice.choice((8, 15, 25, 40, 50, 200)) if dice.random() < 0.97 else 2400
            rows.append(
                Order(
                    shop=shop,
                    store=shop.store,
                    tiktok_order_id=f"5750{day:03d}{number:06d}00000",
                    tiktok_status="DELIVERED" if day > 4 else "IN_TRANSIT",
                    placed_at=at,
                    buyer="M*** R***",
                    total="31.40",
                    currency="USD",
                    sync_status=SyncStatus.SYNCED,
                    delivery_status="delivered" if day > 4 else "in_transit",
                    shopify_order_id=f"gid://shopify/Order/6{day:03d}{number:03d}",
                    shopify_order_name=f"#{5000 - 46 * day + number}",
                    asked_by=AskedBy.MANUAL,
                    asked_at=at,
                    synced_at=at + timedelta(seconds=took),
                )
            )
    made = Order.objects.bulk_create(rows)
    Order.objects.filter(pk__in=[row.pk for row in made]).update(fetched_at=F("placed_at"))
    for number, row in enumerate(dice.sample(made, 40)):
        attempt = attempt_of(row, result=("refused", "not_sent", "absent")[number % 3], started_at=row.asked_at)
        SyncAttempt.objects.filter(pk=attempt.pk).update(finished_at=row.asked_at)
