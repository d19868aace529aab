"""A recipient's address as it was sent and as TikTok has it now, part by part, for who may see personal data."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.tiktok import payloads
from orders.mapping.address import shipping_address
from orders.models import Order

PARTS = (
    ("Name", ("firstName", "lastName")),
    ("Street", ("address1", "address2")),
    ("City", ("city",)),
    ("State", ("provinceCode",)),
    ("ZIP", ("zip",)),
    ("Phone", ("phone",)),
)


@dataclass(frozen=True)
class Part:
    label: str
    sent: str
    now: str

    @property
    def differs(self) -> bool:
        return self.sent != self.now


def parts_then_and_now(order: Order) -> list[Part]:
    """Empty where the earlier address was not kept, or the buyer was cleared."""
    if not order.payload.address_sent:
        return []
    try:
        now = payloads.read_order(order.payload.raw)
        before = payloads.read_order({**order.payload.raw, "recipient_address": order.payload.address_sent})
    except payloads.Unreadable:
        return []
    then, today = shipping_address(before)[0] or {}, shipping_address(now)[0] or {}
    return [Part(label, _joined(then, keys), _joined(today, keys)) for label, keys in PARTS]


def _joined(address: dict[str, object], keys: tuple[str, ...]) -> str:
    return " ".join(str(address[key]) for key in keys if address.get(key)) or "–"
