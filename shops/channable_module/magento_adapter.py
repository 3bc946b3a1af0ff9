"""The verbs of the Magento pair: orders found by their numbers, parcels in a list that looks two weeks back."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import count, islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapterkit.errors import AdapterError, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.payload import new_updates, translated
from adapterkit.records import (
    Fulfilment,
    Known,
    Order,
    Page,
    Product,
    ReturnDecision,
    ShopOrder,
    ShopOrderState,
    ShopUpdate,
    nothing_known,
)
from adapterkit.sentences import say
from adapterkit.shop import Products, ShopReturn
from adapterkit.transport import Answer
from shops.channable_module import answers, feed, magento, returns, stock
from shops.channable_module.adapter import ChannableModule
from shops.channable_module.amounts import Amounts
from shops.channable_module.body import channable_id_of, order_body
from shops.channable_module.protocol import MagentoEndpoints

Json = Mapping[str, Any]
LONGEST_SPAN = 336  # hours that a module looks back at most


class MagentoModule(ChannableModule):
    """The module of Magento 1 or 2, which numbers orders after our reference: prefix and number find them again."""

    endpoints: ClassVar[MagentoEndpoints]

    @property
    @abstractmethod
    def numbers(self) -> magento.Numbers:
        """How the module is set up to number orders."""

    @abstractmethod
    def amounts(self, order: Order, products: Products) -> Amounts:
        """Bring the order into rows that this module turns into its total."""

    def channable_id(self, order: Order, reference: str) -> int:
        return channable_id_of(order, reference)

    @property
    def zone(self) -> tzinfo:
        try:
            return ZoneInfo(self.settings.get("time_zone") or "Europe/Amsterdam")
        except (ZoneInfoNotFoundError, ValueError):
            raise Rejected(say("There is no time zone “%(zone)s”", zone=self.settings["time_zone"])) from None

    def order_for(self, order: Order, reference: str, products: Products) -> Json:
        return order_body(
            order,
            reference,
            self.amounts(order, products),
            channable_id=self.channable_id(order, reference),
            email=self.settings.get("fallback_email", ""),
        )

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Ask for the order's number, and when it is there for the numbers that a double would have."""
        base = self.numbers.of(reference)
        numbers = (f"{base}-{place}" if place else base for place in count())
        found: list[ShopOrder] = []
        for number in islice(numbers, magento.MOST_DOUBLES):
            status = self._status(number)
            if status is None:
                break
            found.append(magento.order_of(number, str(status.get("status") or ""), reference))
        return found

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        """Read the status, and the shipments of two weeks where it has parcels: the status may leave later ones out."""
        status = self._status(shop_order_id)
        if status is None:
            raise NotFound(say("The shop has no order %(number)s", number=shop_order_id))
        parcels: dict[str, list[Json]] = {}
        if status.get("fulfillment"):
            parcels = magento.by_order(self._shipments(LONGEST_SPAN)[1])
        return self._update(shop_order_id, status, [*parcels.get(shop_order_id, ()), status])

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Read each order's status, and the shipments of two weeks once for all of them."""
        statuses = {number: status for number in shop_order_ids if (status := self._status(number))}
        parcels: dict[str, list[Json]] = {}
        if any(status.get("fulfillment") for status in statuses.values()):
            parcels = magento.by_order(self._shipments(LONGEST_SPAN)[1])
        updates = [
            self._update(number, status, [*parcels.get(number, ()), status]) for number, status in statuses.items()
        ]
        yield Page(items=new_updates(known, updates))

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Read the shipments of as many hours as lie between; the shop's own clock says how many those are.

        What lies further back than two weeks the module does not tell; open orders are read again by turns.
        """
        answer, rows = self._shipments(1)
        hours = _hours(changed_since, answer.at)
        if hours > 1:
            answer, rows = self._shipments(hours)
        mine = magento.by_order(rows)
        updates, unreadable = translated(
            ({"number": number, "rows": list(told)} for number, told in mine.items()),
            lambda told: self._update(told["number"], told["rows"][-1], told["rows"]),
            id_field="number",
        )
        fresh = tuple(self._with_parcels(update) for update in new_updates(known, updates))
        yield Page(items=fresh, unreadable=tuple(unreadable), as_of=answer.at)

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Read the whole product feed; it has no dates."""
        for page in count(place_in(resume, int) if resume else 1):
            answer, told = self._read(self.endpoints.feed, {"page": page})
            if not isinstance(told, Mapping) or not isinstance(told.get("products"), list):
                if page > 1 and not told:
                    return
                raise self.transport.telling(feed.missing(told))
            config = told.get("config") or {}
            more = str(config.get("next_page")).lower() == "true"
            yield replace(feed.page_of(answer, told["products"], config), resume=placed(page + 1) if more else "")
            if not more:
                return

    def create_return(self, returned: ShopReturn) -> str:
        """Tell of a return. A module keeps every post as a return of its own, and finds none of them again."""
        sent = returns.body_of(returned, self.order_of_return(returned))
        answer = self._call(self.endpoints.create_return, body=sent).body
        if not answer.get("return_id"):
            raise self.transport.telling(
                OutcomeUnknown("The module answered without the return", remote=answers.words_of(answer))
            )
        return str(answer["return_id"])

    def order_of_return(self, returned: ShopReturn) -> str | int:
        """Return what the module finds the order of a return by: its number."""
        return returned.shop_order_id

    def fetch_return(self, shop_return_id: str) -> ReturnDecision | None:
        _, answer = self._read(self.endpoints.return_status, {"id": shop_return_id})
        if not isinstance(answer, Mapping):
            raise self.transport.telling(
                MalformedResponse("The status of a return is no object", remote=str(answer)[:200])
            )
        try:
            return returns.decision_of(answer)
        except AdapterError as error:
            raise self.transport.telling(error) from None

    def receive_stock(self, headers: Mapping[str, str], body: bytes) -> dict[str, int]:
        stock.check_token(headers, self.settings.get("token", ""))
        return stock.levels_in(body)

    def set_stock_address(self, url: str) -> None:
        answer = self._call(self.endpoints.stock_address, body={"webhook": url}).body
        if not isinstance(answer, Mapping):
            raise self.transport.telling(answers.no_json(str(answer), creating=False))

    def made(self, order_id: str, order: Order, reference: str) -> ShopOrder:
        if self.numbers.repeats(order_id, reference):
            # An earlier try was finished after it was looked for: both are there now, and are found together.
            raise OutcomeUnknown(say("The shop had this order already and made %(number)s beside it", number=order_id))
        ours = order_id == self.numbers.of(reference)
        status = ""
        if order.fulfilment is Fulfilment.MARKETPLACE:
            # Whether it arrives as shipped depends on the module's settings.
            status = str((self._status(order_id) or {}).get("status") or "")
        return magento.order_of(order_id, status, reference if ours else "")

    def _update(self, number: str, status: Json, rows: Sequence[Json]) -> ShopUpdate:
        numbers = self.numbers
        order = magento.order_of(
            number, str(status.get("status") or ""), numbers.reference(number), numbers.original(number)
        )
        return magento.update_of(order, rows, self.zone)

    def _with_parcels(self, update: ShopUpdate) -> ShopUpdate:
        """Look up the parcels of an order that is told to be complete, when its shipments are older than the list."""
        if update.order.state is not ShopOrderState.COMPLETED or any(p.tracking_code for p in update.shipments):
            return update
        try:
            return replace(update, shipments=self.fetch_order(update.order.shop_order_id).shipments)
        except NotFound:
            return update

    def _status(self, number: str) -> Json | None:
        """Return what the module tells of one order, None when there is none of this number."""
        try:
            _, answer = self._read(self.endpoints.status, {"id": number})
        except NotFound as error:
            if error.code != answers.MISSING:  # the module itself is not there
                raise
            return None
        if not isinstance(answer, Mapping) or "status" not in answer:
            raise self.transport.telling(
                MalformedResponse("The module answered without the order", remote=str(answer)[:200])
            )
        return answer

    def _shipments(self, hours: int) -> tuple[Answer, list[Json]]:
        answer, rows = self._read(self.endpoints.shipments, hours=str(hours))
        if not isinstance(rows, list):
            raise self.transport.telling(MalformedResponse("The list of shipments is no list", remote=str(rows)[:200]))
        return answer, [row for row in rows if isinstance(row, Mapping) and row.get("id")]


def _hours(since: datetime, now: datetime | None) -> int:
    if now is None:
        return LONGEST_SPAN
    return min(max(math.ceil((now - since) / timedelta(hours=1)), 1), LONGEST_SPAN)
