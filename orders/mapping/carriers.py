"""TikTok's carrier names → the names Shopify knows, and tracking pages of carriers that Shopify does not know.

Known names: the text of FulfillmentTrackingInfo.company in Shopify's Admin schema (2026-10). For those Shopify builds
the link itself and follows some parcels on its own; for the others the link goes along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Carrier:
    """`company` as Shopify is told; `page` has a place for the number, and is empty where Shopify knows the way."""

    company: str
    page: str = ""


# The beginning of TikTok's name, letters and digits only; the first that fits counts, so longer ones come first.
CARRIERS: tuple[tuple[str, Carrier], ...] = (
    ("usps", Carrier("USPS")),
    ("unitedstatespostal", Carrier("USPS")),
    ("ups", Carrier("UPS")),
    ("fedex", Carrier("FedEx")),
    ("dhlecommerceasia", Carrier("DHL eCommerce Asia")),
    ("dhlecommerce", Carrier("DHL eCommerce")),
    ("dhlglobalmail", Carrier("DHL eCommerce")),
    ("dhl", Carrier("DHL Express")),
    ("ontrac", Carrier("OnTrac")),
    ("lasership", Carrier("Lasership")),
    ("amazon", Carrier("Amazon")),
    ("pitneybowes", Carrier("Pitney Bowes")),
    ("newgistics", Carrier("Pitney Bowes")),
    ("asendia", Carrier("Asendia USA")),
    ("apc", Carrier("APC")),
    ("lonestarovernight", Carrier("Lone Star Overnight")),
    ("lso", Carrier("Lone Star Overnight")),
    ("cdl", Carrier("CDL Last Mile")),
    ("gls", Carrier("GLS")),
    ("tforce", Carrier("TForce Final Mile")),
    ("uniteddeliveryservice", Carrier("United Delivery Service")),
    ("pandion", Carrier("Pandion")),
    ("estes", Carrier("Estes")),
    ("xpo", Carrier("XPO Logistics")),
    ("olddominion", Carrier("Old Dominion")),
    ("rlcarriers", Carrier("R+L Carriers")),
    ("yunexpress", Carrier("YunExpress")),
    ("4px", Carrier("4PX")),
    ("sfexpress", Carrier("SF Express")),
    ("chinapost", Carrier("China Post")),
    ("canadapost", Carrier("Canada Post")),
    ("canpar", Carrier("Canpar")),
    ("purolator", Carrier("Purolator")),
    ("uniuni", Carrier("UniUni", "https://www.uniuni.com/tracking/?no={number}")),
    ("veho", Carrier("Veho", "https://track.shipveho.com/#/trackingId/{number}")),
    ("speedx", Carrier("SpeedX", "https://tracking.speedx.io/{number}")),
    ("gofo", Carrier("GOFO", "https://www.gofoexpress.com/tracking.html?searchID={number}")),
    ("cirro", Carrier("Cirro", "https://www.cirrotrack.com/parcelTracking?id={number}")),
    ("jitsu", Carrier("Jitsu", "https://recipient.gojitsu.com/{number}")),
    ("axlehire", Carrier("Jitsu", "https://recipient.gojitsu.com/{number}")),
    ("bettertrucks", Carrier("Better Trucks", "https://tracking.bettertrucks.com/tracking?trackingNumber={number}")),
)


def carrier(name: str) -> Carrier:
    """The carrier as Shopify is told of it; a name not in the table goes as it is, without a page."""
    folded = re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("tiktokshipping")
    for start, known in CARRIERS:
        if folded.startswith(start):
            return known
    return Carrier(name.strip())


def tracking_page(name: str, number: str) -> str:
    """Where this parcel can be followed; empty where Shopify links it by itself, or nobody knows a page."""
    page = carrier(name).page
    return page.format(number=quote(number, safe="")) if page and number else ""
