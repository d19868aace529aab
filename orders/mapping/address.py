"""Shopify `shippingAddress` from TikTok's recipient. Masked values are ordinary data; nothing is ever lost silently."""

from __future__ import annotations

import re

from connectors.tiktok.payloads import Address, Order
from orders.mapping.regions import TERRITORIES, state_code
from orders.mapping.result import MappingWarning
from orders.mapping.shipping import is_digital
from orders.mapping.text import FIELD_LENGTH, is_masked, one_line

_STATE_LEVELS = ("state", "province", "territory", "region")
_UNITED_STATES = ("", "US", "USA")
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|#)\s*\d+\s*$", re.IGNORECASE)
_COUNTRY_PART = re.compile(r"\(\+(\d{1,3})\)")  # "(+1)…"; without the plus it is an area code
_WORD = re.compile(r"[^\W_]+")
_STATE_BEFORE_ZIP = re.compile(r"\b([A-Z]{2})[ ,]+(\d{5})\b")


def shipping_address(order: Order) -> tuple[dict[str, object] | None, list[MappingWarning]]:
    """MailingAddressInput without empty keys, or None when TikTok shows no address at all."""
    address = order.recipient_address
    first, last = names(address)
    street, second = _street(address)
    province, outside, warnings = _region(address)
    city = ", ".join(part for part in (_city(address), outside) if part)
    phone, phone_warnings = _phone(address.phone_number)
    phone_warnings += _cut(address)
    given = {
        "firstName": first,
        "lastName": last,
        "address1": street,
        "address2": second,
        "city": one_line(city),
        "provinceCode": province,
        "zip": one_line(address.postal_code),
        "phone": phone,
    }
    given = {key: value for key, value in given.items() if value}
    if not given:
        missing = MappingWarning("address_missing", "TikTok shows no delivery address; look it up in Seller Center.")
        return None, [] if is_digital(order) else [missing]
    if province or address.region_code.upper() in _UNITED_STATES:
        given["countryCode"] = "US"
    # Nothing travels to a digital order's address, so a doubtful region is nobody's concern.
    return dict(given), phone_warnings if is_digital(order) else warnings + phone_warnings


def names(address: Address) -> tuple[str, str]:
    """First and last name. Without separate ones `name` is split at its last blank; a single word is a first name."""
    first, last, whole = one_line(address.first_name), one_line(address.last_name), one_line(address.name)
    if last and first:
        return first, last
    whole = whole or first or last
    if not whole:
        return one_line(address.first_name_local_script), one_line(address.last_name_local_script)
    start, _, end = whole.rpartition(" ")
    return (start.strip(), end) if start else (end, "")


def _cut(address: Address) -> list[MappingWarning]:
    lines = (address.address_line1, address.address_line2, address.address_line3, address.address_line4)
    second = ", ".join(_second_line(address))
    if all(len(text) <= FIELD_LENGTH for text in (*lines, second, address.name, address.address_detail)):
        return []
    said = f"The address is longer than the {FIELD_LENGTH} characters Shopify keeps of a line; look at its end."
    return [MappingWarning("address_cut", said)]


def _street(address: Address) -> tuple[str, str]:
    first = one_line(address.address_line1) or one_line(address.address_detail)
    rest = ", ".join(_second_line(address))
    if not first:
        first, rest = (rest, "") if rest else (one_line(address.full_address), "")
    return one_line(first), one_line(rest)


def _second_line(address: Address) -> list[str]:
    """What is printed under the first line: the other lines, and the detail where no line says it."""
    first, detail = one_line(address.address_line1), one_line(address.address_detail)
    others = [one_line(line) for line in (address.address_line2, address.address_line3, address.address_line4)]
    others = [line for line in others if line and line != (first or detail)]
    is_news = _words(detail) not in _words(" ".join((first, *others)))
    return [*others, detail] if first and is_news and not is_masked(detail) else others


def _words(text: str) -> str:
    """The words alone, for asking whether one text contains another."""
    return " ".join(("", *_WORD.findall(text.casefold()), ""))


def _level(address: Address, *level_names: str) -> str:
    for district in address.district_info:
        if district.address_level_name.casefold() in level_names and district.address_name:
            return one_line(district.address_name)
    return ""


def _city(address: Address) -> str:
    return _level(address, "city", "town") or one_line(address.post_town)


def _region(address: Address) -> tuple[str, str, list[MappingWarning]]:
    """(two-letter code, state text that has no code, warnings); the text goes to the city, so that it is printed."""
    country = address.region_code.upper()
    if country in TERRITORIES:
        return country, "", []
    text = _level(address, *_STATE_LEVELS)
    if country not in _UNITED_STATES:
        outside = ", ".join(part for part in (text, country) if part)
        return "", outside, [MappingWarning("bad_region", f"The address is not in the United States: {outside}.")]
    code = state_code(text) or _iso_state(address)
    if code:
        return code, "", []
    if guessed := _state_in_full(address):
        where = f"“{text}” is no US state" if text and not is_masked(text) else "TikTok names no state"
        said = f"{where}; {guessed} was read from the whole address. Check it before shipping."
        return guessed, "", [MappingWarning("bad_region", said)]
    if not text:
        return "", "", [MappingWarning("bad_region", "TikTok names no state in the address; check it before shipping.")]
    where = "the part TikTok shows" if is_masked(text) else f"“{text}”"
    return (
        "",
        text,
        [MappingWarning("bad_region", f"{where} is no US state that Shopify knows; it was put beside the city.")],
    )


def _iso_state(address: Address) -> str:
    """Whether US data carries iso_code is not confirmed, so it only helps where the name does not."""
    for district in address.district_info:
        if district.address_level_name.casefold() in _STATE_LEVELS and state_code(district.iso_code):
            return state_code(district.iso_code)
    return ""


def _state_in_full(address: Address) -> str:
    """The state before the same ZIP in the full address ("…, San Jose, CA 95110")."""
    for code, zip_code in _STATE_BEFORE_ZIP.findall(address.full_address):
        if address.postal_code.startswith(zip_code) and state_code(code):
            return state_code(code)
    return ""


def _phone(text: str) -> tuple[str, list[MappingWarning]]:
    """A phone as +digits; a masked or impossible one is left out, for it would make Shopify refuse the order."""
    if not text:
        return "", []
    if is_masked(text):
        return "", [MappingWarning("phone_masked", "TikTok masks the buyer's phone number, so it was left out.")]
    plain = _EXTENSION.sub("", text)
    country = _COUNTRY_PART.match(plain.strip())
    digits = re.sub(r"\D", "", plain)
    if not country and not plain.strip().startswith("+"):
        digits = digits if len(digits) == 11 and digits.startswith("1") else f"1{digits}"
    american = digits.startswith("1")
    usable = re.fullmatch(r"1[2-9]\d{9}", digits) if american else re.fullmatch(r"[2-9]\d{7,14}", digits)
    if usable:
        return f"+{digits}", []
    return "", [MappingWarning("phone_left_out", "The phone number is not one that Shopify takes, so it was left out.")]
