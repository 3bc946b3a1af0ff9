"""Reads orders with all that a message about them needs, in four statements whatever their number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from adapterkit import records
from connections.models import OrderConnection
from marketplaces.registry import marketplace
from orders.models import Cancellation, Order, OrderAddress, OrderLine, ShopCopy
from orders.records import canonical
from orders.wishes import accepting, content_of


@dataclass(slots=True)
class LoadedOrder:
    order: Order
    lines: list[OrderLine] = field(default_factory=list)
    addresses: list[OrderAddress] = field(default_factory=list)

    @property
    def connection(self) -> OrderConnection:
        return self.order.connection

    @property
    def canonical(self) -> records.Order:
        """The order as it is to stand in the shop."""
        fulfilment = self.order.test_fulfilment or self.connection.fulfilment
        decided = {"fulfilment": fulfilment, "shipping_method": self.connection.shipping_method}
        return canonical(self.order, self.lines, self.addresses, decided)

    @property
    def products(self) -> dict[str, str]:
        """Marketplace line id → the shop's product id, of the lines whose product is known."""
        return {line.marketplace_line_id: line.product.shop_product_id for line in self.lines if line.product}

    @property
    def copy(self) -> ShopCopy:
        return self.order.copy

    @property
    def content(self) -> str:
        """A digest of what a creation would send now."""
        return content_of(self.order, self.lines, self.addresses)

    @property
    def to_accept(self) -> list[str]:
        """The lines that the marketplace is still to be told of that they are accepted."""
        spec = marketplace(self.connection.account.marketplace).spec
        return accepting(self.order, self.lines, whole=spec.whole_order_acceptance)

    @property
    def wanted(self) -> bool:
        """Whether the order still belongs in the shop."""
        return self.order.status != Order.Status.CANCELLED and not self.order.handled_manually


def load_orders(order_ids: Collection[int]) -> dict[int, LoadedOrder]:
    orders = Order.objects.filter(pk__in=set(order_ids)).select_related(
        "connection__account", "connection__company", "connection__project__shop", "copy"
    )
    loaded = {order.pk: LoadedOrder(order) for order in orders}
    lines = with_called_off(OrderLine.objects.filter(order__in=loaded))
    for line in lines.select_related("product").order_by("pk"):
        loaded[line.order_id].lines.append(line)
    for address in OrderAddress.objects.filter(order__in=loaded).order_by("pk"):
        loaded[address.order_id].addresses.append(address)
    return loaded


def with_called_off(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Say of each line whether what is open of it is being cancelled by us or by the merchant in the shop."""
    being_cancelled = Exists(Cancellation.objects.filter(order_line=OuterRef("pk")))
    return lines.annotate(called_off=being_cancelled)  # type: ignore[no-redef]
