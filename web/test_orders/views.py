"""The tab Test order: what the shop will receive, then its way there."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.capabilities import has
from adapterkit.shop import CancelsOrders, PreviewsOrders
from connections.adapters import open_shop
from connections.models import OrderConnection
from orders.flows.cancel_test_order import cancel_test_order
from orders.flows.send_test_order import LEAST_STOCK, TestRefused, Wish, draft_test_order, send_test_order
from orders.models import TestOrder
from orders.products import ProductIndex
from orders.proposals import COUNTRIES
from orders.records import reference_of
from orders.words.problems import explain
from shops.registry import shop
from stock.models import Product
from web.shared.query import connection_card, own_connection
from web.test_orders.forms import LINES, LineForm, TestOrderForm, proposed
from web.test_orders.query import moving, products_for, steps_of

LineForms = formset_factory(LineForm, extra=LINES, max_num=LINES)
SHOWN_PRODUCTS = 200
_chance = random.SystemRandom()


@member_page
def test_order(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Show the form filled with a random plausible order; a POST previews it, or sends it."""
    if request.method == "POST" and not member.may_change:
        return HttpResponse(status=403)
    found = own_connection(member, pk)
    if getattr(found.project, "shop", None) is None:
        messages.info(request, _("Connect the shop first; a test order goes there."))
        return redirect("web:project", found.project_id)
    if request.method != "POST":
        return _show(request, member, found, *_proposal(request, found))
    return _submitted(request, member, found)


def _submitted(request: HttpRequest, member: Membership, connection: OrderConnection) -> HttpResponse:
    form, lines = TestOrderForm(request.POST), LineForms(request.POST)
    preview = None
    if form.is_valid() and lines.is_valid():
        wish, token = form.wish(list(lines)), form.cleaned_data["token"]
        by = cast(User, request.user)
        try:
            seen = request.POST.get("seen") == _mark(wish)
            if not wish.lines:
                form.add_error(None, _("Choose at least one product."))
            elif "send" in request.POST and seen:
                sent = send_test_order(connection=connection, wish=wish, token=token, now=timezone.now(), by=by)
                return redirect("web:sent_test_order", connection.pk, sent.pk)
            else:
                changed = "send" in request.POST  # something was changed since it was looked at
                preview = {**_preview(connection, wish, token), "mark": _mark(wish), "changed": changed}
        except TestRefused as refused:
            why = explain(refused.code, refused.params)
            form.add_error(None, f"{why.what} {why.mend}")
    return _show(request, member, connection, form, lines, preview=preview)


def _mark(wish: Wish) -> str:
    """Return the same for two wishes that ask for the same."""
    return hashlib.sha256(json.dumps(wish.asked_for, sort_keys=True).encode()).hexdigest()


def _proposal(request: HttpRequest, connection: OrderConnection) -> tuple[TestOrderForm, BaseFormSet[LineForm]]:
    country = request.GET.get("country", connection.country or "NL")
    country = country if country in COUNTRIES else "NL"
    initial = proposed(connection, country, business=request.GET.get("business") == "on")
    field = connection.project.product_id_field
    product = products_for(connection).first()
    wanted = request.GET.get("product") or (getattr(product, field) if product else "")
    price = product.price.quantize(Decimal("0.01")) if product is not None and product.price else None
    line = {"product": wanted, "quantity": _chance.randint(1, LEAST_STOCK), "price": price}
    return TestOrderForm(initial={**initial, "token": uuid.uuid4()}), LineForms(initial=[line])


def _show(
    request: HttpRequest,
    member: Membership,
    connection: OrderConnection,
    form: TestOrderForm,
    lines: BaseFormSet[LineForm],
    *,
    preview: dict[str, Any] | None = None,
) -> HttpResponse:
    field = connection.project.product_id_field
    context = {
        "member": member,
        "card": connection_card(member.company, connection.pk),
        "connection": connection,
        "form": form,
        "lines": lines,
        "ids": products_for(connection).values_list(field, "title")[:SHOWN_PRODUCTS],
        "countries": COUNTRIES,
        "preview": preview,
        "earlier": connection.test_orders.select_related("order").order_by("-pk")[:10],
    }
    refused = form.is_bound and preview is None
    return render(request, "web/test_orders/test_order.html", context, status=422 if refused else 200)


def _preview(connection: OrderConnection, wish: Wish, token: uuid.UUID) -> dict[str, Any]:
    """What the shop will receive: the order, and the very body of the call where the adapter can tell."""
    order = draft_test_order(connection=connection, wish=wish, token=token, now=timezone.now())
    adapter = open_shop(connection.project.shop)
    body = None
    if isinstance(adapter, PreviewsOrders):
        index = ProductIndex.of(connection.project, order.lines)
        rows = Product.objects.in_bulk([pk for line in order.lines if (pk := index.product_id(line))])
        products = {line.line_id: rows[cast(int, index.product_id(line))].shop_product_id for line in order.lines}
        reference = reference_of(connection.account.marketplace, connection.token, order.order_id)
        body = adapter.preview_order(order, reference, products)
    return {"order": order, "body": body}


@member_page
def sent_test_order(request: HttpRequest, member: Membership, pk: int, sent: int) -> HttpResponse:
    """The way of a test order, live."""
    connection = own_connection(member, pk)
    made = get_object_or_404(TestOrder.objects.select_related("order"), pk=sent, connection=connection)
    steps = steps_of(made.order)
    platform = shop(connection.project.shop.platform)
    context = {
        "member": member,
        "card": connection_card(member.company, connection.pk),
        "connection": connection,
        "sent": made,
        "steps": steps,
        "order": made.order,
        "events": made.order.events.order_by("-pk"),
        "can_cancel": has(platform, CancelsOrders),
        "moving": moving(steps),
    }
    template = "web/test_orders/_sent_test_order.html" if request.htmx else "web/test_orders/sent_test_order.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@manager_page
def cancel(request: HttpRequest, member: Membership, pk: int, sent: int) -> HttpResponse:
    made = get_object_or_404(TestOrder, pk=sent, connection=own_connection(member, pk))
    asked = cancel_test_order(test_order=made, now=timezone.now(), by=cast(User, request.user))
    told = _("The shop is told to cancel it.") if asked else _("It is not in the shop, or is cancelled already.")
    messages.success(request, told)
    return redirect("web:sent_test_order", pk, sent)
