"""Make `schema.json.gz` from Shopify's own introspection: `python -m connectors.sandbox.make_schema SOURCE.json.gz`.

Everything that decides whether a request is valid stays (types, fields, arguments, enum values, nullability, defaults,
deprecations, directives), so does Shopify's mark for protected customer data. Descriptions and access texts go.
The same source always makes the same bytes.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("schema.json.gz")

KEPT = frozenset(
    """queryType mutationType subscriptionType types directives kind name ofType type fields inputFields args
    interfaces enumValues possibleTypes defaultValue isDeprecated deprecationReason isOneOf isRepeatable locations
    specifiedByURL""".split()
)
KEPT_WHEN_TRUE = frozenset({"isProtected"})


def without_descriptions(value: Any) -> Any:
    if isinstance(value, list):
        return [without_descriptions(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_descriptions(item)
        for key, item in value.items()
        if key in KEPT or (key in KEPT_WHEN_TRUE and item)
    }


def make(source: Path, target: Path = TARGET) -> int:
    """Write the small schema; returns its size in bytes."""
    introspection = json.loads(gzip.decompress(source.read_bytes()))
    schema = introspection.get("data", introspection)["__schema"]
    small = {"__schema": without_descriptions(schema)}
    text = json.dumps(small, separators=(",", ":"), ensure_ascii=True)
    # mtime 0: no date in the file, so that the bytes depend on the source alone.
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return target.stat().st_size


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m connectors.sandbox.make_schema SOURCE.json.gz")
    print(f"{TARGET.name}: {make(Path(arguments[0])):,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
