"""What was sent to Shopify for an order that is there: TikTok may have changed the order since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.mapping.result import MappedLine
from orders.models import Order, ProductLink, SyncAttempt
from orders.states import AttemptResult


@dataclass(frozen=True)
class Sent:
    """`fields` is the OrderCreateOrderInput with personal data masked; `total` is what it came to."""

    fields: Mapping[str, Any]
    lines: tuple[MappedLine, ...]
    total: Decimal


def sent(order: Order) -> Sent | None:
    """The create that made this order; None where it was found in Shopify and adopted."""
    attempt = order.attempts.filter(effect="create", result=AttemptResult.DONE).first()
    fields = _fields(attempt)
    if attempt is None or not fields or attempt.expected_total is None:
        return None
    rows = fields.get("lineItems") or ()
    gids = [row["variantId"] for row in rows if row.get("variantId")]
    links = {link.variant_gid: link for link in ProductLink.objects.filter(shop=order.shop, variant_gid__in=gids)}
    lines = tuple(_line(row, links.get(row.get("variantId", ""))) for row in rows)
    return Sent(fields, lines, attempt.expected_total)


def _fields(attempt: SyncAttempt | None) -> dict[str, Any]:
    request = attempt.request if attempt else {}
    found = request.get("order") if isinstance(request, dict) else None
    return found if isinstance(found, dict) else {}


def _line(row: Mapping[str, Any], link: ProductLink | None) -> MappedLine:
    """A linked line was sent without title and SKU: Shopify took them from the variant."""
    gid = row.get("variantId")
    return MappedLine(
        title=link.shopify_title if link else str(row.get("title") or f"Shopify product {gid}".rsplit("/", 1)[-1]),
        variant_title="" if link else str(row.get("variantTitle") or ""),
        sku_id=link.sku_id if link else "",
        sku=link.shopify_sku if link else str(row.get("sku") or ""),
        quantity=int(row.get("quantity") or 0),
        unit_price=amount(row.get("priceSet")),
        tax=taxes([row]),
        tiktok_line_ids=(),
        sub_item_ids=(),
        variant_gid=gid,
    )


def amount(price_set: Any) -> Decimal:
    """The shop money of a MoneyBagInput, 0 where there is none."""
    return Decimal(str(((price_set or {}).get("shopMoney") or {}).get("amount") or "0"))


def taxes(lines: Any) -> Decimal:
    """All tax lines of these line items or shipping lines together."""
    return sum((amount(tax.get("priceSet")) for line in lines for tax in line.get("taxLines") or ()), Decimal(0))
