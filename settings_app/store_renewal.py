"""Renewing Shopify's tokens: those of 24 hours are asked for anew, those of an hour are exchanged pair for pair."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError, Throttled, Unauthorized
from connectors.shopify import auth
from settings_app import app_secrets
from settings_app.models import Connection, ShopifyStore

RENEW_DAILY_BEFORE = timedelta(hours=1)
"""Client-credentials tokens live 24 hours."""

RENEW_HOURLY_BEFORE = timedelta(minutes=15)
"""Tokens of a consent live an hour; upkeep comes every ten minutes."""

STILL_USABLE = timedelta(minutes=2)
"""A token with less life than this is not begun anything with."""

RENEWAL_CLAIM = timedelta(seconds=60)
"""Longer than a renewal may take, so a claim that ended means that its renewal did too."""


def renews(store: ShopifyStore) -> bool:
    """Whether its token ends and can be had anew without a person."""
    return store.access == ShopifyStore.Access.CREDENTIALS or bool(store.refresh_token)


def due() -> QuerySet[ShopifyStore]:
    """Stores whose tokens end; an idle one is renewed too, or its consent would end unseen."""
    ending = Q(access=ShopifyStore.Access.CREDENTIALS) | ~Q(refresh_token="")
    return ShopifyStore.objects.filter(ending, connection=Connection.CONNECTED)


def with_store_token(store: ShopifyStore, *, refused: str = "") -> ShopifyStore:
    """The store with a token that should work; `refused` is one that Shopify just did not take.

    Raises Unauthorized when only a person can help, Throttled while another worker renews a token that already ran
    out, and what else the token host answers.
    """
    if not renews(store):
        if not store.access_token:
            raise Unauthorized(f"{store.domain} has no access token; connect the store again")
        return store
    if store.access == ShopifyStore.Access.CREDENTIALS:
        return _with_daily_token(store, refused)
    return _with_pair(store, refused)


def _lives(store: ShopifyStore, longer_than: timedelta, refused: str) -> bool:
    ends = store.access_token_expires_at
    return bool(store.access_token) and store.access_token != refused and bool(ends and _left(ends) > longer_than)


def _left(ends: datetime) -> timedelta:
    return ends - timezone.now()


def _with_daily_token(store: ShopifyStore, refused: str) -> ShopifyStore:
    if _lives(store, RENEW_DAILY_BEFORE, refused):
        return store
    fresh = ShopifyStore.objects.get(pk=store.pk)
    if fresh.access_token and fresh.access_token != (refused or store.access_token):
        return fresh
    # asking twice is harmless here: each answer is a token of its own and none is taken back
    client_id, secret = app_secrets.of_store(fresh)
    token = auth.client_credentials(settings.SHOPIFY_API_URL, store.domain, client_id, secret)
    # a reconnection meanwhile is not overwritten with a token of the app before it
    same = ShopifyStore.objects.filter(pk=store.pk, access=fresh.access, client_id=fresh.client_id)
    same.update(access_token=token.token, access_token_expires_at=token.expires_at)
    return ShopifyStore.objects.get(pk=store.pk)


def _with_pair(store: ShopifyStore, refused: str) -> ShopifyStore:
    """One worker at a time exchanges the pair; the others use the old token while it lives."""
    if _lives(store, RENEW_HOURLY_BEFORE, refused):
        return store
    now = timezone.now()
    claim = now + RENEWAL_CLAIM
    free = Q(refresh_claimed_until__isnull=True) | Q(refresh_claimed_until__lt=now)
    mine = ShopifyStore.objects.filter(free, pk=store.pk).update(refresh_claimed_until=claim)
    store = ShopifyStore.objects.get(pk=store.pk)  # somebody may just have renewed it
    if _lives(store, RENEW_HOURLY_BEFORE, refused):
        if mine:
            _claimed(store, claim).update(refresh_claimed_until=None)
        return store
    usable = _lives(store, STILL_USABLE, refused)
    if mine:
        return _exchange(store, claim, usable=usable)
    if usable:
        return store
    raise Throttled(f"The access token of {store.domain} is being renewed by another worker", wait=2.0)


def _exchange(store: ShopifyStore, claim: datetime, *, usable: bool) -> ShopifyStore:
    """Both tokens and both ends in one UPDATE, before either is used; a reconnection meanwhile is not overwritten.

    A failure is an error only when the old token is of no more use; otherwise the claim stays as a rest.
    """
    client_id, secret = app_secrets.of_store(store)
    try:
        pair = auth.refresh(settings.SHOPIFY_API_URL, store.domain, client_id, secret, store.refresh_token)
    except ConnectorError:
        if usable:
            return store
        _claimed(store, claim).update(refresh_claimed_until=None)
        raise
    _claimed(store, claim).update(
        access_token=pair.token,
        access_token_expires_at=pair.expires_at,
        refresh_token=pair.refresh_token or store.refresh_token,
        refresh_token_expires_at=pair.refresh_expires_at or store.refresh_token_expires_at,
        refresh_claimed_until=None,
    )
    return ShopifyStore.objects.get(pk=store.pk)


def _claimed(store: ShopifyStore, claim: datetime) -> QuerySet[ShopifyStore]:
    return ShopifyStore.objects.filter(pk=store.pk, refresh_claimed_until=claim)
