"""The envelope of TikTok's answers and its refusals by code, with the messages of its common-errors page."""

from __future__ import annotations

import secrets
import time

from connectors.sandbox.serving import Reply, json_reply

BAD_SIGN = 106001
TOKEN_EXPIRED = 105002
NO_CIPHER = 106013
WRONG_SHOP = 101000
BAD_CODE = 36004004
TOO_MANY = 36009002
BAD_REQUEST = 36009004
BAD_PATH = 36009009
BAD_METHOD = 36009010
BAD_VERSION = 36009014
BAD_FORMAT = 36009022
PRODUCT_MISSING = 12019150
TOO_MANY_SELLER_SKUS = 12019027
TOO_MANY_SKU_IDS = 12019087

# HTTP status is no reliable sign of success at TikTok: some refusals come with 200.
STATUS = {BAD_SIGN: 401, TOO_MANY: 429, BAD_REQUEST: 400, WRONG_SHOP: 403, BAD_PATH: 404, BAD_METHOD: 405}

TOKEN_UNKNOWN = "Invalid credentials. The x-tts-access-token header is invalid."  # a message, no token


class Refusal(Exception):
    """An error answer: TikTok's code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def done(data: object) -> Reply:
    return json_reply({"code": 0, "data": data, "message": "Success", "request_id": _request_id()})


def refused(refusal: Refusal, retry_after: float | None = None) -> Reply:
    body: dict[str, object] = {"code": refusal.code, "message": refusal.message, "request_id": _request_id()}
    if refusal.code != TOKEN_EXPIRED:  # the one answer seen without the key
        body["data"] = None
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return json_reply(body, STATUS.get(refusal.code, 200), headers)


def _request_id() -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + secrets.token_hex(10).upper()
