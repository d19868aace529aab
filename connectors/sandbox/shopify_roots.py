"""Which root fields this sandbox answers, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import VariableNode, value_from_ast_untyped

from connectors.sandbox import shopify_changes as changes
from connectors.sandbox import shopify_fulfillments as fulfillments
from connectors.sandbox.shopify_errors import failure
from connectors.sandbox.shopify_fulfillment_view import (
    event_view,
    fulfillment_order_view,
    fulfillment_view,
    location_view,
)
from connectors.sandbox.shopify_order_parts import customer_view, metafield_view
from connectors.sandbox.shopify_order_search import search_orders
from connectors.sandbox.shopify_order_view import order_view
from connectors.sandbox.shopify_orders import order_create
from connectors.sandbox.shopify_places import denied, may_see
from connectors.sandbox.shopify_product_view import product_view, search_products, search_variants, variant_view
from connectors.sandbox.shopify_reading import Info, Rows, shown
from connectors.sandbox.shopify_search import Query
from connectors.sandbox.shopify_shop import MAIN_LOCATION, Shop, gid, number_of
from connectors.sandbox.shopify_store_view import definition_view, installation_view, shop_view, webhook_view

View = dict[str, Any]


@dataclass
class Call:
    """What resolvers know of the request: the store, the variables as sent, and notes for `extensions.search`."""

    shop: Shop
    variables: dict[str, Any]
    searches: list[dict[str, Any]] = field(default_factory=list)

    def note(self, info: Info) -> Callable[[Query], None]:
        return lambda query: self.searches.append(query.report(list(info.path.as_list())))

    def sent(self, info: Info, name: str) -> Any:
        """An argument as the client wrote it, before defaults and coercion."""
        for argument in info.field_nodes[0].arguments or ():
            if argument.name.value == name:
                if isinstance(argument.value, VariableNode):
                    return self.variables.get(argument.value.name.value)
                return value_from_ast_untyped(argument.value, self.variables)
        return None


def answer(_: Any, info: Info, **arguments: Any) -> Any:
    """The resolver of every root field."""
    root = _ROOTS.get(info.field_name)
    if root is None:
        raise failure(f"This sandbox does not answer {info.field_name}.", "NOT_IMPLEMENTED")
    call: Call = info.context
    if refusal := denied(call.shop, info.field_name):
        raise refusal
    return shown(root(call, info, arguments), info, arguments)


Root = Callable[[Call, Info, dict[str, Any]], Any]


def _order_create(call: Call, info: Info, given: dict[str, Any]) -> Any:
    made = order_create(call.shop, given["order"], given.get("options"))
    if made["order"] is not None:
        made["order"]["input"] = call.sent(info, "order")
        made["order"]["options"] = call.sent(info, "options")
    return {**made, "order": order_view(call.shop, made["order"])}


def _orders(call: Call, info: Info, given: dict[str, Any]) -> Any:
    found = search_orders(
        call.shop, given.get("query"), given.get("sortKey"), bool(given.get("reverse")), call.note(info)
    )
    return Rows(found, lambda order: order_view(call.shop, order))


def _order_by_identifier(call: Call, info: Info, given: dict[str, Any]) -> Any:
    identifier = given["identifier"]
    if identifier.get("id"):
        return order_view(call.shop, call.shop.order(identifier["id"]))
    return order_view(call.shop, changes.custom_id_order(call.shop, identifier["customId"]))


def _order_payload(call: Call, payload: View) -> View:
    return {**payload, "order": order_view(call.shop, payload["order"])}


def _fulfillment_payload(call: Call, payload: View) -> View:
    if payload["fulfillment"] is None:
        return payload
    order, made = payload["fulfillment"]
    return {**payload, "fulfillment": fulfillment_view(call.shop, order, made, order_view)}


def _event_payload(payload: View) -> View:
    row = payload["fulfillmentEvent"]
    return {**payload, "fulfillmentEvent": event_view(row) if row else None}


def _metafields_set(call: Call, info: Info, given: dict[str, Any]) -> Any:
    payload = changes.metafields_set(call.shop, given["metafields"])
    made = [metafield_view(entry) for entry in payload["metafields"]]
    return {**payload, "metafields": made}


def _order_cancel(call: Call, info: Info, given: dict[str, Any]) -> Any:
    payload = changes.order_cancel(call.shop, given)
    job = payload["job"]
    return {**payload, "job": job and {"id": gid("Job", job["number_id"]), "done": False}, "jobResult": None}


def _job(call: Call, info: Info, given: dict[str, Any]) -> Any:
    job = call.shop.table("jobs").get(number_of(given["id"], "Job"))
    return job and {"id": given["id"], "done": changes.is_past(job["done_at"])}


def _definition_create(call: Call, info: Info, given: dict[str, Any]) -> Any:
    payload = changes.metafield_definition_create(call.shop, given["definition"])
    made = payload["createdDefinition"]
    return {**payload, "createdDefinition": made and definition_view(made)}


def _definitions(call: Call, info: Info, given: dict[str, Any]) -> Any:
    wanted = [
        kept
        for kept in call.shop.definitions.values()
        if kept["ownerType"] == given["ownerType"]
        and given.get("namespace") in (None, kept["namespace"])
        and given.get("key") in (None, kept["key"])
    ]
    return Rows(wanted, definition_view)


def _definition(call: Call, info: Info, given: dict[str, Any]) -> Any:
    asked = given.get("identifier") or {}
    kept = call.shop.definitions.get(f"{asked.get('ownerType')} {asked.get('namespace')} {asked.get('key')}")
    if given.get("id"):
        number = number_of(given["id"], "MetafieldDefinition")
        kept = next((each for each in call.shop.definitions.values() if each["number_id"] == number), None)
    return kept and definition_view(kept)


def _webhook_create(call: Call, info: Info, given: dict[str, Any]) -> Any:
    payload = changes.webhook_subscription_create(call.shop, given["topic"], given["webhookSubscription"])
    made = payload["webhookSubscription"]
    return {**payload, "webhookSubscription": made and webhook_view(made)}


def _webhooks(call: Call, info: Info, given: dict[str, Any]) -> Any:
    topics = given.get("topics")
    kept = [entry for entry in call.shop.table("webhooks").values() if not topics or entry["topic"] in topics]
    return Rows(kept, webhook_view)


def _locations(call: Call, info: Info, given: dict[str, Any]) -> Any:
    places = {MAIN_LOCATION["id"]: MAIN_LOCATION}
    for variant in call.shop.variants():
        if variant["location"]:
            places.setdefault(variant["location"]["id"], variant["location"])
    for kept in call.shop.table("places").values():
        places |= {place["id"]: place for place in kept["locations"]}
    return Rows(list(places.values()), location_view, "id")


def node_view(call: Call, identifier: str) -> View | None:
    """A node of the kinds the sandbox knows; one that is not there is None."""
    number = number_of(identifier)
    shop, kind = call.shop, identifier.split("/")[3]
    match kind:
        case "Order":
            return order_view(shop, shop.orders.get(number))
        case "ProductVariant":
            variant = shop.variant(number)
            return variant_view(shop, variant) if variant else None
        case "Product":
            one = next((variant for variant in shop.variants() if variant["product_id"] == number), None)
            return product_view(shop, one) if one else None
        case "Fulfillment":
            found = fulfillments.fulfillment_of(shop, identifier)
            return fulfillment_view(shop, *found, order_view) if found else None
        case "FulfillmentOrder":
            order, _ = fulfillments.order_of(shop, kind, identifier)
            entry = fulfillments.entry_of(order, number) if order else None
            if order is None or entry is None or not may_see(shop, entry):
                return None
            return fulfillment_order_view(shop, order, entry, order_view)
        case "Customer":
            return customer_view(shop, number)
        case "Location":
            return location_view(MAIN_LOCATION) if number == MAIN_LOCATION["id"] else None
        case "WebhookSubscription":
            kept = shop.table("webhooks").get(number)
            return webhook_view(kept) if kept else None
    raise failure(f"This sandbox has no nodes of the kind {kind}.", "NOT_IMPLEMENTED")


def _variants(call: Call, info: Info, given: dict[str, Any]) -> Any:
    found = search_variants(call.shop, given.get("query") or "", call.note(info))
    return Rows(found[:: -1 if given.get("reverse") else 1], lambda variant: variant_view(call.shop, variant))


def _products(call: Call, info: Info, given: dict[str, Any]) -> Any:
    found = search_products(call.shop, given.get("query") or "", call.note(info))
    return Rows(
        found[:: -1 if given.get("reverse") else 1], lambda variant: product_view(call.shop, variant), "product_id"
    )


_ROOTS: dict[str, Root] = {
    "order": lambda call, info, given: order_view(call.shop, call.shop.order(given["id"])),
    "orders": _orders,
    "ordersCount": lambda call, info, given: {
        "count": len(search_orders(call.shop, given.get("query"), None, False, call.note(info))),
        "precision": "EXACT",
    },
    "orderByIdentifier": _order_by_identifier,
    "node": lambda call, info, given: node_view(call, given["id"]),
    "nodes": lambda call, info, given: [node_view(call, identifier) for identifier in given["ids"]],
    "fulfillment": lambda call, info, given: node_view(call, given["id"]),
    "productVariants": _variants,
    "productVariant": lambda call, info, given: node_view(call, given["id"]),
    "products": _products,
    "product": lambda call, info, given: node_view(call, given["id"]),
    "locations": _locations,
    "shop": lambda call, info, given: shop_view(call.shop),
    "currentAppInstallation": lambda call, info, given: installation_view(call.shop),
    "metafieldDefinition": _definition,
    "metafieldDefinitions": _definitions,
    "webhookSubscriptions": _webhooks,
    "job": _job,
    "orderCreate": _order_create,
    "metafieldDefinitionCreate": _definition_create,
    "metafieldsSet": _metafields_set,
    "tagsAdd": lambda call, info, given: {
        **(payload := changes.tags_add(call.shop, given["id"], given["tags"])),
        "node": order_view(call.shop, payload["node"]),
    },
    "fulfillmentCreate": lambda call, info, given: _fulfillment_payload(
        call, fulfillments.fulfillment_create(call.shop, given["fulfillment"])
    ),
    "fulfillmentEventCreate": lambda call, info, given: _event_payload(
        fulfillments.fulfillment_event_create(call.shop, given["fulfillmentEvent"])
    ),
    "fulfillmentTrackingInfoUpdate": lambda call, info, given: _fulfillment_payload(
        call,
        fulfillments.fulfillment_tracking_info_update(call.shop, given["fulfillmentId"], given["trackingInfoInput"]),
    ),
    "fulfillmentCancel": lambda call, info, given: _fulfillment_payload(
        call, fulfillments.fulfillment_cancel(call.shop, given["id"])
    ),
    "orderCancel": _order_cancel,
    "orderUpdate": lambda call, info, given: _order_payload(call, changes.order_update(call.shop, given["input"])),
    "orderClose": lambda call, info, given: _order_payload(call, changes.order_close(call.shop, given["input"])),
    "webhookSubscriptionCreate": _webhook_create,
    "webhookSubscriptionDelete": lambda call, info, given: changes.webhook_subscription_delete(
        call.shop, number_of(given["id"], "WebhookSubscription"), given["id"]
    ),
}
