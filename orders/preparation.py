"""From a claimed order to what would be sent: eligibility, links, mapping. Shared by the sync and the preview."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.tiktok import payloads
from orders import eligibility, linking
from orders.mapping.links import skus_of
from orders.mapping.order import map_order, without_order_id_metafield
from orders.mapping.result import Mapped, ShopFacts
from orders.models import Order, OrderPayload
from orders.states import SyncStatus
from settings_app import clients
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.rules import Rules

NEEDS_A_PERSON = ("total_mismatch",)


@dataclass(frozen=True)
class StandsStill:
    """The order cannot go; `reason` is a code of `orders.reasons.REASONS`."""

    status: SyncStatus
    reason: str
    message: str = ""


def prepare(order: Order, rules: Rules) -> Mapped | StandsStill:
    """What a sync would send for this order now. Finds missing links; raises a failed call's error."""
    try:
        facts = payloads.read_order(order.payload.raw)
    except payloads.Unreadable as wrong:
        return StandsStill(SyncStatus.BLOCKED, "unreadable_order", wrong.sentence)
    except OrderPayload.DoesNotExist:
        return StandsStill(SyncStatus.BLOCKED, "unreadable_order", "Its TikTok data was cleared.")
    match eligibility.decide(facts, rules):
        case eligibility.Blocked(reason, message):
            return StandsStill(SyncStatus.BLOCKED, reason, message)
        case eligibility.Wait(reason):
            return StandsStill(SyncStatus.BLOCKED, reason)
        case eligibility.NotOurs():
            return StandsStill(SyncStatus.BLOCKED, "no_longer_eligible")
        case eligibility.Eligible():
            pass
    linking.resolve(
        order.shop,
        skus_of(facts),
        clients.shopify(order.store),
        lambda: clients.tiktok(order.shop),
        searched_since=order.asked_at,
    )
    mapped = draft(facts, rules, order.shop, accept_difference=order.accepts_difference)
    if mapped.problem is None:
        return mapped
    status = SyncStatus.NEEDS_REVIEW if mapped.problem.code in NEEDS_A_PERSON else SyncStatus.BLOCKED
    return StandsStill(status, mapped.problem.code, mapped.problem.sentence)


def draft(facts: payloads.Order, rules: Rules, shop: TikTokShop, *, accept_difference: bool = False) -> Mapped:
    """The mapping with the links as they are: what `preview_order` shows and what a sync sends."""
    links = linking.links_of(shop, [item.sku_id for item in skus_of(facts)])
    mapped = map_order(facts, rules, links, ShopFacts(shop.name, shop.shop_id), accept_difference=accept_difference)
    if shop.store.order_id_definition == ShopifyStore.Definition.UNAVAILABLE:
        return replace(mapped, variables=without_order_id_metafield(mapped.variables))
    return mapped
