"""Calls to one Magento: searches walked to their end, and refusals read by Magento's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapterkit.errors import MalformedResponse
from adapterkit.paging import place_in, placed
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer, Transport
from shops.magento2.dialect import not_taken_alone
from shops.magento2.search import Filter, criteria

Json = Mapping[str, Any]
Rows = Sequence[Json]
PER_PAGE = 100


class Door:
    """See the module. `bearer` says that requests carry the access token alone."""

    def __init__(self, transport: Transport, *, bearer: bool) -> None:
        self._transport, self._bearer = transport, bearer

    def call(
        self,
        endpoint: Endpoint,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        **path: str,
    ) -> Answer:
        judge = not_taken_alone if self._bearer else None
        return self._transport.call(endpoint, query=query, body=body, judge=judge, path=path)

    def walk(self, endpoint: Endpoint, *filters: Filter, fields: str = "") -> Iterator[tuple[Answer, Rows]]:
        """Yield the pages of a search by rising ids, see `pages`."""
        return ((answer, rows) for answer, rows, _ in self.pages(endpoint, *filters, fields=fields))

    def pages(
        self, endpoint: Endpoint, *filters: Filter, fields: str = "", after: str = ""
    ) -> Iterator[tuple[Answer, Rows, str]]:
        """Yield the pages of a search by rising ids, each with the id after which the next one begins, if there is one.

        Numbered pages shift when a record changes meanwhile; these cannot miss one. The first is given even when it
        is empty. A product shows its `entity_id` as `id`.
        """
        last, first = after, True
        while True:
            beyond = [("entity_id", "gt", last)] if last else []
            query = criteria(*filters, *beyond, sort="entity_id", size=PER_PAGE, fields=_listed(fields))
            answer = self.call(endpoint, query=query)
            rows = rows_of(answer)
            last = str(rows[-1].get("entity_id") or rows[-1]["id"]) if len(rows) == PER_PAGE else ""
            if rows or first:
                yield answer, rows, last
            if not last:
                return
            first = False

    def changes(
        self, since: str, ours: Filter, *, orders: Endpoint, shipments: Endpoint, fields: str, resume: str
    ) -> Iterator[tuple[Answer | None, Rows, Sequence[str], str]]:
        """Yield the orders whose date moved, page by page, then the ids of those that new shipments belong to.

        A shipment of a part moves no order's date. With each comes the `resume` that goes on after it.
        """
        part, after = place_in(resume, str, str) if resume else ("moved", "")
        seen: set[str] = set()
        if part == "moved":
            moved = self.pages(orders, ("updated_at", "gteq", since), ours, fields=fields, after=after)
            for answer, rows, last in moved:
                seen |= {str(row.get("entity_id")) for row in rows}
                yield answer, rows, (), placed("moved", last) if last else placed("shipped", "") if seen else ""
            after = ""
        shipped = self.pages(shipments, ("created_at", "gteq", since), fields="entity_id,order_id", after=after)
        for _, rows, last in shipped:
            ids = {str(row["order_id"]) for row in rows} - seen
            seen |= ids
            yield None, (), sorted(ids), placed("shipped", last) if last else ""

    def all(self, endpoint: Endpoint, *filters: Filter, fields: str = "") -> list[Json]:
        """Return every record of a search that has no id to walk by, page by page until its count is reached."""
        found: list[Json] = []
        page = 1
        while True:
            query = criteria(*filters, size=PER_PAGE, page=page, fields=_listed(fields))
            answer = self.call(endpoint, query=query)
            rows = rows_of(answer)
            found += rows
            if not rows or len(found) >= int(answer.body.get("total_count") or 0):
                return found
            page += 1


def rows_of(answer: Answer) -> Rows:
    """Return the records of a search; where fields are chosen, Magento says null for none."""
    if not isinstance(answer.body, Mapping) or "items" not in answer.body:
        raise MalformedResponse("The shop's list is not a list")
    rows = answer.body["items"]
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise MalformedResponse("The shop's list is not a list")
    return rows


def _listed(fields: str) -> str:
    return f"items[{fields}],total_count" if fields else ""
