"""Incoming notifications: hints that make a feed be read sooner, and stock that a shop posts by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from adapterkit.errors import Rejected
from adapterkit.notifications import Message, Notification, SendsNotifications
from adapterkit.shop import FetchesStock, ReceivesStock
from connections.adapters import open_account, open_shop
from connections.models import MarketplaceAccount, Shop
from engine.cursors import wake
from orders.reading.lookups import look_up_named
from stock.flows.import_hinted_stock import note_hint
from stock.levels import Received, store_levels


@csrf_exempt
@require_http_methods(["GET", "POST"])
def shop_notification(request: HttpRequest, token: str) -> HttpResponse:
    """Take what a shop posts; 404 for an unknown address. The address is a secret of the shop and is logged nowhere."""
    shop = get_object_or_404(Shop.objects.select_related("project"), notification_token=token)
    adapter = open_shop(shop)
    if isinstance(adapter, ReceivesStock):
        return _stock(shop, adapter, request)
    told = _told(adapter, request)
    if isinstance(told, HttpResponse):
        return told
    now = timezone.now()
    if told.orders or told.order_ids:
        wake(feed="updates", owner_id=shop.pk, now=now)
    if told.product_ids and isinstance(adapter, FetchesStock):
        note_hint(shop=shop, product_ids=told.product_ids, now=now)
    return _answer(told)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def account_notification(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a marketplace account: the orders that are named are read by their ids, the others by reading on."""
    account = get_object_or_404(MarketplaceAccount, notification_token=token)
    told = _told(open_account(account), request)
    if isinstance(told, HttpResponse):
        return told
    now = timezone.now()
    found = look_up_named(account, told.order_ids, now) if told.order_ids else 0
    if told.orders or found < len(told.order_ids):
        wake(feed="orders", owner_id=account.pk, now=now)
    return _answer(told)


def _told(adapter: object, request: HttpRequest) -> Notification | HttpResponse:
    """Return what a message says, or the answer to one that is not for us or not signed by the sender."""
    if not isinstance(adapter, SendsNotifications):
        return HttpResponse(status=404)
    message = Message(
        method=str(request.method),
        url=request.build_absolute_uri(request.path),
        query=request.GET.dict(),
        headers=request.headers,
        body=request.body,
    )
    try:
        return adapter.read_notification(message)
    except Rejected as error:
        return HttpResponseForbidden(str(error))


def _answer(told: Notification) -> HttpResponse:
    return HttpResponse(told.reply.body, content_type=told.reply.media_type) if told.reply else HttpResponse(status=204)


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
