"""Members change a carrier plan. Each change names the version it was made on, so that nobody's is lost unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.audit import write_audit
from accounts.models import User
from carriers.models import CarrierPlan, CarrierRule

Change = Callable[[CarrierPlan], None]
FAR = 100_000  # positions that no rule has


class PlanChanged(Exception):
    """Somebody else changed the plan since this version was looked at."""


def change_plan(*, plan: CarrierPlan, version: int, change: Change, now: datetime, by: User | None) -> None:
    """Make one change on this version of the plan. Raises `PlanChanged`, with nothing done, when it is not current."""
    with transaction.atomic():
        current = CarrierPlan.objects.filter(pk=plan.pk, version=version)
        if not current.update(version=F("version") + 1):
            raise PlanChanged
        change(plan)
        write_audit(plan.company, by, "carriers_changed", f"plan:{plan.pk}", now, name=plan.name)
    plan.refresh_from_db()


def naming(name: str, default_carrier: str) -> Change:
    def change(plan: CarrierPlan) -> None:
        CarrierPlan.objects.filter(pk=plan.pk).update(name=name, default_carrier=default_carrier)

    return change


def adding(rule: CarrierRule) -> Change:
    """Put a rule at the end."""

    def change(plan: CarrierPlan) -> None:
        rule.plan, rule.position = plan, plan.rules.count() + 1
        rule.save()

    return change


def rewriting(rule: CarrierRule) -> Change:
    """Store an existing rule as it is now; its place stays."""

    def change(plan: CarrierPlan) -> None:
        plan.rules.filter(pk=rule.pk).update(
            operator=rule.operator, value=rule.value, carrier=rule.carrier, strip=rule.strip
        )

    return change


def removing(rule_id: int) -> Change:
    def change(plan: CarrierPlan) -> None:
        plan.rules.filter(pk=rule_id).delete()
        _renumber([rule.pk for rule in plan.rules.order_by("position")])

    return change


def moving(rule_id: int, step: int) -> Change:
    """Move a rule up (-1) or down (+1); at the end of the list it stays where it is."""

    def change(plan: CarrierPlan) -> None:
        order = [rule.pk for rule in plan.rules.order_by("position")]
        at = order.index(rule_id) if rule_id in order else -1
        to = min(max(at + step, 0), len(order) - 1)
        if at >= 0:
            order.insert(to, order.pop(at))
            _renumber(order)

    return change


def _renumber(order: list[int]) -> None:
    # Two passes, because a position may not be taken twice, not even for a moment.
    for first in (FAR, 1):
        for position, pk in enumerate(order, start=first):
            CarrierRule.objects.filter(pk=pk).update(position=position)
