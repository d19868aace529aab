"""Numbers as people read them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def number(value: int) -> str:
    """20000 becomes 20,000."""
    return f"{value:,}"
