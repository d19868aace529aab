"""What TikTok says of packages, read so that no parcel is missed, moved back or shipped under a wrong name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.tiktok.payloads import Order, read_order
from orders.delivery.states import Change
from orders.mapping.carriers import carrier, tracking_page
from orders.mapping.changes import changes_between
from orders.mapping.delivery import PackageFacts, read_delivery, status_of
from orders.mapping.delivery_lines import place_units
from orders.mapping.links import Link
from orders.states import DeliveryStatus
from tests.payloads.us_order import address, line, order

NONE, IN_TRANSIT, DELIVERED = DeliveryStatus.NONE, DeliveryStatus.IN_TRANSIT, DeliveryStatus.DELIVERED
COLLECTED, ARRIVED, CHANGED = 1793700000, 1793790000, 1793800000


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def packed(number: int, package_id: str, state: str, **changes: Any) -> dict[str, Any]:
    return line(number, package_id=package_id, tracking_number=f"9400{package_id}", display_status=state, **changes)


def read(*lines: dict[str, Any], status: str = "IN_TRANSIT", **changes: Any) -> Order:
    packages = [{"id": one} for one in dict.fromkeys(each.get("package_id") for each in lines) if one]
    return read_order(order(lines, status=status, **{"update_time": CHANGED, "packages": packages, **changes}))


@pytest.mark.parametrize(
    ("status", "line_status", "times", "expected"),
    [
        ("AWAITING_SHIPMENT", "AWAITING_SHIPMENT", {}, NONE),
        ("AWAITING_COLLECTION", "AWAITING_COLLECTION", {}, NONE),
        ("IN_TRANSIT", "IN_TRANSIT", {}, IN_TRANSIT),
        ("IN_TRANSIT", "AWAITING_COLLECTION", {}, IN_TRANSIT),
        ("DELIVERED", "DELIVERED", {}, DELIVERED),
        ("DELIVERED", "IN_TRANSIT", {}, DELIVERED),
        ("COMPLETED", "COMPLETED", {"delivery_time": ARRIVED}, DELIVERED),
        ("COMPLETED", "COMPLETED", {"collection_time": COLLECTED}, IN_TRANSIT),
        ("COMPLETED", "COMPLETED", {}, NONE),
        ("CANCELLED", "IN_TRANSIT", {}, NONE),
        ("SOMETHING_NEW", "SOMETHING_NEW", {}, NONE),
        ("SOMETHING_NEW", "DELIVERED", {}, DELIVERED),
        ("PARTIALLY_SHIPPING", "AWAITING_SHIPMENT", {}, NONE),
    ],
)
def test_each_status_means_one_delivery_status(
    status: str, line_status: str, times: dict[str, int], expected: DeliveryStatus
) -> None:
    read_one = read(packed(1, "7", line_status), status=status, **times)
    assert status_of(read_one) is read_delivery(read_one).status is expected


def test_refunded_before_it_arrived_is_not_delivered() -> None:
    found = read_delivery(read(packed(1, "7", "COMPLETED"), status="COMPLETED", collection_time=COLLECTED))
    assert found.packages[0].status is IN_TRANSIT
    assert found.packages[0].delivered_at is None


def test_an_unknown_status_moves_nothing_and_is_told() -> None:
    found = read_delivery(read(line(1), status="TELEPORTED"))
    assert (found.status, found.packages, found.unknown) == (NONE, (), "TELEPORTED")


def test_two_packages_have_a_status_each_and_the_order_is_delivered_only_with_both() -> None:
    found = read_delivery(read(packed(1, "1", "DELIVERED"), packed(2, "2", "IN_TRANSIT")))
    assert [(p.package_id, p.status) for p in found.packages] == [("1", DELIVERED), ("2", IN_TRANSIT)]
    assert found.status is IN_TRANSIT


def test_a_unit_that_is_not_packed_yet_keeps_the_order_from_being_delivered() -> None:
    found = read_delivery(read(packed(1, "1", "DELIVERED"), line(2), status="PARTIALLY_SHIPPING"))
    assert found.status is IN_TRANSIT
    assert [p.unit_ids for p in found.packages] == [("577100000000000001",)]


def test_a_cancelled_unit_is_in_no_package_and_does_not_hold_up_delivered() -> None:
    found = read_delivery(read(packed(1, "1", "DELIVERED"), packed(2, "1", "CANCELLED")))
    assert found.status is DELIVERED
    assert [p.unit_ids for p in found.packages] == [("577100000000000001",)]


def test_times_are_tiktoks_own() -> None:
    one = read(packed(1, "1", "DELIVERED"), status="DELIVERED", collection_time=COLLECTED, delivery_time=ARRIVED)
    [package] = read_delivery(one).packages
    assert (package.in_transit_at, package.delivered_at) == (at(COLLECTED), at(ARRIVED))


def test_a_package_that_moves_later_than_the_first_gets_the_moment_it_was_told() -> None:
    known = [PackageFacts("1", ("577100000000000001",), status=IN_TRANSIT, in_transit_at=at(COLLECTED))]
    one = read(packed(1, "1", "IN_TRANSIT"), packed(2, "2", "IN_TRANSIT"), collection_time=COLLECTED)
    [first, second] = read_delivery(one, known).packages
    assert (first.in_transit_at, second.in_transit_at) == (at(COLLECTED), at(CHANGED))


def test_without_any_time_of_tiktoks_the_moment_of_the_change_counts() -> None:
    [package] = read_delivery(read(packed(1, "1", "DELIVERED"), status="DELIVERED")).packages
    assert (package.in_transit_at, package.delivered_at) == (at(CHANGED), at(CHANGED))


def test_a_package_never_goes_back() -> None:
    known = [PackageFacts("1", status=DELIVERED, in_transit_at=at(1), delivered_at=at(2))]
    [package] = read_delivery(read(packed(1, "1", "IN_TRANSIT")), known).packages
    assert (package.status, package.in_transit_at, package.delivered_at) == (DELIVERED, at(1), at(2))


def test_the_number_of_an_unsplit_order_serves_its_package_and_that_of_a_split_one_does_not() -> None:
    bare = {"display_status": "IN_TRANSIT", "package_id": "1"}
    assert read_delivery(read(line(1, **bare), tracking_number="T1")).packages[0].tracking_number == "T1"
    split = read(line(1, **bare), packed(2, "2", "IN_TRANSIT"), tracking_number="T1")
    assert [p.tracking_number for p in read_delivery(split).packages] == ["", "94002"]


def test_a_shipment_without_a_package_id_is_one_package_and_keeps_its_row_when_tiktok_names_it() -> None:
    moving = {"display_status": "IN_TRANSIT", "tracking_number": "T1"}
    [made_up] = read_delivery(read(line(1, **moving), collection_time=COLLECTED)).packages
    assert (made_up.package_id, made_up.status) == ("shipment-T1", IN_TRANSIT)
    [named] = read_delivery(read(line(1, package_id="55", **moving)), [made_up]).packages
    assert (named.package_id, named.replaces, named.in_transit_at) == ("55", "shipment-T1", at(COLLECTED))


def test_packages_that_no_line_names_are_asked_for_and_then_filled_from_the_answer() -> None:
    one = read(line(1, display_status="IN_TRANSIT"), packages=[{"id": "8"}, {"id": "9"}])
    assert read_delivery(one).nameless == ("8", "9")
    known = [PackageFacts("8", ("577100000000000001",)), PackageFacts("9")]
    found = read_delivery(one, known)
    assert found.nameless == ()
    assert [(p.package_id, p.status) for p in found.packages if not p.is_cancelled] == [("8", IN_TRANSIT)]


def test_a_package_that_lost_its_units_to_another_is_cancelled() -> None:
    known = [PackageFacts("1", ("577100000000000001",))]
    found = read_delivery(read(packed(1, "2", "IN_TRANSIT")), known).packages
    assert {p.package_id: p.is_cancelled for p in found} == {"2": False, "1": True}


def test_components_of_a_bundle_lie_in_their_own_packages() -> None:
    subs = [
        {"id": "s1", "sku_id": "21", "package_id": "1", "display_status": "IN_TRANSIT"},
        {"id": "s2", "sku_id": "22", "package_id": "2", "display_status": "AWAITING_COLLECTION"},
    ]
    found = read_delivery(read(line(1, sub_item_info=subs), packages=[{"id": "1"}, {"id": "2"}])).packages
    assert [(p.package_id, p.unit_ids, p.status) for p in found] == [
        ("1", ("s1",), IN_TRANSIT),
        ("2", ("s2",), NONE),
    ]


@dataclass(frozen=True)
class ShopifyLine:
    gid: str
    variant_gid: str = ""
    sku: str = ""
    title: str = ""
    quantity: int = 1
    unit_price: Decimal | None = None


def links(*skus: str) -> dict[str, Link]:
    return {sku: Link(sku, f"v{sku}", f"SOAP-{sku}") for sku in skus}


ONE, TWO, THREE = (f"57710000000000{number:04d}" for number in (1, 2, 3))


def test_units_of_one_product_at_two_prices_find_their_own_lines() -> None:
    lines = [ShopifyLine("a", "v11", unit_price=Decimal(10)), ShopifyLine("b", "v11", unit_price=Decimal(0))]
    placed = place_units(read(line(1, sale="0.00"), line(2, sale="10.00")), links("11"), lines)
    assert placed == {ONE: ["b"], TWO: ["a"]}


def test_units_that_were_grouped_share_a_line() -> None:
    placed = place_units(
        read(line(1), line(2), line(3, "12")),
        links("11", "12"),
        [
            ShopifyLine("a", "v11", quantity=2),
            ShopifyLine("b", "v12"),
        ],
    )
    assert placed == {ONE: ["a"], TWO: ["a"], THREE: ["b"]}


def test_a_unit_cancelled_before_the_sync_takes_no_line_from_one_that_ships() -> None:
    placed = place_units(read(line(1, display_status="CANCELLED"), line(2)), links("11"), [ShopifyLine("a", "v11")])
    assert placed == {TWO: ["a"]}


def test_a_product_linked_to_another_variant_since_is_found_by_sku_then_by_number() -> None:
    changed = {"11": Link("11", "v99", "SOAP-99")}
    assert place_units(read(line(1)), changed, [ShopifyLine("a", "v11", "SOAP-11")]) == {ONE: ["a"]}
    assert place_units(read(line(1)), changed, [ShopifyLine("a", "", "OTHER")]) == {ONE: ["a"]}


def test_a_bundle_sent_whole_lies_with_its_first_component() -> None:
    subs = [{"id": "s1", "sku_id": "21"}, {"id": "s2", "sku_id": "22"}]
    placed = place_units(read(line(1, sub_item_info=subs)), links("11"), [ShopifyLine("a", "v11")])
    assert placed == {"s1": ["a"], "s2": []}


@pytest.mark.parametrize(
    ("name", "company", "page"),
    [
        ("USPS", "USPS", ""),
        ("USPS Ground Advantage", "USPS", ""),
        ("UPS SurePost", "UPS", ""),
        ("FedEx SmartPost", "FedEx", ""),
        ("TikTok Shipping USPS", "USPS", ""),
        ("DHL eCommerce US", "DHL eCommerce", ""),
        ("OnTrac", "OnTrac", ""),
        ("UniUni", "UniUni", "https://www.uniuni.com/tracking/?no=N%2F1"),
        ("SPEEDX", "SpeedX", "https://tracking.speedx.io/N%2F1"),
        ("GOFO Express", "GOFO", "https://www.gofoexpress.com/tracking.html?searchID=N%2F1"),
        ("Better Trucks", "Better Trucks", "https://tracking.bettertrucks.com/tracking?trackingNumber=N%2F1"),
        ("Pony & Son", "Pony & Son", ""),
        ("", "", ""),
    ],
)
def test_carriers_are_called_what_shopify_calls_them(name: str, company: str, page: str) -> None:
    assert (carrier(name).company, tracking_page(name, "N/1")) == (company, page)


def test_a_whole_cancellation_is_not_also_a_partial_one() -> None:
    before, after = read(line(1), line(2)), read(line(1), line(2), status="CANCELLED")
    assert list(changes_between(before, after)) == [Change.CANCELLED]
    lines = [line(1, display_status="CANCELLED"), line(2)]
    assert list(changes_between(before, read(*lines))) == [Change.PARTLY_CANCELLED]
    assert changes_between(read(*lines), read(*lines)) == {}


ADDRESS = address(address_detail="1 Main St")


def address_changed(before: dict[str, Any], after: dict[str, Any]) -> bool:
    old, new = (read(recipient_address=ADDRESS | changes) for changes in (before, after))
    return Change.ADDRESS_CHANGED in changes_between(old, new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"first_name": "John"}),
        ({}, {"last_name": "Smith"}),
        ({}, {"address_detail": "Building 8"}),
        ({}, {"address_line2": "Apt 4"}),
        ({"address_line2": "Apt 4"}, {}),
        ({"address_line1": ""}, {"address_line1": "", "address_detail": "2 Other St"}),
        ({"district_info": [], "post_town": "Reno"}, {"district_info": [], "post_town": "Elko"}),
        (
            {"address_line1": "", "address_detail": ""},
            {"address_line1": "", "address_detail": "", "full_address": "2 Other St, Los Angeles, California 90001"},
        ),
        (
            {"name": "", "first_name": "", "last_name": "", "first_name_local_script": "ジョン"},
            {"name": "", "first_name": "", "last_name": "", "first_name_local_script": "ヨハン"},
        ),
    ],
    ids=",".join,
)
def test_a_parcel_never_goes_to_an_address_that_changed_unseen(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert address_changed(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({}, {"first_name": "J***", "last_name": "D***", "name": "J*** D***", "phone_number": "(+1)***"}),
        ({"address_line2": "Apt 4"}, {"address_line2": "A***"}),
        ({"address_line2": "Apt 4"}, {"address_line1": "1 M***", "address_line2": "", "address_detail": "1 M***"}),
        ({}, {"name": "Jane  Doe", "first_name": "", "last_name": ""}),
        ({}, {"phone_number": "+1 310 555 0123"}),
        ({}, {"first_name_local_script": "ジョン", "full_address": "one Main Street"}),
        ({}, dict.fromkeys(ADDRESS, "")),
    ],
    ids=",".join,
)
def test_staff_is_not_sent_to_compare_an_address_that_only_reads_differently(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert not address_changed(before, after)
