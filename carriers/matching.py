"""Finds a marketplace's own code for a carrier of our catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from adapterkit.spec import CarrierCode


def marketplace_code(carrier: str, codes: Sequence[CarrierCode]) -> CarrierCode | None:
    """Return the marketplace's code, its code for other carriers when it has one, else None."""
    by_carrier = {code.carrier: code for code in reversed(codes)}
    return by_carrier.get(carrier) or by_carrier.get("other")
