"""Between PrestaShop's records and canonical ones; pure.

An order has one row for each product, so a row is named by its product: "12", or "12:34" for combination 34.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapterkit.records import (
    LineQuantity,
    Product,
    Refund,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
    ShopShipment,
    ShopUpdate,
    fingerprint,
)

Json = Mapping[str, Any]
CENT = Decimal("0.01")
CART = "cart:"  # begins the id of an order that is a cart still
REFERENCE = re.compile(r"[a-z0-9_]+-\S+")  # how a reference of ours looks, for example bol-A000123
# What an untouched installation has; a shop's own values come from its configuration.
CONFIGURATION = {
    "PS_CURRENCY_DEFAULT": "1",
    "PS_GUEST_CHECKOUT_ENABLED": "1",
    "PS_LANG_DEFAULT": "1",
    "PS_OS_CANCELED": "6",
    "PS_OS_DELIVERED": "5",
    "PS_OS_ERROR": "8",
    "PS_OS_PAYMENT": "2",
    "PS_OS_PREPARATION": "3",
    "PS_OS_REFUND": "7",
    "PS_OS_SHIPPING": "4",
    "PS_OS_WS_PAYMENT": "11",
    "PS_PRICE_ROUND_MODE": "2",
    "PS_ROUND_TYPE": "2",
    "PS_STOCK_MANAGEMENT": "1",
    "PS_TAX_ADDRESS_TYPE": "id_address_delivery",
    "PS_TIMEZONE": "UTC",
}
STATES = {
    "PS_OS_WS_PAYMENT": ShopOrderState.OPEN,
    "PS_OS_PAYMENT": ShopOrderState.OPEN,
    "PS_OS_PREPARATION": ShopOrderState.OPEN,
    "PS_OS_SHIPPING": ShopOrderState.COMPLETED,
    "PS_OS_DELIVERED": ShopOrderState.COMPLETED,
    "PS_OS_ERROR": ShopOrderState.ON_HOLD,
    "PS_OS_CANCELED": ShopOrderState.CANCELLED,
    "PS_OS_REFUND": ShopOrderState.REFUNDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopWays:
    """What a shop's records are to be read with.

    `states` holds what each order state means, `currencies` ISO codes by id, both keyed by PrestaShop's ids.
    """

    states: Mapping[str, ShopOrderState]
    currencies: Mapping[str, str]
    zone: tzinfo
    shipping_product: str = ""


def configuration(rows: Sequence[Json], shop_id: str = "") -> dict[str, str]:
    """Return the shop's configuration: its own value before one for all shops, before what is installed."""
    found = dict(CONFIGURATION)
    for own in (False, True):
        for row in rows:
            of_shop = identity(row.get("id_shop"))
            if bool(of_shop) == own and of_shop in {"", shop_id or of_shop} and text(row.get("value")):
                found[text(row.get("name"))] = text(row["value"])
    return found


def configured_states(values: Mapping[str, str]) -> dict[str, ShopOrderState]:
    return {values[name]: state for name, state in STATES.items()}


def flagged_states(rows: Sequence[Json]) -> dict[str, ShopOrderState]:
    """Return what the merchant's own order states mean, by their flags."""
    found = {}
    for row in rows:
        state = ShopOrderState.OPEN if flag(row.get("paid")) else ShopOrderState.ON_HOLD
        found[identity(row.get("id"))] = ShopOrderState.COMPLETED if flag(row.get("shipped")) else state
    return found


def shop_order(row: Json, ways: ShopWays, reference: str = "") -> ShopOrder:
    """Translate an order; `reference` is ours, where it is known already."""
    total = amount(row.get("total_paid_tax_incl") or row["total_paid"])
    net = amount(row.get("total_paid_tax_excl") or total)
    return ShopOrder(
        shop_order_id=identity(row["id"]),
        number=text(row.get("reference")) or identity(row["id"]),
        reference=reference or reference_of(row),
        state=ways.states.get(identity(row.get("current_state")), ShopOrderState.ON_HOLD),
        total=cents(total),
        tax=cents(total - net),
        currency=ways.currencies.get(identity(row["id_currency"]), ""),
        lines=tuple(_line(line) for line in order_rows(row) if key_of(line) != ways.shipping_product),
        created_at=moment(row.get("date_add"), ways.zone),
        changed_at=moment(row.get("date_upd"), ways.zone),
    )


def cart_order(cart_id: str, reference: str, currency: str, quantities: Mapping[str, int]) -> ShopOrder:
    """Return a cart as the inert order that it is; `quantities` are by product."""
    return ShopOrder(
        shop_order_id=f"{CART}{cart_id}",
        number=f"cart {cart_id}",
        reference=reference,
        state=ShopOrderState.INERT,
        total=Decimal(0),
        currency=currency,
        priced=False,
        lines=tuple(
            ShopOrderLine(line_id=product, product_id=product, quantity=quantity, total=Decimal(0))
            for product, quantity in quantities.items()
        ),
    )


def cart_quantities(cart: Json) -> dict[str, int]:
    """Return the pieces in a cart by product."""
    return {
        _key(row.get("id_product"), row.get("id_product_attribute")): int(amount(row["quantity"]))
        for row in associated(cart, "cart_rows")
    }


def reference_of(row: Json) -> str:
    """Return our reference: the cart brought it in the gift message, and the order's note begins with it."""
    gift = "" if flag(row.get("gift")) else text(row.get("gift_message"))
    for candidate in (gift, *text(row.get("note")).split()[:1]):
        if REFERENCE.fullmatch(candidate):
            return candidate
    return ""


def carries(row: Json, reference: str) -> bool:
    """Whether an order carries this reference; the shop's filter finds longer ones as well."""
    return reference in {text(row.get("gift_message")), *text(row.get("note")).split()}


def shop_update(row: Json, ways: ShopWays, beside: Beside) -> ShopUpdate:
    """Translate an order with its parcels and credit notes."""
    order = shop_order(row, ways)
    order_id = order.shop_order_id
    parcels = [parcel for parcel in beside.parcels if identity(parcel.get("id_order")) == order_id]
    slips = [slip for slip in beside.slips if identity(slip.get("id_order")) == order_id]
    return ShopUpdate(
        order=order,
        shipments=tuple(_shipments(row, order, parcels, beside.carriers, ways.zone)),
        refunds=tuple(_refund(slip, row) for slip in slips),
        fingerprint=fingerprint({"order": row, "parcels": parcels, "slips": slips}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What belongs to orders and is kept beside them: parcels (order_carriers), credit notes, carriers by id."""

    parcels: Sequence[Json] = ()
    slips: Sequence[Json] = ()
    carriers: Mapping[str, Json]


def _line(row: Json) -> ShopOrderLine:
    quantity = int(amount(row["product_quantity"]))
    return ShopOrderLine(
        line_id=key_of(row),
        product_id=key_of(row),
        sku=text(row.get("product_reference")),
        quantity=quantity,
        total=cents(amount(row.get("unit_price_tax_incl") or 0) * quantity),
    )


def _shipments(
    row: Json, order: ShopOrder, parcels: Sequence[Json], carriers: Mapping[str, Json], zone: tzinfo
) -> list[ShopShipment]:
    """A parcel is told when it has a code, or when the order was shipped."""
    if order.state in {ShopOrderState.CANCELLED, ShopOrderState.INERT}:
        return []
    shipped = order.state is ShopOrderState.COMPLETED
    coded = [parcel for parcel in parcels if text(parcel.get("tracking_number"))]
    found = []
    for parcel in coded or (parcels if shipped else ()):
        carrier = carriers.get(identity(parcel.get("id_carrier")), {})
        code = text(parcel.get("tracking_number"))
        url = text(carrier.get("url"))
        found.append(
            ShopShipment(
                shipment_id=identity(parcel["id"]),
                shop_order_id=order.shop_order_id,
                reference=order.reference,
                carrier_name=text(carrier.get("name")),
                tracking_code=code,
                tracking_url=url.replace("@", code) if code and "@" in url else "",
                shipped_at=moment(row.get("delivery_date"), zone) if shipped else None,
            )
        )
    if shipped and not found:
        found.append(ShopShipment(shipment_id="shipped", shop_order_id=order.shop_order_id, reference=order.reference))
    return found


def _refund(slip: Json, row: Json) -> Refund:
    keys = {identity(line.get("id")): key_of(line) for line in order_rows(row)}
    lines = [
        LineQuantity(line_id=keys[detail], quantity=int(amount(part.get("product_quantity") or 0)))
        for part in associated(slip, "order_slip_details")
        if (detail := identity(part.get("id_order_detail"))) in keys
    ]
    total = amount(slip.get("total_products_tax_incl") or slip.get("amount") or 0)
    return Refund(
        refund_id=identity(slip["id"]),
        amount=cents(total + amount(slip.get("total_shipping_tax_incl") or 0)),
        lines=tuple(line for line in lines if line.quantity),
    )


def product(row: Json, stock: int | None, language: str) -> Product:
    return Product(
        product_id=identity(row["id"]),
        sku=text(row.get("reference")),
        ean=text(row.get("ean13")),
        title=localised(row.get("name"), language),
        price=cents(amount(row["gross"])) if row.get("gross") is not None else None,
        stock=stock,
    )


def combination(row: Json, parent: Product, stock: int | None, options: Mapping[str, str]) -> Product:
    """Translate a combination of `parent`; `options` are the names of option values by id."""
    chosen = [options.get(identity(value.get("id")), "") for value in associated(row, "product_option_values")]
    named = ", ".join(name for name in chosen if name)
    return Product(
        product_id=f"{parent.product_id}:{identity(row['id'])}",
        parent_id=parent.product_id,
        sku=text(row.get("reference")) or parent.sku,
        ean=text(row.get("ean13")),
        title=f"{parent.title} ({named})" if named else parent.title,
        price=cents(amount(row["gross"])) if row.get("gross") is not None else None,
        stock=stock,
    )


def stock_by_product(rows: Sequence[Json], shop_id: str = "") -> dict[str, int]:
    """Return stock by product key; with multistore the shop's own row goes before the one that shops share."""
    found: dict[str, int] = {}
    for own in (False, True):
        for row in rows:
            of_shop = identity(row.get("id_shop"))
            if bool(of_shop) == own and (not shop_id or of_shop in {"", shop_id}):
                found[_key(row.get("id_product"), row.get("id_product_attribute"))] = int(amount(row["quantity"]))
    return found


def order_rows(row: Json) -> Sequence[Json]:
    return associated(row, "order_rows")


def associated(row: Json, name: str) -> Sequence[Json]:
    """Return the records that belong to a row; PrestaShop leaves the list out when there are none."""
    associations = row.get("associations")
    rows = associations.get(name) if isinstance(associations, Mapping) else None
    return [found for found in rows if isinstance(found, Mapping)] if isinstance(rows, list) else []


def key_of(row: Json) -> str:
    """Return the key of an order row's product."""
    return _key(row.get("product_id"), row.get("product_attribute_id"))


def _key(product_id: Any, combination_id: Any) -> str:
    own = identity(combination_id)
    return f"{identity(product_id)}:{own}" if own else identity(product_id)


def localised(value: Any, language: str) -> str:
    """Return a text that PrestaShop keeps in each language: the shop's own, or else the first that is not empty."""
    if not isinstance(value, list):
        return text(value)
    texts = {identity(entry.get("id")): text(entry.get("value")) for entry in value if isinstance(entry, Mapping)}
    return texts.get(language) or next((found for found in texts.values() if found), "")


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """Return a moment that the shop writes in its own time, without a zone; None for its empty date."""
    if not text(value) or text(value).startswith("0000"):
        return None
    return datetime.fromisoformat(text(value)).replace(tzinfo=zone).astimezone(UTC)


def local(when: datetime, zone: tzinfo) -> str:
    """Return a moment in the shop's own time, never later than it: an hour that comes twice is begun with the first."""
    offsets = [(when + timedelta(hours=hours)).astimezone(zone).utcoffset() or timedelta() for hours in (0, 3)]
    return (when.astimezone(UTC) + min(offsets)).strftime("%Y-%m-%d %H:%M:%S")


def identity(value: Any) -> str:
    """Return an id as text; PrestaShop writes none as 0, as nothing or as an empty text."""
    found = text(value)
    return "" if found == "0" else found


def flag(value: Any) -> bool:
    return text(value) not in {"", "0", "false", "False"}


def text(value: Any) -> str:
    return "" if value is None or isinstance(value, (list, Mapping)) else str(value).strip()


def amount(value: Any) -> Decimal:
    return Decimal(text(value) or 0)


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
