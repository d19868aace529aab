"""The TikTok Shop sandbox: `python -m connectors.sandbox tiktok`."""

from __future__ import annotations

import argparse
import os

from connectors.sandbox import tiktok_consent, tiktok_control, tiktok_life, tiktok_shops, us_orders
from connectors.sandbox.faults import Faults, Wish
from connectors.sandbox.pages import tiktok_orders as pages
from connectors.sandbox.serving import Reply, Request, html_reply, serve
from connectors.sandbox.store import Store
from connectors.sandbox.tiktok_answers import TOO_MANY, Refusal, refused
from connectors.sandbox.tiktok_gateway import Gateway
from connectors.sandbox.tiktok_hooks import Hooks
from connectors.sandbox.tiktok_market import App, Market


def add_flags(parser: argparse.ArgumentParser) -> None:
    app = App()
    env = os.environ.get
    parser.add_argument("--app-key", default=env("TIKTOK_SHOP_APP_KEY") or app.app_key)
    parser.add_argument("--app-secret", default=env("TIKTOK_SHOP_APP_SECRET") or app.app_secret)
    parser.add_argument("--service-id", default="", help="the only service id the consent page knows; empty: any")
    parser.add_argument("--redirect", default=app.redirect, help="where the consent page sends the browser back to")
    parser.add_argument("--access-token-life", type=int, default=app.access_token_life, metavar="SECONDS")
    parser.add_argument("--refresh-token-life", type=int, default=app.refresh_token_life, metavar="SECONDS")
    parser.add_argument("--calls-per-second", type=float, default=0.0, help="rate limit per shop and path; 0: none")


def run(port: int, store: Store, faults: Faults, flags: argparse.Namespace) -> None:
    app = App(
        app_key=flags.app_key,
        app_secret=flags.app_secret,
        service_id=flags.service_id,
        redirect=flags.redirect,
        access_token_life=flags.access_token_life,
        refresh_token_life=flags.refresh_token_life,
        calls_per_second=flags.calls_per_second,
    )
    market = Market(store, app, Hooks())
    gateway = Gateway(market)
    tiktok_life.start(market)
    serve(lambda request: handle(market, gateway, request), port, faults, lambda request: request.path, _throttled)


def handle(market: Market, gateway: Gateway, request: Request) -> Reply:
    """One request, one effect: answered under the lock, committed before the answer leaves."""
    with market.store.lock:
        market.calls[f"{request.method} {request.path}"] += 1
        try:
            return _route(market, gateway, request)
        except Refusal as refusal:
            return refused(refusal, 1 if refusal.code == TOO_MANY else None)
        finally:
            market.store.commit()


def _route(market: Market, gateway: Gateway, request: Request) -> Reply:
    path = request.path
    if path.startswith("/_sandbox/"):
        return tiktok_control.answer(market, request)
    if path == "/open/authorize":
        return tiktok_consent.authorize(market, request)
    if path == "/api/v2/token/get":
        return tiktok_shops.exchange(market, request)
    if path == "/api/v2/token/refresh":
        return tiktok_shops.refresh(market, request)
    if request.method == "GET" and path == "/":
        names = {shop_id: str(shop["name"]) for shop_id, shop in market.shops().items()}
        return html_reply(pages.order_list(_rows(market), dict(request.query), names, us_orders.kinds()))
    if request.method == "GET" and path.startswith("/orders/"):
        found = market.find_order(path.removeprefix("/orders/"))
        if found is None:
            return html_reply(pages.missing(path.removeprefix("/orders/")), 404)
        return html_reply(pages.order_detail(market.shops()[found[0]]["name"], found[1]))
    return gateway.answer(request)


def _rows(market: Market) -> list[pages.Row]:
    return [(shop["name"], raw) for shop in market.shops().values() for raw in market.raw_orders(shop["id"])]


def _throttled(request: Request, wish: Wish) -> Reply:
    return refused(Refusal(TOO_MANY, "Too many requests."), wish.retry_after)
