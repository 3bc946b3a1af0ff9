"""Forms in the look of the pages."""

from __future__ import annotations

from typing import Any

from django import forms

CLASSES: dict[type[forms.Widget], str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "form-check-input",
}


class Styled:
    """Mixed into a form: every widget gets its class, and says which text describes it."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)


def dress(field: forms.Field) -> None:
    """Give a field's widget the class of its kind."""
    found = next((name for kind, name in CLASSES.items() if isinstance(field.widget, kind)), "form-control")
    field.widget.attrs.setdefault("class", found)
