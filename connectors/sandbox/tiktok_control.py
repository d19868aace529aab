"""The control calls under /_sandbox/: how tests, demos and benchmarks set up and look into the market."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from connectors.sandbox import order_steps, tiktok_seller, us_orders
from connectors.sandbox.catalogue import catalogue
from connectors.sandbox.pages.tiktok_steering import problem
from connectors.sandbox.serving import Reply, Request, after_button, json_reply
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_life import made
from connectors.sandbox.tiktok_market import Market
from connectors.sandbox.tiktok_shops import grant_of, keep_shop, withdraw

DAY = 86400


def answer(market: Market, request: Request) -> Reply:
    """A wish that cannot be met is answered with 400 and a sentence under "error"."""
    name = request.path.removeprefix("/_sandbox/").strip("/")
    if name == "state":
        return json_reply(_state(market, with_orders="brief" not in dict(request.query)))
    if name not in DEEDS:
        known = ", ".join(sorted([*DEEDS, "state", "faults"]))
        return json_reply({"error": f"There is no /_sandbox/{name}. Known: {known}."}, 404)
    wish: Any = {}
    try:
        wish = request.wish()
        if not isinstance(wish, dict):
            raise ValueError("The body must be a JSON object.")
        reply = json_reply(DEEDS[name](market, wish))
    except (KeyError, TypeError, ValueError) as wrong:
        reply = json_reply({"error": f"/_sandbox/{name}: {wrong}"}, 400)
    return after_button(reply, wish, problem)


def _state(market: Market, *, with_orders: bool) -> Document:
    shops = list(market.shops().values())
    tables = market.store.table
    state: Document = {
        "app": dataclasses.asdict(market.app),
        "shops": [shop | {"grant": grant_of(market, shop["id"])} for shop in shops],
        "order_counts": {shop["id"]: len(market.orders(shop["id"])) for shop in shops},
        "webhooks": {shop["id"]: list(tables(f"webhooks {shop['id']}").values()) for shop in shops},
        "webhooks_sent": list(market.hooks.sent),
        "calls": dict(market.calls),
    }
    if with_orders:
        state["orders"] = {shop["id"]: list(market.raw_orders(shop["id"])) for shop in shops}
    return state


def _shops(market: Market, wish: Document) -> Document:
    shop = keep_shop(market, wish)
    return shop | {"grant": grant_of(market, shop["id"])}


def _orders(market: Market, wish: Document) -> Document:
    shop_id, orders = _shop_id(market, wish), wish["orders"]
    for order in orders:
        if not order.get("id"):
            raise ValueError("Every order needs an id.")
        market.keep_order(shop_id, order)
    return {"order_ids": [str(order["id"]) for order in orders]}


def _generate(market: Market, wish: Document) -> Document:
    """{"shop_id", "count", "status", "kind", "seed", "spread_days", …}: made-up orders; equal seeds give equal ones."""
    shop_id, seed = _shop_id(market, wish), wish.get("seed")
    seed = secrets.token_hex(8) if seed is None else seed
    _known_kind(wish.get("kind"))
    chosen = ("kind", "insurance_in_total", "cancelled_in_total")
    wishes: dict[str, Any] = {name: wish[name] for name in chosen if name in wish}
    status = _known_status(wish.get("status", "AWAITING_SHIPMENT"))
    orders: list[Document] = []
    while len(orders) < int(wish.get("count", 1)):
        number = market.store.next_number(f"made {shop_id} {seed}")
        dice = Random(f"{shop_id} {seed} {number}")
        at = int(time.time() - dice.random() * float(wish.get("spread_days", 0)) * DAY)
        orders += made(dice, at, status=status, **wishes)
    for order in orders:
        market.keep_order(shop_id, order)
    return {"order_ids": [order["id"] for order in orders]}


def _buy(market: Market, wish: Document) -> Document:
    """{"shop_id", "kind"?}: a buyer buys and pays this moment; leads to the order's page."""
    shop_id, now = _shop_id(market, wish), int(time.time())
    dice = Random(secrets.token_hex(8))
    orders = made(dice, now, status="UNPAID", kind=_known_kind(wish.get("kind") or None))
    for order in orders:
        order["create_time"] = now
        for step in order_steps.path_to(order, "AWAITING_SHIPMENT"):
            order = order_steps.moved(order, step, now, dice)
        market.keep_order(shop_id, order)
    return {"order_ids": [order["id"] for order in orders], "page": f"/orders/{orders[0]['id']}"}


def _preview(market: Market, wish: Document) -> Document:
    """One made-up order as the API would show it, kept nowhere."""
    dice = Random(str(wish.get("seed", 1)))
    status = _known_status(wish.get("status", "AWAITING_SHIPMENT"))
    return us_orders.build(dice, now=datetime.now(UTC), catalogue=catalogue(), kind=wish.get("kind"), status=status)


def _advance(market: Market, wish: Document) -> Document:
    """{"order_id", "status"}: lead an order there now, through all states between; without status to its next one."""
    shop_id, order, at = tiktok_seller.the_order(market, wish)
    dice = Random(f"{order['id']} {order.get('status')} {order.get('update_time')}")
    target = wish.get("status") or order_steps.following(order, dice)
    for step in order_steps.path_to(order, _known_status(target)) if target else []:
        order = order_steps.moved(order, step, at, dice)
        market.keep_order(shop_id, order)
    return {"order": order}


def _revoke(market: Market, wish: Document) -> Document:
    shop_id = _shop_id(market, wish)
    withdraw(market, shop_id)
    market.say_deauthorized(shop_id)
    return {"revoked": shop_id}


def _settings(market: Market, wish: Document) -> Document:
    """Change fields of the app (see `App`) while the sandbox runs."""
    known = {field.name for field in dataclasses.fields(market.app)}
    if unknown := set(wish) - known:
        raise ValueError(f"Unknown settings {sorted(unknown)}. Known: {sorted(known)}.")
    for name, value in wish.items():
        setattr(market.app, name, value)
    return dataclasses.asdict(market.app)


def _reset(market: Market, wish: Document) -> Document:
    market.store.wipe()
    market.calls.clear()
    market.hooks.sent.clear()
    return {"reset": True}


def _shop_id(market: Market, wish: Document) -> str:
    shop_id = str(wish["shop_id"])
    if shop_id not in market.shops():
        raise ValueError(f"There is no shop {shop_id}. Add it with POST /_sandbox/shops first.")
    return shop_id


def _known_kind(kind: object) -> str | None:
    if kind is not None and kind not in us_orders.kinds():
        raise ValueError(f"Unknown kind {kind}. Known: {', '.join(us_orders.kinds())}.")
    return None if kind is None else str(kind)


def _known_status(status: object) -> str:
    if status not in order_steps.STATUSES:
        raise ValueError(f"Unknown status {status}. Known: {', '.join(order_steps.STATUSES)}.")
    return str(status)


DEEDS: dict[str, Callable[[Market, Document], Document]] = {
    "shops": _shops,
    "orders": _orders,
    "generate": _generate,
    "buy": _buy,
    "preview": _preview,
    "advance": _advance,
    "revoke": _revoke,
    "settings": _settings,
    "reset": _reset,
    **tiktok_seller.DEEDS,
}
