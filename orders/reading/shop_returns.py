"""The feed `shop_returns`: reads what merchants decided about returns in shops that keep them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from adapterkit.errors import MalformedResponse, NotFound
from adapterkit.payload import why_unread
from adapterkit.records import Page, ReturnDecision, Unreadable
from adapterkit.shop import CreatesReturns
from adapterkit.shop import Shop as ShopAdapter
from connections.adapters import open_shop
from connections.models import Shop
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from orders.deciding import decide
from orders.history import event
from orders.models import ReturnLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a shop says of one return: the decision, or None when it has the return no more."""

    shop_return_id: str
    decision: ReturnDecision | None


@dataclass(frozen=True, slots=True)
class ShopReturnsWalk:
    """`waiting` are the returns to ask after: each one's id in the shop, and its line here."""

    adapter: ShopAdapter
    waiting: Mapping[str, int] = field(default_factory=dict)

    def start(self, now: datetime) -> datetime:
        return now

    def sweep_from(self, now: datetime) -> None:
        """Every return that waits is asked after, by turns."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Told]]:
        assert isinstance(self.adapter, CreatesReturns)  # noqa: S101 - the cursor exists only then
        told: list[Told] = []
        unreadable: list[Unreadable] = []
        for shop_return_id in self.waiting:
            try:
                decision = self.adapter.fetch_return(shop_return_id)
            except NotFound:
                told.append(Told(shop_return_id=shop_return_id, decision=None))
            except MalformedResponse as error:
                unreadable.append(Unreadable(record_id=shop_return_id, reason=why_unread(error)))
            else:
                told += [Told(shop_return_id=shop_return_id, decision=decision)] if decision else []
        yield Page(items=tuple(told), unreadable=tuple(unreadable))

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        """Only returns without a decision are asked after."""
        return frozenset()

    def identify(self, item: Told) -> str:
        return item.shop_return_id

    def apply(self, items: Sequence[Told], now: datetime) -> Mapping[str, int]:
        """Take over the decisions, of all the pieces that were announced, and have the marketplace told."""
        lines = ReturnLine.objects.filter(pk__in=self.waiting.values()).select_related(
            "registered_return__connection__account", "order_line__order"
        )
        by_id = {line.shop_return_id: line for line in lines}
        decided = 0
        for item in items:
            line = by_id.get(item.shop_return_id)
            if line is not None and item.decision:
                decided += decide(line, item.decision, line.quantity, now, code="return_decided_in_shop")
            elif line is not None:
                _forget(line, now)
        return {"returns": decided} if decided else {}

    def finish(self, met: Met | None, now: datetime) -> None:
        if self.waiting:
            ReturnLine.objects.filter(pk__in=self.waiting.values()).update(shop_asked_at=now)


def _forget(line: ReturnLine, now: datetime) -> None:
    """The shop has the return no more: it is answered here, or not at all."""
    gone = ReturnLine.objects.filter(pk=line.pk, decision="").exclude(shop_return_id="")
    if gone.update(shop_return_id="") and line.order_line:
        about: dict[str, Any] = {"number": line.shop_return_id, "title": line.title or line.order_line.title}
        event(line.order_line.order, "return_gone_in_shop", now, **about).save()


class ShopReturnsFeed:
    name = "shop_returns"
    overlap_seconds = 0
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, ShopReturnsWalk]:
        shops = Shop.objects.in_bulk([cursor.owner_id for cursor in cursors])
        mine = [cursor for cursor in cursors if cursor.owner_id in shops]
        adapters = {cursor.owner_id: open_shop(shops[cursor.owner_id], logs[cursor.pk]) for cursor in mine}
        waiting = _waiting({pk: adapter.spec.reread_at_once for pk, adapter in adapters.items()})
        return {
            cursor.pk: ShopReturnsWalk(adapters[cursor.owner_id], waiting.get(cursor.owner_id, {})) for cursor in mine
        }


def _waiting(at_once: Mapping[int, int]) -> dict[int, dict[str, int]]:
    """Return for each shop which returns to ask after, those first that were asked after longest ago; one statement."""
    shop = "registered_return__connection__project__shop"
    turn = Window(RowNumber(), partition_by=shop, order_by=[F("shop_asked_at").asc(nulls_first=True), F("pk").asc()])
    open_lines = ReturnLine.objects.filter(state=ReturnLine.State.NEW, decision="", **{f"{shop}__in": at_once})
    rows = open_lines.exclude(shop_return_id="").annotate(turn=turn).filter(turn__lte=max(at_once.values(), default=0))
    found: dict[int, dict[str, int]] = {}
    for shop_id, shop_return_id, pk, place in rows.values_list(shop, "shop_return_id", "pk", "turn").order_by("turn"):
        if place <= at_once[shop_id]:
            found.setdefault(shop_id, {})[shop_return_id] = pk
    return found
