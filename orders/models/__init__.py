from orders.models.attempt import SyncAttempt
from orders.models.bulk_sync import BulkSync
from orders.models.fetch_cursor import FetchCursor
from orders.models.heartbeat import Heartbeat
from orders.models.order import Order
from orders.models.order_item import OrderItem
from orders.models.order_payload import OrderPayload
from orders.models.product_link import ProductLink

__all__ = [
    "BulkSync",
    "FetchCursor",
    "Heartbeat",
    "Order",
    "OrderItem",
    "OrderPayload",
    "ProductLink",
    "SyncAttempt",
]
