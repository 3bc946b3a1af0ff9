"""Between canonical records and rows; pure, no query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapterkit import records
from adapterkit.addresses import normalised
from connections.models import OrderConnection
from orders.models import Order, OrderAddress, OrderLine, OrderPayload
from orders.status import status_of
from orders.wishes import wanted_of

ADDRESS_FIELDS = tuple(field.name for field in fields(records.Address))
CENT = Decimal("0.01")


def reference_of(marketplace_code: str, token: str, order_id: str) -> str:
    """Return how the shop's order names an order of a connection, for example `bol-k7m2x-A000123`."""
    return f"{marketplace_code}-{token}-{order_id}"


def claim_of(connection: OrderConnection, order_id: str) -> str:
    """Return what an order of this connection brings into its shop: one seller's order, of one fulfilment."""
    return f"{connection.project_id}:{connection.account_id}:{connection.fulfilment}:{order_id}"


def order_row(order: records.Order, connection: OrderConnection, now: datetime) -> Order:
    """Return the unsaved row of an order as the marketplace gives it now."""
    return Order(
        company_id=connection.company_id,
        connection_id=connection.pk,
        marketplace_order_id=order.order_id,
        number=order.number,
        sales_channel=order.sales_channel,
        reference=reference_of(connection.account.marketplace, connection.token, order.order_id),
        claim=None if order.is_test else claim_of(connection, order.order_id),
        fingerprint=order.fingerprint,
        status=status_of(order.lines, pending=order.pending),
        pending=order.pending,
        is_test=order.is_test,
        is_half=order.is_half,
        placed_at=order.placed_at,
        changed_at=order.changed_at,
        ship_by=order.ship_by,
        deliver_by=order.deliver_by,
        expires_at=order.expires_at,
        currency=order.currency[:16],
        total=order.total,
        shipping_cost=order.shipping_cost,
        shipping_tax_rate=order.shipping_tax_rate,
        shipping_method=order.shipping_method,
        discounts=_discounts(order.discounts),
        business=order.business,
        customer_reference=order.customer_reference,
        remark=order.remark,
        language=order.language[:35],
        pickup_point={"code": order.pickup_point.code, "name": order.pickup_point.name} if order.pickup_point else {},
        imported_at=now,
        read_at=now,
    )


def line_row(line: records.OrderLine, order: Order, product_id: int | None) -> OrderLine:
    return OrderLine(
        order=order,
        marketplace_line_id=line.line_id,
        sku=line.sku,
        ean=line.ean,
        marketplace_product_id=line.marketplace_product_id,
        offer_id=line.offer_id,
        title=line.title,
        product_id=product_id,
        quantity=line.quantity,
        quantity_shipped=line.quantity_shipped,
        quantity_cancelled=line.quantity_cancelled,
        unit_price=line.unit_price,
        total=line.total,
        tax_rate=line.tax_rate,
        tax=line.tax,
        commission=line.commission,
        discounts=_discounts(line.discounts),
        services=list(line.services),
        cancellation_requested=line.cancellation_requested,
        cancellation_reason=line.cancellation_reason,
        to_accept=line.to_accept,
    )


def address_rows(order: records.Order, row: Order) -> list[OrderAddress]:
    """Return the unsaved addresses, street and number told apart where the marketplace gave raw lines."""
    addresses = ((OrderAddress.Role.DELIVERY, order.delivery), (OrderAddress.Role.BILLING, order.billing))
    return [
        OrderAddress(order=row, role=role, **_columns(normalised(address)))
        for role, address in addresses
        if address is not None
    ]


def payload_row(order: records.Order, row: Order, now: datetime) -> OrderPayload:
    return OrderPayload(order=row, payload=dict(order.payload), received_at=now)


def canonical(
    order: Order, lines: Sequence[OrderLine], addresses: Iterable[OrderAddress], marketplace_order: Mapping[str, str]
) -> records.Order:
    """Return a stored order as it is to stand in the shop: without what is cancelled, the total reduced by it.

    `marketplace_order` holds what the connection decides: `fulfilment` and `shipping_method`.
    """
    by_role = {address.role: canonical_address(address) for address in addresses}
    kept = [canonical_line(line) for line in lines if wanted_of(line)]
    dropped = sum((line.total for line in lines), Decimal(0)) - sum((line.total for line in kept), Decimal(0))
    return records.Order(
        order_id=order.marketplace_order_id,
        number=order.number,
        sales_channel=order.sales_channel,
        placed_at=order.placed_at,
        changed_at=order.changed_at,
        fulfilment=records.Fulfilment(marketplace_order["fulfilment"]),
        pending=order.pending,
        currency=order.currency,
        lines=tuple(kept),
        shipping_cost=order.shipping_cost,
        shipping_tax_rate=order.shipping_tax_rate,
        shipping_method=marketplace_order["shipping_method"] or order.shipping_method,
        discounts=tuple(_discount(discount) for discount in order.discounts),
        total=order.total - dropped,
        delivery=by_role.get(OrderAddress.Role.DELIVERY),
        billing=by_role.get(OrderAddress.Role.BILLING),
        pickup_point=records.PickupPoint(**order.pickup_point) if order.pickup_point else None,
        business=order.business,
        customer_reference=order.customer_reference,
        remark=order.remark,
        language=order.language,
        ship_by=order.ship_by,
        deliver_by=order.deliver_by,
        expires_at=order.expires_at,
        is_test=order.is_test,
        attempt=order.made_in_attempt or 0,
        fingerprint=order.fingerprint,
        payload={},
    )


def canonical_line(line: OrderLine) -> records.OrderLine:
    """Return a stored line without the pieces that the shop is not to have."""
    whole = records.OrderLine(
        line_id=line.marketplace_line_id,
        sku=line.sku,
        ean=line.ean,
        marketplace_product_id=line.marketplace_product_id,
        offer_id=line.offer_id,
        title=line.title,
        quantity=line.quantity,
        quantity_shipped=line.quantity_shipped,
        unit_price=line.unit_price,
        total=line.total,
        tax_rate=line.tax_rate,
        tax=line.tax,
        commission=line.commission,
        discounts=tuple(_discount(discount) for discount in line.discounts),
        services=tuple(line.services),
        cancellation_requested=line.cancellation_requested,
        cancellation_reason=line.cancellation_reason,
    )
    left = wanted_of(line)
    if left == line.quantity:
        return whole
    return replace(
        whole,
        quantity=left,
        total=(line.total * left / line.quantity).quantize(CENT),
        tax=(line.tax * left / line.quantity).quantize(CENT) if line.tax is not None else None,
        discounts=(),
    )


def canonical_address(address: OrderAddress) -> records.Address:
    """Return a stored address as adapters know it."""
    columns: dict[str, Any] = {name: getattr(address, name) for name in ADDRESS_FIELDS}
    return records.Address(**{**columns, "lines": tuple(address.lines)})


def _columns(address: records.Address) -> dict[str, Any]:
    return {**{name: getattr(address, name) for name in ADDRESS_FIELDS}, "lines": list(address.lines)}


def _discounts(discounts: Iterable[records.Discount]) -> list[dict[str, str]]:
    return [{"title": discount.title, "amount": str(discount.amount)} for discount in discounts]


def _discount(stored: Mapping[str, str]) -> records.Discount:
    return records.Discount(title=stored["title"], amount=Decimal(stored["amount"]))
