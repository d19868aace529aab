"""The subset of Shopify's search syntax that both vendors' clients meet: fields, quotes, AND, OR, NOT, ranges, prefix.

A field that Shopify does not know is dropped from the query with a warning, never an error: the caller then gets
rows it did not ask for. That is recorded behaviour, and the reason why callers compare values themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<open>\() | (?P<close>\)) |
    (?P<minus>-)(?=\S) |
    (?P<field>[A-Za-z_][\w.$-]*)\s*:\s*(?P<sign><=|>=|<|>)?\s*(?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s()])+) |
    (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') |
    (?P<word>(?:\\.|[^\s():])+)
    )""",  # noqa: E501  # one pattern, one line per kind of token
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """`field` "" is free text. `phrase` True when the value was quoted."""

    field: str
    value: str
    sign: str = ""
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """`how` is "and", "or" or "not" (one part)."""

    how: str
    parts: tuple[Term | Group, ...]


Node = Term | Group | None
"""None: nothing left to match, so every row does."""


@dataclass
class Query:
    """A parsed search: the tree without unknown fields, what was dropped, and Shopify's account of it."""

    text: str
    tree: Node = None
    warnings: list[dict[str, str]] = field(default_factory=list)

    def report(self, path: list[Any]) -> dict[str, Any]:
        """One entry of `extensions.search`."""
        report: dict[str, Any] = {"path": path, "query": self.text, "parsed": _shown(self.tree)}
        if self.warnings:
            report["warnings"] = self.warnings
        return report


def parse_query(text: str, known: frozenset[str]) -> Query:
    query = Query(text)
    tokens = [found for found in _TOKEN.finditer(text) if found.group(0).strip()]
    reader = _Reader(tokens, query, known)
    query.tree = reader.either()
    return query


def matches(node: Node, fits: Callable[[Term], bool]) -> bool:
    match node:
        case None:
            return True
        case Term():
            return fits(node)
        case Group(how="or"):
            return any(matches(part, fits) for part in node.parts)
        case Group(how="not"):
            return not matches(node.parts[0], fits)
        case _:
            return all(matches(part, fits) for part in node.parts)


def narrowed(node: Node, keys: Callable[[Term], set[str] | None]) -> set[str] | None:
    """The only rows that can match, where an index knows them; None means any row can."""
    match node:
        case Term():
            return keys(node)
        case Group(how="and"):
            known = [found for found in (narrowed(part, keys) for part in node.parts) if found is not None]
            return min(known, key=len) if known else None
        case Group(how="or"):
            found = [narrowed(part, keys) for part in node.parts]
            return None if None in found else set().union(*(part for part in found if part is not None))
        case _:
            return None


def compare(row: str, term: Term) -> bool:
    """Ranges on numbers and ISO times; without a sign, equality without regard to case; a final * is a prefix."""
    left, right = row.lower(), term.value.lower()
    if term.sign:
        order = (_number(left), _number(right)) if _is_number(left) and _is_number(right) else (left, _time(right))
        low, high = order
        return {"<": low < high, "<=": low <= high, ">": low > high, ">=": low >= high}[term.sign]  # type: ignore[operator]  # both sides alike
    if right.endswith("*") and not term.phrase:
        return left.startswith(right[:-1])
    return left == right


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def has_words(row: str, term: Term) -> bool:
    """Tokenised match: the value's words occur one after the other (the last may be a prefix with *)."""
    wanted, there = words(term.value), words(row)
    prefix = term.value.endswith("*")
    if not wanted:
        return not term.value.strip("*")
    for start in range(len(there) - len(wanted) + 1):
        part = there[start : start + len(wanted)]
        if part[:-1] == wanted[:-1] and (part[-1] == wanted[-1] or (prefix and part[-1].startswith(wanted[-1]))):
            return True
    return False


class _Reader:
    def __init__(self, tokens: list[re.Match[str]], query: Query, known: frozenset[str]) -> None:
        self.tokens, self.query, self.known, self.at = tokens, query, known, 0

    def either(self) -> Node:
        parts = [self.every()]
        while self._word() == "OR":
            self.at += 1
            parts.append(self.every())
        return _group("or", parts)

    def every(self) -> Node:
        parts = []
        while self.at < len(self.tokens) and not self._token().group("close") and self._word() != "OR":
            if self._word() == "AND":
                self.at += 1
                continue
            parts.append(self.one())
        return _group("and", parts)

    def one(self) -> Node:
        token = self._token()
        self.at += 1
        if token.group("minus") or token.group("word") == "NOT":
            inner = self.one() if self.at < len(self.tokens) else None
            return None if inner is None else Group("not", (inner,))
        if token.group("open"):
            node = self.either()
            self.at += 1  # the closing bracket, or the end
            return node
        if name := token.group("field"):
            if name not in self.known and not name.startswith("metafields."):
                self.query.warnings.append(
                    {"field": name, "message": "Invalid search field for this query.", "code": "invalid_field"}
                )
                return None
            value = token.group("value")
            return Term(name, _unquoted(value), token.group("sign") or "", value[0] in "\"'")
        text = token.group("quoted") or token.group("word") or ""
        return Term("", _unquoted(text), phrase=bool(token.group("quoted"))) if text else None

    def _token(self) -> re.Match[str]:
        return self.tokens[self.at]

    def _word(self) -> str:
        return self._token().group("word") or "" if self.at < len(self.tokens) else ""


def _group(how: str, parts: list[Node]) -> Node:
    kept = tuple(part for part in parts if part is not None)
    return kept[0] if len(kept) == 1 else Group(how, kept) if kept else None


def _unquoted(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] else text
    return re.sub(r"\\(.)", r"\1", inner)


def _shown(node: Node) -> dict[str, Any]:
    match node:
        case None:
            return {}
        case Term():
            how = {"<": "range", "<=": "range", ">": "range", ">=": "range"}.get(node.sign)
            shown = {"lt": node.value} if how else {"match_phrase" if node.phrase else "match_all": node.value}
            return {"field": node.field or "default", **shown}
        case _:
            return {node.how: [_shown(part) for part in node.parts]}


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def _number(text: str) -> float:
    return float(text)


def _time(text: str) -> str:
    """ISO times compare as text once they have one form."""
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError:  # not a time: compared as it stands
        return text
    return (time.astimezone(UTC) if time.tzinfo else time).strftime("%Y-%m-%dt%H:%M:%Sz")
