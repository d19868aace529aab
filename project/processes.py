"""Child processes that never outlive their parent: started in sessions of their own, ended with patience, then not."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def free_port(first: int, *, tries: int = 200) -> int:
    """The first port from `first` upwards on which nobody listens here."""
    for port in range(first, first + tries):
        if is_free(port):
            return port
    raise OSError(f"no free port between {first} and {first + tries - 1}")


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do it: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    env: Mapping[str, str] | None = None,
    when_orphaned: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` with its output appended to `log`.

    A session of its own keeps the terminal's Ctrl-C and hang-up away from it: its parent ends it, in order.
    `when_orphaned` reaches it if that parent is killed (Linux only). `user` runs it as that user (root only).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            preexec_fn=_dies_with_parent(when_orphaned),  # noqa: PLW1509  # two system calls, no lock
        )


def end(process: subprocess.Popen[bytes], patience: float, first: signal.Signals = signal.SIGTERM) -> bool:
    """Ask the process to end, wait `patience` seconds, then kill its whole group. True when it ended by itself."""
    willing = True
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            willing = False
    kill_group(process)
    return willing


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the process and whatever it started; nothing happens when all of them are gone."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # the group is empty (macOS says so with EPERM)
    process.wait()


def _dies_with_parent(when_orphaned: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(when_orphaned))
        if os.getppid() != parent:  # it died in between, and the kernel will not tell any more
            os._exit(1)

    return ask_the_kernel
