"""What a merchant enters on the page of one order."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adapterkit.addresses import parts_of
from adapterkit.records import CancellationReason
from orders.models import OrderAddress
from orders.obstacles import known_countries
from orders.records import canonical_address
from web.shared.styled import Styled
from web.shared.words import CARRIERS_OR_NONE

REASONS = {
    CancellationReason.OUT_OF_STOCK: _("Out of stock"),
    CancellationReason.REQUESTED_BY_CUSTOMER: _("The buyer asked for it"),
    CancellationReason.OTHER: _("Another reason"),
}


class AddressForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """Corrects an address. One whose lines were not read shows them as street and supplement, to be told apart."""

    class Meta:
        model = OrderAddress
        fields = (
            "first_name", "last_name", "company", "street", "house_number", "house_number_addition", "supplement",
            "postcode", "city", "country",
        )  # fmt: skip
        labels = {  # noqa: RUF012 - Django's own way
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "company": _("Company"),
            "street": _("Street"),
            "house_number": _("House number"),
            "house_number_addition": _("Addition"),
            "supplement": _("Supplement"),
            "postcode": _("Postcode"),
            "city": _("City"),
            "country": _("Country"),
        }
        widgets = dict.fromkeys(fields, forms.TextInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(asdict(parts_of(canonical_address(self.instance))))

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        if country not in known_countries():
            raise forms.ValidationError(_("Enter the country's two letters, for example NL."))
        return country

    def clean(self) -> dict[str, Any]:
        """Somebody has to be named, and a street: without them the order could not go on."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("first_name", "last_name", "company")):
            self.add_error("last_name", _("Enter a name, or a company."))
        if not (cleaned.get("street") or any(self.instance.lines)):
            self.add_error("street", _("Enter the street."))
        return cleaned


class TrackingForm(Styled, forms.Form):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=CARRIERS_OR_NONE)
    tracking_code = forms.CharField(label=_("Tracking code"), max_length=100)


class CarrierForm(Styled, forms.Form):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=CARRIERS_OR_NONE)


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
        found = list(self.project.products.listed().filter(**{self.project.product_id_field: value})[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("No imported product has this ID.") if not found else _("Several products share this ID.")
            )
        return found[0]
