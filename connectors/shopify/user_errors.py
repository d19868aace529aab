"""userErrors: Shopify's own words about an input, made readable, and what they mean for a creating call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connectors.errors import Refused, Throttled, UnknownOutcome
from connectors.redact import redact_text
from connectors.shopify import failures
from connectors.shopify.client import Result

_TOO_MANY = re.compile(r"too many attempts", re.IGNORECASE)

DEVELOPMENT_STORE_WAIT = 15.0
"""Development and trial stores take five orders a minute; told as a user error, with HTTP 200 and a full budget."""


@dataclass(frozen=True)
class Problem:
    """One userError. `path` starts with the mutation's argument, as Shopify tells it."""

    path: tuple[str, ...]
    message: str
    code: str

    @property
    def dotted(self) -> str:
        return ".".join(self.path)

    @property
    def sentence(self) -> str:
        """`Line items 1, tax lines 2, rate: can't be blank`; the message alone where no input is named."""
        label = _words(self.path[1:])
        message = self.message.strip().rstrip(".")
        if label and message.lower().startswith(label.lower()):
            message = message[len(label) :].lstrip(" :")
        return f"{label}: {message}" if label and message else label or message


def read(payload: Any) -> tuple[Problem, ...]:
    """The userErrors of a mutation's payload; tolerant, for it must never hide that something was done."""
    raw = payload.get("userErrors") if isinstance(payload, dict) else None
    problems = []
    for error in raw if isinstance(raw, list) else []:
        if isinstance(error, dict):
            field = error.get("field")
            path = tuple(str(part) for part in field) if isinstance(field, list) else ()
            message = redact_text(str(error.get("message") or "no reason given"))
            problems.append(Problem(path, message, str(error.get("code") or "")))
    return tuple(problems)


def made(result: Result, mutation: str, child: str, what: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The object that a creating mutation made, and Shopify's remarks beside it.

    An object with an id means done, whatever errors stand beside it. Raises Refused or Throttled when it is certain
    that nothing was made, UnknownOutcome when it is not.
    """
    payload = result.data.get(mutation)
    problems = read(payload)
    thing = payload.get(child) if isinstance(payload, dict) else None
    if isinstance(thing, dict) and thing.get("id"):
        return thing, (*(p.sentence for p in problems), *(str(error["message"]) for error in result.errors))
    about: dict[str, Any] = {"http_status": 200, "request_id": result.request_id}
    reading_failed = not all(failures.before_running(error) for error in result.errors)
    if thing is not None or reading_failed or not problems:
        said = "; ".join(str(error["message"]) for error in result.errors) or "no reason given"
        code = str(result.errors[0]["code"]) if result.errors else "no_outcome"
        raise UnknownOutcome(f"Shopify did not say whether it made the {what} ({said})", code=code, **about)
    if any(_TOO_MANY.search(problem.message) for problem in problems):
        raise Throttled(
            f"Shopify takes no more than a few {what}s a minute on development and trial stores",
            wait=DEVELOPMENT_STORE_WAIT,
            code="too_many_attempts",
            **about,
        )
    raise refusal(problems, what, **about)


def refusal(problems: tuple[Problem, ...], what: str, **about: Any) -> Refused:
    """`Shopify refused the order: Line items: must have at least one line item`."""
    said = "; ".join(dict.fromkeys(problem.sentence for problem in problems))
    fields = tuple(dict.fromkeys(problem.dotted for problem in problems if problem.path))
    return Refused(f"Shopify refused the {what}: {said}", fields=fields, code=problems[0].code, **about)


def _words(path: tuple[str, ...]) -> str:
    """("lineItems", "0", "taxLines") becomes "Line items 1, tax lines": people count from one."""
    parts: list[str] = []
    for part in path:
        if part.isdecimal():
            number = str(int(part) + 1)
            parts[-1:] = [f"{parts[-1]} {number}"] if parts else [number]
        else:
            parts.append(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", part).replace("_", " ").lower())
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]
