"""Tokens for a store: client credentials, the authorization code grant, and the checks that go with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors import careless_json, http
from connectors.errors import BadAnswer, Throttled, Unauthorized, UnknownOutcome
from connectors.redact import redact_text
from connectors.shopify.failures import BROKEN_CONNECTIONS

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")

OLDEST_CALLBACK = timedelta(days=1)
"""Shopify's rule for the age of a signed query."""

RENEWAL_DEADLINE_SECONDS = 20.0
"""Well within the claim of whoever renews."""

PERMISSION_ENDED = "Shopify no longer renews the app's access to this store. Press *Reconnect* to ask its owner again."

REFUSALS = {
    "shop_not_permitted": "this app belongs to another organisation than the store; use an app of the store's own "
    "organisation, or connect the store by its owner's consent",
    "app_not_installed": "the app is not installed on this store; install it in the Dev Dashboard first",
    "application_cannot_be_found": "Shopify knows no app with this client id; check it",
    "invalid_client": "Shopify does not know this client id and secret; check both",
    "invalid_request": "Shopify did not accept the request; connect the store again",
    "invalid_grant": "the consent was used already or is too old; connect the store again",
    "access_denied": "Shopify denied the app access to this store",
}


@dataclass(frozen=True)
class AccessToken:
    """A store's token. `expires_at` is None for one that does not end; only one of a consent that ends can be renewed
    with its `refresh_token`, which is used up by that."""

    token: str = field(repr=False)
    expires_at: datetime | None
    scopes: frozenset[str]
    refresh_token: str = field(default="", repr=False)
    refresh_expires_at: datetime | None = None


def valid_domain(text: str) -> str | None:
    """The store's name in lower case, or None for anything but `name.myshopify.com`.

    Nothing a person typed may become the host of a request before this check: no port, path or userinfo passes.
    """
    name = text.strip().lower()
    return name if _DOMAIN.fullmatch(name) else None


def store_root(api_url: str, domain: str) -> str:
    """`https://{domain}` with the store's name put in, without a slash at its end."""
    return api_url.replace("{domain}", domain).rstrip("/")


def authorize_url(
    api_url: str, domain: str, client_id: str, scopes: Sequence[str], redirect_uri: str, state: str
) -> str:
    """Where the store's owner gives consent."""
    query = urlencode({"client_id": client_id, "scope": ",".join(scopes), "redirect_uri": redirect_uri, "state": state})
    return f"{store_root(api_url, domain)}/admin/oauth/authorize?{query}"


def client_credentials(api_url: str, domain: str, client_id: str, client_secret: str) -> AccessToken:
    """A token for 24 hours, for an app of the store's own organisation. Safe to ask again.

    Raises Unauthorized with a sentence for staff, Throttled, NotSent, BadAnswer or UnknownOutcome.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    return _ask(api_url, domain, form, once=False)


def exchange_code(api_url: str, domain: str, client_id: str, client_secret: str, code: str) -> AccessToken:
    """The token that the consent was given for. A code works once, so this is never repeated.

    Asks for one that ends after an hour and can be renewed: apps for many merchants get no other since April 2026
    (shopify.dev, "Offline access tokens"), and every app may have it. One without an end is taken as well.
    """
    form = {"client_id": client_id, "client_secret": client_secret, "code": code, "expiring": "1"}
    return _ask(api_url, domain, form, once=True)


def refresh(api_url: str, domain: str, client_id: str, client_secret: str, refresh_token: str) -> AccessToken:
    """A new pair for an old one. Safe to ask again: Shopify takes the old refresh token until the new one was used.

    Raises Unauthorized when Shopify no longer takes it: only the store's owner can mend that.
    """
    form = {"client_id": client_id, "client_secret": client_secret, "grant_type": "refresh_token"}
    try:
        return _ask(
            api_url, domain, {**form, "refresh_token": refresh_token}, once=False, deadline=RENEWAL_DEADLINE_SECONDS
        )
    except Unauthorized as refused:
        if refused.code not in ("invalid_request", "invalid_grant"):
            raise
        told = {"code": refused.code, "http_status": refused.http_status, "request_id": refused.request_id}
        raise Unauthorized(PERMISSION_ENDED, **told) from None  # type: ignore[arg-type]  # keywords of ConnectorError


def query_hmac_ok(params: Mapping[str, str] | Sequence[tuple[str, str]], secret: str) -> bool:
    """Whether Shopify signed this query (installation and consent callback). The age is checked by `is_recent`."""
    pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
    given = [value for key, value in pairs if key == "hmac"]
    if not secret or len(given) != 1:
        return False
    message = "&".join(sorted(f"{_key(k)}={_value(v)}" for k, v in _joined(pairs) if k not in ("hmac", "signature")))
    expected = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given[0].encode("utf-8", "replace"))


def is_recent(params: Mapping[str, str], now: datetime) -> bool:
    """Whether the signed query's `timestamp` (Unix seconds) is at most a day old, and not from the future."""
    try:
        at = datetime.fromtimestamp(int(params.get("timestamp", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return -OLDEST_CALLBACK <= at - now <= timedelta(minutes=5)


def _ask(
    api_url: str, domain: str, form: dict[str, str], *, once: bool, deadline: float = http.DEADLINE_SECONDS
) -> AccessToken:
    if valid_domain(domain) is None:
        raise Unauthorized("The store's address is not a myshopify.com name.", code="bad_domain")
    url = f"{store_root(api_url, domain)}/admin/oauth/access_token"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    sent = urlencode(form).encode()
    label = "Shopify token"
    answer = http.send("POST", url, headers=headers, body=sent, creates=once, deadline=deadline, label=label)
    body = _object(answer.body)
    told: dict[str, Any] = {"http_status": answer.status, "request_id": answer.headers.get("x-request-id", "")}
    if answer.status == 429:
        raise Throttled("Shopify asks to slow down", wait=answer.retry_after() or 2.0, code="http_429", **told)
    if 400 <= answer.status < 500:
        raise _refusal(body or {}, answer.status, told)
    if answer.status != 200 or body is None or not body.get("access_token"):
        error = UnknownOutcome if once else BadAnswer
        raise error(f"Shopify gave no access token ({answer.status}); try again in a minute", code="no_token", **told)
    return _token(body)


def _refusal(body: dict[str, Any], status: int, told: dict[str, Any]) -> Unauthorized:
    code = str(body.get("error") or "")
    if status == 404:
        return Unauthorized("Shopify knows no store of this name; check it.", code=code or "http_404", **told)
    if status in (402, 423):
        return Unauthorized(BROKEN_CONNECTIONS[status], code=f"http_{status}", **told)
    reason = REFUSALS.get(code) or redact_text(str(body.get("error_description") or code or f"answer {status}"))
    return Unauthorized(f"Shopify gave no access to this store: {reason}.", code=code or f"http_{status}", **told)


def _token(body: dict[str, Any]) -> AccessToken:
    scopes = frozenset(part.strip() for part in str(body.get("scope") or "").split(",") if part.strip())
    return AccessToken(
        str(body["access_token"]),
        _end(body.get("expires_in")),
        scopes,
        str(body.get("refresh_token") or ""),
        _end(body.get("refresh_token_expires_in")),
    )


def _end(seconds: object) -> datetime | None:
    """So many seconds from now; None for anything that is no number."""
    try:
        return datetime.now(UTC) + timedelta(seconds=float(str(seconds)))
    except (ValueError, OverflowError):
        return None


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        parsed = careless_json.storable(careless_json.read(raw))
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _joined(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Repeated `ids[]` become one `ids` with a JSON list, as Shopify's own library signs them."""
    plain = [(k, v) for k, v in pairs if not k.endswith("[]")]
    lists: dict[str, list[str]] = {}
    for key, value in pairs:
        if key.endswith("[]"):
            lists.setdefault(key.removesuffix("[]"), []).append(value)
    return plain + [(key, json.dumps(values)) for key, values in lists.items()]


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _key(text: str) -> str:
    return _value(text).replace("=", "%3D")
