"""Named places where a process can be killed on purpose, armed from outside through the environment.

`ORDERBRIDGE_CRASH_AT=create.answered` kills the process the first time it gets there;
`ORDERBRIDGE_CRASH_ONCE=/some/file` lets only the first process die that can create that file.
docs/guarantees.md lists the points and what follows at each.
"""

from __future__ import annotations

import os
import signal


def crash_point(name: str) -> None:
    """Die here with SIGKILL if the environment asks for it; nothing else, ever."""
    if os.environ.get("ORDERBRIDGE_CRASH_AT") != name:
        return
    once = os.environ.get("ORDERBRIDGE_CRASH_ONCE")
    if once:
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
