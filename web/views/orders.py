"""The orders: list, one of them, and what a person decides about it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.flows.resume_order import resume_order
from orders.models import Order
from web import queries


@require_GET
@member_page
def orders(request: HttpRequest, member: Membership) -> HttpResponse:
    found = queries.OrderFilter(request.GET, queryset=queries.orders_of(member.company), company=member.company)
    page = Paginator(found.qs, queries.PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"member": member, "filter": found, "page": page, "asked": asked.urlencode()}
    template = "web/_orders.html" if request.htmx else "web/orders.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_GET
@member_page
def order(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    details = queries.order_details(member.company, pk)
    if details is None:
        raise Http404
    return render(request, "web/order.html", {"member": member, "details": details, "order": details.order})


def _own_order(member: Membership, pk: int) -> Order:
    return get_object_or_404(
        member.company.orders.select_related("connection__project__shop", "connection__account"), pk=pk
    )


@require_POST
@manager_page
def resume(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    queued = resume_order(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "It is tried again now." if queued else "Nothing was waiting for you here.")
    return redirect("web:order", pk)


@require_POST
@manager_page
def handled(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    taken = handle_manually(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "Marked as handled; nothing more is sent." if taken else "It is in the shop already.")
    return redirect("web:order", pk)


@require_POST
@manager_page
def release(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    released = release_hold(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "The order goes on." if released else "The order is not on hold.")
    return redirect("web:order", pk)
