"""`/connect/tiktok/` and the way back from TikTok's consent page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from settings_app import access, oauth, scopes, tiktok_consent
from settings_app.models import ConsentRequest, TikTokShop
from settings_app.oauth import NoConsent
from settings_app.typed_text import is_row_number

APP_SETTINGS = ("TIKTOK_SHOP_APP_KEY", "TIKTOK_SHOP_APP_SECRET", "TIKTOK_SHOP_SERVICE_ID")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """GET says what will happen, POST goes to TikTok. `shop` names a connected shop that is to be reconnected."""
    user = access.person(request, access.SHOPS)
    given = request.POST.get("shop") or request.GET.get("shop", "")
    shop = get_object_or_404(TikTokShop, pk=int(given)) if is_row_number(given) else None
    missing = [name for name in APP_SETTINGS if not getattr(settings, name)]
    if request.method == "POST" and not missing:
        return redirect(oauth.tiktok_page(user, shop))
    context = {
        **admin.site.each_context(request),
        "title": "Connect TikTok Shop",
        "shop": shop,
        "missing": missing,
        "return_address": oauth.tiktok_return_address(),
        "permissions": scopes.TIKTOK_PERMISSIONS,
    }
    return TemplateResponse(request, "settings_app/connect_tiktok.html", context)


@require_GET
@sensitive_variables("code")
def callback(request: HttpRequest) -> HttpResponse:
    """TikTok sends the seller back with a code and the state."""
    user = access.person(request, access.SHOPS)
    code = request.GET.get("code") or request.GET.get("auth_code", "")
    try:
        consent = oauth.finish(user, ConsentRequest.Vendor.TIKTOK, request.GET.get("state", ""))
        if not code:
            raise NoConsent("TikTok sent no code: the consent was not given. Nothing was changed.")
        accepted = tiktok_consent.accept(consent, user, code)
    except NoConsent as problem:
        return _problem(request, str(problem))
    for shop in accepted.reconnected:
        messages.success(request, f"{shop} is connected again; its orders go on.")
    if accepted.authorization.refused:
        messages.warning(request, accepted.authorization.refused)
    if accepted.pending is not None:
        return redirect("setup")
    return redirect("admin:settings_app_tiktokshop_changelist")


def _problem(request: HttpRequest, sentence: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "TikTok Shop was not connected",
        "sentence": sentence,
        "again": "connect_tiktok",
    }
    return TemplateResponse(request, "settings_app/not_connected.html", context, status=400)
