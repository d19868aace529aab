"""Made-up buyers of the sandbox: names, US addresses, messages. All invented; phones use the 555-01xx range."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any


@dataclass(frozen=True)
class Place:
    """A town with its combined sales tax rate; shipping_taxed says whether its state taxes delivery."""

    state: str
    code: str
    county: str
    city: str
    postal_code: str
    tax_rate: Decimal
    shipping_taxed: bool = False


def _place(state: str, code: str, county: str, city: str, postal_code: str, rate: str, shipping: bool = False) -> Place:
    return Place(state, code, county, city, postal_code, Decimal(rate), shipping)


COLORADO = (
    _place("Colorado", "CO", "Denver County", "Denver", "80203", "0.0881"),
    _place("Colorado", "CO", "Boulder County", "Boulder", "80302", "0.09045"),
)
UNTAXED = (
    _place("Oregon", "OR", "Multnomah County", "Portland", "97205", "0"),
    _place("New Hampshire", "NH", "Hillsborough County", "Nashua", "03060", "0"),
    _place("Montana", "MT", "Missoula County", "Missoula", "59801", "0"),
)
STATES = (
    _place("California", "CA", "Los Angeles County", "Los Angeles", "90026", "0.095"),
    _place("California", "CA", "Santa Clara County", "San Jose", "95112", "0.09375"),
    _place("Texas", "TX", "Travis County", "Austin", "78704", "0.0825", True),
    _place("New York", "NY", "Kings County", "Brooklyn", "11215", "0.08875", True),
    _place("Florida", "FL", "Orange County", "Orlando", "32803", "0.065"),
    _place("Illinois", "IL", "Cook County", "Chicago", "60647", "0.1025"),
    _place("Washington", "WA", "King County", "Seattle", "98103", "0.1035", True),
    _place("Georgia", "GA", "Fulton County", "Atlanta", "30307", "0.089", True),
    _place("Ohio", "OH", "Franklin County", "Columbus", "43206", "0.0775", True),
    _place("Minnesota", "MN", "Hennepin County", "Minneapolis", "55408", "0.0903", True),
    _place("District of Columbia", "DC", "", "Washington", "20009", "0.06"),
    _place("Hawaii", "HI", "Honolulu County", "Kailua", "96734", "0.045", True),
    _place("North Carolina", "NC", "Buncombe County", "Asheville", "28801", "0.07", True),
    *COLORADO,
    *UNTAXED,
)
TERRITORIES = (
    _place("Puerto Rico", "PR", "San Juan Municipio", "San Juan", "00907", "0.115"),
    _place("Guam", "GU", "", "Hagåtña", "96910", "0"),
)
MILITARY = (
    _place("Armed Forces Americas", "AA", "", "APO", "34009", "0"),
    _place("Armed Forces Europe", "AE", "", "APO", "09094", "0"),
    _place("Armed Forces Pacific", "AP", "", "FPO", "96349", "0"),
)

FIRST_NAMES = ("Ava", "Marisol", "DeShawn", "Priya", "Noah", "Siobhán", "José", "Mai", "Tyrell", "Hannah", "Zoë")
LAST_NAMES = ("Nguyen", "O’Connor", "García", "Smith-Jones", "Patel", "Kowalski", "Washington", "Li", "Haddad")
STREETS = ("Maple Ave", "W 8th St", "Sunset Blvd", "Old Mill Rd", "N Kedzie Ave", "5th Ave", "Peachtree St NE")
UNITS = ("", "", " ", "Apt 4B", "Unit 12", "# 305", "c/o Front Desk")

MESSAGES = {
    "plain": "Please leave at the side door, thank you!",
    "emoji": "so excited 😍🎁🧼 first order from your LIVE!! 👩🏽‍🦱❤️‍🔥",
    "rtl": "من فضلك اتركه عند الباب שלום ותודה",
    "multi_line": "Hi!\n\n1) Gift wrap please\n2) no receipt in the box\r\n— it's for my mom",
    "markup": "<b>Buzz</b> #12 & say \"soap\" <script>alert('hi')</script>",
}


@dataclass(frozen=True)
class Buyer:
    user_id: str
    email: str
    nickname: str
    address: dict[str, Any]


def buyer(rng: Random, place: Place, masked: bool) -> Buyer:
    """A buyer at `place`; `masked` hides name, phone and street the way TikTok does when it arranges the shipping."""
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    relay = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=29))
    return Buyer(
        user_id="7" + _digits(rng, 18),
        email=f"v4b{relay[3:]}@scs.tiktokw.us",
        nickname=f"{first.lower()}_{rng.randrange(100, 9999)}",
        address=_address(rng, place, first, last, masked),
    )


def _address(rng: Random, place: Place, first: str, last: str, masked: bool) -> dict[str, Any]:
    name, phone = f"{first} {last}", f"(+1){rng.randrange(201, 989)}55501{rng.randrange(10, 99)}"
    street, unit = _street(rng, place), rng.choice(UNITS)
    city = place.city
    # Doc and observed data disagree on the split name, so all three forms occur.
    split = rng.choice(((first, last), (name, ""), ("", "")))
    if masked:
        name, phone = f"{first[0]}*** {last[0]}***{last[-1]}", f"{phone[:7]}*****{phone[-2:]}"
        street, unit = f"{street[:2]}*****", "" if not unit.strip() else "***"
        city = rng.choice((city, f"{city[:2]}{'*' * (len(city) - 2)}"))
        split = rng.choice(((name, ""), ("", "")))
    parts = [street, unit.strip(), city, f"{place.state} {place.postal_code}", "United States"]
    return {
        "full_address": ", ".join(part for part in parts if part),
        "name": name,
        "first_name": split[0],
        "last_name": split[1],
        "phone_number": phone,
        "region_code": "US",
        "postal_code": place.postal_code,
        "address_line1": street,
        "address_line2": unit,
        "address_line3": "",
        "address_line4": rng.choice(("", " ")),
        "address_detail": f"{street} {unit}".strip(),
        "district_info": _districts(rng, place, city),
        "delivery_preferences": {"drop_off_location": rng.choice(("", "Front Door", "Mailroom"))},
    }


def _street(rng: Random, place: Place) -> str:
    if place in MILITARY:
        return f"PSC {rng.randrange(1, 900)} Box {rng.randrange(1, 9000)}"
    return f"{rng.randrange(10, 9900)} {rng.choice(STREETS)}"


def _districts(rng: Random, place: Place, city: str) -> list[dict[str, str]]:
    state = {"address_level": "L1", "address_level_name": "State", "address_name": place.state}
    # Whether US data carries the code is not known: some orders have it, some do not.
    if rng.random() < 0.5:
        state["iso_code"] = place.code
    return [
        {"address_level": "L0", "address_level_name": "Country", "address_name": "United States"},
        state,
        {"address_level": "L2", "address_level_name": "County", "address_name": place.county},
        {"address_level": "L3", "address_level_name": "City", "address_name": city},
    ]


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))
