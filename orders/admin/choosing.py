"""*Choose this order*: which of the Shopify orders that carry an order's mark is its one."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from connectors.errors import ConnectorError
from connectors.shopify.orders import Found
from orders import review
from orders.admin import access, history
from orders.models import Order


def choose(request: HttpRequest, object_id: int) -> HttpResponse:
    """GET asks Shopify and shows what it finds; POST with `gid` takes that one."""
    access.require(request, access.REVIEW)
    order = get_object_or_404(Order.objects.select_related("store", "shop"), pk=object_id)
    here = reverse("admin:orders_order_change", args=[order.pk])
    if not Order.objects.filter(review.CHOOSABLE, pk=order.pk).exists():
        messages.info(request, f"{order} does not wait for a choice any more.")
        return redirect(here)
    failed = ""
    found: list[Found] = []
    try:
        if request.method == "POST":
            return _take(request, order, request.POST.get("gid", ""), here)
        found = review.candidates(order)
    except ConnectorError as error:
        failed = f"Shopify could not be asked: {error.sentence}"
    context = {
        **admin.site.each_context(request),
        "title": f"Choose the Shopify order of {order}",
        "opts": Order._meta,
        "order": order,
        "failed": failed,
        "candidates": [
            (one, order.store.admin_order_url(one.gid), one.marks_of(order.tiktok_order_id)) for one in found
        ],
        "here": here,
    }
    return TemplateResponse(request, "admin/orders/order/choose.html", context)


def _take(request: HttpRequest, order: Order, gid: str, here: str) -> HttpResponse:
    chosen = review.choose(order, gid)
    if chosen is None:
        messages.error(
            request,
            "That Shopify order was not taken: it is gone, carries no mark of this order, or belongs to another one.",
        )
        return redirect(reverse("admin:orders_order_choose", args=[order.pk]))
    history.note(request, order, f"Chose {chosen.name} as its Shopify order.")
    messages.success(request, f"{chosen.name} is the Shopify order of {order} now. Cancel the others in Shopify.")
    return redirect(here)
