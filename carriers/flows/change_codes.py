"""Members say what a marketplace calls a carrier, where the list that is shipped says nothing or something else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, User
from carriers.catalogue import BY_CODE
from carriers.models import MarketplaceCarrier
from marketplaces.registry import marketplace


def change_codes(*, company: Company, seller: str, codes: Mapping[str, str], now: datetime, by: User | None) -> int:
    """Store the codes by carrier; return how many changed. Empty, or as shipped, leaves the shipped one in force.

    A carrier that is not named keeps what it has; one that the catalogue does not know is passed over.
    """
    shipped = {code.carrier: code.code for code in reversed(marketplace(seller).spec.carriers)}
    with transaction.atomic():
        mine = MarketplaceCarrier.objects.select_for_update().filter(company=company, marketplace=seller)
        before = {row.carrier: row.code for row in mine}
        wanted = {carrier: text.strip() for carrier, text in codes.items() if carrier in BY_CODE}
        after = {**before, **wanted}
        after = {carrier: code for carrier, code in after.items() if code and code != shipped.get(carrier)}
        changed = {carrier for carrier in {*before, *after} if before.get(carrier) != after.get(carrier)}
        if not changed:
            return 0
        mine.filter(carrier__in=changed).delete()
        MarketplaceCarrier.objects.bulk_create(
            MarketplaceCarrier(company=company, marketplace=seller, carrier=carrier, code=after[carrier])
            for carrier in sorted(changed & set(after))
        )
        name = marketplace(seller).spec.name
        write_audit(company, by, "carrier_codes_changed", f"marketplace:{seller}", now, name=name, count=len(changed))
    return len(changed)
