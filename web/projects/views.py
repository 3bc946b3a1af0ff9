"""Set-up > Projects: the shop, its products, and the id that links them to marketplaces."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.capabilities import has
from adapterkit.errors import AdapterError
from adapterkit.notifications import SendsNotifications
from adapterkit.shop import ReceivesStock, TakesStockAddress
from adapterkit.shop import Shop as ShopAdapter
from connections.flows.announce_stock_address import announce_stock_address
from connections.flows.connect_shop import connect_shop
from connections.flows.make_project import NameTaken, make_project
from connections.models import Project, Shop
from connections.secrets import SecretsNeeded
from connections.shipping import shipping_methods
from connections.trying import try_shop
from shops.registry import SHOPS, all_shops
from shops.registry import shop as adapter_of
from stock.flows.change_product_id import change_product_id
from web.projects.forms import ProductIdForm, ProjectForm
from web.projects.query import products_of
from web.shared.cards import shop_cards
from web.shared.connecting import answered, go_on
from web.shared.forms import ConnectForm
from web.shared.guides import guide
from web.shared.posting import posted
from web.shared.refusals import refusal_text

LONGEST_KEY = 19  # digits of a record's number


@require_GET
@member_page
def projects(request: HttpRequest, member: Membership) -> HttpResponse:
    mine = member.company.projects.select_related("shop").order_by("name")
    return render(request, "web/projects/projects.html", {"member": member, "projects": mine, "platforms": all_shops()})


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
    return render(request, "web/projects/new_project.html", {"member": member, "form": form}, status=status)


def _own(member: Membership, pk: int) -> Project:
    return get_object_or_404(member.company.projects.select_related("shop", "carrier_plan", "company"), pk=pk)


@require_GET
@member_page
def project(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = _own(member, pk)
    shop: Shop | None = getattr(found, "shop", None)
    if shop is None:
        context = {"member": member, "project": found, "cards": shop_cards()}
        return render(request, "web/projects/choose_platform.html", context)
    platform = all_shops()[shop.platform]
    context = {
        "member": member,
        "project": found,
        "shop": shop,
        "platform": platform.spec,
        "notification_url": _notification_url(request, shop) if _is_notified(platform) else "",
        "takes_address": has(platform, TakesStockAddress),
        "form": ProductIdForm(instance=found),
        "used_by": found.order_connections.exclude(state="archived").order_by("name"),
        **products_of(found, shop),
    }
    template = "web/projects/_products.html" if request.htmx else "web/projects/project.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _is_notified(platform: type[ShopAdapter]) -> bool:
    return has(platform, SendsNotifications) or has(platform, ReceivesStock)


@require_GET
@member_page
def shop_methods(request: HttpRequest, member: Membership) -> HttpResponse:
    """A piece of a connection's forms: the shipping methods of the project's shop, and what becomes of the chosen."""
    chosen = str(request.GET.get("project", ""))
    found = _own(member, int(chosen)) if len(chosen) < LONGEST_KEY and chosen.isdecimal() else None
    shop: Shop | None = getattr(found, "shop", None)
    shown: dict[str, object] = {"project": found}
    if shop:
        shown |= {"methods": shipping_methods(shop), "use": _(adapter_of(shop.platform).spec.shipping_method)}
    return render(request, "web/projects/_methods.html", shown)


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


@require_POST
@manager_page
def stock_address(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Tell the shop where to post its stock."""
    shop = get_object_or_404(Shop.objects.select_related("project__company"), project=_own(member, pk))
    url, by = _notification_url(request, shop), cast(User, request.user)
    try:
        told = announce_stock_address(shop=shop, url=url, now=timezone.now(), by=by)
    except AdapterError as error:
        messages.error(request, refusal_text(error))
    else:
        able = _("The shop posts its stock here from now on.")
        messages.success(request, able if told else _("This platform cannot be told an address."))
    return redirect("web:project", pk)


def _notification_url(request: HttpRequest, shop: Shop) -> str:
    return request.build_absolute_uri(reverse("api:shop_notification", args=[shop.notification_token]))


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
        except SecretsNeeded as needed:
            for name in needed.names:
                form.add_error(name, _("Enter it again: the address is another one."))
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
