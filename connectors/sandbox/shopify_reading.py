"""How GraphQL reads the sandbox's views: plain dictionaries whose values may be worked out on demand."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo, get_named_type, is_non_null_type

from connectors.sandbox.shopify_errors import failure

LARGEST_PAGE = 250
Info: TypeAlias = GraphQLResolveInfo[Any]


def read(source: Any, info: Info, **arguments: Any) -> Any:
    """The default resolver. A view's value is data, or a function of the field's arguments."""
    kept = source.get(info.field_name, read) if isinstance(source, dict) else getattr(source, info.field_name, read)
    if kept is read:
        message = f"This sandbox does not know {info.parent_type.name}.{info.field_name}."
        raise failure(message, "NOT_IMPLEMENTED")
    return shown(kept(**arguments) if callable(kept) else kept, info, arguments)


@dataclass(frozen=True, slots=True)
class Rows:
    """A long list of kept documents: only the page asked for is turned into views."""

    kept: list[dict[str, Any]]
    view: Callable[[dict[str, Any]], Any]
    key: str = "number_id"


def shown(value: Any, info: Info, arguments: dict[str, Any]) -> Any:
    """A connection cut to its page, a list cut to `first`, anything else as it is."""
    if isinstance(value, Rows):
        return connection(value, arguments)
    if isinstance(value, list):
        if get_named_type(info.return_type).name.endswith("Connection"):
            return connection(Rows(value, lambda row: row, "id"), arguments)
        if arguments.get("first") is not None:
            return value[: arguments["first"]]
    if value is None and is_non_null_type(info.return_type):
        raise failure(f"{info.parent_type.name}.{info.field_name} has no value here.", "NOT_IMPLEMENTED")
    return value


def connection(rows: Rows, arguments: dict[str, Any]) -> dict[str, Any]:
    """Cut one page by first/after or last/before; a cursor names the row it stands for."""
    first, last, kept = arguments.get("first"), arguments.get("last"), rows.kept
    if first is None and last is None:
        raise failure("you must provide one of first or last", "BAD_REQUEST")
    if max(first or 0, last or 0) > LARGEST_PAGE:
        raise failure(f"first and last are limited to {LARGEST_PAGE}", "MAX_INPUT_SIZE_EXCEEDED")
    start, end = 0, len(kept)
    if arguments.get("after"):
        start = _place(rows, arguments["after"]) + 1
    if arguments.get("before"):
        end = _place(rows, arguments["before"])
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - (last or 0))
    page = [(_cursor(rows, row), rows.view(row)) for row in kept[start:end]]
    return {
        "nodes": [row for _, row in page],
        "edges": [{"cursor": cursor, "node": row} for cursor, row in page],
        "pageInfo": {
            "hasNextPage": end < len(kept),
            "hasPreviousPage": start > 0,
            "startCursor": page[0][0] if page else None,
            "endCursor": page[-1][0] if page else None,
        },
    }


def _cursor(rows: Rows, row: dict[str, Any]) -> str:
    return base64.b64encode(str(row[rows.key]).encode()).decode()


def _place(rows: Rows, cursor: str) -> int:
    for place, row in enumerate(rows.kept):
        if _cursor(rows, row) == cursor:
            return place
    raise failure("Invalid cursor for current pagination sort.", "BAD_REQUEST")
