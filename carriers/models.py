"""A company's carrier plans: a default carrier and ordered rules. The catalogue itself is code (`carriers.catalogue`):
it changes with releases, and a marketplace's own codes stand in its adapter's spec."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from carriers.catalogue import CHOICES
from carriers.rules import Operator, check_rule


class CarrierPlan(models.Model):
    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="carrier_plans")
    name = models.CharField(max_length=120)
    default_carrier = models.CharField(max_length=40, choices=CHOICES, blank=True)
    version = models.PositiveIntegerField(default=1)  # of its name, default and rules together

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name"], name="carrier_plan_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class CarrierRule(models.Model):
    """One rule on the tracking code; the first that fits wins."""

    plan = models.ForeignKey(CarrierPlan, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField()
    operator = models.CharField(max_length=12, choices=[(operator.value, operator.label) for operator in Operator])
    value = models.CharField(max_length=120)
    carrier = models.CharField(max_length=40, choices=CHOICES)
    strip = models.BooleanField(default=False)  # take the matched marker out of the code

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "position"], name="carrier_rule_position_once_per_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.operator} {self.value} → {self.carrier}"

    def clean(self) -> None:
        problem = check_rule(Operator(self.operator), self.value) if self.operator else ""
        if problem:
            raise ValidationError({"value": problem})
