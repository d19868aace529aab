"""The buttons of a bulk sync: pause, resume, stop (asked for first), and sync the rest of a stopped one."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from orders import bulk, tasks
from orders.admin import access, history
from orders.admin.row_actions import way_back
from orders.models import BulkSync

ENDED = "Nothing was stopped: this bulk sync had ended, or somebody else stopped it."


def _page(pk: int) -> str:
    return reverse("admin:orders_bulksync_change", args=[pk])


@never_cache
@require_GET
def ask(request: HttpRequest, object_id: int) -> HttpResponse:
    """What *Stop* would do, before it is done."""
    access.require(request, access.SYNC)
    row = get_object_or_404(BulkSync, pk=object_id)
    progress = bulk.progress(row)
    if row.stopped_at or progress.done:
        messages.info(request, ENDED)
        return redirect(_page(row.pk))
    context = {
        **admin.site.each_context(request),
        "title": f"Stop {str(row).lower()}?",
        "opts": BulkSync._meta,
        "bulk": row,
        "progress": progress,
        "here": _page(row.pk),
    }
    return TemplateResponse(request, "admin/orders/bulksync/stop.html", context)


@require_POST
def do(request: HttpRequest, object_id: int, what: str) -> HttpResponse:
    """For everyone who may sync, whoever started it. What came too late changes nothing and says so."""
    access.require(request, access.SYNC)
    row = get_object_or_404(BulkSync, pk=object_id)
    with transaction.atomic():
        match what:
            case "pause":
                done, said = bulk.pause(row.pk), "Paused."
            case "resume":
                done, said = bulk.resume(row.pk), "The bulk sync goes on."
                transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
            case "stop":
                done, said = _stop(row.pk)
            case "rest":
                return _rest(request, row)
            case _:
                raise Http404
        if done:
            history.note(request, row, said)
    if done:
        messages.success(request, said)
    else:
        messages.warning(request, TOO_LATE[what])
    return redirect(way_back(request, _page(row.pk)))


TOO_LATE = {
    "pause": "It does not run any more, or is paused already.",
    "resume": "It was not paused any more.",
    "stop": ENDED,
}


def _stop(pk: int) -> tuple[bool, str]:
    back = bulk.stop(pk)
    which = "1 order that had not gone out is" if back == 1 else f"{back or 0:,} orders that had not gone out are"
    return back is not None, f"Stopped; {which} Not synced again."


def _rest(request: HttpRequest, row: BulkSync) -> HttpResponse:
    """A new bulk sync of what this one had left; who presses second finds nothing left and starts none."""
    assert request.user.is_authenticated
    sent_off = bulk.start(bulk.rest(row), request.user, f"Rest of {str(row).lower()}")
    if not sent_off.asked:
        sent_off.delete()
        messages.warning(request, "Nothing was sent off: none of its orders is left to sync any more.")
        return redirect(_page(row.pk))
    history.note(request, row, f"Sent off the rest with {str(sent_off).lower()}.")
    transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    return redirect(_page(sent_off.pk))
