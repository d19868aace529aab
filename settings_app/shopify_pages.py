"""`/connect/shopify/` in its three ways, and the way back from a store's consent page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from connectors.errors import ConnectorError
from connectors.shopify import auth
from settings_app import access, oauth, scopes, store_connection
from settings_app.models import ConsentRequest, PendingAuthorization, ShopifyStore, TikTokShop
from settings_app.oauth import NoConsent
from settings_app.shopify_form import StoreForm
from settings_app.store_connection import Candidate, Findings, NotConnected
from settings_app.typed_text import is_row_number


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("client_secret", "token", "webhook_secret")
def start(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST goes to the consent page, or connects at once. `store` names one to be reconnected."""
    user = access.person(request, access.STORES)
    given = request.GET.get("store", "")
    store = get_object_or_404(ShopifyStore, pk=int(given)) if is_row_number(given) else None
    if request.method != "POST":
        known = {"domain": store.domain, "way": store.access, "client_id": store.client_id} if store else {}
        return _page(request, StoreForm(initial=known), store)
    form = StoreForm(request.POST)
    if not form.is_valid():
        return _page(request, form, store)
    typed = form.cleaned_data
    if typed["way"] == ShopifyStore.Access.CONSENT:
        return redirect(oauth.shopify_page(user, typed["domain"], typed["client_id"], typed["client_secret"]))
    try:
        connected, found = store_connection.connect(form.candidate())
    except NotConnected as problem:
        form.add_error(None, str(problem))
        return _page(request, form, store)
    return _done(request, user, connected, found)


@require_GET
@sensitive_variables("code", "secret")
def callback(request: HttpRequest) -> HttpResponse:
    """Shopify sends the store's owner back: signature, age, state and store are checked before the code is used."""
    user = access.person(request, access.STORES)
    try:
        consent = oauth.finish(user, ConsentRequest.Vendor.SHOPIFY, request.GET.get("state", ""))
        connected, found = store_connection.connect(_candidate(request, consent))
    except (NoConsent, NotConnected) as problem:
        return _problem(request, str(problem))
    return _done(request, user, connected, found)


@sensitive_variables()
def _candidate(request: HttpRequest, consent: ConsentRequest) -> Candidate:
    """Raises NoConsent unless this very store signed the answer."""
    given = [(key, value) for key, values in request.GET.lists() for value in values]
    signed = any(auth.query_hmac_ok(given, secret) for secret in oauth.secrets_of(consent))
    if not signed:
        raise NoConsent(
            "The answer is not signed with the app's client secret. Check that the secret here is the one of the app "
            "in Shopify's Dev Dashboard, then start again."
        )
    if not auth.is_recent(request.GET.dict(), timezone.now()):
        raise NoConsent("The answer is older than a day, or this machine's clock is wrong. Start again.")
    shop = auth.valid_domain(request.GET.get("shop", ""))
    if shop != consent.domain:
        raise NoConsent(
            f"Consent was asked of {consent.domain}, but {shop or 'another address'} answered. Start again."
        )
    code = request.GET.get("code", "")
    if not code:
        raise NoConsent("Shopify sent no code: the consent was not given. Nothing was changed.")
    client_id = consent.client_id or settings.SHOPIFY_CLIENT_ID
    secret = oauth.secrets_of(consent)[0]
    try:
        token = auth.exchange_code(settings.SHOPIFY_API_URL, shop, client_id, secret, code)
    except ConnectorError as error:
        raise NoConsent(error.sentence) from None
    return Candidate(
        shop,
        ShopifyStore.Access.CONSENT,
        token.token,
        token.expires_at,
        token.refresh_token,
        token.refresh_expires_at,
        client_id=consent.client_id,
        client_secret=consent.client_secret,
    )


def _done(request: HttpRequest, user: User, store: ShopifyStore, found: Findings) -> HttpResponse:
    definition = " Orders carry a unique custom id." if found.definition == ShopifyStore.Definition.READY else ""
    messages.success(request, f"{store} ({store.domain}) is connected.{definition}")
    for remark in found.remarks:
        messages.warning(request, remark)
    setting_up = (
        PendingAuthorization.objects.filter(user=user).exists() or TikTokShop.objects.filter(in_setup=True).exists()
    )
    if setting_up or not TikTokShop.objects.exists():
        return redirect("setup")
    return redirect("admin:settings_app_shopifystore_change", store.pk)


def _page(request: HttpRequest, form: StoreForm, store: ShopifyStore | None) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Connect Shopify",
        "form": form,
        "store": store,
        "of_app": ("client_id", "client_secret"),
        "of_token": ("token", "webhook_secret"),
        "has_own_app": bool(settings.SHOPIFY_CLIENT_ID),
        "return_address": oauth.shopify_return_address(),
        "scopes": scopes.shopify_table(),
    }
    return TemplateResponse(request, "settings_app/connect_shopify.html", context)


def _problem(request: HttpRequest, sentence: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Shopify was not connected",
        "sentence": sentence,
        "again": "connect_shopify",
    }
    return TemplateResponse(request, "settings_app/not_connected.html", context, status=400)
