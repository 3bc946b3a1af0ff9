"""Reads orders with all that a message about them needs, in six statements whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from adapterkit import records
from connections.models import OrderConnection
from marketplaces.registry import marketplace
from orders.models import Cancellation, Order, OrderAddress, OrderLine, ShopCopy
from orders.records import canonical
from orders.wishes import accepting, content_of
from stock.models import Product


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
        if not any(line.to_accept for line in self.lines):
            return []
        spec = marketplace(self.connection.account.marketplace).spec
        return accepting(self.order, self.lines, whole=spec.whole_order_acceptance)

    @property
    def wanted(self) -> bool:
        """Whether the order still belongs in the shop."""
        return self.order.status != Order.Status.CANCELLED and not self.order.handled_manually


def load_orders(order_ids: Collection[int]) -> dict[int, LoadedOrder]:
    wanted = set(order_ids)
    return loaded_of(Order.objects.filter(pk__in=wanted), Product.objects.in_bulk) if wanted else {}


def loaded_of(
    orders: QuerySet[Order], products_of: Callable[[Collection[int]], Mapping[int, Product]]
) -> dict[int, LoadedOrder]:
    """Return these orders with all that belongs to them; `products_of` reads the products of their lines.

    What many orders share is read once: their connections are the same objects.
    """
    loaded = {order.pk: LoadedOrder(order) for order in orders}
    connections = OrderConnection.objects.select_related("account", "company", "project__shop")
    shared = connections.in_bulk({one.order.connection_id for one in loaded.values()})
    copies = ShopCopy.objects.in_bulk(loaded)
    for pk, one in loaded.items():
        one.order.connection = shared[one.order.connection_id]
        if pk in copies:
            one.order.copy = copies[pk]
    for line in with_called_off(OrderLine.objects.filter(order__in=loaded)).order_by("pk"):
        loaded[line.order_id].lines.append(line)
    lines = [line for one in loaded.values() for line in one.lines]
    products = products_of({line.product_id for line in lines if line.product_id})
    for line in lines:
        line.product = products.get(line.product_id) if line.product_id else None
    for address in OrderAddress.objects.filter(order__in=loaded).order_by("pk"):
        loaded[address.order_id].addresses.append(address)
    return loaded


def with_called_off(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Say of each line whether what is open of it is being cancelled by us or by the merchant in the shop."""
    being_cancelled = Exists(Cancellation.objects.filter(order_line=OuterRef("pk")))
    return lines.annotate(called_off=being_cancelled)  # type: ignore[no-redef]
