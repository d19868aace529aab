"""Renewing TikTok's tokens: one renewal at a time for all shops of one consent, the new pair stored before its use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError, Throttled, Unauthorized, UnknownOutcome
from connectors.tiktok import auth
from connectors.tiktok.payloads import TokenPair
from settings_app.models import Connection, TikTokShop

RENEW_BEFORE = timedelta(hours=24)
"""TikTok access tokens live about seven days; renewing a day ahead leaves a day for trouble."""

STILL_USABLE = timedelta(minutes=5)
"""A token with less life than this is not begun anything with."""

RENEWAL_CLAIM = timedelta(seconds=60)
"""Longer than two tries of 20 s, so a claim that ended means that its renewal did too."""

AFTER_A_FAILURE = timedelta(minutes=5)
"""While the old token lives, a failed renewal is not tried again at every call."""

ASK_THE_SELLER = "Press *Reconnect*: the shop's main account has to give its consent again."

LOST_TWICE = (
    "Twice TikTok gave no answer when this shop's access was to be renewed, and the access in use has ended. "
    f"{ASK_THE_SELLER} If TikTok answers before that, the shop goes on by itself."
)


def with_live_token(shop: TikTokShop, *, refused: str = "") -> TikTokShop:
    """The shop with a token that should work; `refused` is a token that TikTok just called expired.

    Raises Throttled while another worker renews a token that already ran out, Unauthorized when only the seller can
    help, and what else the token host answers.
    """
    now = timezone.now()
    if not refused and (lives(shop, RENEW_BEFORE) or not shop.refresh_token or _resting(shop, now)):
        return shop
    mine = _claim(shop, now)
    shop = TikTokShop.objects.select_related("store").get(pk=shop.pk)  # somebody may just have renewed it
    renewed = shop.access_token != refused if refused else lives(shop, RENEW_BEFORE)
    if renewed:
        if mine:
            _same(shop).update(refresh_claimed_until=None)
        return shop
    if not mine:
        if not refused and lives(shop, STILL_USABLE):
            return shop
        raise Throttled(f"The access token of {shop} is being renewed by another worker", wait=2.0)
    return _renew(shop, required=bool(refused) or not lives(shop, STILL_USABLE))


def lives(shop: TikTokShop, longer_than: timedelta) -> bool:
    ends = shop.access_token_expires_at
    return ends is None or ends - timezone.now() > longer_than


def due(now: datetime) -> list[TikTokShop]:
    """One shop of each consent whose token ends within a day, paused or not: nobody may call for it for long."""
    ending = TikTokShop.objects.filter(access_token_expires_at__lt=now + RENEW_BEFORE, connection=Connection.CONNECTED)
    ripe = ending.filter(Q(renew_after__isnull=True) | Q(renew_after__lte=now)).select_related("store")
    return list({shop.authorization_key: shop for shop in ripe.order_by("-pk")}.values())


def store_pair(shops: QuerySet[TikTokShop], pair: TokenPair, **further: object) -> int:
    """One UPDATE for all shops of the consent: both tokens and both ends, or none."""
    ends = {"refresh_token_expires_at": pair.refresh_token_expires_at} if pair.refresh_token_expires_at else {}
    return shops.update(
        access_token=pair.access_token,
        access_token_expires_at=pair.access_token_expires_at,
        refresh_token=pair.refresh_token,
        refresh_claimed_until=None,
        renew_after=None,
        renewal_problem="",
        **ends,
        **further,
    )


def _same(shop: TikTokShop) -> QuerySet[TikTokShop]:
    return TikTokShop.objects.filter(authorization_key=shop.authorization_key)


def _resting(shop: TikTokShop, now: datetime) -> bool:
    return shop.renew_after is not None and shop.renew_after > now and lives(shop, STILL_USABLE)


def _claim(shop: TikTokShop, now: datetime) -> bool:
    """The first shop of the consent carries the claim; the others get it too, should that shop leave meanwhile."""
    first = _same(shop).order_by("pk").values("pk")[:1]
    free = Q(refresh_claimed_until__isnull=True) | Q(refresh_claimed_until__lt=now)
    if not TikTokShop.objects.filter(free, pk__in=first).update(refresh_claimed_until=now + RENEWAL_CLAIM):
        return False
    _same(shop).update(refresh_claimed_until=now + RENEWAL_CLAIM)
    return True


def _renew(shop: TikTokShop, *, required: bool) -> TikTokShop:
    """Renew under the claim; a failed renewal is an error only when the old token is of no more use.

    A second unknown outcome needs the seller then, and only then: while the old token lives, a later answer tells
    whether the new pair was lost. A renewal that was never sent has no outcome (docs/decisions/006).
    """
    try:
        pair = _refreshed(shop)
    except ConnectorError as error:
        rest = timezone.now() + AFTER_A_FAILURE
        _same(shop).update(refresh_claimed_until=None, renew_after=rest, renewal_problem=error.sentence)
        if required and isinstance(error, UnknownOutcome):
            raise Unauthorized(LOST_TWICE, code=error.code, http_status=error.http_status) from None
        if required:
            raise
        return shop
    store_pair(_same(shop), pair)
    return TikTokShop.objects.select_related("store").get(pk=shop.pk)


def _refreshed(shop: TikTokShop) -> TokenPair:
    """A lost answer may hide a pair that is valid already: the old token is tried once more, its refusal is final."""
    try:
        return _ask(shop)
    except UnknownOutcome:
        pass
    try:
        return _ask(shop)
    except Unauthorized as refused:
        raise Unauthorized(
            "TikTok renewed this shop's access, its answer was lost on the way, and the old access is used up. "
            f"{ASK_THE_SELLER}",
            code=refused.code,
            http_status=refused.http_status,
            request_id=refused.request_id,
        ) from None


def _ask(shop: TikTokShop) -> TokenPair:
    return auth.refresh(
        settings.TIKTOK_SHOP_AUTH_URL,
        settings.TIKTOK_SHOP_APP_KEY,
        settings.TIKTOK_SHOP_APP_SECRET,
        shop.refresh_token,
    )
