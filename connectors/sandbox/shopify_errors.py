"""Errors the way Shopify words them: validation, variables, and refusals inside a resolver."""

from __future__ import annotations

import re
import uuid
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    print_ast,
    type_from_ast,
)
from graphql.utilities import validate_input_value

from connectors.sandbox.shopify_schema import schema

UserError = dict[str, Any]


def failure(message: str, code: str, **extensions: Any) -> GraphQLError:
    """A top-level error to raise from a resolver."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def not_found(message: str = "invalid id") -> GraphQLError:
    return failure(message, "RESOURCE_NOT_FOUND")


def user_error(field: list[str] | None, message: str, code: str | None = None) -> UserError:
    """One entry of a payload's userErrors; list positions in `field` are text, as Shopify sends them."""
    return {"field": field, "message": message, "code": code}


_SHAPES: tuple[tuple[re.Pattern[str], str, str, tuple[str, ...]], ...] = (
    (
        re.compile(r"Cannot query field '(?P<fieldName>\w+)' on type '(?P<typeName>\w+)'"),
        "undefinedField",
        "Field '{fieldName}' doesn't exist on type '{typeName}'",
        ("typeName", "fieldName"),
    ),
    (
        re.compile(r"Unknown argument '(?P<argumentName>\w+)' on field '(?:\w+\.)?(?P<name>\w+)'"),
        "argumentNotAccepted",
        "Field '{name}' doesn't accept argument '{argumentName}'",
        ("name", "argumentName"),
    ),
    (
        re.compile(r"Argument '\w+\.(?P<name>\w+)\((?P<arguments>\w+):\)' of type '[^']+' is required"),
        "missingRequiredArguments",
        "Field '{name}' is missing required arguments: {arguments}",
        ("name", "arguments"),
    ),
    (
        re.compile(r"Unknown directive '@(?P<directiveName>\w+)'"),
        "undefinedDirective",
        "Directive @{directiveName} is not defined",
        ("directiveName",),
    ),
    (
        re.compile(r"value of type '(?P<typeName>\w+)' not to include unknown field '(?P<argumentName>\w+)'"),
        "argumentNotAccepted",
        "InputObject '{typeName}' doesn't accept argument '{argumentName}'",
        ("typeName", "argumentName"),
    ),
    (
        re.compile(r"Variable '\$(?P<variableName>\w+)' of type '(?P<typeName>[^']+)' used in position"),
        "variableMismatch",
        "Type mismatch on variable ${variableName}",
        ("variableName", "typeName"),
    ),
)


def validation_error(problem: GraphQLError) -> dict[str, Any]:
    """One finding of graphql-core in Shopify's shape."""
    message, extensions = problem.message, {"code": "invalid"}
    for pattern, code, sentence, names in _SHAPES:
        found = pattern.search(problem.message)
        if not found:
            continue
        facts = {**found.groupdict(), "name": found.groupdict().get("name") or _field_name(problem)}
        message = sentence.format(**facts)
        extensions = {"code": code, **{name: facts[name] for name in names}}
        break
    return {"message": message, "locations": _locations(problem), "path": ["query"], "extensions": extensions}


def syntax_error(problem: GraphQLError) -> dict[str, Any]:
    return {"message": problem.message, "locations": _locations(problem), "extensions": {"code": "parseError"}}


def variable_errors(operation: OperationDefinitionNode, variables: dict[str, Any]) -> list[dict[str, Any]]:
    """INVALID_VARIABLE for each variable that the schema's types refuse; empty when all are fine."""
    errors = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema(), definition.type)
        value = variables.get(name, Undefined)
        if value is Undefined and (definition.default_value or str(kind)[-1:] != "!"):
            continue
        found: list[dict[str, Any]] = []
        _check(None if value is Undefined else value, kind, found)
        if not found and str(kind).rstrip("!") == "ID" and not _is_gid(value):
            found.append({"path": [], "explanation": f"Invalid global id '{value}'"})
        if found:
            errors.append(_variable_error(definition, value, found))
    return errors


def _check(value: Any, kind: Any, found: list[dict[str, Any]]) -> None:
    def note(problem: GraphQLError, path: list[str | int]) -> None:
        field = re.search(r"(?:required|unknown) field '(\w+)'", problem.message)
        whole = [*path, field.group(1)] if field else path
        found.append({"path": whole, "explanation": _explanation(problem.message)})

    validate_input_value(value, kind, note, True)


def _explanation(message: str) -> str:
    if "not to be None" in message or "required field" in message or "to be provided" in message:
        return "Expected value to not be null"
    if unknown := re.search(r"value of type '(\w+)' not to include unknown", message):
        return f"Field is not defined on {unknown.group(1)}"
    if enum := re.search(r"Value '(.*)' does not exist in '(\w+)' enum", message):
        return f'Expected "{enum.group(1)}" to be one of: {", ".join(_enum_values(enum.group(2)))}'
    return message.rsplit("; ", maxsplit=1)[-1]


def _enum_values(name: str) -> list[str]:
    return list(getattr(schema().type_map[name], "values", {}))


def _variable_error(definition: VariableDefinitionNode, value: Any, found: list[dict[str, Any]]) -> dict[str, Any]:
    listed = ", ".join(
        f"{'.'.join(str(step) for step in problem['path'])} ({problem['explanation']})".strip() for problem in found
    )
    provided = "was provided invalid value" + (f" for {listed}" if found[0]["path"] else "")
    place = definition.loc.start_token if definition.loc else None
    return {
        "message": f"Variable ${definition.variable.name.value} of type {print_ast(definition.type)} {provided}",
        "locations": [{"line": place.line, "column": place.column}] if place else [],
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": None if value is Undefined else value,
            "problems": found,
        },
    }


def execution_error(problem: GraphQLError) -> dict[str, Any]:
    """What a resolver raised; anything it did not raise on purpose is Shopify's INTERNAL_SERVER_ERROR."""
    if "code" in (problem.extensions or {}):
        message, extensions = problem.message, dict(problem.extensions or {})
    else:
        request = str(uuid.uuid4())
        message = f"Internal error. Looks like something went wrong on our end.\nRequest ID: {request}"
        extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request}
    return {"message": message, "locations": _locations(problem), "path": problem.path, "extensions": extensions}


def _is_gid(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.startswith("gid://shopify/"))


def _field_name(problem: GraphQLError) -> str:
    node = problem.nodes[0] if problem.nodes else None
    return node.name.value if isinstance(node, FieldNode) else ""


def _locations(problem: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in problem.locations or ()]
