"""Error reports to Sentry: what crashed and where, put together anew from what is known to hold nothing personal."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.redact import HIDDEN, redact_text

_QUOTED = re.compile(r"(['\"])(?:(?!\1).)*+\1", re.DOTALL)

AS_THEY_ARE = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "release",
    "environment",
    "server_name",
    "transaction",
    "transaction_info",
    "sdk",
)
"""All that is not named here or below stays at home: breadcrumbs, cookies, headers, forms, the command line, local
variables."""

OF_A_FRAME = (
    "filename",
    "abs_path",
    "function",
    "module",
    "lineno",
    "in_app",
    "pre_context",
    "context_line",
    "post_context",
)

HARMLESS_CONTEXTS = ("runtime", "os", "trace")


def is_installed() -> bool:
    return importlib.util.find_spec("sentry_sdk") is not None


def report_errors(dsn: str) -> None:
    """Report errors to Sentry when a DSN is given and its package is installed; nothing personal leaves."""
    if not dsn or not is_installed():
        return
    sentry = importlib.import_module("sentry_sdk")
    sentry.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        trace_propagation_targets=[],  # calls to the vendors carry no header of Sentry's
        before_send=harmless,
        before_send_transaction=lambda event, hint: None,
    )


def harmless(event: Mapping[str, Any], hint: Mapping[str, Any]) -> dict[str, Any]:
    """A new report with what may leave of this one."""
    report = {name: event[name] for name in AS_THEY_ARE if name in event}
    report["contexts"] = _only(event.get("contexts"), HARMLESS_CONTEXTS)
    if message := _message(event, hint):
        report["logentry"] = {"message": message}
    request = event.get("request")
    if isinstance(request, Mapping):
        address = urlsplit(str(request.get("url") or ""))
        report["request"] = {
            "method": request.get("method"),
            "url": f"{address.scheme}://{address.netloc}{address.path}",
        }
    exception = event.get("exception")
    values = exception.get("values") if isinstance(exception, Mapping) else None
    if values:
        report["exception"] = {"values": [_crash(value) for value in values]}
    return report


def masked(text: str) -> str:
    """An error's words without what it quotes: Python and PostgreSQL quote the very values that they trip over."""
    return redact_text(_QUOTED.sub(HIDDEN, redact_text(text)))


def _message(event: Mapping[str, Any], hint: Mapping[str, Any]) -> str:
    """What a log line says before its values are put in."""
    record = hint.get("log_record")
    said = getattr(record, "msg", None)
    if isinstance(said, Mapping):
        said = said.get("event")
    return masked(str(said or event.get("message") or ""))


def _crash(value: Mapping[str, Any]) -> dict[str, Any]:
    mechanism = _only(value.get("mechanism"), ("type", "handled", "exception_id", "parent_id", "source"))
    crash = {name: value[name] for name in ("type", "module", "thread_id") if name in value}
    crash |= {"value": masked(str(value.get("value") or "")), "mechanism": mechanism}
    trace = value.get("stacktrace")
    if isinstance(trace, Mapping):
        crash["stacktrace"] = {"frames": [_only(frame, OF_A_FRAME) for frame in trace.get("frames") or ()]}
    return crash


def _only(given: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given} if isinstance(given, Mapping) else {}
