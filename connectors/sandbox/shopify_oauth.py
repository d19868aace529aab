"""Tokens: client credentials, the authorization code grant, pairs that renew, and the redirect a consent ends in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.serving import Reply, json_reply
from connectors.sandbox.shopify_shop import Shop

DAY_SECONDS = 86_399
HOUR_SECONDS = 3_600
REFRESH_SECONDS = 90 * 24 * HOUR_SECONDS
NO_REFRESH = "This request requires an active refresh_token"


def access_token(shop: Shop, asked: dict[str, Any]) -> Reply:
    """Any id, secret or code that does not begin with "bad" is good; a token that is given installs the app."""
    reply = _token_reply(shop, asked)
    if reply.status == 200:
        install(shop)
    return reply


def _token_reply(shop: Shop, asked: dict[str, Any]) -> Reply:
    named = [str(asked.get(name) or "bad") for name in ("client_id", "client_secret")]
    if any(value.startswith("bad") for value in named):
        return json_reply({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    digest = hashlib.sha256(f"{named} {asked.get('code')}".encode()).hexdigest()[:32]
    scopes = shop.flags.scopes
    if asked.get("grant_type") == "client_credentials":
        return json_reply({"access_token": f"shpat_{digest}", "scope": scopes, "expires_in": DAY_SECONDS})
    if asked.get("grant_type") == "refresh_token":
        return _renewed(shop, str(asked.get("refresh_token") or ""))
    if str(asked.get("code") or "bad").startswith("bad"):
        message = "The authorization code was not found or was already used"
        return json_reply({"error": "invalid_request", "error_description": message}, 400)
    if str(asked.get("expiring")) == "1":
        return _new_pair(shop, "")
    return json_reply({"access_token": f"shpat_{digest}", "scope": scopes})


def has_ended(shop: Shop, token: str) -> bool:
    """Whether the app was uninstalled, or this is a token of a pair that ran out or was exchanged."""
    if shop.table("app").get("uninstalled"):
        return True
    pair = shop.table("token pairs").get(token)
    return pair is not None and (pair["dead"] or pair["ends"] <= time.time())


def uninstall(shop: Shop) -> None:
    """No token opens the store from now on, and no pair can be renewed."""
    shop.put("app", "uninstalled", {"at": time.time()})
    for token in list(shop.table("token pairs")):
        shop.store.drop(f"{shop.domain} token pairs", token)


def install(shop: Shop) -> None:
    if shop.table("app").get("uninstalled"):
        shop.store.drop(f"{shop.domain} app", "uninstalled")


def use(shop: Shop, token: str) -> None:
    """The first call with a new token puts the pair before it out of use."""
    pair = shop.table("token pairs").get(token)
    if pair and pair["before"]:
        shop.put("token pairs", token, {**pair, "before": ""})
        shop.put("token pairs", pair["before"], {**shop.table("token pairs")[pair["before"]], "spent": True})


def _renewed(shop: Shop, refresh_token: str) -> Reply:
    """Both tokens are new each time; the old refresh token serves again until the new pair was used."""
    now = time.time()
    for token, pair in list(shop.table("token pairs").items()):
        if pair["refresh_token"] == refresh_token and not pair["spent"] and pair["refresh_ends"] > now:
            shop.put("token pairs", token, {**pair, "dead": True})
            return _new_pair(shop, token)
    return json_reply({"error": "invalid_request", "error_description": NO_REFRESH}, 401)


def _new_pair(shop: Shop, before: str) -> Reply:
    token, refresh_token = f"shpat_{secrets.token_hex(16)}", f"shprt_{secrets.token_hex(16)}"
    now = time.time()
    pair = {"refresh_token": refresh_token, "ends": now + HOUR_SECONDS, "refresh_ends": now + REFRESH_SECONDS}
    shop.put("token pairs", token, {**pair, "before": before, "dead": False, "spent": False})
    told = {"access_token": token, "scope": shop.flags.scopes, "expires_in": HOUR_SECONDS}
    return json_reply({**told, "refresh_token": refresh_token, "refresh_token_expires_in": REFRESH_SECONDS})


def authorize(domain: str, asked: dict[str, str], secret: str) -> Reply:
    """Consent is given at once: back to redirect_uri with a code and the signature over the query."""
    if not asked.get("redirect_uri"):
        return json_reply({"error": "invalid_request", "error_description": "redirect_uri is missing"}, 400)
    host = base64.b64encode(f"{domain}/admin".encode()).decode().rstrip("=")
    answer = {"code": f"code{int(time.time() * 1000)}", "host": host, "shop": domain}
    answer |= {"state": asked.get("state", ""), "timestamp": str(int(time.time()))}
    signed = "&".join(f"{key}={value}" for key, value in sorted(answer.items()))
    answer["hmac"] = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return Reply(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode(answer)}"})
