"""Tokens: client credentials, the authorization code grant, and the redirect a merchant's consent ends in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.serving import Reply, json_reply

DAY_SECONDS = 86_399


def access_token(asked: dict[str, Any], scopes: str) -> Reply:
    """Any id, secret or code that does not begin with "bad" is good."""
    named = [str(asked.get(name) or "bad") for name in ("client_id", "client_secret")]
    if any(value.startswith("bad") for value in named):
        return json_reply({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    digest = hashlib.sha256(f"{named} {asked.get('code')}".encode()).hexdigest()[:32]
    if asked.get("grant_type") == "client_credentials":
        return json_reply({"access_token": f"shpat_{digest}", "scope": scopes, "expires_in": DAY_SECONDS})
    if str(asked.get("code") or "bad").startswith("bad"):
        message = "The authorization code was not found or was already used"
        return json_reply({"error": "invalid_request", "error_description": message}, 400)
    return json_reply({"access_token": f"shpat_{digest}", "scope": scopes})


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
