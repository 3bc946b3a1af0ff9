"""What a merchant enters on the page of one order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adapterkit.records import CancellationReason
from carriers.catalogue import CHOICES
from orders.models import OrderAddress
from orders.obstacles import known_countries
from web.styled import Styled

REASONS = {
    CancellationReason.OUT_OF_STOCK: _("Out of stock"),
    CancellationReason.REQUESTED_BY_CUSTOMER: _("The buyer asked for it"),
    CancellationReason.OTHER: _("Another reason"),
}


class AddressForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = OrderAddress
        fields = (
            "first_name", "last_name", "company", "street", "house_number", "house_number_addition", "postcode",
            "city", "country",
        )  # fmt: skip
        labels = {  # noqa: RUF012 - Django's own way
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "company": _("Company"),
            "street": _("Street"),
            "house_number": _("House number"),
            "house_number_addition": _("Addition"),
            "postcode": _("Postcode"),
            "city": _("City"),
            "country": _("Country"),
        }
        widgets = dict.fromkeys(fields, forms.TextInput)

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        if country not in known_countries():
            raise forms.ValidationError(_("Enter the country's two letters, for example NL."))
        return country


class TrackingForm(Styled, forms.Form):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=[("", "–"), *CHOICES])
    tracking_code = forms.CharField(label=_("Tracking code"), max_length=100)


class CarrierForm(Styled, forms.Form):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=[("", "–"), *CHOICES])


class CancelForm(Styled, forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=[(code.value, name) for code, name in REASONS.items()])


class MappingForm(Styled, forms.Form):
    """Which product of the project a reference means."""

    reference = forms.CharField(max_length=190, widget=forms.HiddenInput)
    product = forms.CharField(
        label=_("Product ID"), max_length=190, widget=forms.TextInput(attrs={"list": "product-ids"})
    )

    def __init__(self, *args: Any, project: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_product(self) -> Any:
        value = self.cleaned_data["product"].strip()
        found = list(self.project.products.filter(**{self.project.product_id_field: value})[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("No imported product has this ID.") if not found else _("Several products share this ID.")
            )
        return found[0]
