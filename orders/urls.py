"""`/webhooks/…` for the vendors, `/admin/messages/…` for what staff must answer, `/admin/setup/…` for a first shop."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from orders import views
from orders.admin import setup, staff_events

urlpatterns = [
    path("webhooks/tiktok/", views.tiktok, name="webhooks_tiktok"),
    path("webhooks/shopify/", views.shopify, name="webhooks_shopify"),
    path("admin/messages/", admin.site.admin_view(staff_events.show), name="staff_events"),
    path("admin/messages/<int:pk>/done/", admin.site.admin_view(staff_events.done), name="staff_events_done"),
    path("admin/setup/", admin.site.admin_view(setup.show), name="setup"),
    path("admin/setup/shops/", admin.site.admin_view(setup.choose), name="setup_shops"),
    path("admin/setup/fetch/", admin.site.admin_view(setup.fetch), name="setup_fetch"),
    path("admin/setup/finish/", admin.site.admin_view(setup.finish), name="setup_finish"),
]
