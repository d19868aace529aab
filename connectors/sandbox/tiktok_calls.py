"""One call that passed the gateway, and the checks that several endpoints share."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.order_parcels import seconds_of
from connectors.sandbox.serving import Request
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_answers import BAD_REQUEST, Refusal
from connectors.sandbox.tiktok_market import Market

TOKEN_MARK = "q/+"  # makes every page token hold characters that need escaping in a URL


@dataclass(frozen=True)
class Call:
    """shop is None for the calls that name no shop; place holds what the path names, such as an order id."""

    market: Market
    request: Request
    query: dict[str, str]
    grant: Document
    shop: Document | None
    place: str = ""

    @property
    def shop_id(self) -> str:
        return "" if self.shop is None else str(self.shop["id"])

    def filters(self) -> dict[str, Any]:
        """The JSON body. Raises Refusal unless it is an object or absent."""
        try:
            body = self.request.json()
        except ValueError:
            raise Refusal(BAD_REQUEST, "Invalid request. The body is not JSON.") from None
        if not isinstance(body, dict):
            raise Refusal(BAD_REQUEST, "Invalid request. The body must be a JSON object.")
        return body


def whole_number(filters: dict[str, Any], name: str) -> int | None:
    """A filter that must be a JSON integer; a number in quotes is refused as the gateway does."""
    value = filters.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(BAD_REQUEST, f"Invalid request. {name} has a wrong type: expected an int64.")
    return value


def texts(filters: dict[str, Any], name: str) -> list[str]:
    value = filters.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refusal(BAD_REQUEST, f"Invalid request. {name} has a wrong type: expected a list of strings.")
    return value


def in_window(row: Document, filters: dict[str, Any], *, closed: bool = False) -> bool:
    """True when create_time and update_time lie within the filters; `closed` is the inclusive end of product search."""
    for name in ("create_time", "update_time"):
        at = seconds_of(row, name)
        start, before = whole_number(filters, f"{name}_ge"), whole_number(filters, f"{name}_lt")
        last = whole_number(filters, f"{name}_le") if closed else None
        if (start is not None and at < start) or (before is not None and at >= before):
            return False
        if last is not None and at > last:
            return False
    return True


def page_of(call: Call, rows: Sequence[Document], filters: dict[str, Any], show: Callable[[Document], Any]) -> Document:
    """{total_count, next_page_token, rows under "rows"}: the asked-for page of the rows as they stand now.

    The token is a place in the living list, so rows that change between two pages shift the ones behind them,
    as at TikTok. Raises Refusal for a missing page_size, an unknown sort field, or a token of another search.
    """
    size = _page_size(call.query)
    field, order = call.query.get("sort_field", "create_time"), call.query.get("sort_order", "DESC")
    if field not in ("create_time", "update_time") or order not in ("ASC", "DESC"):
        raise Refusal(BAD_REQUEST, "Invalid request. sort_field or sort_order has an unknown value.")
    search = _fingerprint(call.request.path, field, order, filters)
    start = _place(call.query.get("page_token", ""), search)
    in_order = sorted(rows, key=lambda row: (seconds_of(row, field), str(row.get("id"))), reverse=order == "DESC")
    end = start + size
    token = _token(search, end) if end < len(in_order) else ""
    return {
        "total_count": len(in_order),
        "next_page_token": token,
        "rows": [show(row) for row in in_order[start:end]],
    }


def _page_size(query: dict[str, str]) -> int:
    text = query.get("page_size", "")
    if not text:
        raise Refusal(BAD_REQUEST, "Invalid request. PageSize is a required field.")
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise Refusal(BAD_REQUEST, "Invalid request. PageSize must be between 1 and 100.")
    return int(text)


def _fingerprint(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _token(search: str, start: int) -> str:
    text = base64.b64encode(f"{search}:{start:010d}".encode()).decode()
    return f"{TOKEN_MARK}{text}=="


def _place(token: str, search: str) -> int:
    if not token:
        return 0
    try:
        text = base64.b64decode(token.removeprefix(TOKEN_MARK)[:-2], validate=True).decode()
        made_for, _, start = text.partition(":")
        if not token.startswith(TOKEN_MARK) or made_for != search:
            raise ValueError
        return int(start)
    except (ValueError, binascii.Error):
        raise Refusal(BAD_REQUEST, "Invalid request. page_token is invalid or belongs to another search.") from None
