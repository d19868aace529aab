"""Logging: structlog over the standard library, JSON where nobody watches, and personal data masked everywhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from connectors.redact import redact, redact_text

OWN_KEYS = frozenset({"event", "level", "logger", "timestamp", "exception", "_record", "_from_structlog"})


def mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask names, addresses, tokens and the like; the last step before an event becomes text."""
    said = {key: value for key, value in event.items() if key not in OWN_KEYS}
    masked = redact(said)
    if isinstance(masked, dict):
        event.update(masked)
    for key in ("event", "exception"):
        if key in event:
            event[key] = redact_text(str(event[key]))
    return event


def in_one_line(record: logging.LogRecord) -> bool:
    """A visitor who was refused (4xx) is no crash of ours: the line says what and where, without the way through us."""
    if record.name.startswith("django.") and 400 <= getattr(record, "status_code", 0) < 500:
        record.exc_info = record.exc_text = None
    return True


def processors() -> list[Processor]:
    """What every event passes, ours and that of libraries."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def logging_config() -> dict[str, Any]:
    """Django's LOGGING: everything to standard error, coloured lines on a terminal, else one JSON object a line."""
    watched = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _formatter(watched)}},
        "filters": {"in_one_line": {"()": lambda: in_one_line}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["in_one_line"]}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django brings handlers of its own, which would say everything twice.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # One line per task received and one per task done is noise: outcomes are rows.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Every login and every cleaning; what it locks out it says as a warning.
            "axes": {"level": "WARNING"},
        },
    }


def _formatter(watched: bool) -> Callable[[], structlog.stdlib.ProcessorFormatter]:
    shown: Processor = structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer(default=str)

    def build() -> structlog.stdlib.ProcessorFormatter:
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors(),
            processors=[mask, structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )

    return build
