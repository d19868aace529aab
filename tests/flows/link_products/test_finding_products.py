"""Looking for the product in the live store: it is found as people type it, and the button says what a press does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from orders.models import Order, ProductLink
from settings_app.models import SyncSettings
from tests.flows.conftest import Road
from tests.flows.link_products.items import LIST, not_linked, variants

pytestmark = pytest.mark.django_db


def test_a_lone_hit_is_named_by_its_button_which_says_how_many_orders_it_sends(
    road: Road, staff: Client, held: Callable[..., Order]
) -> None:
    held("576461413038785001")
    held("576461413038785002", asked=False)
    row, _ = not_linked(road), road.variant("MUG-01")
    alone = staff.get(f"{LIST}{row.pk}/change/?q=MUG-01").content.decode()
    assert "Link to Mug-01 and send 1 order<" in alone
    SyncSettings.objects.filter(shop=road.shop).update(automatic_sync=True)
    typed = staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": "MUG-01", "link": row.pk}).content.decode()
    assert "Link to Mug-01 and send 2 orders<" in typed
    road.variant("MUG-02")
    several = staff.get(f"{LIST}{row.pk}/change/?q=MUG").content.decode()
    assert "MUG-02" in several
    assert " selected" not in several


def test_the_live_store_is_searched_by_title_sku_and_variant_number(road: Road, staff: Client) -> None:
    gid = road.variant("SOAP-LAV")
    for typed in ("soap-l", "Soap-Lav", gid, gid.rsplit("/", 1)[-1]):
        page = staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": typed}).content.decode()
        assert f'value="{gid}"' in page, typed
    assert "No Shopify product has" in staff.get(f"{LIST}variants/{road.shop.pk}/", {"q": "zzz"}).content.decode()


def test_the_page_of_an_item_with_an_unknown_sku_offers_products_with_its_title(road: Road, staff: Client) -> None:
    gid = road.variant("BAR-7")
    title = variants(road, "BAR-7")[0].product_title
    row = not_linked(road, "no-such-sku")
    ProductLink.objects.filter(pk=row.pk).update(title=f"{title}, Pack of Three")
    page = staff.get(f"{LIST}{row.pk}/change/").content.decode()
    assert f'value="{gid}"' in page
    assert "Shopify has no product with the SKU no-such-sku" in page


def test_link_cannot_be_pressed_while_there_is_nothing_to_link_to(road: Road, staff: Client) -> None:
    row = not_linked(road, "no-such-sku")
    nothing = staff.get(f"{LIST}{row.pk}/change/", {"q": "zzz"}).content.decode()
    assert 'type="submit">Link' not in nothing
    road.variant("SOAP-LAV")
    assert (
        'type="submit">Link to Soap-Lav</button>'
        in staff.get(f"{LIST}{row.pk}/change/", {"q": "SOAP-LAV"}).content.decode()
    )
