"""Shopify's real Admin schema, ready to parse, validate and coerce requests as Shopify does."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    build_client_schema,
    parse,
    validate,
)

SCHEMA_FILE = Path(__file__).with_name("schema.json.gz")


def introspection() -> dict[str, Any]:
    """The stored introspection answer: `{"__schema": …}` without descriptions."""
    answer: dict[str, Any] = json.loads(gzip.decompress(SCHEMA_FILE.read_bytes()))
    return answer


@cache
def schema() -> GraphQLSchema:
    """The whole Admin schema; its own scalars refuse what Shopify refuses."""
    # The schema is Shopify's own; checking its 3,546 types again would cost a second at every start.
    built = build_client_schema(introspection(), assume_valid=True)  # type: ignore[arg-type]  # plain JSON
    for name, read in _SCALARS.items():
        scalar = built.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        # Introspection carries no code.
        scalar.coerce_input_value = read
        scalar.parse_value = read  # type: ignore[method-assign, assignment]  # the older name of the same coercion
    return built


@lru_cache(maxsize=512)
def parsed(document: str) -> DocumentNode:
    """Raises GraphQLSyntaxError."""
    return parse(document)


@lru_cache(maxsize=512)
def problems(document: str) -> tuple[GraphQLError, ...]:
    """What validation against the schema finds; cached, because a client sends few different documents."""
    return tuple(validate(schema(), parsed(document), max_errors=20))


def read_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise GraphQLError(f"invalid decimal {value!r}")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise GraphQLError(f'invalid decimal "{value}"')
    return number


def read_time(value: object) -> datetime:
    """ISO 8601; a time without zone is read as UTC."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None:
        raise GraphQLError(f'invalid DateTime "{value}"')
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _read_url(value: object) -> str:
    if not isinstance(value, str) or not urlsplit(value).scheme or " " in value:
        raise GraphQLError(f'Invalid url "{value}"')
    return value


def _read_unsigned(value: object) -> int:
    if isinstance(value, int | str) and str(value).isdigit():
        return int(value)
    raise GraphQLError(f"invalid unsigned integer {value!r}")


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "Decimal": read_decimal,
    "Money": read_decimal,
    "DateTime": read_time,
    "URL": _read_url,
    "UnsignedInt64": _read_unsigned,
}
