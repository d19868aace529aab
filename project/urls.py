"""All addresses. The apps bring theirs: `/webhooks/…` is in orders, `/connect/…` in settings_app."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from project import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    *(path("", include(urls)) for urls in ("settings_app.urls", "orders.urls") if find_spec(urls)),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
