"""Field types for TikTok answers, as forgiving as the wire is careless and no more.

Every key may be absent, null, "", " ", 0, a number written as text or an id written as a bare integer
(all seen in official samples). Only a value that cannot mean anything for its field is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

FIRST_MILLISECOND = 10**11
"""Later than any real second (year 5138), earlier than any real millisecond: tells the two units apart."""

# NUL and lone surrogates: no database column and no UTF-8 body can hold them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Payload(BaseModel):
    """Part of a vendor answer: frozen, and blind to keys we do not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True)


def _wrong(needs: str) -> ValueError:
    """What a field must be; pydantic adds where, and only takes ValueError for it."""
    return ValueError(needs)


def _raw_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _wrong("must be text")
    return str(value)


def _text(value: object) -> str:
    text = _raw_text(value).strip()
    return text if text.isprintable() else _UNSTORABLE.sub("", text)


def _money(value: object) -> Decimal:
    if isinstance(value, str):
        text = value.strip()
    elif value is None:
        return _ZERO
    elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong("must be an amount such as 12.50")
    else:
        text = str(value)
    if not text:
        return _ZERO
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _wrong("must be an amount such as 12.50") from None
    # A wire amount beyond these is garbage, and would make exact sums arbitrarily slow.
    if not amount.is_finite() or (amount and not -8 <= amount.adjusted() <= 12):
        raise _wrong("must be an amount such as 12.50")
    return amount


_ZERO = Decimal(0)


def _time(value: object) -> datetime | None:
    if not value:
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise _wrong("must be a Unix time in seconds")
    try:
        if isinstance(value, Decimal) and value.adjusted() > 18:
            raise OverflowError  # as an int it could fill the memory
        number = int(value)
        if number <= 0:
            return None
        seconds = number / 1000 if number >= FIRST_MILLISECOND else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        if isinstance(value, str) and not value.strip():
            return None
        raise _wrong("must be a Unix time in seconds") from None


_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        raise _wrong("must be true or false")
    return flag


def _whole(value: object) -> int:
    if value is None or value == "":
        return 0
    try:
        number = Decimal(str(value).strip() or "0")
        if isinstance(value, bool) or number != number.to_integral_value() or abs(number) > 10**9:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise _wrong("must be a whole number") from None
    return int(number)


def _list(value: object) -> object:
    """A list without its nulls; absent, null and "" are an empty one."""
    if not value:
        return ()
    if not isinstance(value, list | tuple):
        raise _wrong("must be a list")
    return tuple(entry for entry in value if entry is not None) if None in value else value


def _part(value: object) -> object:
    """An object; null, "" and an empty list (PHP's empty object) are an empty one."""
    if not value:
        return {}
    if not isinstance(value, Mapping | BaseModel):
        raise _wrong("must be an object")
    return value


RawText = Annotated[str, BeforeValidator(_raw_text)]
"""Text exactly as it came, for what a person wrote."""
Text = Annotated[str, BeforeValidator(_text)]
"""Text without surrounding blanks: ids, words, names. A bare integer id becomes its digits."""
Money = Annotated[Decimal, BeforeValidator(_money)]
"""A decimal amount in the order's currency; absent is 0."""
Time = Annotated[datetime | None, BeforeValidator(_time)]
"""An aware UTC time from Unix seconds (milliseconds are recognised); 0 and "" are None."""
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, BeforeValidator(_whole)]
AsList: Any = BeforeValidator(_list)
AsPart: Any = BeforeValidator(_part)
