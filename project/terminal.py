"""Short lines for the person at the terminal; a terminal that is gone must never keep the system from ending."""

from __future__ import annotations

import errno
import os
import sys
import termios
from typing import TextIO

COLOURS = {"web": 36, "worker": 32, "beat": 35, "redis": 31, "TikTok sandbox": 33, "Shopify sandbox": 34}


def say(name: str, text: str) -> None:
    """One line with the part's name in front, coloured on a terminal."""
    label = f"{name:>15} |"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        label = f"\x1b[{COLOURS.get(name, 1)}m{label}\x1b[0m"
    tell(f"{label} {text}")


def hung_up() -> bool:
    """Whether the terminal that standard input was is gone. The kernel tells only its first program, often not us."""
    try:
        termios.tcgetattr(0)
    except termios.error as problem:
        gone: bool = problem.args[0] == errno.EIO  # anything else never was a terminal
        return gone
    return False


def tell(text: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    try:
        stream.write(text + "\n")
        stream.flush()
    except (OSError, ValueError):
        # Hung up. What is still in the stream's memory must not fail once more at the end of the process.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
