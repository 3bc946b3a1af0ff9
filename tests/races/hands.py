"""Many hands at one order: what each can do to it, a worker whose step comes apart, and what is right in the end."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction

from adapterkit.records import CancellationReason
from engine.delivery import Delivery, Flight
from engine.models import OutboxMessage, SyncCursor
from engine.reading import read
from orders.flows.cancel_order import cancel_order
from orders.flows.correct_address import correct_address
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.models import Order, OrderAddress
from stock.models import Product
from tests.laid import restore
from tests.road import Road

LOST = timedelta(minutes=4)  # until what a worker had in hand is another's
CORRECTED = "Herengracht"
INERT, GONE = "pending", ("cancelled", "refunded", "trash")


@dataclass
class Worker:
    """One whose step comes apart: what is due is taken in hand, then called, then settled."""

    road: Road
    round: Delivery | None = None
    ready: list[Flight] = field(default_factory=list)

    def take(self) -> None:
        self.round = Delivery(clock=self.road.clock, threads=1)
        self.ready = self.round._claim(limit=20)

    def call(self) -> None:
        if self.round is not None:
            for flight in self.ready:
                self.round._land(flight, self.round._in_time(flight))
            self.ready = []

    def settle(self) -> None:
        if self.round is not None:
            self.call()
            self.round._settle()
            self.round = None

    def lose(self) -> None:
        """It hangs for so long that another goes on with what it has in hand."""
        if self.round is not None:  # by the worker's own time, which no test moves
            self.round._start_before = dict.fromkeys(self.round._start_before, 0.0)
        self.road.clock.forward(LOST)
        self.road.deliver()


@dataclass
class Hands:
    """Everybody who may touch the one order."""

    road: Road
    order_id: str

    @property
    def order(self) -> Order:
        return Order.objects.select_related("connection__account", "connection__project__shop").get()

    @property
    def in_shop(self) -> list[dict[str, Any]]:
        return list(self.road.shop.orders_with(self.order.reference))

    @property
    def live(self) -> list[dict[str, Any]]:
        return [made for made in self.in_shop if made["status"] not in GONE]

    def _read(self, feed: str) -> None:
        now = self.road.clock()
        SyncCursor.objects.update(next_run_at=now + timedelta(days=9))
        SyncCursor.objects.filter(feed=feed).update(next_run_at=now)
        read(clock=self.road.clock, threads=1)
        self.road.clock.forward(seconds=1)

    def work(self) -> None:
        """A worker does all that is due."""
        self.road.deliver()

    # At the marketplace.

    def change(self) -> None:
        self.road.bol.world.orders[self.order_id]["shipmentDetails"]["deliveryPhoneNumber"] = "0612345678"
        self.road.bol.change_order(self.order_id)
        self._read("orders")

    def cancel_there(self) -> None:
        self.road.bol.cancel_order(self.order_id)
        self._read("orders")

    def drop_there(self) -> None:
        """One piece of the first line is cancelled."""
        first = self.road.bol.world.orders[self.order_id]["orderItems"][0]
        if first["quantity"] > first["quantityShipped"] + first["quantityCancelled"]:
            self.road.bol.change_order(
                self.order_id, item_id=first["orderItemId"], quantityCancelled=first["quantityCancelled"] + 1
            )
        self._read("orders")

    def ask(self) -> None:
        self.road.bol.request_cancellation(self.order_id)
        self._read("orders")

    def unask(self) -> None:
        self.road.bol.change_order(self.order_id, cancellationRequest=False)
        self._read("orders")

    # Here.

    def cancel_here(self) -> None:
        reason = CancellationReason.OUT_OF_STOCK
        cancel_order(order=self.order, reason=reason, now=self.road.clock(), by=None)

    def cancel_line(self) -> None:
        last = self.order.lines.latest("pk")
        reason = CancellationReason.OUT_OF_STOCK
        cancel_order(order=self.order, reason=reason, now=self.road.clock(), by=None, lines=[last.pk])

    def release(self) -> None:
        release_hold(order=self.order, now=self.road.clock(), by=None)

    def address(self) -> None:
        fields = {"street": CORRECTED, "house_number": "500"}
        role = OrderAddress.Role.DELIVERY
        correct_address(order=self.order, role=role, fields=fields, now=self.road.clock(), by=None)

    def by_hand(self) -> None:
        handle_manually(order=self.order, now=self.road.clock(), by=None)

    # In the shop.

    def _there(self, act: Callable[[int], object]) -> None:
        for made in self.live[:1]:
            if made["status"] != INERT:
                act(made["id"])
        self._read("updates")

    def parcel(self) -> None:
        self._there(lambda made: self.road.shop.ship(made, carrier="PostNL", tracking_code="3SRACE1"))

    def parcel_without_code(self) -> None:
        self._there(self.road.shop.complete)

    def further_code(self) -> None:
        self._there(lambda made: self.road.shop.ship(made, carrier="PostNL", tracking_code="3SRACE2"))

    def code(self) -> None:
        self._there(lambda made: self.road.shop.correct_code(made, "3SRACE3"))

    def other_code(self) -> None:
        self._there(lambda made: self.road.shop.correct_code(made, "3SRACE4", anew=True))

    def refund(self) -> None:
        self._there(lambda made: self.road.shop.refund(made, "1.00"))

    def cancel_in_shop(self) -> None:
        self._there(lambda made: self.road.shop.set_status(made, "cancelled"))


EVERYWHERE = (
    "change",
    "cancel_there",
    "drop_there",
    "ask",
    "unask",
    "cancel_here",
    "cancel_line",
    "release",
    "address",
)
ON_THE_WAY = (*EVERYWHERE, "by_hand")
STANDING = (
    *EVERYWHERE, "parcel", "parcel_without_code", "code", "other_code", "further_code", "refund", "cancel_in_shop",
)  # fmt: skip


@contextmanager
def undone(road: Road) -> Iterator[None]:
    """Whatever happens within: afterwards the world is as it was."""
    sides, began = (road.bol, road.shop), road.clock()
    states, seen = [pickle.dumps(side) for side in sides], [list(side.requests) for side in sides]
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for side, state, requests in zip(sides, states, seen, strict=True):
            restore(side, state, requests)
        cache.clear()
        road.clock.move_to(began)


def settled(hands: Hands) -> None:
    """Let everybody come to an end."""
    SyncCursor.objects.update(next_run_at=hands.road.clock())
    hands.road.settle(rounds=9, minutes=3)


def wrongs(hands: Hands) -> list[str]:
    """Return what is not as it should be, once everybody has come to an end."""
    order, live = hands.order, hands.live
    state = _State(hands, order, live)
    return [name for name, holds in state.checks().items() if not holds]


@dataclass(frozen=True)
class _State:
    hands: Hands
    order: Order
    live: Sequence[dict[str, Any]]

    def checks(self) -> Mapping[str, bool]:
        order, item = self.order, OutboxMessage.objects.filter(kind="shop_order").get()
        waits = item.state in {"held", "needs_attention"}
        moving = OutboxMessage.objects.exclude(state__in=[*OutboxMessage.SETTLED, "held", "needs_attention"])
        if order.shipments.filter(state="waiting_for_tracking").exists():
            moving = moving.exclude(kind="confirm_shipment")
        return {
            "nothing is on its way any more": not moving.exists(),
            "one order at most": len(self.live) <= 1,
            "no unfinished one is left": not any(made["status"] == INERT for made in self.live),
            "the buyer's request counts": bool(order.hold) == self._asked(),
            "what is wanted is there, and nothing else": self._placed(),
            "what a person corrected stays": self._corrected(),
            "what differs is shown": self._fits() or bool(order.problem_code) or order.handled_manually,
            "it is held where it should be": self._held(),
            "what waits for a person says so": waits == bool(order.problem_code or order.hold) or not waits,
            "the shop has acknowledged what is wanted": waits or order.copy.acknowledged_version == order.copy.version,
            "no stock is kept for what is placed or gone": self._reserved(),
            "each parcel is told once": self._told(),
            "the marketplace has the codes that the shop has": self._knows_the_code(),
        }

    def _wanted(self) -> dict[str, int]:
        """Pieces by line: of what the marketplace has, without what we cancel."""
        items = self.hands.road.bol.world.orders[self.hands.order_id]["orderItems"]
        off = set(self.order.lines.exclude(cancellations=None).values_list("marketplace_line_id", flat=True))
        return {
            item["orderItemId"]: left
            for item in items
            if (left := item["quantity"] - item["quantityCancelled"])
            and not (item["orderItemId"] in off and not item["quantityShipped"])
        }

    def _asked(self) -> bool:
        if self.order.status in {"cancelled", "shipped"}:
            return bool(self.order.hold)
        items = self.hands.road.bol.world.orders[self.hands.order_id]["orderItems"]
        open_ones = [item for item in items if item["quantity"] > item["quantityCancelled"] + item["quantityShipped"]]
        released = self.order.decisions.filter(kind="released_hold").exists()
        asked = any(item.get("cancellationRequest") for item in open_ones)
        return asked and not released

    def _placed(self) -> bool:
        order, statuses = self.order, [made["status"] for made in self.live]
        if order.handled_manually:
            doubled = order.events.filter(code="doubled_in_shop").exists()
            return doubled if statuses else order.place == "not_sent"
        by_merchant = bool(self.hands.in_shop) and not statuses and not self._cancelled_by_us()
        if by_merchant:
            return order.shop_order_state in {"cancelled", "refunded"}
        if not self._wanted():
            return not statuses or statuses == ["completed"]
        if order.hold and order.place != "in_shop":
            return not statuses
        return len(statuses) == 1 and order.place == "in_shop"

    def _cancelled_by_us(self) -> bool:
        return self.order.copy.acknowledged["made"] == "cancelled"

    def _fits(self) -> bool:
        if len(self.live) != 1 or not self._wanted():
            return True
        [made] = self.live
        pieces: dict[str, int] = {}
        for line in made["line_items"]:
            ours = next(row["value"] for row in line["meta_data"] if row["key"] == "_ordersync_line")
            pieces[ours] = pieces.get(ours, 0) + line["quantity"]
        address = OrderAddress.objects.get(order=self.order, role="delivery")
        return pieces == self._wanted() and address.street in made["shipping"]["address_1"]

    def _corrected(self) -> bool:
        corrected = self.order.decisions.filter(kind="corrected_address", subject="delivery").exists()
        return not corrected or self.order.addresses.get(role="delivery").street == CORRECTED

    def _held(self) -> bool:
        if not self.live or self.order.handled_manually or not self._wanted():
            return True
        status, differs = self.live[0]["status"], self.order.problem_code in {"lines_to_take_out", "address_to_correct"}
        if status == "completed":
            return True
        return (status == "on-hold") == (bool(self.order.hold) or differs)

    def _reserved(self) -> bool:
        reserved = Product.objects.get(sku="TST-001").reserved
        if self.order.place in {"in_shop", "not_sent"}:
            return reserved == 0
        return reserved == sum(self._wanted().values())

    def _told(self) -> bool:
        told = [row["transport"].get("trackAndTrace") for row in self.hands.road.bol.shipments_of(self.hands.order_id)]
        codes = self.order.shipments.filter(state="confirmed").values_list("reported_code", flat=True)
        return sorted(told) == sorted(codes) and len(told) == len(set(told))

    def _knows_the_code(self) -> bool:
        """What the shop says of its parcels is what the marketplace has, but for further ones."""
        there = {
            parcel["tracking_number"]
            for made in self.hands.in_shop
            for row in made["meta_data"]
            if row["key"] == "_wc_shipment_tracking_items"
            for parcel in row["value"]
        }
        confirmed = self.order.shipments.filter(state="confirmed").values_list("reported_code", flat=True)
        return set(confirmed) <= there | {""}
