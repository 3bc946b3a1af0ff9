"""What a remote side refused, in words for the person who typed."""

from __future__ import annotations

from adapterkit.errors import AdapterError
from engine.outcomes import of_error
from orders.wording import explain


def refusal_text(error: AdapterError) -> str:
    """Return what happened, the other side's own words, and how to mend it."""
    outcome = of_error(error)
    why = explain(outcome.code, outcome.params)
    return " ".join(part for part in (why.what, why.mend) if part)
