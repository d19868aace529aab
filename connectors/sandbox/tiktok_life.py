"""What happens in the shops by itself: new orders come in, orders move on, a few are cancelled."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from random import Random
from typing import Any

from connectors.sandbox import order_steps, us_orders
from connectors.sandbox.catalogue import catalogue
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_market import Market, Order

BEAT_SECONDS = 0.2
LONGEST_GAP = 60.0
FINAL = ("COMPLETED", "CANCELLED")


def start(market: Market) -> threading.Thread:
    """Run the shops' life beside the server, as a thread that ends with the process."""
    thread = threading.Thread(target=_live, args=(market,), name="life", daemon=True)
    thread.start()
    return thread


def _live(market: Market) -> None:
    while True:
        with market.store.lock:
            tick(market, time.time())
            market.store.commit()
        time.sleep(BEAT_SECONDS)


def tick(market: Market, now: float) -> None:
    """Let everything happen that is due at Unix second `now`."""
    for shop in list(market.shops().values()):
        if float(shop["grow_per_minute"]) > 0:
            _grow(market, shop, now)
        if shop["advance"]:
            _advance(market, shop, now)


def _grow(market: Market, shop: Document, now: float) -> None:
    rate = float(shop["grow_per_minute"]) / 60
    # A sandbox that was down catches up on a minute, not on a weekend.
    since = max(float(shop.get("grown_until") or now), now - LONGEST_GAP)
    count = int((now - since) * rate)
    if count or "grown_until" not in shop:
        market.store.put("shops", shop["id"], shop | {"grown_until": since + count / rate})
    for _ in range(count):
        number = market.store.next_number(f"grown {shop['id']}")
        dice = Random(f"{shop['id']} grown {number}")
        # Where nothing advances, an unpaid order would wait for ever, so orders arrive ready to ship.
        status = "UNPAID" if shop["advance"] else "AWAITING_SHIPMENT"
        for order in made(dice, int(now), status=status):
            if status == "UNPAID":
                order["create_time"] = int(now)
            market.keep_order(shop["id"], order, _next_due(shop, order, now, dice))


def _advance(market: Market, shop: Document, now: float) -> None:
    for order_id, document in list(market.orders(shop["id"]).items()):
        raw, due = document["raw"], document["due"]
        if raw.get("status") in FINAL or (due is not None and due > now):
            continue
        dice = Random(f"{order_id} {raw.get('status')} {raw.get('update_time')}")
        if due is None:
            due = _next_due(shop, raw, now, dice)
            market.store.put(f"orders {shop['id']}", order_id, {"raw": raw, "due": due})
            continue
        try:
            step = order_steps.following(raw, dice)
            raw = raw if step is None else order_steps.moved(raw, step, int(now), dice)
        except (AttributeError, KeyError, TypeError, ValueError):
            step = None  # a test posted an order too odd to be moved; the others must go on
        if step is not None:
            market.keep_order(shop["id"], raw, _next_due(shop, raw, now, dice))


def _next_due(shop: Document, order: Order, now: float, dice: Random) -> float | None:
    if not shop["advance"] or order.get("status") in FINAL:
        return None
    # The return window is long: what was delivered rests three times as long as the rest.
    rests = 3.0 if order.get("status") == "DELIVERED" else 1.0
    return now + float(shop["seconds_per_state"]) * rests * dice.uniform(0.7, 1.3)


def made(dice: Random, now: int, **wishes: Any) -> list[Order]:
    """One new order changed at Unix second `now`; two when TikTok combines it with another of the same buyer."""
    items, at = catalogue(), datetime.fromtimestamp(now, UTC)
    order = us_orders.build_draft(dice, now=at, catalogue=items, **wishes)
    orders = [order]
    if order.get("auto_combine_group_id"):
        orders.append(
            us_orders.build_draft(
                dice, now=at, catalogue=items, kind="combined", status=str(order["status"]), companion_of=order
            )
        )
    for one in orders:
        one["update_time"] = now  # it turns up in the shop now, so a poller must see it as a change of now
    return orders
