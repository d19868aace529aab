"""People: one choice of a role is all it takes to let somebody in, and nobody locks everybody out."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse

from orders.admin import history
from settings_app.admin.role_form import RIGHTS
from tests.factories import ShopFactory
from tests.flows.people import client_of

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/auth/user/"


@pytest.fixture(autouse=True)
def roles() -> None:
    import_module("orders.migrations.0003_roles").make(apps, SimpleNamespace(connection=connection))


@pytest.fixture
def owner() -> Client:
    return client_of(User.objects.create_superuser("owner", password="x"))


def group(name: str) -> str:
    return str(Group.objects.get(name=name).pk)


def filled_in(user: User, **further: Any) -> dict[str, Any]:
    return {"username": user.username, "is_active": "on", **further}


def test_somebody_new_with_the_role_viewer_can_log_in_at_once(owner: Client) -> None:
    words = {"password1": "lavender-and-mint-7", "password2": "lavender-and-mint-7"}
    owner.post(f"{PEOPLE}add/", {"username": "vera", "role": group("Viewer"), **words})
    vera = Client()
    login = {"username": "vera", "password": "lavender-and-mint-7"}
    assert vera.post("/admin/login/?next=/admin/", login).status_code == 302
    assert vera.get("/admin/orders/order/").status_code == 200


def test_a_role_that_is_taken_away_shuts_the_door_and_another_one_opens_it_again(owner: Client) -> None:
    vera = User.objects.create_user("vera", password="x", is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewer"))
    owner.post(f"{PEOPLE}{vera.pk}/change/", filled_in(vera, role=""))
    vera.refresh_from_db()
    assert (vera.is_staff, vera.groups.count()) == (False, 0)
    owner.post(f"{PEOPLE}{vera.pk}/change/", filled_in(vera, role=group("Operator")))
    vera = User.objects.get(pk=vera.pk)
    assert vera.is_staff
    assert vera.has_perm("orders.sync_order")


def test_changing_a_name_leaves_further_roles_as_they_are(owner: Client) -> None:
    vera = User.objects.create_user("vera", password="x", is_staff=True)
    vera.groups.set(Group.objects.filter(name__in=["Viewer", "Operator"]))
    shown = owner.get(f"{PEOPLE}{vera.pk}/change/").context["adminform"].form
    owner.post(f"{PEOPLE}{vera.pk}/change/", filled_in(vera, role=shown["role"].value(), first_name="Vera"))
    vera.refresh_from_db()
    assert (vera.first_name, vera.groups.count()) == ("Vera", 2)


def test_the_page_of_a_person_shows_no_hash_and_no_list_of_two_hundred_permissions(owner: Client) -> None:
    vera = User.objects.create_user("vera", password="x")
    page = owner.get(f"{PEOPLE}{vera.pk}/change/").content.decode()
    assert "pbkdf2" not in page
    assert "user_permissions" not in page
    assert f"{PEOPLE}{vera.pk}/password/" in page
    assert "Viewer: sees orders" in page


def test_the_only_owner_cannot_lock_everybody_out(owner: Client) -> None:
    me = User.objects.get(username="owner")
    for wrong in (filled_in(me, role=""), {"username": "owner", "role": "*"}):
        answer = owner.post(f"{PEOPLE}{me.pk}/change/", wrong)
        assert "This is the only owner" in answer.content.decode()
    me.refresh_from_db()
    assert me.is_superuser
    assert me.is_staff
    assert me.is_active


def test_who_may_edit_people_can_neither_become_owner_nor_change_one(owner: Client) -> None:
    helper = User.objects.create_user("helper", password="x", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "add_user"]))
    browser = client_of(helper)
    browser.post(f"{PEOPLE}{helper.pk}/change/", filled_in(helper, role="*"))
    assert not User.objects.get(pk=helper.pk).is_superuser
    me = User.objects.get(username="owner")
    assert browser.post(f"{PEOPLE}{me.pk}/change/", filled_in(me, role="")).status_code == 403
    assert browser.post(f"{PEOPLE}{me.pk}/password/", {"password1": "y", "password2": "y"}).status_code == 403


@pytest.mark.parametrize("page", ["auth/user/", "orders/order/preview/", "orders/order/fetch-period/{shop}/"])
def test_a_viewer_who_may_not_open_a_page_is_told_so_and_finds_back(page: str) -> None:
    shop = ShopFactory.create()
    vera = User.objects.create_user("vera", password="x", is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewer"))
    answer = client_of(vera).get(f"/admin/{page}".replace("{shop}", str(shop.pk)))
    said = answer.content.decode()
    assert answer.status_code == 403
    assert "Your role does not allow this" in said
    assert 'href="/admin/"' in said


def test_the_accounts_of_commands_are_not_listed_among_the_people_and_who_left_still_is(owner: Client) -> None:
    history.note_command("connect_store", ShopFactory.create(), "Prices: changed")
    User.objects.create_user("left", password="x", is_active=False)
    listed = {one.username for one in owner.get(PEOPLE).context["cl"].result_list}
    assert listed == {"owner", "left"}


def test_an_address_that_does_not_exist_leads_home_in_our_own_look(owner: Client) -> None:
    answer = owner.get("/admin/nothing/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_a_role_is_a_list_of_plain_rights_and_keeps_what_the_list_does_not_name(owner: Client) -> None:
    packer = Group.objects.create(name="Packer")
    other = Permission.objects.get(codename="add_logentry")
    packer.permissions.add(other)
    address = reverse("admin:auth_group_change", args=[packer.pk])
    page = owner.get(address).content.decode()
    assert "Sync and retry orders" in page
    assert "Can add log entry" not in page  # Django's own two hundred
    rights = ["orders.view_order", "orders.sync_order"]
    owner.post(address, {"name": "Packer", "rights": rights})
    given = set(packer.permissions.values_list("codename", flat=True))
    assert given == {"view_order", "sync_order", "add_logentry"}
    assert owner.get(address).context["adminform"].form["rights"].value() == rights
    owner.post(address, {"name": "Packer", "rights": []})
    assert list(packer.permissions.all()) == [other]


def test_every_right_of_the_roles_can_be_ticked() -> None:
    given = Permission.objects.filter(group__isnull=False).select_related("content_type")
    assert {f"{one.content_type.app_label}.{one.codename}" for one in given} == set(RIGHTS)
