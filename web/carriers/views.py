"""Set-up > Carriers: plans with a default and rules in order, a try-out box, and what is held."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from carriers.flows.change_codes import change_codes
from carriers.flows.change_plan import Change, PlanChanged, adding, change_plan, moving, naming, removing, rewriting
from carriers.models import CarrierPlan, CarrierRule
from marketplaces.registry import MARKETPLACES, marketplace
from orders.flows.resume_held import resume_held
from web.carriers.forms import PlanForm, RuleForm, TryForm
from web.carriers.query import caught, code_rows, held, last_codes, sellers_of, trials
from web.shared.words import CARRIERS

MOST_CODES = 100
LONGEST_CARRIER_CODE = 40
STEPS = {"up": -1, "down": 1, "move": 0}  # how far a rule moves; a dragged one says so itself
WHOLE = re.compile(r"-?\d{1,9}")


@require_GET
@member_page
def carriers(request: HttpRequest, member: Membership) -> HttpResponse:
    return _list(request, member, PlanForm())


def _list(request: HttpRequest, member: Membership, form: PlanForm) -> HttpResponse:
    plans = member.company.carrier_plans.prefetch_related("rules", "projects", "order_connections").order_by("name")
    context = {
        "member": member,
        "plans": plans,
        "held": held(member.company),
        "choices": CARRIERS,
        "sellers": [marketplace(code).spec for code in sellers_of(member.company)],
        "form": form,
    }
    return render(request, "web/carriers/carriers.html", context, status=422 if form.errors else 200)


@member_page
def carrier_codes(request: HttpRequest, member: Membership, seller: str) -> HttpResponse:
    """What one marketplace calls each carrier; managers may know better than the list that is shipped."""
    if seller not in MARKETPLACES:
        raise Http404
    if request.method == "POST":
        if not member.may_change:
            raise PermissionDenied
        typed = {code: str(request.POST[f"code-{code}"]) for code, _name in CARRIERS if f"code-{code}" in request.POST}
        if any(len(text.strip()) > LONGEST_CARRIER_CODE for text in typed.values()):
            messages.error(request, _("A code has at most %(most)d characters.") % {"most": LONGEST_CARRIER_CODE})
        else:
            change_codes(
                company=member.company, seller=seller, codes=typed, now=timezone.now(), by=cast(User, request.user)
            )
            messages.success(request, _("Saved."))
        return redirect("web:carrier_codes", seller)
    context = {"member": member, "spec": marketplace(seller).spec, "rows": code_rows(member.company, seller)}
    return render(request, "web/carriers/carrier_codes.html", context)


@require_POST
@manager_page
def try_held(request: HttpRequest, member: Membership) -> HttpResponse:
    """Try every parcel that waits for its carrier again, by the rules as they are now."""
    count = resume_held(company=member.company, now=timezone.now(), by=cast(User, request.user))
    told = ngettext("%(count)d parcel is reported now.", "%(count)d parcels are reported now.", count)
    messages.success(request, told % {"count": count})
    return redirect("web:carriers")


@require_POST
@manager_page
def new_plan(request: HttpRequest, member: Membership) -> HttpResponse:
    form = PlanForm(request.POST, instance=CarrierPlan(company=member.company))
    if not form.is_valid():
        return _list(request, member, form)
    made, _made = CarrierPlan.objects.get_or_create(company=member.company, name=form.cleaned_data["name"])
    return redirect("web:carrier_plan", made.pk)


@require_GET
@member_page
def carrier_plan(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _show(request, member, get_object_or_404(member.company.carrier_plans.select_related("company"), pk=pk))


def _show(
    request: HttpRequest, member: Membership, plan: CarrierPlan, status: int = 200, **refused: Any
) -> HttpResponse:
    """Show the plan. `refused` are the forms as they were sent, `changing` that of the rule it is about."""
    codes = last_codes(member.company)
    hits, others = caught(plan, codes)
    tried = TryForm(request.GET if "codes" in request.GET else None)
    lines = tried.cleaned_data["codes"].splitlines()[:MOST_CODES] if tried.is_bound and tried.is_valid() else []
    changing: RuleForm | None = refused.pop("changing", None)
    context = {
        "member": member,
        "plan": plan,
        "rules": [(rule, _form_of(rule, changing), hits.get(rule.position)) for rule in plan.rules.all()],
        "others": others,
        "looked_at": len(codes),
        "plan_form": PlanForm(instance=plan),
        "rule_form": RuleForm(initial={"value": request.GET.get("value"), "carrier": request.GET.get("carrier"),
                                       "operator": "starts_with" if request.GET.get("value") else None}),
        "try_form": tried,
        "trials": trials(plan, lines),
        "projects": plan.projects.order_by("name"),
        "connections": plan.order_connections.order_by("name"),
        **refused,
    }  # fmt: skip
    return render(request, "web/carriers/carrier_plan.html", context, status=status)


def _form_of(rule: CarrierRule, changing: RuleForm | None) -> RuleForm:
    """Return the rule's form: the one that was sent and refused, if it was this rule's."""
    if changing is not None and changing.instance.pk == rule.pk:
        return changing
    return RuleForm(instance=rule, auto_id=f"rule-{rule.pk}-%s")


@require_POST
@manager_page
def change(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Make one change; a page that somebody else's change made old is told, with what was typed kept."""
    plan = get_object_or_404(member.company.carrier_plans.select_related("company"), pk=pk)
    sent, wanted = _wanted(request, plan)
    if wanted is None:
        return _show(request, member, plan, 422, **sent)
    try:
        with transaction.atomic():
            change_plan(
                plan=plan,
                version=_number(request, "version"),
                change=wanted,
                now=timezone.now(),
                by=cast(User, request.user),
            )
    except PlanChanged:
        fresh = member.company.carrier_plans.select_related("company").get(pk=pk)
        return _show(request, member, fresh, 422, stale=True, **sent)
    except IntegrityError:
        sent["plan_form"].add_error("name", _("Another plan has this name already."))
        return _show(request, member, plan, 422, **sent)
    return redirect("web:carrier_plan", pk)


def _number(request: HttpRequest, name: str) -> int:
    """Return a whole number that was sent, 0 for anything else."""
    text = str(request.POST.get(name, ""))
    return int(text) if WHOLE.fullmatch(text) else 0


def _wanted(request: HttpRequest, plan: CarrierPlan) -> tuple[dict[str, Any], Change | None]:
    """Return the form that was sent under its name on the page, and the change it asks for; none if it is not valid."""
    action, rule_id = request.POST.get("action", ""), _number(request, "rule")
    if action in STEPS:
        return {}, moving(rule_id, STEPS[action] or _number(request, "by"))
    if action == "remove":
        return {}, removing(rule_id)
    if action == "plan":
        form = PlanForm(request.POST, instance=CarrierPlan(company=plan.company))
        return {"plan_form": form}, naming(**form.cleaned_data) if form.is_valid() else None
    rule = plan.rules.filter(pk=rule_id).first() if action == "rewrite" else None
    if rule is None:  # a new one, or one that somebody removed meanwhile: what was typed can be added
        rule_form = RuleForm(request.POST, instance=CarrierRule(plan=plan, position=1))
        valid = rule_form.is_valid() and action == "add"
        return {"rule_form": rule_form}, adding(rule_form.instance) if valid else None
    rule_form = RuleForm(request.POST, instance=rule, auto_id=f"rule-{rule.pk}-%s")
    return {"changing": rule_form}, rewriting(rule_form.instance) if rule_form.is_valid() else None
