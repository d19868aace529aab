"""The seller's consent page: the app asks, the seller picks shops, the browser goes back with a code."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlencode

from connectors.sandbox.pages import tiktok_consent as page
from connectors.sandbox.serving import Reply, Request, html_reply
from connectors.sandbox.tiktok_market import Market
from connectors.sandbox.tiktok_shops import keep_shop, new_code


def authorize(market: Market, request: Request) -> Reply:
    """GET /open/authorize shows the form, POST to the same address answers it with a redirect to the app."""
    query = dict(request.query)
    wrong_app = market.app.service_id and query.get("service_id") != market.app.service_id
    if wrong_app or not query.get("service_id"):
        return html_reply(page.problem("This app does not exist. Check the service id."), 400)
    if request.method != "POST":
        return html_reply(page.form(query["service_id"], query.get("state", ""), list(market.shops().values())))
    answers = parse_qs(request.body.decode(), keep_blank_values=True)
    shop_ids = [one for one in answers.get("shop_id", []) if one in market.shops()]
    new_name = (answers.get("new_shop") or [""])[0].strip()
    if new_name:
        shop_ids.append(keep_shop(market, {"id": f"7495{secrets.randbelow(10**15):015d}", "name": new_name})["id"])
    if not shop_ids:
        return html_reply(page.problem("Choose at least one shop, or name a new one."), 400)
    back = {
        "app_key": market.app.app_key,
        "code": new_code(market, shop_ids),
        "locale": "en-US",
        "shop_region": str(market.shops()[shop_ids[0]]["region"]),
        "state": query.get("state", ""),
    }
    join = "&" if "?" in market.app.redirect else "?"
    return Reply(302, b"", {"Location": f"{market.app.redirect}{join}{urlencode(back)}"})
