"""bol's verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, ClassVar, TypeVar

from adapterkit.errors import AdapterError, AuthenticationFailed, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.marketplace import Marketplace
from adapterkit.paging import numbered
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
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from marketplaces.bol import mapper, spec

MOST_STOCK = 999  # bol takes no larger number
INTERVAL = timedelta(minutes=60)  # the longest change interval that bol offers
DAYS_BACK = 7  # changes longer ago are not walked day by day; open orders are always read whole
T = TypeVar("T")
Json = Mapping[str, Any]


class _UnreadableOrder(MalformedResponse):
    """An order's details cannot be translated; `payload` is what came."""

    def __init__(self, message: str, payload: Any) -> None:
        super().__init__(message)
        self.payload = payload


class Bol(Marketplace):
    spec: ClassVar = spec.SPEC

    def verify_credentials(self) -> None:
        self._call(spec.LIST_ORDERS, query={"page": 1})

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known
    ) -> Iterator[Page[Order]]:
        """Read all open orders, then those of any state that changed; details only of what is new or changed.

        The list is newest first and moves while it is read: an order on two pages is given once, and one that slipped
        from a page to the page before it is found by the next walk, which reads the open orders whole again. Changes of
        handled orders more than `DAYS_BACK` days ago are not looked for.
        """
        query = {"fulfilment-method": mapper.METHOD_OF[fulfilment]}
        given: dict[str, str] = {}
        now = changed_since
        for answer, rows in self._pages(spec.LIST_ORDERS, "orders", {"status": "OPEN", **query}):
            now = max(now, answer.at or now)
            yield from self._details(answer, rows, fulfilment, given, known)
        for changed in _changes(changed_since, now):
            for answer, rows in self._pages(spec.LIST_ORDERS, "orders", {**changed, **query}):
                yield from self._details(answer, rows, fulfilment, given, known)

    def _details(
        self, answer: Answer, rows: Sequence[Any], fulfilment: Fulfilment, given: dict[str, str], known: Known
    ) -> Iterator[Page[Order]]:
        """Yield one page; when bol stops answering in the midst of it, what was read so far, then the error.

        So a page of many new orders gets through a tight limit of calls: the next walk knows the first of them.
        """
        listed, unreadable = _fingerprints(rows)
        new = {order_id: mark for order_id, mark in listed.items() if given.get(order_id) != mark}
        stored = known(new) if new else frozenset()
        given.update(new)
        orders: list[Order] = []
        for order_id in new:
            if order_id in stored:
                continue
            try:
                orders.append(self._read_order(order_id, fulfilment))
            except _UnreadableOrder as error:
                unreadable.append(Unreadable(record_id=order_id, reason=str(error), payload=error.payload))
            except (NotFound, MalformedResponse) as error:
                unreadable.append(Unreadable(record_id=order_id, reason=str(error)))
            except AdapterError:
                if orders or unreadable:
                    yield Page(items=tuple(orders), unreadable=tuple(unreadable), as_of=answer.at)
                raise
        yield Page(items=tuple(orders), unreadable=tuple(unreadable), as_of=answer.at)

    def fetch_order(self, order_id: str) -> Order:
        return self._read_order(order_id, None)

    def _read_order(self, order_id: str, fulfilment: Fulfilment | None) -> Order:
        body = self._call(spec.READ_ORDER, order_id=order_id).body
        try:
            return mapper.order(body, fulfilment)
        except mapper.Unmappable as error:
            raise _UnreadableOrder(f"Order {order_id} cannot be read: {error}", body) from None

    def confirm_shipment(self, shipment: Shipment) -> Submission:
        """Report a parcel; bol decides later. An answer that names no process leaves open what happened."""
        answer = self._call(spec.CREATE_SHIPMENT, json=mapper.shipment_request(shipment))
        try:
            submission = _submission(answer)
        except MalformedResponse as error:
            raise OutcomeUnknown("bol's answer cannot be read", remote=error.message, status=answer.status) from None
        if submission.state == SubmissionState.SUBMITTED and not submission.reference:
            raise OutcomeUnknown("bol did not say where to ask for the outcome", status=answer.status)
        return submission

    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        """Return shipments with their references, and those still being decided without one.

        Those being decided are looked up first: one that is decided in between is then found as a shipment.
        """
        pending = [found for line_id in line_ids for found in self._pending(order_id, line_id)]
        made = [
            _mapped(row, lambda row: mapper.shipment(row, order_id))
            for _, rows in self._pages(spec.LIST_SHIPMENTS, "shipments", {"order-id": order_id})
            for row in rows
        ]
        wanted = set(line_ids)
        return [shipment for shipment in made if wanted & {line.line_id for line in shipment.lines}] + pending

    def _pending(self, order_id: str, line_id: str) -> list[Shipment]:
        """Shipments that bol is still working on. It names them by their order item and tells no reference."""
        query = {"entity-id": line_id, "event-type": "CREATE_SHIPMENT"}
        processes = [
            _mapped(row, mapper.submission)
            for _, rows in self._pages(spec.FIND_PROCESSES, "processStatuses", query)
            for row in rows
        ]
        return [
            Shipment(order_id=order_id, reference="", lines=(LineQuantity(line_id=line_id, quantity=0),))
            for process in processes
            if process.state == SubmissionState.SUBMITTED
        ]

    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        answers = [self._call(spec.CANCEL_ITEM, json=body) for body in mapper.cancellation_requests(cancellation)]
        return [_submission(answer) for answer in answers]

    def fetch_returns(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known
    ) -> Iterator[Page[Return]]:
        """Read the returns that wait for an answer, and those that were handled, newest first, up to the moment.

        bol lists what was handled by date of registration or of handling, it does not say which; a return that was
        handled long after it was registered may come only with a walk that goes back further.
        """
        query = {"fulfilment-method": mapper.METHOD_OF[fulfilment]}
        for handled in ("false", "true"):
            for answer, rows in self._pages(spec.LIST_RETURNS, "returns", {"handled": handled, **query}):
                yield _returns(answer, rows, known)
                if handled == "true" and _all_before(rows, changed_since):
                    break

    def answer_return(self, answer: ReturnAnswer) -> Submission:
        body = {"handlingResult": mapper.DECISIONS[answer.decision], "quantityReturned": answer.quantity}
        return _submission(self._call(spec.HANDLE_RETURN, json=body, rma_id=answer.return_line_id))

    def update_stock(self, level: StockLevel) -> Submission:
        """Set the stock of an offer. With `managedByRetailer` bol takes off only orders that came after this call."""
        if level.offer_id:
            try:
                return self._set_stock(level.offer_id, level.quantity)
            except NotFound:
                if not level.sku:
                    raise
        # The offer's id is not known yet, or the merchant made the offer anew.
        return self._set_stock(self._offer_id(level), level.quantity)

    def _set_stock(self, offer_id: str, quantity: int) -> Submission:
        stock = {"amount": max(0, min(quantity, MOST_STOCK)), "managedByRetailer": True}
        self._call(spec.PATCH_OFFER, json={"stock": stock}, offer_id=offer_id)
        return Submission(state=SubmissionState.DONE, entity_id=offer_id)

    def _offer_id(self, level: StockLevel) -> str:
        """Look an offer up by its reference. bol's own stock (FBB) is not ours to set."""
        answer = self._call(spec.FIND_OFFERS, query={"reference": level.sku, "page-size": 100})
        offers = [offer for offer in _rows(answer.body, "offers") if isinstance(offer, Mapping)]
        fitting = [offer for offer in offers if offer.get("reference") == level.sku and offer.get("offerId")]
        ours = [offer for offer in fitting if (offer.get("fulfilment") or {}).get("method") != "FBB"]
        if not ours:
            raise NotFound(f"There is no offer with the reference {level.sku} that the merchant ships")
        return str(min(ours, key=lambda offer: offer.get("ean") != level.ean)["offerId"])

    def check_submission(self, reference: str) -> Submission:
        return _submission(self._call(spec.READ_PROCESS, process_id=reference))

    def _pages(
        self, endpoint: Endpoint, field: str, query: Mapping[str, Any]
    ) -> Iterator[tuple[Answer, Sequence[Json]]]:
        """bol tells no number of pages: the first empty one is the end."""

        def read(number: int) -> tuple[Answer, Sequence[Json]]:
            answer = self._call(endpoint, query={**query, "page": number})
            return answer, _rows(answer.body, field)

        return numbered(read)

    def _call(
        self, endpoint: Endpoint, *, query: Mapping[str, Any] | None = None, json: Any = None, **path: str
    ) -> Answer:
        demo = "-demo" if self.settings.get("environment") == "demo" else ""
        area = {"retailer": f"retailer{demo}", "shared": f"shared{demo}"}
        used = {name: word for name, word in area.items() if f"{{{name}}}" in endpoint.path}
        return self.transport.call(endpoint, query=query, json=json, explain=_explain, **used, **path)


def _explain(answer: Answer) -> AdapterError | None:
    """Put bol's problem document in an error: its details and every violation by name."""
    body = answer.body
    if not isinstance(body, Mapping):
        return None
    found = body.get("violations")
    violations = [
        f"{violation.get('name')}: {violation.get('reason')}"
        for violation in (found if isinstance(found, list) else ())
        if isinstance(violation, Mapping)
    ]
    words = "; ".join([str(body.get("detail") or body.get("title") or ""), *violations]).strip("; ")
    match answer.status:
        case 400 | 409 | 422:
            return Rejected("bol refuses it", remote=words, status=answer.status)
        case 403:
            return AuthenticationFailed("bol says the account is not active", remote=words, status=403)
        case 404:
            return NotFound("bol does not know it", remote=words, status=404)
        case 406 | 415:
            return Rejected("bol does not offer this version of its API any more", remote=words, status=answer.status)
        case _:
            return None


def _rows(body: Any, field: str) -> Sequence[Json]:
    """Return the records of a list; bol answers an empty object when there are none.

    Anything else without a list is no answer: taken for the end of the list it would hide orders.
    """
    rows = body.get(field) if isinstance(body, Mapping) else None
    if body == {}:
        return ()
    if not isinstance(rows, list):
        raise MalformedResponse(f"bol's answer holds no list of {field}")
    return rows


def _mapped(row: Any, convert: Callable[[Any], T]) -> T:
    """Translate a record that has to be readable."""
    try:
        return convert(row)
    except mapper.Unmappable as error:
        raise MalformedResponse(f"bol's answer cannot be read: {error}") from None


def _submission(answer: Answer) -> Submission:
    return _mapped(answer.body, mapper.submission)


def _fingerprints(rows: Sequence[Any]) -> tuple[dict[str, str], list[Unreadable]]:
    listed: dict[str, str] = {}
    unreadable = []
    for row in rows:
        try:
            order_id = mapper.read(row, "orderId", str)
            listed[order_id] = mapper.order_fingerprint(row)
        except mapper.Unmappable as error:
            unreadable.append(_unreadable(row, "orderId", error))
    return listed, unreadable


def _unreadable(row: Any, id_field: str, error: Exception) -> Unreadable:
    record_id = str(row.get(id_field) or "") if isinstance(row, Mapping) else ""
    return Unreadable(record_id=record_id, reason=str(error), payload=row)


def _returns(answer: Answer, rows: Sequence[Any], known: Known) -> Page[Return]:
    found, unreadable = [], []
    for row in rows:
        try:
            found.append(mapper.registered_return(row))
        except mapper.Unmappable as error:
            unreadable.append(_unreadable(row, "returnId", error))
    stored = known({record.return_id: record.fingerprint for record in found}) if found else frozenset()
    fresh = tuple(record for record in found if record.return_id not in stored)
    return Page(items=fresh, unreadable=tuple(unreadable), as_of=answer.at)


def _all_before(rows: Sequence[Any], moment: datetime) -> bool:
    return bool(rows) and all(found < moment for row in rows for found in mapper.return_moments(row))


def _changes(since: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    """The queries that find every order that changed since then, by bol's own clock."""
    if now - since < INTERVAL - timedelta(minutes=2):
        minutes = ceil((now - since).total_seconds() / 60) + 1
        yield {"status": "ALL", "change-interval-minute": minutes}
        return
    first = max(since, now - timedelta(days=DAYS_BACK)).astimezone(mapper.AMSTERDAM).date()
    for day in _days(first, now.astimezone(mapper.AMSTERDAM).date()):
        yield {"status": "ALL", "latest-change-date": day.isoformat()}


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
