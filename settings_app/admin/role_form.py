"""What a role may do, as a list of plain sentences to tick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

RIGHTS: Mapping[str, str] = {
    "orders.view_order": "See orders",
    "orders.view_orderitem": "See the items of orders",
    "orders.view_syncattempt": "See attempts",
    "orders.view_bulksync": "See bulk syncs",
    "orders.view_productlink": "See Link products",
    "orders.view_reconciliation": "See Completeness",
    "settings_app.view_tiktokshop": "See TikTok shops",
    "settings_app.view_shopifystore": "See Shopify stores",
    "settings_app.view_syncsettings": "See Settings → Order",
    "orders.sync_order": "Sync and retry orders, fetch, compare, and steer bulk syncs",
    "orders.ignore_order": "Ignore orders, and stop ignoring them",
    "orders.review_order": "Accept differences, and choose between Shopify orders",
    "orders.change_productlink": "Link and unlink products",
    "orders.view_personal_data": "See buyers' names and addresses, and TikTok's raw data",
    "settings_app.change_syncsettings": "Change Settings → Order",
    "settings_app.change_tiktokshop": "Connect, pause and resume TikTok shops",
    "settings_app.change_shopifystore": "Connect Shopify stores",
}
"""Every right that a page asks for; Django's other two hundred open nothing here."""


def permissions() -> dict[str, Permission]:
    """Those rights by their names."""
    wanted = Q()
    for name in RIGHTS:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    rows = Permission.objects.filter(wanted).select_related("content_type")
    found = {f"{one.content_type.app_label}.{one.codename}": one for one in rows}
    return {name: found[name] for name in RIGHTS if name in found}


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's cannot be subscripted
    rights = forms.MultipleChoiceField(
        label="People with this role may",
        required=False,
        choices=list(RIGHTS.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            given = set(self.instance.permissions.values_list("pk", flat=True))
            self.initial["rights"] = [name for name, one in permissions().items() if one.pk in given]

    def give_rights(self) -> None:
        """What the list does not name stays as somebody gave it."""
        offered = permissions()
        chosen = [offered[name] for name in self.cleaned_data["rights"] if name in offered]
        other = self.instance.permissions.exclude(pk__in=[one.pk for one in offered.values()])
        self.instance.permissions.set([*other, *chosen])
