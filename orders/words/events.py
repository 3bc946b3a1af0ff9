"""Every code of an order's history, in words for the merchant. The one place for these texts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from orders.models import OrderEvent
from orders.words.problems import explain
from orders.words.telling import fill

EVENTS: Mapping[str, str] = {
    "imported": noop("Fetched from the marketplace: {total} {currency}."),
    "test_made": noop("Made by hand as a test: {total} {currency}. No marketplace knows of it."),
    "changed": noop("The marketplace changed the order; our copy was brought up to date."),
    "released_by_marketplace": noop("The marketplace released the order for shipping."),
    "lines_accepted": noop("Accepted at the marketplace: {lines}."),
    "cancelled_by_marketplace": noop("The marketplace cancelled the order."),
    "partly_cancelled_by_marketplace": noop("The marketplace cancelled part of the order: {lines}."),
    "cancellation_requested": noop("The buyer asks to cancel. The order is on hold until you decide."),
    "hold_ended": noop("The buyer's request to cancel has ended; the order goes on."),
    "hold_released": noop("Released from hold by hand."),
    "hold_sent_to_shop": noop("Shop order {number} was put on hold."),
    "hold_ended_in_shop": noop("Shop order {number} goes on."),
    "outcome_unknown": noop(
        "The shop did not answer while the order was being created. We look whether it is there before anything is sent again."
    ),
    "sent_to_shop": noop("Placed in the shop as order {number}, {total} {currency}."),
    "document_kept": noop("A document was handed in: {name}"),
    "sent_to_shop_untold": noop("Placed in the shop as order {number}. The shop does not tell its total."),
    "accepted_as_in_shop": noop("Shop order {number} was accepted as it is: {was}"),
    "doubled_in_shop": noop(
        "Shop order {number} carries the same reference. Check it and cancel it if it is a double."
    ),
    "double_removed": noop("An unfinished double was removed from the shop; order {number} stays."),
    "products_found": noop("The missing product was found in the shop; the order goes on."),
    "shipped_in_shop": noop("Shipped in the shop: {carrier} {tracking}"),
    "further_parcel": noop("A further parcel that the marketplace cannot be told of: {carrier} {tracking}"),
    "tracking_received": noop("The shop gave the tracking code {tracking} ({carrier})."),
    "waiting_for_tracking": noop("No tracking code yet. Without one, the shipment is reported at {until}."),
    "shipment_reported": noop("Shipment reported to the marketplace with {carrier} {tracking}; its answer is awaited."),
    "shipment_confirmed": noop("The marketplace confirmed the shipment with {carrier} {tracking}."),
    "tracking_corrected": noop("The marketplace has the corrected tracking code {tracking} ({carrier})."),
    "tracking_not_corrected": noop(
        "The tracking code is {tracking} ({carrier}) now. This marketplace takes no correction from us: change it there."
    ),
    "cancelled_in_shop": noop("Cancelled or refunded in the shop; the marketplace is told."),
    "cancelled_in_shop_by_us": noop("Shop order {number} was cancelled."),
    "cancellation_confirmed": noop("The marketplace cancelled {quantity} x {sku}."),
    "refunded_in_shop": noop("Refunded in the shop: {amount} {currency}."),
    "return_registered": noop("The buyer returns {quantity} x {title}: {reason}"),
    "return_decided": noop("Decided on the return of {quantity} x {title}: {decision}. The marketplace is told."),
    "return_decided_in_shop": noop(
        "Decided in the shop on the return of {quantity} x {title}: {decision}. The marketplace is told."
    ),
    "return_in_shop": noop("The shop has the return of {title} as its return {number}; decide about it there or here."),
    "return_not_in_shop": noop("The shop did not take the return of {title}; answer it here. {message} {remote}"),
    "return_maybe_in_shop": noop(
        "The shop did not answer while it was told of the return of {title}. Look whether it is there; otherwise answer it here."
    ),
    "return_gone_in_shop": noop(
        "Return {number} of {title} was called off in the shop without a decision; answer it here."
    ),
    "return_answered": noop("The marketplace took the answer to the return of {title}: {decision}."),
    "return_problem": noop("The marketplace did not take the answer to the return of {title}. {remote}"),
    "test_cancelled": noop("The test is over: the shop is told to cancel the order."),
    "address_corrected": noop("The address was corrected by hand."),
    "tracking_added": noop("Tracking code {tracking} was entered by hand."),
    "carrier_chosen": noop("{carrier} was chosen by hand for {tracking}."),
    "partly_cancelled_by_hand": noop("Cancelled by hand in part: {lines}. The marketplace is told."),
    "cancelled_by_hand": noop("Cancelled by hand; marketplace and shop are told."),
    "resumed": noop("Tried again by hand."),
    "handled_manually": noop("Marked as handled by hand; nothing more is sent."),
}


def event_text(event: OrderEvent) -> str:
    """Return one sentence or two for an event, in the active language; an unknown code is shown as it is."""
    if event.code in {"problem", "shipment_problem"}:
        explained = explain(event.params.get("problem_code", ""), event.params)
        return _("{title}: {what}").format(title=explained.title, what=explained.what)
    if event.code == "accepted_as_in_shop":
        was = explain(event.params.get("problem_code", ""), event.params).what
        return fill(EVENTS[event.code], {**event.params, "was": was})
    return fill(EVENTS.get(event.code, event.code), event.params)
