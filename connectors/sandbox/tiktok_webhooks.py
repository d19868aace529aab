"""GET, PUT, DELETE /event/202309/webhooks: which address hears of which event of a shop."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from connectors.loopback import LOOPBACK
from connectors.sandbox.serving import Reply
from connectors.sandbox.tiktok_answers import BAD_REQUEST, Refusal, done
from connectors.sandbox.tiktok_calls import Call

EVENTS = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "PRODUCT_STATUS_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
)
LONGEST_ADDRESS = 255


def webhooks(call: Call) -> Reply:
    table = f"webhooks {call.shop_id}"
    if call.request.method == "GET":
        rows = list(call.market.store.table(table).values())
        return done({"total_count": len(rows), "webhooks": rows})
    wish = call.filters()
    event = wish.get("event_type")
    if event not in EVENTS:
        raise Refusal(BAD_REQUEST, "Invalid request. body.event_type is missing or unknown.")
    if call.request.method == "DELETE":
        call.market.store.drop(table, event)
        return done({})
    now = int(time.time() * 1000)  # milliseconds here, unlike everywhere else
    before = call.market.store.get(table, event) or {"create_time": now}
    row = {"event_type": event, "address": _address(wish.get("address"))}
    call.market.store.put(table, event, before | row | {"update_time": now})
    return done({})


def _address(address: object) -> str:
    """HTTPS with a domain name as TikTok wants it; plain HTTP only to this very machine, for tests and demos."""
    if not isinstance(address, str) or not address:
        raise Refusal(BAD_REQUEST, "Invalid request. body.address is a required field.")
    parts = urlsplit(address)
    is_home = parts.scheme == "http" and parts.hostname in LOOPBACK
    is_public = parts.scheme == "https" and "." in (parts.hostname or "") and parts.port is None
    if len(address) > LONGEST_ADDRESS or not (is_home or is_public):
        raise Refusal(BAD_REQUEST, "Invalid request. body.address must be https with a domain name.")
    return address
