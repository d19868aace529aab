"""One file of variables in the form of `.env`, and which of its lines cannot be read."""

from __future__ import annotations

import io
import re
from collections.abc import MutableMapping
from pathlib import Path

import environ

_VARIABLE = re.compile(r"(?:export )?[A-Za-z_0-9]+=.*")
"""What django-environ reads; other lines it skips, and would log whole, secrets included."""


def read_file(path: Path) -> dict[str, str]:
    """The variables of one file; none where there is no file, or none in UTF-8."""

    class File(environ.Env):  # type: ignore[misc]  # django-environ brings no types
        ENVIRON: MutableMapping[str, str] = {}

    try:
        lines = _lines(path)
    except UnicodeDecodeError:
        lines = []
    File.read_env(io.StringIO("\n".join(line for line in lines if _VARIABLE.fullmatch(line))))
    return dict(File.ENVIRON)


def problems_of(path: Path) -> list[str]:
    """A sentence for each line that is no variable. The line itself is never shown: it may hold a secret."""
    try:
        lines = _lines(path)
    except UnicodeDecodeError:
        return [f"{path.name} is not UTF-8 text, so nothing of it was read: save it as UTF-8."]
    return [
        f"{path.name}, line {number}: it cannot be read; write NAME=value, without blanks around the =."
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#") and not _VARIABLE.fullmatch(line)
    ]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError:
        return []
