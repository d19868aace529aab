"""Shops of the sandbox and the tokens that open them: authorization, rotation, expiry."""

from __future__ import annotations

import secrets
import time
from typing import Any

from connectors.sandbox.serving import Reply, Request
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_answers import BAD_CODE, BAD_REQUEST, TOKEN_EXPIRED, TOKEN_UNKNOWN, Refusal, done
from connectors.sandbox.tiktok_market import Market

CODE_SECONDS = 1800
SCOPES = ["seller.authorization.info", "seller.order.info", "seller.product.basic", "seller.fulfillment.basic"]


def keep_shop(market: Market, wish: dict[str, Any]) -> Document:
    """Add a shop or change what `wish` names of it; a token in it covers this shop from now on. Raises ValueError."""
    shop_id = str(wish.get("id") or "")
    if not shop_id:
        raise ValueError("A shop needs an id: {'id': '7495…', 'name': …}.")
    before = market.shops().get(shop_id)
    shop: Document = before or {
        "id": shop_id,
        "name": f"Sandbox shop {shop_id}",
        "region": "US",
        "seller_type": "LOCAL",
        "cipher": f"TTP_{secrets.token_urlsafe(24)}",
        "code": f"USLC{secrets.token_hex(4).upper()}",
        "grow_per_minute": 0,
        "advance": False,
        "seconds_per_state": 30,
    }
    changes = {name: wish[name] for name in shop if name in wish and name != "id"}
    shop = market.store.put("shops", shop_id, shop | changes)
    if before is None or wish.get("access_token") or wish.get("refresh_token"):
        _authorize(market, [shop_id], {"access_token": grant_of(market, shop_id).get("access_token"), **wish})
    return shop


def grant_of(market: Market, shop_id: str) -> Document:
    """The tokens that open this shop, or an empty object after a withdrawal."""
    for access_token, grant in market.store.table("grants").items():
        if shop_id in grant["shop_ids"]:
            return {"access_token": access_token, **grant}
    return {}


def withdraw(market: Market, shop_id: str) -> None:
    """The seller takes the authorization back: its tokens no longer open this shop."""
    for access_token, grant in list(market.store.table("grants").items()):
        left = [one for one in grant["shop_ids"] if one != shop_id]
        if left:
            market.store.put("grants", access_token, grant | {"shop_ids": left})
        elif shop_id in grant["shop_ids"]:
            market.store.drop("grants", access_token)


def new_code(market: Market, shop_ids: list[str]) -> str:
    """An authorization code for these shops: 30 minutes, one use."""
    code = f"TTP_{secrets.token_urlsafe(30)}"
    market.store.put("codes", code, {"shop_ids": shop_ids, "expires_at": time.time() + CODE_SECONDS})
    return code


def holder(market: Market, token: str) -> Document:
    """The authorization behind an access token. Raises Refusal: unknown, withdrawn, made bad on purpose, expired."""
    if token.startswith("expired"):
        raise _expired()
    grant = None if token.startswith("bad") else market.store.get("grants", token)
    if grant is None:
        raise Refusal(BAD_REQUEST, TOKEN_UNKNOWN)
    if grant["expires_at"] <= time.time():
        raise _expired()
    return grant


def exchange(market: Market, request: Request) -> Reply:
    """GET /api/v2/token/get: a code becomes a pair of tokens."""
    query = _token_query(market, request, "authorized_code")
    code = market.store.get("codes", query.get("auth_code", ""))
    if code is None or code["expires_at"] <= time.time():
        raise Refusal(BAD_CODE, "Invalid auth code.")
    market.store.drop("codes", query["auth_code"])
    return _pair(market, _authorize(market, code["shop_ids"], {}))


def refresh(market: Market, request: Request) -> Reply:
    """GET /api/v2/token/refresh: a new pair; both old tokens are dead from then on."""
    query = _token_query(market, request, "refresh_token")
    token = query.get("refresh_token", "")
    for grant in list(market.store.table("grants").values()):
        if grant["refresh_token"] == token and grant["refresh_expires_at"] > time.time() and token[:3] != "bad":
            kept = {"refresh_token_expires_at": grant["refresh_expires_at"]}  # the authorization ends when it ended
            return _pair(market, _authorize(market, grant["shop_ids"], kept))
    raise Refusal(BAD_CODE, "Invalid refresh token. It has already been used, is expired, or is invalid.")


def _token_query(market: Market, request: Request, grant_type: str) -> dict[str, str]:
    query = dict(request.query)
    if query.get("app_key") != market.app.app_key or query.get("app_secret") != market.app.app_secret:
        raise Refusal(BAD_REQUEST, "Invalid credentials. Invalid app_key query parameter.")
    if query.get("grant_type") != grant_type:
        raise Refusal(BAD_REQUEST, f"Invalid grant_type. It must be {grant_type}.")
    return query


def _authorize(market: Market, shop_ids: list[str], wish: dict[str, Any]) -> str:
    """Move the shops to the access token that is returned; `wish` may name tokens and their ends."""
    access_token = str(wish.get("access_token") or f"TTP_{secrets.token_urlsafe(40)}")
    same = market.store.get("grants", access_token) or {}
    for shop_id in shop_ids:
        withdraw(market, shop_id)
    now = int(time.time())
    covered = [one for one in same.get("shop_ids", []) if one not in shop_ids]
    grant = {
        "shop_ids": [*covered, *shop_ids],
        "expires_at": int(wish.get("access_token_expires_at") or now + market.app.access_token_life),
        "refresh_token": str(
            wish.get("refresh_token") or same.get("refresh_token") or f"TTP_{secrets.token_urlsafe(40)}"
        ),
        "refresh_expires_at": int(wish.get("refresh_token_expires_at") or now + market.app.refresh_token_life),
    }
    market.store.put("grants", access_token, grant)
    return access_token


def _pair(market: Market, access_token: str) -> Reply:
    grant = market.store.table("grants")[access_token]
    first = market.shops().get(grant["shop_ids"][0], {})
    return done(
        {
            "access_token": access_token,
            # Absolute Unix seconds, whatever the names say.
            "access_token_expire_in": grant["expires_at"],
            "refresh_token": grant["refresh_token"],
            "refresh_token_expire_in": grant["refresh_expires_at"],
            "open_id": f"70107{grant['shop_ids'][0][-14:]:0>14}",
            "seller_name": first.get("name", ""),
            "seller_base_region": first.get("region", "US"),
            "user_type": 0,
            "granted_scopes": SCOPES,
        }
    )


def _expired() -> Refusal:
    return Refusal(TOKEN_EXPIRED, "Expired credentials. The x-tts-access-token header has expired.")
