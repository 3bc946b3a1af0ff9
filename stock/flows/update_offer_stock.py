"""Message `update_offer_stock`: tells a marketplace how much may be sold of one offer. Twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapterkit.errors import NotFound
from adapterkit.marketplace import Marketplace, UpdatesStock
from adapterkit.records import StockLevel, Submission
from connections.adapters import open_account
from connections.models import Direction, OrderConnection
from connections.submissions import ask
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, again, discarded, held, of_submission
from engine.registry import Call, ExchangeLog, Result
from stock.locking import lock_offers
from stock.models import Offer
from stock.offers import KIND

REACHED = {Verdict.DONE, Verdict.SUBMITTED}


@dataclass(frozen=True, slots=True)
class Sent:
    """Which version and quantity of an offer a call was about, and what the marketplace answered."""

    version: int
    quantity: int
    submission: object


class UpdateOfferStock:
    kind = KIND

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        offers = Offer.objects.select_related("account").in_bulk([message.record_id for message in messages])
        paused = set(
            OrderConnection.objects.filter(
                account__in={offer.account_id for offer in offers.values()}, stock_paused=True
            ).values_list("account", flat=True)
        )
        return {
            message.pk: held(Direction.STOCK.column)
            if message.record_id in offers and offers[message.record_id].account_id in paused
            else _job(offers[message.record_id], message, logs[message.pk])
            if message.record_id in offers
            else discarded("offer_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        mine = Offer.objects.filter(pk__in=[result.message.record_id for result in results])
        offers = {offer.pk: offer for offer in lock_offers(mine)}
        for result in results:
            offer = offers.get(result.message.record_id)
            if offer is None:
                continue
            _write_down(offer, result.outcome, now)
            sent = result.outcome.value
            if isinstance(sent, Sent) and sent.version < offer.desired_version and result.outcome.verdict in REACHED:
                # The offer changed while its message was on the way: what is wanted now is sent at once.
                result.outcome = again()


def _job(offer: Offer, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    if offer.desired_quantity is None:
        return discarded("no_stock_known")
    marketplace = open_account(offer.account, log)
    version, quantity = offer.desired_version, offer.desired_quantity
    level = StockLevel(sku=offer.reference, offer_id=offer.offer_id, ean=offer.ean, quantity=quantity)
    # What was submitted is asked after only as long as nothing newer is wanted.
    reference = message.submission_reference
    return lambda: _stamp(ask(marketplace, reference) if reference else _send(marketplace, level), version, quantity)


def _send(marketplace: Marketplace, level: StockLevel) -> Outcome:
    if not isinstance(marketplace, UpdatesStock):
        return discarded("stock_not_supported")
    try:
        return of_submission(marketplace.update_stock(level))
    except NotFound:
        return discarded("offer_not_found")


def _stamp(outcome: Outcome, version: int, quantity: int) -> Outcome:
    """Keep with the outcome which version of the offer it is about."""
    return replace(outcome, value=Sent(version, quantity, outcome.value))


def _write_down(offer: Offer, outcome: Outcome, now: datetime) -> None:
    row = Offer.objects.filter(pk=offer.pk)
    sent = outcome.value if isinstance(outcome.value, Sent) else None
    entity = sent.submission.entity_id if sent and isinstance(sent.submission, Submission) else ""
    if entity and entity != offer.offer_id:
        row.update(offer_id=entity)
    if outcome.verdict == Verdict.DONE and sent:
        row.filter(acknowledged_version__lt=sent.version).update(
            acknowledged_quantity=sent.quantity,
            acknowledged_version=sent.version,
            acknowledged_at=now,
            problem_code="",
        )
    elif outcome.verdict in {Verdict.REJECTED, Verdict.DISCARDED}:
        row.update(problem_code=outcome.code)
