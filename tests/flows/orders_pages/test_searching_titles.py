"""An order is found by what its items are called on TikTok."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from orders.fetching import storing
from orders.fetching.intake import rules_of
from orders.models import ItemTitle
from settings_app.models import TikTokShop
from tests.factories import raw_order
from tests.flows.orders_pages.people import LIST

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> list[str]:
    rows = client.get(LIST, {"q": text}).context["cl"].result_list
    return [row.tiktok_order_id for row in rows]


@pytest.fixture
def named(shop: TikTokShop) -> Callable[[str, str], None]:
    def make(number: str, title: str) -> None:
        raw = raw_order(number)
        raw["line_items"][0]["product_name"] = title
        storing.store(shop, [raw], rules_of(shop))

    return make


@pytest.mark.parametrize("text", ["Vegan Lavender Soap Bar", "lavender", "bar LAVENDER", "avend"])
def test_a_buyer_who_asks_about_the_lavender_soap_is_found_by_it(
    operator: Client, named: Callable[[str, str], None], text: str
) -> None:
    named("576461413038785752", "Vegan Lavender Soap Bar")
    named("576461413038785753", "Vegan Lavender Candle" if text != "lavender" and text != "avend" else "Rose Candle")
    assert found(operator, text) == ["576461413038785752"]


def test_a_title_that_tiktok_changed_is_found_under_its_new_words(
    operator: Client, named: Callable[[str, str], None], shop: TikTokShop
) -> None:
    named("576461413038785752", "Rose Soap")
    raw = raw_order("576461413038785752", update_time=1763999999)
    raw["line_items"][0]["product_name"] = "Rose Petal Soap"
    storing.store(shop, [raw], rules_of(shop))
    assert found(operator, "petal") == ["576461413038785752"]
    assert ItemTitle.objects.count() == 2


def test_a_percent_sign_in_the_search_is_a_percent_sign(operator: Client, named: Callable[[str, str], None]) -> None:
    named("576461413038785752", "Rose Soap")
    assert found(operator, "R%e") == []
