"""Where programs are told what happens, and what is sent once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from adapterkit.network import AddressRefused
from web.shared.forms import OfAProject
from web.shared.styled import Styled
from webhooks.addresses import REFUSALS, check_address
from webhooks.event_types import EventType
from webhooks.models import WebhookEndpoint


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class WebhookForm(OfAProject):
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://erp.example/ordersync", "autocomplete": "off"}),
        help_text=_("Public and over https; it is called exactly as it stands here."),
    )
    types = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=EventType.choices,
        initial=EventType.values,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ("url", "types", "project")

    def clean_url(self) -> str:
        try:
            return check_address(self.cleaned_data["url"])
        except AddressRefused as refused:
            raise forms.ValidationError(REFUSALS[refused.code]) from refused

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, *args: Any) -> WebhookForm:
        stored = {"url": endpoint.url, "types": endpoint.types, "project": endpoint.project_id}
        return cls(endpoint.company, *args, initial=stored)


class ReplayForm(Styled, forms.Form):
    since = forms.DateTimeField(label=_("From"), widget=_moment())
    until = forms.DateTimeField(label=_("Up to"), widget=_moment())
    only_undelivered = forms.BooleanField(label=_("Only what was not delivered"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        now = timezone.localtime()
        super().__init__(*args, initial={"since": now - timedelta(days=1), "until": now}, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", translated("This is not after the beginning."))
        return cleaned
