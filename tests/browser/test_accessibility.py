"""Every page on a desk and on a phone, light and dark: it fits, everything has a name, axe-core finds no barrier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import scene
from tests.browser.scene import Scene
from tests.factories import attempt_of
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
GRAVE = ("serious", "critical")
RUN = """rules => axe.run(document, {resultTypes: ['violations'], ...(rules && {runOnly: rules})}).then(said =>
  said.violations.flatMap(one => one.nodes.map(
    node => [one.impact, one.id, node.target.join(' '), node.failureSummary])))"""
UNNAMED = """() => [...document.querySelector('#main')
  .querySelectorAll('input:not([type=hidden]), select, button, a[href]')]
  .filter(one => one.offsetParent && !(one.labels?.length || one.ariaLabel || one.innerText?.trim() || one.placeholder
    || one.title || one.getAttribute('aria-labelledby')))
  .map(one => 'no name: ' + one.outerHTML)"""
FEW_ROWS = "document.querySelectorAll('#result_list tbody:nth-of-type(n + 13)').forEach(one => one.remove())"
"""axe-core looks at every cell by itself; twelve rows show what fifty do."""

OPEN = "document.querySelectorAll('#main details').forEach(one => { one.open = true; })"

MAIN = {
    "Home": "/admin/",
    "Orders": "/admin/orders/order/",
    "an order in Shopify": "/admin/orders/order/{order}/change/",
    "a blocked order": "/admin/orders/order/{blocked}/change/",
    "Preview": "/admin/orders/order/preview/",
    "a bulk sync": "/admin/orders/bulksync/{bulk}/change/",
    "Completeness": "/admin/orders/reconciliation/",
    "Link products": "/admin/orders/productlink/",
    "Link a product": "/admin/orders/productlink/{link}/change/",
    "Settings → Order": "/admin/settings_app/syncsettings/{shop}/change/",
    "a TikTok shop": "/admin/settings_app/tiktokshop/{shop}/change/",
    "Messages to answer": "/admin/messages/",
}
FURTHER = {
    "Needs attention": "/admin/orders/order/?tab=attention",
    "Fetch again": "/admin/orders/order/fetch-period/{shop}/",
    "Bulk syncs": "/admin/orders/bulksync/",
    "Attempts": "/admin/orders/syncattempt/",
    "Completeness": "/admin/orders/reconciliation/",
    "Settings → Order of all shops": "/admin/settings_app/syncsettings/",
    "TikTok shops": "/admin/settings_app/tiktokshop/",
    "Shopify stores": "/admin/settings_app/shopifystore/",
    "a Shopify store": "/admin/settings_app/shopifystore/{store}/change/",
    "Connect TikTok Shop": "/connect/tiktok/",
    "Connect Shopify": "/connect/shopify/",
    "Set up": "/admin/setup/",
    "People": "/admin/auth/user/",
    "a person": "/admin/auth/user/{person}/change/",
    "somebody new": "/admin/auth/user/add/",
    "somebody's password": "/admin/auth/user/{person}/password/",
    "Roles": "/admin/auth/group/",
    "a role": "/admin/auth/group/{role}/change/",
    "my password": "/admin/password_change/",
    "history of an order": "/admin/orders/order/{order}/history/",
}


@pytest.fixture
def laid(tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, redis_url: str) -> Scene:
    return scene.lay(tiktok_sandbox, shopify_sandbox, User.objects.create_superuser("manager", password="x"))


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=live_server.url, color_scheme="light", reduced_motion="reduce")
    yield context
    context.close()


def signed_in(visit: BrowserContext, client: Any, live_server: Any) -> Page:
    client.force_login(User.objects.get(username="manager"))
    visit.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return visit.new_page()


def violations(page: Page, *rules: str) -> list[str]:
    """Of these rules, or of all of them."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [" | ".join(one) for one in page.evaluate(RUN, list(rules) or None) if one[0] in GRAVE]


def barriers(page: Page) -> Iterator[str]:
    """What axe-core finds in the light, and colours that are too weak in the dark."""
    page.evaluate(FEW_ROWS)
    yield from violations(page)
    page.evaluate("document.documentElement.classList.add('dark')")
    yield from (f"dark: {one}" for one in violations(page, "color-contrast"))


def misfits(page: Page) -> Iterator[str]:
    """Fields and buttons without a name, and what is wider than a desk or a phone."""
    yield from page.evaluate(UNNAMED)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            yield f"{over} pixels too wide at {width}"


def visited(page: Page, laid: Scene) -> Iterator[str]:
    """The name of each page when it is open, on a desk, in the light, with everything unfolded."""
    rows = {
        "order": laid.order.pk,
        "blocked": laid.blocked.pk,
        "bulk": laid.watched.pk,
        "link": laid.link.pk,
        "shop": laid.shop.pk,
        "store": laid.store.pk,
        "person": User.objects.get(username="manager").pk,
        "role": Group.objects.get_or_create(name="Packers")[0].pk,
    }
    for name, address in {**MAIN, **FURTHER}.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        answer = page.goto(address.format(**rows))
        assert answer
        assert answer.ok, f"{name}: {answer.status}"
        page.evaluate(OPEN)
        yield name


def test_every_page_fits_names_everything_and_has_no_serious_barrier(
    visit: BrowserContext, client: Any, live_server: Any, laid: Scene
) -> None:
    page = signed_in(visit, client, live_server)
    found: list[str] = []
    for name in visited(page, laid):
        found += [f"{name}: {one}" for one in (*misfits(page), *(barriers(page) if name in MAIN else ()))]
    assert found == [], "\n".join(found)


RING = """() => {
  const ringed = one => getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(one).boxShadow !== 'none';
  const here = document.activeElement;
  return here === document.body || ringed(here) || ringed(here.parentElement) ? '' : here.outerHTML;
}"""


def test_the_keyboard_gets_past_the_menu_and_always_sees_where_it_is(
    visit: BrowserContext, client: Any, live_server: Any, laid: Scene
) -> None:
    page = signed_in(visit, client, live_server)
    for address in (MAIN["Orders"], MAIN["Settings → Order"].format(shop=laid.shop.pk)):
        page.goto(address)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('#content')")
        for _ in range(25):
            assert page.evaluate(RING) == ""
            page.keyboard.press("Tab")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(MAIN["Home"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Menu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Link products").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_no_page_has_a_serious_barrier_on_a_phone_light_or_dark(
    visit: BrowserContext, client: Any, live_server: Any, laid: Scene, dark: bool
) -> None:
    page = signed_in(visit, client, live_server)
    found = []
    for name in visited(page, laid):
        page.set_viewport_size({"width": 390, "height": 900})
        page.evaluate(f"document.documentElement.classList.toggle('dark', {str(dark).lower()})")
        found += [f"{name}: {one}" for one in violations(page)]
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
