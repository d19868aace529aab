"""One GraphQL request from its JSON body to Shopify's answer: validate, coerce, pay, execute."""

from __future__ import annotations

import traceback
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
)

from connectors.sandbox.shopify_cost import SINGLE_QUERY_MAXIMUM, Bill
from connectors.sandbox.shopify_errors import execution_error, syntax_error, validation_error, variable_errors
from connectors.sandbox.shopify_reading import read
from connectors.sandbox.shopify_roots import Call, answer
from connectors.sandbox.shopify_schema import parsed, problems, schema
from connectors.sandbox.shopify_shop import Shop

Answer = dict[str, Any]

NEEDS_IDEMPOTENCY = frozenset(
    """refundCreate inventoryActivate inventoryAdjustQuantities inventoryMoveQuantities inventorySetOnHandQuantities
    inventorySetQuantities inventoryShipmentAddItems inventoryShipmentCreate inventoryShipmentCreateInTransit
    inventoryShipmentReceive inventoryTransferCreate inventoryTransferCreateAsReadyToShip inventoryTransferDuplicate
    inventoryTransferSetItems locationActivate locationDeactivate""".split()
)


def attach_roots() -> None:
    """Give every root field its resolver; once per process, before the first request."""
    for root in (schema().query_type, schema().mutation_type):
        for field in root.fields.values() if root else ():
            field.resolve = answer


def run(shop: Shop, body: Any) -> Answer:
    """The JSON answer; Shopify says everything below the HTTP level with status 200."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return {"errors": [{"message": "No query was given", "extensions": {"code": "BAD_REQUEST"}}]}
    document, variables = body["query"], body.get("variables") or {}
    try:
        operation = operation_in(document, body.get("operationName"))
    except GraphQLSyntaxError as problem:
        return {"errors": [syntax_error(problem)]}
    if operation is None:
        return {"errors": [{"message": "No operation was found", "extensions": {"code": "BAD_REQUEST"}}]}
    wrong = [validation_error(problem) for problem in problems(document)] or variable_errors(operation, variables)
    if wrong:
        return {"errors": wrong}
    return _paid(shop, document, operation, variables)


def _paid(shop: Shop, document: str, operation: OperationDefinitionNode, variables: dict[str, Any]) -> Answer:
    bill = bill_of(document, variables)
    asked = bill.total(operation)
    if asked > SINGLE_QUERY_MAXIMUM:
        message = f"Query cost is {asked}, which exceeds the single query max cost limit ({SINGLE_QUERY_MAXIMUM})."
        extensions = {"code": "MAX_COST_EXCEEDED", "cost": asked, "maxCost": SINGLE_QUERY_MAXIMUM}
        return {"errors": [{"message": message, "extensions": extensions}]}
    if not shop.bucket.take(asked):
        return throttled(shop, asked)
    call = Call(shop, variables)
    with shop.store.lock:
        data, errors = _executed(call, document, operation, variables)
        shop.store.commit()
    real = bill.total(operation, data or {})
    shop.bucket.give_back(max(0, asked - real))
    answered: Answer = {"data": data}
    if errors:
        answered["errors"] = errors
    cost = {"requestedQueryCost": asked, "actualQueryCost": real, "throttleStatus": shop.bucket.status()}
    answered["extensions"] = {"cost": cost}
    if call.searches:
        answered["extensions"]["search"] = call.searches
    return answered


def _executed(
    call: Call, document: str, operation: OperationDefinitionNode, variables: dict[str, Any]
) -> tuple[dict[str, Any] | None, list[Answer]]:
    if missing := _without_idempotency(operation):
        return {missing: None}, [_idempotency_error(missing)]
    result = execute_sync(
        schema(),
        parsed(document),
        context_value=call,
        variable_values=variables,
        operation_name=operation.name.value if operation.name else None,
        field_resolver=read,
    )
    for problem in result.errors or ():
        if problem.original_error is not None and not isinstance(problem.original_error, GraphQLError):
            traceback.print_exception(problem.original_error)
    return result.data, [execution_error(problem) for problem in result.errors or ()]


def _without_idempotency(operation: OperationDefinitionNode) -> str:
    """The first mutation that demands @idempotent and came without; orderCreate is not among them."""
    if operation.operation is not OperationType.MUTATION:
        return ""
    for part in operation.selection_set.selections:
        if not isinstance(part, FieldNode) or part.name.value not in NEEDS_IDEMPOTENCY:
            continue
        if not any(directive.name.value == "idempotent" for directive in part.directives or ()):
            return part.name.value
    return ""


def _idempotency_error(field: str) -> Answer:
    message = "The @idempotent directive is required for this mutation but was not provided."
    return {"message": message, "path": [field], "extensions": {"code": "BAD_REQUEST"}}


def operation_in(document: str, name: str | None) -> OperationDefinitionNode | None:
    """The named operation, or the only one. Raises GraphQLSyntaxError."""
    operations = [part for part in parsed(document).definitions if isinstance(part, OperationDefinitionNode)]
    if not name:
        return operations[0] if len(operations) == 1 else None
    return next((part for part in operations if part.name and part.name.value == name), None)


def bill_of(document: str, variables: dict[str, Any]) -> Bill:
    fragments = {
        part.name.value: part for part in parsed(document).definitions if isinstance(part, FragmentDefinitionNode)
    }
    return Bill(fragments, variables)


def throttled(shop: Shop, asked: int, wait: float | None = None) -> Answer:
    """HTTP 200, no data, and the cost report beside the error. `wait`: make the report say so many seconds."""
    status = shop.bucket.status()
    if wait is not None:
        status["currentlyAvailable"] = int(asked - wait * status["restoreRate"])
    documentation = "https://shopify.dev/api/usage/rate-limits"
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": documentation}}
    cost = {"requestedQueryCost": asked, "actualQueryCost": None, "throttleStatus": status}
    return {"errors": [error], "extensions": {"cost": cost}}
