"""Sorts what Shopify answered: HTTP status, body and top-level GraphQL errors become a parsed body or one error.

For a creating call the question is always "is it certain that nothing was done?". Only a documented refusal is a
certain no; whatever is odd counts as unknown, and is looked for before anyone tries again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from connectors import careless_json
from connectors.errors import BadAnswer, ConnectorError, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.http import Answer
from connectors.redact import redact, redact_text

PLAIN_429_WAIT = 2.0
"""Shopify advises to back off a second when the edge says 429 without Retry-After; twice that, to be polite."""

LONGEST_THROTTLE = 60.0
"""The emptiest bucket fills in 20 seconds on every plan."""

KEPT_ANSWER_CHARS = 2000

BROKEN_CONNECTIONS = {
    401: "Shopify no longer accepts the access token of this store. Renew the connection to the store.",
    402: "Shopify has frozen this store, most often over an unpaid bill. Its owner must settle that with Shopify.",
    403: "Shopify does not let this app do that. Give the app the access it needs and install it on the store again.",
    423: "Shopify has locked this store. Its owner must contact Shopify Support.",
}

REFUSED_STATUSES = {
    400: "Shopify could not read the request",
    404: "Shopify knows no such store or address; check the store's myshopify.com name",
    406: "Shopify does not accept this kind of request",
    422: "Shopify refused the request",
}

SECURITY_REJECTION = (
    "Shopify's security filter turned this request away before reading it. "
    "If it happens again, ask Shopify Support why, giving them the request number."
)

NOTHING_WAS_DONE = frozenset(
    {
        "THROTTLED",
        "ACCESS_DENIED",
        "SHOP_INACTIVE",
        "INVALID_VARIABLE",
        "BAD_REQUEST",
        "MAX_INPUT_SIZE_EXCEEDED",
        "MAX_COST_EXCEEDED",
        "RESOURCE_NOT_FOUND",
        "NOT_FOUND",
    }
)
"""Error codes that Shopify gives before it runs a mutation. INTERNAL_SERVER_ERROR is not one of them."""

_VALIDATION_CODE = re.compile(r"[a-z][A-Za-z]+")
"""undefinedField, missingRequiredArguments …: the document did not fit the schema, so nothing ran."""


def about(answer: Answer) -> dict[str, Any]:
    """What every error tells of the answer: its number for Shopify Support and a redacted copy."""
    return {
        "http_status": answer.status,
        "request_id": answer.headers.get("x-request-id", ""),
        "answer": _kept(answer.body),
    }


def read_body(answer: Answer, *, creates: bool, label: str) -> dict[str, Any]:
    """The JSON object of a 200 answer; raises for every other status and for a body that is no JSON object."""
    status = answer.status
    if status == 429:
        wait = answer.retry_after()
        raise Throttled(
            f"{label}: Shopify asks to slow down",
            wait=PLAIN_429_WAIT if wait is None else wait,
            code="http_429",
            **about(answer),
        )
    if status in BROKEN_CONNECTIONS:
        raise Unauthorized(BROKEN_CONNECTIONS[status], expired=status == 401, code=f"http_{status}", **about(answer))
    if 300 <= status < 400:
        raise Unauthorized(
            "Shopify sends requests for this store to another address: check the store's myshopify.com name.",
            code="redirected",
            **about(answer),
        )
    if status == 430:
        raise Refused(SECURITY_REJECTION, code="http_430", **about(answer))
    body = _json_object(answer.body)
    if status in REFUSED_STATUSES and body is not None:
        said = "; ".join(error["message"] for error in read_errors(body)) or redact_text(str(body.get("error") or ""))
        sentence = REFUSED_STATUSES[status] + (f": {said}" if said else "")
        raise Refused(f"{label}: {sentence}", code=f"http_{status}", **about(answer))
    if status != 200:
        _unclear(f"{label}: Shopify had a failure of its own ({status})", answer, creates, code=f"http_{status}")
    if body is None:
        _unclear(f"{label}: Shopify's answer cannot be read", answer, creates, code="unreadable")
    return body


def read_errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Top-level errors, always as objects with `message`, `path` (list) and `code`; a bare text is an error too."""
    raw = body.get("errors") or []
    if isinstance(raw, dict):
        raw = [f"{key}: {value}" for key, value in raw.items()]
    errors = []
    for error in raw if isinstance(raw, list) else [raw]:
        told: dict[str, Any] = error if isinstance(error, dict) else {"message": str(error)}
        path, extensions = told.get("path"), told.get("extensions")
        extensions = extensions if isinstance(extensions, dict) else {}
        errors.append(
            {
                **told,
                "message": redact_text(str(told.get("message") or "no reason given")),
                "path": path if isinstance(path, list) else [],
                "code": str(extensions.get("code") or ""),
                "extensions": extensions,
            }
        )
    return errors


def has_data(body: dict[str, Any]) -> bool:
    """Whether any root field was answered; then errors beside it do not mean that nothing was done."""
    data = body.get("data")
    return isinstance(data, dict) and any(value is not None for value in data.values())


def raise_without_data(
    body: dict[str, Any], errors: Sequence[dict[str, Any]], answer: Answer, *, creates: bool, label: str
) -> None:
    """Decide on an answer whose root fields are all null. Returns only for a read that found nothing."""
    if not errors:
        if creates or not isinstance(body.get("data"), dict):
            _unclear(f"{label}: Shopify's answer says nothing about the outcome", answer, creates, code="no_data")
        return
    said = "; ".join(error["message"] for error in errors)
    first = str(errors[0]["code"])
    certain = all(before_running(error) for error in errors)
    if creates and not certain:
        _unclear(f"{label}: Shopify reported an internal failure ({said})", answer, creates, code=first)
    codes = {error["code"] for error in errors}
    if "THROTTLED" in codes:
        sentence = f"{label}: Shopify's query budget of this store is used up"
        raise Throttled(sentence, wait=throttle_wait(body), code="THROTTLED", **about(answer))
    if codes & {"ACCESS_DENIED", "SHOP_INACTIVE"}:
        raise access_denied(errors, **about(answer))
    if not certain:
        raise BadAnswer(f"{label}: Shopify could not answer ({said})", code=first, **about(answer))
    raise Refused(
        f"{label}: Shopify refused the request: {said}", code=first, fields=_variables(errors), **about(answer)
    )


def access_denied(errors: Sequence[dict[str, Any]], **told: Any) -> Unauthorized:
    """The error for a missing scope, naming what Shopify says is missing."""
    error = next((error for error in errors if error["code"] in ("ACCESS_DENIED", "SHOP_INACTIVE")), errors[0])
    needed = str((error.get("extensions") or {}).get("requiredAccess") or "").rstrip(".")
    sentence = f"Shopify denied access: {error['message'].rstrip('.')}."
    if needed and needed not in sentence:
        sentence += f" Needed: {needed}."
    sentence += " Give the app that access and install it on the store again."
    return Unauthorized(sentence, code=str(error["code"]), **told)


def throttle_wait(body: dict[str, Any]) -> float:
    """Seconds until the bucket holds what the request asked for: (requested − available) / restore rate."""
    cost = cost_of(body)
    status = cost.get("throttleStatus") or {}
    try:
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return min(LONGEST_THROTTLE, max(0.5, missing / float(status["restoreRate"])))
    except (KeyError, TypeError, ArithmeticError, ValueError):
        return 1.0


def partial(errors: Sequence[dict[str, Any]], what: str, *, request_id: str) -> ConnectorError:
    """For reads that must be whole: the error to raise when Shopify left out a part."""
    told: dict[str, Any] = {"http_status": 200, "request_id": request_id}
    if any(error["code"] == "ACCESS_DENIED" for error in errors):
        return access_denied(errors, **told)
    said = "; ".join(str(error["message"]) for error in errors)
    return BadAnswer(f"Shopify could not {what} ({said})", code=str(errors[0]["code"]), **told)


def cost_of(body: dict[str, Any]) -> dict[str, Any]:
    """`extensions.cost`, or an empty dict."""
    extensions = body.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    return cost if isinstance(cost, dict) else {}


def before_running(error: dict[str, Any]) -> bool:
    """Whether this error alone proves that no mutation ran.

    A path below the root field means that it ran, and only reading its result failed (validation errors, which
    point into the document instead, come before anything runs).
    """
    if _VALIDATION_CODE.fullmatch(error["code"]):
        return True
    return error["code"] in NOTHING_WAS_DONE and len(error["path"]) <= 1


def _variables(errors: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The inputs that INVALID_VARIABLE complains about, as dotted paths."""
    fields = []
    for error in errors:
        problems = error["extensions"].get("problems")
        for problem in problems if isinstance(problems, list) else []:
            if isinstance(problem, dict) and isinstance(problem.get("path"), list):
                fields.append(".".join(str(part) for part in problem["path"]))
    return tuple(fields)


def _unclear(sentence: str, answer: Answer, creates: bool, *, code: str) -> NoReturn:
    error: type[ConnectorError] = UnknownOutcome if creates else BadAnswer
    raise error(sentence, code=code, **about(answer))


def _json_object(raw: bytes) -> dict[str, Any] | None:
    """Decimals kept exact, one odd value spoils no other; None for HTML, truncated text and anything but an object."""
    try:
        parsed = careless_json.storable(careless_json.read(raw))
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _kept(raw: bytes) -> str:
    parsed = _json_object(raw)
    if parsed is None:
        return redact_text(raw[:KEPT_ANSWER_CHARS].decode("utf-8", "replace"))
    return redact_text(json.dumps(redact(parsed), default=str, ensure_ascii=False)[:KEPT_ANSWER_CHARS])
