"""Who ships, what a carrier rule looks at, and carriers that are no company's name, in words."""

from django.utils.translation import gettext_lazy as _

from adapterkit.records import Fulfilment
from carriers.catalogue import BY_CODE, CHOICES

FULFILMENTS = {
    Fulfilment.MERCHANT: _("You ship the orders yourself"),
    Fulfilment.MARKETPLACE: _("The marketplace ships them from its own warehouse"),
}
OPERATORS = {
    "starts_with": _("starts with"),
    "ends_with": _("ends with"),
    "contains": _("contains"),
    "equals": _("equals"),
    "regex": _("fits the pattern"),
    "length": _("has the length"),
}
NAMES = {
    "briefpost": _("Letter post"),
    "own-transport": _("Own transport"),
    "other": _("Another carrier"),
}
CARRIERS = [(code, NAMES.get(code, name)) for code, name in CHOICES]
CARRIERS_OR_NONE = [("", "–"), *CARRIERS]


def carrier_text(code: str) -> str:
    """Return a carrier's name; an unknown code is shown as it is."""
    return str(NAMES.get(code, BY_CODE[code].name if code in BY_CODE else code))
