"""Two workers at one order: held at an exact point of its way, or let loose together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orders import creation, verification
from tests.crash.conftest import Flow, flow, queued, road
from tests.sandboxes import Sandbox

__all__ = ["At", "flow", "queued", "road"]

At = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    """Run something at a named crash point, once, instead of dying there."""
    wanted: dict[str, Callable[[], object]] = {}

    def arrive(name: str) -> None:
        if work := wanted.pop(name, None):
            work()

    for module in (creation, verification):
        monkeypatch.setattr(module, "crash_point", arrive)
    yield wanted.__setitem__
    assert not wanted, f"never got to {list(wanted)}"


@pytest.fixture
def no_unique_mark(flow: Flow, tmp_path: Path, settings: Any) -> Iterator[Sandbox]:
    """The flow's store refuses the definition of our custom id: only searches can tell what is there."""
    store = Sandbox("shopify", tmp_path, flags=("--refuse-definitions",))
    store.start()
    settings.SHOPIFY_API_URL = store.url + "/{domain}"
    flow.road.shopify = store
    yield store
    store.stop()
