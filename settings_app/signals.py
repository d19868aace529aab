"""What others may want to know about connections, without this app knowing them."""

from __future__ import annotations

from django.dispatch import Signal

connected = Signal()
"""A shop or store was connected or reconnected and its row is committed; `side` is the row."""

refused = Signal()
"""A vendor no longer lets this installation in; `side` is the row, `error` what the vendor said."""
