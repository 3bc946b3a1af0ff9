"""The merchant's forms."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from adapterkit.records import ReturnDecision
from carriers.models import CarrierPlan, CarrierRule
from orders.models import ReturnLine
from web.shared.styled import Styled
from web.shared.words import CARRIERS_OR_NONE, OPERATORS


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

    def __init__(self, line: ReturnLine, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id=f"return-{line.pk}-%s")
        self.line = line
        self.fields["quantity"] = forms.IntegerField(
            min_value=0,
            max_value=line.quantity,
            initial=line.quantity,
            widget=forms.NumberInput(attrs={"class": "form-control", "aria-label": _("Pieces received")}),
        )


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
