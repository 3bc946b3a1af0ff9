"""What a merchant wants to know first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Membership
from accounts.scope import member_page
from web.overview.query import figures, next_step, troubled_orders, troubled_shipments
from web.shared.query import connection_cards, orders_of


@require_GET
@member_page
def overview(request: HttpRequest, member: Membership) -> HttpResponse:
    company = member.company
    cards = connection_cards(company)
    context = {
        "member": member,
        "cards": cards,
        "figures": figures(company, timezone.now()),
        "next": next_step([card.connection for card in cards]),
        "troubled": troubled_orders(company),
        "shipments": troubled_shipments(company),
        "latest": orders_of(company).filter(is_test=False)[:8],
    }
    template = "web/overview/_overview.html" if request.htmx else "web/overview/overview.html"  # type: ignore[attr-defined]
    return render(request, template, context)
