"""Settings → Order of one shop: try, confirm what will be sent, save, and let go what stood still for a setting."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from orders import link_candidates, settings_changed
from orders.admin import automatic_off, history, trial_words
from orders.admin.settings_form import SettingsForm, changes_in_words
from orders.insight import what_if
from orders.models import Order
from orders.states import SyncStatus
from settings_app.connect import save_rules
from settings_app.models import SyncSettings, TikTokShop
from settings_app.rules import Rules
from settings_app.typed_text import is_row_number

SEE = "settings_app.view_syncsettings"
CHANGE = automatic_off.CHANGE
TOLD = "told"
"""How many orders the pressed button said that it sends; more than that are asked about first."""
NOT_FIELDS = ("csrfmiddlewaretoken", "_save", "_try", "_edit", TOLD)


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    may_change = request.user.has_perm(CHANGE)
    if not (may_change or request.user.has_perm(SEE)):
        raise PermissionDenied
    settings = _settings_of(object_id)
    if request.method != "POST":
        return _page(request, settings, SettingsForm(instance=settings), may_change)
    if not may_change:
        raise PermissionDenied
    before = settings.rules()
    form = SettingsForm(request.POST, instance=settings)
    if not form.is_valid() or "_edit" in request.POST:
        return _page(request, settings, form, may_change)
    if "_try" in request.POST:
        trial = what_if.try_rules(settings.shop, before, form.rules())
        changed = changes_in_words(before, form.rules())
        shown = {"trial": trial, "trial_changes": changed, "effects": trial_words.effects(trial)}
        return _page(request, settings, form, may_change, **shown)
    waiting = _sent_by_saving(settings.shop, before, form.rules())
    if waiting and not _was_told(request, waiting - _held(settings.shop, form.rules())):
        return _ask(request, settings, waiting, before, form.rules())
    return _save(request, form)


def _settings_of(object_id: str) -> SyncSettings:
    """The shop's settings; the defaults where the shop has never saved any."""
    shop = TikTokShop.objects.select_related("store").filter(pk=object_id).first() if is_row_number(object_id) else None
    if shop is None:
        raise Http404("There is no such TikTok shop.")
    return SyncSettings.objects.select_related("shop__store").filter(shop=shop).first() or SyncSettings(shop=shop)


def _sent_by_saving(shop: TikTokShop, before: Rules, after: Rules) -> int:
    if before.automatic_sync or not after.automatic_sync:
        return 0
    return settings_changed.waiting_for_automatic_sync(shop)


def _was_told(request: HttpRequest, going: int) -> bool:
    told = request.POST.get(TOLD, "")
    return told.isascii() and told.isdigit() and going <= int(told[:9])


def _kept_back_by_saving(shop: TikTokShop, before: Rules, after: Rules) -> int:
    if after.automatic_sync or not before.automatic_sync:
        return 0
    return automatic_off.kept_back([shop])


def _held(shop: TikTokShop, rules: Rules) -> int:
    """How many of the waiting orders stop at an item without link instead of going."""
    if rules.unlinked_items == "text_line":
        return 0
    waiting = Order.objects.filter(shop=shop, sync_status=SyncStatus.NOT_SYNCED)
    return link_candidates.with_missing_link(waiting).count()


def _page(
    request: HttpRequest, settings: SyncSettings, form: SettingsForm, may_change: bool, **further: Any
) -> HttpResponse:
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {
        **admin.site.each_context(request),
        "title": "Settings → Order",
        "subtitle": settings.shop.name,
        "opts": SyncSettings._meta,
        "shop": settings.shop,
        "form": form,
        "may_change": may_change,
        "saved_before": not settings._state.adding,
        "shops": TikTokShop.objects.order_by("name"),
        "waiting": (waiting := settings_changed.waiting_for_automatic_sync(settings.shop)),
        "held": (held := _held(settings.shop, form.instance.rules())),
        "free": waiting - held,
        **further,
    }
    return TemplateResponse(request, "orders/settings/page.html", context)


def _ask(request: HttpRequest, settings: SyncSettings, waiting: int, before: Rules, after: Rules) -> HttpResponse:
    """How many orders saving will send, before anything is saved."""
    context = {
        **admin.site.each_context(request),
        "title": "Turn on Automatic sync?",
        "opts": SyncSettings._meta,
        "shop": settings.shop,
        "waiting": waiting,
        "held": (held := _held(settings.shop, after)),
        "free": waiting - held,
        "changes": changes_in_words(before, after),
        "posted": [
            (name, value) for name, values in request.POST.lists() if name not in NOT_FIELDS for value in values
        ],
    }
    return TemplateResponse(request, "orders/settings/confirm.html", context)


def _save(request: HttpRequest, form: SettingsForm) -> HttpResponse:
    shop = form.instance.shop
    after = form.rules()
    with transaction.atomic():
        stored = SyncSettings.objects.select_for_update().filter(shop=shop).first()
        before = stored.rules() if stored else Rules()
        waiting, kept = _sent_by_saving(shop, before, after), _kept_back_by_saving(shop, before, after)
        freed = save_rules(form.instance, before, after)
        changes = changes_in_words(before, after)
        if changes:
            history.note(request, form.instance, "; ".join(changes))
    messages.success(request, _said(shop, changes, freed, waiting, kept))
    return redirect("admin:settings_app_syncsettings_change", shop.pk)


def _said(shop: TikTokShop, changes: list[str], freed: int, waiting: int, kept: int) -> str:
    if not changes:
        return f"The settings of {shop} are as they were."
    said = f"The settings of {shop} are saved."
    if freed:
        said += f" {freed:,} order{' that' if freed == 1 else 's that'} waited for a setting can go on."
    if kept:
        were = "order that was to go is" if kept == 1 else "orders that were to go are"
        said += f" {kept:,} {were} not synced again and wait for you."
    if waiting:
        when = " once the shop is resumed" if shop.paused else " now"
        held = _held(shop, SyncSettings.objects.get(shop=shop).rules())
        goes = f"{waiting - held:,} order{' goes' if waiting - held == 1 else 's go'} to Shopify{when}"
        if held:
            goes += f", {held:,} {'waits' if held == 1 else 'wait'} for a link"
        orders = reverse("admin:orders_order_changelist")
        return format_html('{} {}; watch them under <a class="ob-link" href="{}">Orders</a>.', said, goes, orders)
    return said
