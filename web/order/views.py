"""One order, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Sequence
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
from orders.downloads import download_of
from orders.flows.accept_shop_order import accept_shop_order, may_accept
from orders.flows.add_tracking import add_tracking
from orders.flows.cancel_order import cancel_order, may_cancel
from orders.flows.choose_carrier import choose_carrier
from orders.flows.correct_address import correct_address
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.flows.resume_order import resume_order
from orders.models import Order, OrderAddress, OrderDocument, Shipment
from web.order.forms import AddressForm, CancelForm, CarrierForm, MappingForm, TrackingForm
from web.order.query import order_details


@require_GET
@member_page
def order(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return show_order(request, member, pk)


def show_order(request: HttpRequest, member: Membership, pk: int, **forms: Any) -> HttpResponse:
    details = order_details(member.company, pk)
    if details is None:
        raise Http404
    found = details.order
    context = {
        "member": member,
        "details": details,
        "order": found,
        "unknown": [line for line in found.lines.all() if not line.product_id],
        "may_accept": may_accept(found),
        "may_cancel": may_cancel(found),
        "may_correct": found.place != Order.Place.IN_SHOP and found.status != Order.Status.CANCELLED,
        "may_track": _may_track(found),
        "tracking_form": TrackingForm(),
        "carrier_form": CarrierForm(),
        "cancel_form": CancelForm(),
        "mapping_form": MappingForm(project=found.connection.project),
        **forms,
    }
    refused: AddressForm | None = forms.get("address_form")
    context["address_forms"] = _address_forms(details.addresses, refused)
    return render(request, "web/order/order.html", context, status=422 if forms else 200)


def _address_forms(addresses: Sequence[OrderAddress], refused: AddressForm | None) -> dict[str, AddressForm]:
    """Return a form for the delivery address, and for each other that there is; one that was refused as it was sent."""
    rows = {OrderAddress.Role.DELIVERY: OrderAddress(role=OrderAddress.Role.DELIVERY)}
    rows |= {OrderAddress.Role(address.role): address for address in addresses}
    return {
        role.value: refused
        if refused is not None and refused.instance.role == role
        else AddressForm(instance=row, auto_id=f"{role.value}-%s")
        for role, row in rows.items()
    }


def _may_track(order: Order) -> bool:
    """Whether a tracking code is still missing: pieces are open, or a parcel waits for its code."""
    open_pieces = any(line.quantity_open > 0 for line in order.lines.all())
    waiting = any(parcel.state == Shipment.State.WAITING_FOR_TRACKING for parcel in order.shipments.all())
    return order.place == Order.Place.IN_SHOP and not order.is_test and (open_pieces or waiting)


def _own(member: Membership, pk: int) -> Order:
    related = ("connection__project__shop", "connection__account")
    return get_object_or_404(member.company.orders.select_related(*related), pk=pk)


@require_GET
@member_page
def paper(_request: HttpRequest, member: Membership, pk: int, paper: int) -> HttpResponse:
    """Hand out a paper that a program handed in for an order; whoever reads its addresses may read it."""
    mine = OrderDocument.objects.filter(order=pk, order__company=member.company)
    return download_of(get_object_or_404(mine, pk=paper))


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
def accept(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Let an order go on that stands in the shop with a difference."""
    accepted = accept_shop_order(order=_own(member, pk), now=timezone.now(), by=cast(User, request.user))
    told = _("Accepted; the order goes on.") if accepted else _("This order does not wait to be accepted.")
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
    """Correct an address of an order that is not in the shop yet; the delivery address where none is named."""
    found, named = _own(member, pk), request.POST.get("role", "")
    role = OrderAddress.Role(named) if named in OrderAddress.Role.values else OrderAddress.Role.DELIVERY
    row = found.addresses.filter(role=role).first() or OrderAddress(role=role)
    form = AddressForm(request.POST, instance=row, auto_id=f"{role.value}-%s")
    if not form.is_valid():
        return show_order(request, member, pk, address_form=form)
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
        return show_order(request, member, pk, tracking_form=form)
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
        return show_order(request, member, pk, carrier_form=form)
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
        return show_order(request, member, pk, cancel_form=form)
    reason, by = CancellationReason(form.cleaned_data["reason"]), cast(User, request.user)
    done = cancel_order(order=found, reason=reason, now=timezone.now(), by=by)
    messages.success(request, _("Marketplace and shop are told.") if done else _("Nothing is left to cancel."))
    return redirect("web:order", pk)
