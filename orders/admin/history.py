"""Who did what and when: one entry in Django's admin log per order and action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from orders.models import Order

BATCH = 1000


def note(request: HttpRequest, row: Model, sentence: str) -> None:
    """One entry for one row of any model."""
    _write(_person(request), ContentType.objects.get_for_model(row), [(row.pk, str(row))], sentence)


def note_command(command: str, row: Model, sentence: str) -> None:
    """One entry for what a command did, under its name: an account that nobody can log in to."""
    account, new = User.objects.get_or_create(username=command, defaults={"is_active": False})
    if new:
        account.set_unusable_password()
        account.save()
    _write(account.pk, ContentType.objects.get_for_model(row), [(row.pk, str(row))], sentence)


def note_all(request: HttpRequest, orders: QuerySet[Order], sentence: str) -> None:
    """One entry per order, in batches of ids: a selection of 20,000 is never loaded."""
    rows = orders.order_by("pk").values_list("pk", "tiktok_order_id").distinct()
    _write(_person(request), ContentType.objects.get_for_model(Order), rows.iterator(chunk_size=BATCH), sentence)


def _person(request: HttpRequest) -> int:
    assert request.user.is_authenticated  # every changing view is behind the admin's login
    return request.user.pk


def _write(user_id: int, kind: ContentType, rows: Iterable[tuple[object, str]], sentence: str) -> None:
    entries = iter(
        LogEntry(
            user_id=user_id,
            content_type=kind,
            object_id=str(pk),
            object_repr=name[:200],
            action_flag=CHANGE,
            change_message=sentence,
        )
        for pk, name in rows
    )
    for batch in _batches(entries):
        LogEntry.objects.bulk_create(batch)


def _batches(entries: Iterator[LogEntry]) -> Iterator[list[LogEntry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch
