"""A new order connection, and what may be changed of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from adapterkit.spec import MarketplaceSpec
from carriers.models import CarrierPlan
from connections.models import MarketplaceAccount, OrderConnection
from web.shared.countries import country_name
from web.shared.styled import Styled
from web.shared.words import FULFILMENTS

METHODS = {"list": "shipping-methods", "autocomplete": "off"}  # offers what the shop calls them


class ConnectionForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A new order connection to one marketplace."""

    fulfilment = forms.ChoiceField(label=_("Who ships"))
    country = forms.ChoiceField(label=_("Country or region"), required=False)

    class Meta:
        model = OrderConnection
        fields = ("name", "project", "account", "fulfilment", "country", "shipping_method")
        labels = {  # noqa: RUF012 - Django's own way
            "name": _("Name"),
            "project": _("Project"),
            "account": _("Marketplace account"),
            "shipping_method": _("Shipping method"),
        }
        help_texts = {  # noqa: RUF012
            "shipping_method": _("As the shop names it; empty for what the marketplace says."),
        }
        widgets = {"shipping_method": forms.TextInput(attrs=METHODS)}  # noqa: RUF012

    def __init__(self, spec: MarketplaceSpec, company: Company, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects, accounts = self.fields["project"], self.fields["account"]
        assert isinstance(projects, forms.ModelChoiceField)  # noqa: S101 - made above
        assert isinstance(accounts, forms.ModelChoiceField)  # noqa: S101 - made above
        projects.queryset, projects.empty_label = company.projects.order_by("name"), None
        mine = MarketplaceAccount.objects.filter(company=company, marketplace=spec.code)
        accounts.queryset, accounts.empty_label = mine.order_by("name"), None
        fulfilment, country = self.fields["fulfilment"], self.fields["country"]
        assert isinstance(fulfilment, forms.ChoiceField)  # noqa: S101 - made above
        assert isinstance(country, forms.ChoiceField)  # noqa: S101 - made above
        fulfilment.choices = [(code, FULFILMENTS[code]) for code in spec.fulfilments]
        country.choices = [("", _("All countries")), *((code, country_name(code)) for code in spec.countries)]
        if not self.is_bound:
            self.initial.setdefault("name", f"{spec.name} {projects.queryset.first() or ''}".strip())


class ConnectionSettingsForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """What may be changed of a connection at any time."""

    class Meta:
        model = OrderConnection
        fields = ("name", "shipping_method", "tracking_wait_hours", "carrier_plan")
        labels = {  # noqa: RUF012 - Django's own way
            "name": _("Name"),
            "shipping_method": _("Shipping method"),
            "tracking_wait_hours": _("Hours to wait for a tracking code"),
            "carrier_plan": _("Carriers"),
        }
        help_texts = {  # noqa: RUF012
            "shipping_method": _("As the shop names it; empty for what the marketplace says."),
            "tracking_wait_hours": _("A shipment without a code is reported to the marketplace after this time."),
        }
        widgets = {"shipping_method": forms.TextInput(attrs=METHODS)}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = self.fields["carrier_plan"]
        assert isinstance(plans, forms.ModelChoiceField)  # noqa: S101 - a foreign key's
        plans.queryset = CarrierPlan.objects.filter(company=self.instance.company_id).order_by("name")
        plans.empty_label = str(_("As the project"))
