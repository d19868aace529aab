"""Which events a store sends us. Shopify deletes a subscription after eight failures in a row, so this is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import Refused
from connectors.shopify import reading, user_errors
from connectors.shopify.client import ShopifyClient

TOPICS: Mapping[str, tuple[str, ...]] = {
    "APP_UNINSTALLED": ("id", "myshopify_domain"),
    "ORDERS_DELETE": ("id",),
    "ORDERS_CANCELLED": ("id", "admin_graphql_api_id", "cancelled_at"),
    "FULFILLMENTS_CREATE": ("id", "order_id"),
    "PRODUCTS_UPDATE": ("id", "variants.id", "variants.sku"),
    "PRODUCTS_DELETE": ("id",),
    "FULFILLMENT_ORDERS_HOLD_RELEASED": ("fulfillment_order.id",),
    "FULFILLMENT_ORDERS_MOVED": ("original_fulfillment_order.id", "moved_fulfillment_order.id"),
    "FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY": ("fulfillment_order.id",),
}
"""Topic -> the only fields that Shopify shall send: what is not sent cannot leak.

The last three need the reading of fulfilment orders, as the deliveries do (schema, WebhookSubscriptionTopic).
"""

MOST_PAGES = 5
_ALREADY = "already been taken"


@dataclass(frozen=True)
class Subscription:
    gid: str
    topic: str
    uri: str


def subscriptions(client: ShopifyClient) -> tuple[Subscription, ...]:
    """Those that this app made over the API; the ones of its configuration are not listed."""
    found: list[Subscription] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        result = client.run("webhook_subscriptions", {"first": 100, "after": after})
        found += [
            Subscription(reading.text(raw.get("id")), reading.text(raw.get("topic")), reading.text(raw.get("uri")))
            for raw in reading.entries(result.data, "webhookSubscriptions")
        ]
        if not reading.has_more(result.data, "webhookSubscriptions"):
            break
        page = reading.entry(reading.entry(result.data, "webhookSubscriptions"), "pageInfo")
        after = reading.text(page.get("endCursor"))
    return tuple(found)


def subscribe(client: ShopifyClient, topic: str, uri: str) -> None:
    """Ask for one topic; safe to repeat. Raises Refused with Shopify's reason."""
    wanted = {"uri": uri, "format": "JSON", "includeFields": list(TOPICS[topic])}
    result = client.run("webhook_subscription_create", {"topic": topic, "subscription": wanted})
    problems = user_errors.read(result.data.get("webhookSubscriptionCreate"))
    real = tuple(problem for problem in problems if _ALREADY not in problem.message)
    if real:
        raise user_errors.refusal(real, "webhook", http_status=200, request_id=result.request_id)
    if not problems and not reading.entry(
        reading.entry(result.data, "webhookSubscriptionCreate"), "webhookSubscription"
    ).get("id"):
        raise Refused(f"Shopify did not take the webhook {topic}", code="no_outcome", request_id=result.request_id)
