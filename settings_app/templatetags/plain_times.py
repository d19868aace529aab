"""Times as people say them: "40 s ago", "in 6 days", "Nov 23, 2:05 PM"."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

STEPS = ((1, "s"), (60, "min"), (3600, "h"), (86400, "day"))
BIGGER = 1.5
"""From one and a half of a unit on, a length is said in it: 89 min, then 2 h."""


def span(seconds: float, *, at_least: bool = False) -> str:
    """A length to the nearest unit that people would say: 89 s, 2 min, 2 h, 3 days.

    `at_least` never says more than there is, for time that is left.
    """
    seconds = max(0.0, seconds)
    size, unit = next((step for step in reversed(STEPS) if seconds >= BIGGER * step[0]), STEPS[0])
    count = int(seconds / size if at_least or size == 1 else seconds / size + 0.5)
    return f"{count} {unit}{'s' if unit == 'day' and count != 1 else ''}"


@register.filter
def ago(moment: datetime | None) -> str:
    """ "40 s ago"; "never" where there is no time."""
    if moment is None:
        return "never"
    return f"{span((timezone.now() - moment).total_seconds())} ago"


@register.filter
def ahead(moment: datetime | None) -> str:
    """ "in 6 days", or "3 h ago" once it is past."""
    if moment is None:
        return "never"
    seconds = (moment - timezone.now()).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else ago(moment)


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """In the viewer's zone, machine-readable beside it."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    shape = "M j, g:i A" if local.year == timezone.localtime().year else "M j, Y, g:i A"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(local, shape))
