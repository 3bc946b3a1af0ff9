"""Set-up > Projects: the shop, its products, and the id that links them to marketplaces."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.errors import AdapterError
from connections.flows.connect_shop import connect_shop
from connections.flows.make_project import NameTaken, make_project
from connections.models import Project, Shop
from connections.trying import try_shop
from engine.models import SyncCursor
from shops.registry import SHOPS, all_shops
from stock.flows.change_product_id import change_product_id
from stock.product_ids import count_ids, duplicate_ids
from web.cards import shop_cards
from web.connecting import answered, go_on
from web.forms_setup import ConnectForm, ProductIdForm, ProjectForm
from web.guides import guide
from web.posting import posted
from web.refusals import refusal_text


@require_GET
@member_page
def projects(request: HttpRequest, member: Membership) -> HttpResponse:
    mine = member.company.projects.select_related("shop").order_by("name")
    return render(request, "web/setup/projects.html", {"member": member, "projects": mine, "platforms": all_shops()})


@manager_page
def new_project(request: HttpRequest, member: Membership) -> HttpResponse:
    form = ProjectForm(posted(request), instance=Project(company=member.company))
    if request.method == "POST" and form.is_valid():
        name, by = form.cleaned_data["name"], cast(User, request.user)
        try:
            made = make_project(company=member.company, name=name, now=timezone.now(), by=by)
        except NameTaken:
            form.add_error("name", _("There is a project of this name already."))
        else:
            return redirect("web:project", made.pk)
    status = 422 if form.errors else 200
    return render(request, "web/setup/new_project.html", {"member": member, "form": form}, status=status)


def _own(member: Membership, pk: int) -> Project:
    return get_object_or_404(member.company.projects.select_related("shop", "carrier_plan", "company"), pk=pk)


@require_GET
@member_page
def project(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = _own(member, pk)
    shop: Shop | None = getattr(found, "shop", None)
    if shop is None:
        context = {"member": member, "project": found, "cards": shop_cards()}
        return render(request, "web/setup/choose_platform.html", context)
    context = {
        "member": member,
        "project": found,
        "shop": shop,
        "platform": all_shops()[shop.platform].spec,
        "form": ProductIdForm(instance=found),
        "used_by": found.order_connections.exclude(state="archived").order_by("name"),
        **_products(found, shop),
    }
    template = "web/setup/_products.html" if request.htmx else "web/setup/project.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _products(project: Project, shop: Shop) -> dict[str, object]:
    """How far the import is, and which ids are missing or shared."""
    count, empty = count_ids(project)
    cursor = SyncCursor.objects.filter(feed="products", owner_id=shop.pk).first()
    share = min(100, 100 * count // cursor.expected) if cursor and cursor.expected else 0
    nameless = project.products.filter(**{project.product_id_field: ""}).order_by("title", "pk")
    return {
        "count": count,
        "cursor": cursor,
        "importing": cursor is not None and cursor.last_success_at is None and not cursor.problem_code,
        "share": share,
        "empty": empty,
        "nameless": nameless[:10],
        "duplicates": duplicate_ids(project),
    }


@require_POST
@manager_page
def product_id(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = _own(member, pk)
    form = ProductIdForm(request.POST, instance=Project())
    if form.is_valid():
        field, by = form.cleaned_data["product_id_field"], cast(User, request.user)
        changed = change_product_id(project=found, field=field, now=timezone.now(), by=by)
        messages.success(request, _("Products are compared by this field from now on.") if changed else _("It is so."))
    return redirect("web:project", pk)


@manager_page
def connect(request: HttpRequest, member: Membership, pk: int, platform: str) -> HttpResponse:
    """The connect form of a platform with its guide beside it; "test" tries without saving."""
    found = _own(member, pk)
    shop: Shop | None = getattr(found, "shop", None)
    if platform not in all_shops() or (shop is not None and shop.platform != platform):
        raise Http404
    spec = all_shops()[platform].spec
    stored = shop.settings if shop else None
    form = ConnectForm(spec, posted(request), stored=stored, initial={"name": shop.name if shop else found.name})
    tried = ""
    if request.method == "POST" and form.is_valid():
        values = {"settings": form.settings, "credentials": form.credentials}
        try:
            if "test" in request.POST:
                try_shop(shop or Shop(project=found, platform=platform), **values)
                tried = _("It works: the shop answers and takes the credentials.")
            else:
                name, by = form.cleaned_data["name"], cast(User, request.user)
                connect_shop(project=found, platform=platform, name=name, **values, now=timezone.now(), by=by)
                messages.success(request, _("Connected. The products are being imported."))
                return go_on(request, "web:project", pk)
        except AdapterError as error:
            form.add_error(None, refusal_text(error))
    context = {
        "member": member,
        "project": found,
        "form": form,
        "spec": spec,
        "guide": guide(SHOPS[platform][0]),
        "tried": tried,
        "shop": shop,
    }
    return answered(request, context, form)
