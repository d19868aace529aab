"""Tokens renew themselves: once for all shops of a consent, and no lost answer costs more than it must."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from connectors.errors import ConnectorError, Throttled, Unauthorized
from connectors.shopify import auth as shopify_auth
from connectors.tiktok import auth
from orders import claims, connections, creation, keeping
from orders.admin import needs
from orders.fetching import intake
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from settings_app import clients, renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.factories import ShopFactory, StoreFactory, raw_order
from tests.flows.conftest import Road

REFRESH = "/api/v2/token/refresh"


def ends_soon(shop: TikTokShop, **left: int) -> TikTokShop:
    """The shop's token has only so much life left."""
    ends = timezone.now() + timedelta(**left)
    TikTokShop.objects.filter(authorization_key=shop.authorization_key).update(access_token_expires_at=ends)
    return TikTokShop.objects.select_related("store").get(pk=shop.pk)


def refreshes(road: Road) -> int:
    return int(road.tiktok.state()["calls"].get(f"GET {REFRESH}", 0))


def works(shop: TikTokShop) -> bool:
    shop.refresh_from_db()
    return bool(clients.tiktok(shop).authorized_shops())


def test_a_token_with_a_day_left_is_left_alone(road: Road) -> None:
    shop = ends_soon(road.shop, hours=25)
    assert clients.with_live_token(shop).access_token == shop.access_token
    assert refreshes(road) == 0


def test_a_token_with_less_than_a_day_is_renewed_and_the_new_pair_works(road: Road) -> None:
    shop = ends_soon(road.shop, hours=23)
    fresh = clients.with_live_token(shop)
    assert fresh.access_token != shop.access_token
    assert fresh.refresh_token != shop.refresh_token
    assert fresh.access_token_expires_at is not None
    assert fresh.access_token_expires_at > timezone.now() + timedelta(days=6)
    assert works(fresh)


def test_all_shops_of_one_consent_get_the_new_pair_at_once(road: Road) -> None:
    """The old pair is dead after a renewal: a shop that kept it would stop."""
    second = ShopFactory.create(
        store=road.shop.store,
        authorization_key=road.shop.authorization_key,
        access_token=road.shop.access_token,
        refresh_token=road.shop.refresh_token,
    )
    tokens = {"access_token": second.access_token, "refresh_token": second.refresh_token}
    road.tiktok.post("/_sandbox/shops", {"id": second.shop_id, "name": second.name, "cipher": second.cipher, **tokens})
    clients.with_live_token(ends_soon(road.shop, hours=2))
    first, second = (TikTokShop.objects.get(pk=pk) for pk in (road.shop.pk, second.pk))
    assert (first.access_token, first.refresh_token) == (second.access_token, second.refresh_token)
    assert works(first)
    assert works(second)
    assert refreshes(road) == 1


def test_another_consent_keeps_its_tokens(road: Road) -> None:
    other = ShopFactory.create(store=road.shop.store)
    clients.with_live_token(ends_soon(road.shop, hours=2))
    assert TikTokShop.objects.get(pk=other.pk).access_token == other.access_token


def test_a_token_that_ended_mid_run_is_renewed_and_the_call_made_again(road: Road) -> None:
    road.tiktok.post(
        "/_sandbox/shops",
        {"id": road.shop.shop_id, "access_token": road.shop.access_token, "access_token_expires_at": 1},
    )
    assert intake.with_token(road.shop, lambda client: client.authorized_shops())
    assert refreshes(road) == 1


def test_of_two_refreshers_at_one_moment_only_one_asks(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second arrives while the first one's answer is under way."""
    shop = ends_soon(road.shop, minutes=1)
    ask, seen = auth.refresh, []

    def rival_comes_in(*given: Any) -> Any:
        if not seen:
            seen.append("first")
            with pytest.raises(Throttled):
                clients.with_live_token(TikTokShop.objects.get(pk=shop.pk))
        return ask(*given)

    monkeypatch.setattr(auth, "refresh", rival_comes_in)
    clients.with_live_token(shop)
    assert refreshes(road) == 1


def test_while_one_renews_the_others_go_on_with_the_token_that_still_lives(road: Road) -> None:
    shop = ends_soon(road.shop, hours=3)
    TikTokShop.objects.filter(pk=shop.pk).update(refresh_claimed_until=timezone.now() + timedelta(seconds=30))
    assert clients.with_live_token(TikTokShop.objects.get(pk=shop.pk)).access_token == shop.access_token
    assert refreshes(road) == 0


def test_a_refresher_that_died_does_not_lock_the_shop(road: Road) -> None:
    shop = ends_soon(road.shop, minutes=1)
    TikTokShop.objects.filter(pk=shop.pk).update(refresh_claimed_until=timezone.now() - timedelta(seconds=1))
    assert works(clients.with_live_token(TikTokShop.objects.get(pk=shop.pk)))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_renew_once(road: Road) -> None:
    shop = ends_soon(road.shop, minutes=1)
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            clients.with_live_token(TikTokShop.objects.get(pk=shop.pk))
        except Throttled:
            pass  # told to come again, which is right
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refreshes(road) == 1
    assert works(shop)


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


def test_a_reconnection_during_a_renewal_is_not_overwritten(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = ends_soon(road.shop, minutes=1)
    ask = auth.refresh

    def seller_reconnects(*given: Any) -> Any:
        TikTokShop.objects.filter(pk=shop.pk).update(authorization_key="new", access_token="TTP_by_the_seller")
        return ask(*given)

    monkeypatch.setattr(auth, "refresh", seller_reconnects)
    clients.with_live_token(shop)
    assert TikTokShop.objects.get(pk=shop.pk).access_token == "TTP_by_the_seller"


def test_tokens_of_a_paused_shop_are_renewed_too(road: Road) -> None:
    ends_soon(road.shop, hours=5)
    TikTokShop.objects.filter(pk=road.shop.pk).update(paused=True)
    assert keeping.renew_tokens() == 1
    assert works(road.shop)


def test_a_call_that_failed_with_the_old_token_does_not_break_a_renewed_shop(road: Road) -> None:
    stale = TikTokShop.objects.get(pk=road.shop.pk)
    clients.with_live_token(ends_soon(road.shop, hours=2))
    connections.failed(stale, Unauthorized("TikTok no longer accepts this shop's access token."))
    assert TikTokShop.objects.get(pk=road.shop.pk).connection == Connection.CONNECTED


def test_a_worker_that_lost_its_token_to_a_renewal_calls_again(road: Road) -> None:
    stale = TikTokShop.objects.get(pk=road.shop.pk)
    clients.with_live_token(ends_soon(road.shop, hours=2))
    assert intake.with_token(stale, lambda client: client.authorized_shops())


def test_a_call_in_the_moment_between_tiktoks_new_pair_and_our_row_does_not_cut_the_shop_off(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TikTok ends the old token as it answers; the other worker has the new one, and has not stored it yet."""
    shop, real = ends_soon(road.shop, hours=2), renewal.store_pair
    seen: list[ConnectorError] = []

    def store(*args: Any, **more: Any) -> int:
        with pytest.raises(ConnectorError) as caught:
            intake.with_token(TikTokShop.objects.get(pk=shop.pk), lambda client: client.authorized_shops())
        seen.append(caught.value)
        connections.failed(shop, caught.value)
        return real(*args, **more)

    monkeypatch.setattr(renewal, "store_pair", store)
    assert works(clients.with_live_token(shop))
    assert [type(error) for error in seen] == [Throttled]
    assert TikTokShop.objects.get(pk=road.shop.pk).connection == Connection.CONNECTED


def credentials(road: Road, token: str) -> ShopifyStore:
    store: ShopifyStore = road.shop.store
    store.access, store.client_id, store.client_secret = ShopifyStore.Access.CREDENTIALS, "own-app", "own-secret"
    store.access_token, store.access_token_expires_at = token, timezone.now() + timedelta(hours=20)
    store.save()
    return store


def test_a_store_token_that_ended_early_is_renewed_and_the_order_goes(road: Road, queued: Callable[..., Order]) -> None:
    order = queued()
    credentials(road, "expired-token")
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED, order.message
    Order.objects.filter(pk=order.pk).update(next_attempt_at=None)
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCED


def test_a_store_whose_new_token_is_refused_too_needs_a_person(road: Road, queued: Callable[..., Order]) -> None:
    order = queued()
    store = credentials(road, "expired-token")
    for _ in range(2):
        Order.objects.filter(pk=order.pk).update(next_attempt_at=None)
        creation.sync(order.pk)
        ShopifyStore.objects.filter(pk=store.pk).update(
            access_token="expired-again", access_token_expires_at=timezone.now() + timedelta(hours=20)
        )
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "shopify_connection")


def test_a_reconnection_during_a_daily_renewal_is_not_overwritten(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    store = credentials(road, "")
    given = {"access": ShopifyStore.Access.TOKEN, "client_id": "", "access_token": "shpat_for_ever"}
    ask = shopify_auth.client_credentials

    def pasted_meanwhile(*args: Any) -> Any:
        token = ask(*args)
        ShopifyStore.objects.filter(pk=store.pk).update(**given, access_token_expires_at=None)
        return token

    monkeypatch.setattr(shopify_auth, "client_credentials", pasted_meanwhile)
    assert clients.with_store_token(store).access_token == "shpat_for_ever"


def test_the_environments_app_is_used_where_a_store_has_none(road: Road, settings: Any) -> None:
    store = StoreFactory.create(access=ShopifyStore.Access.CREDENTIALS, access_token="")
    assert clients.with_store_token(store).access_token
    settings.SHOPIFY_CLIENT_ID = "bad-app"
    other = StoreFactory.create(access=ShopifyStore.Access.CREDENTIALS, access_token="")
    with pytest.raises(ConnectorError):
        clients.with_store_token(other)


def test_a_revoked_shop_stops_alone(road: Road) -> None:
    other = ShopFactory.create(store=road.shop.store)
    grant = {"access_token": other.access_token, "refresh_token": other.refresh_token}
    road.tiktok.post("/_sandbox/shops", {"id": other.shop_id, "name": other.name, "cipher": other.cipher, **grant})
    raw = raw_order("576461413038785753", update_time=int(timezone.now().timestamp()))
    road.tiktok.post("/_sandbox/orders", {"shop_id": other.shop_id, "orders": [raw]})
    road.tiktok.post("/_sandbox/revoke", {"shop_id": road.shop.shop_id})
    assert intake.fetch(road.shop.pk).error
    assert intake.fetch(other.pk).stored.new == 1
    road.shop.refresh_from_db()
    assert (road.shop.connection, TikTokShop.objects.get(pk=other.pk).connection) == ("broken", "connected")


def test_a_shop_whose_trouble_was_mended_at_tiktok_goes_on_by_itself(road: Road) -> None:
    """An address put on the app's list, a scope granted: nobody tells us."""
    TikTokShop.objects.update(connection=Connection.BROKEN, connection_error="This server's address is not listed.")
    assert keeping.try_broken_shops() == 1
    road.shop.refresh_from_db()
    assert (road.shop.connection, road.shop.connection_error) == (Connection.CONNECTED, "")


def test_a_shop_that_is_still_shut_is_asked_seldom(road: Road) -> None:
    road.tiktok.post("/_sandbox/revoke", {"shop_id": road.shop.shop_id})
    TikTokShop.objects.update(connection=Connection.BROKEN)
    assert keeping.try_broken_shops() == 0
    road.shop.refresh_from_db()
    assert road.shop.backoff_until is not None


def test_orders_blocked_at_the_moment_of_a_reconnection_are_freed(road: Road, queued: Callable[..., Order]) -> None:
    order = queued()
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="shopify_connection")
    assert connections.free_stranded() == 1
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED
    assert claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL) == 0


def test_resting_after_a_failure_ends_when_the_token_does() -> None:
    shop = TikTokShop(access_token_expires_at=timezone.now(), renew_after=timezone.now() + timedelta(minutes=5))
    assert not renewal._resting(shop, timezone.now())
