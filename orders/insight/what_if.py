"""Other settings tried on orders that are there: what would become of each, with nothing saved and nothing sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.tiktok import payloads
from orders import eligibility, linking
from orders.mapping.links import Link, skus_of
from orders.mapping.order import map_order
from orders.mapping.result import Mapped, ShopFacts
from orders.models import OrderPayload
from orders.reasons import REASONS
from settings_app.models import TikTokShop
from settings_app.rules import Rules

MOST_ORDERS = 100

WORDS: Mapping[str, str] = {
    "lineItems": "items or their prices",
    "shippingLines": "shipping and fees",
    "transactions": "payments",
    "customer": "customer",
    "tags": "tags",
    "discountCode": "TikTok adjustment",
    "inventoryBehaviour": "stock",
    "note": "note",
}
"""Parts of a Shopify order in people's words; a part that is not named here is "other details"."""


@dataclass(frozen=True)
class Change:
    """One order that would come out differently: how it stands now, how it would, and which parts differ.

    `before` and `after` are its totals in Shopify, None where it would not go.
    """

    order_pk: int
    tiktok_order_id: str
    now: str
    then: str
    parts: tuple[str, ...] = ()
    before: Decimal | None = None
    after: Decimal | None = None


@dataclass(frozen=True)
class Trial:
    tried: int
    changes: tuple[Change, ...]
    currency: str = "USD"

    @property
    def other_total(self) -> list[Change]:
        """Those that go with both settings, for another sum."""
        return [one for one in self.changes if None not in (one.before, one.after) and one.before != one.after]

    @property
    def stopped(self) -> list[Change]:
        """Those that would not go any more."""
        return [one for one in self.changes if one.before is not None and one.after is None]

    @property
    def started(self) -> list[Change]:
        """Those that do not go now and would."""
        return [one for one in self.changes if one.before is None and one.after is not None]

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Which parts change, and in how many orders."""
        return Counter(part for change in self.changes for part in change.parts).most_common()


@dataclass(frozen=True)
class _Outcome:
    words: str
    variables: Mapping[str, Any] | None = None
    total: Decimal | None = None


def try_rules(shop: TikTokShop, before: Rules, after: Rules, most: int = MOST_ORDERS) -> Trial:
    """Run the shop's newest orders through what a sync runs, with both sets of rules and the links as they are."""
    rows = OrderPayload.objects.filter(order__shop=shop).select_related("order").defer("digest")
    newest = list(rows.order_by("-order__placed_at", "-order__pk")[:most])
    read = [(row, _read(row.raw)) for row in newest]
    links = linking.links_of(shop, {sku.sku_id for _, facts in read if facts for sku in skus_of(facts)})
    changes = []
    for row, facts in read:
        if facts is None:
            continue  # no setting makes an unreadable order readable
        accepts = row.order.accepts_difference
        old = _outcome(facts, before, shop, links, accepts)
        new = _outcome(facts, after, shop, links, accepts)
        if old != new:
            parts = _parts(old.variables, new.variables)
            number = row.order.tiktok_order_id
            changes.append(Change(row.order_id, number, old.words, new.words, parts, old.total, new.total))
    return Trial(len(newest), tuple(changes))


def _read(raw: Mapping[str, object]) -> payloads.Order | None:
    try:
        return payloads.read_order(raw)
    except payloads.Unreadable:
        return None


def _outcome(
    facts: payloads.Order, rules: Rules, shop: TikTokShop, links: Mapping[str, Link], accepts: bool
) -> _Outcome:
    match eligibility.decide(facts, rules):
        case eligibility.Blocked(reason, _) | eligibility.Wait(reason):
            return _Outcome(_held(reason))
        case eligibility.NotOurs():
            return _Outcome(_held("no_longer_eligible"))
    mapped = map_order(facts, rules, links, ShopFacts(shop.name, shop.shop_id), accept_difference=accepts)
    if mapped.problem is not None:
        return _Outcome(_held(mapped.problem.code))
    return _Outcome(_goes(mapped), mapped.variables, mapped.totals.shopify)


def _held(reason: str) -> str:
    return f"Held: {REASONS[reason].sentence}" if reason in REASONS else "Held"


def _goes(mapped: Mapped) -> str:
    return f"Goes to Shopify with a total of {mapped.totals.shopify} {mapped.totals.currency}"


def _parts(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ("whether it goes at all",)
    before, after = _flat(old), _flat(new)
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return tuple(dict.fromkeys(_words(differing)))


def _flat(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {**variables.get("order", {}), **variables.get("options", {})}


def _words(keys: Sequence[str]) -> list[str]:
    return [WORDS.get(key, "other details") for key in keys]
