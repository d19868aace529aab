"""`/webhooks/…` for the vendors, `/admin/setup/…` for the person who connects the first shop."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from orders import views
from orders.admin import setup

urlpatterns = [
    path("webhooks/tiktok/", views.tiktok, name="webhooks_tiktok"),
    path("webhooks/shopify/", views.shopify, name="webhooks_shopify"),
    path("admin/setup/", admin.site.admin_view(setup.show), name="setup"),
    path("admin/setup/shops/", admin.site.admin_view(setup.choose), name="setup_shops"),
    path("admin/setup/fetch/", admin.site.admin_view(setup.fetch), name="setup_fetch"),
    path("admin/setup/finish/", admin.site.admin_view(setup.finish), name="setup_finish"),
]
