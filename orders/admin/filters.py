"""The filters of the order list beside its tabs."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from connectors.tiktok.statuses import ShippingType
from orders.admin import tabs
from orders.delivery.states import CHANGE_LABELS
from orders.insight import attention
from orders.models import Order
from orders.reasons import REASONS


class ReasonFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "reason it is held up"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, reason.sentence) for code, reason in REASONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        code = self.value()
        return queryset.filter(Q(reason=code) | Q(delivery_work__reason=code)) if code else queryset


class KindFilter(DropdownFilter):  # type: ignore[misc]
    title = "kind of order"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("gift", "Gift"), ("sample", "Sample"), ("free", "Zero price"), ("ordinary", "Ordinary")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "gift":
                return queryset.filter(is_gift=True)
            case "sample":
                return queryset.filter(is_sample=True)
            case "free":
                return queryset.filter(total=0)
            case "ordinary":
                return queryset.filter(is_gift=False, is_sample=False).exclude(total=0)
        return queryset


SHIPPING_LABELS: dict[str, str] = {
    str(ShippingType.TIKTOK): "TikTok Shipping",
    str(ShippingType.SELLER): "Seller Shipping",
    str(ShippingType.TIKTOK_DIGITAL): "Digital",
}


class ShippingFilter(DropdownFilter):  # type: ignore[misc]
    title = "shipping"
    parameter_name = "shipping"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(SHIPPING_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(shipping_type=self.value()) if self.value() else queryset


class ChangedFilter(DropdownFilter):  # type: ignore[misc]
    """Orders that TikTok changed after their sync and that nobody has handled yet."""

    title = "changed on TikTok after the sync"
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "Any change"), *((str(kind), label) for kind, label in CHANGE_LABELS.items())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        kind = self.value()
        if not kind:
            return queryset
        changes = tabs.NOT_SEEN_TO if kind == "any" else tabs.NOT_SEEN_TO.filter(kind=kind)
        return queryset.filter(pk__in=changes.values("order"))


DEADLINES: dict[str, str] = {
    attention.LATE: "Should have shipped already",
    attention.SOON: "Must ship within 24 hours",
}


class DeadlineFilter(DropdownFilter):  # type: ignore[misc]
    """Orders that TikTok's ship-by time presses and that are not in Shopify yet."""

    title = "ship-by time, not in Shopify yet"
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(DEADLINES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        deadline = self.value()
        return queryset.filter(attention.urgent(deadline)) if deadline in DEADLINES else queryset


class PlacedFilter(RangeDateFilter):  # type: ignore[misc]
    """From the start of the first day to the end of the last, both included; a date that is none filters nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "placed from … to"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        first = _day(self.used_parameters.get(f"{self.parameter_name}_from"))
        last = _day(self.used_parameters.get(f"{self.parameter_name}_to"))
        if first:
            queryset = queryset.filter(placed_at__gte=first)
        if last:
            queryset = queryset.filter(placed_at__lt=last + timedelta(days=1))
        return queryset


def _day(text: object) -> datetime | None:
    try:
        day = parse_date(str(text or ""))
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
