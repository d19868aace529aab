"""What follows a seller's consent at TikTok: tokens, the shops they cover, and which of them can be synced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from connectors.errors import ConnectorError, Refused, UnknownOutcome
from connectors.tiktok import auth
from connectors.tiktok.payloads import Shop, TokenPair, Unreadable, read_shop, read_tokens
from settings_app import clients, renewal
from settings_app.connect import LONGEST, ONLY_US
from settings_app.models import (
    Connection,
    ConsentRequest,
    PendingAuthorization,
    ShopifyStore,
    TikTokShop,
    new_authorization_key,
)
from settings_app.oauth import NoConsent
from settings_app.signals import connected


@dataclass(frozen=True)
class Authorization:
    """One consent: its tokens and the shops they open, US and others."""

    key: str
    pair: TokenPair
    shops: tuple[Shop, ...]

    @property
    def usable(self) -> tuple[Shop, ...]:
        return tuple(shop for shop in self.shops if shop.region.upper() == "US" and shop.cipher)

    @property
    def refused(self) -> str:
        """Names the shops that cannot be synced; "" when there are none."""
        others = [shop for shop in self.shops if shop not in self.usable]
        named = ", ".join(f"{shop.name or shop.id} ({shop.region or 'unknown region'})" for shop in others)
        return f"{ONLY_US}, so it leaves out {named}." if others else ""


@dataclass(frozen=True)
class Accepted:
    """`reconnected` rows have new tokens; `pending` holds US shops that are new and need a store."""

    authorization: Authorization
    reconnected: tuple[TikTokShop, ...]
    pending: PendingAuthorization | None


def accept(request: ConsentRequest, user: AbstractBaseUser, code: str) -> Accepted:
    """Exchange the code, list the shops, renew those that are known. Raises NoConsent with a sentence."""
    authorization = _authorization(code)
    if not authorization.usable:
        raise NoConsent(authorization.refused or "The seller's consent covers no shop. Start again and choose one.")
    reconnected = _reconnect(authorization)
    wanted = request.shop
    if wanted is not None and wanted.shop_id not in {shop.id for shop in authorization.usable}:
        given = ", ".join(shop.name or shop.id for shop in authorization.shops)
        raise NoConsent(
            f"The consent was given for {given}, not for {wanted}. "
            f"Log in to TikTok Shop with the main account of {wanted}, then press Reconnect again."
        )
    known = {shop.shop_id for shop in reconnected}
    new = [shop for shop in authorization.usable if shop.id not in known]
    pending = _keep(user, authorization) if new and wanted is None else None
    return Accepted(authorization, reconnected, pending)


def read(pending: PendingAuthorization) -> Authorization:
    given: dict[str, Any] = json.loads(pending.given)
    shops = tuple(read_shop(shop) for shop in given["shops"])
    return Authorization(given["key"], read_tokens(given["pair"]), shops)


def still_new(authorization: Authorization) -> list[Shop]:
    """US shops of the consent that are not connected yet."""
    known = set(TikTokShop.objects.values_list("shop_id", flat=True))
    return [shop for shop in authorization.usable if shop.id not in known]


def connect_shops(pending: PendingAuthorization, shop_ids: Sequence[str], store: ShopifyStore) -> list[TikTokShop]:
    """Rows for the chosen shops: paused and in set-up, until a person says that fetching may begin."""
    authorization = read(pending)
    chosen = [shop for shop in still_new(authorization) if shop.id in shop_ids]
    with transaction.atomic():
        same = TikTokShop.objects.filter(authorization_key=authorization.key).first()
        made = [_row(shop, authorization, store, same) for shop in chosen]
        if not still_new(authorization):
            pending.delete()
        for row in made:
            transaction.on_commit(lambda row=row: connected.send(TikTokShop, side=row))  # type: ignore[misc]
    return made


def _authorization(code: str) -> Authorization:
    try:
        pair = auth.exchange_code(
            settings.TIKTOK_SHOP_AUTH_URL, settings.TIKTOK_SHOP_APP_KEY, settings.TIKTOK_SHOP_APP_SECRET, code
        )
        shops = clients.tiktok_app(pair.access_token, shop_key="consent").authorized_shops()
    except Refused as refused:
        raise NoConsent(refused.sentence) from None
    except UnknownOutcome as lost:
        # the code works once, and TikTok may have seen it
        raise NoConsent(f"{lost.sentence} Start the connection again.") from None
    except ConnectorError as error:
        raise NoConsent(error.sentence) from None
    except Unreadable as wrong:
        raise NoConsent(f"{wrong.sentence} Start the connection again.") from None
    return Authorization(new_authorization_key(), pair, shops)


def _reconnect(authorization: Authorization) -> tuple[TikTokShop, ...]:
    """Known shops of the consent get its tokens at once: the old ones may have ended with it."""
    now = timezone.now()
    given = {shop.id: shop for shop in authorization.usable}
    with transaction.atomic():
        rows = list(TikTokShop.objects.select_for_update().filter(shop_id__in=given).order_by("pk"))
        for row in rows:
            row.name, row.cipher = _name(given[row.shop_id]) or row.name, given[row.shop_id].cipher
            row.authorization_key = authorization.key
            row.save(update_fields=["name", "cipher", "authorization_key"])
        mended = TikTokShop.objects.filter(authorization_key=authorization.key)
        renewal.store_pair(mended, authorization.pair, **_mended(now))
    for row in rows:
        row.refresh_from_db()
        connected.send(TikTokShop, side=row)
    return tuple(rows)


def _mended(now: datetime) -> dict[str, object]:
    return {
        "connection": Connection.CONNECTED,
        "connection_error": "",
        "connected_at": now,
        "backoff_step": 0,
        "backoff_until": None,
        "last_poll_error": "",
    }


def _keep(user: AbstractBaseUser, authorization: Authorization) -> PendingAuthorization:
    pair = authorization.pair
    given = {
        "key": authorization.key,
        "pair": {
            "access_token": pair.access_token,
            "access_token_expire_in": _seconds(pair.access_token_expires_at),
            "refresh_token": pair.refresh_token,
            "refresh_token_expire_in": _seconds(pair.refresh_token_expires_at),
        },
        "shops": [shop.model_dump() for shop in authorization.shops],
    }
    PendingAuthorization.objects.filter(user_id=user.pk).delete()  # the newest consent counts
    return PendingAuthorization.objects.create(user_id=user.pk, given=json.dumps(given))


def _row(shop: Shop, authorization: Authorization, store: ShopifyStore, same: TikTokShop | None) -> TikTokShop:
    """`same` is a shop of this consent that works already: its pair may have been renewed since."""
    pair = authorization.pair
    return TikTokShop.objects.create(
        shop_id=shop.id,
        name=_name(shop) or shop.id,
        cipher=shop.cipher,
        authorization_key=authorization.key,
        access_token=same.access_token if same else pair.access_token,
        access_token_expires_at=same.access_token_expires_at if same else pair.access_token_expires_at,
        refresh_token=same.refresh_token if same else pair.refresh_token,
        refresh_token_expires_at=same.refresh_token_expires_at if same else pair.refresh_token_expires_at,
        connected_at=timezone.now(),
        store=store,
        paused=True,
        in_setup=True,
    )


def _name(shop: Shop) -> str:
    """On one line and no longer than its place: TikTok promises neither."""
    return " ".join(shop.name.split())[: LONGEST["name"]]


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
