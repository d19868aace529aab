"""`/connect/…`: for staff who are logged in; the vendors' consent pages send their browsers back here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from settings_app import shopify_pages, tiktok_pages

urlpatterns = [
    path("connect/tiktok/", admin.site.admin_view(tiktok_pages.start), name="connect_tiktok"),
    path("connect/tiktok/callback/", admin.site.admin_view(tiktok_pages.callback), name="connect_tiktok_callback"),
    path("connect/shopify/", admin.site.admin_view(shopify_pages.start), name="connect_shopify"),
    path("connect/shopify/callback/", admin.site.admin_view(shopify_pages.callback), name="connect_shopify_callback"),
]
