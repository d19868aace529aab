"""Every document we send is one that Shopify accepts, and none reads a customer's protected data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, get_named_type, parse, validate, visit

from connectors.sandbox.shopify_schema import introspection, schema
from connectors.shopify import marks
from connectors.shopify.client import document_text

FOLDER = Path(__file__).parents[2] / "connectors" / "shopify" / "documents"
DOCUMENTS = sorted(FOLDER.glob("*.graphql"))


def test_there_are_documents_to_check() -> None:
    assert DOCUMENTS, f"no .graphql file in {FOLDER}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_shopify_would_not_refuse_a_document_of_ours(path: Path) -> None:
    assert [problem.message for problem in validate(schema(), parse(document_text(path.stem)))] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_an_app_without_customer_data_approval_can_run_a_document(path: Path) -> None:
    assert _fields_of(document_text(path.stem)) & _protected() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_looks_for_the_mark_that_is_written(path: Path) -> None:
    named = re.findall(r'namespace: "([^"]*)", key: "([^"]*)"', document_text(path.stem))
    assert set(named) <= {(marks.NAMESPACE, marks.KEY)}


def test_the_check_for_protected_fields_would_notice_one() -> None:
    assert ("Order", "email") in _fields_of("{ order(id: 1) { email } }") & _protected()


def _protected() -> set[tuple[str, str]]:
    return {
        (kind["name"], field["name"])
        for kind in introspection()["__schema"]["types"]
        for field in kind.get("fields") or ()
        if field.get("isProtected")
    }


def _fields_of(document: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    types = TypeInfo(schema())

    class Reader(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent is not None:
                found.add((get_named_type(parent).name, node.name.value))

    visit(parse(document), TypeInfoVisitor(types, Reader()))
    return found
