"""A company's carrier plans: a default carrier and ordered rules. The catalogue itself is code (`carriers.catalogue`):
it changes with releases, and a marketplace's own codes stand in its adapter's spec, where a company may know better."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from carriers.catalogue import CHOICES
from carriers.rules import Operator, check_rule

CARRIERS = [(code, _(name)) for code, name in CHOICES]  # most are names of companies
OPERATORS = [(operator.value, _(operator.label)) for operator in Operator]


class CarrierPlan(models.Model):
    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="carrier_plans")
    name = models.CharField(max_length=120)
    default_carrier = models.CharField(max_length=40, choices=CARRIERS, blank=True)
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
    operator = models.CharField(max_length=12, choices=OPERATORS)
    value = models.CharField(max_length=120)
    carrier = models.CharField(max_length=40, choices=CARRIERS)
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


class MarketplaceCarrier(models.Model):
    """What a marketplace calls a carrier, as the company says, in place of what its adapter says."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="marketplace_carriers")
    marketplace = models.CharField(max_length=40)
    carrier = models.CharField(max_length=40, choices=CARRIERS)
    code = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "marketplace", "carrier"], name="marketplace_carrier_once_per_company"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marketplace}: {self.carrier} → {self.code}"
