"""TikTok's own response samples (Partner Center, order list 202309, order detail 202507, token, product 202309)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any


def _sample(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name(f"official_{name}.json").read_text(encoding="utf-8")
    sample: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return sample


ORDER_IN_LIST = _sample("order_in_list")
ORDER_DETAIL = _sample("order_detail")
TOKENS = _sample("tokens")
PRODUCT = _sample("product")
