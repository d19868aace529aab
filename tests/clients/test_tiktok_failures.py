"""Each TikTok error leads to the right next step: wait, renew, ask the seller, give up. None tells a secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import BadAnswer, ConnectorError, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.http import Answer
from connectors.tiktok.failures import CODES, failure


def answered(code: object, message: str = "no", status: int = 200, **headers: str) -> Answer:
    body = {"code": code, "message": message, "request_id": "2024R1", "data": None}
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode())


def sorted_as(answer: Answer, *, creates: bool = False, secrets: tuple[str, ...] = ()) -> ConnectorError:
    return failure(answer, label="TikTok GET /x", creates=creates, secrets=secrets)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (105002, Unauthorized),
        (105005, Unauthorized),
        (101000, Unauthorized),
        (106001, Unauthorized),
        (36009033, Unauthorized),
        (106013, Refused),
        (36009002, Throttled),
        (36009003, BadAnswer),
        (36009007, BadAnswer),
        (36009009, Refused),
        (36009010, Refused),
        (36009014, Refused),
        (36009021, Refused),
        (36009022, Refused),
        (36009023, Refused),
        (36004004, Refused),
        (10002014, BadAnswer),
        (10002015, BadAnswer),
        (10006402, BadAnswer),
        (10037002, BadAnswer),
        (10037003, BadAnswer),
        (10037004, BadAnswer),
        (21008111, Refused),
        (21008106, Refused),
        (21011044, Refused),
        (21011007, Refused),
        (12052180, Refused),
        (12019027, Refused),
        (12019087, Refused),
        (12019150, Refused),
        (12052034, Refused),
        (99999999, Refused),
    ],
)
def test_every_documented_code_is_sorted(code: int, kind: type[ConnectorError]) -> None:
    error = sorted_as(answered(code))
    assert type(error) is kind
    assert (error.code, error.request_id, error.http_status) == (str(code), "2024R1", 200)
    assert error.sentence.startswith("TikTok GET /x: ")
    assert code in CODES or code == 99999999


def test_only_an_expired_token_asks_for_a_renewal() -> None:
    expired = [code for code in CODES if getattr(sorted_as(answered(code)), "expired", False)]
    assert expired == [105002]


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        ("Missing credentials. The request does not include a required signature in the query.", Refused, "report"),
        ("Invalid credentials. The `x-tts-access-token` header is invalid.", Unauthorized, "Connect the shop again"),
        ("Invalid credentials. The `access_token` header is invalid.", Unauthorized, "Connect the shop again"),
        ("Invalid credentials. Invalid `app_key` query parameter.", Unauthorized, "TIKTOK_SHOP_APP_KEY"),
        ("Invalid timestamp. The value of the `timestamp` must not be lesser than 0.", Refused, "far off"),
        ("The `timestamp` must not be earlier than 5 minutes before the current time.", Refused, "5 minutes slow"),
        ("The `timestamp` must not exceed the current time by more than 30 seconds.", Refused, "30 seconds fast"),
        ("Unexpected identifier. The `shop_cipher` query parameter is not required.", Refused, "report"),
        ("Invalid identifier. The `shop_id` query parameter is invalid.", Refused, "report"),
        ("Invalid API version. The `version` value is invalid.", Refused, "report"),
        ("PageSize is a required field", Refused, "PageSize is a required field"),
    ],
)
def test_the_catch_all_code_is_told_apart_by_its_message(message: str, kind: type[ConnectorError], words: str) -> None:
    error = sorted_as(answered(36009004, message))
    assert type(error) is kind
    assert words in error.sentence
    assert not getattr(error, "expired", False)


def test_a_wrong_clock_is_named_with_how_wrong_it_is() -> None:
    there = format_datetime(datetime.now(UTC) + timedelta(seconds=600))
    error = sorted_as(answered(36009004, "The `timestamp` must not be earlier than 5 minutes before", date=there))
    assert isinstance(error, Refused)
    assert "This machine's clock is wrong (" in error.sentence
    assert " seconds slow)" in error.sentence


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (answered(36009002), 5.0),
        (answered(36009002, status=429, retry_after="12"), 12.0),
        (answered(36009002, status=429, retry_after="0"), 1.0),
        (answered(77777777, status=429, retry_after="3"), 3.0),
        (Answer(429, {}, b"<html>slow down</html>"), 5.0),
    ],
)
@pytest.mark.parametrize("creates", [False, True])
def test_throttling_is_certainly_not_done_and_says_how_long(answer: Answer, wait: float, creates: bool) -> None:
    error = sorted_as(answer, creates=creates)
    assert isinstance(error, Throttled)
    assert error.wait == wait


@pytest.mark.parametrize(
    "answer",
    [
        answered(36009003),
        answered(36009007),
        answered(88888888, status=502),
        Answer(502, {}, b"<html>Bad gateway</html>"),
        Answer(403, {}, b"<html>Firewall</html>"),
        Answer(302, {"location": "/"}, b""),
        Answer(200, {}, b""),
        Answer(200, {}, b'{"code":0,"data":{"x"'),
    ],
)
def test_an_answer_that_settles_nothing_is_unknown_for_a_call_with_an_effect(answer: Answer) -> None:
    assert type(sorted_as(answer)) is BadAnswer
    assert type(sorted_as(answer, creates=True)) is UnknownOutcome


def test_recorded_answers_are_sorted_by_code_alone() -> None:
    token = b'{"code":105002,"message":"access token is expired, please refresh it","request_id":"20241203"}'
    error = sorted_as(Answer(200, {}, token))
    assert isinstance(error, Unauthorized)
    assert error.expired
    scope = sorted_as(Answer(200, {}, b'{"code":105005,"message":"you should apply auth pkg for this api"}'))
    assert isinstance(scope, Unauthorized)
    assert "Partner Center" in scope.sentence


def test_no_error_tells_a_secret_even_when_tiktok_repeats_it() -> None:
    said = "bad sign for token hush-token with secret hush-secret at /x?sign=0badc0de&app_secret=hush-secret"
    for code in (36009004, 106001, 55555555):
        error = sorted_as(answered(code, said), secrets=("hush-secret", "hush-token", ""))
        for text in (error.sentence, error.answer, str(error), repr(error)):
            assert "hush" not in text
            assert "0badc0de" not in text
        assert "***" in error.answer


def test_half_an_order_in_an_error_shows_no_buyer() -> None:
    error = sorted_as(Answer(200, {}, b'{"code":0,"data":{"orders":[{"recipient_address":{"name":"Jane Doe"'))
    assert error.answer == ""


def test_a_long_answer_is_kept_short() -> None:
    assert len(sorted_as(answered(55555555, "x" * 10**5)).answer) <= 2000
