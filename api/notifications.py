"""Incoming notifications: hints that make a feed be read sooner, and stock that a shop posts by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from adapterkit.errors import Rejected
from adapterkit.shop import FetchesStock, ReceivesStock, SendsNotifications
from adapterkit.shop import Shop as ShopAdapter
from connections.adapters import open_shop
from connections.models import Shop
from engine.cursors import wake
from stock.flows.import_hinted_stock import note_hint
from stock.levels import Received, store_levels


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
    received = store_levels(project=shop.project, levels=levels, now=timezone.now())
    known = {product_id: what is not Received.UNKNOWN_PRODUCT for product_id, what in received.items()}
    return JsonResponse(adapter.answer_stock(known))


def _hint(shop: Shop, adapter: ShopAdapter, request: HttpRequest) -> HttpResponse:
    """Have read what the message names, when it is signed by the shop; 403 when it is not."""
    if not isinstance(adapter, SendsNotifications):
        return HttpResponse(status=404)
    try:
        told = adapter.read_notification(request.headers, request.body)
    except Rejected as error:
        return HttpResponseForbidden(str(error))
    now = timezone.now()
    if told.orders:
        wake(feed="updates", owner_id=shop.pk, now=now)
    if told.product_ids and isinstance(adapter, FetchesStock):
        note_hint(shop=shop, product_ids=told.product_ids, now=now)
    return HttpResponse(status=204)
