"""Stores a page of a marketplace's orders and queues what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from adapterkit import records
from connections.models import OrderConnection
from engine import outbox, rows
from marketplaces.registry import marketplace
from orders import messages, routing, search
from orders.copies import first_copy, renew_wishes
from orders.decisions import Decided, decisions_of, forget_release
from orders.history import event
from orders.loading import LoadedOrder, with_called_off
from orders.locking import locked
from orders.models import Exclusion, Order, OrderAddress, OrderEvent, OrderLine, OrderPayload
from orders.obstacles import obstacle_of, unknown_products
from orders.products import ProductIndex
from orders.records import address_rows, claim_of, line_row, order_row, payload_row
from orders.status import status_of
from orders.wishes import accepting, hold_of
from stock import ledger

Place = Order.Place
CHANGED_BY_MARKETPLACE = [
    "fingerprint", "status", "pending", "hold", "place", "problem_code", "problem", "changed_at", "ship_by",
    "deliver_by", "expires_at", "currency", "total", "shipping_cost", "discounts", "shipping_method", "business",
    "customer_reference", "remark", "pickup_point", "read_at",
]  # fmt: skip
TAKES_OUR_WORD = timedelta(minutes=15)  # a marketplace that still waits for it after that is told again
ABOUT_BUYERS = {"customer_reference", "remark", "pickup_point"}  # gone for good once it was blanked
CHANGED_OF_LINE = [
    "title", "product_id", "quantity", "quantity_shipped", "quantity_cancelled", "unit_price", "total", "tax_rate",
    "tax", "commission", "discounts", "services", "cancellation_requested", "cancellation_reason", "to_accept",
    "accepted_at",
]  # fmt: skip
CHANGED_OF_ADDRESS = [
    column.name for column in OrderAddress._meta.local_fields if column.name not in {"id", "order", "role"}
]


@dataclass(slots=True)
class Changes:
    """What one page adds, gathered so that each table is written once."""

    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    addresses: list[OrderAddress] = field(default_factory=list)
    payloads: list[OrderPayload] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)
    drafts: list[outbox.Draft] = field(default_factory=list)
    reserved: list[ledger.Piece] = field(default_factory=list)
    released: list[ledger.Piece] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def import_orders(*, connection: OrderConnection, orders: Sequence[records.Order], now: datetime) -> Counter[str]:
    """Store a connection's orders as the marketplace gives them now; return what was `imported`, `changed`, `ignored`.

    One transaction and a constant number of statements, whatever the number of orders. May be repeated: an order that
    is known and unchanged costs no write. Orders that were never ours to ship (placed before the activation date,
    closed before they were first seen) are ignored, and so are those that another connection brought into the shop, or
    an older one brings.
    """
    latest = list({order.order_id: order for order in orders}.values())
    with transaction.atomic():
        stored, elsewhere = _stored(connection, latest)
        changed = [o for o in latest if o.order_id in stored and stored[o.order_id].fingerprint != o.fingerprint]
        out = _left_out(connection, latest) | elsewhere
        new = [o for o in latest if o.order_id not in stored and o.order_id not in out and is_ours(connection, o)]
        fresh = _without_others(connection, new)
        counts = Counter(ignored=sum(o.order_id not in stored for o in latest) - len(fresh))
        if fresh or changed:
            index = ProductIndex.of(connection.project, [line for order in fresh + changed for line in order.lines])
            counts += _insert(connection, fresh, index, now)
            counts += _update(connection, changed, stored, index, now)
    return counts


def is_ours(connection: OrderConnection, order: records.Order) -> bool:
    """Whether an order that we do not have yet is to be sent, see `orders.routing`; a test always is."""
    return order.is_test or bool(routing.route(routing.facts_of(order), [rule_of(connection)]))


def rule_of(connection: OrderConnection) -> routing.Rule:
    return routing.Rule(
        connection_id=connection.pk,
        fulfilment=connection.fulfilment,
        country=connection.country,
        activated_from=connection.activated_from,
        active_since=connection.active_since,
    )


def _without_others(connection: OrderConnection, orders: list[records.Order]) -> list[records.Order]:
    """Leave to an older connection what both would bring; such pairs are from before they were refused."""
    if not any(not order.is_test for order in orders):
        return orders
    older = list(connection.outranking())
    return [order for order in orders if order.is_test or not any(is_ours(other, order) for other in older)]


def _left_out(connection: OrderConnection, orders: Sequence[records.Order]) -> set[str]:
    """The orders that support left out; a statement only where there are such."""
    if not connection.leaves_out:
        return set()
    ids = [order.order_id for order in orders]
    rows = Exclusion.objects.filter(connection=connection, remote_order__marketplace_order_id__in=ids)
    return set(rows.values_list("remote_order__marketplace_order_id", flat=True))


def _stored(connection: OrderConnection, orders: Sequence[records.Order]) -> tuple[dict[str, Order], set[str]]:
    """Return the orders that are stored here, and the ids of those that another connection brings into the shop."""
    ids = [order.order_id for order in orders]
    here = Q(connection=connection, marketplace_order_id__in=ids)
    found = locked(Order.objects.filter(here | Q(claim__in=[claim_of(connection, order_id) for order_id in ids])))
    mine = {row.marketplace_order_id: row for row in found if row.connection_id == connection.pk}
    return mine, {row.marketplace_order_id for row in found} - set(mine)


def _insert(
    connection: OrderConnection, orders: Sequence[records.Order], index: ProductIndex, now: datetime
) -> Counter[str]:
    changes = Changes()
    for order in orders:
        row = order_row(order, connection, now)
        row.hold = _first_hold(order)
        _judge(row, order, {line.line_id for line in order.lines if index.product_id(line)}, connection)
        changes.orders.append(row)
    rows.insert_for_ids(changes.orders)
    copies = []
    for row, order in zip(changes.orders, orders, strict=True):
        lines, addresses = _gather(row, order, index, changes, now)
        copies.append(first_copy(LoadedOrder(row, lines, addresses)))
        code = "test_made" if order.is_test else "imported"
        changes.events.append(event(row, code, now, total=f"{row.total:.2f}", currency=row.currency))
        _announce(row, connection, changes, now)
        if accepting(row, lines, whole=marketplace(connection.account.marketplace).spec.whole_order_acceptance):
            changes.drafts.append(messages.accept_lines(row, connection, now))
        changes.reserved += _pieces(row, order, index, connection)
    rows.insert(changes.lines)
    rows.insert(changes.addresses)
    rows.insert(changes.payloads)
    rows.insert(copies)
    search.first_keys(changes.orders, changes.lines, changes.addresses)
    _write(changes, now)
    return Counter(imported=len(orders))


def _gather(
    row: Order,
    order: records.Order,
    index: ProductIndex,
    changes: Changes,
    now: datetime,
    *,
    corrected: AbstractSet[str] = frozenset(),
) -> tuple[list[OrderLine], list[OrderAddress]]:
    """Return the rows of an order's lines and addresses; those of the roles that were corrected by hand stay."""
    lines = [line_row(line, row, index.product_id(line)) for line in order.lines]
    addresses: list[OrderAddress] = []
    if row.buyer_blanked_at is None:
        addresses = [address for address in address_rows(order, row) if address.role not in corrected]
        changes.payloads.append(payload_row(order, row, now))
    changes.lines += lines
    changes.addresses += addresses
    return lines, addresses


def _first_hold(order: records.Order) -> Order.Hold:
    asked = any(line.cancellation_requested and line.quantity_open for line in order.lines)
    return Order.Hold.CANCELLATION_REQUESTED if asked else Order.Hold.NONE


def _judge(row: Order, order: records.Order, linked: AbstractSet[str], connection: OrderConnection) -> None:
    """Decide on the place of an order that is not in the shop yet."""
    if row.status == Order.Status.CANCELLED:
        row.place, row.problem_code, row.problem = Place.NOT_SENT, "", {}
        return
    currency = connection.project.shop.currency
    # Address and amounts of a pending order come with its release; what is accepted is to be found in the shop before.
    if row.pending:
        obstacle = unknown_products(order, linked) if any(line.to_accept for line in order.lines) else None
    else:
        obstacle = obstacle_of(order, linked=linked, shop_currency=currency)
    row.place = Place.NEEDS_ATTENTION if obstacle else Place.WAITING
    row.problem_code, row.problem = (obstacle.code, obstacle.params) if obstacle else ("", {})


def _announce(row: Order, connection: OrderConnection, changes: Changes, now: datetime) -> None:
    """Queue a new order for the shop, and say what it waits for."""
    if row.place != Place.NOT_SENT:
        _explain(row, changes, now)
    if row.pending or row.place == Place.NOT_SENT:
        return
    if row.hold:
        changes.events.append(event(row, "cancellation_requested", now))
    changes.drafts.append(messages.shop_order(row, connection, now, hold=row.problem_code or row.hold))


def _explain(row: Order, changes: Changes, now: datetime) -> None:
    if row.problem_code:
        changes.events.append(event(row, "problem", now, problem_code=row.problem_code, **row.problem))


def _update(
    connection: OrderConnection,
    orders: Sequence[records.Order],
    stored: dict[str, Order],
    index: ProductIndex,
    now: datetime,
) -> Counter[str]:
    if not orders:
        return Counter()
    changes = Changes()
    ids = [stored[order.order_id].pk for order in orders]
    before, decided = _lines_of(ids), decisions_of(ids)
    for order in orders:
        row = stored[order.order_id]
        change = _Change(row, order, before.get(row.pk, {}), decided[row.pk], connection, now)
        change.gather(index, changes)
    Order.objects.bulk_update(changes.orders, CHANGED_BY_MARKETPLACE)
    upsert = {"update_conflicts": True}
    OrderLine.objects.bulk_create(
        changes.lines, unique_fields=["order", "marketplace_line_id"], update_fields=CHANGED_OF_LINE, **upsert
    )
    OrderAddress.objects.bulk_create(
        changes.addresses, unique_fields=["order", "role"], update_fields=CHANGED_OF_ADDRESS, **upsert
    )
    OrderPayload.objects.bulk_create(
        changes.payloads, unique_fields=["order"], update_fields=["payload", "received_at"], **upsert
    )
    search.renew_keys(ids)
    _write(changes, now)
    renew_wishes(ids, now)
    return Counter(changed=len(orders))


@dataclass(frozen=True, slots=True)
class _Change:
    """One stored order that is brought up to date."""

    row: Order
    order: records.Order
    old_lines: Mapping[str, OrderLine]
    decided: Decided
    connection: OrderConnection
    now: datetime

    def gather(self, index: ProductIndex, changes: Changes) -> None:
        row, order = self.row, self.order
        was = (row.status, row.pending, row.hold, row.place, row.problem_code)
        self._take_over()
        lines, _ = _gather(row, order, index, changes, self.now, corrected=self.decided.corrected)
        for line in lines:
            _keep_ours(line, self.old_lines.get(line.marketplace_line_id), self.now)
        row.status = status_of(lines, pending=row.pending)
        row.hold = hold_of(lines, self.decided.released)
        asked = [line.marketplace_line_id for line in lines if line.cancellation_requested]
        forget_release(row, self.decided, asked)
        if row.place != Place.IN_SHOP and not row.handled_manually:
            _judge(row, order, {line.marketplace_line_id for line in lines if line.product_id}, self.connection)
        changes.orders.append(row)
        self._tell(was, lines, changes)
        changes.released += self._no_longer_wanted(was[3], lines)

    def _take_over(self) -> None:
        row, fresh = self.row, order_row(self.order, self.connection, self.now)
        kept = {"hold", "place", "problem_code", "problem", "status"}
        kept |= ABOUT_BUYERS if row.buyer_blanked_at else set()
        if row.is_half:  # its share of what belongs to the whole order was settled when it came
            kept |= {"total", "shipping_cost", "discounts"}
        for name in set(CHANGED_BY_MARKETPLACE) - kept:
            setattr(row, name, getattr(fresh, name))
        if row.is_half:
            less = sum((Decimal(discount["amount"]) for discount in row.discounts), Decimal(0))
            row.total = sum((line.total for line in self.order.lines), Decimal(0)) + row.shipping_cost - less

    def _tell(self, was: tuple[str, bool, str, str, str], lines: Sequence[OrderLine], changes: Changes) -> None:
        """Write into the history what the change means. What follows from it, follows from the wish."""
        row, (status, pending, hold, _, problem) = self.row, was
        self._event(changes, "changed")
        if row.status == Order.Status.CANCELLED:
            if status != Order.Status.CANCELLED:
                self._event(changes, "cancelled_by_marketplace")
            return
        if pending and not row.pending:
            self._event(changes, "released_by_marketplace")
        if dropped := _newly_cancelled(lines, self.old_lines):
            self._event(changes, "partly_cancelled_by_marketplace", lines=dropped)
        if row.hold != hold:
            self._event(changes, "cancellation_requested" if row.hold else "hold_ended")
        if row.place == Place.NEEDS_ATTENTION and row.problem_code != problem:
            _explain(row, changes, self.now)

    def _event(self, changes: Changes, code: str, **about: Any) -> None:
        changes.events.append(event(self.row, code, self.now, **about))

    def _no_longer_wanted(self, place: str, lines: Sequence[OrderLine]) -> list[ledger.Piece]:
        """The pieces that were reserved and are not any more. What the merchant called off was let go of then."""
        if place not in {Place.WAITING, Place.NEEDS_ATTENTION} or self.row.is_test:
            return []
        if self.connection.fulfilment == records.Fulfilment.MARKETPLACE:
            return []
        return [
            ledger.Piece(product_id=old.product_id, quantity=gone, order_reference=self.row.reference)
            for line in lines
            if (old := self.old_lines.get(line.marketplace_line_id)) and old.product_id and not old.called_off
            if (gone := old.quantity_open - line.quantity_open) > 0
        ]


def _keep_ours(line: OrderLine, old: OrderLine | None, now: datetime) -> None:
    """What we told the marketplace, and what is shipped, is not forgotten because it does not say so yet."""
    if old is None:
        return
    if old.accepted_at and now - old.accepted_at < TAKES_OUR_WORD:
        line.accepted_at = old.accepted_at
    line.product_id = line.product_id or old.product_id
    line.quantity_shipped = min(
        max(line.quantity_shipped, old.quantity_shipped), line.quantity - line.quantity_cancelled
    )


def _newly_cancelled(lines: Sequence[OrderLine], old_lines: Mapping[str, OrderLine]) -> list[str]:
    return [
        line.sku or line.title
        for line in lines
        if (old := old_lines.get(line.marketplace_line_id)) and line.quantity_cancelled > old.quantity_cancelled
    ]


def _lines_of(order_ids: Collection[int]) -> dict[int, dict[str, OrderLine]]:
    found: dict[int, dict[str, OrderLine]] = {}
    for line in with_called_off(OrderLine.objects.filter(order__in=order_ids)):
        found.setdefault(line.order_id, {})[line.marketplace_line_id] = line
    return found


def _pieces(row: Order, order: records.Order, index: ProductIndex, connection: OrderConnection) -> list[ledger.Piece]:
    """The pieces that an order which the shop does not have yet takes; none when the marketplace ships it itself."""
    if connection.fulfilment == records.Fulfilment.MARKETPLACE or row.is_test or row.place == Place.NOT_SENT:
        return []
    return [
        ledger.Piece(product_id=product_id, quantity=line.quantity_open, order_reference=row.reference)
        for line in order.lines
        if (product_id := index.product_id(line)) and line.quantity_open > 0
    ]


def _write(changes: Changes, now: datetime) -> None:
    rows.insert(changes.events)
    outbox.post(changes.drafts, now)
    ledger.book(reserved=changes.reserved, released=changes.released, now=now)
