"""The adapter of the marketplace that takes stock in feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from adapterkit.auth import HeaderKey
from adapterkit.marketplace import Marketplace
from adapterkit.records import (
    Fulfilment,
    Known,
    Order,
    Page,
    StockLevel,
    Submission,
    SubmissionState,
    nothing_known,
)
from adapterkit.spec import MarketplaceSpec, Setting, reads, replaces

PUT_STOCK, READ_FEED = replaces("/stock"), reads("/feeds/{reference}")
STATES = {
    "taken": SubmissionState.DONE,
    "refused": SubmissionState.REJECTED,
    "absent": SubmissionState.NOT_FOUND,
}


class Feeds(Marketplace):
    spec: ClassVar = MarketplaceSpec(
        code="feeds",
        name="Feeds",
        base_url="https://feeds.test",
        settings=(Setting("key", "Key", secret=True),),
        auth=HeaderKey(setting="key"),
        stock_at_once=1000,
        calls_per_order=1,
    )

    def verify_credentials(self) -> None: ...

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        raise NotImplementedError

    def fetch_order(self, order_id: str) -> Order:
        raise NotImplementedError

    def update_stock(self, levels: Sequence[StockLevel]) -> list[Submission]:
        lines = [{"sku": level.sku, "quantity": level.quantity} for level in levels]
        feed = self.transport.call(PUT_STOCK, body={"lines": lines}).body["feed"]
        return [_submitted(feed) for _ in levels]

    def check_submission(self, reference: str) -> Submission:
        report = self.transport.call(READ_FEED, path={"reference": reference}).body
        if not report["over"]:
            return _submitted(reference)
        results = {sku: Submission(state=STATES[told], message=told) for sku, told in report["lines"].items()}
        return Submission(state=SubmissionState.DONE, reference=reference, results=results)


def _submitted(reference: str) -> Submission:
    return Submission(state=SubmissionState.SUBMITTED, reference=reference, decide_within=timedelta(hours=3))
