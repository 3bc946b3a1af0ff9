"""Between the bazaar's elements and the canonical records; pure. What does not fit raises `Unmappable`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from adapterkit.names import split_name
from adapterkit.payload import Json, Unmappable, count, given, price, read, rows
from adapterkit.records import (
    Address,
    Cancellation,
    CancellationReason,
    Fulfilment,
    LineQuantity,
    Order,
    OrderLine,
    Shipment,
    StockLevel,
    Submission,
    SubmissionState,
    fingerprint,
)
from adapterkit.sentences import say

LISTS = frozenset({"lines", "address", "parcels", "offers", "orders"})  # hold one element for each of many
REASONS = {
    CancellationReason.OUT_OF_STOCK: "SOLD_OUT",
    CancellationReason.REQUESTED_BY_CUSTOMER: "BUYER",
    CancellationReason.BAD_CONDITION: "DAMAGED",
    CancellationReason.PRICE_ERROR: "PRICE",
}
OTHER_REASON = "OTHER"
YES_OR_NO = {"yes": True, "no": False}
STATES = {
    "taken": SubmissionState.DONE,
    "refused": SubmissionState.REJECTED,
    "unknown_sku": SubmissionState.NOT_FOUND,
}


def decoded(element: Element) -> Any:
    """Return what an element says, as it can be kept: a list, an object of its children, or its text."""
    if element.tag in LISTS:
        return [decoded(child) for child in element]
    if len(element):
        return {child.tag: decoded(child) for child in element}
    return (element.text or "").strip()


def element(tag: str, *children: Element, **texts: str | int) -> Element:
    """Return an element with a child for each text, and these children after them."""
    made = Element(tag)
    for name, text in texts.items():
        SubElement(made, name).text = str(text)
    made.extend(children)
    return made


def moment(value: Any) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def pieces(value: Any) -> int:
    return count(int(value))


def order(payload: Json) -> Order:
    """Translate an order. One that waits to be accepted has no buyer yet."""
    lines = tuple(map(_line, read(payload, "lines", rows)))
    if not lines:
        raise Unmappable(say("%(field)s is empty", field="lines"))
    order_id, waits = read(payload, "id", str), any(line.to_accept for line in lines)
    return Order(
        order_id=order_id,
        number=order_id,
        placed_at=read(payload, "placed", moment),
        changed_at=read(payload, "changed", moment),
        fulfilment=Fulfilment.MERCHANT,
        pending=waits,
        currency=read(payload, "currency", str),
        lines=lines,
        shipping_cost=given(payload, "shipping", price) or Decimal(0),
        total=read(payload, "total", price),
        delivery=None if waits else read(payload, "buyer", _address),
        ship_by=given(payload, "shipBefore", moment),
        fingerprint=fingerprint(payload),
        payload=payload,
    )


def _line(row: Json) -> OrderLine:
    shipped, cancelled = given(row, "shipped", pieces) or 0, given(row, "cancelled", pieces) or 0
    quantity = read(row, "quantity", pieces)
    if not 0 < quantity >= shipped + cancelled:
        raise Unmappable(say("%(field)s is %(value)s, which cannot be read", field="quantity", value=quantity))
    return OrderLine(
        line_id=read(row, "id", str),
        sku=str(row.get("sku") or ""),
        title=str(row.get("title") or ""),
        quantity=quantity,
        quantity_shipped=shipped,
        quantity_cancelled=cancelled,
        unit_price=read(row, "price", price),
        total=read(row, "total", price),
        cancellation_requested=given(row, "buyerCancels", YES_OR_NO.__getitem__) or False,
        to_accept=not read(row, "accepted", YES_OR_NO.__getitem__) and quantity > cancelled,
    )


def _address(row: Json) -> Address:
    country = read(row, "country", str)
    name = split_name(read(row, "name", str), country)
    return Address(
        first_name=name.first_name,
        last_name=name.last_name,
        company=name.company,
        lines=tuple(read(row, "address", rows)),
        postcode=read(row, "zip", str),
        city=read(row, "city", str),
        country=country,
        email=str(row.get("email") or ""),
    )


def parcel(row: Json, order_id: str) -> Shipment:
    return Shipment(
        order_id=order_id,
        reference=read(row, "reference", str),
        lines=tuple(
            LineQuantity(line_id=read(line, "id", str), quantity=read(line, "quantity", pieces))
            for line in read(row, "lines", rows)
        ),
        carrier_code=read(row, "carrier", str),
        tracking_code=str(row.get("code") or ""),
        shipment_id=read(row, "id", str),
    )


def shipment_request(shipment: Shipment) -> Element:
    return element(
        "shipParcel",
        _quantities(shipment.lines),
        order=shipment.order_id,
        reference=shipment.reference,
        carrier=shipment.carrier_code,
        code=shipment.tracking_code,
    )


def cancellation_request(cancellation: Cancellation) -> Element:
    reason = REASONS.get(cancellation.reason, OTHER_REASON)
    return element("cancelLines", _quantities(cancellation.lines), order=cancellation.order_id, reason=reason)


def acceptance_request(order_id: str, line_ids: Iterable[str]) -> Element:
    lines = element("lines", *(element("line", id=line_id) for line_id in line_ids))
    return element("acceptLines", lines, order=order_id)


def stock_request(levels: Sequence[StockLevel]) -> Element:
    offers = (element("offer", sku=level.sku, quantity=level.quantity) for level in levels)
    return element("updateStock", element("offers", *offers))


def _quantities(lines: Iterable[LineQuantity]) -> Element:
    return element("lines", *(element("line", id=line.line_id, quantity=line.quantity) for line in lines))


def submitted(feed_id: str) -> Submission:
    return Submission(
        state=SubmissionState.SUBMITTED, reference=feed_id, ask_after=30, decide_within=timedelta(hours=2)
    )


def feed(payload: Json) -> Submission:
    """Translate the report of a feed, which names every SKU of it once it is decided."""
    feed_id = read(payload, "id", str)
    if read(payload, "state", str) != "decided":
        return submitted(feed_id)
    results = {read(row, "sku", str): _result(row) for row in read(payload, "offers", rows)}
    return Submission(state=SubmissionState.DONE, reference=feed_id, results=results)


def _result(row: Json) -> Submission:
    state = read(row, "result", STATES.__getitem__)
    return Submission(state=state, entity_id=str(row.get("offer") or ""), message=str(row.get("words") or ""))
