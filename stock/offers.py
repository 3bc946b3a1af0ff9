"""Works out what each marketplace account may sell, and has every change told to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from connections.models import MarketplaceAccount
from engine import outbox, rows
from engine.models import OutboxMessage
from marketplaces.registry import marketplace
from stock.locking import lock_offers, lock_products
from stock.models import Offer, Product

KIND = "update_offer_stock"
GONE_AFTER = timedelta(hours=1)  # until a product that the shop lists no more is sold out everywhere
State = OutboxMessage.State


def adjust(*, product_ids: Collection[int], now: datetime) -> int:
    """Set the desired quantity of all offers of these products; return how many changed. May be repeated.

    Desired is what can be sold of the product. One of which the shop keeps no count is left alone.
    """
    changed = []
    with transaction.atomic():
        products = {pk: one for pk, one in lock_products(product_ids).items() if one.stock is not None}
        offers = Offer.objects.filter(product__in=products).select_related("account")
        for offer in lock_offers(offers) if products else ():
            desired = sellable(products[offer.product_id], now)
            if desired != offer.desired_quantity:
                offer.desired_quantity = desired
                offer.desired_version += 1
                changed.append(offer)
        if changed:
            rows.update(changed, ["desired_quantity", "desired_version"])
            announce(offers=changed, now=now)
    return len(changed)


def sellable(product: Product, now: datetime) -> int | None:
    """Return how much can be sold of a product; None when the shop keeps no count of it.

    That is the shop's stock less the pieces of orders that the shop does not have yet, and with those that test orders
    took out of its count; never below nought, and nought for a product that the shop has no more.
    """
    if product.stock is None:
        return None
    if product.missed_at and now - product.missed_at >= GONE_AFTER:
        return 0
    return max(0, product.stock - product.reserved + product.lent)


def announce(*, offers: Sequence[Offer], now: datetime) -> None:
    """Queue the one message of each offer, again if it was settled. One being sent sees the newer version itself."""
    outbox.post(
        (
            outbox.Draft(
                company_id=offer.account.company_id,
                kind=KIND,
                key=f"{KIND}:{offer.pk}",
                lane=offer.account.lane,
                subject=f"offer:{offer.pk}",
                record_id=offer.pk,
                due=now,
                together=at_once(offer.account),
            )
            for offer in offers
        ),
        now,
    )
    # A submission that is not decided yet is about an older quantity: the newer one is sent instead.
    settled = (State.DONE, State.DISCARDED, State.NEEDS_ATTENTION, State.SUBMITTED)
    keys: dict[int, list[str]] = defaultdict(list)
    for offer in offers:
        keys[at_once(offer.account)].append(f"{KIND}:{offer.pk}")
    for together, alike in keys.items():
        ours = OutboxMessage.objects.filter(key__in=alike, state__in=settled)
        outbox.requeue(ours, now, supersede=True, together=together)


def at_once(account: MarketplaceAccount) -> int:
    """Return of how many offers one call to this marketplace may be about."""
    return marketplace(account.marketplace).spec.stock_at_once
