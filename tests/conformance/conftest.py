"""One Shopify sandbox per module of tests, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.shopify_caller import UNLIMITED, Caller, sandbox


@pytest.fixture(scope="module")
def _process() -> Iterator[Caller]:
    with sandbox("--search-lag", "0.3", *UNLIMITED) as caller:
        yield caller


@pytest.fixture
def shopify(_process: Caller) -> Caller:
    _process.faults()
    assert _process.http.post(f"{_process.url}/_sandbox/reset", timeout=20).ok
    _process.token = "shpat_good"
    return _process
