"""Tokens of a Shopify consent end every hour: a pair is exchanged by one worker, and no lost answer costs the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.errors import Unauthorized
from connectors.shopify import auth
from connectors.shopify import shop as shopify_shop
from orders import connections, keeping, sweeps
from orders.models import Order
from orders.states import SyncStatus
from settings_app import clients
from settings_app.models import Connection, ShopifyStore
from tests.flows.conftest import Road
from tests.flows.consents import consent_at_shopify, said
from tests.flows.token_life import eight_at_once, tried_again, with_a_rival
from tests.sandboxes import Sandbox

TOKENS = "/admin/oauth/access_token"


@pytest.fixture
def consented(vendors: tuple[Sandbox, Sandbox], manager: Client, redis_url: str) -> ShopifyStore:
    manager.get(consent_at_shopify(manager))
    return ShopifyStore.objects.get()


def ends_in(store: ShopifyStore, **left: float) -> ShopifyStore:
    ShopifyStore.objects.filter(pk=store.pk).update(access_token_expires_at=timezone.now() + timedelta(**left))
    return ShopifyStore.objects.get(pk=store.pk)


def works(store: ShopifyStore) -> bool:
    return bool(shopify_shop.shop_info(clients.shopify(ShopifyStore.objects.get(pk=store.pk))).name)


def test_a_consent_brings_a_pair_and_both_its_ends(consented: ShopifyStore) -> None:
    assert consented.refresh_token
    assert consented.access_token_expires_at is not None
    assert consented.refresh_token_expires_at is not None
    assert timedelta(minutes=59) < consented.access_token_expires_at - timezone.now() <= timedelta(hours=1)
    assert consented.refresh_token_expires_at - timezone.now() > timedelta(days=89)


def test_a_pair_is_exchanged_before_it_ends_and_the_new_one_works(consented: ShopifyStore) -> None:
    assert clients.with_store_token(ends_in(consented, minutes=16)).access_token == consented.access_token
    fresh = clients.with_store_token(ends_in(consented, minutes=14))
    assert fresh.access_token != consented.access_token
    assert fresh.refresh_token != consented.refresh_token
    assert fresh.refresh_claimed_until is None
    assert works(fresh)
    assert works(clients.with_store_token(ends_in(fresh, minutes=1)))


def test_an_idle_store_is_renewed_by_upkeep(consented: ShopifyStore) -> None:
    ends_in(consented, minutes=5)
    keeping.renew_tokens()
    assert ShopifyStore.objects.get().access_token != consented.access_token
    assert works(consented)


def test_a_token_without_an_end_is_left_alone(consented: ShopifyStore) -> None:
    ShopifyStore.objects.update(refresh_token="", access_token_expires_at=None, access_token="shpat_for_ever")
    store = ShopifyStore.objects.get()
    assert clients.with_store_token(store).access_token == "shpat_for_ever"


def test_a_lost_answer_costs_nothing(consented: ShopifyStore, vendors: tuple[Sandbox, Sandbox]) -> None:
    """Shopify takes the old refresh token until the new one was used."""
    vendors[1].faults({"operation": TOKENS, "do": "cut", "when": "after", "times": 1})
    assert works(clients.with_store_token(ends_in(consented, minutes=1)))


def test_a_token_host_that_is_away_breaks_no_store(consented: ShopifyStore, vendors: tuple[Sandbox, Sandbox]) -> None:
    vendors[1].faults({"operation": TOKENS, "do": "http", "status": 502})
    living = ends_in(consented, minutes=10)
    assert clients.with_store_token(living).access_token == consented.access_token
    for minutes in (10, 1):
        ShopifyStore.objects.update(refresh_claimed_until=None)  # a minute later
        ends_in(consented, minutes=minutes)
        keeping.renew_tokens()
    store = ShopifyStore.objects.get()
    assert (store.connection, store.refresh_token) == (Connection.CONNECTED, consented.refresh_token)
    vendors[1].faults()
    assert works(store)


def test_after_a_failure_the_old_token_serves_and_nobody_asks_at_every_call(
    consented: ShopifyStore, vendors: tuple[Sandbox, Sandbox]
) -> None:
    vendors[1].faults({"operation": TOKENS, "do": "http", "status": 502})
    store = ends_in(consented, minutes=10)
    clients.with_store_token(store)
    [fault] = vendors[1].get("/_sandbox/faults")
    for _ in range(5):
        clients.with_store_token(ShopifyStore.objects.get())
    assert vendors[1].get("/_sandbox/faults") == [fault]


def test_a_consent_that_ended_asks_for_the_owner_and_reconnecting_mends_it(
    consented: ShopifyStore, manager: Client
) -> None:
    ShopifyStore.objects.update(refresh_token="shprt_of_ninety_days_ago")
    ends_in(consented, minutes=1)
    keeping.renew_tokens()
    store = ShopifyStore.objects.get()
    assert store.connection == Connection.BROKEN
    assert "Reconnect" in store.connection_error
    page = said(manager.get(f"/admin/settings_app/shopifystore/{store.pk}/change/"))
    assert "no longer renews" in page
    assert "Press Reconnect" in page
    manager.get(consent_at_shopify(manager))
    store = ShopifyStore.objects.get()
    assert (store.connection, store.connection_error) == (Connection.CONNECTED, "")
    assert works(store)


def test_a_wrong_secret_is_named_and_not_taken_for_an_ended_consent(consented: ShopifyStore, settings: Any) -> None:
    settings.SHOPIFY_CLIENT_SECRET = "bad-secret"
    with pytest.raises(Unauthorized, match="client id and secret"):
        clients.with_store_token(ends_in(consented, minutes=1))


def test_of_two_renewers_at_one_moment_only_one_asks(consented: ShopifyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ends_in(consented, minutes=1)
    asked = with_a_rival(monkeypatch, auth, lambda: clients.with_store_token(ShopifyStore.objects.get()))
    assert works(clients.with_store_token(store))
    assert len(asked) == 1


def test_while_one_renews_the_others_go_on_with_the_token_that_still_lives(consented: ShopifyStore) -> None:
    store = ends_in(consented, minutes=10)
    ShopifyStore.objects.update(refresh_claimed_until=timezone.now() + timedelta(seconds=30))
    assert clients.with_store_token(store).access_token == consented.access_token


def test_a_renewer_that_died_does_not_lock_the_store(consented: ShopifyStore) -> None:
    ShopifyStore.objects.update(refresh_claimed_until=timezone.now() - timedelta(seconds=1))
    assert works(clients.with_store_token(ends_in(consented, minutes=1)))


def test_a_reconnection_during_a_renewal_is_not_overwritten(
    consented: ShopifyStore, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ask = ends_in(consented, minutes=1), auth.refresh

    def owner_reconnects(*given: Any) -> Any:
        pair = ask(*given)
        manager.get(consent_at_shopify(manager))
        return pair

    monkeypatch.setattr(auth, "refresh", owner_reconnects)
    fresh = clients.with_store_token(store)
    given = ShopifyStore.objects.get()
    assert (fresh.access_token, fresh.refresh_token) == (given.access_token, given.refresh_token)
    assert given.access_token_expires_at is not None
    assert given.access_token_expires_at - timezone.now() > timedelta(minutes=59)
    assert works(given)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_exchange_the_pair_once(
    vendors: tuple[Sandbox, Sandbox], manager: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.get(consent_at_shopify(manager))
    store = ends_in(ShopifyStore.objects.get(), minutes=1)
    asked, ask = [], auth.refresh
    monkeypatch.setattr(auth, "refresh", lambda *given: (asked.append(given), ask(*given))[1])
    eight_at_once(lambda: clients.with_store_token(ShopifyStore.objects.get(pk=store.pk)))
    assert len(asked) == 1
    assert works(store)


def a_pair(road: Road) -> ShopifyStore:
    """The road's store as one whose owner gave consent; its pair is known to the stand-in."""
    pair = auth.exchange_code(road.shopify.url + "/{domain}", road.shop.store.domain, "test-client", "secret", "code1")
    ShopifyStore.objects.update(
        access=ShopifyStore.Access.CONSENT,
        access_token=pair.token,
        access_token_expires_at=pair.expires_at,
        refresh_token=pair.refresh_token,
        refresh_token_expires_at=pair.refresh_expires_at,
    )
    store: ShopifyStore = road.shop.store
    store.refresh_from_db()
    return store


def test_a_token_that_ended_early_is_renewed_and_the_order_goes(road: Road, queued: Callable[..., Order]) -> None:
    """Its clock is Shopify's: what the row believes about the end need not be true."""
    order, store = queued(), a_pair(road)
    ShopifyStore.objects.update(access_token="expired-early")
    for status in (SyncStatus.QUEUED, SyncStatus.SYNCED):
        assert tried_again(order).sync_status == status, order.message
    assert ShopifyStore.objects.get(pk=store.pk).connection == Connection.CONNECTED


def test_a_call_refused_while_another_worker_exchanges_the_pair_breaks_nothing(road: Road) -> None:
    """The old token may be dead before the new one is stored."""
    store = a_pair(road)
    ShopifyStore.objects.update(refresh_claimed_until=timezone.now() + timedelta(seconds=30))
    connections.failed(store, Unauthorized("Shopify no longer accepts the access token.", expired=True))
    store.refresh_from_db()
    assert (store.connection, bool(store.access_token)) == (Connection.CONNECTED, True)


def test_a_consent_that_was_taken_back_blocks_the_orders_until_it_is_given_again(
    road: Road, queued: Callable[..., Order]
) -> None:
    order, _ = queued(), a_pair(road)
    ShopifyStore.objects.update(access_token="expired", refresh_token="shprt_taken_back")
    for _ in range(2):
        tried_again(order)
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "shopify_connection")
    a_pair(road)
    ShopifyStore.objects.update(backoff_until=None)
    assert sweeps.try_broken_stores() == 1
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED
