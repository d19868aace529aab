"""A TikTok order, the shop's rules and its links → what to send to Shopify. Pure: no Django, no network, no clock."""

from orders.mapping.links import Link, match_by_sku, skus_of
from orders.mapping.order import map_order, without_customer_names, without_order_id_metafield
from orders.mapping.result import Mapped, MappedLine, MappingWarning, Problem, ShopFacts, Totals

__all__ = [
    "Link",
    "Mapped",
    "MappedLine",
    "MappingWarning",
    "Problem",
    "ShopFacts",
    "Totals",
    "map_order",
    "match_by_sku",
    "skus_of",
    "without_customer_names",
    "without_order_id_metafield",
]
