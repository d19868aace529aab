"""All addresses. The apps bring theirs: `/webhooks/…` is in orders, `/connect/…` in settings_app."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from project import health


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address on pages that name no picture of their own."""
    return redirect(static("orders/favicon.svg"))


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Before the admin, which answers every other address below its own.
    path("", include("settings_app.urls")),
    path("", include("orders.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
