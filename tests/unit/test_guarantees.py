"""docs/guarantees.md names a test for each fault scenario: a renamed or deleted one must not leave an empty promise."""

from __future__ import annotations

import re

from project.environment import FOLDER

PAGE = (FOLDER / "docs" / "guarantees.md").read_text()


def test_each_of_the_43_fault_scenarios_has_a_test() -> None:
    table = PAGE.partition("## The 43 fault scenarios")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+)(?:–(\d+))? \| .* \| `tests/.* \|$", table, re.MULTILINE)
    assert [n for first, last in rows for n in range(int(first), int(last or first) + 1)] == list(range(1, 44))


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE))
    assert len(named) >= 38
    assert {(file, test) for file, test in named if f"def {test}(" not in (FOLDER / file).read_text()} == set()
