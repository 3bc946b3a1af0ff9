"""The order connections."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.errors import AdapterError
from connections.flows.activate_connection import activate_connection
from connections.flows.pause_connection import pause_connection
from connections.flows.save_credentials import save_credentials
from connections.models import OrderConnection
from marketplaces.registry import marketplace
from shops.registry import shop
from web import queries
from web.forms import CredentialsForm


def _own_connection(member: Membership, pk: int) -> OrderConnection:
    return get_object_or_404(member.company.order_connections.select_related("account", "project__shop"), pk=pk)


@require_GET
@member_page
def connection(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    details = queries.connection_details(member.company, pk)
    if details is None:
        raise Http404
    found = details.card.connection
    forms = {
        "marketplace": CredentialsForm(marketplace(found.account.marketplace).spec),
        "shop": CredentialsForm(shop(found.project.shop.platform).spec),
    }
    return render(request, "web/connection.html", {"member": member, "details": details, "forms": forms})


@require_POST
@manager_page
def activate(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found, by = _own_connection(member, pk), cast(User, request.user)
    done = activate_connection(connection=found, activated_from=None, now=timezone.now(), by=by)
    messages.success(request, "Active. Orders come in from now on." if done else "It is active already.")
    return redirect("web:connection", pk)


@require_POST
@manager_page
def pause(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    done = pause_connection(connection=_own_connection(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "Paused. No new orders are fetched." if done else "It is not active.")
    return redirect("web:connection", pk)


@require_POST
@manager_page
def credentials(request: HttpRequest, member: Membership, pk: int, side: str) -> HttpResponse:
    found = _own_connection(member, pk)
    if side not in {"marketplace", "shop"}:
        raise Http404
    record = found.account if side == "marketplace" else found.project.shop
    spec = (
        marketplace(found.account.marketplace).spec if side == "marketplace" else shop(found.project.shop.platform).spec
    )
    form = CredentialsForm(spec, request.POST)
    if form.is_valid():
        try:
            save_credentials(
                record=record, credentials=form.cleaned_data, now=timezone.now(), by=cast(User, request.user)
            )
        except AdapterError as error:
            messages.error(request, f"Not saved, they do not work: {error}")
        else:
            messages.success(request, "They work and are saved. Whatever waited goes on now.")
    return redirect("web:connection", pk)
