"""A token host that errs, is away or loses its answer: the shop goes on while its token lives, then says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone

from connectors.errors import Unauthorized
from orders import connections, keeping
from orders.admin import needs
from orders.fetching import intake
from settings_app import clients, renewal
from settings_app.models import Connection, TikTokShop
from tests.flows.conftest import Road
from tests.flows.token_life import REFRESH, ends_soon, refreshes, works


def test_a_lost_answer_before_the_renewal_is_tried_once_more(road: Road) -> None:
    road.tiktok.faults({"operation": REFRESH, "do": "cut", "when": "before", "times": 1})
    assert works(clients.with_live_token(ends_soon(road.shop, minutes=1)))


def test_a_renewal_whose_answer_was_lost_ends_in_reconnect(road: Road) -> None:
    """The new pair is gone with the answer and the old one is used up: only the seller can help."""
    road.tiktok.faults({"operation": REFRESH, "do": "cut", "when": "after", "times": 1})
    with pytest.raises(Unauthorized, match="Reconnect") as raised:
        clients.with_live_token(ends_soon(road.shop, minutes=1))
    connections.failed(road.shop, raised.value)
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.BROKEN
    assert "Reconnect" in road.shop.connection_error


def test_a_token_host_that_is_away_breaks_nothing(road: Road) -> None:
    """Two lost answers are no refusal: the old token is used while it lives, and renewed when TikTok is back."""
    road.tiktok.faults({"operation": REFRESH, "do": "cut", "when": "before"})
    shop = ends_soon(road.shop, hours=2)
    assert clients.with_live_token(shop).access_token == shop.access_token
    shop.refresh_from_db()
    assert shop.connection == Connection.CONNECTED
    assert shop.renewal_problem
    before = refreshes(road)
    clients.with_live_token(shop)
    assert refreshes(road) == before, "a failed renewal must rest, not be tried at every call"
    road.tiktok.faults()
    TikTokShop.objects.filter(pk=shop.pk).update(renew_after=None)
    assert works(clients.with_live_token(TikTokShop.objects.get(pk=shop.pk)))
    shop.refresh_from_db()
    assert shop.renewal_problem == ""


@pytest.mark.parametrize("do", [{"do": "cut", "when": "before"}, {"do": "http", "status": 502}, {"do": "truncate"}])
def test_two_unknown_outcomes_with_an_ended_token_ask_for_a_reconnection(road: Road, do: dict[str, Any]) -> None:
    """Nothing can be fetched any more and nobody knows where the new pair is: the seller is told, at once."""
    road.tiktok.faults({"operation": REFRESH, "when": "after", **do})
    with pytest.raises(Unauthorized, match="Reconnect") as raised:
        clients.with_live_token(ends_soon(road.shop, minutes=1))
    assert sum(fault["fired"] for fault in road.tiktok.get("/_sandbox/faults")) == 2
    connections.failed(road.shop, raised.value)
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.BROKEN
    assert "Reconnect" in road.shop.connection_error


def test_an_auth_host_that_errs_for_a_night_costs_the_seller_nothing(road: Road) -> None:
    """The renewal begins a day ahead; as long as the old token lives the shop goes on, whatever the host answers."""
    road.tiktok.faults({"operation": REFRESH, "do": "http", "status": 502})
    shop = ends_soon(road.shop, hours=23)
    for hours in range(23, 0, -4):
        shop = ends_soon(shop, hours=hours)
        TikTokShop.objects.update(renew_after=None)  # five minutes later
        keeping.renew_tokens()
        assert intake.fetch(shop.pk).error == ""
    shop.refresh_from_db()
    assert (shop.connection, bool(shop.renewal_problem)) == (Connection.CONNECTED, True)
    road.tiktok.faults()
    TikTokShop.objects.update(renew_after=None)
    assert keeping.renew_tokens() == 1
    assert works(shop)


def test_an_auth_host_that_nobody_reaches_never_asks_for_a_reconnection(road: Road, settings: Any) -> None:
    """What was not sent has no outcome: the pair here is still the one that TikTok knows."""
    reachable = settings.TIKTOK_SHOP_AUTH_URL
    settings.TIKTOK_SHOP_AUTH_URL = "http://127.0.0.1:9"
    for _ in range(3):
        assert intake.fetch(ends_soon(road.shop, minutes=1).pk).error
        TikTokShop.objects.update(backoff_until=None)
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.CONNECTED
    settings.TIKTOK_SHOP_AUTH_URL = reachable
    assert intake.fetch(road.shop.pk).error == ""


def test_a_shop_that_waits_for_its_seller_goes_on_when_tiktok_answers_first(road: Road) -> None:
    road.tiktok.faults({"operation": REFRESH, "do": "http", "status": 502})
    assert intake.fetch(ends_soon(road.shop, minutes=1).pk).error
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.BROKEN
    road.tiktok.faults()
    TikTokShop.objects.update(backoff_until=None)
    assert keeping.try_broken_shops() == 1
    assert works(road.shop)


def test_a_pair_lost_for_good_is_told_while_the_old_token_still_lives(road: Road) -> None:
    """The shop goes on for the hours that are left, and Home says what must be done before they are over."""
    road.tiktok.faults({"operation": REFRESH, "do": "http", "status": 400})
    ends_soon(road.shop, hours=10)
    keeping.renew_tokens()
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.CONNECTED
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("manager", password="long enough")
    [need] = [need for need in needs.needs(request) if "cannot be renewed" in need.title]
    assert need.urgent


def test_resting_after_a_failure_ends_when_the_token_does() -> None:
    shop = TikTokShop(access_token_expires_at=timezone.now(), renew_after=timezone.now() + timedelta(minutes=5))
    assert not renewal._resting(shop, timezone.now())
