"""What a person types to connect a Shopify store; secrets are never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from connectors.shopify.auth import valid_domain
from settings_app.models import ShopifyStore
from settings_app.store_connection import Candidate
from settings_app.typed_text import is_key

Access = ShopifyStore.Access

WAYS = [
    (Access.CONSENT, "The store's owner agrees on Shopify’s page (best where you can)"),
    (Access.CREDENTIALS, "With the client id and secret of an app that belongs to the store"),
    (Access.TOKEN, "With a token (shpat_…) of an app made in the store's admin before 2026"),
]


def _plain_key(text: str) -> None:
    if not is_key(text):
        raise forms.ValidationError("It holds a blank, a line break or a foreign letter. Copy it again.")


def _secret(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"class": "ob-input", "autocomplete": "off"}, render_value=False)
    return forms.CharField(
        label=label, required=False, max_length=500, widget=widget, help_text=help_text, validators=[_plain_key]
    )


def _text(label: str, help_text: str = "", **attributes: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "ob-input", "autocomplete": "off", "spellcheck": "false", **attributes})
    return forms.CharField(label=label, required=False, max_length=255, widget=widget, help_text=help_text)


class StoreForm(forms.Form):
    domain = _text("Store", "The store's myshopify.com name, such as example.myshopify.com.")
    way = forms.ChoiceField(label="How to connect", choices=WAYS, initial=Access.CONSENT, widget=forms.RadioSelect)
    client_id = _text("Client id", "Leave both empty to use the app of this installation.")
    client_id.validators.append(_plain_key)
    client_secret = _secret("Client secret")
    token = _secret("Access token", "Shopify showed it once, when the app was installed.")
    webhook_secret = _secret(
        "API secret key",
        "May stay empty; then what happens in Shopify is seen some minutes later.",
    )

    def clean_domain(self) -> str:
        typed: str = self.cleaned_data["domain"]
        domain = valid_domain(typed if "." in typed else f"{typed}.myshopify.com")
        if domain is None:
            raise forms.ValidationError(
                "That is not the name of a Shopify store. It ends in .myshopify.com; you find it in the Shopify admin "
                "under Settings, Domains."
            )
        return domain

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        way = given.get("way")
        if way == Access.TOKEN:
            if not given.get("token"):
                self.add_error("token", "Paste the token; Shopify shows it once, when the app is installed.")
        elif bool(given.get("client_id")) != bool(given.get("client_secret")):
            self.add_error("client_secret", "Give both the client id and its secret, or neither.")
        elif not given.get("client_id") and not settings.SHOPIFY_CLIENT_ID:
            self.add_error(
                "client_id", "This installation has no app of its own (SHOPIFY_CLIENT_ID is empty): give id and secret."
            )
        return given

    def candidate(self) -> Candidate:
        """For the two ways that need no consent page."""
        given = self.cleaned_data
        if given["way"] == Access.TOKEN:
            return Candidate(given["domain"], Access.TOKEN, given["token"], client_secret=given["webhook_secret"])
        return Candidate(
            given["domain"],
            Access.CREDENTIALS,
            client_id=given["client_id"],
            client_secret=given["client_secret"],
        )
