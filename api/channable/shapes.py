"""Orders, events and returns in this dialect's shape; pure. Amounts are JSON numbers, as its clients expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapterkit.addresses import parts_of, written
from adapterkit.records import Address
from api.channable.statuses import error_reason, status_paid, status_shipped
from connections.models import OrderConnection
from marketplaces.registry import marketplace
from orders.models import Order, OrderAddress, OrderDocument, OrderEvent, OrderLine, ReturnLine
from orders.records import canonical_address
from orders.words.events import event_text

Json = dict[str, Any]
LEVELS = {"problem": "error", "warning": "warning"}
# What it calls our platforms; a shop whose own program fetches its orders is its own API.
PLATFORMS = {
    "custom": "channable",
    "magento1": "magento",
    "magento1_module": "magento",
    "magento2": "magento",
    "magento2_module": "magento",
    "prestashop_module": "prestashop",
}


def order_shape(order: Order, *, anonymous: bool = False, papers: Sequence[OrderDocument] = ()) -> Json:
    """Return an order; `anonymous` leaves the buyer out. It has lines, parcels, cancellations and addresses read."""
    addresses = {} if anonymous else {address.role: canonical_address(address) for address in order.addresses.all()}
    reason = error_reason(order)
    return {
        "id": order.pk,
        "channel_name": order.connection.account.marketplace,
        "platform_name": _platform_of(order.connection),
        "project_id": order.connection.project_id,
        "order_config_id": order.connection_id,
        "platform_id": order.shop_order_id or None,
        "channel_id": order.marketplace_order_id,
        "channel_id_internal": order.number,
        "status_paid": status_paid(order),
        "status_shipped": status_shipped(order),
        "error": reason is not None,
        "error_reason": reason,
        "obfuscated": order.buyer_blanked_at is not None or anonymous,
        "created": moment(order.placed_at),
        "modified": moment(order.modified_at or order.imported_at),
        "retrieved_at": moment(order.imported_at),
        "data": _data(order, addresses),
        "fulfillments": _fulfillments(order),
        "attachments": [] if anonymous else [attachment_shape(paper, order) for paper in papers],
    }


def _data(order: Order, addresses: Mapping[str, Address]) -> Json:
    delivery = addresses.get(OrderAddress.Role.DELIVERY)
    billing = addresses.get(OrderAddress.Role.BILLING, delivery)
    pickup = order.pickup_point or {}
    return {
        "billing": {**_address(billing), "vat_number": _text(billing, "vat_number"), "tax_id_number": None},
        "shipping": {
            **_address(delivery),
            "shipping_center_id": pickup.get("code") or None,
            "pickup_point_name": pickup.get("name") or None,
        },
        "customer": _customer(order, billing),
        "price": _price(order),
        "products": [_product(line) for line in order.lines.all()],
        "extra": {
            "memo": order.remark,
            "comment": "",
            "channel_order_number": order.number,
            "is_test_order": order.is_test,
            "is_demo_order": False,
        },
        "delivery_request": {
            "method": order.connection.shipping_method or order.shipping_method or None,
            "promise": moment(order.deliver_by),
            "shipment_promise": moment(order.ship_by),
        },
    }


def _address(address: Address | None) -> Json:
    if address is None:
        return dict.fromkeys(
            ("first_name", "middle_name", "last_name", "email", "phone", "company", "address1", "address2", "zip_code",
             "country_code", "city", "region", "region_code", "street", "house_number", "house_number_ext",
             "address_supplement")
        )  # fmt: skip
    lines, parts = written(address), parts_of(address)
    # Its clients expect a whole number; any other stands in the addition, so that nothing is lost.
    number = parts.house_number
    addition = [] if number.isdecimal() else [number]
    return {
        "first_name": address.first_name,
        "middle_name": "",
        "last_name": address.last_name,
        "email": address.email,
        "phone": address.phone,
        "company": address.company,
        "address1": lines[0] if lines else "",
        "address2": ", ".join(lines[1:]),
        "zip_code": address.postcode,
        "country_code": address.country,
        "city": address.city,
        "region": address.region,
        "region_code": None,
        "street": parts.street,
        "house_number": int(number) if number.isdecimal() else None,
        "house_number_ext": " ".join(part for part in (*addition, parts.house_number_addition) if part),
        "address_supplement": parts.supplement,
    }


def _customer(order: Order, billing: Address | None) -> Json:
    return {
        "first_name": _text(billing, "first_name"),
        "middle_name": None,
        "last_name": _text(billing, "last_name"),
        "gender": {"MALE": "male", "FEMALE": "female"}.get(_text(billing, "salutation") or "", "unknown"),
        "email": _text(billing, "email"),
        "mobile": None,
        "phone": _text(billing, "phone"),
        "company": _text(billing, "company"),
        "business_order": order.business,
        "customer_channel_id": None,
    }


def _price(order: Order) -> Json:
    lines = order.lines.all()
    return {
        "payment_method": order.connection.account.marketplace,
        "currency": order.currency,
        "subtotal": number_of(sum((line.total for line in lines), Decimal(0))),
        "shipping": number_of(order.shipping_cost),
        "discount": number_of(sum((Decimal(row["amount"]) for row in order.discounts), Decimal(0))),
        "total": number_of(order.total),
        "transaction_fee": 0.0,
        "commission": number_of(sum((line.commission or Decimal(0) for line in lines), Decimal(0))),
        "transaction_id": order.reference,
    }


def _product(line: OrderLine) -> Json:
    product = line.product
    return {
        "id": product.shop_product_id if product else line.sku or line.ean,
        "quantity": line.quantity,
        "price": number_of(line.total / line.quantity if line.quantity else line.unit_price),
        "shipping": 0.0,
        "commission": number_of(line.commission or Decimal(0)),
        "discount": number_of(sum((Decimal(row["amount"]) for row in line.discounts), Decimal(0))),
        "price_tax": number_of(line.tax / line.quantity) if line.tax is not None and line.quantity else None,
        "ean": line.ean or None,
        "article_number": line.sku or None,
        "reference_code": line.sku or None,
        "title": line.title,
        "delivery_period": None,
        "platform_id": line.shop_line_id or None,
        "channel_id": line.marketplace_line_id,
        "channel_product_id": line.marketplace_product_id or None,
        "channable_order_item_id": line.pk,
    }


def _fulfillments(order: Order) -> list[Json]:
    titles = {line.pk: line.title for line in order.lines.all()}
    return [
        {
            "item_id": str(piece.order_line_id),
            "title": titles.get(piece.order_line_id),
            "quantity": piece.quantity,
            "status": {"confirmed": "shipped", "waiting_for_tracking": "waiting", "needs_attention": "error"}.get(
                shipment.state, "pending_shipment"
            ),
            "created_at": moment(shipment.received_at),
            "modified_at": moment(shipment.confirmed_at or shipment.received_at),
            "tracking_code": shipment.reported_code or shipment.tracking_code or None,
            "tracking_code_original": shipment.tracking_code or None,
            "transporter": shipment.carrier_code or None,
            "transporter_original": shipment.carrier_name or None,
            "return_tracking_code": None,
            "return_transporter": None,
        }
        for shipment in order.shipments.all()
        for piece in shipment.lines.all()
    ]


def event_shapes(events: Iterable[OrderEvent], order: Order) -> list[Json]:
    return [
        {
            "id": event.pk,
            "order_id": order.pk,
            "project_id": order.connection.project_id,
            "status": LEVELS.get(event.level, "info"),
            "message": event_text(event),
            "created": moment(event.at),
            "modified": moment(event.at),
        }
        for event in events
    ]


def return_shape(line: ReturnLine, *, anonymous: bool = False) -> Json:
    """Return one returned product: this dialect knows one item per return. It has its return and order line read."""
    about, sold = line.registered_return, line.order_line
    order = sold.order if sold else None
    buyer = None
    if order is not None and not anonymous:
        buyer = next(
            (canonical_address(a) for a in order.addresses.all() if a.role == OrderAddress.Role.DELIVERY), None
        )
    address = _address(buyer)
    number = address["house_number"]
    return {
        "id": line.pk,
        "project_id": about.connection.project_id,
        "created": moment(about.registered_at),
        "modified": moment(about.registered_at),
        "retrieved_at": moment(about.registered_at),
        "error": bool(line.problem_code),
        "status": "processing" if line.state == ReturnLine.State.NEW and line.decision else str(line.state),
        "channel_name": about.connection.account.marketplace,
        "channel_id": about.marketplace_return_id,
        "platform_name": _platform_of(about.connection),
        "platform_id": (order.shop_order_id or None) if order else None,
        "log": [],
        "obfuscated": anonymous or (order is not None and order.buyer_blanked_at is not None),
        "data": {
            "item": {
                "id": str(sold.product.shop_product_id) if sold and sold.product else None,
                "order_id": order.pk if order else None,
                "gtin": line.ean or None,
                "title": line.title,
                "quantity": line.quantity,
                "reason": line.reason,
                "comment": "" if anonymous else line.comment,
                "delivery_period": "",
            },
            "customer": {"gender": "unknown", **{name: address[name] for name in ("first_name", "last_name", "email")}},
            "address": {**address, "house_number": None if number is None else str(number)},
            "meta": {
                "channel_return_id": about.marketplace_return_id,
                "channel_order_id": line.marketplace_order_id,
                "channel_order_id_internal": order.number if order else None,
                "platform_order_id": (order.shop_order_id or None) if order else None,
                "is_test_return": order is not None and order.is_test,
                "is_demo_return": False,
            },
        },
    }


def attachment_shape(document: OrderDocument, order: Order) -> Json:
    """Return a paper of an order; it is kept at least as long as is told here."""
    kept = marketplace(order.connection.account.marketplace).spec.keep_buyer_data
    return {
        "id": document.pk,
        "order_id": order.pk,
        "project_id": order.connection.project_id,
        "title": document.name,
        "attachment_type": document.kind,
        "file_type": ".pdf",
        "created": moment(document.at),
        "expires_at": moment(document.at + kept),
        "order_item_status_id": None,
        "data": {},
    }


def number_of(amount: Decimal) -> float:
    return float(round(amount, 4))


def moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="seconds") if value else None


def _platform_of(connection: OrderConnection) -> str | None:
    shop = getattr(connection.project, "shop", None)
    return PLATFORMS.get(shop.platform, shop.platform) if shop else None


def _text(address: Address | None, name: str) -> str | None:
    return getattr(address, name) or None if address else None
