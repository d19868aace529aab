"""Shopify's events: the order or store is looked at again; only what erases data acts on the message itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Q
from django.utils import timezone

from connectors.errors import ConnectorError, Unauthorized
from connectors.shopify import orders as shopify_orders
from connectors.shopify import shop as shopify_shop
from orders import connections, deleted, privacy
from orders.delivery import claims as delivery_claims
from orders.models import Fulfilment, Order, ProductLink, SyncAttempt, WebhookEvent
from orders.states import OPEN_RESULTS, SyncStatus
from orders.webhooks import fulfilment_orders
from orders.webhooks.notes import Handled, Note
from settings_app import clients
from settings_app.models import ShopifyStore

UNINSTALLED = (
    "The app was uninstalled from the Shopify store. Install it again and press *Reconnect*; orders wait until then."
)

TRIES_FOR_OUR_OWN = 3
"""An event of our own call may come before the call's answer; after so many looks it is taken for the merchant's."""


def handle(domain: str, events: Sequence[WebhookEvent]) -> Handled:
    """Raises ConnectorError when Shopify cannot be asked now."""
    store = ShopifyStore.objects.filter(domain__iexact=domain).first()
    notes: dict[int, Note] = {}
    let_go = [event for event in events if event.kind in fulfilment_orders.KINDS]
    if store is not None:
        notes |= fulfilment_orders.notes(store, let_go)
    for event in events:
        topic = TOPICS.get(event.kind)
        if event.pk in notes:
            continue
        if store is None:
            notes[event.pk] = Note.ignored("No Shopify store of this name is connected here.")
        elif topic is None:
            notes[event.pk] = Note.ignored("Orderbridge does not use this kind of event.")
        else:
            notes[event.pk] = topic(store, event)
    return Handled(notes, changed=any(note.status == WebhookEvent.Status.DONE for note in notes.values()))


def _uninstalled(store: ShopifyStore, event: WebhookEvent) -> Note:
    """Old news must not cut a store off where the app was installed again since: the store itself is asked."""
    try:
        shopify_shop.shop_info(clients.shopify(store))
    except Unauthorized:
        connections.failed(store, Unauthorized(UNINSTALLED))
        return Note.done(UNINSTALLED)
    return Note.ignored("The store still lets this app in, so this is old news.")


def _order_gone(store: ShopifyStore, event: WebhookEvent) -> Note:
    order = _order(store, event.data.get("id"))
    if order is None:
        return _not_ours()
    found = _asked(store, order)
    if found is not None:
        return Note.ignored(f"{order.shopify_order_name} is still in Shopify.")
    message = f"{order.shopify_order_name} was deleted in Shopify."
    moved = deleted.gone(order, message)  # Shopify said so itself, and does not show it: its age is no matter
    return Note.done(message) if moved else Note.ignored("The order has moved on since.")


def _order_cancelled(store: ShopifyStore, event: WebhookEvent) -> Note:
    order = _order(store, event.data.get("id"))
    if order is None:
        return _not_ours()
    found = _asked(store, order)
    if found is None or found.cancelled_at is None:
        return Note.ignored(f"{order.shopify_order_name} is not cancelled.")
    if order.tiktok_status == "CANCELLED":
        return Note.done(f"{order.shopify_order_name} is cancelled on both sides.")
    message = (
        f"{order.shopify_order_name} was cancelled in Shopify, but TikTok still waits for its delivery. "
        "Cancel the order in Seller Center too, or ship it."
    )
    Order.objects.filter(pk=order.pk, sync_status=SyncStatus.SYNCED).update(message=message, changed_at=timezone.now())
    return Note.for_staff(message)


def _fulfilled(store: ShopifyStore, event: WebhookEvent) -> Note:
    """Ours come back as events too and are told by their id; the merchant's are used by the next delivery."""
    order = _order(store, event.data.get("order_id"))
    if order is None:
        return _not_ours()
    gid = f"gid://shopify/Fulfillment/{event.data.get('id')}"
    ours = Fulfilment.objects.filter(order=order, gid=gid).exists()
    if ours or SyncAttempt.objects.filter(order=order, shopify_gid=gid).exists():
        return Note.ignored("Orderbridge made this fulfilment itself.")
    under_way = SyncAttempt.objects.filter(order=order, effect__startswith="fulfil:", result__in=OPEN_RESULTS)
    if event.tries < TRIES_FOR_OUR_OWN and under_way.exists():
        return Note.later("Orderbridge is making a fulfilment of this order; which one this is shows in a moment.")
    delivery_claims.note_news([order.pk])
    return Note.done("The delivery of the order is looked at again.")


def _product_changed(store: ShopifyStore, event: WebhookEvent) -> Note:
    """A link is trusted for an hour; one whose SKU changed is not, and a new SKU may be what an item waits for."""
    given = event.data.get("variants")
    variants: Mapping[str, str] = given if isinstance(given, Mapping) else {}
    links = ProductLink.objects.filter(shop__store=store)
    by_gid = {f"gid://shopify/ProductVariant/{number}": sku for number, sku in variants.items()}
    stale = [
        pk
        for pk, gid, sku in links.filter(variant_gid__in=by_gid).values_list("pk", "variant_gid", "shopify_sku")
        if by_gid[gid] != sku
    ]
    waiting = Q(kind=ProductLink.Kind.NONE, seller_sku__in=[sku for sku in by_gid.values() if sku])
    dropped = links.filter(Q(pk__in=stale) | waiting, checked_at__isnull=False).update(checked_at=None)
    return Note.done(f"{dropped} links are checked again.") if dropped else Note.ignored("No link is touched by it.")


def _product_deleted(store: ShopifyStore, event: WebhookEvent) -> Note:
    """The message does not say which variants went with the product, so every link is checked before its next use."""
    dropped = ProductLink.objects.filter(shop__store=store, checked_at__isnull=False).exclude(variant_gid="")
    return Note.done(f"{dropped.update(checked_at=None)} links are checked again.")


def _erase_customer(store: ShopifyStore, event: WebhookEvent) -> Note:
    if not _names_its_store(store, event):
        return Note.ignored("The signed message speaks of another store.")
    gids = [f"gid://shopify/Order/{number}" for number in event.data.get("order_ids", [])]
    erased = privacy.erase(Order.objects.filter(store=store, shopify_order_id__in=gids))
    return Note.done(f"The buyer's data of {erased.orders} orders was erased.")


def _erase_store(store: ShopifyStore, event: WebhookEvent) -> Note:
    if not _names_its_store(store, event):
        return Note.ignored("The signed message speaks of another store.")
    try:
        shopify_shop.shop_info(clients.shopify(store))
    except Unauthorized:
        erased = privacy.erase(Order.objects.filter(store=store))
        return Note.done(f"The buyers' data of {erased.orders} orders was erased.")
    return Note.ignored("The app is installed in the store again, so its data is kept.")


def _data_request(store: ShopifyStore, event: WebhookEvent) -> Note:
    gids = [f"gid://shopify/Order/{number}" for number in event.data.get("order_ids", [])]
    known = Order.objects.filter(store=store, shopify_order_id__in=gids).values_list("tiktok_order_id", flat=True)
    if not known:
        return Note.done("Nothing of this customer is stored here.")
    return Note.for_staff(
        f"A customer of {store} asks what is stored about them. It is in the orders {', '.join(known)}: open each, "
        "copy its TikTok data, and answer within 30 days."
    )


def _order(store: ShopifyStore, number: object) -> Order | None:
    gid = f"gid://shopify/Order/{number}"
    return Order.objects.select_related("store").filter(store=store, shopify_order_id=gid).first()


def _asked(store: ShopifyStore, order: Order) -> shopify_orders.Found | None:
    try:
        return shopify_orders.read_order(clients.shopify(store), str(order.shopify_order_id))
    except ConnectorError as error:
        connections.failed(store, error)
        raise


def _names_its_store(store: ShopifyStore, event: WebhookEvent) -> bool:
    """The header that names the store is not signed; the body is."""
    return bool(event.data.get("shop_domain") == store.domain.lower())


def _not_ours() -> Note:
    return Note.ignored("No order of ours.")


TOPICS: Mapping[str, Callable[[ShopifyStore, WebhookEvent], Note]] = {
    "app/uninstalled": _uninstalled,
    "orders/delete": _order_gone,
    "orders/cancelled": _order_cancelled,
    "fulfillments/create": _fulfilled,
    "products/update": _product_changed,
    "products/delete": _product_deleted,
    "customers/redact": _erase_customer,
    "shop/redact": _erase_store,
    "customers/data_request": _data_request,
}
