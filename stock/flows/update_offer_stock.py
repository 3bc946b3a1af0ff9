"""Message `update_offer_stock`: tells a marketplace how much may be sold of its offers. Twice is harmless.

One call is about as many offers as the marketplace takes at once, and what was submitted together is asked after once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from adapterkit.errors import NotFound
from adapterkit.marketplace import Marketplace, UpdatesStock
from adapterkit.records import StockLevel, Submission, SubmissionState
from connections.adapters import open_account
from connections.models import Direction, OrderConnection
from connections.submissions import ask_together
from engine import rows
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, again, discarded, held, of_submission
from engine.registry import ExchangeLog, Job, Result
from stock.locking import lock_offers
from stock.models import Offer
from stock.offers import KIND, at_once

REACHED = {Verdict.DONE, Verdict.SUBMITTED}
WRITTEN = ["offer_id", "acknowledged_quantity", "acknowledged_version", "acknowledged_at", "problem_code"]
Told = Mapping[int, Offer]  # what one call is about, by the message's id


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
    ) -> Mapping[int, Job | Outcome]:
        offers = Offer.objects.select_related("account").in_bulk([message.record_id for message in messages])
        paused = set(
            OrderConnection.objects.filter(
                account__in={offer.account_id for offer in offers.values()}, stock_paused=True
            ).values_list("account", flat=True)
        )
        kept_back = {message.pk: _kept_back(offers.get(message.record_id), paused) for message in messages}
        jobs: dict[int, Job | Outcome] = {pk: outcome for pk, outcome in kept_back.items() if outcome}
        for reference, told in _calls([message for message in messages if message.pk not in jobs], offers):
            jobs.update(dict.fromkeys(told, _job(told, reference, logs[min(told)])))
        return jobs

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        mine = Offer.objects.filter(pk__in=[result.message.record_id for result in results])
        offers = {offer.pk: offer for offer in lock_offers(mine)}
        written = []
        for result in results:
            offer = offers.get(result.message.record_id)
            if offer is None:
                continue
            if _write_down(offer, result.outcome, now):
                written.append(offer)
            sent = result.outcome.value
            if isinstance(sent, Sent) and sent.version < offer.desired_version and result.outcome.verdict in REACHED:
                # The offer changed while its message was on the way: what is wanted now is sent at once.
                result.outcome = again()
        rows.update(written, WRITTEN)


def _kept_back(offer: Offer | None, paused: Collection[int]) -> Outcome | None:
    """Return the outcome where nothing is to be sent."""
    if offer is None:
        return discarded("offer_gone")
    if offer.account_id in paused:
        return held(Direction.STOCK.column)
    return discarded("no_stock_known") if offer.desired_quantity is None else None


def _calls(messages: Sequence[OutboxMessage], offers: Mapping[int, Offer]) -> Iterator[tuple[str, Told]]:
    """Yield what one call is about, and the submission's reference where it asks after one."""
    alike: dict[tuple[int, str, int], dict[int, Offer]] = defaultdict(dict)
    for message in messages:
        offer = offers[message.record_id]
        alike[offer.account_id, message.submission_reference, message.together][message.pk] = offer
    for (_, reference, together), told in alike.items():
        takes = min(together, at_once(next(iter(told.values())).account))
        size = len(told) if reference else takes
        for first in range(0, len(told), size):
            yield reference, dict(islice(told.items(), first, first + size))


def _job(told: Told, reference: str, log: ExchangeLog) -> Job:
    marketplace = open_account(next(iter(told.values())).account, log)
    levels = {
        pk: StockLevel(
            sku=offer.reference, offer_id=offer.offer_id, ean=offer.ean, quantity=offer.desired_quantity or 0
        )
        for pk, offer in told.items()
    }
    versions = {pk: offer.desired_version for pk, offer in told.items()}

    def call() -> Mapping[int, Outcome]:
        # What was submitted is asked after only as long as nothing newer is wanted.
        skus = {pk: level.sku for pk, level in levels.items()}
        outcomes = ask_together(marketplace, reference, skus) if reference else _send(marketplace, levels)
        return {pk: _stamp(outcome, versions[pk], levels[pk].quantity) for pk, outcome in outcomes.items()}

    return Job(call)


def _send(marketplace: Marketplace, levels: Mapping[int, StockLevel]) -> Mapping[int, Outcome]:
    if not isinstance(marketplace, UpdatesStock):
        return dict.fromkeys(levels, discarded("stock_not_supported"))
    try:
        answers = marketplace.update_stock(list(levels.values()))
    except NotFound:
        if len(levels) > 1:
            raise
        answers = [Submission(state=SubmissionState.NOT_FOUND)]
    return {pk: of_submission(answer) for pk, answer in zip(levels, answers, strict=True)}


def _stamp(outcome: Outcome, version: int, quantity: int) -> Outcome:
    """Keep with the outcome which version of the offer it is about. What is not offered there, is no trouble."""
    sent = Sent(version, quantity, outcome.value)
    gone = isinstance(outcome.value, Submission) and outcome.value.state == SubmissionState.NOT_FOUND
    return replace(discarded("offer_not_found") if gone else outcome, value=sent)


def _write_down(offer: Offer, outcome: Outcome, now: datetime) -> bool:
    """Set on a locked offer what was learned of it; return whether there is something to store."""
    before = [getattr(offer, name) for name in WRITTEN]
    sent = outcome.value if isinstance(outcome.value, Sent) else None
    if sent and isinstance(sent.submission, Submission) and sent.submission.entity_id:
        offer.offer_id = sent.submission.entity_id
    if outcome.verdict == Verdict.DONE and sent and sent.version > offer.acknowledged_version:
        offer.acknowledged_quantity, offer.acknowledged_version = sent.quantity, sent.version
        offer.acknowledged_at, offer.problem_code = now, ""
    elif outcome.verdict in {Verdict.REJECTED, Verdict.DISCARDED}:
        offer.problem_code = outcome.code
    return before != [getattr(offer, name) for name in WRITTEN]
