"""Reads carrier plans as plain records."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from carriers.models import CarrierPlan, CarrierRule
from carriers.rules import Operator, PlanRecord, Resolution, Rule, resolve


def load_plans(plan_ids: Collection[int]) -> dict[int, PlanRecord]:
    """Return plans with their rules; two statements, none when nothing is asked for."""
    if not plan_ids:
        return {}
    rules: dict[int, list[Rule]] = {}
    for rule in CarrierRule.objects.filter(plan__in=plan_ids).order_by("position"):
        rules.setdefault(rule.plan_id, []).append(
            Rule(
                position=rule.position,
                operator=Operator(rule.operator),
                value=rule.value,
                carrier=rule.carrier,
                strip=rule.strip,
            )
        )
    plans = CarrierPlan.objects.filter(pk__in=plan_ids)
    return {
        plan.pk: PlanRecord(default_carrier=plan.default_carrier, rules=tuple(rules.get(plan.pk, ()))) for plan in plans
    }


@dataclass(frozen=True, slots=True)
class Trial:
    code: str
    resolution: Resolution


def try_codes(plan: CarrierPlan, codes: Iterable[str]) -> list[Trial]:
    """Return what the plan makes of tracking codes; changes nothing."""
    record = load_plans([plan.pk])[plan.pk]
    return [Trial(code, resolve(record, tracking_code=code)) for code in codes if code.strip()]
