"""A wrong click sends the wrong product to every buyer: what looks different is asked about first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from connectors.shopify.products import Variant
from orders.admin import link_doubt
from orders.models import Order, ProductLink
from orders.states import SyncStatus
from tests.flows.conftest import Road
from tests.flows.link_products.items import LIST, not_linked, words

pytestmark = pytest.mark.django_db


def test_a_product_that_looks_like_another_one_is_linked_only_after_somebody_said_yes(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    order, row, gid = held("576461413038785001"), not_linked(road), road.variant("MUG-01")
    asked = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid})
    page = " ".join(asked.content.decode().split())
    assert "These look different" in page
    assert all(name in page for name in ("Lavender soap", "SOAP-LAV", "Mug-01", "MUG-01", "Link anyway"))
    assert "1 order with it has not gone to Shopify yet" in page
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.kind, order.sync_status) == ("none", SyncStatus.BLOCKED)
    assert "Link anyway and send 1 order<" in page
    answer = staff.post(f"{LIST}{row.pk}/change/", {"variant": gid, "confirmed": "yes"}, follow=True)
    row.refresh_from_db()
    assert (row.kind, row.variant_gid) == ("manual", gid)
    assert "Unlink it; orders that are in Shopify by then stay as they are" in words(answer)


def test_a_product_with_a_like_name_or_sku_is_linked_without_a_question(road: Road, staff: Client) -> None:
    row, gid = not_linked(road), road.variant("SOAPS-LAVENDER-2")
    assert staff.post(f"{LIST}{row.pk}/change/", {"variant": gid}).status_code == 302
    row.refresh_from_db()
    assert row.variant_gid == gid


@pytest.mark.parametrize(
    ("title", "sku", "product", "option", "its_sku", "differ"),
    [
        ("Creator Collab Lip Oil – Fig", "COLLAB-LIP-FIG", "Lip Balm Trio", "", "LIP-TRIO", True),
        ("Lavender soap", "", "Speckled mug", "", "", True),
        ("Lavender soap", "A-1001", "Something", "", "a1001", False),
        ("Lavender soap", "A-1001", "Something", "", "A1001-US", True),
        ("Lavender soap", "X", "Lavander Soaps", "", "Y", False),
        ("Handmade Lavender Soap Bar, 4 oz, natural", "X", "Lavender soap", "", "Y", False),
        ("Lavender soap", "X", "Soap", "", "Y", True),
        ("Soaps with honey", "X", "Honey bar", "", "Y", True),
        ("Hydrating daily glossy lip oil – Fig", "X", "Hydrating daily glossy lip oil", "Cherry", "Y", True),
        ("Hydrating daily glossy lip oil – Fig", "X", "Hydrating daily glossy lip oil", "Fig", "Y", False),
        ("Lip balm", "X", "Lip Balm Trio", "", "Y", True),
        ("Robe – M", "X", "Robe", "Default Title", "Y", True),
        ("The set", "LAV-100", "The other set", "", "MUG-100", True),
        ("", "", "", "", "", True),
    ],
)
def test_what_is_not_nearly_the_same_looks_different(
    title: str, sku: str, product: str, option: str, its_sku: str, differ: bool
) -> None:
    row = ProductLink(title=title, seller_sku=sku)
    variant = Variant("gid", its_sku, option, product, "ACTIVE", Decimal(1), "")
    assert link_doubt.looks_different(row, variant) is differ
