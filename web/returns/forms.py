"""The answer to a return."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from adapterkit.records import ReturnDecision
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

    def __init__(self, line: ReturnLine, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id=f"return-{line.pk}-%s")
        self.line = line
        self.fields["quantity"] = forms.IntegerField(
            min_value=0,
            max_value=line.quantity,
            initial=line.quantity,
            widget=forms.NumberInput(attrs={"class": "form-control", "aria-label": _("Pieces received")}),
        )
