"""An address that was mistyped, or of something that is gone, is told so on a page and is no crash."""

from __future__ import annotations

from itertools import chain

import pytest

from orders.models import Order
from tests.flows.every_address import Who, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]


def test_an_object_that_is_not_there_is_no_crash(places: dict[str, list[str]]) -> None:
    owner = person(Who.OWNER)
    for address in chain.from_iterable(places.values()):
        gone = "/".join("999999" if part.isdigit() else part for part in address.split("/"))
        assert owner.get(gone).status_code < 500, gone


ODD = ("x", "²", "٣", "0", "9" * 26, "%00", "1' OR 1=1--")


def test_an_address_that_was_mistyped_is_no_crash(places: dict[str, list[str]]) -> None:
    owner = person(Who.OWNER)
    for address in chain.from_iterable(places.values()):
        for odd in ODD if any(part.isdigit() for part in address.split("/")) else ():
            gone = "/".join(odd if part.isdigit() else part for part in address.split("/"))
            assert owner.get(gone).status_code < 500, gone


@pytest.mark.parametrize("name", ["tiktokshop", "shopifystore"])
def test_a_shop_that_is_not_there_is_told_as_everywhere(places: dict[str, list[str]], name: str) -> None:
    answer = person(Who.OWNER).get(f"/admin/settings_app/{name}/x/change/", follow=True)
    assert answer.redirect_chain
    assert "doesn’t exist" in answer.content.decode()
    assert person(Who.STAFF).get(f"/admin/settings_app/{name}/x/change/").status_code == 403


def test_the_open_list_is_not_stopped_by_a_number_that_no_row_has(places: dict[str, list[str]]) -> None:
    order = Order.objects.earliest("pk")
    answer = person(Who.OWNER).get(f"/admin/orders/order/states/?ids=x,²,{'9' * 26},{order.pk}")
    assert list(answer.json()["rows"]) == [str(order.pk)]
