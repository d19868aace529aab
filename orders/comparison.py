"""One stretch of time compared on all three sides; each difference is named and becomes a status somebody sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from connectors.errors import ConnectorError, NotSent
from connectors.shopify import orders as shopify_orders
from connectors.shopify.orders import Found
from connectors.tiktok import payloads
from orders import adoption, attempts, claims, deleted, eligibility, scanning
from orders.fetching import intake, storing
from orders.models import Order, SyncAttempt
from orders.states import MOVING, AttemptResult, SyncStatus
from settings_app import clients
from settings_app.models import Connection, TikTokShop

ADOPTABLE = (SyncStatus.NOT_SYNCED, SyncStatus.QUEUED, SyncStatus.FAILED, SyncStatus.BLOCKED, SyncStatus.IGNORED)

CLOCKS_DIFFER = timedelta(minutes=1)
"""Shopify's time of an order and ours of its sync may lie on two sides of a stretch's end."""


@dataclass(frozen=True)
class Difference:
    """`kind` is one of missing_here, missing_in_shopify, two_in_shopify, total_differs, stray_mark."""

    kind: str
    tiktok_order_id: str
    shopify_order: str
    sentence: str
    day: date


@dataclass(frozen=True)
class Compared:
    """One stretch: its differences as JSON holds them; of the orders that TikTok changed in it how many there are, how
    many were here before, and how many are in Shopify now."""

    differences: list[dict[str, Any]]
    tiktok: int = 0
    here: int = 0
    in_shopify: int = 0


class Stretch:
    """[start, end), whole seconds: what TikTok changed in it, and what was made in Shopify in it.

    Holds the ids of one stretch, never orders: `orders.reconciliation` cuts the time so that they are few.
    """

    def __init__(self, shop: TikTokShop, start: datetime, end: datetime) -> None:
        self.shop, self.start, self.end = shop, start, end
        self._named: dict[tuple[str, str], Difference] = {}
        self._on_tiktok: set[str] = set()
        """Ids of the orders that TikTok changed in it and that this system has to know."""
        self._missing: set[str] = set()
        self._seen: set[str] = set()
        """Shopify ids that Shopify itself has just shown."""

    def compare(self) -> Compared:
        """Raises the errors of a failed call: half a look proves nothing."""
        self._tiktok_side()
        self._shopify_side()
        self._our_side()
        rows = Order.objects.filter(shop=self.shop, shopify_order_id__isnull=False)
        return Compared(
            differences=[asdict(difference) for difference in self._named.values()],
            tiktok=len(self._on_tiktok),
            here=len(self._on_tiktok - self._missing),
            in_shopify=rows.filter(tiktok_order_id__in=self._on_tiktok).count(),
        )

    def _name(self, kind: str, order_id: str, shopify_order: str, sentence: str, day: date) -> None:
        self._named[kind, order_id] = Difference(kind, order_id, shopify_order, sentence, day)

    def _tiktok_side(self) -> None:
        """Page by page; what we do not have is stored, and named."""
        rules, token = intake.rules_of(self.shop), ""
        while True:
            page = intake.with_token(
                self.shop,
                lambda client, token=token: client.search_orders(self.start, self.end, page_token=token),  # type: ignore[misc]
            )
            ours = dict(_ours(page.orders, rules))
            known = Order.objects.filter(shop=self.shop, tiktok_order_id__in=list(ours))
            missing = set(ours) - set(known.values_list("tiktok_order_id", flat=True)) - self._on_tiktok
            self._on_tiktok |= set(ours)
            self._missing |= missing
            storing.store(self.shop, page.orders, rules)
            for order_id in sorted(missing):
                said = "It was not fetched before; it is now."
                self._name("missing_here", order_id, "", said, ours[order_id])
            token = page.next_page_token
            if not token:
                return

    def _shopify_side(self) -> None:
        """What carries a mark, page by page; cancelled orders stand for nothing any more.

        Another connector's mark matters where its order is known: a second one beside ours. An order that is not in
        Shopify yet meets it at its first create.
        """
        client = clients.shopify(self.shop.store)
        edges = (self.start - CLOCKS_DIFFER, self.end + CLOCKS_DIFFER)
        for page in shopify_orders.pages_by_apps(client, *edges):
            self._seen |= {found.gid for found in page}
            inside = [found for found in page if self.start <= found.created_at < self.end and not found.cancelled_at]
            marked = [(found.custom_id or found.source_identifier, found) for found in inside]
            marked = [(order_id, found) for order_id, found in marked if order_id]
            rows = self._rows(order_id for order_id, _ in marked)
            self._strays([(order_id, found) for order_id, found in marked if order_id not in rows])
            for order_id, found in marked:
                if (order := rows.get(order_id)) and order.shop_id == self.shop.pk:
                    self._marked(order, found)
            self._by_others(inside)

    def _by_others(self, orders: list[Found]) -> None:
        scanning.keep(self.shop.store, orders)  # where staff choose between them, both are shown
        marked = [(order_id, found) for found in orders for order_id in sorted(found.others_ids())]
        rows = self._rows(order_id for order_id, _ in marked)
        for order_id, found in marked:
            order = rows.get(order_id)
            if order and order.shop_id == self.shop.pk and order.shopify_order_id not in (None, found.gid):
                self._marked(order, found)

    def _rows(self, order_ids: Iterable[str]) -> dict[str, Order]:
        """Orders of the whole store: other shops of it have comparisons of their own."""
        rows = Order.objects.filter(store=self.shop.store, tiktok_order_id__in=list(order_ids))
        return {order.tiktok_order_id: order for order in rows.select_related("store")}

    def _marked(self, order: Order, found: Found) -> None:
        order_id, day = order.tiktok_order_id, _day(order)
        if order.shopify_order_id == found.gid:
            self._compare_totals(order, found)
        elif order.shopify_order_id:
            if order.shopify_order_id in self._seen or any(self._read([order]).values()):
                both = f"{order.shopify_order_name or order.shopify_order_id}, {found.name}"
                self._name("two_in_shopify", order_id, both, f"{both} stand for it.", day)
                _review(order, "several_in_shopify", f"Found: {both}.")
        elif order.sync_status in ADOPTABLE:
            said = f"{found.name} carries its mark, and was not known to be its order; it is now."
            self._name("stray_mark", order_id, found.name, said, day)
            adoption.adopt(order, found, Order.objects.filter(pk=order.pk, sync_status__in=ADOPTABLE))
            order.refresh_from_db()
        elif order.sync_status == SyncStatus.NEEDS_REVIEW:
            said = f"{found.name} carries its mark, and nobody has decided about it yet."
            self._name(
                "two_in_shopify" if order.reason == "several_in_shopify" else "stray_mark", order_id, "", said, day
            )

    def _our_side(self) -> None:
        """Orders synced in this time that Shopify's search did not show: adopted, behind its index, or gone."""
        synced = Order.objects.filter(shop=self.shop, synced_at__gte=self.start, synced_at__lt=self.end)
        known = synced.filter(shopify_order_id__isnull=False).iterator(500)
        unseen = [order for order in known if order.shopify_order_id not in self._seen]
        for start in range(0, len(unseen), shopify_orders.MOST_AT_ONCE):
            batch = unseen[start : start + shopify_orders.MOST_AT_ONCE]
            there = self._read(batch)
            for order in batch:
                if found := there[str(order.shopify_order_id)]:
                    self._compare_totals(order, found)
                elif deleted.is_proof(order):
                    said = f"{order.shopify_order_name} is in Shopify no more."
                    self._name("missing_in_shopify", order.tiktok_order_id, order.shopify_order_name, said, _day(order))
                    deleted.gone(order, said)

    def _read(self, orders: Sequence[Order]) -> dict[str, Found | None]:
        """The Shopify orders of these, by id."""
        client = clients.shopify(self.shop.store)
        return shopify_orders.read_orders(client, [str(order.shopify_order_id) for order in orders])

    def _compare_totals(self, order: Order, found: Found) -> None:
        """Against what was sent; an order that Shopify's staff cancelled or that was adopted has nothing to compare."""
        if order.accepts_difference or order.sync_status != SyncStatus.SYNCED or found.cancelled_at:
            return
        made = SyncAttempt.objects.filter(order=order, effect=attempts.CREATE, result=AttemptResult.DONE).last()
        if made is None or made.expected_total is None or made.expected_total == found.total:
            return
        said = f"{found.name} comes to {found.total} in Shopify; {made.expected_total} was sent."
        self._name("total_differs", order.tiktok_order_id, found.name, said, _day(order))
        _review(order, "created_total_differs", said)

    def _strays(self, unknown: list[tuple[str, Found]]) -> None:
        """Marks of orders that we do not know: TikTok is asked for them, and what is still unknown is named.

        It may be an order of any shop of this store; the first of them that is compared asks all, and names it once.
        """
        if not unknown:
            return
        intake.re_read(self.shop, sorted({order_id for order_id, _ in unknown}))
        fetched = self._rows(order_id for order_id, _ in unknown)
        silent: list[str] = []
        names = self._speaks_for_the_store()
        if names and (left := sorted({order_id for order_id, _ in unknown} - set(fetched))):
            silent = self._ask_the_others(left)
            fetched |= self._rows(left)
        for order_id, found in unknown:
            if order := fetched.get(order_id):
                self._marked(order, found)
            elif names:
                said = "A Shopify order carries the mark of an order that no TikTok shop of this store has."
                said += f" Not asked, for it could not be: {', '.join(silent)}." if silent else ""
                self._name("stray_mark", order_id, found.name, said, found.created_at.date())

    def _speaks_for_the_store(self) -> bool:
        compared = self.shop.store.shops.filter(paused=False, connection=Connection.CONNECTED)
        first = compared.order_by("pk").values_list("pk", flat=True).first()
        return first in (None, self.shop.pk)

    def _ask_the_others(self, order_ids: list[str]) -> list[str]:
        """What they know is stored; returns the names of shops that could not be asked."""
        silent = []
        for shop in self.shop.store.shops.exclude(pk=self.shop.pk).select_related("store").order_by("pk"):
            try:
                if shop.connection != Connection.CONNECTED:
                    raise NotSent(shop.connection_error)
                intake.re_read(shop, order_ids)
            except ConnectorError:
                silent.append(str(shop))
        return silent


def _ours(page: Iterable[Mapping[str, Any]], rules: Any) -> Iterator[tuple[str, date]]:
    """Id and day of the orders that this system has to know: not the unpaid, the held, those of TikTok's warehouse."""
    for raw in page:
        try:
            order = payloads.read_order(raw)
        except payloads.Unreadable:
            yield str(raw.get("id")), timezone.now().date()
            continue
        if not isinstance(eligibility.decide(order, rules), eligibility.NotOurs):
            yield order.id, (order.create_time or timezone.now()).date()


def _day(order: Order) -> date:
    return (order.placed_at or order.fetched_at).date()


def _review(order: Order, reason: str, message: str) -> None:
    """Only what stands: an order on its way is settled by the way itself."""
    Order.objects.filter(pk=order.pk).exclude(sync_status__in=MOVING).exclude(reason=reason).update(
        sync_status=SyncStatus.NEEDS_REVIEW,
        reason=reason,
        message=message,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )
