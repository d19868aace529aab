"""The form behind Settings → Order: every option with one line of plain help and its default, in people's groups."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundField

from settings_app.models import SyncSettings
from settings_app.rules import Rules, WrongRule, with_changes

HELP: dict[str, str] = {
    "automatic_sync": "Every order that is not synced goes to Shopify by itself, those already here and all new ones. "
    "Turned off, what was not sent yet stays here.",
    "backfill_days": "How many days back the first fetch of this shop reaches, 0 to 90.",
    "samples": "Samples are orders that TikTok's affiliates get for free.",
    "price_mode": "Which prices Shopify shows where TikTok itself paid a part of the discount.",
    "adjustment_limit": "Where TikTok's total differs from the sum of its parts by at most this many dollars, the "
    "difference is entered as “TikTok adjustment”. Larger ones wait for your review.",
    "unlinked_items": "What happens to an order with an item that is not linked to a Shopify product. "
    "A line of text moves no stock.",
    "customer": "TikTok gives a forwarding address in place of the buyer's own e-mail; nothing is ever mailed to it.",
    "extra_tags": "Tags for every order beside “TikTok Shop”. Put a comma between two; 40 characters each.",
    "inventory": "What a synced order does to the stock of its Shopify products.",
    "sync_delivery_status": "Shopify shows In transit and Delivered as soon as TikTok does.",
}

LABELS: dict[str, str] = {
    "automatic_sync": "Automatic sync",
    "backfill_days": "Days to fetch at the start",
    "samples": "Affiliate samples",
    "price_mode": "Prices",
    "adjustment_limit": "Largest TikTok adjustment in dollars",
    "unlinked_items": "Items without link",
    "customer": "Customer",
    "extra_tags": "Extra tags",
    "inventory": "Stock",
    "sync_delivery_status": "Sync delivery status",
}

CHOICES: dict[str, dict[str, str]] = {
    "price_mode": dict(SyncSettings.PriceMode.choices),
    "unlinked_items": dict(SyncSettings.UnlinkedItems.choices),
    "samples": dict(SyncSettings.Samples.choices),
    "customer": dict(SyncSettings.Customer.choices),
    "inventory": dict(SyncSettings.Inventory.choices),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("When orders go", ("automatic_sync",)),
    ("What to fetch", ("backfill_days", "samples")),
    ("Prices and taxes", ("price_mode", "adjustment_limit")),
    ("Products and stock", ("unlinked_items", "inventory")),
    ("Customer and tags", ("customer", "extra_tags")),
    ("Delivery", ("sync_delivery_status",)),
)


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[SyncSettings]
else:
    ModelForm = forms.ModelForm


class SettingsForm(ModelForm):
    extra_tags = forms.CharField(required=False, max_length=2000, widget=forms.TextInput())

    class Meta:
        model = SyncSettings
        fields = tuple(name for _, names in GROUPS for name in names)
        widgets = {
            name: forms.RadioSelect() for name in ("samples", "price_mode", "unlinked_items", "customer", "inventory")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["extra_tags"] = ", ".join(self.instance.extra_tags or [])
        for name, field in self.fields.items():
            field.label, field.help_text = LABELS[name], HELP[name]
            if not isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect):
                field.widget.attrs["class"] = "ob-input"

    def clean_extra_tags(self) -> list[str]:
        """The same rules as everywhere; each tag once, whatever its capitals."""
        given = [tag.strip() for tag in self.cleaned_data["extra_tags"].split(",") if tag.strip()]
        try:
            tags = with_changes(Rules(), {"extra_tags": given}).extra_tags
        except WrongRule:
            raise forms.ValidationError(
                "Each tag may have 1 to 40 characters; put a comma between two, and give at most 100."
            ) from None
        return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]

    def rules(self) -> Rules:
        """What was typed, as the sync would use it; only after `is_valid()`."""
        return self.instance.rules()

    def groups(self) -> list[tuple[str, list[tuple[BoundField, str, str]]]]:
        """(group, [(field, kind of input, default in words)]) for the page."""
        return [
            (title, [(self[name], _kind(self[name]), default_of(name)) for name in names]) for title, names in GROUPS
        ]


def _kind(field: BoundField) -> str:
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "switch"
    return "choice" if isinstance(field.field.widget, forms.RadioSelect) else "text"


def in_words(name: str, value: object) -> str:
    """A setting's value as the page shows it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return CHOICES.get(name, {}).get(str(value), str(value))


def default_of(name: str) -> str:
    return in_words(name, next(field.default for field in fields_of(Rules) if field.name == name))


def changes_in_words(before: Rules, after: Rules) -> list[str]:
    """ "Automatic sync: off → on", one for each setting that differs."""
    return [
        f"{LABELS[name]}: {in_words(name, getattr(before, name))} → {in_words(name, getattr(after, name))}"
        for name in LABELS
        if getattr(before, name) != getattr(after, name)
    ]
