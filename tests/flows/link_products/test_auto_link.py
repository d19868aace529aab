"""Auto-link: only certain matches, only after they were seen, and never over a link made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from orders import held_up, link_candidates
from orders.models import Order, ProductLink
from orders.states import SyncStatus
from tests.factories import LinkFactory
from tests.flows.conftest import Road
from tests.flows.link_products.items import LIST, SKU_ID, not_linked, variants, words
from tests.flows.reading import messages

pytestmark = pytest.mark.django_db


def test_auto_link_shows_the_matches_and_links_only_after_they_were_confirmed(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    gid = road.variant("SOAP-LAV")
    order = held("576461413038785001")
    found = staff.post(f"{LIST}auto-link/{road.shop.pk}/")
    page = found.content.decode()
    row = ProductLink.objects.get(shop=road.shop, sku_id=SKU_ID)  # the item was never looked for before
    assert f'value="{row.pk}|{gid}"' in page
    assert row.kind == "none"
    answer = staff.post(f"{LIST}auto-link/{road.shop.pk}/confirm/", {"match": f"{row.pk}|{gid}"}, follow=True)
    assert "1 item linked. 1 order waited for it: 1 goes to Shopify now." in words(answer)
    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.kind, row.shopify_sku, order.sync_status) == ("automatic", "SOAP-LAV", SyncStatus.QUEUED)


def test_an_item_without_a_certain_match_is_listed_with_the_reason_and_never_guessed(road: Road, staff: Client) -> None:
    road.variant("soap-lav")
    row = not_linked(road)
    page = staff.post(f"{LIST}auto-link/{road.shop.pk}/").content.decode()
    assert "1 without a certain match" in page
    row.refresh_from_db()
    assert (row.kind, row.reason) == ("none", "sku_case_differs")


def test_a_match_that_somebody_made_up_in_the_browser_is_not_linked(road: Road, staff: Client) -> None:
    row = not_linked(road)
    forged = f"{row.pk}|gid://shopify/ProductVariant/999"
    answer = staff.post(f"{LIST}auto-link/{road.shop.pk}/confirm/", {"match": [forged, "x|y", "nonsense"]}, follow=True)
    assert "0 items linked" in messages(answer)
    row.refresh_from_db()
    assert row.kind == "none"


def test_a_link_made_by_hand_meanwhile_is_not_overwritten_by_auto_link(road: Road) -> None:
    row = LinkFactory.create(shop=road.shop, sku_id=SKU_ID, kind="manual", variant_gid="gid://shopify/ProductVariant/7")
    variant = next(iter(variants(road, "SOAP-LAV")))
    assert link_candidates.link_matches(road.shop, {SKU_ID: variant}) == (0, held_up.Freed())
    row.refresh_from_db()
    assert row.variant_gid == "gid://shopify/ProductVariant/7"
