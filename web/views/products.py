"""The shop's products, and what the marketplaces may sell of them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Membership
from accounts.scope import member_page
from stock.models import Product
from web import queries


@require_GET
@member_page
def stock(request: HttpRequest, member: Membership) -> HttpResponse:
    products = (
        Product.objects.filter(project__company=member.company).prefetch_related("offers__account").order_by("sku")
    )
    page = Paginator(products, queries.PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/stock.html", {"member": member, "page": page})
