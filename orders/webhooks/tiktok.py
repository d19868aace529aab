"""TikTok's events: whatever they say of an order, the order is asked for again; what they say of a shop is checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.errors import ConnectorError, Unauthorized
from orders import connections
from orders.fetching import intake
from orders.models import WebhookEvent
from orders.webhooks.notes import Handled, Note
from settings_app.models import Connection, TikTokShop

# Source: Partner Center, webhooks overview. 1 ORDER_STATUS_CHANGE (CANCEL or CANCELLED: the order itself tells),
# 3 RECIPIENT_ADDRESS_UPDATE, 4 PACKAGE_UPDATE, 11 CANCELLATION_STATUS_CHANGE, 12 RETURN_STATUS_CHANGE.
ABOUT_ORDERS = frozenset({"1", "3", "4", "11", "12"})
DEAUTHORIZED = "6"
AUTHORIZATION_ENDS = "7"

EVENT_TYPES = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
)

TAKEN_BACK = (
    "The seller took back this app's access to the shop in TikTok. Press *Reconnect* when it shall go on; "
    "everything fetched so far is kept."
)


def handle(shop_id: str, events: Sequence[WebhookEvent]) -> Handled:
    """Raises ConnectorError when TikTok cannot be asked now."""
    shop = TikTokShop.objects.select_related("store").filter(shop_id=shop_id).first()
    if shop is None:
        return _all(events, "No TikTok shop with this id is connected here.")
    notes: dict[int, Note] = {}
    for event in events:
        if event.kind == AUTHORIZATION_ENDS:
            notes[event.pk] = _note_end(shop, event)
        elif event.kind == DEAUTHORIZED:
            notes[event.pk] = _check_access(shop)
            shop.refresh_from_db()
        elif event.kind not in ABOUT_ORDERS:
            notes[event.pk] = Note.ignored("Orderbridge does not use this kind of event.")
    about = [event for event in events if event.pk not in notes]
    if not about:
        return Handled(notes)
    if shop.paused or shop.connection == Connection.BROKEN:
        why = "The shop is paused" if shop.paused else "The shop needs reconnecting"
        return Handled(notes | _all(about, f"{why}; the next fetch brings the same news.").notes)
    order_ids = list(dict.fromkeys(order_id for event in about for order_id in event.data.get("order_ids", [])))
    return Handled(notes, changed=_read_again(shop, order_ids))


def _read_again(shop: TikTokShop, order_ids: Sequence[str]) -> bool:
    try:
        stored = intake.re_read(shop, order_ids)
    except ConnectorError as error:
        connections.failed(shop, error)
        raise
    return bool(stored.new or stored.changed)


def _check_access(shop: TikTokShop) -> Note:
    """Old news must not cut a shop off that was connected again since: TikTok itself is asked."""
    try:
        shops = intake.with_token(shop, lambda client: client.authorized_shops())
    except Unauthorized:
        shops = ()
    if any(found.id == shop.shop_id for found in shops):
        return Note.ignored("TikTok still lets this app into the shop, so this is old news.")
    shop.refresh_from_db()
    connections.failed(shop, Unauthorized(TAKEN_BACK))
    return Note.done(TAKEN_BACK)


def _note_end(shop: TikTokShop, event: WebhookEvent) -> Note:
    try:
        ends = datetime.fromtimestamp(int(str(event.data.get("expiration_time") or "")), UTC)
    except (ValueError, OverflowError, OSError):
        return Note.for_staff("TikTok says that the seller's consent ends soon. Reconnect the shop before.")
    later = shop.connected_at is not None and event.happened_at is not None and event.happened_at < shop.connected_at
    if later:
        return Note.ignored("The shop was connected again since.")
    TikTokShop.objects.filter(pk=shop.pk).update(refresh_token_expires_at=ends)
    return Note.done(f"The seller's consent ends on {ends:%d %b %Y}. Reconnect the shop before.")


def _all(events: Sequence[WebhookEvent], text: str) -> Handled:
    return Handled({event.pk: Note.ignored(text) for event in events})
