"""Test connection: ask both vendors for what the sync needs from them, and say each finding in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.errors import BadAnswer, ConnectorError, NotSent, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify import shop as shopify_shop
from connectors.shopify.client import ShopifyClient
from connectors.tiktok.client import TikTokClient
from settings_app import clients, scopes, signals, store_connection, store_renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop

Value = TypeVar("Value")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `state` is good, warning or bad, `word` says the same in text."""

    name: str
    state: str
    word: str
    sentence: str


@dataclass(frozen=True)
class Tested:
    """All findings; `works` is false when orders cannot go this way until somebody mends what is bad."""

    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        return all(finding.state != "bad" for finding in self.findings)

    @property
    def summary(self) -> str:
        bad = [finding for finding in self.findings if finding.state == "bad"]
        return f"Does not work: {bad[0].sentence}" if bad else "Works."


def good(name: str, sentence: str) -> Finding:
    return Finding(name, "good", "Works", sentence)


def warning(name: str, sentence: str) -> Finding:
    return Finding(name, "warning", "Look here", sentence)


def bad(name: str, sentence: str) -> Finding:
    return Finding(name, "bad", "Does not work", sentence)


def try_store(store: ShopifyStore) -> Tested:
    """The Shopify side: reachable, permissions, currency, API version, locations. What is found is kept on its row."""
    try:
        store = _with_good_token(store)
        found = store_connection.check(store)
        client = clients.shopify(store)
    except ConnectorError as error:
        return Tested((bad("Connection", in_words("Shopify", error)),))
    missing = scopes.missing_sentence(found.scopes)
    findings = [
        good("Connection", f"Shopify answers as {found.name} ({found.domain})."),
        bad("Permissions", missing)
        if missing
        else good("Permissions", "Orderbridge may do everything there that it has to."),
        good("Currency", "US dollars.")
        if found.currency == store_connection.CURRENCY
        else bad("Currency", store_connection.problem_of(found)),
        good("API version", f"{found.served_version}.")
        if found.served_version == settings.SHOPIFY_API_VERSION
        else warning(
            "API version",
            f"Shopify answers in its version {found.served_version} instead of {settings.SHOPIFY_API_VERSION}. Orders "
            "still go; ask whoever runs this installation to update Orderbridge.",
        ),
        _locations(client),
        *(warning("Worth knowing", remark) for remark in found.remarks),
    ]
    return Tested(tuple(findings))


def _with_good_token(store: ShopifyStore) -> ShopifyStore:
    """A token that Shopify refuses and that can be renewed is renewed once. Raises the errors of a failed call."""
    client = clients.shopify(store)
    try:
        shopify_shop.shop_info(client)
    except Unauthorized:
        if not store_renewal.renews(store):
            raise
        clients.with_store_token(store, refused=client.access_token)
    return ShopifyStore.objects.get(pk=store.pk)


def _locations(client: ShopifyClient) -> Finding:
    try:
        places = shopify_shop.locations(client)
    except ConnectorError as error:
        return warning("Ships from", in_words("Shopify", error))
    active = [place.name for place in places if place.is_active]
    if not active:
        said = "The store has no active location, so nothing can be shipped from it; turn one on in Shopify."
        return warning("Ships from", said)
    return good("Ships from", f"{', '.join(active)}.")


def try_shop(shop: TikTokShop) -> Tested:
    """The TikTok side: reachable, the shop among those authorised, orders and products readable, token ends."""
    try:
        shops = _with_token(shop, lambda client: client.authorized_shops())
    except ConnectorError as error:
        return Tested((bad("Connection", in_words("TikTok", error)), *_ends(shop)))
    mine = next((one for one in shops if one.id == shop.shop_id), None)
    if mine is None:
        named = ", ".join(one.name or one.id for one in shops) or "no shop at all"
        return Tested(
            (
                bad(
                    "Connection",
                    f"TikTok lets Orderbridge into {named}, not into {shop}. Press Connect again and tick it there.",
                ),
            )
        )
    findings = [good("Connection", f"TikTok answers for {mine.name or shop.name}.")]
    if mine.region and mine.region != "US":
        findings.append(bad("Region", f"TikTok says that the shop is in {mine.region}; only US shops can be synced."))
    now = timezone.now()
    findings += [
        _allowed(
            shop, "Orders", lambda client: client.count_orders(now - timedelta(hours=1), now), "Orders can be read."
        ),
        _allowed(shop, "Products", lambda client: client.search_products(), "Products can be read."),
        *_ends(TikTokShop.objects.get(pk=shop.pk)),
    ]
    return Tested(tuple(findings))


def in_words(vendor: str, error: ConnectorError) -> str:
    """What a failed call means to a seller and what to do; the vendor's own refusals are told in its words."""
    match error:
        case NotSent():
            said = (
                f"{vendor} could not be reached. Try again in a minute; if it stays, ask whoever runs this installation"
            )
            return f"{said} whether it is connected to the internet. ({error.sentence})"
        case UnknownOutcome():
            return f"{vendor} did not answer in time. Try again in a minute. ({error.sentence})"
        case Throttled():
            return f"{vendor} is asked too often just now. Try again in a minute; nothing is wrong with the connection."
        case BadAnswer():
            return f"{vendor} answered in a way that cannot be understood. Try again later. ({error.sentence})"
    return error.sentence


def _allowed(shop: TikTokShop, name: str, call: Callable[[TikTokClient], object], sentence: str) -> Finding:
    try:
        _with_token(shop, call)
    except Unauthorized as error:
        return bad(name, in_words("TikTok", error))
    except ConnectorError as error:
        return warning(name, in_words("TikTok", error))
    return good(name, sentence)


def _ends(shop: TikTokShop) -> tuple[Finding, ...]:
    ends = shop.refresh_token_expires_at
    if ends is None:
        return ()
    day = f"{timezone.localtime(ends):%-d %B %Y}"
    if ends < timezone.now():
        return (bad("Permission ends", f"TikTok's permission ended on {day}. Press Connect again."),)
    if ends - timezone.now() < timedelta(days=14):
        return (warning("Permission ends", f"TikTok's permission ends on {day}. Press Connect again before that day."),)
    return (good("Permission ends", f"Not before {day}."),)


def _with_token(shop: TikTokShop, call: Callable[[TikTokClient], Value]) -> Value:
    """Run a call; a token that TikTok calls expired is renewed once."""
    client = clients.tiktok(TikTokShop.objects.select_related("store").get(pk=shop.pk))
    try:
        return call(client)
    except Unauthorized as error:
        if not error.expired:
            raise
        return call(clients.tiktok(clients.with_live_token(shop, refused=client.access_token)))


def note(side: ShopifyStore | TikTokShop, tested: Tested) -> None:
    """Keep what the test showed. Whoever hears that a broken side works again lets its orders go on."""
    if not tested.works:
        return
    rows: Any = type(side)._default_manager.filter(pk=side.pk)
    was_broken = rows.filter(connection=Connection.BROKEN).exists()
    rows.update(backoff_until=None, backoff_step=0)  # a store that stays broken is looked at by the next sweep
    if isinstance(side, TikTokShop):
        rows.update(last_poll_error="", connection=Connection.CONNECTED, connection_error="")
    if was_broken:
        side.refresh_from_db()
        transaction.on_commit(lambda: signals.connected.send(type(side), side=side))
