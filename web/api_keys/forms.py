"""A new API key."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from web.shared.forms import OfAProject

NEVER = "0"


class ApiKeyForm(OfAProject):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("The program that will use it."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(
        label=_("Valid for"),
        choices=[("90", _("90 days")), ("365", _("A year")), (NEVER, _("Until it is revoked"))],
        initial="365",
    )
    field_order = ("name", "scopes", "project", "days")

    def expires_at(self, now: datetime) -> datetime | None:
        days = self.cleaned_data["days"]
        return None if days == NEVER else now + timedelta(days=int(days))
