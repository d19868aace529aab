"""What a crash leaves in a log line or an error report: where it happened, and no secret, no buyer, no consent code."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import convert_exception_to_response
from django.test import RequestFactory

from project import error_reports, logs

SECRETS = (
    "shpat_0123456789abcdef",
    "shprt_0123456789abcdef",
    "TTP_abcdefghijkl",
    "s3cret-of-the-app",
    "c0de-of-consent",
)
BUYER = ("jane@buyer.example", "(+1)4155550199", "77 Xylophone Alley")


def crash() -> None:
    """Secrets in what the exceptions say, in a local variable, and in the cause."""
    hidden = SECRETS[3]
    try:
        raise ValueError(f"GET https://auth.example/api/v2/token/get?app_secret={hidden}&auth_code={SECRETS[4]}")
    except ValueError as cause:
        raise RuntimeError(f"{SECRETS[0]} and {SECRETS[1]} and {SECRETS[2]} of {BUYER[0]}, {BUYER[1]}") from cause


def told(text: str) -> list[str]:
    return [value for value in (*SECRETS, *BUYER) if value in text]


def line(message: str, *args: object, exc_info: Any = None, **further: Any) -> str:
    """One line as it leaves a process that nobody watches."""
    formatter = logs.logging_config()["formatters"]["line"]["()"]()
    record = logging.LogRecord("orders", logging.ERROR, __file__, 1, message, args, exc_info)
    for name, value in further.items():
        setattr(record, name, value)
    text: str = formatter.format(record)
    return text


def test_a_traceback_in_the_log_tells_where_and_nothing_secret() -> None:
    try:
        crash()
    except RuntimeError:
        text = line("it crashed", exc_info=sys.exc_info())
    assert "test_logs.py" in text
    assert "RuntimeError" in json.loads(text)["exception"]
    assert not told(text)


def test_words_and_their_arguments_are_masked_too() -> None:
    text = line("renewing with refresh_token=%s for %s", SECRETS[3], BUYER[0])
    assert "renewing" in text
    assert not told(text)


def refusing(_: Any) -> Any:
    raise PermissionDenied


def suspicious(_: Any) -> Any:
    raise SuspiciousOperation("odd form")


def crashing(_: Any) -> Any:
    crash()


@pytest.fixture
def watched() -> Iterator[StringIO]:
    """What the handler of every process writes."""
    config = logs.logging_config()
    told = StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(config["formatters"]["line"]["()"]())
    for name in config["handlers"]["stderr"]["filters"]:
        handler.addFilter(config["filters"][name]["()"]())
    logging.getLogger("django").addHandler(handler)
    yield told
    logging.getLogger("django").removeHandler(handler)


def report() -> dict[str, Any]:
    """An event as sentry-sdk hands it to before_send, with everything that it could carry."""
    return {
        "message": f"access_token={SECRETS[3]}",
        "request": {
            "method": "GET",
            "url": f"https://me.example/connect/shopify/callback/?code={SECRETS[4]}&hmac={SECRETS[3]}",
            "query_string": f"code={SECRETS[4]}&state=x",
            "headers": {"Cookie": f"sessionid={SECRETS[3]}", "X-Shopify-Access-Token": SECRETS[0]},
            "cookies": {"sessionid": SECRETS[3]},
            "data": {"token": SECRETS[0], "webhook_secret": SECRETS[3]},
            "env": {"REMOTE_ADDR": "10.0.0.1"},
        },
        "extra": {"order": {"recipient_address": {"address_line1": BUYER[2], "phone_number": BUYER[1]}}},
        "breadcrumbs": {"values": [{"message": f"GET /api/v2/token/get?app_secret={SECRETS[3]}"}]},
        "exception": {"values": [{"type": "RuntimeError", "value": f"{SECRETS[1]} of {BUYER[0]}, token {SECRETS[2]}"}]},
    }


def test_an_error_report_names_the_error_and_nothing_secret() -> None:
    sent = json.dumps(error_reports.harmless(report(), {}))
    assert "RuntimeError" in sent
    assert "connect/shopify/callback" in sent
    assert not told(sent)
    assert "sessionid" not in sent


@pytest.mark.parametrize(
    ("view", "logger", "says"),
    [
        (refusing, "django.request", "/admin/a-page/"),
        (suspicious, "django.security.SuspiciousOperation", "odd form"),
    ],
)
def test_a_refused_visitor_is_one_line_of_the_log_and_no_traceback(
    rf: RequestFactory, watched: StringIO, view: Any, logger: str, says: str
) -> None:
    assert convert_exception_to_response(view)(rf.get("/admin/a-page/")).status_code in (400, 403)
    told = [entry for entry in map(json.loads, watched.getvalue().splitlines()) if entry["logger"] == logger]
    assert len(told) == 1
    assert says in told[0]["event"]
    assert "Traceback" not in watched.getvalue()


def test_a_crash_of_ours_still_tells_where(rf: RequestFactory, watched: StringIO) -> None:
    assert convert_exception_to_response(crashing)(rf.get("/admin/a-page/")).status_code == 500
    assert "in crash" in json.loads(watched.getvalue().splitlines()[0])["exception"]
