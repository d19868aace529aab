"""What TikTok's gateway checks before it looks at a call: signature, application key, clock.

Written on its own from TikTok's signing page, apart from the client's code, so that both cannot share one mistake.
"""

from __future__ import annotations

import hashlib
import hmac

from connectors.sandbox.serving import Request
from connectors.sandbox.tiktok_answers import BAD_REQUEST, BAD_SIGN, Refusal

OLDEST_SECONDS = 300
AHEAD_SECONDS = 30
_CLOCK = "Invalid timestamp. The value of the timestamp query parameter must not "


def signature(secret: str, request: Request) -> str:
    """The sign TikTok expects: lower-case hex of HMAC-SHA256 over secret, path, sorted query, body, secret."""
    digest = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    digest.update(secret.encode() + request.path.encode())
    for name, value in sorted(request.query):
        if name not in ("sign", "access_token"):
            digest.update(f"{name}{value}".encode())
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        digest.update(request.body)
    digest.update(secret.encode())
    return digest.hexdigest()


def check(request: Request, app_key: str, secret: str, now: float) -> None:
    """Raises Refusal as TikTok would for this call at Unix second `now`."""
    query = dict(request.query)
    if not query.get("sign"):
        raise Refusal(
            BAD_REQUEST, "Missing credentials. The request does not include a required signature in the query."
        )
    if query.get("app_key") != app_key:
        raise Refusal(BAD_REQUEST, "Invalid credentials. Invalid app_key query parameter.")
    _check_clock(query.get("timestamp", ""), now)
    if not hmac.compare_digest(query["sign"].encode(), signature(secret, request).encode()):
        raise Refusal(BAD_SIGN, "Invalid credentials. The 'sign' query parameter is invalid.")


def _check_clock(text: str, now: float) -> None:
    try:
        sent = int(text)
    except ValueError:
        raise Refusal(BAD_REQUEST, "Invalid timestamp. The timestamp query parameter is not a number.") from None
    if sent < 0:
        raise Refusal(BAD_REQUEST, f"{_CLOCK}be lesser than 0.")
    if sent < now - OLDEST_SECONDS:
        raise Refusal(BAD_REQUEST, f"{_CLOCK}be earlier than 5 minutes before the current time.")
    if sent > now + AHEAD_SECONDS:
        raise Refusal(BAD_REQUEST, f"{_CLOCK}exceed the current time by more than 30 seconds.")
