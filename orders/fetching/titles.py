"""The titles of fetched items, kept once each for the search."""

from __future__ import annotations

from collections.abc import Iterable

from orders.models import ItemTitle


def note(titles: Iterable[str]) -> None:
    """Add those that are new, in one order everywhere, so that two fetchers never wait for each other in a circle."""
    wanted = {title for title in titles if title}
    known = set(ItemTitle.objects.filter(title__in=wanted).values_list("title", flat=True)) if wanted else set()
    ItemTitle.objects.bulk_create([ItemTitle(title=title) for title in sorted(wanted - known)], ignore_conflicts=True)
