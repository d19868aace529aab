"""`POST /_sandbox/merchant`: what a merchant does in the store's own admin, beside shipping (see shopify_staff)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from connectors.sandbox import shopify_changes, shopify_oauth
from connectors.sandbox import shopify_hook_bodies as bodies
from connectors.sandbox.pages.shopify_frame import problem
from connectors.sandbox.serving import Reply, Request, after_button, json_reply
from connectors.sandbox.shopify_hooks import Hooks
from connectors.sandbox.shopify_product_view import seed
from connectors.sandbox.shopify_shop import Shop, gid

Document = dict[str, Any]


def answer(shop: Shop, hooks: Hooks, request: Request) -> Reply:
    """{"do": one of DEEDS, …}; GET tells the last deliveries. A wish that cannot be met is a 400 with a sentence."""
    if request.method == "GET":
        return json_reply({"sent": list(hooks.sent)})
    wish: Any = {}
    with shop.store.lock:
        try:
            wish = request.wish()
            deed = DEEDS[wish["do"]]
            reply = json_reply(deed(shop, hooks, wish))
        except (ArithmeticError, KeyError, TypeError, ValueError) as wrong:
            reply = json_reply({"error": f"/_sandbox/merchant: {wrong}. Known: {', '.join(DEEDS)}."}, 400)
        shop.store.commit()
    return after_button(reply, wish, problem)


def cancel(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"order"}: refunded and restocked."""
    order = _order(shop, wish)
    given = {"orderId": gid("Order", order["number_id"]), "reason": "CUSTOMER", "restock": True}
    done = shopify_changes.order_cancel(shop, {**given, "refundMethod": {"originalPaymentMethodsRefund": True}})
    if done["userErrors"]:
        raise ValueError(done["userErrors"][0]["message"])
    return {"cancelled": order["name"]}


def refund(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"order"}: all of it, and nothing is restocked."""
    order = _order(shop, wish)
    if order["financialStatus"] != "PAID":
        raise ValueError(f"{order['name']} has nothing paid to give back")
    shopify_changes.refund(shop, order)
    shop.save(order, "Refunded by the merchant.")
    return {"refunded": order["name"]}


def delete(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"order"}: no search, no look by id and no custom id finds it any more."""
    order = _order(shop, wish)
    shop.store.drop(f"{shop.domain} orders", order["number_id"])
    for key in [key for key, number in shop.custom_ids.items() if number == order["number_id"]]:
        del shop.custom_ids[key]
    hooks.tell(shop, "ORDERS_DELETE", {"id": int(order["number_id"])})
    return {"deleted": order["name"]}


def uninstall(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """Every token is dead from now on, and the subscriptions go with the app; the last event says so."""
    hooks.tell(shop, "APP_UNINSTALLED", bodies.store(shop))
    for number in list(shop.table("webhooks")):
        shop.store.drop(f"{shop.domain} webhooks", number)
    shopify_oauth.uninstall(shop)
    return {"uninstalled": shop.domain}


def install(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    shopify_oauth.install(shop)
    return {"installed": shop.domain}


def add_product(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"title", "variant_title"?, "sku"?, "price"}: one more variant where the store has a product of that title."""
    names = ("title", "variant_title", "sku", "price")
    about: Document = {name: str(wish[name]).strip() for name in names if wish.get(name)}
    Decimal(about["price"])
    known = next((one for one in shop.variants() if one["product_title"] == about["title"]), None)
    [made] = seed(shop.store, [about | ({"product_id": known["product_id"]} if known else {})], shop.domain)
    hooks.tell(shop, "PRODUCTS_UPDATE", bodies.product(shop, made["product_id"]))
    return {"added": gid("ProductVariant", made["number_id"])}


def change_product(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"variant", "sku"?, "price"?, "title"?}."""
    variant = _variant(shop, wish)
    changes: Document = {name: wish[name] for name in ("sku", "price", "title") if name in wish}
    shop.store.put("variants", variant["number_id"], {**variant, **changes})
    hooks.tell(shop, "PRODUCTS_UPDATE", bodies.product(shop, variant["product_id"]))
    return {"changed": gid("Product", variant["product_id"])}


def delete_product(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"variant"}: its product, with all variants."""
    product = _variant(shop, wish)["product_id"]
    for entry in [entry for entry in shop.variants() if entry["product_id"] == product]:
        shop.store.drop("variants", entry["number_id"])
    hooks.tell(shop, "PRODUCTS_DELETE", {"id": int(product)})
    return {"deleted": gid("Product", product)}


def ask_privacy(shop: Shop, hooks: Hooks, wish: Document) -> Document:
    """{"topic": customers/data_request, customers/redact or shop/redact, "address", "order"?}: the app's configuration
    names the address of these, no subscription does."""
    numbers = [int(_order(shop, wish)["number_id"])] if wish.get("order") else []
    named = {"customers/data_request": "orders_requested", "customers/redact": "orders_to_redact"}
    body: Document = {"shop_id": 70000000001, "shop_domain": shop.domain}
    if wish["topic"] in named:
        body |= {"customer": {"id": 1, "email": "buyer@example.com"}, named[wish["topic"]]: numbers}
    elif wish["topic"] != "shop/redact":
        raise ValueError(f"Unknown topic {wish['topic']}")
    hooks.send(shop, wish["topic"], str(wish["address"]), body)
    return {"sent": wish["topic"]}


DEEDS: Mapping[str, Callable[[Shop, Hooks, Document], Document]] = {
    "cancel": cancel,
    "refund": refund,
    "delete": delete,
    "uninstall": uninstall,
    "install": install,
    "add_product": add_product,
    "change_product": change_product,
    "delete_product": delete_product,
    "ask_privacy": ask_privacy,
}
"""`order` is a gid, its number, a name or a TikTok order id; `variant` a gid or its number."""


def _order(shop: Shop, wish: Document) -> Document:
    asked = str(wish["order"]).rsplit("/", 1)[-1]
    for order in shop.orders.values():
        if asked in (order["number_id"], order["name"], order["sourceIdentifier"]):
            return order
    raise ValueError(f"The store has no order {asked}")


def _variant(shop: Shop, wish: Document) -> Document:
    found = shop.variant(str(wish["variant"]).rsplit("/", 1)[-1])
    if found is None:
        raise ValueError(f"The store has no variant {wish['variant']}")
    return found
