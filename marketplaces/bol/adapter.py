"""bol's verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, ClassVar

from adapterkit.errors import AdapterError, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.marketplace import Marketplace
from adapterkit.paging import numbered, place_in, placed
from adapterkit.payload import Json, Unmappable, why_unread
from adapterkit.records import (
    Cancellation,
    Fulfilment,
    Known,
    LineQuantity,
    Order,
    Page,
    Return,
    ReturnAnswer,
    Shipment,
    StockLevel,
    Submission,
    SubmissionState,
    Unreadable,
    nothing_known,
)
from adapterkit.sentences import said, say
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from marketplaces.bol import mapper, spec
from marketplaces.bol.reading import (
    UnreadableOrder,
    all_before,
    fingerprints,
    mapped,
    returns_page,
    rows_of,
    submission_of,
)

MOST_STOCK = 999  # bol takes no larger number
INTERVAL = timedelta(minutes=60)  # the longest change interval that bol offers
INTERVAL_QUERY = "change-interval-minute"
DAYS_BACK = 7  # changes longer ago are not walked day by day; open orders are always read whole


class Bol(Marketplace):
    spec: ClassVar = spec.SPEC

    def verify_credentials(self) -> None:
        self._call(spec.LIST_ORDERS, query={"page": 1})

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        """Read all open orders, then those of any state that changed; details only of what is new or changed.

        The list is newest first and moves while it is read: an order on two pages is given once, and one that slipped
        from a page to the page before it is found by the next walk, which reads the open orders whole again. Changes of
        handled orders more than `DAYS_BACK` days ago are not looked for.
        """
        part, page, until = place_in(resume, int, str, str) if resume else (0, "", changed_since.isoformat())
        # Asked for one method, bol would leave out the other items of an order with both: it would never look the same.
        method = {"fulfilment-method": "ALL"}
        now, given = _moment(until), dict[str, str]()
        while query := _question(part, changed_since, now, by_days=bool(resume)):
            for answer, rows, following in self._pages(spec.LIST_ORDERS, "orders", {**query, **method}, page):
                now = max(now, answer.at or now) if part == 0 else now
                # An interval ends when it is asked for: what is taken up within one begins it anew, by days.
                again = following if INTERVAL_QUERY not in query else ""
                place = (part, again) if following else (part + 1, "")
                last = not following and not _question(part + 1, changed_since, now, by_days=bool(resume))
                resumable = bool(rows or part) and not last  # an empty first page is as soon read again
                yield from self._details(
                    answer,
                    [row for row in rows if mapper.may_hold(row, fulfilment)],
                    given=given,
                    known=known,
                    resume=placed(*place, now.isoformat()) if resumable else "",
                )
            part, page = part + 1, ""

    def _details(
        self,
        answer: Answer,
        rows: Sequence[Any],
        *,
        given: dict[str, str],
        known: Known,
        resume: str,
    ) -> Iterator[Page[Order]]:
        """Yield one page; when bol stops answering in the midst of it, what was read so far, then the error.

        So a page of many new orders gets through a tight limit of calls: the next walk knows the first of them.
        """
        listed, unreadable = fingerprints(rows)
        new = {order_id: mark for order_id, mark in listed.items() if given.get(order_id) != mark}
        stored = known(new) if new else frozenset()
        given.update(new)
        orders: list[Order] = []
        for order_id in new:
            if order_id in stored:
                continue
            try:
                orders.append(self._read_order(order_id))
            except UnreadableOrder as error:
                unreadable.append(Unreadable(record_id=order_id, reason=why_unread(error), payload=error.payload))
            except (NotFound, MalformedResponse) as error:
                unreadable.append(Unreadable(record_id=order_id, reason=why_unread(error)))
            except AdapterError:
                if orders or unreadable:
                    yield Page(items=tuple(orders), unreadable=tuple(unreadable), as_of=answer.at)
                raise
        yield Page(items=tuple(orders), unreadable=tuple(unreadable), as_of=answer.at, resume=resume)

    def fetch_order(self, order_id: str) -> Order:
        return self._read_order(order_id)

    def _read_order(self, order_id: str) -> Order:
        body = self._call(spec.READ_ORDER, order_id=order_id).body
        try:
            return mapper.order(body)
        except Unmappable as error:
            raise UnreadableOrder(
                say("Order %(number)s cannot be read: %(why)s", number=order_id, why=said(error)), body
            ) from None

    def confirm_shipment(self, shipment: Shipment) -> Submission:
        """Report a parcel; bol decides later. An answer that names no process leaves open what happened."""
        answer = self._call(spec.CREATE_SHIPMENT, body=mapper.shipment_request(shipment))
        try:
            submission = submission_of(answer)
        except MalformedResponse as error:
            raise OutcomeUnknown("bol's answer cannot be read", remote=error.remote, status=answer.status) from None
        if submission.state == SubmissionState.SUBMITTED and not submission.reference:
            raise OutcomeUnknown("bol did not say where to ask for the outcome", status=answer.status)
        return submission

    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        """Return shipments with their references, and those still being decided without one.

        Those being decided are looked up first: one that is decided in between is then found as a shipment.
        """
        pending = [found for line_id in line_ids for found in self._pending(order_id, line_id)]
        made = [mapped(row, lambda row: mapper.shipment(row, order_id)) for row in self._shipments_of(order_id)]
        wanted = set(line_ids)
        return [shipment for shipment in made if wanted & {line.line_id for line in shipment.lines}] + pending

    def _shipments_of(self, order_id: str) -> Iterator[Mapping[str, Any]]:
        for _, rows, _ in self._pages(spec.LIST_SHIPMENTS, "shipments", {"order-id": order_id}):
            yield from rows

    def correct_tracking(self, shipment: Shipment) -> Submission:
        """Change the transport that the reported parcel has at bol; it stands in the list of shipments."""
        for row in self._shipments_of(shipment.order_id):
            if mapper.shipment(row, shipment.order_id).is_report_of(shipment):
                transport_id = str((row.get("transport") or {}).get("transportId") or "")
                body = mapper.transport_request(shipment)
                return submission_of(self._call(spec.CHANGE_TRANSPORT, body=body, transport_id=transport_id))
        raise NotFound("bol has no shipment with this reference", remote=shipment.reference)

    def _pending(self, order_id: str, line_id: str) -> list[Shipment]:
        """Shipments that bol is still working on. It names them by their order item and tells no reference."""
        query = {"entity-id": line_id, "event-type": "CREATE_SHIPMENT"}
        processes = [
            mapped(row, mapper.submission)
            for _, rows, _ in self._pages(spec.FIND_PROCESSES, "processStatuses", query)
            for row in rows
        ]
        return [
            Shipment(order_id=order_id, reference="", lines=(LineQuantity(line_id=line_id, quantity=0),))
            for process in processes
            if process.state == SubmissionState.SUBMITTED
        ]

    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        answers = [self._call(spec.CANCEL_ITEM, body=body) for body in mapper.cancellation_requests(cancellation)]
        return [submission_of(answer) for answer in answers]

    def fetch_returns(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Return]]:
        """Read the returns that wait for an answer, and those that were handled, newest first, up to the moment.

        bol lists what was handled by date of registration or of handling, it does not say which; a return that was
        handled long after it was registered may come only with a walk that goes back further.
        """
        part, page = place_in(resume, str, str) if resume else ("false", "")
        query = {"fulfilment-method": mapper.METHOD_OF[fulfilment]}
        for handled in ("false", "true") if part == "false" else ("true",):
            asked = {"handled": handled, **query}
            for answer, rows, following in self._pages(spec.LIST_RETURNS, "returns", asked, page):
                over = handled == "true" and all_before(rows, changed_since)
                place = placed(handled, following) if following else placed("true", "")
                yield replace(returns_page(answer, rows, known), resume="" if over else place)
                if over:
                    break
            page = ""

    def answer_return(self, answer: ReturnAnswer) -> Submission:
        body = {"handlingResult": mapper.DECISIONS[answer.decision], "quantityReturned": answer.quantity}
        return submission_of(self._call(spec.HANDLE_RETURN, body=body, rma_id=answer.return_line_id))

    def update_stock(self, levels: Sequence[StockLevel]) -> list[Submission]:
        """Set the stock of an offer. With `managedByRetailer` bol takes off only orders that came after this call."""
        [level] = levels
        if level.offer_id:
            try:
                return [self._set_stock(level.offer_id, level.quantity)]
            except NotFound:
                if not level.sku:
                    raise
        # The offer's id is not known yet, or the merchant made the offer anew.
        return [self._set_stock(self._offer_id(level), level.quantity)]

    def _set_stock(self, offer_id: str, quantity: int) -> Submission:
        stock = {"amount": max(0, min(quantity, MOST_STOCK)), "managedByRetailer": True}
        self._call(spec.PATCH_OFFER, body={"stock": stock}, offer_id=offer_id)
        return Submission(state=SubmissionState.DONE, entity_id=offer_id)

    def _offer_id(self, level: StockLevel) -> str:
        """Look an offer up by its reference. bol's own stock (FBB) is not ours to set."""
        answer = self._call(spec.FIND_OFFERS, query={"reference": level.sku, "page-size": 100})
        offers = [offer for offer in rows_of(answer.body, "offers") if isinstance(offer, Mapping)]
        fitting = [offer for offer in offers if offer.get("reference") == level.sku and offer.get("offerId")]
        ours = [offer for offer in fitting if (offer.get("fulfilment") or {}).get("method") != "FBB"]
        if not ours:
            raise NotFound("There is no offer with this reference that you ship yourself", remote=level.sku)
        return str(min(ours, key=lambda offer: offer.get("ean") != level.ean)["offerId"])

    def check_submission(self, reference: str) -> Submission:
        return submission_of(self._call(spec.READ_PROCESS, process_id=reference))

    def _pages(
        self, endpoint: Endpoint, field: str, query: Mapping[str, Any], resume: str = ""
    ) -> Iterator[tuple[Answer, Sequence[Json], str]]:
        """bol tells no number of pages: the first empty one is the end."""

        def read(number: int) -> tuple[Answer, Sequence[Json]]:
            answer = self._call(endpoint, query={**query, "page": number})
            return answer, rows_of(answer.body, field)

        return numbered(read, resume=resume)

    def _call(
        self, endpoint: Endpoint, *, query: Mapping[str, Any] | None = None, body: Any = None, **path: str
    ) -> Answer:
        demo = "-demo" if self.settings.get("environment") == "demo" else ""
        area = {"retailer": f"retailer{demo}", "shared": f"shared{demo}"}
        used = {name: word for name, word in area.items() if f"{{{name}}}" in endpoint.path}
        return self.transport.call(endpoint, query=query, body=body, path={**used, **path})


def _question(part: int, since: datetime, now: datetime, *, by_days: bool) -> dict[str, Any] | None:
    """Return the query of one part of a walk: what is open, then what changed since then, by bol's own clock."""
    if part == 0:
        return {"status": "OPEN"}
    if not by_days and now - since < INTERVAL - timedelta(minutes=2):
        minutes = ceil((now - since).total_seconds() / 60) + 1
        return {"status": "ALL", INTERVAL_QUERY: minutes} if part == 1 else None
    first = max(since, now - timedelta(days=DAYS_BACK)).astimezone(mapper.AMSTERDAM).date()
    day = first + timedelta(days=part - 1)
    if day > now.astimezone(mapper.AMSTERDAM).date():
        return None
    return {"status": "ALL", "latest-change-date": day.isoformat()}


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Rejected("This walk cannot be taken up") from None
