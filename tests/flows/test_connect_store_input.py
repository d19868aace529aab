"""What `connect_store` is given: what is wrong is said in one sentence and changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from settings_app.connect import LONGEST
from settings_app.models import ShopifyStore, TikTokShop
from tests.flows.programs import document


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"tiktok__refresh_token_expires_at": 1700000000, "tiktok__access_token_expires_at": 1700000000},
            "consent ended",
        ),
        ({"tiktok__refresh_token": None, "tiktok__access_token_expires_at": 1700000000}, "no refresh_token"),
        ({"shopify__client_id": "id", "shopify__client_secret": "secret"}, "not both"),
        ({"shopify__access_token": None}, "either access_token"),
        ({"shopify__access_token": None, "shopify__client_id": "id"}, "either access_token"),
        ({"tiktok__region": "GB"}, "US TikTok Shops only"),
        ({"tiktok__shop_id": "7494000000000000077", "tiktok__region": None}, "covers"),
        ({"tiktok__access_token": "bad", "tiktok__region": None}, 'give it, such as "US"'),
        ({"shopify__domain": "evil.example"}, "not a store's name"),
        ({"tiktok__access_token_expires_at": "soon"}, "Unix seconds"),
        ({"settings__prices": "all"}, "not a setting"),
        ({"settings__adjustment_limit": "1000000"}, "settings.adjustment_limit: give dollars and cents"),
        ({"settings__adjustment_limit": "1e40"}, "settings.adjustment_limit: give dollars and cents"),
        ({"settings__backfill_days": 10**30}, "settings.backfill_days: give a number of days"),
        ({"settings__extra_tags": ["tag"] * 101}, "at most 100"),
        ({"settings__extra_tags": ["two\nlines"]}, "settings.extra_tags"),
        ({"settings__extra_tags": ["nul\x00"]}, "settings.extra_tags"),
        ({"settings__price_mode": "x" * 9999}, "settings.price_mode"),
        ({"settings__price_mode": json.loads("[" * 900 + "]" * 900)}, "settings.price_mode"),
        ({"tiktok__name": json.loads("[" * 900 + "]" * 900)}, "tiktok.name: give it as text"),
        ({"tiktok__access_token_expires_at": json.loads("[" * 900 + "]" * 900)}, "Unix seconds"),
        ({"tiktok__name": "S" * 256}, "tiktok.name: it has 256 characters; give at most 255"),
        ({"tiktok__name": "half \ud83d"}, "tiktok.name: it holds a line break or"),
        ({"tiktok__name": "two\nlines"}, "tiktok.name: it holds a line break"),
        ({"tiktok__name": " "}, "tiktok.name: it is missing"),
        ({"tiktok__cipher": "a b"}, "tiktok.cipher: it holds a blank"),
        ({"tiktok__access_token": "TTP_a\r\nX-Evil: 1"}, "tiktok.access_token: it holds a blank"),
        ({"tiktok__access_token": "T" * 2001}, "tiktok.access_token: it has 2001 characters"),
        ({"tiktok__refresh_token": "TTR_☃"}, "tiktok.refresh_token: it holds a blank"),
        ({"shopify__access_token": "shpat_☃"}, "shopify.access_token: it holds a blank"),
        ({"shopify__client_secret": "a\nb"}, "shopify.client_secret: it holds a blank"),
        ({"tiktok__shop_id": "1' OR 1=1--"}, "tiktok.shop_id: it holds a blank"),
        ({"tiktok__shop_id": "shop\n1"}, "tiktok.shop_id: it holds a blank"),
        ({"tiktok__shop_id": "٣٣٣"}, "tiktok.shop_id: it holds a blank, a line break or a foreign letter"),
        ({"tiktok__shop_id": "7" * 100}, "tiktok.shop_id: it has 100 characters; give at most 64"),
        ({"tiktok__access_token_expires_at": 10**15}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": 0.5}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": float("inf")}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": float("nan")}, "Unix seconds"),
        ({"tiktok__access_token_expires_at": -(10**10)}, "Unix seconds"),
        ({"shopify__domain": "a" * 300 + ".myshopify.com"}, "give at most 255"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence_and_changes_nothing(
    connect: Any, changes: dict[str, Any], named: str
) -> None:
    told = connect(document(**changes))
    assert told.status == 1
    assert named in told.said
    assert told.said.isprintable()
    assert len(told.said) < 400
    assert told.json == {}
    assert not TikTokShop.objects.exists()
    assert not ShopifyStore.objects.exists()


@pytest.mark.parametrize(
    "given",
    ["", "[]", "7", '{"tiktok": []}', "{", "9" * 5000, '{"settings":' + "[" * 5000, '{"a":' * 900 + "1" + "}" * 900],
    ids=range(8),
)
def test_what_is_no_connection_is_refused(connect: Any, given: str) -> None:
    assert connect(given).status == 1
    assert not TikTokShop.objects.exists()


def test_the_largest_of_everything_is_kept_and_can_be_read_again(connect: Any) -> None:
    told = connect(
        document(
            tiktok__name="🧼" * 255,
            settings__adjustment_limit="999999.99",
            settings__backfill_days=90,
            settings__extra_tags=["t" * 40] * 100,
        )
    )
    assert told.status == 0, told.said
    shop = TikTokShop.objects.get()
    assert (shop.name, shop.sync_settings.rules().adjustment_limit) == ("🧼" * 255, Decimal("999999.99"))


def test_a_program_that_counts_in_floats_and_names_its_shop_in_letters_can_connect(connect: Any) -> None:
    told = connect(document(tiktok__shop_id="shop-1", tiktok__access_token_expires_at=1999999999.5))
    assert told.status == 0, told.said
    shop = TikTokShop.objects.get(shop_id="shop-1")
    assert shop.access_token_expires_at == datetime.fromtimestamp(1999999999, UTC)


def test_no_text_is_let_in_that_its_column_does_not_hold() -> None:
    for model, names in ((TikTokShop, ("shop_id", "name")), (ShopifyStore, ("domain", "client_id"))):
        for name in names:
            assert model._meta.get_field(name).max_length == LONGEST[name]  # type: ignore[union-attr]
