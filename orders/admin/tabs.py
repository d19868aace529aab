"""The saved tabs above the order list, and what *Needs attention* means everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from orders.delivery.states import WorkStatus
from orders.insight import attention
from orders.models import DeliveryWork, Order, OrderChange
from orders.reasons import REASONS, Mender
from orders.states import MOVING, SyncStatus

MENDED_BY_STAFF = tuple(
    code for code, reason in REASONS.items() if reason.mender is Mender.YOU and code != "sample_excluded"
)

MENDED_DELIVERIES = DeliveryWork.objects.filter(status=WorkStatus.STANDING_STILL, reason__in=MENDED_BY_STAFF)
NOT_SEEN_TO = OrderChange.objects.filter(seen_at__isnull=True, order__shopify_order_id__isnull=False)

SYNCED = Q(sync_status=SyncStatus.SYNCED)
AFTER_THE_SYNC = Q(pk__in=MENDED_DELIVERIES.values("order")) | Q(pk__in=NOT_SEEN_TO.values("order"))

NEEDS_ATTENTION = attention.STILL | (SYNCED & AFTER_THE_SYNC)
"""Failed, waiting for a decision, held up (or its delivery) by what staff can mend, or changed after the sync."""

PARAMETER = "tab"
NO_FILTERS = {PARAMETER, SEARCH_VAR, ORDER_VAR, ALL_VAR, PAGE_VAR}
"""What may stand in the list's address without being a filter that one could clear."""

STATUSES: dict[str, frozenset[SyncStatus]] = {
    "not_synced": frozenset({SyncStatus.NOT_SYNCED}),
    "attention": frozenset({SyncStatus.FAILED, SyncStatus.BLOCKED, SyncStatus.NEEDS_REVIEW, SyncStatus.SYNCED}),
    "on_the_way": frozenset(MOVING),
    "synced": frozenset({SyncStatus.SYNCED}),
    "held_back": frozenset({SyncStatus.BLOCKED}),
    "ignored": frozenset({SyncStatus.IGNORED}),
}
"""The statuses that a tab's orders can have; of any other tab, all of them."""

TABS: dict[str, tuple[str, Q]] = {
    "not_synced": ("Not synced", Q(sync_status=SyncStatus.NOT_SYNCED)),
    "attention": ("Needs attention", NEEDS_ATTENTION),
    "on_the_way": ("On their way", Q(sync_status__in=MOVING)),
    "synced": ("Synced", SYNCED & ~AFTER_THE_SYNC),
    "held_back": ("Held back", Q(sync_status=SyncStatus.BLOCKED, reason__in=attention.RESTING)),
    "ignored": ("Ignored", Q(sync_status=SyncStatus.IGNORED)),
    "all": ("All", Q()),
}
"""Each order is in exactly one of them besides *All*, so that their numbers sum up to it."""

SHOWN_IF_ANY = frozenset({"on_the_way", "held_back", "ignored"})
"""Tabs that are left out while they hold nothing."""


@dataclass(frozen=True)
class Tab:
    label: str
    link: str
    count: int
    active: bool


def statuses_shown(request: HttpRequest) -> frozenset[SyncStatus]:
    """The statuses that orders of this list can have, by its tab and its filter of statuses."""
    shown = STATUSES.get(request.GET.get(PARAMETER, ""), frozenset(SyncStatus))
    chosen = [*request.GET.getlist("sync_status__exact"), *request.GET.get("sync_status__in", "").split(",")]
    wanted = frozenset(status for status in SyncStatus if status in chosen)
    return shown & wanted if wanted else shown


class TabFilter(admin.SimpleListFilter):
    """Carries the chosen tab through search, filters and pages; it shows as tabs, not in the filter panel."""

    title = "tab"
    parameter_name = PARAMETER
    template = "admin/orders/order/tab_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, label) for code, (label, _) in TABS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        chosen = TABS.get(self.value() or "all")
        return queryset.filter(chosen[1]) if chosen else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())


def tabs(request: HttpRequest) -> list[Tab]:
    """All tabs with how many orders each holds, counted in one query."""
    counts = Order.objects.order_by().aggregate(
        **{code: Count("pk", filter=q or None) for code, (_, q) in TABS.items()}
    )
    chosen = request.GET.get(PARAMETER) or ("all" if request.GET.keys() <= NO_FILTERS else "")
    return [
        Tab(label, f"?{PARAMETER}={code}", counts[code], active=code == chosen)
        for code, (label, _) in TABS.items()
        if counts[code] or code == chosen or code not in SHOWN_IF_ANY
    ]
