"""Which Shopify app a store is connected through, and which secrets may have signed what claims to come from it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from settings_app.models import ShopifyStore

OLD_SECRET_SIGNS = timedelta(hours=1)
"""Shopify may go on signing with the old secret for up to an hour after it was rotated."""


def of_installation() -> tuple[str, ...]:
    """SHOPIFY_CLIENT_SECRET may be a comma list: the first signs, all of them verify."""
    return tuple(part.strip() for part in settings.SHOPIFY_CLIENT_SECRET.split(",") if part.strip())


def of_store(store: ShopifyStore) -> tuple[str, str]:
    """Client id and secret for tokens: the store's own app, else the installation's."""
    if store.client_id:
        return store.client_id, store.client_secret
    return settings.SHOPIFY_CLIENT_ID, next(iter(of_installation()), "")


def that_sign(domain: str) -> tuple[str, ...]:
    """Every secret that may sign for this store; a domain that nobody connected has the installation's alone."""
    store = ShopifyStore.objects.filter(domain__iexact=domain).first()
    if store is None:
        return of_installation()
    own = [store.client_secret] if store.client_secret else []
    if store.old_client_secret and store.old_client_secret_until and store.old_client_secret_until > timezone.now():
        own.append(store.old_client_secret)
    return (*own, *of_installation())


def keep_old(store: ShopifyStore, new_secret: str) -> None:
    """Set a new secret on the unsaved `store`; the one before stays good for signatures for an hour."""
    if store.client_secret and store.client_secret != new_secret:
        store.old_client_secret = store.client_secret
        store.old_client_secret_until = timezone.now() + OLD_SECRET_SIGNS
    store.client_secret = new_secret
