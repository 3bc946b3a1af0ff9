"""Incoming notifications: hints that make a feed be read sooner, and stock that a shop posts by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from adapterkit.errors import Rejected
from adapterkit.shop import ReceivesStock, SendsNotifications
from adapterkit.shop import Shop as ShopAdapter
from connections.adapters import open_shop
from connections.models import Shop
from engine.cursors import wake
from stock.flows.receive_stock import Received, receive_stock


@csrf_exempt
@require_POST
def shop_notification(request: HttpRequest, token: str) -> HttpResponse:
    """Take what a shop posts; 404 for an unknown address. The address is a secret of the shop and is logged nowhere."""
    shop = get_object_or_404(Shop.objects.select_related("project"), notification_token=token)
    adapter = open_shop(shop)
    if isinstance(adapter, ReceivesStock):
        return _stock(shop, adapter, request)
    return _hint(shop, adapter, request)


def _stock(shop: Shop, adapter: ReceivesStock, request: HttpRequest) -> HttpResponse:
    """Store the stock that the shop posts, and answer each item in the shop's own words; 401 when it is not genuine."""
    try:
        levels = adapter.receive_stock(request.headers, request.body)
    except Rejected as error:
        status = 401 if error.code == "token" else 400
        return JsonResponse({"status": "error", "message": error.message}, status=status)
    received = receive_stock(project=shop.project, levels=levels, now=timezone.now())
    known = {product_id: what is not Received.UNKNOWN_PRODUCT for product_id, what in received.items()}
    return JsonResponse(adapter.answer_stock(known))


def _hint(shop: Shop, adapter: ShopAdapter, request: HttpRequest) -> HttpResponse:
    """Wake the shop's feeds when the message is signed by the shop; 403 when it is not."""
    if not isinstance(adapter, SendsNotifications):
        return HttpResponse(status=404)
    try:
        changed = adapter.verify_notification(request.headers, request.body)
    except Rejected as error:
        return HttpResponseForbidden(str(error))
    for feed in ("updates", "products") if changed else ():
        wake(feed=feed, owner_id=shop.pk, now=timezone.now())
    return HttpResponse(status=204)
