"""The names of this very machine: what goes there never leaves it."""

from __future__ import annotations

LOOPBACK = ("127.0.0.1", "localhost", "::1")
