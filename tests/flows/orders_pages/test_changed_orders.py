"""Orders that TikTok cancelled or changed: their pages show what is in Shopify and sums that add up."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from connectors.redact import redact
from connectors.sandbox import us_orders
from connectors.sandbox.catalogue import catalogue
from connectors.tiktok import payloads
from orders import preparation, privacy
from orders.admin.sides import Amount, Sides
from orders.fetching import storing
from orders.fetching.intake import rules_of
from orders.models import Order, OrderChange, OrderPayload, ProductLink, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from settings_app.models import TikTokShop
from tests.flows.orders_pages.people import LIST

pytestmark = pytest.mark.django_db


def synced(order: Order) -> SyncAttempt:
    """As a sync leaves it: linked, created, and the request kept with personal data masked."""
    facts = payloads.read_order(order.payload.raw)
    for line in facts.line_items:
        ProductLink.objects.get_or_create(
            shop=order.shop,
            sku_id=line.sku_id,
            defaults={
                "kind": "manual",
                "variant_gid": f"gid://shopify/ProductVariant/{line.sku_id}",
                "shopify_sku": line.seller_sku,
                "shopify_title": line.product_name,
            },
        )
    mapped = preparation.draft(facts, rules_of(order.shop), order.shop)
    assert mapped.problem is None
    Order.objects.filter(pk=order.pk).update(
        sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1", shopify_order_name="#1042"
    )
    return SyncAttempt.objects.create(
        order=order,
        number=1,
        token=uuid.uuid4(),
        started_at=timezone.now(),
        request=redact(mapped.variables),
        request_digest="x",
        expected_total=mapped.totals.shopify,
        result=AttemptResult.DONE,
    )


def cancel(order: Order, *, lines: int | None = None) -> None:
    """TikTok cancels the whole order, or the first `lines` units of it."""
    raw = order.payload.raw
    for line in raw["line_items"][:lines]:
        line["display_status"] = "CANCELLED"
    if lines is None:
        raw["status"] = "CANCELLED"
    raw["update_time"] += 60
    storing.store(order.shop, [raw], rules_of(order.shop))


def shown(client: Client, order: Order) -> Sides:
    found: Sides = client.get(f"{LIST}{order.pk}/change/").context["sides"]
    return found


def cents(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("$", "").replace(",", "").replace("–", "0"))


def adds_up(amounts: tuple[Amount, ...]) -> bool:
    *parts, total = amounts
    return sum(cents(part.tiktok) for part in parts) == cents(total.tiktok)


@pytest.fixture
def large(shop: TikTokShop) -> Order:
    """An order of several units."""
    raw = us_orders.build(random.Random(1), now=timezone.now(), catalogue=catalogue(), kind="several_items")
    storing.store(shop, [raw], rules_of(shop))
    return Order.objects.get()


def test_an_order_cancelled_after_its_sync_still_shows_what_stands_in_shopify(operator: Client, large: Order) -> None:
    attempt = synced(large)
    before = shown(operator, large)
    cancel(large)
    after = shown(operator, large)
    assert after.problem == ""
    assert [item.quantity for item in after.items] == [item.quantity for item in before.items]
    assert cents(after.amounts[-1].shopify) == attempt.expected_total
    assert cents(after.amounts[-1].tiktok) == 0
    assert after.amounts[-1].differs
    assert adds_up(after.amounts)
    assert "what was sent at the sync" in after.note


def test_a_unit_cancelled_after_the_sync_does_not_vanish_from_the_shopify_side(operator: Client, large: Order) -> None:
    attempt = synced(large)
    pieces = sum(item.quantity for item in shown(operator, large).items)
    cancel(large, lines=1)
    after = shown(operator, large)
    assert sum(item.quantity for item in after.items) == pieces
    assert cents(after.amounts[-1].shopify) == attempt.expected_total
    assert adds_up(after.amounts)


def test_a_unit_cancelled_before_the_sync_has_its_own_line_so_that_the_sums_add_up(
    operator: Client, large: Order
) -> None:
    cancel(large, lines=1)
    before = shown(operator, large)
    assert [amount.tiktok for amount in before.amounts if amount.label == "Cancelled before sync"] != []
    assert adds_up(before.amounts)


def test_an_order_that_was_adopted_claims_no_amounts_that_nobody_here_sent(operator: Client, large: Order) -> None:
    synced(large).delete()
    cancel(large)
    assert {amount.shopify for amount in shown(operator, large).amounts} == {"–"}


def test_a_cancelled_order_keeps_its_items_and_is_marked_in_the_list(
    operator: Client, order: Callable[..., Order]
) -> None:
    one = order(SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    one.items.update(is_cancelled=True)
    Order.objects.update(tiktok_status="CANCELLED")
    page = operator.get(LIST).content.decode()
    assert "SOAP-1" in page
    assert "Cancelled on TikTok" in page
    OrderChange.objects.create(order=one, kind="address_changed", noticed_at=timezone.now())
    assert "Changed on TikTok" in operator.get(LIST).content.decode()
    OrderChange.objects.create(order=one, kind="cancel_requested", noticed_at=timezone.now())
    assert ">Buyer asks to cancel<" in operator.get(LIST).content.decode()


def test_a_changed_address_is_shown_beside_the_one_that_was_sent(
    client_of: Callable[..., Client], operator: Client, large: Order
) -> None:
    order = large
    synced(order)
    raw = order.payload.raw
    sent = raw["recipient_address"]["address_line1"]
    raw["recipient_address"] |= {"address_line1": "2 Quarry Lane", "postal_code": "10013"}
    raw["update_time"] += 60
    storing.store(order.shop, [raw], rules_of(order.shop))
    masked = operator.get(f"{LIST}{order.pk}/change/").content.decode()
    assert "after the sync: street and ZIP." in masked
    assert sent not in masked
    assert "2 Quarry Lane" not in masked
    seer = client_of("view_order", "view_personal_data")
    page = seer.post(f"{LIST}{order.pk}/reveal/").context["address_parts"]
    [street] = [part for part in page if part.label == "Street"]
    assert street.sent.startswith(sent)
    assert street.now.startswith("2 Quarry Lane")
    assert {part.label for part in page if part.differs} == {"Street", "ZIP"}
    privacy.erase(Order.objects.all())
    assert OrderPayload.objects.get().address_sent is None
