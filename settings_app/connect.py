"""One connection from one JSON object: a TikTok shop, its Shopify store and its settings, made or updated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.shopify.auth import valid_domain
from connectors.tiktok.wire import FIRST_MILLISECOND
from settings_app import app_secrets, clients
from settings_app.models import Connection, ShopifyStore, SyncSettings, TikTokShop, new_authorization_key
from settings_app.rules import Rules, WrongRule, shown, with_changes
from settings_app.signals import connected, rules_changed
from settings_app.typed_text import is_key, is_plain

ONLY_US = "Order sync is currently available for US TikTok Shops only"

TIKTOK_KEYS = (
    "shop_id",
    "name",
    "cipher",
    "region",
    "access_token",
    "access_token_expires_at",
    "refresh_token",
    "refresh_token_expires_at",
)
SHOPIFY_KEYS = ("domain", "access_token", "client_id", "client_secret")
KEYS = ("shop_id", "cipher", "access_token", "refresh_token", "client_id", "client_secret")
LONGEST = {"shop_id": 64, "name": 255, "domain": 255, "client_id": 255}
"""The lengths of the columns."""
LONGEST_KEY = 2000
"""Encrypted columns have no length; no vendor's token comes near this."""


class WrongInput(ValueError):
    """What is wrong with the given connection, where, and what to give instead, in one sentence."""


@dataclass(frozen=True)
class Connected:
    shop: TikTokShop
    store: ShopifyStore
    new: bool


def connect(given: object) -> Connected:
    """Create or update everything in one transaction; raises WrongInput and then changes nothing."""
    whole = _part({"connection": given}, "connection", ("tiktok", "shopify", "settings"))
    tiktok = _part(whole, "tiktok", TIKTOK_KEYS)
    shopify = _part(whole, "shopify", SHOPIFY_KEYS)
    chosen = _part(whole, "settings", None) if whole.get("settings") is not None else {}
    shop_id = _text(tiktok, "tiktok", "shop_id")
    _refuse_ended(tiktok)
    region = _text(tiktok, "tiktok", "region", default="").upper() or _region_at_tiktok(tiktok, shop_id)
    if region != "US":
        raise WrongInput(f"tiktok.region: {ONLY_US}; shop {shop_id} is in {region}.")
    with transaction.atomic():
        store = _store(shopify)
        shop, new = _shop(tiktok, shop_id, store)
        settings, _ = SyncSettings.objects.select_for_update().get_or_create(shop=shop)
        before = settings.rules()
        try:
            rules = with_changes(before, chosen)
        except WrongRule as wrong:
            raise WrongInput(f"{wrong}.") from None
        save_rules(settings, before, rules, command="connect_store")
        transaction.on_commit(lambda: connected.send(ShopifyStore, side=store))
        transaction.on_commit(lambda: connected.send(TikTokShop, side=shop))
    return Connected(shop, store, new)


def _refuse_ended(given: Mapping[str, Any]) -> None:
    """With both tokens ended nothing could ever be fetched; one that can still be renewed is taken."""
    now = timezone.now()
    access, refresh = _time(given, "access_token_expires_at"), _time(given, "refresh_token_expires_at")
    if access is None or access > now:
        return
    if not _text(given, "tiktok", "refresh_token", default=""):
        raise WrongInput(
            f"tiktok.access_token_expires_at: it ended on {_day(access)} and there is no refresh_token to renew it "
            "with; give both as TikTok gave them last."
        )
    if refresh is not None and refresh <= now:
        raise WrongInput(
            f"tiktok.refresh_token_expires_at: the seller's consent ended on {_day(refresh)}, and so did the access "
            "token; let the seller authorize the app again in TikTok and give the new tokens."
        )


def _region_at_tiktok(given: Mapping[str, Any], shop_id: str) -> str:
    """TikTok's own word where none was given; raises WrongInput where TikTok does not tell."""
    client = clients.tiktok_app(_text(given, "tiktok", "access_token"), shop_key=shop_id)
    try:
        shops = client.authorized_shops()
    except ConnectorError as error:
        raise WrongInput(
            f'tiktok.region: it is missing and TikTok could not be asked ({error.sentence}); give it, such as "US".'
        ) from None
    mine = next((shop for shop in shops if shop.id == shop_id), None)
    if mine is None:
        covered = ", ".join(f"{shop.name or shop.id} ({shop.id})" for shop in shops) or "no shop at all"
        raise WrongInput(f"tiktok.shop_id: the access token covers {covered}, not {shop_id}.")
    return mine.region.upper() or "an unknown region"


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def save_rules(settings: SyncSettings, before: Rules, rules: Rules, *, command: str = "") -> int:
    """The one way to change settings, within the caller's transaction; returns how many orders go on because of it.

    The columns of `settings` are the fields of `rules`.
    """
    for name in Rules.__dataclass_fields__:
        value = getattr(rules, name)
        setattr(settings, name, list(value) if isinstance(value, tuple) else value)
    settings.save()
    if rules == before:
        return 0
    told = rules_changed.send(SyncSettings, shop=settings.shop, before=before, after=rules, command=command)
    return sum(int(freed or 0) for _, freed in told)


def _store(given: Mapping[str, Any]) -> ShopifyStore:
    typed = _text(given, "shopify", "domain")
    domain = valid_domain(typed)
    if domain is None:
        raise WrongInput(f"shopify.domain: {typed!r} is not a store's name; give it as in example.myshopify.com.")
    token = _text(given, "shopify", "access_token", default="")
    client_id = _text(given, "shopify", "client_id", default="")
    client_secret = _text(given, "shopify", "client_secret", default="")
    if token and client_id:
        raise WrongInput("shopify: give either access_token, or client_id and client_secret, not both.")
    if not token and not (client_id and client_secret):
        raise WrongInput("shopify: give either access_token, or client_id and client_secret.")
    known = ShopifyStore.objects.select_for_update(no_key=True).filter(domain__iexact=domain)
    store = known.first() or ShopifyStore(domain=domain)
    by_credentials = (ShopifyStore.Access.CREDENTIALS, client_id, client_secret)
    if token:
        store.access, store.client_id = ShopifyStore.Access.TOKEN, ""
        store.access_token, store.access_token_expires_at = token, None
        app_secrets.keep_old(store, client_secret)  # signs the webhooks of an app made in the store's own admin
    elif by_credentials != (store.access, store.client_id, store.client_secret):
        store.access, store.client_id = ShopifyStore.Access.CREDENTIALS, client_id
        app_secrets.keep_old(store, client_secret)
        store.access_token, store.access_token_expires_at = "", None
    store.refresh_token, store.refresh_token_expires_at = "", None  # of a consent that this replaces
    store.refresh_claimed_until = store.early_renewal_until = None
    store.connection, store.connection_error = Connection.CONNECTED, ""
    store.backoff_step, store.backoff_until = 0, None
    store.order_id_definition = ShopifyStore.Definition.UNKNOWN
    store.save()
    return store


def _shop(given: Mapping[str, Any], shop_id: str, store: ShopifyStore) -> tuple[TikTokShop, bool]:
    # no_key: a page that is being stored names the shop while it holds orders that new settings let go
    shop = TikTokShop.objects.select_for_update(no_key=True).filter(shop_id=shop_id).first()
    new = shop is None
    if shop is None:
        shop = TikTokShop(shop_id=shop_id)
    elif shop.store_id != store.pk and shop.orders.exists():
        raise WrongInput(
            f"shopify.domain: shop {shop_id} already syncs into {shop.store.domain}; "
            f"its orders cannot move to {store.domain}."
        )
    shop.name = _text(given, "tiktok", "name")
    shop.cipher = _text(given, "tiktok", "cipher")
    shop.region = "US"
    shop.access_token = _text(given, "tiktok", "access_token")
    shop.access_token_expires_at = _time(given, "access_token_expires_at")
    refresh_token = _text(given, "tiktok", "refresh_token", default="")
    if new or refresh_token != shop.refresh_token:
        shop.authorization_key = _key_of(refresh_token)
    shop.refresh_token = refresh_token
    shop.refresh_token_expires_at = _time(given, "refresh_token_expires_at")
    shop.connection, shop.connection_error = Connection.CONNECTED, ""
    shop.connected_at = timezone.now()
    shop.backoff_step, shop.backoff_until, shop.refresh_claimed_until = 0, None, None
    shop.renew_after, shop.renewal_problem, shop.in_setup = None, "", False
    shop.store = store
    shop.save()
    return shop, new


def _key_of(refresh_token: str) -> str:
    """Shops that were given the same refresh token share one consent; few enough to compare them here."""
    if refresh_token:
        for row in TikTokShop.objects.exclude(refresh_token=""):
            if row.refresh_token == refresh_token:
                return row.authorization_key
    return new_authorization_key()


def _part(given: Mapping[str, Any], name: str, keys: tuple[str, ...] | None) -> Mapping[str, Any]:
    part = given.get(name)
    if not isinstance(part, Mapping):
        raise WrongInput(f"{name}: give a JSON object" + (f" with {', '.join(keys)}." if keys else "."))
    unknown = sorted(str(key) for key in part if keys is not None and key not in keys)
    if unknown:
        raise WrongInput(f"{name}: {shown(unknown[0])} is not known here; use {', '.join(keys or ())}.")
    return part


def _text(given: Mapping[str, Any], part: str, name: str, *, default: str | None = None) -> str:
    value = given.get(name, "")
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise WrongInput(f"{part}.{name}: give it as text.")
    text = "" if value is None else str(value).strip()
    if not text:
        if default is None:
            raise WrongInput(f"{part}.{name}: it is missing; give it as text.")
        return default
    if name in KEYS and not is_key(text):
        raise WrongInput(f"{part}.{name}: it holds a blank, a line break or a foreign letter; copy it again.")
    if not is_plain(text):
        raise WrongInput(f"{part}.{name}: it holds a line break or another character that is no text; leave it out.")
    if len(text) > (longest := LONGEST.get(name, LONGEST_KEY)):
        raise WrongInput(f"{part}.{name}: it has {len(text)} characters; give at most {longest}.")
    return text


def _time(given: Mapping[str, Any], name: str) -> datetime | None:
    """Unix seconds, cut to whole ones; 0, absent and null mean that no end is known."""
    value = given.get(name)
    if value in (None, "", 0):
        return None
    try:
        seconds = int(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0
    except (ValueError, OverflowError):  # no number, or an infinite one
        seconds = 0
    if not 0 < seconds < FIRST_MILLISECOND:
        raise WrongInput(f"tiktok.{name}: give Unix seconds, such as 1767225600, not {shown(value)}.")
    return datetime.fromtimestamp(seconds, UTC)
