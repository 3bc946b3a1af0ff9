"""bol's verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, ClassVar

from adapterkit.errors import AdapterError, AuthenticationFailed, MalformedResponse, NotFound, Rejected
from adapterkit.marketplace import Marketplace
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
Json = Mapping[str, Any]


class Bol(Marketplace):
    spec: ClassVar = spec.SPEC

    def verify_credentials(self) -> None:
        self._call(spec.LIST_ORDERS, query={"page": 1})

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known
    ) -> Iterator[Page[Order]]:
        """Read all open orders, then those of any state that changed; details only of what is new or changed.

        The list is newest first and moves while it is read, so an order may come on two pages; it is given once.
        """
        method = mapper.METHOD_OF[fulfilment]
        given: dict[str, str] = {}
        now = changed_since
        open_orders = {"status": "OPEN", "fulfilment-method": method}
        for answer, rows in self._pages(spec.LIST_ORDERS, "orders", open_orders):
            now = max(now, answer.at or now)
            yield self._details(answer, rows, given, known)
        for query in _changes(changed_since, now):
            for answer, rows in self._pages(spec.LIST_ORDERS, "orders", {**query, "fulfilment-method": method}):
                yield self._details(answer, rows, given, known)

    def _details(self, answer: Answer, rows: Sequence[Json], given: dict[str, str], known: Known) -> Page[Order]:
        listed, unreadable = _fingerprints(rows)
        new = {order_id: mark for order_id, mark in listed.items() if given.get(order_id) != mark}
        given.update(new)
        stored = known(new) if new else frozenset()
        orders: list[Order] = []
        for order_id in new:
            if order_id in stored:
                continue
            try:
                orders.append(self.fetch_order(order_id))
            except (NotFound, MalformedResponse) as error:
                unreadable.append(Unreadable(record_id=order_id, reason=str(error)))
        return Page(items=tuple(orders), unreadable=tuple(unreadable), as_of=answer.at)

    def fetch_order(self, order_id: str) -> Order:
        answer = self._call(spec.READ_ORDER, order_id=order_id)
        try:
            return mapper.order(answer.body)
        except (mapper.Unmappable, ValueError, TypeError, AttributeError) as error:
            raise MalformedResponse(f"Order {order_id} cannot be read: {error}") from None

    def confirm_shipment(self, shipment: Shipment) -> Submission:
        answer = self._call(spec.CREATE_SHIPMENT, json=mapper.shipment_request(shipment))
        return mapper.submission(answer.body)

    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        answer = self._call(spec.LIST_SHIPMENTS, query={"order-id": order_id, "page": 1})
        wanted = set(line_ids)
        found = [mapper.shipment(row, order_id) for row in _rows(answer.body, "shipments")]
        made = [shipment for shipment in found if wanted & {line.line_id for line in shipment.lines}]
        return made + [pending for line_id in line_ids for pending in self._pending(order_id, line_id)]

    def _pending(self, order_id: str, line_id: str) -> list[Shipment]:
        """Shipments that bol is still working on. It names them by their order item and tells no reference."""
        query = {"entity-id": line_id, "event-type": "CREATE_SHIPMENT"}
        answer = self._call(spec.FIND_PROCESSES, query=query)
        return [
            Shipment(order_id=order_id, reference="", lines=(LineQuantity(line_id=line_id, quantity=0),))
            for row in _rows(answer.body, "processStatuses")
            if row.get("status") == "PENDING"
        ]

    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        answers = [self._call(spec.CANCEL_ITEM, json=body) for body in mapper.cancellation_requests(cancellation)]
        return [mapper.submission(answer.body) for answer in answers]

    def fetch_returns(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known
    ) -> Iterator[Page[Return]]:
        """Read the returns that wait for an answer, and those that were handled, newest first, up to the moment."""
        method = mapper.METHOD_OF[fulfilment]
        for handled in ("false", "true"):
            query = {"handled": handled, "fulfilment-method": method}
            for answer, rows in self._pages(spec.LIST_RETURNS, "returns", query):
                page = _returns(answer, rows, known)
                yield page
                if handled == "true" and rows and _all_before(rows, changed_since):
                    break

    def answer_return(self, answer: ReturnAnswer) -> Submission:
        body = {"handlingResult": mapper.DECISIONS[answer.decision], "quantityReturned": answer.quantity}
        reply = self._call(spec.HANDLE_RETURN, json=body, rma_id=answer.return_line_id)
        return mapper.submission(reply.body)

    def update_stock(self, level: StockLevel) -> Submission:
        """Set the stock of an offer. With `managedByRetailer` bol takes off only orders that came after this call."""
        offer_id = level.offer_id or self._offer_id(level)
        stock = {"amount": min(level.quantity, MOST_STOCK), "managedByRetailer": True}
        self._call(spec.PATCH_OFFER, json={"stock": stock}, offer_id=offer_id)
        return Submission(state=SubmissionState.DONE, entity_id=offer_id)

    def _offer_id(self, level: StockLevel) -> str:
        query = {"reference": level.sku, "page-size": 100}
        offers = _rows(self._call(spec.FIND_OFFERS, query=query).body, "offers")
        exact = [offer for offer in offers if offer.get("reference") == level.sku and offer.get("offerId")]
        if not exact:
            raise NotFound(f"There is no offer with the reference {level.sku}")
        return str(exact[0]["offerId"])

    def check_submission(self, reference: str) -> Submission:
        return mapper.submission(self._call(spec.READ_PROCESS, process_id=reference).body)

    def _pages(
        self, endpoint: Endpoint, field: str, query: Mapping[str, Any]
    ) -> Iterator[tuple[Answer, Sequence[Json]]]:
        """bol tells no number of pages: the first empty one is the end."""
        page = 1
        while True:
            answer = self._call(endpoint, query={**query, "page": page})
            rows = _rows(answer.body, field)
            if not rows and page > 1:
                return
            yield answer, rows
            if not rows:
                return
            page += 1

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
    violations = [f"{v.get('name')}: {v.get('reason')}" for v in body.get("violations") or () if isinstance(v, Mapping)]
    words = "; ".join([str(body.get("detail") or body.get("title") or ""), *violations]).strip("; ")
    match answer.status:
        case 400 | 409 | 422:
            return Rejected("bol refuses it", remote=words, status=answer.status)
        case 403:
            return AuthenticationFailed("bol says the account is not active", remote=words, status=403)
        case 406 | 415:
            return Rejected("bol does not offer this version of its API any more", remote=words, status=answer.status)
        case _:
            return None


def _rows(body: Any, field: str) -> Sequence[Json]:
    """Return the records of a list; bol answers an empty object when there are none."""
    if body is None:
        return ()
    rows = body.get(field, ()) if isinstance(body, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise MalformedResponse(f"The list of {field} is not a list")
    return rows


def _fingerprints(rows: Sequence[Json]) -> tuple[dict[str, str], list[Unreadable]]:
    listed: dict[str, str] = {}
    unreadable = []
    for row in rows:
        try:
            listed[mapper.read(row, "orderId", str)] = mapper.order_fingerprint(row)
        except (mapper.Unmappable, AttributeError) as error:
            order_id = str(row.get("orderId") or "") if isinstance(row, Mapping) else ""
            unreadable.append(Unreadable(record_id=order_id, reason=str(error), payload=row))
    return listed, unreadable


def _returns(answer: Answer, rows: Sequence[Json], known: Known) -> Page[Return]:
    found, unreadable = [], []
    for row in rows:
        try:
            found.append(mapper.registered_return(row))
        except (mapper.Unmappable, ValueError, TypeError, AttributeError) as error:
            return_id = str(row.get("returnId") or "") if isinstance(row, Mapping) else ""
            unreadable.append(Unreadable(record_id=return_id, reason=str(error), payload=row))
    stored = known({record.return_id: record.fingerprint for record in found}) if found else frozenset()
    fresh = tuple(record for record in found if record.return_id not in stored)
    return Page(items=fresh, unreadable=tuple(unreadable), as_of=answer.at)


def _all_before(rows: Sequence[Json], moment: datetime) -> bool:
    read: Callable[[Any], datetime] = mapper.moment
    return all(read(row["registrationDateTime"]) < moment for row in rows if row.get("registrationDateTime"))


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
