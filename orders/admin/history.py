"""Who did what and when: one entry in Django's admin log per order and action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from orders.models import Order

BATCH = 1000


def note(request: HttpRequest, row: Model, sentence: str) -> None:
    """One entry for one row of any model."""
    _write(request, ContentType.objects.get_for_model(row), [(row.pk, str(row))], sentence)


def note_all(request: HttpRequest, orders: QuerySet[Order], sentence: str) -> None:
    """One entry per order, in batches of ids: a selection of 20,000 is never loaded."""
    rows = orders.order_by("pk").values_list("pk", "tiktok_order_id").distinct()
    _write(request, ContentType.objects.get_for_model(Order), rows.iterator(chunk_size=BATCH), sentence)


def _write(request: HttpRequest, kind: ContentType, rows: Iterable[tuple[object, str]], sentence: str) -> None:
    assert request.user.is_authenticated  # every changing view is behind the admin's login
    user_id = request.user.pk
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
