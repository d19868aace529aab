"""The table in docs/mapping.md, compared with the payload model and with TikTok's samples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from connectors.tiktok.payloads import Address, BundlePart, District, Line, Order, PackageRef, Payment, SubItem, Tax
from connectors.tiktok.wire import Payload
from tests.payloads import official

PARTS: dict[str, type[Payload]] = {
    "payment": Payment,
    "recipient_address": Address,
    "district_info": District,
    "line_items": Line,
    "item_tax": Tax,
    "combined_listing_skus": BundlePart,
    "packages": PackageRef,
}
_PAGE = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
_READ, _LEFT = _PAGE.split("## Fields that are read")[1].split("## Fields that are left")


def _rows(text: str) -> set[str]:
    cells = (row.split("|")[1] for row in text.splitlines() if row.startswith("| `"))
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def _read_fields() -> set[str]:
    names = set(Order.model_fields)
    for part, model in PARTS.items():
        names |= {f"{part}.{field}" for field in model.model_fields}
    return names


def _sent_fields(raw: dict[str, Any], model: type[Payload], prefix: str = "") -> set[str]:
    """Keys of a sample that the model does not read."""
    left = {f"{prefix}{key}" for key in raw if key not in model.model_fields}
    for key in set(raw) & set(model.model_fields):
        part = {**PARTS, "sub_item_info": SubItem}.get(key)
        if part is not None:
            for entry in raw[key] if isinstance(raw[key], list) else [raw[key]]:
                left |= _sent_fields(entry, part, f"{key}.")
    return left


def test_the_page_tells_where_every_field_we_read_goes() -> None:
    assert _rows(_READ) == _read_fields()


def test_the_page_names_every_field_we_leave() -> None:
    left = {name for sample in (official.ORDER_IN_LIST, official.ORDER_DETAIL) for name in _sent_fields(sample, Order)}
    assert _rows(_LEFT) == left
