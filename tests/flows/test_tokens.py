"""Tokens renew themselves: once for all shops of a consent, and no lost answer costs more than it must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.errors import ConnectorError, Throttled, Unauthorized
from connectors.shopify import auth as shopify_auth
from connectors.tiktok import auth
from orders import claims, connections, keeping
from orders.fetching import intake
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from settings_app import clients, renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.factories import ShopFactory, StoreFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.token_life import eight_at_once, ends_soon, refreshes, tried_again, with_a_rival, works


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
    shop = ends_soon(road.shop, minutes=1)
    asked = with_a_rival(monkeypatch, auth, lambda: clients.with_live_token(TikTokShop.objects.get(pk=shop.pk)))
    clients.with_live_token(shop)
    assert len(asked) == refreshes(road) == 1


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
    eight_at_once(lambda: clients.with_live_token(TikTokShop.objects.get(pk=shop.pk)))
    assert refreshes(road) == 1
    assert works(shop)


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
    assert tried_again(order).sync_status == SyncStatus.QUEUED, order.message
    assert tried_again(order).sync_status == SyncStatus.SYNCED


def test_a_store_whose_new_token_is_refused_too_needs_a_person(road: Road, queued: Callable[..., Order]) -> None:
    order = queued()
    store = credentials(road, "expired-token")
    for _ in range(2):
        tried_again(order)
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
