"""A simulated bazaar. It answers 200 whatever it thinks, tells nothing of a buyer before all is accepted, takes a parcel's
reference once, and decides about a feed half a minute after it came. Version 2 lists no parcels,
and is not told of a part of what waits."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring

from adapterkit.simulator import Numbers, Request, Response, Simulator, replaced, route, utc_now
from adapterkit.trying_out import Sold, control

PAGE, FEED = 20, 1000
DECIDED_AFTER, LATEST = timedelta(seconds=30), timedelta(minutes=5)
PARTS = {"lines": "line", "address": "text", "parcels": "parcel", "offers": "offer", "orders": "order"}
REASONS = {"SOLD_OUT", "BUYER", "DAMAGED", "PRICE", "OTHER"}
Row = dict[str, Any]


class BazaarSimulator(Simulator):
    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        seller: str = "S-100",
        secret: str = "bazaar-secret",  # noqa: S107 - of the simulated world
        first_id: int = 1,
        version: int = 3,
    ) -> None:
        super().__init__(now=now)
        self.version = version
        self.seller, self.secret = seller, secret
        self.orders: dict[str, Row] = {}
        self.parcels: list[Row] = []
        self.offers: dict[str, Row] = {}
        self.feeds: dict[str, Row] = {}
        self.cancellations: list[tuple[str, str]] = []
        self.corruptions: dict[str, tuple[str, Any]] = {}
        self.limit: tuple[int, float] | None = None
        self._numbers, self._calls = Numbers(first_id), list[datetime]()

    # What people do.

    def stock_up(self, product: Sold) -> None:
        self.add_offer(product.sku)

    def connect_with(self, url: str) -> dict[str, str]:
        return {"seller": self.seller, "secret": self.secret, "base_url": url}

    @control
    def place_order(self, *, items: Sequence[Mapping[str, Any]], accepted: bool = False) -> str:
        """Add an order of these items, each with `sku` and `price`, perhaps with `quantity`; return its id."""
        number = next(self._numbers)
        order_id = f"BZ-{number:06d}"
        lines = [_line(f"{order_id}/{place}", item, accepted=accepted) for place, item in enumerate(items, 1)]
        total = sum(Decimal(line["total"]) for line in lines)
        head = {"id": order_id, "placed": self.now().isoformat(), "currency": "EUR", "shipping": "0.00"}
        self.orders[order_id] = {**head, "total": str(total), "buyer": _buyer(number), "lines": lines}
        self._touch(order_id)
        return order_id

    @control
    def cancel_order(self, order_id: str) -> None:
        for line in self.orders[order_id]["lines"]:
            line["cancelled"] = line["quantity"] - line["shipped"]
        self._touch(order_id)

    @control
    def request_cancellation(self, order_id: str, line_id: str) -> None:
        self._lines(order_id)[line_id]["buyerCancels"] = "yes"
        self._touch(order_id)

    def corrupt_order(self, order_id: str, field_name: str, value: Any) -> None:
        self.corruptions[order_id] = (field_name, value)

    def lines_of(self, order_id: str) -> list[str]:
        return list(self._lines(order_id))

    def parcels_of(self, order_id: str) -> list[Row]:
        return [parcel for parcel in self.parcels if parcel["order"] == order_id]

    @control
    def add_offer(self, sku: str, stock: int = 0) -> str:
        self.offers[sku] = {"offer": f"O-{next(self._numbers)}", "stock": stock}
        return str(self.offers[sku]["offer"])

    @control
    def stock_of(self, sku: str) -> int | None:
        return int(self.offers[sku]["stock"]) if sku in self.offers else None

    def decide(self, before: datetime | None = None) -> None:
        """Carry out the feeds that came before a moment, or all of them."""
        for feed in self.feeds.values():
            if feed["state"] == "waiting" and (before is None or feed["at"] <= before):
                feed["state"], feed["offers"] = "decided", [self._set(row) for row in feed["offers"]]

    # What programs ask.

    def authenticate(self, request: Request) -> Response | None:
        self.decide(self.now() - DECIDED_AFTER)
        if request.headers.get("X-Bazaar-Seller") != self.seller:
            return error("unknown_seller", "Who is that?")
        sent = request.headers.get("X-Bazaar-Time", "0")
        signed = f"{request.method}\n{request.path}\n{sent}\n".encode() + request.body
        proof = hmac.digest(self.secret.encode(), signed, "sha256").hex()
        if proof != request.headers.get("X-Bazaar-Signature") or abs(self.now().timestamp() - int(sent)) > 300:
            return error("wrong_signature", "The signature does not fit.")
        return self._over_limit()

    def _over_limit(self) -> Response | None:
        if self.limit is None:
            return None
        calls, per = self.limit
        self._calls = [at for at in self._calls if at > self.now() - timedelta(seconds=per)]
        if len(self._calls) >= calls:
            wait = int((self._calls[0] - self.now()).total_seconds() + per) + 1
            return error("slow_down", f"{calls} calls are allowed in {per:.0f} seconds.", wait=str(wait))
        self._calls.append(self.now())
        return None

    @route("POST", "/xml/whoAmI")
    def who_am_i(self, request: Request) -> Response:
        return answer("seller", {"id": self.seller})

    @route("POST", "/xml/listOrders")
    def list_orders(self, request: Request) -> Response:
        asked = called(request.body)
        place = (datetime.fromisoformat(asked["changed"]), asked["after"])
        placed = sorted((datetime.fromisoformat(row["changed"]), name) for name, row in self.orders.items())
        found = [at for at in placed if at > place]
        rows = [self._shown(name) for _, name in found[:PAGE]]
        changed, after = found[PAGE - 1] if len(found) > PAGE else (None, "")
        following = {"next": {"changed": changed.isoformat(), "after": after}} if changed else {}
        return answer("page", {"orders": rows, **following})

    @route("POST", "/xml/getOrder")
    def get_order(self, request: Request) -> Response:
        order_id = called(request.body)["order"]
        return answer("order", self._shown(order_id)) if order_id in self.orders else unknown_order(order_id)

    @route("POST", "/xml/acceptLines")
    def accept_lines(self, request: Request) -> Response:
        asked = called(request.body)
        if refusal := self._refusal(asked):
            return refusal
        waiting = [line for line in self._asked(asked) if line["accepted"] == "no"]
        every = [line for line in self._lines(asked["order"]).values() if _waits(line)]
        if self.version < 3 and any(line not in waiting for line in every):
            return error("whole_order", "Accept all of the order, or nothing.")
        for line in waiting:
            line["accepted"] = "yes"
        if waiting:
            self._touch(asked["order"])
        return answer("accepted", {"order": asked["order"]})

    @route("POST", "/xml/shipParcel")
    def ship_parcel(self, request: Request) -> Response:
        asked = called(request.body)
        if refusal := self._refusal(asked):
            return refusal
        if any(parcel["reference"] == asked["reference"] for parcel in self.parcels_of(asked["order"])):
            return error("parcel_known", f"Parcel {asked['reference']} was reported.")
        lines = self._lines(asked["order"])
        sent = {line["id"]: int(line["quantity"]) for line in asked["lines"]}
        if any(map(_waits, lines.values())):
            return error("not_accepted", "The order waits for your word.")
        if any(count > _open(lines[line_id]) for line_id, count in sent.items()):
            return error("closed", "There are not so many pieces left.")
        for line_id, count in sent.items():
            lines[line_id]["shipped"] += count
        self.parcels.append({"id": f"P-{next(self._numbers)}", **asked})
        self._touch(asked["order"])
        return answer("parcel", {"id": self.parcels[-1]["id"]})

    @route("POST", "/xml/listParcels")
    def list_parcels(self, request: Request) -> Response:
        if self.version < 3:
            return self.unknown_route(request)
        order_id = called(request.body)["order"]
        if order_id not in self.orders:
            return unknown_order(order_id)
        return answer("found", {"parcels": self.parcels_of(order_id)})

    @route("POST", "/xml/cancelLines")
    def cancel_lines(self, request: Request) -> Response:
        asked = called(request.body)
        if refusal := self._refusal(asked):
            return refusal
        if asked["reason"] not in REASONS:
            return error("reason", "Give a reason that we know.")
        if not all(_open(line) for line in self._asked(asked)):
            return error("closed", "A line is closed.")
        for line in self._asked(asked):
            line["cancelled"] += _open(line)
            self.cancellations.append((line["id"], asked["reason"]))
        self._touch(asked["order"])
        return answer("cancelled", {"order": asked["order"]})

    @route("POST", "/xml/updateStock")
    def update_stock(self, request: Request) -> Response:
        offers = called(request.body)["offers"]
        if not 0 < len(offers) <= FEED:
            return error("too_long", f"A feed has 1 to {FEED} offers.")
        feed_id = f"F-{next(self._numbers)}"
        self.feeds[feed_id] = {"id": feed_id, "state": "waiting", "at": self.now(), "offers": offers}
        return answer("feed", {"id": feed_id, "state": "waiting"})

    @route("POST", "/xml/getFeed")
    def get_feed(self, request: Request) -> Response:
        feed = self.feeds.get(called(request.body)["feed"])
        if feed is None:
            return error("unknown_feed", "There is no such feed any more.")
        offers = {"offers": feed["offers"]} if feed["state"] == "decided" else {}
        return answer("feed", {"id": feed["id"], "state": feed["state"], **offers})

    def unknown_route(self, request: Request) -> Response:
        return error("unknown_call", f"We do not know {request.path}.")

    def _refusal(self, asked: Row) -> Response | None:
        if asked["order"] not in self.orders:
            return unknown_order(asked["order"])
        known = self._lines(asked["order"])
        strange = [line["id"] for line in asked["lines"] if line["id"] not in known]
        return error("unknown_line", f"There is no line {strange[0]}.") if strange else None

    def _shown(self, order_id: str) -> Row:
        order = self.orders[order_id]
        if any(map(_waits, order["lines"])):
            order = {name: value for name, value in order.items() if name != "buyer"}
        return replaced(order, *self.corruptions[order_id]) if order_id in self.corruptions else order

    def _set(self, asked: Row) -> Row:
        offer = self.offers.get(asked["sku"])
        if offer is None:
            return {"sku": asked["sku"], "result": "unknown_sku", "words": "You do not offer this here."}
        offer["stock"] = int(asked["quantity"])
        return {"sku": asked["sku"], "result": "taken", "offer": offer["offer"]}

    def _lines(self, order_id: str) -> dict[str, Row]:
        return {line["id"]: line for line in self.orders[order_id]["lines"]}

    def _asked(self, asked: Row) -> list[Row]:
        lines = self._lines(asked["order"])
        return [lines[line["id"]] for line in asked["lines"]]

    def _touch(self, order_id: str) -> None:
        self.orders[order_id]["changed"] = self.now().isoformat()


def answer(tag: str, told: Row) -> Response:
    """Return an element in the envelope; what is None is left out."""
    envelope = Element("bazaar", version="3")
    _write(envelope, tag, told)
    return Response(200, tostring(envelope), media_type="text/xml")


def error(code: str, words: str, **more: str) -> Response:
    envelope = Element("bazaar", version="3")
    SubElement(envelope, "error", code=code, **more).text = words
    return Response(200, tostring(envelope), media_type="text/xml")


def unknown_order(order_id: str) -> Response:
    return error("unknown_order", f"There is no order {order_id}.")


def _write(parent: Element, tag: str, told: Any) -> None:
    made = SubElement(parent, tag)
    match told:
        case dict():
            for name, value in told.items():
                if value is not None:
                    _write(made, name, value)
        case list():
            for value in told:
                _write(made, PARTS[tag], value)
        case _:
            made.text = str(told)


def called(body: bytes) -> Row:
    """Return what a call says."""
    [call] = fromstring(body)
    found: Row = _read(call)
    return found


def _read(element: Element) -> Any:
    if element.tag in PARTS:
        return [_read(child) for child in element]
    return {child.tag: _read(child) for child in element} if len(element) else element.text or ""


def _open(line: Row) -> int:
    return int(line["quantity"] - line["shipped"] - line["cancelled"])


def _waits(line: Row) -> bool:
    return line["accepted"] == "no" and _open(line) > 0


def _line(line_id: str, item: Mapping[str, Any], *, accepted: bool) -> Row:
    quantity = int(item.get("quantity", 1))
    return {
        "id": line_id,
        "sku": item["sku"],
        "title": f"Product {item['sku']}",
        "quantity": quantity,
        "shipped": 0,
        "cancelled": 0,
        "price": item["price"],
        "total": str(Decimal(item["price"]) * quantity - Decimal(item.get("discount", "0"))),
        "accepted": "yes" if accepted else "no",
        "buyerCancels": "no",
    }


def _buyer(number: int) -> Row:
    return {
        "name": "Anna van der Berg",
        "address": [f"Kerkstraat {number} b"],
        "zip": "1017 GA",
        "city": "Amsterdam",
        "country": "NL",
        "email": f"buyer{number}@bazaar.test",
    }
