"""The Shopify order that a sync would create now, without sending it: by the sync's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from connectors.tiktok import payloads
from orders import eligibility, linking
from orders.fetching.intake import rules_of
from orders.mapping.links import skus_of
from orders.mapping.result import Mapped
from orders.preparation import draft
from settings_app import clients
from settings_app.models import TikTokShop


@dataclass(frozen=True)
class Preview:
    """`mapped` is None only for an order that cannot be read. `reason` is "" when the order would be created."""

    eligible: bool
    reason: str
    message: str
    mapped: Mapped | None

    def as_json(self) -> dict[str, Any]:
        """The shape of the contract's `preview_order`."""
        mapped = self.mapped
        return {
            "eligible": self.eligible,
            "reason": self.reason or None,
            "message": self.message,
            "variables": mapped.variables if mapped else None,
            "totals": {
                "tiktok": str(mapped.totals.tiktok) if mapped else None,
                "shopify": str(mapped.totals.shopify) if mapped else None,
                "currency": mapped.totals.currency if mapped else None,
            },
            "warnings": [{"code": w.code, "sentence": w.sentence} for w in mapped.warnings] if mapped else [],
        }


def look_for_links(facts: payloads.Order, shop: TikTokShop, searched_since: datetime) -> None:
    """As a sync would that is asked for now: items looked for in vain before `searched_since` are looked for again."""
    shopify = clients.shopify(shop.store)
    linking.resolve(shop, skus_of(facts), shopify, lambda: clients.tiktok(shop), searched_since=searched_since)


def preview(raw: Mapping[str, Any], shop: TikTokShop, *, accept_difference: bool = False) -> Preview:
    """Eligibility, links and mapping of a raw TikTok order. May look links up (reads only); raises a failed call."""
    try:
        facts = payloads.read_order(raw)
    except payloads.Unreadable as wrong:
        return Preview(False, "unreadable_order", wrong.sentence, None)
    rules = rules_of(shop)
    look_for_links(facts, shop, timezone.now())
    mapped = draft(facts, rules, shop, accept_difference=accept_difference)
    match eligibility.decide(facts, rules):
        case eligibility.Blocked(reason, message):
            return Preview(False, reason, message, mapped)
        case eligibility.Wait(reason):
            return Preview(False, reason, "", mapped)
        case eligibility.NotOurs():
            return Preview(False, "no_longer_eligible", "", mapped)
        case eligibility.Eligible():
            pass
    if mapped.problem:
        return Preview(False, mapped.problem.code, mapped.problem.sentence, mapped)
    return Preview(True, "", "", mapped)
