"""What a remote side refused, in words for the person who typed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from adapterkit.errors import AdapterError, AuthenticationFailed
from engine.outcomes import of_error
from orders.wording import explain


def refusal_text(error: AdapterError) -> str:
    """Return what happened, the other side's own words, and how to mend it."""
    if isinstance(error, AuthenticationFailed):
        told = _("These credentials are refused. Check them; the guide on this page says where they stand.")
        return f"{told} {error.remote}".strip()
    outcome = of_error(error)
    why = explain(outcome.code, outcome.params)
    return " ".join(part for part in (why.what, why.mend) if part)
