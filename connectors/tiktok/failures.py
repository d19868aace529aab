"""TikTok's error answers sorted into the error family. Source: Partner Center, "Common errors", and endpoint pages.

The code decides, never the HTTP status: 106001 was seen with 401, others come with 200.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors import careless_json
from connectors.errors import BadAnswer, ConnectorError, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.http import Answer
from connectors.redact import HIDDEN, redact, redact_text

THROTTLE_WAIT = 5.0
"""Seconds to wait when TikTok throttles without Retry-After; callers lengthen it as it repeats."""

LONGEST_KEPT_ANSWER = 2000


@dataclass(frozen=True)
class Meaning:
    """What a code says. `BadAnswer` means that TikTok itself failed: worth another try, unknown for a creating call."""

    error: type[ConnectorError]
    sentence: str
    expired: bool = False


_RECONNECT = "Connect the shop again in Settings."
_BUG = "This is a fault in Orderbridge, not in your shop: please report it with the request id."
_BROKEN = Meaning(BadAnswer, "TikTok could not answer just now; it is asked again later.")
_BAD_REQUEST = Meaning(Refused, f"TikTok refused the form of the request. {_BUG}")

CODES: dict[int, Meaning] = {
    105002: Meaning(Unauthorized, "The TikTok access token has expired; it is renewed automatically.", expired=True),
    105005: Meaning(
        Unauthorized,
        "The TikTok app lacks a permission (scope) that this call needs. Add it in Partner Center under "
        f"App & Service, Manage API. {_RECONNECT}",
    ),
    101000: Meaning(Unauthorized, f"The TikTok token does not belong to this shop. {_RECONNECT}"),
    106001: Meaning(
        Unauthorized, "TikTok refused the signature: TIKTOK_SHOP_APP_SECRET is not the secret of TIKTOK_SHOP_APP_KEY."
    ),
    36009033: Meaning(
        Unauthorized,
        "The TikTok app only accepts calls from listed addresses, and this server's is not on the list. "
        "Add it in Partner Center under App & Service.",
    ),
    36004004: Meaning(
        Refused, "TikTok's authorization code was already used or is older than 30 minutes. Start the connection again."
    ),
    106013: _BAD_REQUEST,
    36009009: _BAD_REQUEST,
    36009010: _BAD_REQUEST,
    36009014: _BAD_REQUEST,
    36009021: _BAD_REQUEST,
    36009022: _BAD_REQUEST,
    36009023: _BAD_REQUEST,
    36009002: Meaning(Throttled, "TikTok asks for fewer calls; this one is made again later."),
    36009003: _BROKEN,
    36009007: Meaning(BadAnswer, "TikTok took too long to answer; it is asked again later."),
    10002014: _BROKEN,
    10002015: _BROKEN,
    10006402: _BROKEN,
    10037002: _BROKEN,
    10037003: _BROKEN,
    10037004: _BROKEN,
    21008111: Meaning(Refused, "This order does not belong to this TikTok shop."),
    21008106: Meaning(Refused, "TikTok does not take tracking numbers this way in the shop's region."),
    21011044: Meaning(Refused, "The order is on hold at TikTok for about an hour after payment; it cannot ship yet."),
    21011007: Meaning(Refused, "A cancellation or return of this order is open at TikTok; decide on it first."),
    12052180: Meaning(Refused, "TikTok lists no more than 10,000 products in one search; narrow the search."),
    12019027: Meaning(Refused, "TikTok looks for at most 10 seller SKUs in one search."),
    12019087: Meaning(Refused, "TikTok looks for at most 10 SKU ids in one search."),
    12019150: Meaning(Refused, "TikTok has no such product."),
    12052034: Meaning(Refused, "This product belongs to another TikTok shop."),
}

CATCH_ALL = 36009004
_SLOW_CLOCK = "earlier than 5 minutes"
_FAST_CLOCK = "more than 30 seconds"
_CLOCK = Meaning(Refused, "")  # the sentence is made by _clock_sentence
# Words that must all occur in the message (quotes removed, lower case) -> meaning; the first match counts.
CATCH_ALL_MESSAGES: tuple[tuple[tuple[str, ...], Meaning], ...] = (
    ((_SLOW_CLOCK,), _CLOCK),
    ((_FAST_CLOCK,), _CLOCK),
    (("timestamp",), _CLOCK),
    (
        ("access-token", "invalid"),
        Meaning(Unauthorized, f"TikTok no longer accepts this shop's access token. {_RECONNECT}"),
    ),
    (
        ("access_token", "invalid"),
        Meaning(Unauthorized, f"TikTok no longer accepts this shop's access token. {_RECONNECT}"),
    ),
    (
        ("app_key", "invalid"),
        Meaning(
            Unauthorized,
            "TikTok does not know the app: TIKTOK_SHOP_APP_KEY is wrong, or the app is disabled in Partner Center.",
        ),
    ),
    (("missing credentials",), _BAD_REQUEST),
    (("cipher", "not required"), _BAD_REQUEST),
    (("shop_id", "invalid"), _BAD_REQUEST),
    (("api version",), _BAD_REQUEST),
)


def failure(answer: Answer, *, label: str, creates: bool, secrets: tuple[str, ...] = ()) -> ConnectorError:
    """The error for an answer that is no success; `label` names the call, `secrets` are blotted out of all text."""
    envelope = _envelope(answer.body)
    kept = _kept(answer.body, envelope, secrets)
    code = whole(envelope.get("code")) if envelope is not None else None
    request_id = str((envelope or {}).get("request_id") or answer.headers.get("x-tt-logid") or "")
    about: dict[str, Any] = {"http_status": answer.status, "request_id": request_id, "answer": kept}
    if envelope is None or code is None or code == 0:
        if answer.status == 429:
            return Throttled(f"{label}: {CODES[36009002].sentence}", wait=_wait(answer), code="429", **about)
        what = f"HTTP {answer.status}" if answer.status != 200 else "an answer that cannot be read"
        kind = UnknownOutcome if creates else BadAnswer
        return kind(f"{label}: TikTok sent {what}; it is asked again later.", code=str(answer.status), **about)

    message = _scrub(str(envelope.get("message") or ""), secrets)
    meaning = _meaning(code, message, answer.status)
    sentence = f"{label}: {meaning.sentence or _clock_sentence(message, answer)}"
    about["code"] = str(code)
    if meaning.error is Throttled:
        return Throttled(sentence, wait=_wait(answer), **about)
    if meaning.error is Unauthorized:
        return Unauthorized(sentence, expired=meaning.expired, **about)
    if meaning.error is BadAnswer and creates:
        return UnknownOutcome(sentence, **about)
    return meaning.error(sentence, **about)


def whole(value: object) -> int | None:
    """A number sent as a number or as text; None for anything else (true is not 1, null is not 0)."""
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        try:
            return int(value)
        except ValueError:  # two signs, or more digits than Python converts
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _meaning(code: int, message: str, status: int) -> Meaning:
    if code == CATCH_ALL:
        words = message.lower().translate(str.maketrans("", "", "`'\""))
        for needed, meaning in CATCH_ALL_MESSAGES:
            if all(word in words for word in needed):
                return meaning
    elif code in CODES:
        return CODES[code]
    if status == 429:
        return CODES[36009002]
    if status >= 500:
        return _BROKEN
    return Meaning(Refused, f"TikTok refused it: {message or 'no reason given'} (code {code}).")


def _clock_sentence(message: str, answer: Answer) -> str:
    """Source: the timestamp may be 5 minutes old or 30 seconds ahead."""
    how = "far off"
    if _SLOW_CLOCK in message:
        how = "more than 5 minutes slow"
    elif _FAST_CLOCK in message:
        how = "more than 30 seconds fast"
    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
        off = round((datetime.now(UTC) - there).total_seconds())
        if abs(off) > 5:
            how = f"{abs(off)} seconds {'fast' if off > 0 else 'slow'}"
    except (ValueError, TypeError):
        pass  # no usable Date header: the message's own words serve
    return f"This machine's clock is wrong ({how}), so TikTok refuses its signatures. Set the clock; nothing is lost."


def _wait(answer: Answer) -> float:
    asked = answer.retry_after()
    return THROTTLE_WAIT if asked is None else max(1.0, asked)


def _envelope(body: bytes) -> dict[str, object] | None:
    try:
        parsed = careless_json.read(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _kept(body: bytes, envelope: dict[str, object] | None, secrets: tuple[str, ...]) -> str:
    if envelope is None:
        # Half an order is no JSON any more: its names could not be told from its other words.
        text = "" if body.lstrip()[:1] in (b"{", b"[") else body[:LONGEST_KEPT_ANSWER].decode("utf-8", "replace")
    else:
        text = json.dumps(redact(envelope), ensure_ascii=False, default=str)
    return _scrub(text, secrets)[:LONGEST_KEPT_ANSWER]


def _scrub(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    return redact_text(text)
