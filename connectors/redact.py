"""What of a request or an answer may be stored or logged: secrets and buyers' personal data become "***".

Meant to hide too much rather than too little; ids, amounts, statuses, SKUs and vendor messages stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.careless_json import DEEPEST, TOO_DEEP

HIDDEN = "***"

# Keys are compared as lower-case words run together: first_name, firstName and "First-Name" are all firstname.
_SECRETS = re.compile(
    r"secret|password|accesstoken|refreshtoken|authorization$|cipher|authcode|apikey|cookie|^(token|sign|signature|hmac)$"
)
_PEOPLE = re.compile(
    r"email|phone|nickname|avatar|buyermessage|buyernote|sellernote|customernote|^note$|droplocation|dropofflocation"
    r"|^(first|last|full|middle|display|recipient|receiver|buyer|customer|cpf)?name(localscript)?$"
    r"|^(first|last)namelocalscript$|^(cpf|taxid|posttown|latitude|longitude)$"
)
_POSTAL = re.compile(r"^(zip|zipcode|postalcode|postcode)$")
_ADDRESS = re.compile(r"address")
# Parts of an address that tell a region, not a home.
_REGIONAL = re.compile(r"^(region|regioncode|country\w*|province\w*|statecode|addresslevel(name)?|isocode)$")
# An expiry, a switch or a page mark is not the thing its name speaks of.
_ABOUT = re.compile(r"(expirein|expiresat|expiresin|expiry|pagetoken|type)$")

_ORDER_NAME = re.compile(r"^#[\w-]{1,20}$")
"""Shopify calls an order's number `name`."""

# Runs are possessive or bounded: an answer of a megabyte without a blank must not cost minutes.
_TEXT_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/@\s]++@"), HIDDEN + "@"),
    # PostgreSQL shows the whole row that it refused.
    (re.compile(r"(?s)\bDETAIL: .*?(?=\n\n|\nCONTEXT: |\nHINT: |\Z)"), "DETAIL: " + HIDDEN),
    (
        re.compile(
            r"(?i)((?:app_secret|client_secret|access_token|refresh_token|auth_code|shop_cipher|cipher|password|hmac"
            r"|signature|x-tts-access-token|x-shopify-access-token|(?<=[?&])(?:code|sign|state|token|id_token))"
            r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&#,;})\]]+"
        ),
        r"\1" + HIDDEN,
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), r"\1 " + HIDDEN),
    (re.compile(r"\bshp[a-z]{2}_\w{6,}"), HIDDEN),
    (re.compile(r"\b(?:TTP|GCP|ROW)_[\w-]{8,}"), HIDDEN),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"\(\+?\d{1,4}\)[\d\s.*-]{5,20}[\d*]"), HIDDEN),
    (re.compile(r"(?<!\w)\+\d[\d\s().*-]{6,24}[\d*]"), HIDDEN),
    (re.compile(r"(?<![\w-])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"), HIDDEN),
)


def redact(value: object) -> object:
    """A deep copy of JSON-like data that is safe to keep: dicts stay dicts, lists and tuples become lists."""
    return _copy(value, 0, in_address=False)


def redact_text(text: str) -> str:
    """Free text without tokens, signatures, e-mail addresses and phone numbers."""
    for pattern, replacement in _TEXT_RULES:
        text = pattern.sub(replacement, text)
    return text


def _copy(value: object, depth: int, *, in_address: bool) -> object:
    if depth >= DEEPEST and isinstance(value, Mapping | list | tuple):
        return TOO_DEEP
    if isinstance(value, Mapping):
        return {key: _entry(str(key), entry, depth + 1, in_address=in_address) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(entry, depth + 1, in_address=in_address) for entry in value]
    if isinstance(value, str):
        return _hide(value) if in_address else redact_text(value)
    return value


def _entry(key: str, value: object, depth: int, *, in_address: bool) -> object:
    word = re.sub(r"[^a-z0-9]", "", key.lower())
    about = _ABOUT.search(word) is not None
    if _SECRETS.search(word) and not about:
        return _hide_all(value, depth)
    if _POSTAL.search(word):
        return value[:3] + HIDDEN if isinstance(value, str) and value else _hide_all(value, depth)
    if _REGIONAL.search(word):
        return _copy(value, depth, in_address=False)
    if _ADDRESS.search(word) and not about:
        return _copy(value, depth, in_address=True)
    if _PEOPLE.search(word) and (in_address or not (isinstance(value, str) and _ORDER_NAME.search(value))):
        return _hide_all(value, depth)
    return _copy(value, depth, in_address=in_address)


def _hide(text: str) -> str:
    return HIDDEN if text.strip() else text


def _hide_all(value: object, depth: int) -> object:
    """Nothing of the value; an empty or absent one still shows as such, and true or false tells nothing."""
    if value is None or value == "" or isinstance(value, bool):
        return value
    if depth >= DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: _hide_all(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_hide_all(entry, depth + 1) for entry in value]
    return HIDDEN
