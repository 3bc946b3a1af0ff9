"""Carrier plans: a default, rules in order, and trying codes out."""

from __future__ import annotations

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from accounts.models import Membership
from accounts.scope import member_page
from carriers.plans import Trial, try_codes
from web.forms import PlanForm, RuleForm, TryForm


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
