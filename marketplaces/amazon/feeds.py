"""The acknowledgement feed, with which an order is cancelled, and the report that comes of it; pure.

The feed's form is that of Amazon's OrderAcknowledgement.xsd (release 4.1): with the status "Failure" it cancels the
whole order, and must not be sent once a piece is shipped, because the buyer would get all of the money back.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from adapterkit.errors import MalformedResponse
from adapterkit.records import CancellationReason
from adapterkit.sentences import said, say
from adapterkit.wire import decoded_xml

FEED_TYPE = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
REASONS = {
    CancellationReason.OUT_OF_STOCK: "NoInventory",
    CancellationReason.REQUESTED_BY_CUSTOMER: "BuyerCanceled",
    CancellationReason.BAD_CONDITION: "NoInventory",
    CancellationReason.PRICE_ERROR: "GeneralAdjustment",
    CancellationReason.CANNOT_DELIVER: "ShippingAddressUndeliverable",
    CancellationReason.OTHER: "GeneralAdjustment",
}
LARGEST_REPORT = 4 * 1024 * 1024  # bytes, unpacked


def acknowledgement(seller_id: str, order_id: str, item_ids: Iterable[str], reason: CancellationReason) -> bytes:
    """Return the feed that cancels one order with all of its items."""
    envelope = Element("AmazonEnvelope")
    header = SubElement(envelope, "Header")
    SubElement(header, "DocumentVersion").text = "1.01"
    SubElement(header, "MerchantIdentifier").text = seller_id
    SubElement(envelope, "MessageType").text = "OrderAcknowledgement"
    message = SubElement(envelope, "Message")
    SubElement(message, "MessageID").text = "1"
    told = SubElement(message, "OrderAcknowledgement")
    SubElement(told, "AmazonOrderID").text = order_id
    SubElement(told, "StatusCode").text = "Failure"
    for item_id in item_ids:
        item = SubElement(told, "Item")
        SubElement(item, "AmazonOrderItemCode").text = item_id
        SubElement(item, "CancelReason").text = REASONS[reason]
    content: bytes = tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return content


def refusals(report: bytes, *, packed: bool) -> str:
    """Return what a processing report says was wrong, empty when all went well; raises `MalformedResponse`."""
    try:
        root = decoded_xml(_unpacked(report) if packed else report)
    except (ValueError, OSError, EOFError) as error:
        raise MalformedResponse("Amazon's processing report cannot be read", remote=said(error)) from None
    if root is None:
        raise MalformedResponse("Amazon's processing report is empty")
    found = [
        f"{result.findtext('ResultMessageCode', '')}: {result.findtext('ResultDescription', '')}".strip(": ")
        for result in root.iter("Result")
        if result.findtext("ResultCode") == "Error"
    ]
    return "; ".join(dict.fromkeys(found))


def _unpacked(report: bytes) -> bytes:
    with gzip.open(io.BytesIO(report)) as file:
        content = file.read(LARGEST_REPORT + 1)
    if len(content) > LARGEST_REPORT:
        raise ValueError(say("it is longer than what is read at most"))
    return content
