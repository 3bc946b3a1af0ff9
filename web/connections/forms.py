"""Forms of the set-up path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from adapterkit.records import Fulfilment
from adapterkit.spec import MarketplaceSpec, Setting, ShopSpec
from carriers.models import CarrierPlan
from connections.models import MarketplaceAccount, OrderConnection, Project
from web.shared.countries import country_name
from web.shared.styled import Styled, dress

FULFILMENTS = {
    Fulfilment.MERCHANT: _("You ship the orders yourself"),
    Fulfilment.MARKETPLACE: _("The marketplace ships them from its own warehouse"),
}

NO_HOST = re.compile(r"^[-.]|[\s\x00-\x1f<>\"'`{}|\\^]")
METHODS = {"list": "shipping-methods", "autocomplete": "off"}  # offers what the shop calls them


class AddressField(forms.CharField):
    """A web address; https where nothing is said."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).rstrip("/")
        if not text:
            return text
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            host, _port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in {"http", "https"} or NO_HOST.search(host):
            raise forms.ValidationError(_("This is no web address. It begins with https:// and names a host."))
        if parts.username or parts.password:
            raise forms.ValidationError(_("Leave user name and password out; they have fields of their own."))
        if parts.query or parts.fragment:
            raise forms.ValidationError(_("Leave out everything from the question mark on."))
        return address


class ConnectForm(Styled, forms.Form):
    """How one remote side is reached, built from its adapter's settings. Stored secrets are never filled in."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("How you want to call it here."))

    def __init__(
        self, spec: MarketplaceSpec | ShopSpec, *args: Any, stored: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.spec, self.stored = spec, stored
        for setting in spec.settings:
            field = _field(setting, known=stored is not None)
            if stored and not setting.secret:
                field.initial = stored.get(setting.name, setting.default)
            dress(field)
            self.fields[setting.name] = field

    @property
    def settings(self) -> dict[str, str]:
        return {s.name: self.cleaned_data[s.name] for s in self.spec.settings if not s.secret}

    @property
    def credentials(self) -> dict[str, str]:
        return {s.name: self.cleaned_data[s.name] for s in self.spec.settings if s.secret}


def _field(setting: Setting, *, known: bool) -> forms.Field:
    label, help_text = translated(setting.label), translated(setting.help) if setting.help else ""
    if setting.choices:
        choices = [(value, translated(name)) for value, name in setting.choices]
        return forms.ChoiceField(
            label=label, help_text=help_text, choices=choices, required=setting.required, initial=setting.default
        )
    if not setting.secret:
        kind = AddressField if setting.name.endswith("_url") else forms.CharField
        return kind(
            label=label, help_text=help_text, required=setting.required, initial=setting.default, max_length=2000
        )
    if known:
        kept = str(_("Leave it empty to keep the one that is stored."))
        help_text = f"{help_text.rstrip('.')}. {kept}" if help_text else kept
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    required = setting.required and not known
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget, max_length=5000)


class ProjectForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields = ("name",)
        labels = {"name": _("Name of the project")}  # noqa: RUF012 - Django's own way
        help_texts = {"name": _("One project for each shop, for example its name.")}  # noqa: RUF012


class ProductIdForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields = ("product_id_field",)
        labels = {"product_id_field": _("Unique product ID")}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012
            "product_id_field": _(
                "What a marketplace's product reference is compared with. Each product needs its own."
            )
        }


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
