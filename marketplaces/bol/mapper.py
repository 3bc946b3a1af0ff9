"""Between bol's payloads and canonical records; pure. What does not fit raises `Unmappable`, naming the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from adapterkit.records import (
    Address,
    Cancellation,
    CancellationReason,
    Discount,
    Fulfilment,
    LineQuantity,
    Order,
    OrderLine,
    PickupPoint,
    Return,
    ReturnDecision,
    ReturnLine,
    Shipment,
    Submission,
    SubmissionState,
    fingerprint,
)

T = TypeVar("T")
Json = Mapping[str, Any]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")  # bol's dates without a time are Dutch days
METHODS = {"FBR": Fulfilment.MERCHANT, "FBB": Fulfilment.MARKETPLACE}
METHOD_OF = {fulfilment: method for method, fulfilment in METHODS.items()}
REASONS = {
    CancellationReason.OUT_OF_STOCK: "OUT_OF_STOCK",
    CancellationReason.REQUESTED_BY_CUSTOMER: "REQUESTED_BY_CUSTOMER",
    CancellationReason.BAD_CONDITION: "BAD_CONDITION",
    CancellationReason.PRICE_ERROR: "INCORRECT_PRICE",
    CancellationReason.CANNOT_DELIVER: "NOT_AVAIL_IN_TIME",
    CancellationReason.OTHER: "OTHER",
}
DECISIONS = {
    ReturnDecision.ACCEPTED: "RETURN_RECEIVED",
    ReturnDecision.REJECTED: "RETURN_DOES_NOT_MEET_CONDITIONS",
    ReturnDecision.REPAIRED: "REPAIR_PRODUCT",
    ReturnDecision.EXCHANGED: "EXCHANGE_PRODUCT",
    ReturnDecision.KEEPS: "CUSTOMER_KEEPS_PRODUCT_PAID",
}
SALUTATIONS = {"MALE": "Mr", "FEMALE": "Ms"}


class Unmappable(ValueError):
    """A field is missing or holds something that cannot be read; the text names it and what was found."""


def read(payload: Json, field: str, convert: Callable[[Any], T]) -> T:
    """Return a required field, converted."""
    if not isinstance(payload, Mapping) or payload.get(field) is None:
        raise Unmappable(f"{field} is missing")
    try:
        return convert(payload[field])
    except (ValueError, TypeError, ArithmeticError):
        raise Unmappable(f"{field} is {payload[field]!r}, which cannot be read") from None


def amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise TypeError(value)
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= Decimal(10) ** 9:
        raise ValueError(value)
    return found


def count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ValueError(value)
    return value


def moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


def end_of_day(value: Any) -> datetime | None:
    """Return the end of a Dutch day, None when bol gives none."""
    return datetime.combine(datetime.fromisoformat(value), time(23, 59, 59), AMSTERDAM) if value else None


def items(payload: Json) -> Sequence[Json]:
    found = read(payload, "orderItems", list)
    if not found:
        raise Unmappable("orderItems is empty")
    return found


def order_fingerprint(payload: Json) -> str:
    """Return the same value for an order in the list and for its details, as long as nothing changed."""
    fields = (
        "orderItemId",
        "quantity",
        "quantityShipped",
        "quantityCancelled",
        "cancellationRequest",
        "latestChangedDateTime",
    )
    rows = [{field: item.get(field) for field in fields} for item in items(payload)]
    return fingerprint({"items": sorted(rows, key=lambda row: str(row["orderItemId"]))})


def order(payload: Json) -> Order:
    """Translate an order's details. bol tells no VAT rate and no shipping cost, and works in euros."""
    lines = tuple(_line(item) for item in items(payload))
    fulfilment = _fulfilment(items(payload)[0])
    delivery, billing = payload.get("shipmentDetails"), payload.get("billingDetails") or {}
    changes = [moment(item["latestChangedDateTime"]) for item in items(payload) if item.get("latestChangedDateTime")]
    order_id = read(payload, "orderId", str)
    details = [item.get("fulfilment") or {} for item in items(payload)]
    expiries = [end for detail in details if (end := end_of_day(detail.get("expiryDate")))]
    deliveries = [end for detail in details if (end := end_of_day(_delivery_date(detail)))]
    return Order(
        order_id=order_id,
        number=order_id,
        placed_at=read(payload, "orderPlacedDateTime", moment),
        changed_at=max(changes, default=None),
        fulfilment=fulfilment,
        currency="EUR",
        lines=lines,
        total=sum((line.total for line in lines), Decimal(0)),
        delivery=_address(delivery) if delivery else None,
        billing=_address(billing) if billing else None,
        pickup_point=_pickup_point(payload, delivery or {}),
        business=bool(billing.get("vatNumber") or billing.get("kvkNumber") or billing.get("company")),
        customer_reference=str(billing.get("orderReference") or ""),
        language=str((delivery or {}).get("language") or ""),
        deliver_by=min(deliveries, default=None),
        expires_at=min(expiries, default=None),
        fingerprint=order_fingerprint(payload),
        payload=payload,
    )


def _delivery_date(detail: Json) -> Any:
    return detail.get("exactDeliveryDate") or detail.get("latestDeliveryDate")


def _fulfilment(item: Json) -> Fulfilment:
    method = (item.get("fulfilment") or {}).get("method") or item.get("fulfilmentMethod")
    if method not in METHODS:
        raise Unmappable(f"fulfilment method is {method!r}, which is not known")
    return METHODS[method]


def _line(item: Json) -> OrderLine:
    offer, product = item.get("offer") or {}, item.get("product") or {}
    return OrderLine(
        line_id=read(item, "orderItemId", str),
        sku=str(offer.get("reference") or ""),
        ean=str(product.get("ean") or ""),
        offer_id=str(offer.get("offerId") or ""),
        title=str(product.get("title") or ""),
        quantity=read(item, "quantity", count),
        quantity_shipped=count(item.get("quantityShipped") or 0),
        quantity_cancelled=count(item.get("quantityCancelled") or 0),
        unit_price=read(item, "unitPrice", amount),
        total=read(item, "totalPrice", amount),
        commission=amount(item["commission"]) if item.get("commission") is not None else None,
        discounts=tuple(
            Discount(title=str(discount.get("title") or ""), amount=read(discount, "amount", amount))
            for discount in item.get("discounts") or ()
        ),
        services=tuple(str(service.get("serviceType")) for service in item.get("additionalServices") or ()),
        cancellation_requested=bool(item.get("cancellationRequest")),
    )


def _address(details: Json) -> Address:
    def text(field: str) -> str:
        return str(details.get(field) or "")

    number = " ".join(part for part in (text("houseNumber"), text("houseNumberExtension")) if part)
    street = f"{text('streetName')} {number}".strip()
    return Address(
        salutation=SALUTATIONS.get(text("salutation"), ""),
        first_name=text("firstName"),
        last_name=text("surname"),
        company=text("company"),
        lines=tuple(line for line in (street, text("extraAddressInformation")) if line),
        street=text("streetName"),
        house_number=text("houseNumber"),
        house_number_addition=text("houseNumberExtension"),
        supplement=text("extraAddressInformation"),
        postcode=text("zipCode"),
        city=text("city"),
        country=text("countryCode"),
        email=text("email"),
        phone=text("deliveryPhoneNumber"),
        vat_number=text("vatNumber"),
        chamber_of_commerce_number=text("kvkNumber"),
        language=text("language"),
    )


def _pickup_point(payload: Json, delivery: Json) -> PickupPoint | None:
    # Older recordings spell the field with a capital U.
    if not (payload.get("pickupPoint") or payload.get("pickUpPoint")):
        return None
    return PickupPoint(name=str(delivery.get("pickupPointName") or ""))


def shipment_request(shipment: Shipment) -> dict[str, Any]:
    """Return the body that reports a parcel; without a carrier code bol takes none of it."""
    transport = {"transporterCode": shipment.carrier_code}
    if shipment.tracking_code:
        transport["trackAndTrace"] = shipment.tracking_code
    return {
        "orderItems": [{"orderItemId": line.line_id, "quantity": line.quantity} for line in shipment.lines],
        "shipmentReference": shipment.reference[:90],
        "transport": transport,
    }


def shipment(payload: Json, order_id: str) -> Shipment:
    return Shipment(
        order_id=order_id,
        reference=str(payload.get("shipmentReference") or ""),
        lines=tuple(
            LineQuantity(line_id=str(item.get("orderItemId")), quantity=count(item.get("quantity") or 0))
            for item in payload.get("shipmentItems") or ()
        ),
        shipped_at=moment(payload["shipmentDateTime"]) if payload.get("shipmentDateTime") else None,
        shipment_id=read(payload, "shipmentId", str),
    )


def cancellation_requests(cancellation: Cancellation) -> list[dict[str, Any]]:
    """Return one body for each line: bol takes one item at a time, and always the whole of it."""
    reason = REASONS[cancellation.reason]
    return [{"orderItems": [{"orderItemId": line.line_id, "reasonCode": reason}]} for line in cancellation.lines]


def submission(payload: Json) -> Submission:
    """Translate a process status. TIMEOUT is bol's own giving up: rejected, in its words."""
    status = read(payload, "status", str)
    states = {"PENDING": SubmissionState.SUBMITTED, "SUCCESS": SubmissionState.DONE}
    message = str(payload.get("errorMessage") or ("" if status in states else f"bol answers {status}"))
    return Submission(
        state=states.get(status, SubmissionState.REJECTED),
        reference=str(payload.get("processStatusId") or ""),
        entity_id=str(payload.get("entityId") or ""),
        message=message,
    )


def registered_return(payload: Json) -> Return:
    method = read(payload, "fulfilmentMethod", str)
    if method not in METHODS:
        raise Unmappable(f"fulfilmentMethod is {method!r}, which is not known")
    return Return(
        return_id=read(payload, "returnId", str),
        registered_at=read(payload, "registrationDateTime", moment),
        fulfilment=METHODS[method],
        lines=tuple(_return_line(item) for item in read(payload, "returnItems", list)),
        fingerprint=fingerprint(payload),
        payload=payload,
    )


def _return_line(item: Json) -> ReturnLine:
    reason = item.get("returnReason") or {}
    results = item.get("processingResults") or ()
    return ReturnLine(
        return_line_id=read(item, "rmaId", str),
        order_id=read(item, "orderId", str),
        ean=str(item.get("ean") or ""),
        title=str(item.get("title") or ""),
        quantity=read(item, "expectedQuantity", count) or 1,
        reason=str(reason.get("mainReason") or reason.get("detailedReason") or ""),
        comment=str(reason.get("customerComments") or ""),
        tracking_code=str(item.get("trackAndTrace") or ""),
        carrier_name=str(item.get("transporterName") or ""),
        handled=bool(item.get("handled")),
        result=", ".join(str(result.get("handlingResult") or result.get("processingResult")) for result in results),
    )
