"""The products of the sandbox catalogue as plain data: a small maker's shop with soap, candles and the like."""

from __future__ import annotations

from typing import NamedTuple

Variant = tuple[str, str, str]  # title, end of the SKU, dollars on top of the product's price
ONLY = "Default"
"""What TikTok calls the variant of a product that has just one; Shopify calls it "Default Title"."""

ONE_SIZE: tuple[Variant, ...] = ((ONLY, "", "0"),)
SCENTS: tuple[Variant, ...] = (("Lavender", "LAV", "0"), ("Eucalyptus", "EUC", "0"), ("Unscented", "NAT", "-1.00"))
SIZES: tuple[Variant, ...] = (("Small", "S", "0"), ("Medium", "M", "0"), ("Large", "L", "0"), ("X-Large", "XL", "2.00"))
CUPS: tuple[Variant, ...] = (("4 oz", "4OZ", "0"), ("8 oz", "8OZ", "9.00"), ("16 oz", "16OZ", "18.50"))


class Product(NamedTuple):
    title: str
    code: str
    price: str
    variants: tuple[Variant, ...] = ONE_SIZE
    only_on_tiktok: bool = False
    digital: bool = False


PRODUCTS: tuple[Product, ...] = (
    Product("Oatmeal & Honey Soap Bar", "OAT-SOAP", "7.50", (("4 oz", "4OZ", "0"), ("8 oz", "8OZ", "5.00"))),
    Product("Lavender Soap, Pack of Three", "lav-soap-3pk", "19.99"),
    Product("Charcoal Face Bar", "CHAR-BAR", "9.25"),
    Product("Bath Salts", "BATH-SALT", "14.00", SCENTS),
    Product("Soy Candle", "CANDLE-SOY", "18.00", (*SCENTS, ("Cedar & Amber", "CED", "2.00"))),
    Product("Whipped Body Butter", "BUTTER", "12.95", CUPS),
    Product("Lip Balm Trio", "LIP-TRIO", "8.99"),
    Product("Sugar Scrub", "SCRUB", "13.49", SCENTS),
    Product("Shower Steamers, Box of 6", "STEAM-6", "16.00", SCENTS),
    Product("Beard Oil 1 oz", "BEARD-OIL", "15.75", (("Cedar", "CED", "0"), ("Citrus", "CIT", "0"))),
    Product("Rosemary Hair Oil", "HAIR-ROS", "17.20", (("1 oz", "1OZ", "0"), ("2 oz", "2OZ", "8.30"))),
    Product("Stoneware Mug, Speckled", "MUG-SPECKLE", "24.00"),
    Product("Stoneware Mug, Speckled (second listing)", "MUG-SPECKLE", "24.00"),
    Product(
        "Linen Tea Towel", "TOWEL-LIN", "11.00", (("Sage", "SAGE", "0"), ("Rust", "RUST", "0"), ("Ink", "INK", "0"))
    ),
    Product("Cotton Waffle Robe", "ROBE-WAF", "64.00", SIZES),
    Product("Ribbed Lounge Set", "LOUNGE-RIB", "38.90", SIZES),
    Product("Oversized Graphic Tee “Slow Down”", "TEE-SLOW", "22.00", SIZES),
    Product("Crew Socks, 4 Pairs", "SOCK-4", "14.50", (("Black", "BLK", "0"), ("Mixed", "MIX", "0"))),
    Product("Canvas Market Tote", "TOTE-CAN", "19.00", (("Natural", "NAT", "0"), ("Olive", "OLV", "0"))),
    Product("Claw Clips, Set of 5", "CLAW-5", "9.99", (("Tortoise", "TOR", "0"), ("Pastel", "PAS", "0"))),
    Product("Silk Scrunchies", "SCRUNCH", "12.00", (("Ivory", "IVO", "0"), ("Rose", "ROS", "0"))),
    Product("Gold-Filled Huggie Earrings", "HUGGIE-GF", "28.00"),
    Product(
        "Birthstone Necklace", "NECK-BIRTH", "34.00", (("April", "APR", "0"), ("May", "MAY", "0"), ("June", "JUN", "0"))
    ),
    Product(
        "Phone Case “Wildflower”", "CASE-WILD", "16.99", (("Phone 16", "P16", "0"), ("Phone 17 Pro", "P17P", "3.00"))
    ),
    Product("Bamboo Cutting Board", "BOARD-BAM", "27.50", (("Small", "S", "0"), ("Large", "L", "11.00"))),
    Product("Silicone Baking Mats, Pair", "MAT-BAKE", "13.95"),
    Product("Cold Brew Pitcher 1.5 qt", "COLDBREW", "26.40"),
    Product("Loose Leaf Chai 4 oz", "CHAI-4", "10.80"),
    Product("Hot Honey 12 oz", "HONEY-HOT", "12.49", (("Single", "1", "0"), ("Pair", "2", "9.50"))),
    Product("Sourdough Starter Kit", "DOUGH-KIT", "31.00"),
    Product("Plant Mister, Brass", "MIST-BRASS", "21.75"),
    Product("Self-Watering Pot", "POT-SELF", "18.60", (("5 in", "5", "0"), ("7 in", "7", "7.40"))),
    Product("Dog Bandana", "BANDANA", "10.00", SIZES),
    Product("Catnip Sardines, 3 Pack", "CATNIP-3", "8.75"),
    Product("Watercolour Travel Set", "WATERCOL", "29.99"),
    Product("Undated Weekly Planner", "PLANNER", "23.00", (("Sand", "SAN", "0"), ("Forest", "FOR", "0"))),
    Product("Vinyl Sticker Sheet", "STICKER", "4.00", (("Frogs", "FRG", "0"), ("Mushrooms", "MSH", "0"))),
    Product("Soap Making Pattern Book (PDF)", "PDF-SOAP", "6.00", digital=True),
    Product("Live Exclusive Mystery Soap", "LIVE-MYST", "5.00", only_on_tiktok=True),
    Product("Holiday Advent Box", "ADVENT-26", "79.00", only_on_tiktok=True),
    Product("Creator Collab Lip Oil", "COLLAB-LIP", "14.25", (("Fig", "FIG", "0"), ("Peach", "PCH", "0")), True),
    Product("Surprise Grab Bag", "", "9.00", only_on_tiktok=True),
)
