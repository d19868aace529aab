"""What of the orders' own work needs a person: paused, late, standing still, changed, or asked for by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q
from django.http import HttpRequest

from orders.admin import access, filters, row_facts, tabs
from orders.admin.addresses import page
from orders.admin.need import ORDERS, SYNC_ALL, Need, in_words
from orders.delivery.states import CHANGE_LABELS, MENDS
from orders.insight import attention
from orders.insight.attention import Held
from orders.models import Order
from orders.reasons import LINK_REASONS, REASONS
from orders.states import SyncStatus
from orders.wording import plain
from settings_app.models import TikTokShop
from settings_app.templatetags.plain_times import ago


def paused_bulks(request: HttpRequest) -> Iterator[Need]:
    """Orders that somebody asked for and that go nowhere until a person says so: easily forgotten."""
    may = request.user.has_perm(access.SYNC)
    for bulk in attention.paused_bulks():
        its_page = page("admin:orders_bulksync_change", bulk.pk)
        yield Need(
            f"A bulk sync is paused: {in_words(bulk.waiting)} {'waits' if bulk.waiting == 1 else 'wait'}",
            f"{bulk} ({bulk.action}) was paused {ago(bulk.paused_at)}; nothing of it goes out until it is resumed.",
            "" if may else "Ask an operator to resume it.",
            "Resume" if may else "",
            page("admin:orders_bulksync_do", bulk.pk, "resume") if may else "",
            more="See the bulk sync",
            more_url=its_page,
            changes=True,
        )


def deadlines(request: HttpRequest) -> Iterator[Need]:
    may_sync = request.user.has_perm(access.SYNC)
    for deadline, words in filters.DEADLINES.items():
        yield from _deadline(deadline, words, may_sync)


def _deadline(deadline: str, words: str, may_sync: bool) -> Iterator[Need]:
    unasked = Q(sync_status=SyncStatus.NOT_SYNCED)
    still = Q(sync_status__in=attention.STANDING)
    counts = Order.objects.filter(attention.urgent(deadline)).aggregate(
        all=Count("id"),
        unasked=Count("id", filter=unasked),
        still=Count("id", filter=still),
        going=Count("id", filter=attention.on_the_way()),
    )
    if counts["all"]:
        all_going = counts["going"] == counts["all"]
        parts = []
        if counts["going"] and not all_going:
            parts.append(
                "1 of them is on its way." if counts["going"] == 1 else f"{counts['going']:,} of them are on their way."
            )
        if counts["unasked"]:
            parts.append(f"{counts['unasked']:,} {'waits' if counts['unasked'] == 1 else 'wait'} until somebody syncs.")
        if counts["still"]:
            parts.append(f"{counts['still']:,} {'is' if counts['still'] == 1 else 'are'} held up; see why.")
        listed, them = page(ORDERS, filters=f"deadline={deadline}"), "them" if counts["all"] > 1 else "it"
        syncs = bool(counts["unasked"]) and may_sync
        yield Need(
            f"{in_words(counts['all'])} {words[0].lower()}{words[1:]}",
            _not_packed(counts["all"], all_going),
            " ".join(parts),
            f"Sync {them} …" if syncs else f"Show {them}",
            listed,
            urgent=not all_going,
            more=f"Show {them}" if syncs else "",
            more_url=listed,
            changes=syncs,
            fields=SYNC_ALL if syncs else (),
        )


def _not_packed(count: int, all_going: bool) -> str:
    if all_going:
        return "They are on their way to Shopify right now." if count > 1 else "It is on its way to Shopify right now."
    return "Not in Shopify yet, so nobody packs them." if count > 1 else "Not in Shopify yet: nobody packs it."


def standing(request: HttpRequest) -> Iterator[Need]:
    may_link = request.user.has_perm(row_facts.LINKS)
    for held in attention.held_up():
        if not held.needs_you or held.reason.code == "shopify_connection":
            continue
        listed = page(
            ORDERS,
            filters=f"sync_status__exact={held.status}&reason={held.reason.code}",
        )
        button, url = _button(held, listed, may_link=may_link)
        ask = held.reason.code in LINK_REASONS and not may_link
        yield Need(
            plain(held.reason.sentence).removesuffix("."),
            _fate(held),
            "Ask an operator to link the product." if ask else plain(held.reason.mend),
            button,
            url,
            more="" if url == listed else f"Show the {'order' if held.count == 1 else 'orders'}",
            more_url=listed,
        )


def _fate(held: Held) -> str:
    one, orders = held.count == 1, in_words(held.count)
    if held.status is SyncStatus.NEEDS_REVIEW:
        return f"{orders} {'needs' if one else 'need'} your review."
    if held.status is SyncStatus.FAILED:
        return f"{orders} failed."
    return f"{orders} {'waits' if one else 'wait'} for it."


def _button(held: Held, listed: str, *, may_link: bool) -> tuple[str, str]:
    if held.reason.code in LINK_REASONS and may_link:
        return "Link products", page("admin:orders_productlink_changelist", filters="kind__exact=none")
    one = held.count == 1
    if held.status is SyncStatus.NEEDS_REVIEW:
        return ("Review it" if one else "Review them"), listed
    return ("Show the order" if one else "Show the orders"), listed


def changed() -> Iterator[Need]:
    """Orders that TikTok changed after they came to Shopify: a parcel may be packed wrongly."""
    kinds = dict(tabs.NOT_SEEN_TO.order_by().values_list("kind").annotate(count=Count("order")))
    for kind, label in CHANGE_LABELS.items():
        if count := kinds.get(kind, 0):
            yield Need(
                f"{in_words(count)} in Shopify: {label[0].lower()}{label[1:]}",
                "It happened after the sync, so the Shopify order still says what was before.",
                MENDS[kind],
                "Show the orders" if count > 1 else "Show the order",
                page(ORDERS, filters=f"changed={kind}"),
            )


def deliveries() -> Iterator[Need]:
    """Orders whose delivery Shopify is not told of until somebody mends something."""
    rows = tabs.MENDED_DELIVERIES.order_by().values_list("reason").annotate(count=Count("order"))
    for code, count in rows.order_by("-count"):
        if code != "shopify_connection":  # the broken store is a line of its own
            yield Need(
                f"{in_words(count)}: Shopify is not told of the delivery",
                REASONS[code].sentence,
                plain(REASONS[code].mend),
                "Show the orders",
                page(ORDERS, filters=f"{tabs.PARAMETER}=attention&reason={code}"),
            )


def waiting(request: HttpRequest) -> Iterator[Need]:
    """Orders that nobody asked for, in shops without *Automatic sync*."""
    may = request.user.has_perm(access.SYNC)
    by_hand = TikTokShop.objects.exclude(sync_settings__automatic_sync=True)
    rows = (
        Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED, shop__in=by_hand)
        .order_by()
        .values_list("shop", "shop__name")
        .annotate(waiting=Count("id"))
    )
    for shop_pk, name, waiting in rows:
        listed = page(ORDERS, filters=f"sync_status__exact=not_synced&shop__id__exact={shop_pk}")
        them = "it" if waiting == 1 else "them"
        yield Need(
            f"{in_words(waiting)} of {name} not synced",
            f"Automatic sync is off for this shop, so {'it waits' if waiting == 1 else 'they wait'} until somebody "
            f"syncs {them}.",
            f"Sync {them} here, or turn on Automatic sync." if may else f"Ask an operator to sync {them}.",
            f"Sync {them} …" if may else "",
            listed if may else "",
            more=f"Show {'the order' if waiting == 1 else 'the orders'}",
            more_url=listed,
            changes=True,
            fields=SYNC_ALL,
            also=(("Automatic sync", page("admin:settings_app_syncsettings_change", shop_pk)),),
        )
