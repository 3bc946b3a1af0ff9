"""The feed `returns`: stores the returns that a marketplace registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapterkit import records
from adapterkit.capabilities import has
from adapterkit.marketplace import FetchesReturns, Marketplace
from adapterkit.records import Fulfilment, Page
from adapterkit.shop import CreatesReturns
from connections.adapters import open_account
from connections.models import OrderConnection
from engine import outbox
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from orders import messages, search
from orders.deciding import carry_out, count_returned
from orders.history import event
from orders.locking import lock_orders_of
from orders.models import OrderEvent, OrderLine, Return, ReturnLine
from shops.registry import shop

State = ReturnLine.State


@dataclass(frozen=True, slots=True)
class ReturnsWalk:
    connection: OrderConnection
    marketplace: Marketplace

    def start(self, now: datetime) -> datetime:
        return max(self.connection.activated_from or now, now - self.marketplace.spec.history)

    def sweep_from(self, now: datetime) -> None:
        """The returns that wait for an answer are read whole every time."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[records.Return]]:
        assert isinstance(self.marketplace, FetchesReturns)  # noqa: S101 - the cursor exists only then
        return self.marketplace.fetch_returns(changed_since, Fulfilment(self.connection.fulfilment), known, resume)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        stored = Return.objects.filter(connection=self.connection, marketplace_return_id__in=list(fingerprints))
        pairs = stored.values_list("marketplace_return_id", "fingerprint")
        return {return_id for return_id, fingerprint in pairs if fingerprints[return_id] == fingerprint}

    def identify(self, item: records.Return) -> str:
        return item.return_id

    def apply(self, items: Sequence[records.Return], now: datetime) -> Mapping[str, int]:
        """Store returns and their lines; one that is known and unchanged costs no write. May be repeated."""
        known = self.known({item.return_id: item.fingerprint for item in items})
        fresh = [item for item in items if item.return_id not in known]
        if not fresh:
            return {}
        fresh_ids = [item.return_id for item in fresh]
        stored = self.connection.returns.filter(marketplace_return_id__in=fresh_ids)
        seen = set(stored.values_list("marketplace_return_id", flat=True))
        rows = [self._row(item) for item in fresh]
        Return.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["connection", "marketplace_return_id"],
            update_fields=["fingerprint", "payload"],
        )
        self._store_lines(fresh, rows, seen, now)
        return {"returns": len(fresh)}

    def finish(self, met: Met | None, now: datetime) -> None:
        """Nothing follows from the end of a walk."""

    def _row(self, item: records.Return) -> Return:
        return Return(
            company_id=self.connection.company_id,
            connection=self.connection,
            marketplace_return_id=item.return_id,
            fingerprint=item.fingerprint,
            registered_at=item.registered_at,
            payload=dict(item.payload),
        )

    def _store_lines(
        self, items: Sequence[records.Return], rows: Sequence[Return], seen: AbstractSet[str], now: datetime
    ) -> None:
        order_ids = {line.order_id for item in items for line in item.lines}
        ours = OrderLine.objects.filter(
            order__connection=self.connection, order__marketplace_order_id__in=order_ids
        ).select_related("order")
        lock_orders_of(ours, "order")
        by_product = {(line.order.marketplace_order_id, line.ean): line for line in ours}
        lines, events = [], []
        for item, row in zip(items, rows, strict=True):
            for line in item.lines:
                sold = by_product.get((line.order_id, line.ean))
                lines.append(_line(line, row, sold))
                if sold and item.return_id not in seen:
                    about: dict[str, Any] = {
                        "quantity": line.quantity,
                        "title": line.title or sold.title,
                        "reason": line.reason,
                    }
                    events.append(event(sold.order, "return_registered", now, **about))
        ReturnLine.objects.bulk_create(
            lines,
            update_conflicts=True,
            unique_fields=["registered_return", "marketplace_line_id"],
            update_fields=[
                "quantity", "reason", "comment", "tracking_code", "carrier_name", "result", "state", "accepted",
            ],
        )  # fmt: skip
        self._tell_shop(lines, now)
        self._decided_here([line for item in items for line in item.lines], rows)
        count_returned({sold.pk for sold in by_product.values()})
        OrderEvent.objects.bulk_create(events)
        search.renew_keys({line.order_id for line in by_product.values()})

    def _decided_here(self, told: Sequence[records.ReturnLine], rows: Sequence[Return]) -> None:
        """Where the marketplace says that a line is handled, and not how, it is as we decided."""
        silent = [line.return_line_id for line in told if line.handled and line.outcome is None]
        mine = ReturnLine.objects.filter(registered_return__in=rows, marketplace_line_id__in=silent).exclude(
            decision=""
        )
        carry_out(mine)

    def _tell_shop(self, lines: Sequence[ReturnLine], now: datetime) -> None:
        """Have a shop that keeps returns told of those that wait for the merchant's decision; each once."""
        connection = self.connection
        keeps = has(shop(connection.project.shop.platform), CreatesReturns)
        if not keeps or connection.fulfilment == Fulfilment.MARKETPLACE:
            return
        waiting = [(line, line.order_line.order) for line in lines if line.order_line and line.state == State.NEW]
        drafts = [
            messages.create_shop_return(line, order, connection, now) for line, order in waiting if not order.is_test
        ]
        outbox.post(drafts, now)


def _line(line: records.ReturnLine, row: Return, sold: OrderLine | None) -> ReturnLine:
    return ReturnLine(
        registered_return=row,
        marketplace_line_id=line.return_line_id,
        order_line=sold,
        marketplace_order_id=line.order_id,
        title=line.title,
        ean=line.ean,
        quantity=line.quantity,
        reason=line.reason,
        comment=line.comment,
        tracking_code=line.tracking_code,
        carrier_name=line.carrier_name,
        state=(line.outcome or State.ACCEPTED) if line.handled else State.NEW,
        result=line.result,
        accepted=line.accepted,
    )


class ReturnsFeed:
    name = "returns"
    overlap_seconds = 60 * 60
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, ReturnsWalk]:
        active = OrderConnection.objects.filter(
            pk__in=[cursor.owner_id for cursor in cursors], state=OrderConnection.State.ACTIVE
        ).select_related("account", "project__shop")
        by_id = {connection.pk: connection for connection in active}
        return {
            cursor.pk: ReturnsWalk(
                by_id[cursor.owner_id], open_account(by_id[cursor.owner_id].account, logs[cursor.pk])
            )
            for cursor in cursors
            if cursor.owner_id in by_id
        }
