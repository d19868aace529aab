"""The stand-in Shopify: the Admin GraphQL API of any number of stores, OAuth, a control API and pages to look at."""

from __future__ import annotations

import argparse
import re
import uuid
from argparse import Namespace
from typing import Any
from urllib.parse import parse_qsl

from connectors.sandbox import shopify_merchant, shopify_oauth
from connectors.sandbox.faults import Faults, Wish
from connectors.sandbox.pages.shopify_frame import problem
from connectors.sandbox.pages.shopify_products import product_list
from connectors.sandbox.serving import Reply, Request, after_button, html_reply, json_reply, serve
from connectors.sandbox.shopify_execution import attach_roots, bill_of, operation_in, throttled
from connectors.sandbox.shopify_execution import run as run_graphql
from connectors.sandbox.shopify_hooks import Hooks
from connectors.sandbox.shopify_pages import list_page, missing_page, order_page
from connectors.sandbox.shopify_product_view import seed
from connectors.sandbox.shopify_shop import Shop
from connectors.sandbox.shopify_staff import DEEDS
from connectors.sandbox.shopify_state import state
from connectors.sandbox.store import Store

VERSION = "2026-10"
OLDEST_VERSION = "2026-01"
_PATH = re.compile(r"(?:/(?P<domain>[A-Za-z0-9][A-Za-z0-9-]*\.myshopify\.com))?(?P<rest>/.*)")
_API = re.compile(r"/admin/api/(?P<version>\d{4}-\d{2}|unstable)/graphql\.json")

SCOPES = (
    "read_orders,write_orders,read_products,read_locations,read_inventory,read_customers,write_customers,"
    "read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders,write_fulfillments"
)
# What the beginning of a token means here; every other token is good.
BAD_TOKENS = {
    "bad": (401, "[API] Invalid API key or access token (unrecognized login or wrong password)"),
    "expired": (401, "[API] Invalid API key or access token (unrecognized login or wrong password)"),
    "frozen": (402, "Unavailable Shop"),
    "forbidden": (403, "[API] This action requires merchant approval for write_orders scope."),
    "locked": (423, "Locked"),
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--search-lag", type=float, default=2.0, help="seconds until a search sees a change")
    parser.add_argument("--routing-delay", type=float, default=0.0, help="seconds until fulfilment orders appear")
    parser.add_argument("--no-unique", dest="unique", action="store_false", help="custom ids may be used twice")
    parser.add_argument("--refuse-definitions", action="store_true", help="no metafield definition can be made")
    parser.add_argument(
        "--refuse-unknown-variant", action="store_true", help="refuse unknown variants with a title too"
    )
    parser.add_argument("--dev-store", action="store_true", help="at most five new orders a minute")
    parser.add_argument("--bucket", type=float, default=2000.0, help="query points a store can save up")
    parser.add_argument("--restore-rate", type=float, default=100.0, help="query points restored per second")
    parser.add_argument("--serve-version", help="answer as this API version, whichever is asked for")
    parser.add_argument("--scopes", default=SCOPES, help="comma list of the app's access scopes")
    parser.add_argument("--currency", default="USD")
    parser.add_argument("--shop", default="sandbox-store.myshopify.com", help="the store of paths that name none")
    parser.add_argument("--client-secret", default="sandbox-secret", help="signs consents and webhooks")
    parser.add_argument("--hook-retry", type=float, default=1.0, help="seconds before a webhook's first repetition")


def run(port: int, store: Store, faults: Faults, flags: Namespace) -> None:
    attach_roots()
    sandbox = Sandbox(store, flags)
    serve(sandbox.handle, port, faults, sandbox.operation, sandbox.throttled)


class Sandbox:
    def __init__(self, store: Store, flags: Namespace) -> None:
        self.store, self.flags = store, flags
        self.at_start = Namespace(**vars(flags))
        self.hooks = Hooks(flags.client_secret, VERSION, flags.hook_retry)
        self.shops: dict[str, Shop] = {}
        for name in store.table("domains"):
            self.shop(name)

    def shop(self, domain: str) -> Shop:
        """The store of that name; any name is a store."""
        with self.store.lock:
            if domain not in self.shops:
                self.shops[domain] = Shop(domain, self.store, self.flags)
                self.hooks.watch(self.shops[domain])
                if self.store.get("domains", domain) is None:
                    self.store.put("domains", domain, {})
            return self.shops[domain]

    def handle(self, request: Request) -> Reply:
        named, path = self._split(request)
        shop = self.shop(named or self.flags.shop) if path.startswith("/admin/") else None
        if shop and (api := _API.fullmatch(path)) and request.method == "POST":
            return self._graphql(shop, request, api["version"])
        if shop and path == "/admin/oauth/access_token" and request.method == "POST":
            with self.store.lock:
                reply = shopify_oauth.access_token(shop, _form(request))
                self.store.commit()
            return reply
        if shop and path == "/admin/oauth/authorize":
            return shopify_oauth.authorize(shop.domain, dict(request.query), self.flags.client_secret)
        if path == "/_sandbox/merchant":
            wanted = named or dict(request.query).get("store") or _store_of(request) or self.flags.shop
            return shopify_merchant.answer(self.shop(wanted), self.hooks, request)
        if path.startswith("/_sandbox/"):
            return self._control(path, request, named)
        if request.method == "GET":
            return self._page(path, named or dict(request.query).get("store", ""), request)
        return json_reply({"errors": "Not Found"}, 404)

    def operation(self, request: Request) -> str:
        """What a fault can be wished for: the operation's name and its root fields; nothing for pages."""
        _, path = self._split(request)
        if path.startswith("/admin/oauth/"):
            return path
        if not _API.fullmatch(path):
            return ""
        try:
            body = request.json()
            operation = operation_in(body["query"], body.get("operationName"))
        except Exception:  # an unreadable request is the handler's to refuse
            return "graphql"
        if operation is None:
            return "graphql"
        fields = [getattr(part, "name", None) for part in operation.selection_set.selections]
        names = [operation.name, *fields]
        return " ".join(["graphql", *(name.value for name in names if name)])

    def throttled(self, request: Request, wish: Wish) -> Reply:
        """A wished throttle is answered as THROTTLED, with a cost report that asks for `retry_after` seconds."""
        named, _ = self._split(request)
        shop = self.shop(named or self.flags.shop)
        body = request.json()
        operation = operation_in(body["query"], body.get("operationName"))
        asked = bill_of(body["query"], body.get("variables") or {}).total(operation) if operation else 10
        return json_reply(throttled(shop, asked, wish.retry_after or 1.0), headers={"X-Shopify-API-Version": VERSION})

    def _split(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        return ((found["domain"] or "").lower(), found["rest"]) if found else ("", request.path)

    def _graphql(self, shop: Shop, request: Request, version: str) -> Reply:
        token = request.headers.get("x-shopify-access-token", "")
        for start, (status, message) in BAD_TOKENS.items():
            if token.startswith(start) or (not token and start == "bad"):
                return json_reply({"errors": message}, status)
        with self.store.lock:
            if shopify_oauth.has_ended(shop, token):
                return json_reply({"errors": BAD_TOKENS["expired"][1]}, 401)
            shopify_oauth.use(shop, token)
        served = self.flags.serve_version or max(OLDEST_VERSION, min(version, VERSION))
        headers = {"X-Shopify-API-Version": served, "X-Request-Id": f"sandbox-{uuid.uuid4()}"}
        try:
            body = request.json()
        except ValueError:
            return json_reply({"errors": "Bad Request: the body is not JSON"}, 400, headers)
        return json_reply(run_graphql(shop, body), 200, headers)

    def _control(self, path: str, request: Request, named: str) -> Reply:
        body: Any = request.wish() if request.method == "POST" else {}
        domain = (
            named or dict(request.query).get("store") or (body.get("store") if isinstance(body, dict) else "") or ""
        )
        with self.store.lock:
            match path:
                case "/_sandbox/state":
                    return json_reply(state(self.shops, domain))
                case "/_sandbox/reset":
                    self.store.wipe()
                    self.shops.clear()
                    vars(self.flags).update(vars(self.at_start))
                    self.hooks.forget()
                    return json_reply({"reset": True})
                case "/_sandbox/products":
                    made = seed(self.store, body["products"], domain)
                case "/_sandbox/seed":
                    made = seed(self.store, _catalogue(), domain)
                case _:
                    reply = self._deed(path.removeprefix("/_sandbox/"), body, domain)
                    return after_button(reply, body, problem)
            self.store.commit()
        shown = [{"id": f"gid://shopify/ProductVariant/{row['number_id']}", "sku": row["sku"]} for row in made]
        return json_reply({"variants": shown})

    def _deed(self, name: str, wish: dict[str, Any], domain: str) -> Reply:
        """What staff, a carrier or another service does; a wish that cannot be met is a 400 with a sentence."""
        if name not in DEEDS:
            return json_reply({"error": f"There is no /_sandbox/{name}. Known: {', '.join(sorted(DEEDS))}."}, 404)
        try:
            told = DEEDS[name](self.shop(domain or self.flags.shop), wish)
        except (KeyError, TypeError, ValueError) as problem:
            return json_reply({"error": f"/_sandbox/{name}: {problem}"}, 400)
        self.store.commit()
        return json_reply(told)

    def _page(self, path: str, domain: str, request: Request) -> Reply:
        with self.store.lock:
            shops = [shop for name, shop in self.shops.items() if domain in ("", name)]
            if path == "/":
                return html_reply(list_page(shops, domain, dict(request.query)))
            if path == "/products" and domain:
                return html_reply(product_list(self.shop(domain)))
            number = path.removeprefix("/orders/").lstrip("#")
            for shop in shops if path.startswith("/orders/") else ():
                for order in shop.orders.values():
                    if str(order["number"]) == number or order["number_id"] == number:
                        return html_reply(order_page(shop, order))
            return html_reply(missing_page(), 404)


def _store_of(request: Request) -> str:
    """The store that the form of a page names."""
    try:
        wish = request.wish()
    except ValueError:
        return ""  # the merchant's answer says so
    return str(wish.get("store") or "") if isinstance(wish, dict) else ""


def _form(request: Request) -> dict[str, Any]:
    """OAuth calls come as JSON or as a form."""
    if "json" in request.headers.get("content-type", ""):
        read = request.json()
        return read if isinstance(read, dict) else {}
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _catalogue() -> list[dict[str, Any]]:
    """The goods of the TikTok sandbox that this store holds, spelled as the store spells them."""
    from connectors.sandbox.catalogue import catalogue
    from connectors.sandbox.catalogue_products import ONLY

    return [
        {
            "id": item.shopify_variant_id,
            "product_id": f"82{item.product_id[-11:]}",
            "title": item.title,
            "variant_title": "" if item.variant_title == ONLY else item.variant_title,
            "sku": item.shopify_sku,
            "price": str(item.price),
            "barcode": item.barcode,
            "requires_shipping": not item.digital,
            "inventory": 250,
        }
        for item in catalogue()
        if item.shopify_variant_id is not None
    ]
