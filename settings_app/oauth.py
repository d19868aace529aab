"""The way to a vendor's consent page and back: a state of one person, for ten minutes, for one use."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse
from django.utils import timezone

from connectors.shopify import auth as shopify_auth
from connectors.shopify.shop import WANTED_SCOPES
from settings_app import app_secrets
from settings_app.models import ConsentRequest, TikTokShop

LIFE = timedelta(minutes=10)

START_AGAIN = (
    "This answer belongs to no connection that you began in the last ten minutes, or it was used already. "
    "Nothing was changed; start the connection again."
)


class NoConsent(Exception):
    """Why the way back from a consent page ends here; the text is for the person who came back."""


def tiktok_page(user: AbstractBaseUser, shop: TikTokShop | None = None) -> str:
    """The address of TikTok's consent page for US sellers; where TikTok sends the seller back to is set in the app."""
    state = _begin(user, ConsentRequest.Vendor.TIKTOK, shop=shop)
    query = urlencode({"service_id": settings.TIKTOK_SHOP_SERVICE_ID, "state": state})
    return f"{settings.TIKTOK_SHOP_AUTHORIZE_URL}?{query}"


def shopify_page(user: AbstractBaseUser, domain: str, client_id: str = "", client_secret: str = "") -> str:
    """The address of the store's consent page. `domain` was checked; without an id the installation's app is used."""
    state = _begin(user, ConsentRequest.Vendor.SHOPIFY, domain=domain, client_id=client_id, client_secret=client_secret)
    asking = client_id or settings.SHOPIFY_CLIENT_ID
    return shopify_auth.authorize_url(
        settings.SHOPIFY_API_URL, domain, asking, WANTED_SCOPES, shopify_return_address(), state
    )


def shopify_return_address() -> str:
    return settings.PUBLIC_URL + reverse("connect_shopify_callback")


def tiktok_return_address() -> str:
    """What the TikTok app's redirect URL must be."""
    return settings.PUBLIC_URL + reverse("connect_tiktok_callback")


def finish(user: AbstractBaseUser, vendor: ConsentRequest.Vendor, state: str) -> ConsentRequest:
    """Use up the state that this very person began. Raises NoConsent for a foreign, old, used or unknown one."""
    now = timezone.now()
    mine = ConsentRequest.objects.filter(state_digest=_digest(state), user=user.pk, vendor=vendor)
    if not mine.filter(used_at__isnull=True, created_at__gt=now - LIFE).update(used_at=now):
        raise NoConsent(START_AGAIN)
    return mine.select_related("shop__store").get()


def secrets_of(request: ConsentRequest) -> tuple[str, ...]:
    """The secrets that may have signed Shopify's answer to this request."""
    if request.client_id:
        return (request.client_secret,)
    return app_secrets.of_installation()


def _begin(user: AbstractBaseUser, vendor: ConsentRequest.Vendor, **further: object) -> str:
    state = secrets.token_urlsafe(32)
    ConsentRequest.objects.create(state_digest=_digest(state), user_id=user.pk, vendor=vendor, **further)
    return state


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
