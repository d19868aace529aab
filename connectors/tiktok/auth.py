"""Access tokens of a TikTok shop. Source: Partner Center, "Authorization overview".

Both calls carry the app secret in the URL (TikTok's design) and use something up: they go out once, under a label.
"""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import quote, urlencode

from connectors import careless_json, http
from connectors.errors import Refused, Unauthorized, UnknownOutcome
from connectors.tiktok.failures import failure, whole
from connectors.tiktok.payloads import TokenPair, Unreadable, read_tokens

DEADLINE_SECONDS = 20.0


def exchange_code(auth_url: str, app_key: str, app_secret: str, code: str) -> TokenPair:
    """Tokens for the code of the seller's consent; it lives 30 minutes and works once.

    Raises Refused for a spent code, else the usual family.
    """
    given = {"auth_code": code, "grant_type": "authorized_code"}
    return _tokens(auth_url, "/api/v2/token/get", app_key, app_secret, given, secret=code, label="TikTok connection")


def refresh(auth_url: str, app_key: str, app_secret: str, refresh_token: str) -> TokenPair:
    """A new pair for an old one: store both before using either, the old refresh token may be dead already.

    Raises Unauthorized when TikTok refuses: only the seller can mend that, by connecting the shop again.
    Raises UnknownOutcome when the answer was lost: the old refresh token is still worth another try.
    """
    given = {"refresh_token": refresh_token, "grant_type": "refresh_token"}
    label = "TikTok token renewal"
    try:
        return _tokens(auth_url, "/api/v2/token/refresh", app_key, app_secret, given, secret=refresh_token, label=label)
    except Refused as refused:
        _connect_again(refused, label)


def _connect_again(refused: Refused, label: str) -> NoReturn:
    raise Unauthorized(
        f"{label}: TikTok refused to renew the access of this shop. Connect the shop again in Settings.",
        code=refused.code,
        http_status=refused.http_status,
        request_id=refused.request_id,
        answer=refused.answer,
    ) from None


def _tokens(
    auth_url: str, path: str, app_key: str, app_secret: str, given: dict[str, str], *, secret: str, label: str
) -> TokenPair:
    query = urlencode({"app_key": app_key, "app_secret": app_secret, **given}, quote_via=quote, safe="")
    url = f"{auth_url.rstrip('/')}{path}?{query}"
    answer = http.send("GET", url, creates=True, deadline=DEADLINE_SECONDS, label=label)
    try:
        envelope = careless_json.read(answer.body)
        if answer.status < 300 and whole(envelope["code"]) == 0:
            pair = read_tokens(envelope["data"])
            if pair.refresh_token:
                return pair
    except (ValueError, KeyError, TypeError, AttributeError, Unreadable):
        pass  # sorted below like every other answer that is no success
    error = failure(answer, label=label, creates=True, secrets=(app_secret, secret))
    if isinstance(error, UnknownOutcome):
        error.answer = ""  # half a token answer may hold a token in a form that no pattern knows
    raise error
