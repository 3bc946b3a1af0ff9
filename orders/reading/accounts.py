"""What a marketplace account's orders become: each line goes to the connection that takes it, or is only noted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from adapterkit import records
from adapterkit.records import Fulfilment
from connections.models import MarketplaceAccount, OrderConnection
from orders import routing
from orders.models import Exclusion, Order, RemoteOrder
from orders.reading.storing import import_orders, rule_of

CHANGED = ["fingerprint", "seen_at", "is_open", "untaken", "placed_at", "country", "lines", "wanted_at"]


@dataclass(frozen=True, slots=True)
class Reading:
    """An account, and those of its connections that its orders are read for, the oldest first.

    `has_open` says whether any order was to be shipped when it was last read.
    """

    account: MarketplaceAccount
    connections: Mapping[int, OrderConnection]
    has_open: bool = True

    @property
    def rules(self) -> list[routing.Rule]:
        return [rule_of(connection) for connection in self.connections.values()]

    @property
    def fulfilment(self) -> Fulfilment | None:
        """The only one that is read, if there is but one."""
        found = {connection.fulfilment for connection in self.connections.values()}
        return Fulfilment(found.pop()) if len(found) == 1 else None


def readings(account_ids: Collection[int]) -> dict[int, Reading]:
    """Return the accounts that are read for at least one connection; one statement."""
    active = OrderConnection.objects.filter(
        account__in=account_ids, state=OrderConnection.State.ACTIVE, fetch_paused=False
    ).select_related("account", "project__shop", "company")
    active = active.annotate(has_open=Exists(RemoteOrder.objects.filter(account=OuterRef("account"), is_open=True)))
    of_account: dict[int, dict[int, OrderConnection]] = defaultdict(dict)
    for connection in active.order_by("pk"):
        of_account[connection.account_id][connection.pk] = connection
    found = {}
    for pk, connections in of_account.items():
        oldest: Any = next(iter(connections.values()))
        found[pk] = Reading(oldest.account, connections, oldest.has_open)
    return found


def known_orders(reading: Reading, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
    """Return the ids of the orders of which nothing has to be read; two statements, three where some are left out.

    That is one stored with exactly this fingerprint, wherever its lines go, and one that nobody takes.
    """
    held = _held(reading, list(fingerprints))
    rows = RemoteOrder.objects.filter(account=reading.account, marketplace_order_id__in=list(fingerprints))
    seen = {row.marketplace_order_id: row for row in rows}
    left_out, rules, known = _left_out(reading, list(fingerprints)), reading.rules, set[str]()
    for order_id, fingerprint in fingerprints.items():
        mine = held.get(order_id, {})
        if any(one.fingerprint != fingerprint for one in mine.values() if one.connection_id in reading.connections):
            continue
        row = seen.get(order_id)
        if row is None:  # from before such rows were kept
            known |= {order_id} if mine else set()
        elif row.fingerprint == fingerprint and not (
            _takers(routing.restored(row.placed_at, row.country, row.lines), rules, mine) - left_out[order_id]
        ):
            known.add(order_id)
    return known


def import_remote(reading: Reading, orders: Sequence[records.Order], now: datetime) -> Counter[str]:
    """Note orders as the marketplace gives them now, and store those of the account's connections in them.

    Returns counts of `imported`, `changed` and `ignored` (halves of orders that nobody takes). One transaction and a
    constant number of statements for each connection that is concerned. May be repeated.
    """
    latest = {order.order_id: order for order in orders}
    with transaction.atomic():
        held, rules = _held(reading, list(latest)), reading.rules
        _note(reading.account, list(latest.values()), held, rules, now)
        into: dict[int, list[records.Order]] = defaultdict(list)
        counts: Counter[str] = Counter()
        for order in latest.values():
            mine = held.get(order.order_id, {})
            takers = routing.route(routing.facts_of(order), rules)
            of_fulfilment = {reading.connections[pk].fulfilment: pk for pk in takers}
            for fulfilment, half in routing.halves(order).items():
                holder = mine.get(str(fulfilment))
                taker = holder.connection_id if holder else of_fulfilment.get(fulfilment)
                if taker in reading.connections:
                    into[taker].append(half)  # type: ignore[index]
                else:
                    counts["ignored"] += 1
        for pk in sorted(into):
            counts += import_orders(connection=reading.connections[pk], orders=into[pk], now=now)
    return counts


def _note(
    account: MarketplaceAccount,
    orders: Sequence[records.Order],
    held: Mapping[str, Mapping[str, _Half]],
    rules: Sequence[routing.Rule],
    now: datetime,
) -> None:
    rows = []
    for order in sorted(orders, key=lambda one: one.order_id):
        facts = routing.facts_of(order)
        rows.append(
            RemoteOrder(
                account=account,
                marketplace_order_id=order.order_id,
                fingerprint=order.fingerprint,
                seen_at=now,
                is_open=facts.is_open,
                untaken=bool(routing.untaken(facts, rules, held.get(order.order_id, ()))),
                placed_at=order.placed_at,
                country=facts.country,
                lines=routing.stored(facts),
            )
        )
    RemoteOrder.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["account", "marketplace_order_id"], update_fields=CHANGED
    )


@dataclass(frozen=True, slots=True)
class Untaken:
    """What of an order no connection takes: its lines that one side ships, and why, as `orders.words` explains it."""

    order: RemoteOrder
    fulfilment: str
    lines: Sequence[routing.LineFacts]
    problem_code: str

    @property
    def problem(self) -> Mapping[str, str]:
        """The code says all."""
        return {}


def untaken_orders(account: MarketplaceAccount, limit: int) -> list[Untaken]:
    """Return what is still to be shipped of an account's orders and comes into no shop, the newest first.

    Three statements. Each order is judged by the connections as they are now: what one takes by now is left out.
    """
    rows = RemoteOrder.objects.filter(account=account, is_open=True, untaken=True).order_by("-placed_at")[:limit]
    orders = list(rows)
    if not orders:
        return []
    reading = readings([account.pk]).get(account.pk) or Reading(account, {})
    held, found = _held(reading, [order.marketplace_order_id for order in orders]), []
    for order in orders:
        facts = routing.restored(order.placed_at, order.country, order.lines)
        mine = held.get(order.marketplace_order_id, {})
        for fulfilment, reason in sorted(routing.untaken(facts, reading.rules, mine).items()):
            lines = [line for line in facts.lines if line.fulfilment == fulfilment and line.open]
            found.append(Untaken(order, fulfilment, lines, reason))
    return found


@dataclass(frozen=True, slots=True)
class _Half:
    connection_id: int
    fingerprint: str


def _held(reading: Reading, order_ids: list[str]) -> dict[str, dict[str, _Half]]:
    """Return what the account's connections have of these orders, archived ones included: by id and fulfilment."""
    rows = Order.objects.filter(connection__account=reading.account, marketplace_order_id__in=order_ids)
    held: dict[str, dict[str, _Half]] = defaultdict(dict)
    values = rows.values_list("marketplace_order_id", "connection__fulfilment", "connection", "fingerprint")
    # Of two from before there was but one, the one in a connection that is read, else the older.
    for order_id, fulfilment, connection_id, fingerprint in values.order_by("-pk"):
        here = held[order_id].get(fulfilment)
        if here is None or connection_id in reading.connections or here.connection_id not in reading.connections:
            held[order_id][fulfilment] = _Half(connection_id, fingerprint)
    return held


def _takers(facts: routing.Facts, rules: Sequence[routing.Rule], held: Mapping[str, _Half]) -> set[int]:
    """Return the connections that take lines of an order which nobody has yet."""
    free = [rule for rule in rules if rule.fulfilment not in held]
    return set(routing.route(facts, free))


def _left_out(reading: Reading, order_ids: list[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    leaving = [pk for pk, connection in reading.connections.items() if connection.leaves_out]
    if leaving:
        rows = Exclusion.objects.filter(connection__in=leaving, remote_order__marketplace_order_id__in=order_ids)
        for order_id, connection_id in rows.values_list("remote_order__marketplace_order_id", "connection"):
            found[order_id].add(connection_id)
    return found
