"""Figures as the theme's chart component wants them: JSON for chart.js, colours as the theme's variables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from orders.insight.figures import AttemptsOfDay, SpeedOfDay

STACKED = json.dumps(
    {
        "animation": False,
        "barPercentage": 1,
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": True, "align": "start", "labels": {"boxWidth": 12, "boxHeight": 12}}},
        "scales": {
            "x": {"stacked": True, "border": {"width": 0}, "grid": {"display": False}, "ticks": {"maxRotation": 0}},
            "y": {"stacked": True, "border": {"width": 0}, "beginAtZero": True, "ticks": {"precision": 0}},
        },
    }
)


def speed_chart(days: Sequence[SpeedOfDay]) -> str:
    return _chart(
        [day.day for day in days],
        {
            "within a minute": ([day.minute for day in days], "var(--ob-good)"),
            "within 10 minutes": ([day.ten_minutes for day in days], "var(--color-primary-400)"),
            "within an hour": ([day.hour for day in days], "var(--ob-warning)"),
            "longer": ([day.longer for day in days], "var(--ob-bad)"),
        },
    )


def attempts_chart(days: Sequence[AttemptsOfDay]) -> str:
    return _chart(
        [day.day for day in days],
        {
            "refused by Shopify": ([day.refused for day in days], "var(--ob-bad)"),
            "outcome unknown at first": ([day.unknown for day in days], "var(--ob-warning)"),
            "not sent": ([day.not_sent for day in days], "var(--color-base-500)"),
        },
    )


def _chart(days: Sequence[date], series: dict[str, tuple[list[int], str]]) -> str:
    datasets: list[dict[str, Any]] = [
        {"label": label, "data": values, "backgroundColor": colour, "borderRadius": 2}
        for label, (values, colour) in series.items()
    ]
    return json.dumps({"labels": [f"{day:%b} {day.day}" for day in days], "datasets": datasets})
