"""A project, and the id that its products are compared by."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.models import Project
from web.shared.styled import Styled


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
