"""One line of *Needs attention*, and the words its makers share."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

ORDERS = "admin:orders_order_changelist"


@dataclass(frozen=True)
class Need:
    """One line of the list: `urgent` ones come first; `sentence` is what is wrong, `mend` how it is mended.

    `changes` says that the button is a POST, of these `fields`, instead of leading somewhere; `also` are further
    buttons that lead somewhere, as (words, address).
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
    fields: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()


SYNC_ALL = (("action", "sync_selected"), ("select_across", "1"), (ACTION_CHECKBOX_NAME, "0"))
"""Posted to a filtered order list: *Sync selected* for all of it, which asks first."""


def in_words(count: int) -> str:
    return f"{count:,} order" if count == 1 else f"{count:,} orders"
