"""What a marketplace calls each carrier: as its adapter says, and as a company says better."""

from __future__ import annotations

from collections.abc import Sequence

from adapterkit.spec import CarrierCode
from carriers.models import MarketplaceCarrier
from marketplaces.registry import marketplace


def codes_of(company_id: int, seller: str) -> Sequence[CarrierCode]:
    """Return a marketplace's codes, the company's own in place of those that are shipped; one statement."""
    own = {
        row.carrier: CarrierCode(row.code, row.carrier, row.code)
        for row in MarketplaceCarrier.objects.filter(company=company_id, marketplace=seller).order_by("carrier")
    }
    shipped = [code for code in marketplace(seller).spec.carriers if code.carrier not in own]
    return [*own.values(), *shipped]
