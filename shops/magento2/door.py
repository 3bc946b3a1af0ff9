"""Calls to one Magento: searches walked to their end, and refusals read by Magento's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from adapterkit.errors import AdapterError, AlreadyExists, AuthenticationFailed, MalformedResponse, NotFound, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.sentences import say
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer, Transport
from shops.magento2 import mapper
from shops.magento2.search import Filter, criteria

Json = Mapping[str, Any]
Rows = Sequence[Json]
Explain = Callable[[Answer], AdapterError | None]
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
        json: Any = None,
        explain: Explain | None = None,
        **path: str,
    ) -> Answer:
        """Make one call; `explain` has the first word on a refusal."""

        def explained(answer: Answer) -> AdapterError | None:
            return (explain(answer) if explain else None) or self._explain(answer)

        return self._transport.call(endpoint, query=query, json=json, explain=explained, **path)

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

    def _explain(self, answer: Answer) -> AdapterError | None:
        """Read what Magento says: templates with their values apart, and statuses that say little."""
        said = mapper.words(answer.body)
        match answer.status:
            case 401 | 403 if said:
                return self._unauthorised(answer, said)
            case 404 if "does not match any route" in said:
                return Rejected(
                    "The shop has no such address: is the code of the store view right, and its inventory switched on?",
                    remote=said,
                    status=404,
                )
            case 404 if said:
                return NotFound("The shop does not have it", remote=said, status=404)
            case 404:
                return Rejected("There is no Magento API at this address; enter the shop's own", status=404)
            case 400 if said:
                return _refusal(said)
            case _:
                return None

    def _unauthorised(self, answer: Answer, said: str) -> AuthenticationFailed:
        resources = mapper.resources(answer.body)
        if "signature is invalid" in said:
            return AuthenticationFailed(
                "The shop refuses the signature: one of the two secrets is wrong, or the shop stands behind a proxy "
                "and does not know that its address begins with https",
                remote=said,
                status=answer.status,
            )
        if not resources:
            return AuthenticationFailed("The shop refuses the keys", remote=said, status=answer.status)
        return AuthenticationFailed(
            say(
                "Magento does not take the access token alone: allow it on the server with bin/magento config:set "
                "oauth/consumer/enable_integration_as_bearer 1, or enter all four keys. Where it is allowed, the "
                "integration lacks %(resources)s",
                resources=resources,
            )
            if self._bearer
            else say(
                "The integration may not use %(resources)s: grant it under System > Extensions > Integrations",
                resources=resources,
            ),
            remote=said,
            status=answer.status,
        )


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


def _refusal(said: str) -> Rejected:
    if "Unique constraint violation" in said:
        return AlreadyExists("The order number is taken", remote=said, status=400)
    if said.startswith("We can't save the address"):
        return Rejected(
            "The shop does not take the address: correct it here, or make the field optional under "
            "Stores > Configuration > Customers > Customer Configuration > Name and Address Options",
            remote=said,
            status=400,
        )
    return Rejected("The shop refuses it", remote=said, status=400)


def missing_salable(answer: Answer) -> AdapterError | None:
    """For an unknown SKU `get-product-salable-quantity` fails with a bare sentence instead of data."""
    if answer.status == 500 and answer.headers.get("Content-Type", "").startswith("text/plain"):  # noqa: PLR2004
        return NotFound("The shop does not know this SKU", status=answer.status)
    return None


def _listed(fields: str) -> str:
    return f"items[{fields}],total_count" if fields else ""
