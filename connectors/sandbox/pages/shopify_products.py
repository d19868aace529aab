"""The products of a sandbox store in a browser, and a form for one more."""

from __future__ import annotations

from html import escape
from typing import Any

from connectors.sandbox.pages.shopify_frame import frame
from connectors.sandbox.shopify_shop import Shop


def product_list(shop: Shop) -> str:
    variants = sorted(shop.variants(), key=lambda one: (one["product_title"], one["number_id"]))
    rows = "".join(_row(variant) for variant in variants)
    head = "<tr><th>Product</th><th>SKU</th><th class=number>Price</th></tr>"
    fields = "".join(
        f'<label>{label} <input name="{name}" {wanted}></label> '
        for name, label, wanted in (
            ("title", "Product", "required maxlength=255"),
            ("variant_title", "Variant", "maxlength=255"),
            ("sku", "SKU", "maxlength=255"),
            ("price", "Price", 'required pattern="[0-9]{1,6}([.][0-9]{2})?" value="10.00"'),
        )
    )
    kept = {"do": "add_product", "store": shop.domain, "page": f"/{shop.domain}/products"}
    hidden = "".join(f'<input type="hidden" name="{key}" value="{escape(kept[key])}">' for key in kept)
    form = f'<form method="post" action="/_sandbox/merchant">{hidden}{fields}<button>Add product</button></form>'
    about = "A product that is there already gets one more variant."
    body = (
        f'<h1>Products</h1><p class="soft"><a href="/{shop.domain}/">Orders</a></p>'
        f'<div class="card">{form}<p class="soft small">{about}</p></div>'
        f'<div class="card flush"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    )
    return frame("Products", body, shop.domain)


def _row(variant: dict[str, Any]) -> str:
    title, sku = escape(str(variant["title"] or "")), escape(str(variant["sku"] or ""))
    product = f"{escape(variant['product_title'])}<div class='soft small'>{title}</div>"
    return f'<tr><td>{product}</td><td>{sku}</td><td class="number">${escape(str(variant["price"]))}</td></tr>'
