"""Every code of an event or a problem, in words for the merchant: what happened, and how to mend it.

The one place for these texts; pages, the admin and the API read them here. Values come from marketplaces and shops and
are hostile: whoever shows a text escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.models import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`title` in a few words, `what` happened, and how to `mend` it (may be empty)."""

    title: str
    what: str
    mend: str


EVENTS: Mapping[str, str] = {
    "imported": N_("Fetched from the marketplace: {total} {currency}."),
    "changed": N_("The marketplace changed the order; our copy was brought up to date."),
    "released_by_marketplace": N_("The marketplace released the order for shipping."),
    "cancelled_by_marketplace": N_("The marketplace cancelled the order."),
    "partly_cancelled_by_marketplace": N_(
        "The marketplace cancelled part of the order: {lines}. Take it out in the shop."
    ),
    "cancellation_requested": N_("The buyer asks to cancel. The order is on hold until you decide."),
    "hold_ended": N_("The buyer's request to cancel has ended; the order goes on."),
    "hold_released": N_("Released from hold by hand."),
    "hold_sent_to_shop": N_("The hold was brought over to shop order {number}."),
    "outcome_unknown": N_(
        "The shop did not answer while the order was being created. We look whether it is there before anything is sent again."
    ),
    "sent_to_shop": N_("Placed in the shop as order {number}, {total} {currency}."),
    "doubled_in_shop": N_("Shop order {number} carries the same reference. Check it and cancel it if it is a double."),
    "double_removed": N_("An unfinished double was removed from the shop; order {number} stays."),
    "products_found": N_("The missing product was found in the shop; the order goes on."),
    "shipped_in_shop": N_("Shipped in the shop: {carrier} {tracking}"),
    "tracking_received": N_("The shop gave the tracking code {tracking} ({carrier})."),
    "waiting_for_tracking": N_("No tracking code yet. Without one, the shipment is reported at {until}."),
    "shipment_reported": N_("Shipment reported to the marketplace with {carrier} {tracking}; its answer is awaited."),
    "shipment_confirmed": N_("The marketplace confirmed the shipment with {carrier} {tracking}."),
    "cancelled_in_shop": N_("Cancelled or refunded in the shop; the marketplace is told."),
    "cancelled_in_shop_by_us": N_("Shop order {number} was cancelled."),
    "cancellation_confirmed": N_("The marketplace cancelled {quantity} x {sku}."),
    "refunded_in_shop": N_("Refunded in the shop: {amount} {currency}."),
    "return_registered": N_("The buyer returns {quantity} x {title}: {reason}"),
    "resumed": N_("Tried again by hand."),
    "handled_manually": N_("Marked as handled by hand; nothing more is sent."),
}

PROBLEMS: Mapping[str, tuple[str, str, str]] = {
    "unknown_product": (
        N_("Unknown product"),
        N_("The shop has no product for {skus}."),
        N_("Give the product this id in the shop, or correct it at the marketplace. The order goes on by itself once the product is found."),
    ),
    "no_delivery_address": (
        N_("No delivery address"),
        N_("The marketplace sent the order without a usable delivery address."),
        N_("Look the order up at the marketplace. When the address appears there, the order goes on by itself; otherwise handle it by hand."),
    ),
    "unknown_country": (
        N_("Unknown country"),
        N_("The address names the country “{country}”, which is no ISO country code."),
        N_("Ask the buyer through the marketplace, put the order into the shop by hand and mark it as handled."),
    ),
    "unknown_currency": (
        N_("Unknown currency"),
        N_("The order is in “{currency}”, which is no ISO currency code."),
        N_("Put the order into the shop by hand and mark it as handled."),
    ),
    "other_currency": (
        N_("Another currency"),
        N_("The order is in {currency}, the shop works in {shop_currency}."),
        N_("Connect this marketplace to a shop in {currency}, or put the order into the shop by hand."),
    ),
    "total_does_not_add_up": (
        N_("The total does not add up"),
        N_("The marketplace says {total}, its lines and shipping add up to {sum}."),
        N_("Compare the order at the marketplace. Try again when it is right there, or handle it by hand."),
    ),
    "shop_total_differs": (
        N_("The shop made another total"),
        N_("Draft {number} in the shop comes to {shop}, the marketplace says {marketplace}."),
        N_("Check tax rates, rounding and fees in the shop, then try again. The draft takes no stock and is replaced."),
    ),
    "shop_currency_differs": (
        N_("The shop used another currency"),
        N_("The shop made the order in {shop}, the marketplace says {marketplace}."),
        N_("Set the shop's currency for this connection, then try again."),
    ),
    "shop_product_missing": (
        N_("The shop left a product out"),
        N_("The shop did not recognise {skus}."),
        N_("Check that the product still exists and can be bought in the shop, then try again."),
    ),
    "shop_lines_differ": (
        N_("The shop made other lines"),
        N_("Asked for {asked} pieces, the shop's order has {shop}."),
        N_("Look for an extension in the shop that changes orders, then try again."),
    ),
    "shop_order_gone": (
        N_("Removed in the shop"),
        N_("The order was removed in the shop before it was complete."),
        N_("Try again to have it made anew, or mark it as handled."),
    ),
    "no_carrier": (
        N_("No carrier"),
        N_("No rule and no default gives a carrier for “{carrier}” {tracking}."),
        N_("Choose a default carrier or add a rule, then try again. Until then the marketplace is not told."),
    ),
    "carrier_not_at_marketplace": (
        N_("The marketplace does not know this carrier"),
        N_("{carrier} has no code at this marketplace."),
        N_("Choose another carrier in your rules, then try again."),
    ),
    "credentials_refused": (
        N_("Credentials refused"),
        N_("The other side refuses the credentials."),
        N_("Enter new credentials on the connection's page. Everything waits until then; nothing is lost."),
    ),
    "unavailable": (
        N_("Not reachable"),
        N_("The other side could not be reached. {remote}"),
        N_("Nothing to do: it is tried again, less often the longer it lasts."),
    ),
    "rate_limited": (
        N_("Asked to wait"),
        N_("The other side asked for fewer calls."),
        N_("Nothing to do: it goes on by itself."),
    ),
    "outcome_unknown": (
        N_("Not known whether it arrived"),
        N_("The answer to a call was lost. {message}"),
        N_("Nothing to do: we look before anything is sent again."),
    ),
    "rejected": (
        N_("Refused"),
        N_("The other side refused: {message} {remote}"),
        N_("Mend what it names, then try again."),
    ),
    "not_found": (
        N_("Not found there"),
        N_("The other side does not know it: {message} {remote}"),
        N_("Check that it still exists there, then try again."),
    ),
    "malformed_response": (
        N_("An answer that we cannot read"),
        N_("The other side answered in a form that we do not know: {message}"),
        N_("Try again later; if it stays, tell the support, its interface may have changed."),
    ),
    "internal_error": (
        N_("A mistake of ours"),
        N_("Our own program failed ({message})."),
        N_("It is tried again; if it stays, tell the support."),
    ),
    "cancel_it_yourself": (
        N_("Cancel it in the shop"),
        N_("The shop does not let us cancel order {number}."),
        N_("Cancel it in the shop by hand."),
    ),
    "hold_it_yourself": (
        N_("Hold it in the shop"),
        N_("The shop does not let us hold order {number}."),
        N_("Do not ship it before you have decided on the buyer's request."),
    ),
    "cancel_at_marketplace_yourself": (
        N_("Cancel it at the marketplace"),
        N_("This marketplace does not let us cancel."),
        N_("Cancel it there by hand."),
    ),
}  # fmt: skip


class _Gaps(dict[str, Any]):
    """Leaves a text readable when a value is missing."""

    def __missing__(self, name: str) -> str:
        return ""


def event_text(event: OrderEvent) -> str:
    """Return one sentence or two for an event, in the active language; an unknown code is shown as it is."""
    if event.code in {"problem", "shipment_problem"}:
        explained = explain(event.params.get("problem_code", ""), event.params)
        return f"{explained.title}: {explained.what}"
    return _fill(EVENTS.get(event.code, event.code), event.params)


def explain(code: str, params: Mapping[str, Any]) -> Explanation:
    """Return a problem in words, in the active language; an unknown code keeps its name as the title."""
    title, what, mend = PROBLEMS.get(code, (code.replace("_", " ").capitalize(), "{message} {remote}", ""))
    return Explanation(title=_fill(title, params), what=_fill(what, params), mend=_fill(mend, params))


def _fill(text: str, params: Mapping[str, Any]) -> str:
    if not text:
        return ""
    values = {name: ", ".join(map(str, v)) if isinstance(v, list) else v for name, v in params.items()}
    return " ".join(_(text).format_map(_Gaps(values)).split())
