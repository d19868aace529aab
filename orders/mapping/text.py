"""Text that Shopify takes: what it refuses is removed or cut, and the caller learns that it was."""

from __future__ import annotations

import re

NOTE_LENGTH = 5000
"""Characters Shopify keeps of an order note."""
FIELD_LENGTH = 255
"""Characters Shopify keeps of a name, an address line or a title."""

# Controls other than tab and line breaks, and lone surrogates, which no UTF-8 body can carry.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")
_JOINERS = "\u200d\ufe0e\ufe0f"


def without_controls(text: str) -> str:
    """`text` without characters that cannot be sent; emoji, right-to-left marks and line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSENDABLE.sub("", text)


def cut(text: str, length: int) -> str:
    """At most `length` characters, not ending in half of a joined emoji."""
    return text if len(text) <= length else text[:length].rstrip(_JOINERS)


def one_line(text: str, length: int = FIELD_LENGTH) -> str:
    """`text` for a field of one line: sendable, no line breaks, no outer blanks, at most `length` characters."""
    if text.isascii() and text.isprintable() and len(text) <= length:
        return text.strip()
    return cut(_BREAKS.sub(" ", without_controls(text)).strip(), length)


def is_masked(text: str) -> bool:
    """Whether TikTok blanked out part of it ("J***", "(+1)213-***-1234")."""
    return "*" in text


def variant_title_of(sku_name: str) -> str:
    """TikTok calls the only variant "Default"."""
    return "" if sku_name.lower() == "default" else one_line(sku_name)
