"""The forms of carrier plans, their rules and the try-out box."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from carriers.models import CarrierPlan, CarrierRule
from web.shared.styled import Styled
from web.shared.words import CARRIERS_OR_NONE, OPERATORS


class PlanForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    default_carrier = forms.ChoiceField(label=_("Default carrier"), choices=CARRIERS_OR_NONE, required=False)

    class Meta:
        model = CarrierPlan
        fields = ("name", "default_carrier")
        labels = {"name": _("Name")}  # noqa: RUF012 - Django's own way


class RuleForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    operator = forms.ChoiceField(label=_("The code"), choices=[("", "–"), *OPERATORS.items()])
    carrier = forms.ChoiceField(label=_("Carrier"), choices=CARRIERS_OR_NONE)

    class Meta:
        model = CarrierRule
        fields = ("operator", "value", "carrier", "strip")
        labels = {"value": _("What"), "strip": _("Take the marker out")}  # noqa: RUF012 - Django's own way
        widgets = {"value": forms.TextInput(attrs={"placeholder": "3S"})}  # noqa: RUF012 - Django's own way


class TryForm(forms.Form):
    codes = forms.CharField(
        label=_("Tracking codes, one a line"),
        max_length=5000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4, "placeholder": "3SABC123456\nJVGL0612345"}),
    )
