"""What the order itself does not tell of its packages is asked of TikTok's package endpoint, once per package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from connectors.errors import BadAnswer, ConnectorError, Refused, Unauthorized
from connectors.tiktok import payloads
from orders import connections
from orders.delivery import news as delivery_news
from orders.delivery.states import RANK
from orders.fetching import intake
from orders.mapping.delivery import read_delivery
from orders.models import Order, Package

MOST_ASKED = 10
"""An order has a handful of packages; more are left to its next news."""

_AN_ID = re.compile(r"\d+", re.ASCII)


def read_missing(order: Order, facts: payloads.Order) -> ConnectorError | None:
    """Ask for packages that no line names, and for the number of packages that move without one.

    Returns the error when TikTok could not be asked now; what it answers in any way is final.
    """
    known = list(Package.objects.filter(order=order))
    found = read_delivery(facts, [delivery_news.facts_of(package) for package in known])
    wanted = [
        package.package_id
        for package in known
        if RANK[package.status] and not package.tracking_number and not package.is_cancelled and not package.asked_at
    ]
    wanted = [package_id for package_id in (*wanted, *found.nameless) if _AN_ID.fullmatch(package_id)][:MOST_ASKED]
    for package_id in wanted:
        try:
            raw = intake.with_token(order.shop, lambda client, it=package_id: client.package(it))  # type: ignore[misc]
        except (Refused, BadAnswer, Unauthorized):
            raw = {}  # TikTok knows no more, or does not tell this app: it goes without
        except ConnectorError as error:
            connections.failed(order.shop, error)
            return error
        _keep(order, facts, package_id, raw)
    if wanted:
        delivery_news.refresh(order.pk, facts)
    return None


def _keep(order: Order, facts: payloads.Order, package_id: str, raw: Mapping[str, Any]) -> None:
    lines = {str(line) for line in raw.get("order_line_item_ids") or []}
    inside = [part.id for line in facts.line_items if line.id in lines for part in (line.sub_item_info or (line,))]
    told: dict[str, Any] = {
        "tracking_number": str(raw.get("tracking_number") or "").strip()[:100],
        "carrier_id": str(raw.get("shipping_provider_id") or "").strip()[:64],
        "carrier_name": str(raw.get("shipping_provider_name") or "").strip()[:255],
    }
    row, made = Package.objects.get_or_create(
        order=order, package_id=package_id, defaults={**told, "line_ids": inside, "asked_at": timezone.now()}
    )
    if not made:
        values = {name: text for name, text in told.items() if text}
        Package.objects.filter(pk=row.pk).update(asked_at=timezone.now(), line_ids=row.line_ids or inside, **values)
