from orders.models.attempt import SyncAttempt
from orders.models.bulk_sync import BulkSync
from orders.models.delivery import DeliveryWork, Fulfilment, FulfilmentLine, Package
from orders.models.fetch_cursor import FetchCursor
from orders.models.heartbeat import Heartbeat
from orders.models.item_title import ItemTitle
from orders.models.order import Order
from orders.models.order_change import OrderChange
from orders.models.order_item import OrderItem
from orders.models.order_payload import OrderPayload
from orders.models.product_link import ProductLink
from orders.models.reconciliation import Reconciliation
from orders.models.store_scan import OthersOrder, StoreScan
from orders.models.webhook_event import WebhookEvent, WebhookRefusals

__all__ = [
    "BulkSync",
    "DeliveryWork",
    "FetchCursor",
    "Fulfilment",
    "FulfilmentLine",
    "Heartbeat",
    "ItemTitle",
    "Order",
    "OrderChange",
    "OrderItem",
    "OrderPayload",
    "OthersOrder",
    "Package",
    "ProductLink",
    "Reconciliation",
    "StoreScan",
    "SyncAttempt",
    "WebhookEvent",
    "WebhookRefusals",
]
