"""The merchant's pages: translate the request, make one query or one flow call, show."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import SESSION_KEY, manager_page, member_page
from adapterkit.errors import AdapterError
from carriers.plans import Trial, try_codes
from connections.flows.activate_connection import activate_connection
from connections.flows.pause_connection import pause_connection
from connections.flows.save_credentials import save_credentials
from connections.models import OrderConnection
from marketplaces.registry import marketplace
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.flows.resume_order import resume_order
from orders.models import Order
from shops.registry import shop
from stock.models import Product
from web import queries
from web.forms import CredentialsForm, PlanForm, RuleForm, SignInForm, TryForm


class SignIn(LoginView):
    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@require_GET
@member_page
def overview(request: HttpRequest, member: Membership) -> HttpResponse:
    company = member.company
    context = {
        "member": member,
        "cards": queries.connection_cards(company),
        "troubled": queries.troubled_orders(company),
        "shipments": queries.troubled_shipments(company),
        "latest": queries.orders_of(company)[:8],
    }
    template = "web/_overview.html" if request.htmx else "web/overview.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@member_page
def choose_company(request: HttpRequest, _: Membership, pk: int) -> HttpResponse:
    mine = get_object_or_404(Membership, user=request.user, company=pk)
    request.session[SESSION_KEY] = mine.company_id
    return redirect("web:overview")


@require_GET
@member_page
def orders(request: HttpRequest, member: Membership) -> HttpResponse:
    found = queries.OrderFilter(request.GET, queryset=queries.orders_of(member.company), company=member.company)
    page = Paginator(found.qs, queries.PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"member": member, "filter": found, "page": page, "asked": asked.urlencode()}
    template = "web/_orders.html" if request.htmx else "web/orders.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_GET
@member_page
def order(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    details = queries.order_details(member.company, pk)
    if details is None:
        raise Http404
    return render(request, "web/order.html", {"member": member, "details": details, "order": details.order})


def _own_order(member: Membership, pk: int) -> Order:
    return get_object_or_404(
        member.company.orders.select_related("connection__project__shop", "connection__account"), pk=pk
    )


@require_POST
@manager_page
def resume(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    queued = resume_order(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "It is tried again now." if queued else "Nothing was waiting for you here.")
    return redirect("web:order", pk)


@require_POST
@manager_page
def handled(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    taken = handle_manually(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "Marked as handled; nothing more is sent." if taken else "It is in the shop already.")
    return redirect("web:order", pk)


@require_POST
@manager_page
def release(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    released = release_hold(order=_own_order(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, "The order goes on." if released else "The order is not on hold.")
    return redirect("web:order", pk)


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


@require_GET
@member_page
def carriers(request: HttpRequest, member: Membership) -> HttpResponse:
    plans = member.company.carrier_plans.prefetch_related("rules").order_by("name")
    return render(request, "web/carriers.html", {"member": member, "plans": plans})


@member_page
def carrier_plan(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Show a plan; members may try codes, owners and managers change it."""
    plan = get_object_or_404(member.company.carrier_plans, pk=pk)
    forms = {"plan": PlanForm(instance=plan), "rule": RuleForm(), "try": TryForm()}
    trials: list[Trial] = []
    action = request.POST.get("action", "")
    if action == "try":
        forms["try"] = TryForm(request.POST)
        if forms["try"].is_valid():
            trials = try_codes(plan, forms["try"].cleaned_data["codes"].splitlines()[:100])
    elif action and member.may_change:
        if action == "remove":
            rule = str(request.POST.get("rule", ""))
            plan.rules.filter(pk=int(rule) if rule.isdecimal() else 0).delete()
            return redirect("web:carrier_plan", pk)
        form = PlanForm(request.POST, instance=plan) if action == "plan" else RuleForm(request.POST)
        if form.is_valid():
            if isinstance(form, RuleForm):
                form.instance.plan = plan
                form.instance.position = (plan.rules.aggregate(last=Max("position"))["last"] or 0) + 1
            form.save()
            return redirect("web:carrier_plan", pk)
        forms["plan" if action == "plan" else "rule"] = form
    context = {"member": member, "plan": plan, "rules": plan.rules.all(), "forms": forms, "trials": trials}
    return render(request, "web/carrier_plan.html", context)


@require_GET
@member_page
def stock(request: HttpRequest, member: Membership) -> HttpResponse:
    products = (
        Product.objects.filter(project__company=member.company).prefetch_related("offers__account").order_by("sku")
    )
    page = Paginator(products, queries.PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/stock.html", {"member": member, "page": page})
