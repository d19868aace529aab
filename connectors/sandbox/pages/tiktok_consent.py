"""What the seller sees when an app asks to be let in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.pages.tiktok_frame import page, text


def form(service_id: str, state: str, shops: Sequence[dict[str, Any]]) -> str:
    target = "/open/authorize?" + urlencode({"service_id": service_id, "state": state})
    choices = "".join(
        f'<label><input type="checkbox" name="shop_id" value="{text(shop["id"])}" checked> '
        f"{text(shop['name'])} <span class='soft small'>{text(shop['region'])} · {text(shop['id'])}</span></label>"
        for shop in shops
    )
    return page(
        "Authorize app",
        "<section><h1>Authorize this app?</h1>"
        f"<p class='soft'>App {text(service_id)} asks to read orders, products and packages of your shops.</p>"
        f'<form method="post" action="{text(target)}">{choices}'
        '<label>A new sandbox shop named <input type="text" name="new_shop" maxlength="60"></label>'
        "<p><button>Authorize</button></p></form></section>",
    )


def problem(sentence: str) -> str:
    return page("Authorize app", f"<section><h1>That did not work</h1><p>{text(sentence)}</p></section>")
