"""Between Amazon's orders, packages and listings and canonical records; pure.

What does not fit raises `Unmappable`, naming the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapterkit.names import split_name
from adapterkit.payload import Json, Unmappable, count, given, read, record, rows
from adapterkit.records import (
    Address,
    Discount,
    Fulfilment,
    HeldStock,
    LineQuantity,
    Order,
    OrderLine,
    PickupPoint,
    Shipment,
    fingerprint,
)
from adapterkit.sentences import say
from marketplaces.amazon.money import ItemMoney, currency_of, item_money, order_money, unit_price
from marketplaces.amazon.stores import BY_ID

FULFILLED_BY = {Fulfilment.MERCHANT: "MERCHANT", Fulfilment.MARKETPLACE: "AMAZON"}
FULFILMENTS = {word: fulfilment for fulfilment, word in FULFILLED_BY.items()}
PENDING = frozenset({"PENDING_AVAILABILITY", "PENDING"})  # the payment is not authorised yet
CLOSED = frozenset({"CANCELLED", "UNFULFILLABLE"})
STATUSES = PENDING | CLOSED | {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}
# Change without anything that matters here.
PASSING = frozenset({"lastUpdatedTime", "packages", "expense", "payment", "fulfillmentOrders"})


def moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def written(at: datetime) -> str:
    """Return a moment as Amazon takes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def order(payload: Json) -> Order:
    """Translate an order.

    Its lines' totals and its shipping cost (which gift wrap and fees are part of) add up to its total, tax included, or
    the hub says that they do not.
    """
    order_id, items = read(payload, "orderId", str), _items(payload)
    fulfillment = read(payload, "fulfillment", record)
    status = read(fulfillment, "fulfillmentStatus", _status)
    channel = given(payload, "salesChannel", record) or {}
    store = BY_ID.get(_text(channel, "marketplaceId"))
    amounts = [item_money(item, read(item, "quantityOrdered", count)) for item in items]
    paid = order_money(payload, amounts, store)
    delivery, billing = _delivery(payload), None
    if delivery is not None:
        billing = _billing(payload, delivery)
    return Order(
        order_id=order_id,
        number=order_id,
        sales_channel=_text(channel, "marketplaceId"),
        placed_at=read(payload, "createdTime", moment),
        changed_at=read(payload, "lastUpdatedTime", moment),
        fulfilment=read(fulfillment, "fulfilledBy", _fulfilment),
        pending=status in PENDING,
        currency=currency_of(payload, items, store),
        lines=tuple(_line(item, money, status, added=paid.added) for item, money in zip(items, amounts, strict=True)),
        shipping_cost=paid.carriage,
        shipping_method=_shipping_method(payload, fulfillment),
        total=paid.total,
        delivery=delivery,
        billing=billing,
        pickup_point=_pickup_point(payload),
        business=_is_business(payload),
        customer_reference=_text(_buyer(payload), "buyerPurchaseOrderNumber"),
        remark=_remark(payload, items),
        ship_by=_latest(fulfillment, "shipByWindow"),
        deliver_by=_latest(fulfillment, "deliverByWindow"),
        fingerprint=fingerprint({name: value for name, value in payload.items() if name not in PASSING}),
        payload=payload,
    )


def _items(payload: Json) -> Sequence[Json]:
    found = read(payload, "orderItems", rows)
    if not found:
        raise Unmappable(say("%(field)s is empty", field="orderItems"))
    return found


def _status(value: Any) -> str:
    if value not in STATUSES:
        raise ValueError(value)
    return str(value)


def _fulfilment(value: Any) -> Fulfilment:
    if value not in FULFILMENTS:
        raise ValueError(value)
    return FULFILMENTS[value]


def _text(payload: Json, field: str) -> str:
    return str(payload.get(field) or "")


def _latest(fulfillment: Json, window: str) -> datetime | None:
    return given(given(fulfillment, window, record) or {}, "latestDateTime", moment)


def _line(item: Json, money: ItemMoney, status: str, *, added: bool) -> OrderLine:
    product = given(item, "product", record) or {}
    quantity, shipped, cancelled = _quantities(item, status)
    request = given(given(item, "cancellation", record) or {}, "cancellationRequest", record)
    total = money.goods(added=added)
    each = unit_price(item)
    return OrderLine(
        line_id=read(item, "orderItemId", str),
        sku=_text(product, "sellerSku"),
        marketplace_product_id=_text(product, "asin"),
        title=_text(product, "title"),
        quantity=quantity,
        quantity_shipped=shipped,
        quantity_cancelled=cancelled,
        unit_price=each if each is not None else (total / quantity).quantize(Decimal("0.01")),
        total=total,
        tax=money.goods_tax or None,
        discounts=tuple(
            Discount(title="Promotion", amount=amount)
            for kind, amount in money.discounts.items()
            if kind == "ITEM" and amount
        ),
        services=("GIFT_WRAP",) if "GIFT_WRAP" in money.amounts else (),
        cancellation_requested=request is not None and quantity > shipped + cancelled,
        cancellation_reason=_text(request or {}, "cancelReason"),
    )


def _quantities(item: Json, status: str) -> tuple[int, int, int]:
    """Return how many pieces were ordered, shipped and cancelled.

    Amazon counts no cancelled pieces: they are those that are neither fulfilled nor waiting. Of an item that was
    cancelled whole nothing may be left at all, and of a pending one nothing waits yet.
    """
    fulfillment = given(item, "fulfillment", record) or {}
    shipped = given(fulfillment, "quantityFulfilled", count) or 0
    waiting = given(fulfillment, "quantityUnfulfilled", count)
    ordered = max(read(item, "quantityOrdered", count), shipped + (waiting or 0))
    gone = given(given(item, "cancellation", record) or {}, "cancellationExecution", record) is not None
    if status in CLOSED or not ordered:
        ordered = max(ordered, 1)
        return ordered, shipped, ordered - shipped
    if status in PENDING or waiting is None:
        return ordered, shipped, ordered - shipped if gone and waiting is None else 0
    return ordered, shipped, ordered - shipped - waiting


def _buyer(payload: Json) -> Json:
    return given(payload, "buyer", record) or {}


def _recipient(payload: Json) -> Json:
    return given(payload, "recipient", record) or {}


def _delivery(payload: Json) -> Address | None:
    """Translate the delivery address; None when Amazon shows nothing of it that a parcel could be sent to."""
    shown = given(_recipient(payload), "deliveryAddress", record)
    if shown is None:
        return None
    address = replace(_address(shown), email=_text(_buyer(payload), "buyerEmail"))
    return address if address.name or address.lines else None


def _address(shown: Json) -> Address:
    lines = tuple(line for line in (_text(shown, f"addressLine{number}") for number in (1, 2, 3)) if line.strip())
    country = _text(shown, "countryCode")
    name = split_name(_text(shown, "name"), country)
    company = _text(shown, "companyName")
    parts = given(shown, "extendedFields", record) or {}  # Brazil's
    return Address(
        first_name=name.first_name,
        last_name=name.last_name or (name.company if company else ""),
        company=company or name.company,
        lines=lines,
        street=_text(parts, "streetName"),
        house_number=_text(parts, "streetNumber"),
        house_number_addition=_text(parts, "complement"),
        supplement=_text(parts, "neighborhood"),
        postcode=_text(shown, "postalCode"),
        city=_text(shown, "city") or _text(shown, "municipality"),
        region=_text(shown, "stateOrRegion") or _text(shown, "districtOrCounty"),
        country=country,
        phone=_text(shown, "phone"),
    )


def _billing(payload: Json, delivery: Address) -> Address | None:
    """Return whom the invoice goes to, where Amazon says more of it than of the delivery."""
    registered = _buyer_registrations(payload)
    company = _text(_buyer(payload), "buyerCompanyName")
    if not registered and not company:
        return None
    address = next((given(one, "taxRegistrationAddress", record) for one in registered), None)
    base = replace(_address(address), email=delivery.email) if address else delivery
    numbers = {_text(one, "taxRegistrationType"): _text(one, "taxRegistrationNumber") for one in registered}
    vat = numbers.pop("VAT", "")
    legal = next((_text(one, "legalName") for one in registered), "")
    return replace(
        base,
        company=company or legal or base.company,
        vat_number=vat,
        chamber_of_commerce_number=next(iter(numbers.values()), ""),
    )


def _buyer_registrations(payload: Json) -> list[Json]:
    found = given(given(payload, "tax", record) or {}, "taxRegistrations", rows) or ()
    return [one for one in found if given(one, "entityType", str) == "BUYER"]


def _is_business(payload: Json) -> bool:
    programs = given(payload, "programs", rows) or ()
    return "AMAZON_BUSINESS" in programs or bool(_text(_buyer(payload), "buyerCompanyName"))


def _pickup_point(payload: Json) -> PickupPoint | None:
    """Return the point a parcel is collected at: one of Amazon's, or the merchant's own shop."""
    shown = given(_recipient(payload), "deliveryAddress", record) or {}
    in_store = "IN_STORE_PICK_UP" in (given(payload, "programs", rows) or ())
    if shown.get("addressType") != "PICKUP_POINT" and not in_store:
        return None
    return PickupPoint(name=_text(shown, "companyName") or _text(shown, "addressLine1"))


def _shipping_method(payload: Json, fulfillment: Json) -> str:
    prime = "PRIME" in (given(payload, "programs", rows) or ())
    return " ".join(word for word in ("PRIME" if prime else "", _text(fulfillment, "fulfillmentServiceLevel")) if word)


def _remark(payload: Json, items: Sequence[Json]) -> str:
    """Return what whoever packs has to know: wishes, gift messages, what the parcel must bear, who pays the tax."""
    wishes = given(_recipient(payload), "deliveryPreference", record) or {}
    told = [_text(wishes, "dropOffLocation"), _text(wishes, "addressInstruction")]
    told += [line for item in items for line in _remarks_of(item)]
    return "\n".join(dict.fromkeys(line for line in told if line))


def _remarks_of(item: Json) -> list[str]:
    product = given(item, "product", record) or {}
    fulfillment = given(item, "fulfillment", record) or {}
    packing, shipping = (given(fulfillment, part, record) or {} for part in ("packing", "shipping"))
    gift = _text(given(packing, "giftOption", record) or {}, "giftMessage")
    custom = _text(given(product, "customization", record) or {}, "customizedUrl")
    ioss = _text(given(shipping, "internationalShipping", record) or {}, "iossNumber")
    constraints = given(shipping, "shippingConstraints", record) or {}
    collected = given(given(item, "tax", record) or {}, "taxCollections", rows) or ()
    facilitated = any(one.get("model") == "MARKETPLACE_FACILITATOR" for one in collected)
    name = _text(product, "sellerSku")
    return [
        f"Gift message for {name}: {gift}" if gift else "",
        f"Customisation of {name}: {custom}" if custom else "",
        f"Required: {', '.join(sorted(constraints))}" if constraints else "",
        f"IOSS {ioss}" if ioss else "",
        "Amazon collects the tax of this order and pays it (marketplace facilitator)" if facilitated else "",
    ]


def package(payload: Json, order_id: str) -> Shipment:
    """Translate a package of an order. Its reference is a number when it was reported by a program."""
    reference = read(payload, "packageReferenceId", str)
    return Shipment(
        order_id=order_id,
        reference="",
        number=int(reference) if reference.isdecimal() else 0,
        lines=tuple(
            LineQuantity(line_id=read(item, "orderItemId", str), quantity=read(item, "quantity", count))
            for item in given(payload, "packageItems", rows) or ()
        ),
        carrier_code=_text(payload, "carrier"),
        tracking_code=_text(payload, "trackingNumber"),
        shipped_at=given(payload, "shipTime", moment),
        shipment_id=reference,
    )


def shipment_request(shipment: Shipment, marketplace_id: str, shipped_at: datetime) -> dict[str, Any]:
    """Return the body that reports a parcel. Amazon wants its reference as a text that holds a positive number."""
    detail: dict[str, Any] = {
        "packageReferenceId": str(shipment.number),
        "carrierCode": shipment.carrier_code,
        "trackingNumber": shipment.tracking_code,
        "shipDate": written(shipped_at),
        "orderItems": [{"orderItemId": line.line_id, "quantity": line.quantity} for line in shipment.lines],
    }
    if shipment.carrier_code == "Other":
        detail["carrierName"] = shipment.carrier_name or "Other"
    return {"marketplaceId": marketplace_id, "packageDetail": detail}


def stock_request(product_type: str, quantity: int) -> dict[str, Any]:
    """Return the patch that sets what may be sold. "merge" leaves the handling time that stands beside it alone."""
    value = [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}
    return {"productType": product_type, "patches": [patch]}


def listing_quantity(listing: Json) -> int | None:
    """Return how many pieces a listing offers that the merchant ships."""
    ours = [row for row in _availability(listing) if row.get("fulfillmentChannelCode") == "DEFAULT"]
    return given(ours[0], "quantity", count) if ours else None


def shipped_by_amazon(listing: Json) -> bool:
    """Whether any of a listing's stock lies with Amazon."""
    return any(read(row, "fulfillmentChannelCode", str) != "DEFAULT" for row in _availability(listing))


def _availability(listing: Json) -> Sequence[Json]:
    return given(listing, "fulfillmentAvailability", rows) or ()


def product_types(listing: Json) -> Mapping[str, str]:
    """Return the product type of a listing in each store it is in, by marketplace id."""
    summaries = given(listing, "summaries", rows) or ()
    return {read(row, "marketplaceId", str): read(row, "productType", str) for row in summaries}


def asin(listing: Json) -> str:
    summaries = given(listing, "summaries", rows) or ()
    return next((str(row["asin"]) for row in summaries if row.get("asin")), "")


def held_stock(summary: Json, country: str) -> HeldStock:
    """Translate what Amazon's warehouses hold of a SKU for a store. What is damaged or lost counts nowhere."""
    details = read(summary, "inventoryDetails", record)
    reserved = given(details, "reservedQuantity", record) or {}
    inbound = ("inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity")
    return HeldStock(
        sku=read(summary, "sellerSku", str),
        place=country,
        available=read(details, "fulfillableQuantity", count),
        reserved=given(reserved, "totalReservedQuantity", count) or 0,
        coming=sum(given(details, name, count) or 0 for name in inbound),
    )


def errors_of(issues: Sequence[Json], *, about_stock: bool = False) -> str:
    """Return the words of a listing's errors; with `about_stock` of those that name its availability."""
    found = [
        f"{_text(issue, 'code')}: {_text(issue, 'message')}"
        for issue in issues
        if issue.get("severity") == "ERROR"
        and (not about_stock or "fulfillment_availability" in (issue.get("attributeNames") or ()))
    ]
    return "; ".join(dict.fromkeys(found))
