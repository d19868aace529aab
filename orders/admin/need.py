"""One line of *Needs attention*, and the words its makers share."""

from __future__ import annotations

from dataclasses import dataclass

ORDERS = "admin:orders_order_changelist"


@dataclass(frozen=True)
class Need:
    """One line of the list: `urgent` ones come first; `sentence` is what is wrong, `mend` how it is mended.

    `changes` says that the button does it at once (a POST) instead of leading somewhere.
    """

    title: str
    sentence: str
    mend: str
    button: str
    url: str
    urgent: bool = False
    more: str = ""
    more_url: str = ""
    changes: bool = False


def in_words(count: int) -> str:
    return f"{count:,} order" if count == 1 else f"{count:,} orders"
