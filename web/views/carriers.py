"""Set-up > Carriers: plans with a default and rules in order, a try-out box, and what is held."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from carriers.catalogue import CHOICES
from carriers.flows.change_plan import Change, PlanChanged, adding, change_plan, moving, naming, removing, rewriting
from carriers.models import CarrierPlan, CarrierRule
from web.carrier_pages import caught, held, last_codes, trials
from web.forms import PlanForm, RuleForm, TryForm

MOST_CODES = 100


@require_GET
@member_page
def carriers(request: HttpRequest, member: Membership) -> HttpResponse:
    plans = member.company.carrier_plans.prefetch_related("rules", "projects", "order_connections").order_by("name")
    context = {"member": member, "plans": plans, "held": held(member.company), "choices": CHOICES}
    return render(request, "web/carriers.html", context)


@require_POST
@manager_page
def new_plan(request: HttpRequest, member: Membership) -> HttpResponse:
    form = PlanForm(request.POST, instance=CarrierPlan(company=member.company))
    if not form.is_valid():
        messages.error(request, _("Give the plan a name."))
        return redirect("web:carriers")
    made, _made = CarrierPlan.objects.get_or_create(company=member.company, name=form.cleaned_data["name"])
    return redirect("web:carrier_plan", made.pk)


@require_GET
@member_page
def carrier_plan(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _show(request, member, get_object_or_404(member.company.carrier_plans.select_related("company"), pk=pk))


def _show(request: HttpRequest, member: Membership, plan: CarrierPlan, **forms: Any) -> HttpResponse:
    codes = last_codes(member.company)
    hits, others = caught(plan, codes)
    tried = TryForm(request.GET if "codes" in request.GET else None)
    lines = tried.cleaned_data["codes"].splitlines()[:MOST_CODES] if tried.is_bound and tried.is_valid() else []
    context = {
        "member": member,
        "plan": plan,
        "rules": [(rule, RuleForm(instance=rule), hits.get(rule.position)) for rule in plan.rules.all()],
        "others": others,
        "looked_at": len(codes),
        "plan_form": PlanForm(instance=plan),
        "rule_form": RuleForm(initial={"value": request.GET.get("value"), "carrier": request.GET.get("carrier"),
                                       "operator": "starts_with" if request.GET.get("value") else None}),
        "try_form": tried,
        "trials": trials(plan, lines),
        "projects": plan.projects.order_by("name"),
        "connections": plan.order_connections.order_by("name"),
        **forms,
    }  # fmt: skip
    return render(request, "web/carrier_plan.html", context, status=422 if forms else 200)


@require_POST
@manager_page
def change(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Make one change; a page that somebody else's change made old is told, with what was typed kept."""
    plan = get_object_or_404(member.company.carrier_plans.select_related("company"), pk=pk)
    form, wanted = _wanted(request, plan)
    name = "plan_form" if isinstance(form, PlanForm) else "rule_form"
    if wanted is None:
        return _show(request, member, plan, **({name: form} if form is not None else {"stale": False}))
    version = str(request.POST.get("version", ""))
    try:
        with transaction.atomic():
            change_plan(
                plan=plan,
                version=int(version) if version.isdecimal() else 0,
                change=wanted,
                now=timezone.now(),
                by=cast(User, request.user),
            )
    except PlanChanged:
        fresh = member.company.carrier_plans.select_related("company").get(pk=pk)
        return _show(request, member, fresh, stale=True, **({name: form} if form is not None else {}))
    except IntegrityError:
        messages.error(request, _("Another plan has this name already."))
    return redirect("web:carrier_plan", pk)


def _wanted(request: HttpRequest, plan: CarrierPlan) -> tuple[PlanForm | RuleForm | None, Change | None]:
    """Return the form that was sent, if there is one, and the change it asks for; none when it is not valid."""
    action = request.POST.get("action", "")
    chosen = str(request.POST.get("rule", ""))
    rule_id = int(chosen) if chosen.isdecimal() else 0
    if action in {"up", "down"}:
        return None, moving(rule_id, -1 if action == "up" else 1)
    if action == "remove":
        return None, removing(rule_id)
    if action == "plan":
        form = PlanForm(request.POST, instance=CarrierPlan(company=plan.company))
        return form, naming(**form.cleaned_data) if form.is_valid() else None
    rule = plan.rules.filter(pk=rule_id).first() if action == "rewrite" else CarrierRule(plan=plan, position=1)
    rule_form = RuleForm(request.POST, instance=rule)
    if rule is None or not rule_form.is_valid():
        return rule_form, None
    return rule_form, rewriting(rule_form.instance) if action == "rewrite" else adding(rule_form.instance)
