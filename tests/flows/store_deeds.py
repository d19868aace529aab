"""What staff, services and carriers do in the Shopify store, and what the tests look at afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from orders.models import DeliveryWork, Order
from orders.reasons import REASONS
from tests.flows.conftest import Road
from tests.flows.delivery_road import due_now, parcels, told


def deed(road: Road, name: str, **wish: Any) -> Any:
    return road.shopify.post(f"/_sandbox/{name}", {"store": road.shop.store.domain, **wish})


def staff(road: Road, name: str, order: Order, **wish: Any) -> Any:
    return deed(road, name, order=order.shopify_order_id, **wish)


def shipped(road: Road) -> list[tuple[str, int]]:
    """(place, units) of every fulfilment that counts."""
    return sorted((made["location"]["name"], sum(part["quantity"] for part in made["lines"])) for made in parcels(road))


def stands(work: DeliveryWork, reason: str) -> bool:
    """It says why and who mends it how, and is looked at again without anybody asking."""
    assert (work.status, work.reason) == ("standing_still", reason), work.message
    assert REASONS[reason].mend
    assert work.next_attempt_at is not None
    assert timezone.now() < work.next_attempt_at < timezone.now() + timedelta(minutes=11)
    return True


def ours(road: Road) -> list[str]:
    """The events that we sent, oldest first."""
    return [row["status"] for made in parcels(road) for row in made["events"] if row.get("by") != "carrier"]


def looked_at_again(order: Order) -> DeliveryWork:
    """The look that was planned."""
    due_now(order)
    return told(order)
