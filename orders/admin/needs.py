"""What needs a person, most urgent first, each with the button that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from orders.admin import access, tabs
from orders.admin.addresses import page
from orders.admin.health import background, is_late
from orders.delivery.states import CHANGE_LABELS, MENDS
from orders.insight import attention
from orders.insight.attention import Held
from orders.models import Order
from orders.reasons import REASONS
from orders.states import LABELS, SyncStatus
from orders.webhooks import standing
from orders.wording import plain
from settings_app.models import Connection, ShopifyStore, TikTokShop
from settings_app.templatetags.plain_times import ago, ahead

ORDERS = "admin:orders_order_changelist"
AUTHORISATION_ENDS = timedelta(days=14)
RENEWING_FAILS = timedelta(hours=20)
"""A token is renewed a day ahead: with less left, four hours of trying did not help."""
LINK_PAGE = ("unlinked_item", "item_deleted", "sku_ambiguous", "sku_case_differs")
URGENT_ONLY = "&".join(
    (
        f"tiktok_status__in={','.join(attention.NOT_YET_SHIPPED)}",
        f"sync_status__in={','.join(status for status in SyncStatus if status is not SyncStatus.IGNORED)}",
        f"reason__in=,{','.join(code for code in REASONS if code != attention.CHOSEN)}",
    )
)
"""What `attention.shipping_soon` leaves out, as filters of the order list."""


@dataclass(frozen=True)
class Need:
    """One line of the list: `urgent` ones come first; `sentence` is what is wrong, `mend` how it is mended.

    `changes` says that the button does it at once (a POST) instead of leading somewhere.
    """

    title: str
    sentence: str
    mend: str
    button: str
    url: str
    urgent: bool = False
    more: str = ""
    more_url: str = ""
    changes: bool = False


def needs(request: HttpRequest) -> list[Need]:
    found = [
        *_silence(),
        *_connections(),
        *_shops(request),
        *_deadlines(request),
        *_standing(),
        *_messages(),
        *_changed(),
        *_deliveries(),
        *_waiting(),
    ]
    return sorted(found, key=lambda need: not need.urgent)


def all_of_them() -> tuple[int, str]:
    """How many orders need attention in all, and where they are listed."""
    return Order.objects.filter(tabs.NEEDS_ATTENTION).count(), page(ORDERS, filters=f"{tabs.PARAMETER}=attention")


def quiet() -> list[Held]:
    """Orders that stand still and that nobody here has to do anything about."""
    return [held for held in attention.held_up() if not held.needs_you]


def _silence() -> Iterator[Need]:
    now, seen = timezone.now(), background()
    if not TikTokShop.objects.exists():
        return
    if seen.timer_is_silent(now):
        yield Need(
            "The timer is silent: nothing happens by itself",
            f"It {seen.timer_words}. Until it runs, orders are neither fetched nor synced.",
            "Ask whoever runs this installation to start the timer (celery beat) again.",
            "See what is silent",
            "#health",
            urgent=True,
        )
    if seen.worker_is_silent():
        yield Need(
            "The worker is silent: nothing is fetched or synced",
            f"It {seen.worker_words}, although the timer asked it since.",
            "Ask whoever runs this installation to start the worker (celery worker) again.",
            "See what is silent",
            "#health",
            urgent=True,
        )


def _connections() -> Iterator[Need]:
    for store in ShopifyStore.objects.filter(connection=Connection.BROKEN):
        held = Order.objects.filter(store=store, reason="shopify_connection").count()
        yield Need(
            f"Shopify store {store} needs reconnecting",
            store.connection_error or "Shopify no longer lets this app in.",
            f"{_orders(held)} wait for it and go on by themselves." if held else "",
            "Mend the connection",
            page("admin:settings_app_shopifystore_change", store.pk),
            urgent=True,
        )
    soon = timezone.now() + AUTHORISATION_ENDS
    trouble = Q(connection=Connection.BROKEN) | ~Q(last_poll_error="") | Q(refresh_token_expires_at__lt=soon)
    unrenewed = Q(access_token_expires_at__lt=timezone.now() + RENEWING_FAILS) & ~Q(renewal_problem="")
    for shop in TikTokShop.objects.filter(trouble | unrenewed):
        url = page("admin:settings_app_tiktokshop_change", shop.pk)
        if shop.connection == Connection.BROKEN:
            title, sentence = f"TikTok shop {shop} needs reconnecting", plain(shop.connection_error)
        elif shop.last_poll_error:
            title, sentence = f"Fetching from {shop} fails", shop.last_poll_error
        elif shop.renewal_problem:
            title = f"TikTok's access to {shop} cannot be renewed"
            sentence = f"{plain(shop.renewal_problem)} What is in use ends {ahead(shop.access_token_expires_at)}."
        else:
            title = f"TikTok's permission for {shop} ends soon"
            sentence = f"It ends {ahead(shop.refresh_token_expires_at)}; after that no order is fetched."
        yield Need(title, sentence, "", "Mend the connection", url, urgent=True)


def _shops(request: HttpRequest) -> Iterator[Need]:
    """Shops that rest because somebody paused them, or that are not fetched although nothing is said to be wrong."""
    now, seen = timezone.now(), background()
    works = not (seen.timer_is_silent(now) or seen.worker_is_silent())
    for shop in TikTokShop.objects.filter(connection=Connection.CONNECTED).order_by("name"):
        if shop.paused:
            may = request.user.has_perm(access.SHOPS)
            yield Need(
                f"{shop} is paused",
                f"Nothing of it is fetched or synced; it was last fetched {ago(shop.last_polled_at)}.",
                "" if may else "Ask a manager to resume it.",
                "Resume" if may else "",
                page("admin:orders_order_resume", shop.pk) if may else "",
                changes=True,
            )
        elif works and is_late(shop, now) and not shop.last_poll_error:
            may = request.user.has_perm(access.SYNC)
            yield Need(
                f"{shop} was last fetched {ago(shop.last_polled_at)}",
                "It should be fetched every minute or so; new orders of it are missing here.",
                "Fetch it now; if it stays late, test its connection.",
                "Fetch now" if may else "",
                page("admin:orders_order_fetch", shop.pk) if may else "",
                urgent=True,
                more="See the connection",
                more_url=page("admin:settings_app_tiktokshop_change", shop.pk),
                changes=True,
            )


def _deadlines(request: HttpRequest) -> Iterator[Need]:
    now = timezone.now()
    urgent, until = attention.shipping_soon(now), now + attention.DEADLINE_CLOSE
    late, soon = urgent.filter(ship_by__lt=now), urgent.filter(ship_by__gte=now)
    may_sync = request.user.has_perm(access.SYNC)
    yield from _deadline(late, "should have shipped already", f"ship_by__lt={_moment(now)}", may_sync)
    between = f"ship_by__gte={_moment(now)}&ship_by__lt={_moment(until)}"
    yield from _deadline(soon, "must ship within 24 hours", between, may_sync)


def _deadline(orders: QuerySet[Order], what: str, when: str, may_sync: bool) -> Iterator[Need]:
    unasked = Q(sync_status=SyncStatus.NOT_SYNCED)
    still = Q(sync_status__in=attention.STANDING)
    counts = orders.aggregate(all=Count("id"), unasked=Count("id", filter=unasked), still=Count("id", filter=still))
    if counts["all"]:
        parts = []
        if counts["unasked"]:
            parts.append(f"{counts['unasked']:,} {'waits' if counts['unasked'] == 1 else 'wait'} until somebody syncs.")
        if counts["still"]:
            holds = "stands still; see what holds it" if counts["still"] == 1 else "stand still; see what holds them"
            parts.append(f"{counts['still']:,} {holds} up.")
        if counts["unasked"] and may_sync:
            parts.append("Select those that wait and press Sync.")
        yield Need(
            f"{_orders(counts['all'])} {what}",
            "Not in Shopify yet, so nobody packs them."
            if counts["all"] > 1
            else "Not in Shopify yet: nobody packs it.",
            " ".join(parts),
            "Show them" if counts["all"] > 1 else "Show it",
            page(ORDERS, filters=f"{when}&shopify_order_id__isnull=True&{URGENT_ONLY}"),
            urgent=True,
        )


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+", "%2B")


def _standing() -> Iterator[Need]:
    for held in attention.held_up():
        if not held.needs_you or held.reason.code == "shopify_connection":
            continue
        listed = page(
            ORDERS,
            filters=f"sync_status__exact={held.status}&reason={held.reason.code}",
        )
        button, url = _button(held, listed)
        yield Need(
            f"{_orders(held.count)} {_state(held)}",
            held.reason.sentence,
            plain(held.reason.mend),
            button,
            url,
            more="" if url == listed else "Show the orders",
            more_url=listed,
        )


def _messages() -> Iterator[Need]:
    """What TikTok or Shopify sent that only a person can answer."""
    for kind, count in standing.kinds_for_staff().items():
        yield Need(
            standing.title_of(kind) if count == 1 else f"{standing.title_of(kind)}: {count:,} messages",
            "It stays here until somebody marks it as done.",
            "",
            "Read it" if count == 1 else "Read them",
            page("staff_events"),
        )


def _changed() -> Iterator[Need]:
    """Orders that TikTok changed after they came to Shopify: a parcel may be packed wrongly."""
    kinds = dict(tabs.NOT_SEEN_TO.order_by().values_list("kind").annotate(count=Count("order")))
    for kind, label in CHANGE_LABELS.items():
        if count := kinds.get(kind, 0):
            yield Need(
                f"{_orders(count)} in Shopify: {label[0].lower()}{label[1:]}",
                "It happened after the sync, so the Shopify order still says what was before.",
                MENDS[kind],
                "See to them" if count > 1 else "See to it",
                page(ORDERS, filters=f"changed={kind}"),
            )


def _deliveries() -> Iterator[Need]:
    """Orders whose delivery Shopify is not told of until somebody mends something."""
    rows = tabs.MENDED_DELIVERIES.order_by().values_list("reason").annotate(count=Count("order"))
    for code, count in rows.order_by("-count"):
        if code != "shopify_connection":  # the broken store is a line of its own
            yield Need(
                f"{_orders(count)}: Shopify is not told of the delivery",
                REASONS[code].sentence,
                plain(REASONS[code].mend),
                "Show the orders",
                page(ORDERS, filters=f"{tabs.PARAMETER}=attention&reason={code}"),
            )


def _state(held: Held) -> str:
    if held.status is SyncStatus.NEEDS_REVIEW:
        return "needs your review" if held.count == 1 else "need your review"
    return LABELS[held.status].lower()


def _button(held: Held, listed: str) -> tuple[str, str]:
    if held.reason.code in LINK_PAGE:
        return "Link products", page("admin:orders_productlink_changelist", filters="kind__exact=none") or listed
    one = held.count == 1
    if held.status is SyncStatus.NEEDS_REVIEW:
        return ("Review it" if one else "Review them"), listed
    return ("Show the order" if one else "Show the orders"), listed


def _waiting() -> Iterator[Need]:
    """Orders that nobody asked for, in shops without *Automatic sync*."""
    by_hand = TikTokShop.objects.exclude(sync_settings__automatic_sync=True)
    rows = (
        Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED, shop__in=by_hand)
        .order_by()
        .values_list("shop", "shop__name")
        .annotate(waiting=Count("id"))
    )
    for shop_pk, name, waiting in rows:
        yield Need(
            f"{_orders(waiting)} of {name} not synced",
            "Automatic sync is off for this shop, so they wait until you sync them.",
            "Select them under Orders and press Sync, or turn on Automatic sync.",
            "Show the orders",
            page(ORDERS, filters=f"sync_status__exact=not_synced&shop__id__exact={shop_pk}"),
            more="Automatic sync",
            more_url=page("admin:settings_app_syncsettings_change", shop_pk),
        )


def _orders(count: int) -> str:
    return f"{count:,} order" if count == 1 else f"{count:,} orders"
