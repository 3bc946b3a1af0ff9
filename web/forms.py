"""The merchant's forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adapterkit.records import ReturnDecision
from carriers.models import CarrierPlan, CarrierRule
from orders.models import ReturnLine


class ReturnForm(forms.Form):
    """What is decided about one returned product."""

    decision = forms.ChoiceField(
        choices=[
            (ReturnDecision.ACCEPTED, _("Received, refund it")),
            (ReturnDecision.REJECTED, _("Does not meet the conditions")),
            (ReturnDecision.REPAIRED, _("Repaired and sent back")),
            (ReturnDecision.EXCHANGED, _("Exchanged")),
            (ReturnDecision.KEEPS, _("The buyer keeps it and pays")),
        ],
        widget=forms.Select(attrs={"class": "form-select", "aria-label": _("Decision")}),
    )

    def __init__(self, line: ReturnLine, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"] = forms.IntegerField(
            min_value=0,
            max_value=line.quantity,
            initial=line.quantity,
            widget=forms.NumberInput(attrs={"class": "form-control", "aria-label": _("Pieces received")}),
        )


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CarrierPlan
        fields = ("name", "default_carrier")
        labels = {"name": _("Name"), "default_carrier": _("Default carrier")}  # noqa: RUF012 - Django's own way
        widgets = {  # noqa: RUF012 - Django's own way
            "name": forms.TextInput(attrs={"class": "form-control"}),
            "default_carrier": forms.Select(attrs={"class": "form-select"}),
        }


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CarrierRule
        fields = ("operator", "value", "carrier", "strip")
        labels = {  # noqa: RUF012 - Django's own way
            "operator": _("The code"),
            "value": _("What"),
            "carrier": _("Carrier"),
            "strip": _("Take the marker out"),
        }
        widgets = {  # noqa: RUF012 - Django's own way
            "operator": forms.Select(attrs={"class": "form-select"}),
            "value": forms.TextInput(attrs={"class": "form-control", "placeholder": "3S"}),
            "carrier": forms.Select(attrs={"class": "form-select"}),
            "strip": forms.CheckboxInput(attrs={"class": "form-check-input"}),
        }


class TryForm(forms.Form):
    codes = forms.CharField(
        label=_("Tracking codes, one a line"),
        max_length=5000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4, "placeholder": "3SABC123456\nJVGL0612345"}),
    )
