"""The main pages by axe-core, on a desk and on a phone, light and dark: nothing serious keeps anybody from working."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page

from orders import tasks
from tests.browser import scene
from tests.browser.scene import Scene
from tests.factories import attempt_of
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
GRAVE = ("serious", "critical")
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(said => said.violations.flatMap(
  one => one.nodes.map(node => [one.impact, one.id, node.target.join(' '), node.failureSummary])))"""

PAGES = {
    "Home": "/admin/",
    "Orders": "/admin/orders/order/",
    "an order in Shopify": "/admin/orders/order/{order}/change/",
    "a blocked order": "/admin/orders/order/{blocked}/change/",
    "Preview": "/admin/orders/order/preview/",
    "Bulk syncs": "/admin/orders/bulksync/",
    "a bulk sync": "/admin/orders/bulksync/{bulk}/change/",
    "Completeness": "/admin/orders/reconciliation/",
    "Link products": "/admin/orders/productlink/",
    "Link a product": "/admin/orders/productlink/{link}/change/",
    "Settings → Order": "/admin/settings_app/syncsettings/{shop}/change/",
    "TikTok shops": "/admin/settings_app/tiktokshop/",
    "a TikTok shop": "/admin/settings_app/tiktokshop/{shop}/change/",
    "Shopify stores": "/admin/settings_app/shopifystore/",
    "a Shopify store": "/admin/settings_app/shopifystore/{store}/change/",
}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: True)


@pytest.fixture
def laid(tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, redis_url: str) -> Scene:
    return scene.lay(tiktok_sandbox, shopify_sandbox, User.objects.create_superuser("manager", password="x"))


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.slow)])
def visit(browser: Browser, live_server: Any, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=live_server.url, color_scheme=request.param, reduced_motion="reduce")
    yield context
    context.close()


def signed_in(visit: BrowserContext, client: Any, live_server: Any) -> Page:
    client.force_login(User.objects.get(username="manager"))
    visit.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return visit.new_page()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    return [" | ".join(one) for one in page.evaluate(RUN) if one[0] in GRAVE]


def test_no_main_page_has_a_serious_barrier(visit: BrowserContext, client: Any, live_server: Any, laid: Scene) -> None:
    rows = {
        "order": laid.order.pk,
        "blocked": laid.blocked.pk,
        "bulk": laid.watched.pk,
        "link": laid.link.pk,
        "shop": laid.shop.pk,
        "store": laid.store.pk,
    }
    page = signed_in(visit, client, live_server)
    found: list[str] = []
    for name, address in PAGES.items():
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            answer = page.goto(address.format(**rows))
            assert answer
            assert answer.ok, f"{name}: {answer.status}"
            page.evaluate("document.querySelectorAll('#main details').forEach(one => { one.open = true; })")
            found += [f"{name} at {width}: {one}" for one in violations(page)]
    assert found == [], "\n".join(found)


READABLE = """() => {
  const brush = new OffscreenCanvas(1, 1).getContext('2d');
  const light = colour => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(
      one => one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const contrast = (one, other) => Math.max(light(one) / light(other), light(other) / light(one));
  return [...document.querySelectorAll('canvas.chart')].flatMap(canvas => {
    const chart = Chart.getChart(canvas), card = getComputedStyle(canvas.closest('.ob-card')).backgroundColor;
    return [['words', contrast(chart.scales.x.options.ticks.color, card), 4.5],
      ...chart.data.datasets.map(series => [series.label, contrast(series.backgroundColor, card), 3])];
  });
}"""


def test_charts_can_be_read_in_light_and_dark_and_when_the_scheme_is_switched(
    visit: BrowserContext, client: Any, live_server: Any, laid: Scene
) -> None:
    attempt_of(laid.blocked, number=9, result="not_sent")
    page = signed_in(visit, client, live_server)
    page.goto("/admin/")
    page.wait_for_function("Chart.getChart('canvas.chart')?.options.scales.x.ticks.color !== Chart.defaults.color")
    for _ in range(2):
        measured = page.evaluate(READABLE)
        assert len(measured) > 2
        assert [one for one in measured if one[1] < one[2]] == []
        page.evaluate("document.documentElement.classList.toggle('dark')")
        page.evaluate("new Promise(requestAnimationFrame)")


def test_logging_in_has_no_serious_barrier(visit: BrowserContext, db: None) -> None:
    page = visit.new_page()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/admin/login/")
        assert violations(page) == []
