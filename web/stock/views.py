"""The shop's products, and what the marketplaces may sell of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import Membership
from accounts.paging import LatestPages
from accounts.scope import member_page
from connections.models import Project
from stock.models import HeldStock, Product
from web.stock.query import products_of

PER_PAGE = 50
LONGEST_KEY = 18  # digits of a record's number


@require_GET
@member_page
def stock(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the products of one project: all, those found by `q`, or those whose id is `missing` or `shared`."""
    projects = list(member.company.projects.select_related("shop").order_by("name", "pk"))
    chosen, ids, text = (request.GET.get(name, "").strip() for name in ("project", "ids", "q"))
    with_shop = (one for one in projects if getattr(one, "shop", None))
    project = next(with_shop, projects[0] if projects else None)
    if chosen.isdecimal():
        project = get_object_or_404(member.company.projects, pk=int(chosen[:LONGEST_KEY]))
    ids = ids if ids in {"missing", "shared"} else ""
    found = products_of(project, ids, text) if project else Product.objects.none()
    held = Prefetch("held", HeldStock.objects.select_related("connection__account").order_by("connection", "place"))
    page = LatestPages(found.prefetch_related("offers__account", held), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "member": member,
        "page": page,
        "projects": projects,
        "project": project,
        "ids": ids,
        "q": text,
        "asked": urlencode(_asked(project, ids, text)),
    }
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, "web/stock/_products.html" if part else "web/stock/stock.html", context)


def _asked(project: Project | None, ids: str, text: str) -> dict[str, Any]:
    asked = {"project": project.pk if project else "", "ids": ids, "q": text}
    return {name: value for name, value in asked.items() if value}
