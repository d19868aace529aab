"""TikTok's gateway: finds the endpoint of a signed call, checks signature, token, shop and pace, and lets it in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from connectors.sandbox import (
    tiktok_cancellations,
    tiktok_orders,
    tiktok_parcels,
    tiktok_products,
    tiktok_signature,
)
from connectors.sandbox.serving import Reply, Request
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_answers import (
    BAD_FORMAT,
    BAD_METHOD,
    BAD_PATH,
    BAD_REQUEST,
    BAD_VERSION,
    NO_CIPHER,
    TOO_MANY,
    WRONG_SHOP,
    Refusal,
    done,
)
from connectors.sandbox.tiktok_calls import Call
from connectors.sandbox.tiktok_market import Market
from connectors.sandbox.tiktok_shops import holder
from connectors.sandbox.tiktok_webhooks import webhooks

Cipher = Literal["required", "refused", "unused"]
VERSION = re.compile(r"/(\d{6})/")


def authorized_shops(call: Call) -> Reply:
    """GET /authorization/202309/shops: the shops this token opens, with their ciphers."""
    names = ("id", "name", "region", "seller_type", "cipher", "code")
    shops = (call.market.shops()[shop_id] for shop_id in call.grant["shop_ids"])
    return done({"shops": [{name: shop[name] for name in names} for shop in shops]})


def active_shops(call: Call) -> Reply:
    """GET /seller/202309/shops."""
    shops = (call.market.shops()[shop_id] for shop_id in call.grant["shop_ids"])
    return done({"shops": [{"id": shop["id"], "region": shop["region"]} for shop in shops]})


@dataclass(frozen=True)
class Endpoint:
    """path has {version} where the version stands and {id} where an id does."""

    methods: tuple[str, ...]
    path: str
    versions: tuple[str, ...]
    answer: Callable[[Call], Reply]
    cipher: Cipher = "required"

    def place(self, path: str) -> str | None:
        """The id in `path` ("" where the endpoint has none), or None when it is not this endpoint's."""
        pattern = re.escape(self.path).replace(r"\{version\}", r"\d{6}").replace(r"\{id\}", r"(\w+)")
        found = re.fullmatch(pattern, path)
        return None if found is None else "".join(found.groups())


ENDPOINTS = (
    Endpoint(("POST",), "/order/{version}/orders/search", ("202309",), tiktok_orders.search),
    Endpoint(("GET",), "/order/{version}/orders", ("202309", "202507"), tiktok_orders.detail),
    Endpoint(("POST",), "/product/{version}/products/search", ("202309", "202312", "202502"), tiktok_products.search),
    Endpoint(("GET",), "/product/{version}/products/{id}", ("202309",), tiktok_products.detail),
    Endpoint(("POST",), "/fulfillment/{version}/packages/search", ("202309",), tiktok_parcels.search),
    Endpoint(("GET",), "/fulfillment/{version}/packages/{id}", ("202309",), tiktok_parcels.package),
    Endpoint(("GET",), "/fulfillment/{version}/orders/{id}/tracking", ("202309",), tiktok_parcels.tracking),
    Endpoint(("GET", "PUT", "DELETE"), "/event/{version}/webhooks", ("202309",), webhooks),
    Endpoint(
        ("POST",),
        "/return_refund/{version}/cancellations/search",
        ("202309", "202602"),
        tiktok_cancellations.search,
    ),
    Endpoint(("GET",), "/authorization/{version}/shops", ("202309",), authorized_shops, "refused"),
    Endpoint(("GET",), "/seller/{version}/shops", ("202309",), active_shops, "unused"),
)


class Pace:
    """A bucket of calls per shop and path, refilled at the app's calls_per_second and two seconds deep."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def check(self, shop_id: str, path: str, rate: float) -> None:
        if rate <= 0:
            return
        now = time.monotonic()
        left, since = self._left.get((shop_id, path), (2 * rate, now))
        left = min(max(1.0, 2 * rate), left + (now - since) * rate)
        self._left[shop_id, path] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            message = "Too many requests. You've made too many requests in a short period of time."
            raise Refusal(TOO_MANY, message)


class Gateway:
    def __init__(self, market: Market) -> None:
        self._market = market
        self._pace = Pace()

    def answer(self, request: Request) -> Reply:
        """Raises Refusal with TikTok's code for every call that may not pass."""
        endpoint, place = _find(request)
        app, query = self._market.app, dict(request.query)
        tiktok_signature.check(request, app.app_key, app.app_secret, time.time())
        grant = holder(self._market, request.headers.get("x-tts-access-token", ""))
        shop = self._shop(endpoint, grant, query)
        self._pace.check("" if shop is None else shop["id"], endpoint.path, app.calls_per_second)
        if request.body and not request.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(BAD_FORMAT, "Invalid request format. The request body format must be application/json.")
        return endpoint.answer(Call(self._market, request, query, grant, shop, place))

    def _shop(self, endpoint: Endpoint, grant: Document, query: dict[str, str]) -> Document | None:
        cipher = query.get("shop_cipher", "")
        if endpoint.cipher == "unused":
            return None
        if endpoint.cipher == "refused":
            if cipher:
                message = "Unexpected identifier. The shop_cipher query parameter is not required for this request."
                raise Refusal(BAD_REQUEST, message)
            return None
        if not cipher:
            message = "Missing identifier. The shop_cipher query parameter is required to identify the target shop."
            raise Refusal(NO_CIPHER, message)
        for shop_id in grant["shop_ids"]:
            shop = self._market.shops()[shop_id]
            if shop["cipher"] == cipher:
                return shop
        raise Refusal(WRONG_SHOP, "Invalid query or header. shop_cipher and x-tts-access-token do not match.")


def _find(request: Request) -> tuple[Endpoint, str]:
    fits = [(one, place) for one in ENDPOINTS if (place := one.place(request.path)) is not None]
    if not fits:
        raise Refusal(BAD_PATH, "Invalid path. The specified path does not match any available endpoint.")
    version = VERSION.search(request.path)
    for endpoint, place in fits:
        if request.method not in endpoint.methods:
            continue
        if version is None or version[1] not in endpoint.versions:
            raise Refusal(BAD_VERSION, "Invalid API version. The version value is invalid or unsupported.")
        return endpoint, place
    raise Refusal(BAD_METHOD, "Invalid method. The HTTP method used is not supported by this endpoint.")
