"""Addresses of pages by name, "" where a page does not exist in this installation."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def page(name: str, *args: object, filters: str = "") -> str:
    try:
        address = reverse(name, args=[str(arg) for arg in args])
    except NoReverseMatch:
        return ""
    return f"{address}?{filters}" if filters else address
