"""How the admin looks: everything that names the theme outside the admin pages themselves."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

from connectors.loopback import LOOPBACK


def environment(request: HttpRequest) -> list[str] | None:
    """A label beside the title wherever this is not the real thing: [text, colour], or None in production."""
    from django.conf import settings

    vendors = (settings.TIKTOK_SHOP_API_URL, settings.SHOPIFY_API_URL.replace("{domain}", "store"))
    if any(urlsplit(url).hostname in LOOPBACK for url in vendors):
        return ["Demo", "warning"]
    return ["Development", "info"] if settings.DEBUG else None


def _item(title: str, icon: str, page: str, permission: str) -> dict[str, Any]:
    """Shown to who may open the page."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(page),
        "permission": lambda request: request.user.has_perm(permission),
    }


def _list(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return _item(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}")


LINK_PRODUCTS = "Link products"
MESSAGES = "Messages to answer"
NAVIGATION: list[dict[str, Any]] = [
    {
        "title": "",
        "items": [{"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")}],
    },
    {
        "title": "Daily work",
        "separator": True,
        "items": [
            _list("Orders", "receipt_long", "orders", "order"),
            _list("Bulk syncs", "playlist_play", "orders", "bulksync"),
            _list(LINK_PRODUCTS, "link", "orders", "productlink"),
            _item(MESSAGES, "mark_email_unread", "staff_events", "orders.view_order"),
        ],
    },
    {
        "title": "Looking back",
        "separator": True,
        "items": [
            _list("Completeness", "fact_check", "orders", "reconciliation"),
            _list("Attempts", "history", "orders", "syncattempt"),
        ],
    },
    {
        "title": "Shops and settings",
        "separator": True,
        "items": [
            _list("Settings → Order", "tune", "settings_app", "syncsettings"),
            _item("Set up", "rocket_launch", "setup", "settings_app.change_tiktokshop"),
            _list("TikTok shops", "storefront", "settings_app", "tiktokshop"),
            _list("Shopify stores", "store", "settings_app", "shopifystore"),
            _list("People", "group", "auth", "user"),
            _list("Roles", "badge", "auth", "group"),
        ],
    },
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar; beside two of its lines stands how much waits there for somebody."""
    from orders import link_candidates
    from orders.webhooks import standing

    waiting = {LINK_PRODUCTS: link_candidates.holding_up(), MESSAGES: sum(standing.kinds_for_staff().values())}
    groups = deepcopy(NAVIGATION)
    for item in (item for group in groups for item in group["items"]):
        if count := waiting.get(item["title"]):
            item["badge"] = f"{count:,}"
    return groups


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Orderbridge",
    "SITE_HEADER": "Orderbridge",
    "SITE_SUBHEADER": "TikTok Shop orders to Shopify",
    "SITE_URL": None,  # there is no other site to go to
    "SITE_SYMBOL": "sync_alt",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("orders/favicon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "project.admin_theme.environment",
    "DASHBOARD_CALLBACK": "orders.admin.dashboard.home",
    # everything from our own static files: no page ever loads anything from elsewhere
    "STYLES": [lambda request: static("orders/pages.css")],
    "SCRIPTS": [
        lambda request: static("orders/viewer_time.js"),
        lambda request: static("orders/reachable.js"),
    ],
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation},
}
