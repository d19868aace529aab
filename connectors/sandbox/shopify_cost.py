"""What a query costs, and the bucket of points each store pays from.

Shopify publishes: scalars 0, objects 1, connections by size, mutations 10. The size rule and the free types were
fitted to recorded answers, so this is a model: near enough to make a client pace itself, not a price list.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

from connectors.sandbox.shopify_schema import schema

MUTATION = 10
FREE_TYPES = frozenset({"MoneyBag", "MoneyV2", "PageInfo"})
SINGLE_QUERY_MAXIMUM = 1000


@dataclass(frozen=True)
class Bill:
    """Prices one operation. `answer` None: what is asked for at most; else what the answer really contained."""

    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    def total(self, operation: OperationDefinitionNode, answer: dict[str, Any] | None = None) -> int:
        mutation = operation.operation is OperationType.MUTATION
        root = schema().mutation_type if mutation else schema().query_type
        return int(sum(self._root(field, root, mutation, answer) for field in self._fields(operation.selection_set)))

    def _root(self, field: FieldNode, root: Any, mutation: bool, answer: dict[str, Any] | None) -> float:
        given = None if answer is None else answer.get(_key(field))
        if not mutation:
            return self._field(field, root, answer is not None, given)
        payload = get_named_type(root.fields[field.name.value].type)
        inner = (
            part for part in self._fields(field.selection_set) if not part.name.value.lower().endswith("usererrors")
        )
        # The payload's own object (the order of orderCreate) is in the price of the mutation.
        return MUTATION + sum(
            self._selection(
                part.selection_set,
                get_named_type(payload.fields[part.name.value].type),
                answer is not None,
                None if given is None else given.get(_key(part)),
            )
            for part in inner
        )

    def _selection(self, selection: SelectionSetNode | None, kind: Any, real: bool, given: Any) -> float:
        cost = 0.0
        for part in selection.selections if selection else ():
            if isinstance(part, FieldNode):
                value = given.get(_key(part)) if isinstance(given, dict) else None
                cost += self._field(part, kind, real, value)
            elif isinstance(part, InlineFragmentNode):
                inner = schema().type_map[part.type_condition.name.value] if part.type_condition else kind
                cost += self._selection(part.selection_set, inner, real, given)
            elif isinstance(part, FragmentSpreadNode):
                fragment = self.fragments[part.name.value]
                inner = schema().type_map[fragment.type_condition.name.value]
                cost += self._selection(fragment.selection_set, inner, real, given)
        return cost

    def _field(self, field: FieldNode, kind: Any, real: bool, given: Any) -> float:
        definition = getattr(kind, "fields", {}).get(field.name.value)
        if definition is None:  # __typename, or a field of a union's member
            return 0
        named = get_named_type(definition.type)
        if is_leaf_type(named) or named.name in FREE_TYPES or (real and given is None):
            return 0
        if named.name.endswith("Connection"):
            return self._connection(field, named, real, given)
        if isinstance(given, list):
            given = next((item for item in given if item), None)
        return 1 + self._selection(field.selection_set, named, real, given)

    def _connection(self, field: FieldNode, named: Any, real: bool, given: Any) -> float:
        count, node = self._asked(field), 0.0
        for part in self._fields(field.selection_set):
            rows = (given or {}).get(_key(part)) if real else None
            if part.name.value == "nodes":
                kind = get_named_type(named.fields["nodes"].type)
                node = max(node, 1 + self._selection(part.selection_set, kind, real, rows[0] if rows else None))
            elif part.name.value == "edges":
                edge = get_named_type(named.fields["edges"].type)
                for inner in (inner for inner in self._fields(part.selection_set) if inner.name.value == "node"):
                    kind = get_named_type(edge.fields["node"].type)
                    first = rows[0].get(_key(inner)) if rows else None
                    node = max(node, 1 + self._selection(inner.selection_set, kind, real, first))
            if real and isinstance(rows, list):
                count = len(rows)
        if not node or not count:
            return 2
        return 2 + math.floor(max(1.0, 2 * math.log(count)) * node)

    def _asked(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                size = (
                    self.variables.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else value_from_ast_untyped(value)
                )
                if size:
                    return int(size)
        return 1

    def _fields(self, selection: SelectionSetNode | None) -> Iterable[FieldNode]:
        for part in selection.selections if selection else ():
            if isinstance(part, FieldNode):
                yield part
            elif isinstance(part, FragmentSpreadNode):
                yield from self._fields(self.fragments[part.name.value].selection_set)
            elif isinstance(part, InlineFragmentNode):
                yield from self._fields(part.selection_set)


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


class Bucket:
    """Points of one store, refilled with time. `take` gives False and takes nothing when there are too few."""

    def __init__(self, size: float, rate: float) -> None:
        self.size, self.rate = size, rate
        self._points, self._at = size, time.monotonic()
        self._lock = threading.Lock()

    def take(self, points: float) -> bool:
        with self._lock:
            self._refill()
            if points > self._points:
                return False
            self._points -= points
            return True

    def give_back(self, points: float) -> None:
        with self._lock:
            self._refill()
            self._points = min(self.size, self._points + points)

    def status(self) -> dict[str, float]:
        """Shopify's throttleStatus."""
        with self._lock:
            self._refill()
            return {
                "maximumAvailable": float(self.size),
                "currentlyAvailable": int(self._points),
                "restoreRate": float(self.rate),
            }

    def _refill(self) -> None:
        now = time.monotonic()
        self._points = min(self.size, self._points + (now - self._at) * self.rate)
        self._at = now
