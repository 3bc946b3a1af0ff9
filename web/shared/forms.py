"""Forms that several pages show: how a remote side is reached, and what is of one project or of all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from adapterkit.spec import MarketplaceSpec, Setting, ShopSpec
from connections.models import Project
from web.shared.styled import Styled, dress

NO_HOST = re.compile(r"^[-.]|[\s\x00-\x1f<>\"'`{}|\\^]")


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


class OfAProject(Styled, forms.Form):
    """Something of the whole company, or of one of its projects."""

    project = forms.ModelChoiceField(
        label=_("Project"), queryset=Project.objects.none(), required=False, empty_label=_("All projects")
    )

    def __init__(self, company: Company, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects = self.fields["project"]
        assert isinstance(projects, forms.ModelChoiceField)  # noqa: S101 - made above
        projects.queryset = company.projects.order_by("name")

    @property
    def project_id(self) -> int | None:
        chosen = self.cleaned_data["project"]
        return chosen.pk if chosen else None
