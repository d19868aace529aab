"""Named places where a process can be killed on purpose, armed from outside through the environment.

`ORDERBRIDGE_CRASH_AT=create.answered` (or several names with commas) kills the process that gets there;
`ORDERBRIDGE_CRASH_ONCE=/some/file` kills only the first at each point: who can create `/some/file.create.answered`.
docs/guarantees.md lists the points and what follows at each.
"""

from __future__ import annotations

import os
import signal


def crash_point(name: str) -> None:
    """Die here with SIGKILL if the environment asks for it; nothing else, ever."""
    if name not in os.environ.get("ORDERBRIDGE_CRASH_AT", "").split(","):
        return
    once = os.environ.get("ORDERBRIDGE_CRASH_ONCE")
    if once:
        try:
            os.close(os.open(f"{once}.{name}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
