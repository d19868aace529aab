"""What a sync would create from TikTok data that somebody pasted or uploaded; nothing is stored or sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from connectors.tiktok import payloads
from orders import eligibility, preparation
from orders.admin import access
from orders.admin.sides import Sides, sides
from orders.intake import rules_of
from orders.models import Order
from orders.states import REASONS
from orders.wording import plain
from settings_app.models import TikTokShop

LARGEST = 2_000_000
"""Bytes of JSON; a real order has some ten thousand."""


class PreviewForm(forms.Form):
    shop = forms.ModelChoiceField(
        TikTokShop.objects.order_by("name"), label="TikTok shop", help_text="Its settings and links are used."
    )
    text = forms.CharField(
        label="TikTok order as JSON", required=False, max_length=LARGEST, widget=forms.Textarea({"rows": 12})
    )
    file = forms.FileField(label="or a JSON file", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        uploaded: UploadedFile[bytes] | None = data.get("file")
        if uploaded and (uploaded.size or 0) > LARGEST:
            raise ValidationError("The file is larger than 2 MB; a TikTok order is never that large.")
        text = uploaded.read().decode("utf-8", "replace") if uploaded else data.get("text", "")
        data["raw"] = read_json(text)
        return data


def read_json(text: str) -> Mapping[str, Any]:
    """One TikTok order, also when it stands in a whole API answer. Raises ValidationError in plain words."""
    if not text.strip():
        raise ValidationError("Paste the JSON of a TikTok order, or choose a file.")
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as wrong:
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
        compared, verdict = _look(form.cleaned_data["raw"], form.cleaned_data["shop"])
    context = {
        **admin.site.each_context(request),
        "title": "Preview an order",
        "opts": Order._meta,
        "form": form,
        "sides": compared,
        "verdict": verdict,
    }
    return TemplateResponse(request, "admin/orders/order/preview.html", context)


def _look(raw: Mapping[str, Any], shop: TikTokShop) -> tuple[Sides | None, Verdict]:
    try:
        facts = payloads.read_order(raw)
    except payloads.Unreadable as wrong:
        return None, Verdict(False, wrong.sentence)
    rules = rules_of(shop)
    mapped = preparation.draft(facts, rules, shop)
    compared = sides(facts, mapped, personal=True)
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
