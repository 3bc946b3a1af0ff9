"""What programs can be told of, and which event of an order is told as what."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventType(models.TextChoices):
    """What an endpoint chooses from. A type never changes its meaning, nor the form of its data."""

    ORDER_CREATED = "order.created", _("An order came in")
    ORDER_CHANGED = "order.changed", _("An order changed, or went a step further")
    NEEDS_ATTENTION = "order.needs_attention", _("An order, a parcel or a return needs a person")
    SHIPMENT_CHANGED = "shipment.changed", _("A parcel was made, changed or confirmed")
    CANCELLATION_CHANGED = "cancellation.changed", _("Something was cancelled, or is asked to be")
    RETURN_CHANGED = "return.changed", _("A return was announced, decided or answered")
    STOCK_CHANGED = "stock.changed", _("The stock of a product changed")


PING = "test.ping"  # of the test button; every endpoint gets it
_T = EventType
# None: nothing changes of what the API tells of the order, so there is nothing to tell.
TYPE_OF: Mapping[str, EventType | None] = {
    "imported": _T.ORDER_CREATED,
    "test_made": _T.ORDER_CREATED,
    "changed": _T.ORDER_CHANGED,
    "released_by_marketplace": _T.ORDER_CHANGED,
    "lines_accepted": _T.ORDER_CHANGED,
    "hold_ended": _T.ORDER_CHANGED,
    "hold_released": _T.ORDER_CHANGED,
    "document_kept": None,
    "hold_sent_to_shop": None,
    "hold_ended_in_shop": None,
    "outcome_unknown": None,
    "sent_to_shop": _T.ORDER_CHANGED,
    "double_removed": None,
    "sent_to_shop_untold": _T.ORDER_CHANGED,
    "accepted_as_in_shop": _T.ORDER_CHANGED,
    "further_parcel": _T.SHIPMENT_CHANGED,
    "products_found": _T.ORDER_CHANGED,
    "refunded_in_shop": _T.ORDER_CHANGED,
    "test_cancelled": _T.ORDER_CHANGED,
    "address_corrected": _T.ORDER_CHANGED,
    "resumed": _T.ORDER_CHANGED,
    "handled_manually": _T.ORDER_CHANGED,
    "problem": _T.NEEDS_ATTENTION,
    "shipment_problem": _T.NEEDS_ATTENTION,
    "stock_problem": _T.NEEDS_ATTENTION,
    "return_problem": _T.NEEDS_ATTENTION,
    "doubled_in_shop": _T.NEEDS_ATTENTION,
    "shipped_in_shop": _T.SHIPMENT_CHANGED,
    "tracking_received": _T.SHIPMENT_CHANGED,
    "tracking_added": _T.SHIPMENT_CHANGED,
    "carrier_chosen": _T.SHIPMENT_CHANGED,
    "waiting_for_tracking": None,  # written together with shipped_in_shop
    "shipment_reported": _T.SHIPMENT_CHANGED,
    "shipment_confirmed": _T.SHIPMENT_CHANGED,
    "tracking_corrected": _T.SHIPMENT_CHANGED,
    "tracking_not_corrected": _T.SHIPMENT_CHANGED,
    "cancellation_requested": _T.CANCELLATION_CHANGED,
    "cancelled_by_marketplace": _T.CANCELLATION_CHANGED,
    "partly_cancelled_by_marketplace": _T.CANCELLATION_CHANGED,
    "cancelled_in_shop": _T.CANCELLATION_CHANGED,
    "cancelled_in_shop_by_us": _T.CANCELLATION_CHANGED,
    "cancelled_by_hand": _T.CANCELLATION_CHANGED,
    "partly_cancelled_by_hand": _T.CANCELLATION_CHANGED,
    "cancellation_confirmed": _T.CANCELLATION_CHANGED,
    "return_registered": _T.RETURN_CHANGED,
    "return_decided": _T.RETURN_CHANGED,
    "return_answered": _T.RETURN_CHANGED,
    "return_in_shop": _T.RETURN_CHANGED,
    "return_not_in_shop": _T.RETURN_CHANGED,
    "return_maybe_in_shop": _T.RETURN_CHANGED,
    "return_gone_in_shop": _T.RETURN_CHANGED,
    "return_decided_in_shop": _T.RETURN_CHANGED,
}


def type_of(code: str) -> EventType | None:
    """Return what an event of an order is told as; one that is new here is told rather than lost."""
    return TYPE_OF.get(code, EventType.ORDER_CHANGED)
