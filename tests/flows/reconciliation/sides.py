"""Orders on TikTok, here and in Shopify, and what a comparison says of them."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from orders import reconciliation
from orders.models import Order
from settings_app import clients
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for


def recent() -> dict[str, Any]:
    now = int(timezone.now().timestamp()) - 30
    return {"update_time": now, "create_time": now}


def placed(number: int, hours_ago: float, **changes: Any) -> dict[str, Any]:
    """One of several orders, the hours counted from last midnight (UTC)."""
    last_midnight = reconciliation.midnight(timezone.now().astimezone(UTC).date())
    moment = int((last_midnight - timedelta(hours=hours_ago)).timestamp())
    return raw_order(f"5764614130388{number:05d}", update_time=moment, create_time=moment, **changes)


def tagged(road: Road) -> list[str]:
    found = shopify_orders.find_tagged_since(
        clients.shopify(road.shop.store), "TikTok Shop", timezone.now() - timedelta(hours=1)
    )
    return [order.name for order in found]


def copy_in_shopify(road: Road, order: Order, **marks: Any) -> None:
    """Somebody made a second Shopify order with our marks."""
    made = {
        "lineItems": [{"variantId": road.variant("COPY"), "quantity": 1}],
        "tags": ["TikTok Shop"],
        "sourceIdentifier": order.tiktok_order_id,
        **marks,
    }
    before = len(tagged(road))
    shopify_orders.create(clients.shopify(road.shop.store), {"order": made})
    wait_for(lambda: len(tagged(road)) > before, 10, "the search index")


def compare(road: Road, back: timedelta = timedelta(hours=6)) -> reconciliation.Report:
    return reconciliation.reconcile(road.shop, timezone.now() - back)


def kinds(report: reconciliation.Report) -> list[str]:
    return [difference["kind"] for difference in report.differences]


def counts(report: reconciliation.Report) -> tuple[int, ...]:
    """On TikTok, here, in Shopify."""
    return tuple(sum(getattr(day, name) for day in report.days) for name in ("tiktok", "here", "in_shopify"))
