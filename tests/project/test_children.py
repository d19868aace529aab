"""Ending a running system: nothing it started is left, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from project.children import Failed, Part, System
from tests.waiting import wait_for

FOLDER = Path(__file__).resolve().parents[2]
STUBBORN_WITH_CHILD = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from project import processes
child = processes.start([sys.executable, "-c", "import time; time.sleep(60)"], log=Path(sys.argv[1]), folder=Path("."))
print(child.pid, flush=True)
time.sleep(60)
"""


def part(name: str, code: str, folder: Path, patience: float = 5) -> Part:
    return Part(name, [sys.executable, "-c", code], folder / f"{name}.log", patience)


def gone(pid: int) -> bool:
    """Dead, or a zombie that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_part_that_will_not_end_is_killed_with_whatever_it_started(tmp_path: Path) -> None:
    system = System(os.environ, lambda: 0)
    stubborn = part("stubborn", STUBBORN_WITH_CHILD, tmp_path, patience=0.2)
    system.start(stubborn, lambda: stubborn.log.read_text().startswith("child"))
    grandchild = int(stubborn.log.read_text().split()[1])

    system.end(["stubborn"])

    assert not stubborn.alive()
    wait_for(lambda: gone(grandchild), 5, "the grandchild to end")


def test_parts_end_in_the_order_that_loses_no_work(tmp_path: Path) -> None:
    system = System(os.environ, lambda: 0)
    noting = "import signal,sys,time\nsignal.signal(15, lambda *_: (open({0!r}, 'a').write({1!r}), sys.exit()))\n"
    for name in ("redis", "worker", "beat"):
        one = part(
            name,
            noting.format(str(tmp_path / "order"), f"{name} ") + "print('up', flush=True)\ntime.sleep(60)",
            tmp_path,
        )
        system.start(one, lambda one=one: "up" in one.log.read_text())  # type: ignore[misc]

    system.end(("beat", "worker", "redis"))

    assert (tmp_path / "order").read_text() == "beat worker redis "


def test_a_part_that_dies_twice_names_the_log_to_read(tmp_path: Path) -> None:
    system = System(os.environ, lambda: 0)
    system.start(part("web", "raise SystemExit('port taken')", tmp_path))
    with pytest.raises(Failed, match="port taken") as failed:
        system.watch(lambda: None)
    system.end(["web"])
    assert str(tmp_path / "web.log") in str(failed.value)


def test_a_failed_step_is_told_in_its_own_words(tmp_path: Path) -> None:
    system = System(os.environ, lambda: 0)
    with pytest.raises(Failed, match="Connecting a shop failed: region must be US"):
        system.run(
            "Connecting a shop", [sys.executable, "-c", "raise SystemExit('region must be US')"], tmp_path / "log"
        )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_end_when_the_launcher_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], cwd=FOLDER, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    wait_for(lambda: gone(child), 5, "the child to end")
