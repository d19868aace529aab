"""Orders found in Shopify, and the marks by which one is recognised as the order of a TikTok order.

Our own marks are the custom id, `sourceIdentifier` and an attribute. Other connectors leave the TikTok order id in a
tag, in the note or in the order's name; those orders must be found too, or the merchant ships twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.errors import BadAnswer
from connectors.shopify import reading

NAMESPACE = "orderbridge"
KEY = "tiktok_order_id"
ORDER_ID_ATTRIBUTE = "TikTok Shop Order ID"
TAG = "TikTok Shop"
"""These four are written into every order and looked for by the same names: defined here only."""

FOREIGN_TAG = "TikTokOrderID:"
"""The mark of the official TikTok app; the id follows without a space."""

LONGEST_ID = 64
_LIKE_AN_ID = re.compile(r"(?<!\d)\d{17,20}(?!\d)")


@dataclass(frozen=True)
class Found:
    """An order as Shopify shows it now; `total` is in `currency`, the shop's. Times are UTC."""

    gid: str
    name: str
    created_at: datetime
    cancelled_at: datetime | None
    source_identifier: str
    tags: tuple[str, ...]
    attributes: dict[str, str]
    total: Decimal
    currency: str
    custom_id: str
    note: str = field(default="", repr=False)

    def others_ids(self) -> set[str]:
        """TikTok order ids for which another connector may have made it: all that `marks_of` would call an attribute's
        or a foreign mark. Empty for what we made ourselves, whose surer marks name the order.

        Runs of 17 to 20 digits count: TikTok's ids have 18, phone numbers at most 15.
        """
        texts = (self.name, self.note, *self.tags, *self.attributes.values())
        ids = {run for text in texts for run in _LIKE_AN_ID.findall(text)}
        ids.add(self.attributes.get(ORDER_ID_ATTRIBUTE, "").strip()[:LONGEST_ID])
        return ids - {"", self.custom_id, self.source_identifier}

    def marks_of(self, tiktok_order_id: str) -> str | None:
        """Which mark of this TikTok order it carries, the surest first; None when it carries none.

        `foreign:…` names marks that we never leave. EcomSend writes the same attribute as we do, so an order with
        nothing but `attribute` may be its work.
        """
        if not tiktok_order_id:
            return None
        if self.custom_id == tiktok_order_id:
            return "custom_id"
        if self.source_identifier == tiktok_order_id:
            return "source_identifier"
        if self.attributes.get(ORDER_ID_ATTRIBUTE, "").strip() == tiktok_order_id:
            return "attribute"
        if any(tag.casefold() == f"{FOREIGN_TAG}{tiktok_order_id}".casefold() for tag in self.tags):
            return "foreign:TikTokOrderID tag"
        whole = re.compile(rf"(?<!\d){re.escape(tiktok_order_id)}(?!\d)")
        for place, said in (("tag", self.tags), ("note", (self.note,)), ("name", (self.name,))):
            if any(whole.search(text) for text in said):
                return f"foreign:{place}"
        if any(value.strip() == tiktok_order_id for value in self.attributes.values()):
            return "foreign:attribute"
        return None


def read_found(raw: dict[str, Any]) -> Found:
    """Raises BadAnswer when the order has no id, time or total: nothing can be decided on such an answer."""
    gid, created_at = reading.text(raw.get("id")), reading.moment(raw.get("createdAt"))
    total, currency = reading.shop_money(raw.get("totalPriceSet"))
    if not gid or created_at is None or total is None:
        raise BadAnswer("Shopify described an order without its id, time or total", code="bad_order")
    return Found(
        gid=gid,
        name=reading.text(raw.get("name")),
        created_at=created_at,
        cancelled_at=reading.moment(raw.get("cancelledAt")),
        source_identifier=reading.text(raw.get("sourceIdentifier")),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags := raw.get("tags"), list) else (),
        attributes={str(a.get("key")): reading.text(a.get("value")) for a in reading.entries(raw, "customAttributes")},
        total=total,
        currency=currency,
        custom_id=reading.text(reading.entry(raw, "metafield").get("value")),
        note=reading.text(raw.get("note")),
    )
