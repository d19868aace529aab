"""What a person may give as a name, a key or a row's number, asked before any of it is looked for, stored or sent."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile("[!-~]*")


def is_plain(text: str) -> bool:
    """One line that a database can hold: no NUL, no line break, no half of a character."""
    return _CONTROL.search(text) is None


def is_row_number(text: str) -> bool:
    """Digits that a row's number can have: no database takes more, and not each digit of Unicode is a number."""
    return text.isdecimal() and len(text) <= 18


def is_key(text: str) -> bool:
    """Printable ASCII without blanks, as every token, id and secret of both vendors: what a header can carry."""
    return _KEY.fullmatch(text) is not None
