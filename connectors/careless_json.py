"""JSON from outside, whatever one careless entry of it holds: read as far as it can be, and storable in a database."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST = 60
"""Levels of nesting that are kept; no vendor's message has twenty, and Python itself gives up near a thousand."""

TOO_DEEP = "…"

_STEP = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


def read(body: bytes | str) -> Any:
    """The decoded value, fractions as Decimal; raises ValueError for what is no JSON.

    NaN, Infinity and numbers beyond any size become text, so that they spoil their own entry and no other; what is
    nested too deep to be decoded becomes "…".
    """
    text = body if isinstance(body, str) else body.decode("utf-8-sig", "surrogatepass")
    try:
        return _decoded(text)
    except RecursionError:
        return _decoded(_shallow(text))


def storable(value: Any, depth: int = 0) -> Any:
    """A copy without what JSON can carry and PostgreSQL cannot: NUL, lone surrogates, NaN, endless nesting."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth >= DEEPEST:
        return TOO_DEEP
    if isinstance(value, Mapping):
        return {str(storable(key)): storable(entry, depth + 1) for key, entry in value.items()}
    return [storable(entry, depth + 1) for entry in value]


def _decoded(text: str) -> Any:
    return json.loads(text, parse_float=_fraction, parse_int=_whole, parse_constant=str)


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return text


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # more digits than Python converts
        return text


def _shallow(text: str) -> str:
    """The same text with "…" in the place of every list and object beyond the deepest level."""
    kept, depth, start = [], 0, 0
    for step in _STEP.finditer(text):
        if step[0] in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept += [text[start : step.start()], json.dumps(TOO_DEEP)]
        elif step[0] in ("]", "}"):
            if depth == DEEPEST + 1:
                start = step.end()
            depth -= 1
    return "".join(kept if depth > DEEPEST else [*kept, text[start:]])
