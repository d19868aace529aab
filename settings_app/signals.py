"""What others may want to know about connections, without this app knowing them."""

from __future__ import annotations

from django.dispatch import Signal

connected = Signal()
"""A shop or store was connected or reconnected and its row is committed; `side` is the row."""

refused = Signal()
"""A vendor no longer lets this installation in; `side` is the row, `error` what the vendor said."""

rules_changed = Signal()
"""A shop's settings were saved anew. The transaction is still open, so that what follows stands or falls with them.
`shop`, `before` and `after` (Rules), `command` the name of the command that did it or "". A receiver answers how many
orders it let go."""
