"""*Fetch now*, *Fetch again since …*, *Pause* and *Resume* of a TikTok shop, above the order list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from connectors.errors import ConnectorError
from orders import tasks
from orders.admin import access, history
from orders.admin.row_actions import way_back
from orders.fetching import intake, reaching_back
from orders.wording import plain
from settings_app.models import Connection, TikTokShop
from settings_app.templatetags.plain_times import ago


@dataclass(frozen=True)
class ShopState:
    """One shop as the strip above the list shows it; `tone` is beside the words, never instead of them."""

    pk: int
    name: str
    sentence: str
    tone: str
    paused: bool


def shops() -> list[ShopState]:
    return [_state(shop) for shop in TikTokShop.objects.select_related("cursor").order_by("name")]


def _state(shop: TikTokShop) -> ShopState:
    if shop.paused:
        sentence, tone = "Paused: neither fetched nor synced.", "warning"
    elif shop.connection == Connection.BROKEN:
        sentence, tone = f"Needs reconnecting. {shop.connection_error}", "bad"
    elif shop.last_poll_error:
        sentence, tone = f"The last fetch failed: {shop.last_poll_error}", "bad"
    elif again := _again_in_words(shop):
        sentence, tone = again, "plain"
    elif shop.last_polled_at is None:
        sentence, tone = "Not fetched yet.", "plain"
    else:
        sentence, tone = f"Fetched {ago(shop.last_polled_at)}.", "good"
    return ShopState(shop.pk, shop.name, sentence, tone, shop.paused)


def _again_in_words(shop: TikTokShop) -> str:
    """How far a fetch that somebody asked for is, "" where there is none to do."""
    again = reaching_back.state_of(getattr(shop, "cursor", None))
    if again is None or again.done_at:
        return ""
    day = f"{timezone.localtime(again.since):%-d %b}"
    return f"Fetching again since {day}: {again.percent} %." if again.under_way else f"To be fetched again since {day}."


@require_POST
def fetch_now(request: HttpRequest, shop_pk: int) -> HttpResponse:
    access.require(request, access.SYNC)
    shop = get_object_or_404(TikTokShop, pk=shop_pk)
    history.note(request, shop, "Pressed Fetch now.")
    _fetch(request, shop, f"{shop} is being fetched; new orders appear here within seconds.")
    return redirect(_list(request))


def _fetch(request: HttpRequest, shop: TikTokShop, said: str) -> None:
    if shop.paused:
        messages.warning(request, f"{shop} is paused. Resume it to fetch.")
    elif shop.connection == Connection.BROKEN:
        messages.error(request, f"{shop} needs reconnecting first. {shop.connection_error}")
    elif tasks.publish(tasks.fetch_shop, shop.pk, True):
        messages.success(request, said)
    else:
        messages.warning(request, "The queue does not answer right now; the next regular fetch brings it all.")


def _list(request: HttpRequest) -> str:
    return way_back(request, reverse("admin:orders_order_changelist"))


@require_POST
def pause(request: HttpRequest, shop_pk: int) -> HttpResponse:
    return _switch(request, shop_pk, paused=True)


@require_POST
def resume(request: HttpRequest, shop_pk: int) -> HttpResponse:
    return _switch(request, shop_pk, paused=False)


def _switch(request: HttpRequest, shop_pk: int, *, paused: bool) -> HttpResponse:
    access.require(request, access.SHOPS)
    shop = get_object_or_404(TikTokShop, pk=shop_pk)
    TikTokShop.objects.filter(pk=shop.pk).update(paused=paused)
    history.note(request, shop, "Paused." if paused else "Resumed.")
    if paused:
        messages.success(request, f"{shop} is paused: nothing is fetched or synced until you resume it.")
    else:
        tasks.publish(tasks.fetch_shop, shop.pk, True)
        tasks.publish(tasks.dispatch_due)
        messages.success(request, f"{shop} goes on.")
    return redirect(_list(request))


class PeriodForm(forms.Form):
    """From when on; the end is always now, because what changed since may have changed again."""

    since = forms.DateField(label="Fetch again everything that changed since", widget=forms.DateInput({"type": "date"}))

    def clean_since(self) -> datetime:
        day = self.cleaned_data["since"]
        since = timezone.make_aware(datetime.combine(day, time.min))
        now = timezone.now()
        if since > now:
            raise ValidationError("This day has not come yet. Choose today or an earlier day.")
        if now - since > reaching_back.FURTHEST + timedelta(days=1):
            raise ValidationError(f"TikTok is asked at most {reaching_back.FURTHEST.days} days back.")
        return since


def fetch_period(request: HttpRequest, shop_pk: int) -> HttpResponse:
    """Choose the day, see TikTok's own count, ask for it, watch it. Only the asking changes anything."""
    access.require(request, access.SYNC)
    shop = get_object_or_404(TikTokShop, pk=shop_pk)
    form = PeriodForm(request.POST or None)
    count, failed = None, ""
    if request.method == "POST" and form.is_valid():
        since: datetime = form.cleaned_data["since"]
        if "fetch" in request.POST:
            _fetch_again(request, shop, since)
            return redirect("admin:orders_order_fetch_period", shop.pk)
        try:
            count = intake.count_changed(shop, since)
        except ConnectorError as error:
            failed = f"TikTok could not be asked: {error.sentence}"
    context = {
        **admin.site.each_context(request),
        "title": f"Fetch again: {shop}",
        "shop": shop,
        "form": form,
        "count": count,
        "failed": failed,
        "again": reaching_back.state(shop),
        "stands_still": _stands_still(shop),
        "furthest": reaching_back.FURTHEST.days,
        "first_day": (timezone.localdate() - reaching_back.FURTHEST).isoformat(),
        "today": timezone.localdate().isoformat(),
    }
    return TemplateResponse(request, "admin/orders/order/fetch_period.html", context)


def _fetch_again(request: HttpRequest, shop: TikTokShop, since: datetime) -> None:
    """The wish is kept in the shop's row, whatever becomes of the message."""
    day = f"{timezone.localtime(since):%-d %b %Y}"
    if reaching_back.ask(shop, since):
        history.note(request, shop, f"Asked to fetch again since {day}.")
        messages.success(request, f"Everything that changed since {day} is fetched again.")
    else:
        messages.info(request, "That is asked for already; this page shows how far it is.")
    if not _stands_still(shop):
        tasks.publish(tasks.fetch_shop, shop.pk, True)


def _stands_still(shop: TikTokShop) -> str:
    """Why nothing is fetched from this shop for now, and what mends it; "" where it is."""
    if shop.paused:
        return f"{shop} is paused: it begins when somebody resumes the shop."
    if shop.connection == Connection.BROKEN:
        return f"{shop} needs reconnecting first: {plain(shop.connection_error)}"
    if shop.last_poll_error:
        return f"The last try failed and is repeated by itself: {plain(shop.last_poll_error)}"
    return ""
