"""One store's Admin GraphQL API: sends a document, keeps everything that the answer says."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors import http
from connectors.budget import Budget
from connectors.errors import NotSent, Throttled, Unauthorized
from connectors.shopify import costs, failures
from connectors.shopify.auth import store_root, valid_domain

_DOCUMENTS = Path(__file__).parent / "documents"

_plans: dict[str, tuple[float, float]] = {}
"""Bucket size and restore rate that each store last reported (they follow its Shopify plan)."""


@dataclass(frozen=True)
class Result:
    """A readable answer. `errors` may stand beside `data` that was done or found: partial answers are kept.

    `errors` are objects with `message`, `path`, `code` and `extensions`; `search_warnings` are Shopify's remarks on
    search terms that it dropped, each with the `path` of the search. `served_version` differs from the client's
    when Shopify no longer serves the version asked for.
    """

    data: dict[str, Any]
    errors: list[dict[str, Any]]
    request_id: str
    served_version: str
    search_warnings: list[dict[str, Any]]


@functools.cache
def document_text(name: str) -> str:
    """The text of `documents/<name>.graphql`, and behind it the fragment of an order where it spreads that."""
    text = (_DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")
    if "...MarkedOrder" in text:
        text += "\n" + (_DOCUMENTS / "fragments" / "marked_order.graphql").read_text(encoding="utf-8")
    return text


@dataclass(frozen=True)
class ShopifyClient:
    """Speaks to one store. `api_url` is a root such as `https://{domain}`; `version` such as `2026-10`."""

    api_url: str
    domain: str
    access_token: str = field(repr=False)
    version: str
    budget: Budget = field(repr=False, compare=False)

    def run(
        self,
        document: str,
        variables: dict[str, Any],
        *,
        creates: bool = False,
        cost: float | None = None,
        text: str | None = None,
    ) -> Result:
        """Send one document and return what Shopify answered.

        `creates` marks mutations that must never be repeated blindly. `cost` is the estimate in points, by default
        that of the table; `text` replaces the stored text where one is built for the occasion.
        Raises any of connectors.errors; Throttled with code "budget" means that nothing was sent.
        """
        if valid_domain(self.domain) is None:
            raise Unauthorized("The store's address is not a myshopify.com name.", code="bad_domain")
        label = f"Shopify {document.replace('_', ' ')}"
        estimate = float(costs.COSTS[document] if cost is None else cost)
        self._take(estimate)
        body = json.dumps({"query": text or document_text(document), "variables": variables}).encode()
        headers = {
            "X-Shopify-Access-Token": self.access_token,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        url = f"{store_root(self.api_url, self.domain)}/admin/api/{self.version}/graphql.json"
        try:
            answer = http.send("POST", url, headers=headers, body=body, creates=creates, label=label)
        except NotSent:
            self.budget.give_back(self._budget_key, estimate)
            raise
        return self._read(answer, creates=creates, label=label)

    @property
    def _budget_key(self) -> str:
        return f"shopify:{self.domain}"

    def _take(self, estimate: float) -> None:
        capacity, rate = _plans.get(self.domain, (costs.STANDARD_CAPACITY, costs.STANDARD_RATE))
        wait = self.budget.take(self._budget_key, estimate, capacity=capacity, rate=rate)
        if wait > 0:
            raise Throttled("Shopify takes no more calls right now; nothing was sent.", wait=wait, code="budget")

    def _read(self, answer: http.Answer, *, creates: bool, label: str) -> Result:
        body = failures.read_body(answer, creates=creates, label=label)
        self._correct(failures.cost_of(body).get("throttleStatus"))
        errors = failures.read_errors(body)
        if not failures.has_data(body):
            failures.raise_without_data(body, errors, answer, creates=creates, label=label)
        return Result(
            data=body["data"],
            errors=errors,
            request_id=answer.headers.get("x-request-id", ""),
            served_version=answer.headers.get("x-shopify-api-version", self.version),
            search_warnings=_search_warnings(body),
        )

    def _correct(self, throttle: Any) -> None:
        try:
            available = float(throttle["currentlyAvailable"])
            capacity, rate = float(throttle["maximumAvailable"]), float(throttle["restoreRate"])
        except (KeyError, TypeError, ArithmeticError, ValueError):
            return  # not every answer carries it
        if all(math.isfinite(number) for number in (available, capacity, rate)) and capacity > 0 and rate > 0:
            _plans[self.domain] = (capacity, rate)
            self.budget.correct(self._budget_key, available=available, capacity=capacity, rate=rate)


def _search_warnings(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Flattened `extensions.search[].warnings`: a term that Shopify does not know is dropped, not refused."""
    extensions = body.get("extensions")
    searches = extensions.get("search") if isinstance(extensions, dict) else None
    found = []
    for search in searches if isinstance(searches, list) else []:
        if isinstance(search, dict):
            path = search.get("path") if isinstance(search.get("path"), list) else []
            warnings = search.get("warnings")
            told = warnings if isinstance(warnings, list) else []
            found += [{**warning, "path": path} for warning in told if isinstance(warning, dict)]
    return found
