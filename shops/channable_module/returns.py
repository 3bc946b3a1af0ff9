"""Returns as the Magento pair keeps them, one product each; pure. The shapes were read in the modules' code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapterkit.errors import AdapterError, MalformedResponse, NotFound, Rejected
from adapterkit.records import Address, ReturnDecision
from adapterkit.shop import ShopReturn
from shops.channable_module import answers
from shops.channable_module.body import Body, gender_of, person, street_lines

Json = Mapping[str, Any]
NEW = "new"
CALLED_OFF = "cancelled"
SHORT = 255  # characters that a module's columns for reason and comment hold


def body_of(returned: ShopReturn, order_id: str | int) -> Body:
    """Return the body that tells of a return. `order_id` is what the module finds its order by.

    It is always a new one: of one that is said to be accepted, a module may make a credit memo at once.
    """
    order, line = returned.order, returned.line
    buyer = order.delivery or order.billing or Address()
    email = buyer.email or (order.billing.email if order.billing else "")
    return {
        "status": NEW,
        "channel_name": returned.reference.partition("-")[0],
        "channel_id": returned.reference,
        "channable_id": returned.number,
        "item": {
            "id": returned.product.product_id,
            "order_id": order_id,
            # By this the module finds the order's row for a credit memo: by its own attribute, else by the SKU.
            "gtin": returned.product.ean or returned.product.sku,
            "title": line.title or returned.product.title,
            "quantity": line.quantity,
            "reason": line.reason[:SHORT],
            "comment": line.comment[:SHORT],
        },
        "customer": {**person(buyer, email), "gender": gender_of(buyer)},
        "address": _address(buyer, email),
        "meta": {
            "channel_return_id": returned.return_id,
            "channel_order_id": order.order_id,
            "channel_order_id_internal": order.number,
            "platform_order_id": returned.shop_order_id,
        },
    }


def _address(buyer: Address, email: str) -> Body:
    first, second = street_lines(buyer)
    return {
        **person(buyer, email),
        "street": buyer.street or first,
        "house_number": buyer.house_number,
        "address1": first,
        "address2": second,
        "city": buyer.city,
        "country_code": buyer.country,
        "zip_code": buyer.postcode,
    }


def refusal_of(answer: Json) -> AdapterError | None:
    """Return the error that an answer tells of. Returns that are switched off are no reason to stop the orders."""
    error = answers.refusal_of(answer)
    if error is not None and "not enabled" in error.remote.lower():
        return Rejected(
            "The module takes no returns; switch them on in it, for all store views",
            remote=error.remote,
            code="returns_off",
        )
    return error


def decision_of(answer: Json) -> ReturnDecision | None:
    """Return what the merchant chose in the module's list of returns, None as long as it is a new one.

    A return that is called off is none any more; Magento 1 empties the status of one that is deleted.
    """
    status = str(answer.get("status") or "").lower()
    if status == NEW:
        return None
    if status in {"", CALLED_OFF}:
        raise NotFound("The return was called off in the shop", remote=status)
    try:
        return ReturnDecision(status)
    except ValueError:
        raise MalformedResponse("The shop tells an unknown state of a return", remote=status) from None
