"""Addresses of pages by name, with what a list is filtered by."""

from __future__ import annotations

from django.urls import reverse


def page(name: str, *args: object, filters: str = "") -> str:
    address = reverse(name, args=args)
    return f"{address}?{filters}" if filters else address
