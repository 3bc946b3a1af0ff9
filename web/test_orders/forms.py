"""The test order's form: everything is proposed, and everything can be set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adapterkit.records import Address, Fulfilment
from connections.models import OrderConnection
from orders.flows.send_test_order import Wanted, Wish
from orders.proposals import COUNTRIES, proposal
from web.shared.countries import country_name
from web.shared.styled import Styled
from web.shared.words import FULFILMENTS

LINES = 3
MOST = Decimal(100_000)
ADDRESS = (
    "first_name", "last_name", "company", "street", "house_number", "house_number_addition", "postcode", "city",
    "region", "email", "phone", "vat_number",
)  # fmt: skip


def _money(label: Any, *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, min_value=0, max_value=MOST, decimal_places=2, max_digits=9
    )


class LineForm(Styled, forms.Form):
    product = forms.CharField(
        label=_("Product ID"), max_length=190, required=False, widget=forms.TextInput(attrs={"list": "product-ids"})
    )
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, required=False)
    price = _money(_("Price of one, with VAT"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("product"):
            for name in ("quantity", "price"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Fill this in too."))
        return cleaned


class TestOrderForm(Styled, forms.Form):
    """The order itself; its lines stand in `LineForm`s beside it."""

    __test__ = False  # no test case, whatever its name

    token = forms.UUIDField(widget=forms.HiddenInput)
    country = forms.ChoiceField(label=_("Country"), choices=lambda: [(code, country_name(code)) for code in COUNTRIES])
    business = forms.BooleanField(label=_("Business order"), required=False)
    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    street = forms.CharField(label=_("Street"), max_length=300)
    house_number = forms.CharField(label=_("House number"), max_length=30, required=False)
    house_number_addition = forms.CharField(label=_("Addition"), max_length=30, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100)
    region = forms.CharField(label=_("State or province"), max_length=60, required=False)
    email = forms.EmailField(label=_("E-mail address"))
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=30, required=False)
    shipping_cost = _money(_("Shipping cost"))
    discount = _money(_("Discount"))
    pickup_point = forms.CharField(label=_("Pick-up point"), max_length=200, required=False)
    fulfilment = forms.ChoiceField(label=_("Who ships"), choices=FULFILMENTS.items())
    remark = forms.CharField(
        label=_("Remark"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def wish(self, lines: list[LineForm]) -> Wish:
        """Return what was asked for; both forms have to be valid."""
        cleaned = self.cleaned_data
        address = Address(**{name: cleaned[name] for name in ADDRESS}, country=cleaned["country"])
        rows = [line.cleaned_data for line in lines if line.cleaned_data.get("product")]
        return Wish(
            lines=[Wanted(product=row["product"], quantity=row["quantity"], price=row["price"]) for row in rows],
            delivery=address,
            billing=address,
            shipping_cost=cleaned["shipping_cost"] or Decimal(0),
            discount=cleaned["discount"] or Decimal(0),
            pickup_point=cleaned["pickup_point"],
            business=cleaned["business"],
            fulfilment=Fulfilment(cleaned["fulfilment"]),
            remark=cleaned["remark"],
            asked_for={**{name: str(value) for name, value in cleaned.items()}, "lines": [_plain(row) for row in rows]},
        )


def _plain(row: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items()}


def proposed(connection: OrderConnection, country: str, *, business: bool) -> dict[str, Any]:
    """Return a plausible buyer in this country as the form's first content."""
    return {
        **proposal(country, business=business),
        "business": business,
        "shipping_cost": Decimal("0.00"),
        "discount": Decimal("0.00"),
        "fulfilment": connection.fulfilment,
    }
