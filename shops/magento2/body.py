"""From a canonical order to what `POST /orders` stores; pure.

Magento stores what it is given and computes nothing, so every amount is sent, in the order's and in the base currency
(`base_...`). Amounts are JSON numbers, as the published document says; cents are exact in them.

A variation is sent as the simple product that it is, not as a row of its configurable product with one below. Magento
links the two by `quote_item_id` and `quote_parent_item_id` (`calculateItems` of its order resource), and REST has no
name for the second; a `parent_item` within the row below becomes a new object without an id, so that `parent_item_id`
stays null and both rows are invoiced, shipped and taken off stock. `parent_item_id` itself could only be told in a
second call, once the first row has an id: in between the order would be half there, and that call would have Magento
judge the order's state by the few fields that it was sent. As a simple product, the row is what Magento's inventory
looks up by its product id, so invoices, shipments and both stocks go by the variation.

The rows of Magento's tax report (`applied_taxes`, `item_applied_taxes`) are left out: it stores them only of an order
that says to be `converting_from_quote`, and looks the lines up by ids of a quote that there is not; `taxes` and
`itemized_taxes` would be right, but are not known to every 2.4, and not one field tells which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapterkit.addresses import written
from adapterkit.records import Address, Fulfilment, Order, OrderLine
from shops.magento2.amounts import Amounts, Part, amounts
from shops.magento2.reference import external_id_of, number_of

Json = Mapping[str, Any]
OURS = "ordersync"  # in `ext_customer_id`: the one column free for marking orders that can be searched by
REFERENCE = "ordersync:"  # begins the line of `payment.additional_information` that keeps our reference whole
CENT, FINE = Decimal("0.01"), Decimal("0.0001")
UNKNOWN = "-"  # where Magento wants a text and the marketplace gave none
NO_EMAIL = "unknown@ordersync.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What the shop says of the product of one line."""

    product_id: int
    sku: str
    name: str
    weight: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    region_id: int | None = None
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the shop and its settings add to an order. `rate` is the order's currency for one of the base currency."""

    store_id: int
    base_currency: str
    rate: Decimal
    payment_method: str
    shipping_code: str
    sold: Mapping[str, Sold]  # by the marketplace's line id
    regions: Mapping[str, Region]  # by the address's country and region, see `region_key`


def entity(order: Order, reference: str, terms: Terms) -> dict[str, Any]:
    """Return the order as Magento stores it: new and unpaid, or complete where the marketplace ships it."""
    found, base = _taken_apart(order, terms, Decimal(1)), _taken_apart(order, terms, terms.rate)
    done = order.fulfilment is Fulfilment.MARKETPLACE
    buyer = order.billing or order.delivery or Address()
    rows = [
        _row(line, terms, own, in_base, done=done)
        for line, own, in_base in zip(order.lines, found.lines, base.lines, strict=True)
    ]
    return {
        "increment_id": number_of(reference),
        "ext_order_id": external_id_of(order.order_id),
        "ext_customer_id": OURS,
        "store_id": terms.store_id,
        "state": "complete" if done else "new",
        "status": "complete" if done else "pending",
        "is_virtual": 0,
        "customer_is_guest": 1,
        "customer_group_id": 0,
        "customer_email": buyer.email or NO_EMAIL,
        "customer_firstname": _names(buyer)[0],
        "customer_lastname": _names(buyer)[1],
        "customer_note_notify": 0,
        **_currencies(order, terms),
        **_twins(lambda x: _totals(x, done=done), found, base),
        "total_qty_ordered": sum(line.quantity for line in order.lines),
        "base_total_qty_ordered": sum(line.quantity for line in order.lines),
        "total_item_count": len(rows),
        "weight": sum(row["row_weight"] for row in rows),
        "shipping_description": order.shipping_method or "Shipping",
        "discount_description": ", ".join(discount.title for discount in order.discounts if discount.title),
        "items": rows,
        "billing_address": _address(buyer, "billing", terms),
        "payment": _payment(order, reference, terms, found, base, done=done),
        "status_histories": [
            {"comment": note, "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": 0}
            for note in _notes(order)
        ],
        "extension_attributes": {"shipping_assignments": [_shipping(order, terms, found, base)]},
    }


def region_key(address: Address) -> str:
    return f"{address.country}/{address.region}".lower()


def _taken_apart(order: Order, terms: Terms, rate: Decimal) -> Amounts:
    """The order's amounts, divided by the rate before they are taken apart: so the sums fit in both currencies."""

    def converted(amount: Decimal) -> Decimal:
        return amount if rate == 1 else (amount / rate).quantize(CENT, ROUND_HALF_UP)

    rates = [terms.sold[line.line_id].tax_rate for line in order.lines]
    shipping_rate = order.shipping_tax_rate
    return amounts(
        lines=[converted(line.total) for line in order.lines],
        rates=rates,
        shipping=converted(order.shipping_cost),
        # Shipping follows what is shipped; where that has several rates, the highest.
        shipping_rate=max(rates, default=Decimal(0)) if shipping_rate is None else shipping_rate,
        discount=converted(sum((discount.amount for discount in order.discounts), Decimal(0))),
    )


def _twins(names: Callable[[Any], dict[str, Decimal]], own: Any, base: Any) -> dict[str, float]:
    """Return every amount twice: in the order's currency, and as `base_...` in the base currency."""
    twins = {name: float(amount) for name, amount in names(own).items()}
    return twins | {_base(name): float(amount) for name, amount in names(base).items()}


def _base(name: str) -> str:
    # Magento's one odd name.
    if name == "shipping_discount_tax_compensation_amount":
        return "base_shipping_discount_tax_compensation_amnt"
    return f"base_{name}"


def _totals(found: Amounts, *, done: bool) -> dict[str, Decimal]:
    nothing = Decimal(0)
    totals = {
        "subtotal": found.subtotal,
        "subtotal_incl_tax": found.subtotal_gross,
        "tax_amount": found.tax,
        "discount_amount": -found.discount,
        "discount_tax_compensation_amount": found.line_compensation,
        "grand_total": found.total,
        "total_paid": found.total if done else nothing,
        "total_due": nothing if done else found.total,
        **_shipping_amounts(found.shipping),
    }
    if not done:
        return totals
    return totals | {
        "subtotal_invoiced": found.subtotal,
        "tax_invoiced": found.tax,
        "discount_invoiced": -found.discount,
        "discount_tax_compensation_invoiced": found.line_compensation,
        "shipping_invoiced": found.shipping.net,
        "total_invoiced": found.total,
    }


def _shipping_amounts(part: Part) -> dict[str, Decimal]:
    return {
        "shipping_amount": part.net,
        "shipping_incl_tax": part.gross,
        "shipping_tax_amount": part.tax,
        "shipping_discount_amount": part.discount,
        "shipping_discount_tax_compensation_amount": part.compensation,
    }


def _row(line: OrderLine, terms: Terms, own: Part, base: Part, *, done: bool) -> dict[str, Any]:
    sold, pieces = terms.sold[line.line_id], Decimal(line.quantity)

    def money(part: Part) -> dict[str, Decimal]:
        price = (part.net / pieces).quantize(FINE, ROUND_HALF_UP)
        row = {
            "price": price,
            "original_price": price,
            "price_incl_tax": (part.gross / pieces).quantize(FINE, ROUND_HALF_UP),
            "row_total": part.net,
            "row_total_incl_tax": part.gross,
            "tax_amount": part.tax,
            "discount_amount": part.discount,
            "discount_tax_compensation_amount": part.compensation,
        }
        if not done:
            return row
        return row | {
            "row_invoiced": part.net,
            "tax_invoiced": part.tax,
            "discount_invoiced": part.discount,
            "discount_tax_compensation_invoiced": part.compensation,
        }

    return {
        "store_id": terms.store_id,
        "product_id": sold.product_id,
        "product_type": "simple",
        "sku": sold.sku,
        "name": sold.name or line.title or sold.sku,
        "ext_order_item_id": line.line_id,
        "qty_ordered": line.quantity,
        "qty_invoiced": line.quantity if done else 0,
        "qty_shipped": line.quantity if done else 0,
        "is_virtual": 0,
        "tax_percent": float(sold.tax_rate),
        "weight": float(sold.weight),
        "row_weight": float(sold.weight * line.quantity),
        **_twins(money, own, base),
    }


def _currencies(order: Order, terms: Terms) -> dict[str, Any]:
    rate, back = float(terms.rate), float((1 / terms.rate).quantize(FINE, ROUND_HALF_UP))
    return {
        "order_currency_code": order.currency,
        "store_currency_code": order.currency,
        "base_currency_code": terms.base_currency,
        "global_currency_code": terms.base_currency,
        "base_to_order_rate": rate,
        "base_to_global_rate": 1,
        "store_to_order_rate": 1,
        "store_to_base_rate": back,
    }


def _payment(order: Order, reference: str, terms: Terms, own: Amounts, base: Amounts, *, done: bool) -> dict[str, Any]:
    def money(found: Amounts) -> dict[str, Decimal]:
        ordered = {"amount_ordered": found.total, "shipping_amount": found.shipping.net}
        return ordered | ({"amount_paid": found.total, "shipping_captured": found.shipping.net} if done else {})

    return {
        "method": terms.payment_method,
        "additional_information": [f"{REFERENCE}{reference}", order.number or order.order_id],
        "account_status": "",
        "cc_last4": "",
        **_twins(money, own, base),
    }


def _shipping(order: Order, terms: Terms, own: Amounts, base: Amounts) -> dict[str, Any]:
    address = order.delivery or order.billing or Address()
    return {
        "shipping": {
            "address": _address(address, "shipping", terms),
            "method": terms.shipping_code,
            "total": _twins(_shipping_amounts, own.shipping, base.shipping),
        },
        "items": [],
    }


def _address(address: Address, kind: str, terms: Terms) -> dict[str, Any]:
    region = terms.regions.get(region_key(address), Region())
    first, last = _names(address)
    body: dict[str, Any] = {
        "address_type": kind,
        "prefix": address.salutation,
        "firstname": first,
        "lastname": last,
        "company": address.company,
        "street": _street(address),
        "postcode": address.postcode or UNKNOWN,
        "city": address.city or UNKNOWN,
        "region": region.name or address.region,
        "region_code": region.code,
        "region_id": region.region_id,
        "country_id": address.country,
        "telephone": address.phone or UNKNOWN,
        "email": address.email or NO_EMAIL,
        "vat_id": address.vat_number,
    }
    return {name: value for name, value in body.items() if value}


def _names(address: Address) -> tuple[str, str]:
    """First and last name, neither of them empty: Magento's pages insist on both."""
    return address.first_name or UNKNOWN, address.last_name or address.company or UNKNOWN


def _street(address: Address) -> list[str]:
    """Two lines, as a shop has them by default; what does not fit is joined, nothing is lost."""
    first, *rest = written(address) or (UNKNOWN,)
    return [first, ", ".join(rest)] if rest else [first]


def _notes(order: Order) -> Sequence[str]:
    """What the merchant reads beside the order, one comment each."""
    pickup = f"Pick-up point: {order.pickup_point.name}" if order.pickup_point and order.pickup_point.name else ""
    test = "TEST ORDER - do not ship" if order.is_test else ""
    reference = f"Customer's reference: {order.customer_reference}" if order.customer_reference else ""
    return [note for note in (test, pickup, order.remark, reference) if note]
