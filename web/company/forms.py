"""The company's settings."""

from __future__ import annotations

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from web.shared.styled import Styled


class CompanyForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if "/" in name],
        help_text=_("Times on the pages, and where a day begins in figures."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Company
        fields = ("name", "time_zone", "language")
        labels = {"name": _("Name")}  # noqa: RUF012 - Django's own way
