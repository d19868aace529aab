"""Changes to orders that exist, and the store's metafield definitions and webhook subscriptions."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox.shopify_errors import failure, user_error
from connectors.sandbox.shopify_hooks import is_home
from connectors.sandbox.shopify_order_checks import TAG_LENGTH, is_taken
from connectors.sandbox.shopify_orders import clean_tags, new_metafield, plain
from connectors.sandbox.shopify_shop import Shop, now_text, time_text
from connectors.sandbox.shopify_totals import received, text

Document = dict[str, Any]
CANCELLING_SECONDS = 1
NO_ORDER = "Order does not exist"


def tags_add(shop: Shop, identifier: str, tags: list[str]) -> Document:
    order = shop.order(identifier)
    if order is None:
        return {"node": None, "userErrors": [user_error(["id"], NO_ORDER)]}
    if any(len(tag) > TAG_LENGTH for tag in tags):
        message = f"Tags is too long (maximum is {TAG_LENGTH} characters)"
        return {"node": None, "userErrors": [user_error(["tags"], message)]}
    added = [tag for tag in tags if tag.strip().lower() not in {known.lower() for known in order["tags"]}]
    if added:
        order["tags"] = clean_tags([*order["tags"], *added])
        shop.save(order, f"Tags added: {', '.join(added)}.")
    return {"node": order, "userErrors": []}


def order_update(shop: Shop, wish: Document) -> Document:
    order = shop.order(wish["id"])
    if order is None:
        return {"order": None, "userErrors": [user_error(["id"], NO_ORDER)]}
    if any(len(tag) > TAG_LENGTH for tag in wish.get("tags") or ()):
        message = f"Tags is too long (maximum is {TAG_LENGTH} characters)"
        return {"order": None, "userErrors": [user_error(["tags"], message)]}
    for key in ("note", "customAttributes", "shippingAddress", "email", "phone", "poNumber"):
        if key in wish:
            order[key] = plain(wish[key])
    if "tags" in wish:
        order["tags"] = clean_tags(wish["tags"] or [])
    for entry in wish.get("metafields") or ():
        set_metafield(shop, order, entry)
    shop.save(order, "Order details edited by the app.")
    return {"order": order, "userErrors": []}


def order_close(shop: Shop, wish: Document) -> Document:
    order = shop.order(wish["id"])
    if order is None:
        return {"order": None, "userErrors": [user_error(["id"], NO_ORDER)]}
    if not order["closedAt"]:
        order["closedAt"] = now_text()
        shop.save(order, "Order archived.")
    return {"order": order, "userErrors": []}


def order_cancel(shop: Shop, wish: Document) -> Document:
    """Answers before the cancel is done, as the real one: for a second the order still reads as open."""
    order, errors = shop.order(wish["orderId"]), []
    if order is None:
        errors = [user_error(["orderId"], NO_ORDER, "NOT_FOUND")]
    elif order["cancellation"]:
        errors = [user_error(["orderId"], "Order has already been canceled", "INVALID")]
    elif wish.get("refund") is not None and wish.get("refundMethod"):
        message = "Only one of the arguments refund and refundMethod can be given"
        errors = [user_error(["refund"], message, "INVALID")]
    elif any(made["status"] == "SUCCESS" for made in order["fulfillments"]):
        errors = [user_error(["orderId"], "Cannot cancel an order that has outstanding fulfillments", "INVALID")]
    if errors or order is None:
        return {"job": None, "orderCancelUserErrors": errors, "userErrors": errors}
    done_at = time_text(datetime.now(UTC) + timedelta(seconds=CANCELLING_SECONDS))
    number = shop.next_id()
    job = shop.put("jobs", number, {"number_id": number, "done_at": done_at})
    order["cancellation"] = {"at": done_at, "reason": wish["reason"], "note": wish.get("staffNote")}
    order["fulfillmentStatus"] = "FULFILLMENT_NOT_REQUIRED"
    money_back = wish.get("refund") or (wish.get("refundMethod") or {}).get("originalPaymentMethodsRefund")
    if money_back and order["financialStatus"] == "PAID":
        refund(shop, order)
    if wish.get("restock"):
        for line in order["lines"]:
            variant = shop.variant(line["variant_id"]) if line["variant_id"] else None
            if variant and variant["tracked"]:
                shop.move_stock(variant, line["quantity"])
    shop.save(order, f"Order cancelled ({str(wish['reason']).lower()}).")
    return {"job": job, "orderCancelUserErrors": [], "userErrors": []}


def refund(shop: Shop, order: Document) -> None:
    """All that was paid; the caller saves the order."""
    sale, now = order["transactions"][0], now_text()
    new = {"number_id": shop.next_id(), "kind": "REFUND", "amount": text(received(order))}
    order["transactions"].append({**sale, **new, "processedAt": now, "createdAt": now})
    order["financialStatus"] = "REFUNDED"


def is_past(time: str) -> bool:
    return datetime.fromisoformat(time) <= datetime.now(UTC)


def metafield_definition_create(shop: Shop, wish: Document) -> Document:
    def refused(field: str, message: str, code: str) -> Document:
        return {"createdDefinition": None, "userErrors": [user_error(["definition", field], message, code)]}

    if shop.flags.refuse_definitions:
        return refused(
            "type", "Stores can only have 256 definitions for each resource.", "RESOURCE_TYPE_LIMIT_EXCEEDED"
        )
    namespace, key, owner = wish.get("namespace") or "app--1001", wish["key"], wish["ownerType"]
    name = f"{owner} {namespace} {key}"
    if name in shop.definitions:
        return refused(
            "key", f"Key is in use for {owner.capitalize()} metafields on the '{namespace}' namespace.", "TAKEN"
        )
    if len(key) < 2 or len(namespace) < 3:
        return refused("key", "Key is too short (minimum is 2 characters)", "TOO_SHORT")
    unique = wish["type"] == "id" or bool(((wish.get("capabilities") or {}).get("uniqueValues") or {}).get("enabled"))
    definition = {
        "number_id": shop.next_id(),
        "namespace": namespace,
        "key": key,
        "name": wish["name"],
        "description": wish.get("description"),
        "type": wish["type"],
        "ownerType": owner,
        "unique": unique,
    }
    shop.put("definitions", name, definition)
    return {"createdDefinition": definition, "userErrors": []}


def set_metafield(shop: Shop, order: Document, entry: Document) -> Document:
    """Write or overwrite one metafield of an order; the caller saves the order."""
    made = new_metafield(shop, entry)
    for known in order["metafields"]:
        if (known["namespace"], known["key"]) == (made["namespace"], made["key"]):
            shop.custom_ids.pop((known["namespace"], known["key"], known["value"]), None)
            known.update(value=made["value"], updatedAt=made["updatedAt"])
            return dict(known)
    order["metafields"].append(made)
    return made


def digest(metafield: Document) -> str:
    return hashlib.sha256(metafield["value"].encode()).hexdigest()


def metafields_set(shop: Shop, entries: list[Document]) -> Document:
    """Orders only; all or nothing."""
    errors, owners = [], []
    for place, entry in enumerate(entries):
        order = shop.order(entry["ownerId"])
        owners.append(order)
        definition = shop.definitions.get(f"ORDER {entry.get('namespace')} {entry['key']}")
        path = ["metafields", str(place)]
        if order is None:
            errors.append({**user_error([*path, "ownerId"], "Owner does not exist.", "INVALID"), "elementIndex": place})
        elif is_taken(shop, definition, entry, order["number_id"]):
            taken = user_error([*path, "value"], "Value has already been taken", "TAKEN")
            errors.append({**taken, "elementIndex": place})
    if errors:
        return {"metafields": [], "userErrors": errors}
    made = []
    for order, entry in zip(owners, entries, strict=True):
        if order is not None:
            made.append(set_metafield(shop, order, entry))
            shop.save(order)
    return {"metafields": made, "userErrors": []}


def webhook_subscription_create(shop: Shop, topic: str, wish: Document) -> Document:
    uri = wish.get("uri") or wish.get("callbackUrl") or ""
    message = ""
    if urlsplit(uri).scheme != "https" and not is_home(uri):
        message = f"Address protocol {urlsplit(uri).scheme or 'http'}:// is not supported"
    elif any((known["topic"], known["uri"]) == (topic, uri) for known in shop.table("webhooks").values()):
        message = "Address for this topic has already been taken"
    if message:
        error = user_error(["webhookSubscription", "callbackUrl"], message)
        return {"webhookSubscription": None, "userErrors": [error]}
    now, number = now_text(), shop.next_id()
    made = {"number_id": number, "topic": topic, "uri": uri, "format": wish.get("format") or "JSON"}
    made |= {"createdAt": now, "updatedAt": now, "filter": wish.get("filter"), "name": wish.get("name")}
    made |= {"includeFields": wish.get("includeFields") or []}
    return {"webhookSubscription": shop.put("webhooks", number, made), "userErrors": []}


def webhook_subscription_delete(shop: Shop, number: str, identifier: str) -> Document:
    if number not in shop.table("webhooks"):
        error = user_error(["id"], "Webhook subscription does not exist")
        return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
    shop.store.drop(f"{shop.domain} webhooks", number)
    return {"deletedWebhookSubscriptionId": identifier, "userErrors": []}


def custom_id_order(shop: Shop, custom: Document) -> Document | None:
    """orderByIdentifier: immediate, not through the search index; needs a definition of type id."""
    namespace = custom.get("namespace") or "app--1001"
    definition = shop.definitions.get(f"ORDER {namespace} {custom['key']}")
    if definition is None or definition["type"] != "id":
        raise failure("Metafield definition of type 'id' is required when using custom ids.", "NOT_FOUND")
    number = shop.custom_ids.get((namespace, custom["key"], custom["value"]))
    return shop.orders.get(number) if number else None
