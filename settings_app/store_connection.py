"""Connecting a Shopify store in one of three ways, each ending in the same look at what the app finds there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.shopify import auth, shop
from connectors.shopify import orders as shopify_orders
from connectors.shopify.auth import AccessToken
from connectors.shopify.client import ShopifyClient
from settings_app import app_secrets, clients, scopes
from settings_app.models import Connection, ShopifyStore
from settings_app.signals import connected

CURRENCY = "USD"


class NotConnected(Exception):
    """Why the store was not connected and what mends it; nothing was changed."""


@dataclass(frozen=True)
class Candidate:
    """How to get into a store. Without a client id of its own it uses the installation's app."""

    domain: str
    access: ShopifyStore.Access
    token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)
    refresh_expires_at: datetime | None = None
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Findings:
    """What a store told about itself; `remarks` are worth knowing and stop nothing."""

    name: str
    domain: str
    currency: str
    scopes: frozenset[str]
    location: str
    served_version: str
    definition: ShopifyStore.Definition
    definition_note: str
    remarks: tuple[str, ...]


def connect(candidate: Candidate) -> tuple[ShopifyStore, Findings]:
    """Look into the store first, then save it. Raises NotConnected."""
    try:
        token = _token(candidate)
        found = look(_client(candidate.domain, token.token))
    except ConnectorError as error:
        raise NotConnected(error.sentence) from None
    if problem := problem_of(found):
        raise NotConnected(problem)
    return _save(candidate, token, found), found


def check(store: ShopifyStore) -> Findings:
    """Look again and note what was found; raises the errors of a failed call."""
    found = look(clients.shopify(store))
    _note(store, found)
    store.save(update_fields=[*_NOTED, "checked_at"])
    return found


def problem_of(found: Findings) -> str:
    """What makes the store unusable, or ""."""
    if found.currency != CURRENCY:
        return (
            f"{found.domain} keeps its books in {found.currency}; orders of US TikTok shops are in US dollars. "
            "Connect a store whose currency is USD."
        )
    return scopes.missing_sentence(found.scopes) if found.scopes else ""


def look(client: ShopifyClient) -> Findings:
    info = shop.shop_info(client)
    remarks = []
    if info.served_version != client.version:
        remarks.append(
            f"Shopify answers in API version {info.served_version} instead of {client.version}: set "
            "SHOPIFY_API_VERSION to a version that it still serves."
        )
    location = ""
    if not info.scopes or not shop.missing_scopes(info.scopes):
        places = [place for place in shop.locations(client) if place.is_active and place.fulfills_online_orders]
        location = places[0].name if places else ""
        if not places:
            remarks.append("No active location of the store fulfils online orders, so nothing can be shipped from it.")
    definition, note = _definition(client)
    if definition is not ShopifyStore.Definition.READY:
        remarks.append(f"The custom id for TikTok orders is not set up: {note} Orders are found by their tags instead.")
    if info.development:
        remarks.append("This is a development or trial store: Shopify takes five new orders a minute there.")
    return Findings(
        name=info.name,
        domain=auth.valid_domain(info.domain) or client.domain,
        currency=info.currency,
        scopes=info.scopes,
        location=location,
        served_version=info.served_version,
        definition=definition,
        definition_note=note,
        remarks=tuple(remarks),
    )


def _definition(client: ShopifyClient) -> tuple[ShopifyStore.Definition, str]:
    try:
        made = shopify_orders.ensure_order_id_definition(client)
    except ConnectorError as error:
        return ShopifyStore.Definition.UNKNOWN, error.sentence
    return (ShopifyStore.Definition.READY if made.ready else ShopifyStore.Definition.UNAVAILABLE), made.sentence


def _token(candidate: Candidate) -> AccessToken:
    if candidate.access is not ShopifyStore.Access.CREDENTIALS:
        ends = candidate.refresh_expires_at
        return AccessToken(candidate.token, candidate.expires_at, frozenset(), candidate.refresh_token, ends)
    client_id, secret = candidate.client_id, candidate.client_secret
    if not client_id:
        client_id, secret = settings.SHOPIFY_CLIENT_ID, next(iter(app_secrets.of_installation()), "")
    return auth.client_credentials(settings.SHOPIFY_API_URL, candidate.domain, client_id, secret)


def _client(domain: str, token: str) -> ShopifyClient:
    return ShopifyClient(settings.SHOPIFY_API_URL, domain, token, settings.SHOPIFY_API_VERSION, clients.budget())


_NOTED = (
    "name",
    "currency",
    "scopes",
    "location",
    "served_version",
    "order_id_definition",
    "order_id_definition_note",
)


def _note(store: ShopifyStore, found: Findings) -> None:
    store.name, store.currency, store.location = found.name[:255], found.currency, found.location[:255]
    store.scopes = sorted(found.scopes)
    store.served_version = found.served_version[:16]
    store.order_id_definition = found.definition
    store.order_id_definition_note = found.definition_note
    store.checked_at = timezone.now()


def _save(candidate: Candidate, token: AccessToken, found: Findings) -> ShopifyStore:
    with transaction.atomic():
        known = ShopifyStore.objects.select_for_update().filter(domain__iexact=found.domain).first()
        store = known or ShopifyStore(domain=found.domain)
        store.access = candidate.access
        store.access_token, store.access_token_expires_at = token.token, token.expires_at
        store.refresh_token, store.refresh_token_expires_at = token.refresh_token, token.refresh_expires_at
        store.refresh_claimed_until = store.early_renewal_until = None
        store.client_id = candidate.client_id
        app_secrets.keep_old(store, candidate.client_secret)
        store.connection, store.connection_error = Connection.CONNECTED, ""
        store.backoff_step, store.backoff_until = 0, None
        _note(store, found)
        store.save()
        transaction.on_commit(lambda: connected.send(ShopifyStore, side=store))
    return store
