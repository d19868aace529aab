"""Chromium for the pages' tests; without it they are skipped with a clear word."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from orders import tasks


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed: run `make setup-browser`")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, live_server: Any) -> Iterator[Callable[[User], Page]]:
    """A window for somebody, in New York; a request to elsewhere or an error in its console fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append(said.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            wrong.append(f"asked elsewhere: {request.url}")

    def open_for(user: User) -> Page:
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, base_url=live_server.url, timezone_id="America/New_York"
        )
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", asked)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a press changes is its row; no worker is there that a message could nudge."""
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: True)


@pytest.fixture
def page(opened: Callable[[User], Page], transactional_db: None) -> Page:
    """The window of somebody who may do everything."""
    return opened(User.objects.create_superuser("manager", password="x"))
