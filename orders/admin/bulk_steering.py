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
from orders.admin import access, automatic_off, history
from orders.admin.row_actions import way_back
from orders.models import BulkSync
from orders.states import SyncStatus

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
        "anyway": (anyway := bulk.sent_anyway(row)),
        "all_go_anyway": sum(count for _, count in anyway) >= progress.counts.get(SyncStatus.QUEUED, 0),
        "kept_back": automatic_off.kept_back([shop for shop, _ in anyway]),
        "may_turn_off": access.may(request, automatic_off.CHANGE),
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
            case "stop-and-automatic-off":
                access.require(request, automatic_off.CHANGE)
                done, said = _stop(row.pk, turn_off_for=request)
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
    "stop-and-automatic-off": ENDED,
}


def _stop(pk: int, *, turn_off_for: HttpRequest | None = None) -> tuple[bool, str]:
    """With `turn_off_for`, Automatic sync is turned off too, in the same transaction and in that person's name."""
    anyway = bulk.sent_anyway(BulkSync(pk=pk))
    back = bulk.stop(pk)
    if back is None:
        return False, ENDED
    which = "1 order that had not gone out is" if back == 1 else f"{back:,} orders that had not gone out are"
    said = f"Stopped; {which} Not synced again."
    shops = ", ".join(str(shop) for shop, _ in anyway)
    if anyway and turn_off_for:
        automatic_off.turn_off(turn_off_for, [shop for shop, _ in anyway])
        said += f" Automatic sync is off now in {shops}: new orders wait until somebody syncs them."
    elif anyway:
        going = sum(count for _, count in anyway)
        said += f" Automatic sync is on in {shops}, so {going:,} of them {'goes' if going == 1 else 'go'} out with it."
    return True, said


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
