"""Between bol's payloads and canonical records; pure. What does not fit raises `Unmappable`, naming the field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from adapterkit.payload import Json, Unmappable, amount, count, flag, given, price, read, record, rows
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
    ReturnOutcome,
    Shipment,
    Submission,
    SubmissionState,
    fingerprint,
)
from adapterkit.sentences import say

T = TypeVar("T")
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
HANDLED = {word: ReturnOutcome(decision) for decision, word in DECISIONS.items()}
STATES = {
    "PENDING": SubmissionState.SUBMITTED,
    "SUCCESS": SubmissionState.DONE,
    "FAILURE": SubmissionState.REJECTED,
    "TIMEOUT": SubmissionState.UNKNOWN,
}
SALUTATIONS = {"MALE": "Mr", "FEMALE": "Ms"}


def moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


def end_of_day(value: Any) -> datetime:
    """Return the last second of a Dutch day."""
    return datetime.combine(date.fromisoformat(value), time(23, 59, 59), AMSTERDAM).astimezone(UTC)


def items(payload: Json) -> Sequence[Json]:
    found = read(payload, "orderItems", rows)
    if not found:
        raise Unmappable(say("%(field)s is empty", field="orderItems"))
    return found


def order_fingerprint(payload: Json) -> str:
    """Return the same value for an order in the list and for its details, as long as nothing changed."""
    listed = [
        {
            "orderItemId": read(item, "orderItemId", str),
            **{field: given(item, field, count) or 0 for field in ("quantity", "quantityShipped", "quantityCancelled")},
            "cancellationRequest": given(item, "cancellationRequest", flag) or False,
            "latestChangedDateTime": str(given(item, "latestChangedDateTime", moment)),
        }
        for item in items(payload)
    ]
    return fingerprint({"items": sorted(listed, key=lambda item: str(item["orderItemId"]))})


def may_hold(row: Any, fulfilment: Fulfilment | None) -> bool:
    """Whether an order of the list has an item of this fulfilment, as far as it says so."""
    found = row.get("orderItems") if fulfilment and isinstance(row, Mapping) else None
    told = [item.get("fulfilmentMethod") if isinstance(item, Mapping) else None for item in found or ()]
    return not told or any(METHODS.get(str(method), fulfilment) is fulfilment for method in told)


def order(payload: Json) -> Order:
    """Translate an order's details. bol tells no VAT rate and no shipping cost, and works in euros.

    Its items may be shipped by the merchant and by bol, each as it says.
    """
    listed = items(payload)
    lines = tuple(_line(item) for item in listed)
    delivery, billing = given(payload, "shipmentDetails", record), given(payload, "billingDetails", record) or {}
    methods = {line.fulfilment for line in lines}
    order_id = read(payload, "orderId", str)
    return Order(
        order_id=order_id,
        number=order_id,
        placed_at=read(payload, "orderPlacedDateTime", moment),
        changed_at=max(_found(listed, "latestChangedDateTime", moment), default=None),
        fulfilment=Fulfilment.MERCHANT if Fulfilment.MERCHANT in methods else Fulfilment.MARKETPLACE,
        currency="EUR",
        lines=lines,
        total=sum((line.total for line in lines), Decimal(0)),
        delivery=_address(delivery) if delivery else None,
        billing=_address(billing) if billing else None,
        pickup_point=_pickup_point(payload, delivery or {}),
        business=any(billing.get(field) for field in ("vatNumber", "kvkNumber", "company")),
        customer_reference=_text(billing, "orderReference"),
        language=_text(delivery or {}, "language"),
        deliver_by=min((line.deliver_by for line in lines if line.deliver_by), default=None),
        expires_at=min((line.expires_at for line in lines if line.expires_at), default=None),
        fingerprint=order_fingerprint(payload),
        payload=payload,
    )


def _found(payloads: Sequence[Json], field: str, convert: Callable[[Any], T]) -> list[T]:
    values = (given(payload, field, convert) for payload in payloads)
    return [value for value in values if value is not None]


def _text(payload: Json, field: str) -> str:
    return str(payload.get(field) or "")


def _fulfilment(details: Json) -> Fulfilment:
    method = details.get("method")
    if not isinstance(method, str) or method not in METHODS:
        raise Unmappable(
            say("%(field)s is %(value)s, which is not known", field="fulfilment method", value=repr(method))
        )
    return METHODS[method]


def _line(item: Json) -> OrderLine:
    offer, product = given(item, "offer", record) or {}, given(item, "product", record) or {}
    details = given(item, "fulfilment", record) or {}
    line = OrderLine(
        line_id=read(item, "orderItemId", str),
        sku=_text(offer, "reference"),
        ean=_text(product, "ean"),
        offer_id=_text(offer, "offerId"),
        title=_text(product, "title"),
        quantity=read(item, "quantity", count),
        quantity_shipped=given(item, "quantityShipped", count) or 0,
        quantity_cancelled=given(item, "quantityCancelled", count) or 0,
        unit_price=read(item, "unitPrice", price),
        # What the customer paid for all pieces together: discounts are taken off already.
        total=read(item, "totalPrice", price),
        commission=given(item, "commission", amount),
        discounts=tuple(
            Discount(title=_text(discount, "title"), amount=abs(read(discount, "amount", amount)))
            for discount in given(item, "discounts", rows) or ()
        ),
        services=tuple(read(service, "serviceType", str) for service in given(item, "additionalServices", rows) or ()),
        cancellation_requested=given(item, "cancellationRequest", flag) or False,
        fulfilment=_fulfilment(details),
        # bol fills in one of the two.
        deliver_by=given(details, "exactDeliveryDate", end_of_day) or given(details, "latestDeliveryDate", end_of_day),
        expires_at=given(details, "expiryDate", end_of_day),
    )
    if not line.quantity or line.quantity_open < 0:
        raise Unmappable(
            say(
                "quantity is %(quantity)s, with quantityShipped %(shipped)s and quantityCancelled %(cancelled)s",
                quantity=line.quantity,
                shipped=line.quantity_shipped,
                cancelled=line.quantity_cancelled,
            )
        )
    return line


def _address(details: Json) -> Address:
    def text(field: str) -> str:
        return _text(details, field)

    return Address(
        salutation=SALUTATIONS.get(text("salutation"), ""),
        first_name=text("firstName"),
        last_name=text("surname"),
        company=text("company"),
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
    body: dict[str, Any] = {
        "orderItems": [{"orderItemId": line.line_id, "quantity": line.quantity} for line in shipment.lines],
        "transport": transport,
    }
    if shipment.reference:  # bol refuses an empty one
        body["shipmentReference"] = shipment.reference
    return body


def transport_request(shipment: Shipment) -> dict[str, Any]:
    """Return the body that replaces carrier and code of a parcel; bol takes no empty code."""
    body = {"transporterCode": shipment.carrier_code, "trackAndTrace": shipment.tracking_code}
    return {name: value for name, value in body.items() if value}


def shipment(payload: Json, order_id: str) -> Shipment:
    """Translate a row of the list of shipments. It tells no quantities, which are 0 here, and no tracking."""
    return Shipment(
        order_id=order_id,
        reference=_text(payload, "shipmentReference"),
        lines=tuple(
            LineQuantity(line_id=read(item, "orderItemId", str), quantity=given(item, "quantity", count) or 0)
            for item in given(payload, "shipmentItems", rows) or ()
        ),
        shipped_at=given(payload, "shipmentDateTime", moment),
        shipment_id=read(payload, "shipmentId", str),
    )


def cancellation_requests(cancellation: Cancellation) -> list[dict[str, Any]]:
    """Return one body for each line: bol takes one item at a time, and always the whole of it."""
    reason = REASONS[cancellation.reason]
    return [{"orderItems": [{"orderItemId": line.line_id, "reasonCode": reason}]} for line in cancellation.lines]


def submission(payload: Json) -> Submission:
    """Translate a process status. TIMEOUT is bol's own giving up: what it tried may have happened."""
    status = read(payload, "status", str)
    if status not in STATES:
        raise Unmappable(say("%(field)s is %(value)s, which is not known", field="status", value=repr(status)))
    failed = STATES[status] in {SubmissionState.REJECTED, SubmissionState.UNKNOWN}
    message = _text(payload, "errorMessage") or (say("bol answers %(status)s", status=status) if failed else "")
    return Submission(
        state=STATES[status],
        reference=str(payload.get("processStatusId") or ""),
        entity_id=str(payload.get("entityId") or ""),
        message=message,
    )


def registered_return(payload: Json) -> Return:
    method = read(payload, "fulfilmentMethod", str)
    if method not in METHODS:
        raise Unmappable(
            say("%(field)s is %(value)s, which is not known", field="fulfilmentMethod", value=repr(method))
        )
    return Return(
        return_id=read(payload, "returnId", str),
        registered_at=read(payload, "registrationDateTime", moment),
        fulfilment=METHODS[method],
        lines=tuple(_return_line(item) for item in read(payload, "returnItems", rows)),
        fingerprint=fingerprint(payload),
        payload=payload,
    )


def _outcome(results: Sequence[Json]) -> ReturnOutcome | None:
    """What most pieces met with. bol tells what was asked for beside what it made of it: only the second counts."""
    pieces = Counter[ReturnOutcome | None]()
    for result in results:
        pieces[_processed(result)] += given(result, "quantity", count) or 0
    return pieces.most_common(1)[0][0] if pieces else None


def _processed(result: Json) -> ReturnOutcome | None:
    match _text(result, "processingResult").upper():
        case "REJECTED":
            return ReturnOutcome.REJECTED
        case "CANCELLED":
            return ReturnOutcome.CANCELLED
        case _:
            return HANDLED.get(_text(result, "handlingResult").upper())


def _return_line(item: Json) -> ReturnLine:
    reason = given(item, "returnReason", record) or {}
    results = given(item, "processingResults", rows) or ()
    accepted = [given(one, "quantity", count) or 0 for one in results if _processed(one) is ReturnOutcome.ACCEPTED]
    return ReturnLine(
        return_line_id=read(item, "rmaId", str),
        order_id=read(item, "orderId", str),
        ean=_text(item, "ean"),
        title=_text(item, "title"),
        quantity=read(item, "expectedQuantity", count) or 1,
        reason=_text(reason, "mainReason") or _text(reason, "detailedReason"),
        comment=_text(reason, "customerComments"),
        tracking_code=_text(item, "trackAndTrace"),
        carrier_name=_text(item, "transporterName"),
        handled=given(item, "handled", flag) or False,
        result=", ".join(_text(result, "handlingResult") or _text(result, "processingResult") for result in results),
        outcome=_outcome(results),
        accepted=sum(accepted),
    )


def return_moments(payload: Json) -> list[datetime]:
    """Return when a return was registered and when its items were worked on, as far as that can be read."""
    found: list[datetime] = []
    try:
        found += _found([payload], "registrationDateTime", moment)
        for item in given(payload, "returnItems", rows) or ():
            found += _found(given(item, "processingResults", rows) or (), "processingDateTime", moment)
    except Unmappable:
        return found
    return found
