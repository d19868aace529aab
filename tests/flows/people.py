"""Staff of a test, and their browsers."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User
from django.test import Client


def user_with(*names: str) -> User:
    """Somebody who may do what these permissions (code names) allow, and nothing else."""
    user = User.objects.create_user(f"staff{User.objects.count()}", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def client_with(*names: str) -> Client:
    return client_of(user_with(*names))


def member(role: str) -> Client:
    """Somebody who has this role and nothing besides."""
    user = User.objects.create_user(role.lower(), password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return client_of(user)
