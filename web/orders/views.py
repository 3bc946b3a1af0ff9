"""The orders: the list with its problems by cause, and its export."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.paging import LatestPages
from accounts.scope import manager_page, member_page
from orders.flows.map_product import map_product
from web.order.forms import MappingForm
from web.order.views import show_order
from web.orders.export import csv_lines
from web.orders.query import TABS, OrderFilter, causes
from web.shared.query import orders_of

ATTENTION = "tab=attention"
PER_PAGE = 50
LONGEST_KEY = 18  # digits of a record's number
AT_ONCE = 500  # rows of an export that are read together


@require_GET
@member_page
def orders(request: HttpRequest, member: Membership) -> HttpResponse:
    return _show(request, member, request.GET)


def _show(
    request: HttpRequest, member: Membership, wanted: QueryDict, refused: MappingForm | None = None
) -> HttpResponse:
    """Show the list as it is wanted; a mapping that was `refused` stands where it was typed."""
    found = OrderFilter(wanted, queryset=orders_of(member.company), company=member.company)
    page = LatestPages(found.qs, PER_PAGE).get_page(wanted.get("page"))
    asked, untabbed = wanted.copy(), wanted.copy()
    asked.pop("page", None)
    for name in ("page", "tab"):
        untabbed.pop(name, None)
    context = {
        "member": member,
        "filter": found,
        "page": page,
        "tabs": TABS.items(),
        "asked": asked.urlencode(),
        "untabbed": untabbed.urlencode(),
        "open_tab": found.open_tab,
        "causes": causes(member.company) if found.open_tab == "attention" else (),
        "refused": refused,
    }
    template = "web/orders/_orders.html" if request.htmx else "web/orders/orders.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=422 if refused else 200)


@require_GET
@member_page
def export(request: HttpRequest, member: Membership) -> StreamingHttpResponse:
    """The list as it is filtered, as CSV."""
    found = OrderFilter(request.GET, queryset=orders_of(member.company), company=member.company)
    rows = found.qs.prefetch_related("addresses", "lines", "shipments").iterator(chunk_size=AT_ONCE)
    answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="orders-{timezone.localdate()}.csv"'
    return answer


@require_POST
@manager_page
def map_reference(request: HttpRequest, member: Membership, project: int) -> HttpResponse:
    """Say which product a reference means; every order that waited for it goes on."""
    found = get_object_or_404(member.company.projects, pk=project)
    form, back = MappingForm(request.POST, project=found), request.POST.get("back", "")[:LONGEST_KEY]
    if not form.is_valid():
        if back.isdecimal():
            return show_order(request, member, int(back), mapping_form=form)
        return _show(request, member, QueryDict(ATTENTION), form)
    reference, by = form.cleaned_data["reference"], cast(User, request.user)
    count = map_product(product=form.cleaned_data["product"], reference=reference, now=timezone.now(), by=by)
    told = ngettext("Mapped; %(count)d order goes on.", "Mapped; %(count)d orders go on.", count)
    messages.success(request, told % {"count": count})
    if back.isdecimal():
        return redirect("web:order", int(back))
    return redirect(f"{reverse('web:orders')}?{ATTENTION}")
