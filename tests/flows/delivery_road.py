"""Orders on their way, as the delivery tests need them: raw TikTok orders that move, and what Shopify shows of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone

from orders import creation
from orders.delivery import delivering
from orders.delivery import verification as delivery_verification
from orders.fetching import storing
from orders.models import DeliveryWork, Order
from settings_app.rules import Rules
from tests.factories import LinkFactory, raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for

Raw = dict[str, Any]
T0 = 1795000000
COLLECTED, DELIVERED = T0 + 3600, T0 + 90000
SKUS = ("SOAP-LAV", "SOAP-OAT", "SOAP-MINT")
TWO = SKUS[:2]
ONCE_EACH = Counter({"IN_TRANSIT": 1, "DELIVERED": 1})


def a_line(order_id: str, number: int, sku: str = "SOAP-LAV", **changes: Any) -> Raw:
    line = raw_order(order_id)["line_items"][0]
    sku_id = f"1729000000000000{100 + SKUS.index(sku)}"
    return {**line, "id": f"{order_id}{number}", "sku_id": sku_id, "seller_sku": sku, "product_name": sku, **changes}


def an_order(order_id: str = "576461413038785752", skus: tuple[str, ...] = ("SOAP-LAV",), **changes: Any) -> Raw:
    lines = [a_line(order_id, number, sku) for number, sku in enumerate(skus, start=1)]
    goods, tax = 20 * len(lines), 2 * len(lines)
    payment = {
        "currency": "USD",
        "sub_total": f"{goods}.00",
        "original_total_product_price": f"{goods}.00",
        "product_tax": f"{tax}.00",
        "tax": f"{tax}.00",
        "total_amount": f"{goods + tax}.00",
    }
    return raw_order(order_id, line_items=lines, payment=payment, update_time=T0, **changes)


def moved(raw: Raw, status: str, *parcels: tuple[str, list[int], str], at: int = T0, **changes: Any) -> Raw:
    """The order in `status`; each parcel is (package id, line numbers, its lines' status)."""
    lines = [dict(line) for line in raw["line_items"]]
    for package_id, numbers, state in parcels:
        for number in numbers:
            lines[number - 1] |= {
                "package_id": package_id,
                "tracking_number": f"9400{package_id}",
                "shipping_provider_name": "USPS",
                "shipping_provider_id": "7117858858072016686",
                "display_status": state,
            }
    times = {"collection_time": COLLECTED} if status in ("IN_TRANSIT", "DELIVERED", "COMPLETED") else {}
    times |= {"delivery_time": DELIVERED} if status in ("DELIVERED", "COMPLETED") else {}
    packages = [{"id": package_id} for package_id, _, _ in parcels]
    update_time = max(raw["update_time"] + 1, at)
    return {
        **raw,
        "status": status,
        "line_items": lines,
        "packages": packages,
        **times,
        "update_time": update_time,
    } | changes


def link_all(road: Road) -> None:
    for sku in SKUS:
        sku_id = a_line("1", 1, sku)["sku_id"]
        if not road.shop.links.filter(sku_id=sku_id).exists():
            LinkFactory.create(shop=road.shop, sku_id=sku_id, variant_gid=road.variant(sku), shopify_sku=sku)


def stored(road: Road, *raws: Raw) -> None:
    """As a poll would bring them, seen by the TikTok sandbox too."""
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": list(raws)})
    storing.store(road.shop, raws, Rules())


def synced(road: Road, raw: Raw) -> Order:
    from orders import claims
    from orders.delivery import claims as delivery_claims
    from orders.states import AskedBy

    link_all(road)
    stored(road, raw)
    order = Order.objects.get(tiktok_order_id=raw["id"])
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    creation.sync(order.pk)
    delivery_claims.order_is_in_shopify([order.pk])
    order.refresh_from_db()
    assert order.sync_status == "synced", order.message
    return order


def told(order: Order) -> DeliveryWork:
    delivering.deliver(order.pk)
    return DeliveryWork.objects.get(order=order)


def due_now(order: Order) -> None:
    DeliveryWork.objects.filter(order=order).update(next_attempt_at=None, nudged_until=None)
    DeliveryWork.objects.filter(order=order, status="standing_still").update(next_attempt_at=timezone.now())


def settled(order: Order) -> DeliveryWork:
    """Look and send again, as the sweep would, until nothing is open."""

    def done() -> bool:
        due_now(order)
        delivery_verification.verify(order.pk)
        due_now(order)
        delivering.deliver(order.pk)
        return DeliveryWork.objects.get(order=order).status in ("done", "standing_still")

    wait_for(done, 25, "the delivery to settle")
    return DeliveryWork.objects.get(order=order)


def parcels(road: Road) -> list[Raw]:
    """Every fulfilment that still counts, oldest first."""
    return [made for order in road.shopify_orders() for made in order["fulfillments"] if made["status"] == "SUCCESS"]


def numbers(road: Road) -> list[str]:
    return sorted(row["number"] for made in parcels(road) for row in made["tracking"])


def events(road: Road) -> Counter[str]:
    return Counter(event["status"] for made in parcels(road) for event in made["events"])
