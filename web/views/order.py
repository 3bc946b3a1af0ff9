"""One order, and what a person decides about it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.records import CancellationReason
from orders.flows.add_tracking import add_tracking
from orders.flows.cancel_order import cancel_order, may_cancel
from orders.flows.choose_carrier import choose_carrier
from orders.flows.correct_address import correct_address
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.flows.resume_order import resume_order
from orders.models import Order, OrderAddress, Shipment
from web import queries
from web.forms_order import AddressForm, CancelForm, CarrierForm, MappingForm, TrackingForm


@require_GET
@member_page
def order(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _show(request, member, pk)


def _show(request: HttpRequest, member: Membership, pk: int, **forms: Any) -> HttpResponse:
    details = queries.order_details(member.company, pk)
    if details is None:
        raise Http404
    found = details.order
    delivery = next((a for a in details.addresses if a.role == OrderAddress.Role.DELIVERY), None)
    context = {
        "member": member,
        "details": details,
        "order": found,
        "unknown": [line for line in found.lines.all() if not line.product_id],
        "may_cancel": may_cancel(found),
        "may_correct": not found.shop_order_id and found.status != Order.Status.CANCELLED,
        "may_track": _may_track(found),
        "address_form": AddressForm(instance=delivery),
        "tracking_form": TrackingForm(),
        "carrier_form": CarrierForm(),
        "cancel_form": CancelForm(),
        "mapping_form": MappingForm(project=found.connection.project),
        **forms,
    }
    return render(request, "web/order.html", context, status=422 if forms else 200)


def _may_track(order: Order) -> bool:
    """Whether a tracking code is still missing: pieces are open, or a parcel waits for its code."""
    open_pieces = any(line.quantity_open > 0 for line in order.lines.all())
    waiting = any(parcel.state == Shipment.State.WAITING_FOR_TRACKING for parcel in order.shipments.all())
    return order.place == Order.Place.IN_SHOP and not order.is_test and (open_pieces or waiting)


def _own(member: Membership, pk: int) -> Order:
    related = ("connection__project__shop", "connection__account")
    return get_object_or_404(member.company.orders.select_related(*related), pk=pk)


@require_POST
@manager_page
def resume(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    queued = resume_order(order=_own(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("It is tried again now.") if queued else _("Nothing was waiting for you here."))
    return redirect("web:order", pk)


@require_POST
@manager_page
def handled(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    taken = handle_manually(order=_own(member, pk), now=timezone.now(), by=cast(User, request.user))
    told = _("Marked as handled; nothing more is sent.") if taken else _("It is in the shop already.")
    messages.success(request, told)
    return redirect("web:order", pk)


@require_POST
@manager_page
def release(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    released = release_hold(order=_own(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("The order goes on.") if released else _("The order is not on hold."))
    return redirect("web:order", pk)


@require_POST
@manager_page
def address(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Correct the delivery address of an order that is not in the shop yet."""
    found, role = _own(member, pk), OrderAddress.Role.DELIVERY
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _show(request, member, pk, address_form=form)
    by = cast(User, request.user)
    done = correct_address(order=found, role=role, fields=form.cleaned_data, now=timezone.now(), by=by)
    told = _("Corrected; the order goes on.") if done else _("The order is in the shop already; change it there.")
    messages.success(request, told)
    return redirect("web:order", pk)


@require_POST
@manager_page
def tracking(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found, form = _own(member, pk), TrackingForm(request.POST)
    if not form.is_valid():
        return _show(request, member, pk, tracking_form=form)
    done = add_tracking(order=found, **form.cleaned_data, now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("It is reported now.") if done else _("Nothing of this order is left to report."))
    return redirect("web:order", pk)


@require_POST
@manager_page
def carrier(request: HttpRequest, member: Membership, pk: int, shipment: int) -> HttpResponse:
    """Choose the carrier of a parcel that no rule knew."""
    parcel = get_object_or_404(Shipment, pk=shipment, order=_own(member, pk))
    form = CarrierForm(request.POST)
    if not form.is_valid():
        return _show(request, member, pk, carrier_form=form)
    by = cast(User, request.user)
    done = choose_carrier(shipment=parcel, carrier=form.cleaned_data["carrier"], now=timezone.now(), by=by)
    messages.success(request, _("It is reported now.") if done else _("This parcel does not wait any more."))
    if request.POST.get("back") == "carriers":
        return redirect("web:carriers")
    return redirect("web:order", pk)


@require_POST
@manager_page
def cancel(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found, form = _own(member, pk), CancelForm(request.POST)
    if not form.is_valid():
        return _show(request, member, pk, cancel_form=form)
    reason, by = CancellationReason(form.cleaned_data["reason"]), cast(User, request.user)
    done = cancel_order(order=found, reason=reason, now=timezone.now(), by=by)
    messages.success(request, _("Marketplace and shop are told.") if done else _("Nothing is left to cancel."))
    return redirect("web:order", pk)
