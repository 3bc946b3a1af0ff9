"""Countries by their names in the reader's language."""

from __future__ import annotations

from babel import Locale
from django.utils.translation import get_language


def country_name(code: str) -> str:
    """Return the country of an ISO 3166 code; anything else is shown as it came."""
    locale = Locale.parse((get_language() or "en").split("-")[0])
    return str(locale.territories.get(code, code))
