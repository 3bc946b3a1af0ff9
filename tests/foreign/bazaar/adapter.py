"""The bazaar's verbs, in both of its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, TypeVar
from xml.etree.ElementTree import Element

from adapterkit.errors import AdapterError, MalformedResponse, OutcomeUnknown, Rejected
from adapterkit.marketplace import Marketplace
from adapterkit.paging import place_in, placed
from adapterkit.payload import Unmappable, why_unread
from adapterkit.records import (
    Cancellation,
    Fulfilment,
    Known,
    Order,
    Page,
    Shipment,
    StockLevel,
    Submission,
    SubmissionState,
    Unreadable,
    nothing_known,
)
from adapterkit.sentences import said
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from tests.foreign.bazaar import mapper, spec
from tests.foreign.bazaar.mapper import element

T = TypeVar("T")
DONE = SubmissionState.DONE


class OldBazaar(Marketplace):
    """Lists no parcels: a report whose answer was lost is repeated, since the bazaar takes a reference once."""

    spec: ClassVar = spec.OLD

    def verify_credentials(self) -> None:
        self._call(spec.WHO_AM_I, element("whoAmI"), "seller")

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        """Read whole orders, 20 at a time, by the moment of their change and their id; merchants ship them all."""
        changed, after = place_in(resume, str, str) if resume else (_written(changed_since), "")
        while True:
            query = element("listOrders", changed=changed, after=after)
            answer = self._call(spec.LIST_ORDERS, query, "page")
            listed = _listed(answer.body, "orders")
            following = answer.body.find("next")
            if following is not None:
                changed, after = following.findtext("changed", ""), following.findtext("after", "")
            yield _page(answer, listed, known, placed(changed, after) if following is not None else "")
            if following is None:
                return

    def fetch_order(self, order_id: str) -> Order:
        answer = self._call(spec.GET_ORDER, element("getOrder", order=order_id), "order")
        return _readable(lambda: mapper.order(mapper.decoded(answer.body)))

    def accept_lines(self, order_id: str, line_ids: Sequence[str]) -> Submission:
        self._call(spec.ACCEPT_LINES, mapper.acceptance_request(order_id, line_ids), "accepted")
        return Submission(state=DONE)

    def confirm_shipment(self, shipment: Shipment) -> Submission:
        answer = self._call(spec.SHIP_PARCEL, mapper.shipment_request(shipment), "parcel")
        return Submission(state=DONE, entity_id=answer.body.findtext("id", ""))

    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        """Cancel lines; the bazaar refuses for what is closed already, so that one has to look why it is."""
        try:
            self._call(spec.CANCEL_LINES, mapper.cancellation_request(cancellation), "cancelled")
        except Rejected as error:
            if error.code != "closed" or not self._are_cancelled(cancellation):
                raise
        return [Submission(state=DONE)]

    def _are_cancelled(self, cancellation: Cancellation) -> bool:
        wanted = {line.line_id for line in cancellation.lines}
        lines = self.fetch_order(cancellation.order_id).lines
        return all(line.quantity_cancelled for line in lines if line.line_id in wanted)

    def update_stock(self, levels: Sequence[StockLevel]) -> list[Submission]:
        answer = self._call(spec.UPDATE_STOCK, mapper.stock_request(levels), "feed")
        return [_readable(lambda: mapper.feed(mapper.decoded(answer.body)))] * len(levels)

    def check_submission(self, reference: str) -> Submission:
        answer = self._call(spec.GET_FEED, element("getFeed", feed=reference), "feed")
        return _readable(lambda: mapper.feed(mapper.decoded(answer.body)))

    def _call(self, endpoint: Endpoint, body: Element, expected: str) -> Answer:
        """Make a call that is answered with an element of this name; another one says nothing of what happened."""
        answer = self.transport.call(endpoint, body=body)
        if answer.body.tag != expected:
            raise _unread(endpoint, answer.body.tag)
        return answer


class Bazaar(OldBazaar):
    spec: ClassVar = spec.SPEC

    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        answer = self._call(spec.LIST_PARCELS, element("listParcels", order=order_id), "found")
        rows, wanted = map(mapper.decoded, _listed(answer.body, "parcels")), set(line_ids)
        parcels = _readable(lambda: [mapper.parcel(row, order_id) for row in rows])
        return [found for found in parcels if wanted & {line.line_id for line in found.lines}]


def _unread(endpoint: Endpoint, found: str) -> AdapterError:
    kind = MalformedResponse if endpoint.effect.repeatable else OutcomeUnknown
    return kind("The bazaar's answer cannot be read", remote=found)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _listed(body: Element, tag: str) -> list[Element]:
    """Return the elements of a list that an answer has to hold; without it, it is not the end of the list."""
    found = body.find(tag)
    if found is None:
        raise MalformedResponse("The bazaar's answer cannot be read", remote=f"<{tag}>")
    return list(found)


def _page(answer: Answer, listed: Sequence[Element], known: Known, resume: str) -> Page[Order]:
    orders, unreadable = list[Order](), list[Unreadable]()
    for row in map(mapper.decoded, listed):
        try:
            orders.append(mapper.order(row))
        except Unmappable as error:
            name = str(row.get("id") or "") if isinstance(row, dict) else ""
            unreadable.append(Unreadable(record_id=name, reason=why_unread(error), payload=row))
    stored = known({order.order_id: order.fingerprint for order in orders}) if orders else frozenset()
    fresh = tuple(order for order in orders if order.order_id not in stored)
    return Page(items=fresh, unreadable=tuple(unreadable), as_of=answer.at, resume=resume)


def _readable(convert: Callable[[], T]) -> T:
    try:
        return convert()
    except Unmappable as error:
        raise MalformedResponse("The bazaar's answer cannot be read", remote=said(error)) from None
