"""What a sync would create of an order that is not here, by its number or from TikTok data; nothing is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from connectors import careless_json
from connectors.careless_json import storable
from connectors.errors import ConnectorError
from connectors.tiktok import payloads
from orders import eligibility, preparation, previewing
from orders.admin import access, history
from orders.admin.sides import Sides, sides
from orders.fetching import intake
from orders.fetching.intake import rules_of
from orders.models import Order
from orders.reasons import REASONS
from orders.wording import plain
from settings_app.models import TikTokShop

LARGEST = 2_000_000
"""Bytes of JSON; a real order has some ten thousand."""


LOOKED_JUST_NOW = timedelta(seconds=30)
"""Items that were looked for in vain since are not looked for again: pressing *Preview* often asks Shopify rarely."""

log = logging.getLogger(__name__)


class PreviewForm(forms.Form):
    number = forms.CharField(
        label="TikTok order number",
        required=False,
        max_length=64,
        help_text="As in Seller Center. An order that is not here yet is read from TikTok.",
    )
    shop = forms.ModelChoiceField(
        TikTokShop.objects.order_by("name"),
        label="TikTok shop",
        required=False,
        empty_label="Any of them",
        help_text="Its settings and links are used.",
    )
    text = forms.CharField(
        label="TikTok order as JSON", required=False, max_length=LARGEST, widget=forms.Textarea({"rows": 12})
    )
    file = forms.FileField(label="or a JSON file", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["number"] = "".join(data.get("number", "").split())
        if data["number"]:
            return data
        uploaded: UploadedFile[bytes] | None = data.get("file")
        if uploaded and (uploaded.size or 0) > LARGEST:
            raise ValidationError("The file is larger than 2 MB; a TikTok order is never that large.")
        text = uploaded.read().decode("utf-8", "replace") if uploaded else data.get("text", "")
        if not text.strip():
            raise ValidationError("Type the number of a TikTok order.")
        data["shop"] = data.get("shop") or _only_shop()
        data["raw"] = read_json(text)
        return data


def _only_shop() -> TikTokShop:
    shops = list(TikTokShop.objects.all()[:2])
    if len(shops) != 1:
        raise ValidationError("Choose the TikTok shop that the order belongs to.")
    return shops[0]


def from_tiktok(number: str, shops: Iterable[TikTokShop]) -> tuple[Mapping[str, Any], TikTokShop]:
    """The order as TikTok has it now, and its shop. Raises ValidationError where no shop has it or none answers."""
    troubles = []
    for shop in shops:
        try:
            found = intake.with_token(shop, lambda client: client.get_orders([number])).get(number)
        except ConnectorError as error:
            troubles.append(f"{shop}: {error.sentence}")
            continue
        if found:
            return found, shop
    if troubles:
        raise ValidationError(f"Order {number} could not be read from TikTok now; try again. {' '.join(troubles)}")
    raise ValidationError(f"TikTok showed no order {number}. Look whether the number is complete.")


def read_json(text: str) -> Mapping[str, Any]:
    """One TikTok order, also when it stands in a whole API answer. Raises ValidationError in plain words."""
    try:
        found = storable(careless_json.read(text))
    except ValueError as wrong:
        raise ValidationError(f"This is not JSON: {wrong}.") from None
    for key in ("data", "orders", 0):
        if isinstance(found, Mapping) and isinstance(key, str) and key in found:
            found = found[key]
        elif isinstance(found, list) and key == 0 and found:
            found = found[0]
    if not isinstance(found, Mapping):
        raise ValidationError("This JSON holds no order: an object with id, status and line_items is expected.")
    return found


@dataclass(frozen=True)
class Verdict:
    """Whether it would be synced, and if not why and what to do."""

    would_go: bool
    sentence: str


@never_cache
def preview(request: HttpRequest) -> HttpResponse:
    """Raw TikTok data is personal data, so the page asks for that permission."""
    access.require(request, access.SEE)
    access.require(request, access.PERSONAL)
    form = PreviewForm(request.POST or None, request.FILES or None)
    compared, verdict = None, None
    if request.method == "POST" and form.is_valid():
        number, shop = form.cleaned_data["number"], form.cleaned_data["shop"]
        here = Order.objects.filter(tiktok_order_id=number, **({"shop": shop} if shop else {})).first()
        if number and here:
            return redirect("admin:orders_order_change", here.pk)  # its own page shows the preview
        try:
            raw, shop = (
                from_tiktok(number, [shop] if shop else _shops()) if number else (form.cleaned_data["raw"], shop)
            )
            compared, verdict = _look(raw, shop)
            if number:
                history.note(
                    request, shop, f"Looked at TikTok order {number} with its buyer, which is not stored here."
                )
        except ValidationError as error:
            form.add_error("number", error)
    context = {
        **admin.site.each_context(request),
        "title": "Preview an order",
        "opts": Order._meta,
        "form": form,
        "sides": compared,
        "verdict": verdict,
    }
    return TemplateResponse(request, "admin/orders/order/preview.html", context)


def _shops() -> Iterable[TikTokShop]:
    return TikTokShop.objects.select_related("store").order_by("name")


def _look(raw: Mapping[str, Any], shop: TikTokShop) -> tuple[Sides | None, Verdict]:
    try:
        facts = payloads.read_order(raw)
    except payloads.Unreadable as wrong:
        return None, Verdict(False, wrong.sentence)
    rules = rules_of(shop)
    try:
        previewing.look_for_links(facts, shop, timezone.now() - LOOKED_JUST_NOW)
    except ConnectorError as error:
        log.info("previewed with the links as they were known: %s", error.sentence)
    mapped = preparation.draft(facts, rules, shop)
    compared = sides(facts, mapped, shop, personal=True)
    match eligibility.decide(facts, rules):
        case eligibility.Blocked(reason, message):
            return compared, Verdict(False, plain(f"{message or REASONS[reason].sentence} {REASONS[reason].mend}"))
        case eligibility.Wait(reason):
            return compared, Verdict(False, plain(f"{REASONS[reason].sentence} {REASONS[reason].mend}"))
        case eligibility.NotOurs():
            return compared, Verdict(
                False, "It would not be stored: not paid, still on hold, or shipped by TikTok itself."
            )
        case eligibility.Eligible():
            pass
    if mapped.problem:
        return compared, Verdict(False, plain(f"{mapped.problem.sentence} {REASONS[mapped.problem.code].mend}"))
    return compared, Verdict(True, "A sync would create this order in Shopify as shown.")
