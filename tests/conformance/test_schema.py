"""The stored schema is Shopify's whole one, small and made the same way every time."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from graphql import GraphQLInputObjectType, parse, validate

from connectors.sandbox.make_schema import make, without_descriptions
from connectors.sandbox.shopify_schema import SCHEMA_FILE, introspection, schema


def test_no_type_or_field_of_shopifys_schema_is_missing() -> None:
    types = introspection()["__schema"]["types"]
    assert len(types) == 3546
    assert sum(len(kind.get("fields") or ()) for kind in types) == 9259
    assert sum(len(kind.get("inputFields") or ()) for kind in types) == 2972
    assert sum(len(kind.get("enumValues") or ()) for kind in types) == 5425
    assert {"idempotent", "oneOf", "deprecated"} <= {each["name"] for each in introspection()["__schema"]["directives"]}


def test_a_misspelt_option_of_order_create_is_found_before_shopify_loses_it() -> None:
    wrong = "mutation { orderCreate(order: {}, options: {inventoryBehavior: BYPASS}) { order { id } } }"
    assert "inventoryBehavior" in validate(schema(), parse(wrong))[0].message


def test_defaults_and_one_of_are_kept_because_they_decide_what_an_order_becomes() -> None:
    line = schema().type_map["OrderCreateLineItemInput"]
    customer = schema().type_map["OrderCreateCustomerInput"]
    assert isinstance(line, GraphQLInputObjectType)
    assert isinstance(customer, GraphQLInputObjectType)
    assert line.fields["requiresShipping"].default is not None
    assert customer.is_one_of


def test_the_file_holds_no_descriptions_and_stays_small() -> None:
    assert SCHEMA_FILE.stat().st_size < 300_000
    assert '"description": ' not in json.dumps(introspection())


def test_the_same_source_makes_the_same_bytes(tmp_path: Path) -> None:
    source, first, second = tmp_path / "source.json.gz", tmp_path / "first", tmp_path / "second"
    source.write_bytes(gzip.compress(json.dumps({"data": introspection()}).encode()))
    make(source, first)
    make(source, second)
    assert first.read_bytes() == second.read_bytes()


def test_only_names_of_types_that_decide_validity_are_kept() -> None:
    field: dict[str, Any] = {"name": "phone", "description": "A phone.", "isProtected": True, "requiredAccess": "x"}
    assert without_descriptions({"fields": [field]}) == {"fields": [{"name": "phone", "isProtected": True}]}
