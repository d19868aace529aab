"""`/webhooks/…`: verify the raw body, store the event once, answer. The work is done elsewhere."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connectors.shopify import webhooks as shopify_webhooks
from connectors.tiktok import webhooks as tiktok_webhooks
from orders import tasks
from orders.models import WebhookEvent
from orders.webhooks import inbox
from orders.webhooks import reading as webhook_reading
from settings_app import app_secrets

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024
"""Both vendors' messages are a few hundred bytes; a product with two thousand variants stays under this too."""


@csrf_exempt
@require_POST
def tiktok(request: HttpRequest) -> HttpResponse:
    raw = _body(request)
    if raw is None:
        return HttpResponse(status=413)
    signature = request.headers.get("Authorization", "")
    if not tiktok_webhooks.is_signed(settings.TIKTOK_SHOP_APP_KEY, settings.TIKTOK_SHOP_APP_SECRET, raw, signature):
        return _refused(WebhookEvent.Source.TIKTOK)
    try:
        read = webhook_reading.tiktok(raw)
    except webhook_reading.Unreadable as wrong:
        return _unreadable(WebhookEvent.Source.TIKTOK, wrong)
    return _keep(WebhookEvent.Source.TIKTOK, read)


@csrf_exempt
@require_POST
def shopify(request: HttpRequest) -> HttpResponse:
    raw = _body(request)
    if raw is None:
        return HttpResponse(status=413)
    secrets = app_secrets.that_sign(request.headers.get("X-Shopify-Shop-Domain", ""))
    if not shopify_webhooks.is_signed(secrets, raw, request.headers.get("X-Shopify-Hmac-Sha256", "")):
        return _refused(WebhookEvent.Source.SHOPIFY)
    try:
        read = webhook_reading.shopify(raw, request.headers)
    except webhook_reading.Unreadable as wrong:
        return _unreadable(WebhookEvent.Source.SHOPIFY, wrong)
    return _keep(WebhookEvent.Source.SHOPIFY, read)


def _body(request: HttpRequest) -> bytes | None:
    """None for a body that is too large; its length is known before any of it is read."""
    given = request.headers.get("Content-Length", "")
    if given.isdecimal() and int(given) > MOST_BYTES:
        return None
    return request.body


def _refused(source: WebhookEvent.Source) -> HttpResponse:
    """Counted, nothing else: whoever cannot sign must not be able to fill a table or a log."""
    try:
        inbox.count_refusal(source)
    except DatabaseError as error:
        log.warning("a webhook with a wrong signature could not be counted (%s)", type(error).__name__)
    answer = HttpResponse(status=401)
    # Django writes a line for every 401; a flood of forgeries must not fill the log.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def _unreadable(source: WebhookEvent.Source, wrong: webhook_reading.Unreadable) -> HttpResponse:
    log.warning("a signed webhook of %s was refused: %s", source, wrong)
    return HttpResponse(status=400)


def _keep(source: WebhookEvent.Source, read: webhook_reading.Read) -> HttpResponse:
    if inbox.keep(source, read):
        # The answer never waits for Redis: one that hangs would cost the vendor's patience of a few seconds.
        _publisher().submit(tasks.publish, tasks.work_inbox, source.value, read.sender)
    return HttpResponse(status=200)


@lru_cache(maxsize=1)
def _publisher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="nudges")
