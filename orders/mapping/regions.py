"""US states, territories and military regions: the two-letter codes Shopify takes as `provinceCode`."""

from __future__ import annotations

_NAMES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico",
    "VI": "Virgin Islands", "FM": "Federated States of Micronesia", "MH": "Marshall Islands", "PW": "Palau",
    "UM": "United States Minor Outlying Islands",
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
}  # fmt: skip

_OTHER_NAMES = {
    "washington dc": "DC", "washington d c": "DC", "d c": "DC",
    "us virgin islands": "VI", "u s virgin islands": "VI", "united states virgin islands": "VI",
    "virgin islands us": "VI", "virgin islands of the united states": "VI",
    "commonwealth of the northern mariana islands": "MP", "commonwealth of puerto rico": "PR",
    "micronesia": "FM", "hawai i": "HI",
    "armed forces": "AE", "armed forces africa": "AE", "armed forces canada": "AE",
    "armed forces middle east": "AE", "armed forces europe africa canada": "AE",
    "armed forces europe the middle east and canada": "AE", "armed forces europe canada middle east africa": "AE",
    "armed forces america": "AA", "armed forces the americas": "AA", "armed forces americas except canada": "AA",
}  # fmt: skip

_CODES = {name.casefold(): code for code, name in _NAMES.items()} | _OTHER_NAMES
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI", "FM", "MH", "PW", "UM"})
"""Codes that are also countries of their own in ISO 3166."""


def state_code(text: str) -> str:
    """The code for a name, a code, an ISO 3166-2 code ("US-CA"), or a name with its code ("California (CA)"); "" when
    it is none of them."""
    words = " ".join("".join(char if char.isalnum() else " " for char in text).split())
    code = words.upper().removeprefix("US ")
    if code in _NAMES:
        return code
    name, before = words.casefold(), words.rpartition(" ")[0]
    last = words[len(before) :].strip().upper()
    if before and last in _NAMES and state_code(before) == last:
        return last
    return _CODES.get(name) or _CODES.get(name.removeprefix("state of "), "")
