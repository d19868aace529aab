"""An order is found by what its items are called on TikTok."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders.fetching import storing
from orders.fetching.intake import rules_of
from orders.models import ItemTitle, OrderItem
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


@pytest.mark.slow
def test_a_word_of_a_title_is_found_quickly_among_three_hundred_thousand_orders(
    operator: Client, shop: TikTokShop
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_order (shop_id, store_id, tiktok_order_id, tiktok_status, placed_at, buyer, total, "
            "currency, units, shipping_type, is_gift, is_sample, sync_status, reason, message, asked_by, priority, "
            "accepts_difference, claims_without_progress, shopify_order_name, delivery_status, fetched_at, changed_at) "
            "SELECT %s, %s, (576400000000000000 + n)::text, 'DELIVERED', now() - n * interval '1 minute', 'J***', 12, "
            "'USD', 1, 'TIKTOK', false, false, 'not_synced', '', '', '', 9, false, 0, '', 'none', now(), now() "
            "FROM generate_series(1, 300000) n",
            [shop.pk, shop.store_id],
        )
        cursor.execute(
            "INSERT INTO orders_orderitem (order_id, line_id, sku_id, product_id, seller_sku, title, variant_title, "
            "image_url, is_gift, is_cancelled, package_id, tracking_number) SELECT id, '1', '', '', 'S' || id %% 3000, "
            "'Handmade soap number ' || id %% 3000 || CASE id %% 3000 WHEN 7 THEN ' lavender' ELSE '' END, '', '', "
            "false, false, '', '9400' || id FROM orders_order"
        )
        cursor.execute("INSERT INTO orders_itemtitle (title) SELECT DISTINCT title FROM orders_orderitem")
        cursor.execute("ANALYZE")
    operator.get(LIST)
    for text, count in (("lavender", 100), ("handmade soap", 300_000)):
        began = timezone.now()
        answer: Any = operator.get(LIST, {"q": text})
        took = (timezone.now() - began).total_seconds()
        assert answer.context["cl"].result_count >= min(count, 1000)
        assert took < 2, (text, took)
    assert OrderItem.objects.count() == 300_000
