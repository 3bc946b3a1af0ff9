"""Incoming notifications. They are hints only: the feed is read sooner, and what it says counts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from adapterkit.errors import Rejected
from adapterkit.shop import SendsNotifications
from connections.adapters import open_shop
from connections.models import Shop
from engine.cursors import wake


@csrf_exempt
@require_POST
def shop_notification(request: HttpRequest, token: str) -> HttpResponse:
    """Wake the shop's feeds when the message is signed by the shop; 403 when it is not, 404 for an unknown address."""
    shop = get_object_or_404(Shop, notification_token=token)
    adapter = open_shop(shop)
    if not isinstance(adapter, SendsNotifications):
        return HttpResponse(status=404)
    try:
        changed = adapter.verify_notification(request.headers, request.body)
    except Rejected as error:
        return HttpResponseForbidden(str(error))
    for feed in ("updates", "products") if changed else ():
        wake(feed=feed, owner_id=shop.pk, now=timezone.now())
    return HttpResponse(status=204)
