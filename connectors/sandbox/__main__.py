"""Run a stand-in vendor: `python -m connectors.sandbox tiktok|shopify --port N [--data FILE] [--faults FILE]`."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

from connectors.sandbox.faults import Faults
from connectors.sandbox.store import Store

VENDORS = ("tiktok", "shopify")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description=__doc__)
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--port", type=_port, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data", type=Path, help="SQLite file that keeps the state; absent: memory")
    parser.add_argument("--faults", type=Path, help="JSON list of wished faults, read again whenever it changes")
    # Each vendor has flags and imports of its own, so only the one that runs is loaded.
    if arguments[:1] == ["tiktok"]:
        from connectors.sandbox.tiktok import add_flags, run
    elif arguments[:1] == ["shopify"]:
        from connectors.sandbox.shopify import add_flags, run
    else:
        parser.parse_args(arguments)
        parser.error("name the vendor first: tiktok or shopify")
    add_flags(parser)
    flags = parser.parse_args(arguments)
    try:
        store = Store(flags.data)
    except (OSError, sqlite3.Error) as problem:
        sys.exit(f"{flags.data} cannot be used as the data file ({problem}): name another one.")
    try:
        run(flags.port, store, Faults(flags.faults), flags)
    except OSError as problem:
        sys.exit(f"Port {flags.port} cannot be used ({problem.strerror}): take another one, or 0.")


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give 0 to 65535")
    return int(text)


if __name__ == "__main__":
    main(sys.argv[1:])
