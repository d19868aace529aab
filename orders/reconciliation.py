"""TikTok against our rows against Shopify: every difference is named, and turned into a status that somebody sees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from connectors.shopify.orders import Found
from connectors.tiktok import payloads
from orders import adoption, attempts, claims, eligibility
from orders.fetching import intake, storing
from orders.models import Order, Reconciliation, SyncAttempt
from orders.states import MOVING, AttemptResult, SyncStatus
from orders.timing import LONGEST_WINDOW
from orders.verification import TAG
from settings_app import clients
from settings_app.models import Connection, ShopifyStore, TikTokShop

DAYS = 3
"""Each night the last full days are compared; what changes later is news, and news is fetched."""

SETTLED = timedelta(hours=2)
"""A day is over for good that long after its midnight."""

ADOPTABLE = (SyncStatus.NOT_SYNCED, SyncStatus.QUEUED, SyncStatus.FAILED, SyncStatus.BLOCKED, SyncStatus.IGNORED)


@dataclass(frozen=True)
class Difference:
    """`kind` is one of missing_here, missing_in_shopify, two_in_shopify, total_differs, stray_mark."""

    kind: str
    tiktok_order_id: str
    shopify_order: str
    sentence: str
    day: date


@dataclass
class Report:
    """Orders by the day they were placed (UTC), and what does not agree."""

    shop: TikTokShop
    since: datetime
    until: datetime
    tiktok: Counter[date] = field(default_factory=Counter)
    here: Counter[date] = field(default_factory=Counter)
    in_shopify: Counter[date] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def name(self, kind: str, order_id: str, shopify_order: str, sentence: str, day: date) -> None:
        self.differences.append(Difference(kind, order_id, shopify_order, sentence, day))

    def days(self) -> list[date]:
        """The days that the report covers in full, newest first: an order changes after it was placed."""
        first = self.since.date() + timedelta(days=0 if self.since.time() == time(0) else 1)
        return [self.until.date() - timedelta(days=n) for n in range((self.until.date() - first).days + 1)]

    def facts(self) -> dict[str, Any]:
        counted = [
            {"day": day, "tiktok": self.tiktok[day], "here": self.here[day], "shopify": self.in_shopify[day]}
            for day in self.days()
        ]
        return {"shop_id": self.shop.shop_id, "days": counted, "differences": [asdict(one) for one in self.differences]}


def reconcile(shop: TikTokShop, since: datetime) -> Report:
    """Compare what changed on TikTok since then; raises the errors of a failed call: half a count proves nothing."""
    report = Report(shop, since, timezone.now())
    _tiktok_side(report)
    marked = _marked_in_shopify(shop.store, since)
    rows = {
        order.tiktok_order_id: order
        for order in Order.objects.filter(_changed(since), shop=shop).select_related("store")
    }
    _our_side(report, rows, marked)
    _strays(report, rows, marked)
    _keep(report)
    return report


def _changed(since: datetime) -> Q:
    """What TikTok changed since; an order that cannot be read has no such time."""
    return Q(tiktok_updated_at__gte=since) | Q(tiktok_updated_at__isnull=True, fetched_at__gte=since)


def _tiktok_side(report: Report) -> None:
    """Every order that changed since, page by page; what we do not have is stored, and named."""
    rules = intake.rules_of(report.shop)
    for page in _pages(report):
        known = set(
            Order.objects.filter(
                shop=report.shop, tiktok_order_id__in=[str(raw.get("id")) for raw in page]
            ).values_list("tiktok_order_id", flat=True)
        )
        days = {order_id: day for order_id, day, ours in _read(page, rules) if ours or order_id in known}
        report.tiktok.update(days.values())
        storing.store(report.shop, page, rules)
        for order_id in sorted(set(days) - known):
            report.name("missing_here", order_id, "", "It was not fetched before; it is now.", days[order_id])


def _pages(report: Report) -> Iterator[list[Mapping[str, Any]]]:
    """Shifting pages may repeat an order; each is handed out once."""
    seen: set[str] = set()
    start = report.since
    while start < report.until:
        end, token = min(start + LONGEST_WINDOW, report.until), ""
        while True:
            window = (start, end)
            page = intake.with_token(
                report.shop,
                lambda client, window=window, token=token: client.search_orders(*window, page_token=token),  # type: ignore[misc]
            )
            fresh = [raw for raw in page.orders if str(raw.get("id")) not in seen]
            seen |= {str(raw.get("id")) for raw in fresh}
            yield fresh
            token = page.next_page_token
            if not token:
                break
        start = end


def _read(page: Iterable[Mapping[str, Any]], rules: Any) -> Iterator[tuple[str, date, bool]]:
    for raw in page:
        try:
            order = payloads.read_order(raw)
        except payloads.Unreadable:
            yield str(raw.get("id")), timezone.now().date(), True
            continue
        ours = not isinstance(eligibility.decide(order, rules), eligibility.NotOurs)
        yield order.id, (order.create_time or timezone.now()).date(), ours


def _marked_in_shopify(store: ShopifyStore, since: datetime) -> dict[str, list[Found]]:
    """TikTok order id → Shopify orders with our mark of it, made since; cancelled ones do not count."""
    marked: defaultdict[str, list[Found]] = defaultdict(list)
    for found in shopify_orders.find_tagged_since(clients.shopify(store), TAG, since):
        order_id = found.custom_id or found.source_identifier
        if order_id and found.cancelled_at is None:
            marked[order_id].append(found)
    return dict(marked)


def _our_side(report: Report, rows: Mapping[str, Order], marked: Mapping[str, list[Found]]) -> None:
    for order_id, order in rows.items():
        day = (order.placed_at or order.fetched_at).date()
        report.here[day] += 1
        found = marked.get(order_id, [])
        if len(found) > 1:
            said = f"{adoption.names(found)} carry its mark."
            report.name("two_in_shopify", order_id, adoption.names(found), said, day)
            _review(order, "several_in_shopify", f"Found: {adoption.names(found)}.")
        elif order.shopify_order_id:
            own = [one for one in found if one.gid == order.shopify_order_id] or _looked_for(order)
            if own and found and own[0].gid != found[0].gid:
                both = adoption.names([*own, *found])
                report.name("two_in_shopify", order_id, both, f"{both} stand for it.", day)
                _review(order, "several_in_shopify", f"Found: {both}.")
            found = own
            if not found:
                said = f"{order.shopify_order_name} is in Shopify no more."
                report.name("missing_in_shopify", order_id, order.shopify_order_name, said, day)
                _review(order, "gone_from_shopify", said, shopify_order_id=None)
                continue
            _compare_totals(report, order, found[0], day)
        elif found and order.sync_status in ADOPTABLE:
            said = f"{found[0].name} carries its mark, and was not known to be its order; it is now."
            report.name("stray_mark", order_id, found[0].name, said, day)
            adoption.adopt(order, found[0], Order.objects.filter(pk=order.pk, sync_status__in=ADOPTABLE))
        if found:
            report.in_shopify[day] += 1


def _looked_for(order: Order) -> list[Found]:
    """Made before the period, or behind the search index: asked for by its id."""
    found = shopify_orders.read_order(clients.shopify(order.store), str(order.shopify_order_id))
    return [found] if found else []


def _compare_totals(report: Report, order: Order, found: Found, day: date) -> None:
    """Against what was sent; an order that Shopify's staff cancelled or that was adopted has nothing to compare."""
    if order.accepts_difference or order.sync_status != SyncStatus.SYNCED or found.cancelled_at:
        return
    made = SyncAttempt.objects.filter(order=order, effect=attempts.CREATE, result=AttemptResult.DONE).last()
    if made is None or made.expected_total is None or made.expected_total == found.total:
        return
    said = f"{found.name} comes to {found.total} in Shopify; {made.expected_total} was sent."
    report.name("total_differs", order.tiktok_order_id, found.name, said, day)
    _review(order, "created_total_differs", said)


def _strays(report: Report, rows: Mapping[str, Order], marked: Mapping[str, list[Found]]) -> None:
    """Marks of orders that we do not know: TikTok is asked for them, and what is still unknown is named."""
    foreign = [order_id for order_id in marked if order_id not in rows]
    known = set(
        Order.objects.filter(store=report.shop.store, tiktok_order_id__in=foreign).values_list(
            "tiktok_order_id", flat=True
        )
    )
    unknown = [order_id for order_id in foreign if order_id not in known]
    if not unknown:
        return
    intake.re_read(report.shop, unknown)
    fetched = {o.tiktok_order_id: o for o in Order.objects.filter(shop=report.shop, tiktok_order_id__in=unknown)}
    others = report.shop.store.shops.exclude(pk=report.shop.pk).exists()
    for order_id in unknown:
        found = marked[order_id]
        day = found[0].created_at.date()
        if order_id in fetched:
            said = "It is in Shopify, and was not known here; it is now."
            report.name("stray_mark", order_id, adoption.names(found), said, day)
            if len(found) == 1:
                adoption.adopt(fetched[order_id], found[0])
        elif not others:  # it may be an order of another shop of this store, which has its own comparison
            said = "A Shopify order carries the mark of an order that TikTok does not have in this shop."
            report.name("stray_mark", order_id, adoption.names(found), said, day)


def _review(order: Order, reason: str, message: str, **changes: Any) -> None:
    """Only what stands: an order on its way is settled by the way itself."""
    Order.objects.filter(pk=order.pk).exclude(sync_status__in=MOVING).exclude(reason=reason).update(
        sync_status=SyncStatus.NEEDS_REVIEW,
        reason=reason,
        message=message,
        changed_at=timezone.now(),
        **changes,
        **claims.CLEARED,
    )


def _keep(report: Report) -> None:
    named: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    for difference in report.differences:
        named[difference.day].append(asdict(difference))
    for day in report.days():
        counts = {"tiktok": report.tiktok[day], "here": report.here[day], "in_shopify": report.in_shopify[day]}
        Reconciliation.objects.update_or_create(
            shop=report.shop,
            day=day,
            defaults={**counts, "differences": named.pop(day, []), "checked_at": report.until},
        )
    for day, differences in named.items():
        row, _ = Reconciliation.objects.get_or_create(shop=report.shop, day=day, defaults={"checked_at": report.until})
        row.differences = differences
        row.save(update_fields=["differences"])


def nightly_since(now: datetime) -> datetime:
    """The beginning of the first of the days that are compared each night."""
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=DAYS), time(0), UTC)


def due(now: datetime) -> list[int]:
    """Shops whose last days were not compared since the last of them was over; the database decides, not a clock."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(0), UTC)
    if now < midnight + SETTLED:
        return []
    shops = TikTokShop.objects.filter(paused=False, connection=Connection.CONNECTED)
    done = Reconciliation.objects.filter(day=midnight.date(), checked_at__gte=midnight + SETTLED)
    return list(
        shops.exclude(store__connection=Connection.BROKEN)
        .exclude(pk__in=done.values("shop"))
        .values_list("pk", flat=True)
    )
