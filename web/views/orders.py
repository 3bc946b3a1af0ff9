"""The orders: the list with its problems by cause, and its export."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from orders.flows.map_product import map_product
from web import queries
from web.forms_order import MappingForm
from web.order_list import TABS, OrderFilter, causes, csv_lines, orders_of

AT_ONCE = 500  # rows of an export that are read together


@require_GET
@member_page
def orders(request: HttpRequest, member: Membership) -> HttpResponse:
    found = OrderFilter(request.GET, queryset=orders_of(member.company), company=member.company)
    page = Paginator(found.qs, queries.PER_PAGE).get_page(request.GET.get("page"))
    asked, untabbed = request.GET.copy(), request.GET.copy()
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
    }
    template = "web/_orders.html" if request.htmx else "web/orders.html"  # type: ignore[attr-defined]
    return render(request, template, context)


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
    form = MappingForm(request.POST, project=found)
    if form.is_valid():
        reference, by = form.cleaned_data["reference"], cast(User, request.user)
        count = map_product(product=form.cleaned_data["product"], reference=reference, now=timezone.now(), by=by)
        told = ngettext("Mapped; %(count)d order goes on.", "Mapped; %(count)d orders go on.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    back = request.POST.get("back", "")
    return redirect("web:order", int(back)) if back.isdecimal() else redirect("/orders?tab=attention")
