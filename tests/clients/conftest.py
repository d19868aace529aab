"""Answers of a Shopify that is not there, for the tests of its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from connectors import http


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    """What is not answered here is not asked, but for servers of the test itself; every answer must be asked for."""
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    with responses.RequestsMock() as mock:
        mock.add_passthru("http://127.0.0.1")
        yield mock
