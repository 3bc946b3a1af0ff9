"""Every code of an event or a problem, in words for the merchant: what happened, and how to mend it.

The one place for these texts; pages, the admin and the API read them here. Values come from marketplaces and shops and
are hostile: whoever shows a text escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from orders.models import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`title` in a few words, `what` happened, and how to `mend` it (may be empty)."""

    title: str
    what: str
    mend: str


EVENTS: Mapping[str, str] = {
    "imported": noop("Fetched from the marketplace: {total} {currency}."),
    "changed": noop("The marketplace changed the order; our copy was brought up to date."),
    "released_by_marketplace": noop("The marketplace released the order for shipping."),
    "cancelled_by_marketplace": noop("The marketplace cancelled the order."),
    "partly_cancelled_by_marketplace": noop(
        "The marketplace cancelled part of the order: {lines}. Take it out in the shop."
    ),
    "cancellation_requested": noop("The buyer asks to cancel. The order is on hold until you decide."),
    "hold_ended": noop("The buyer's request to cancel has ended; the order goes on."),
    "hold_released": noop("Released from hold by hand."),
    "hold_sent_to_shop": noop("The hold was brought over to shop order {number}."),
    "outcome_unknown": noop(
        "The shop did not answer while the order was being created. We look whether it is there before anything is sent again."
    ),
    "sent_to_shop": noop("Placed in the shop as order {number}, {total} {currency}."),
    "doubled_in_shop": noop(
        "Shop order {number} carries the same reference. Check it and cancel it if it is a double."
    ),
    "double_removed": noop("An unfinished double was removed from the shop; order {number} stays."),
    "products_found": noop("The missing product was found in the shop; the order goes on."),
    "shipped_in_shop": noop("Shipped in the shop: {carrier} {tracking}"),
    "tracking_received": noop("The shop gave the tracking code {tracking} ({carrier})."),
    "waiting_for_tracking": noop("No tracking code yet. Without one, the shipment is reported at {until}."),
    "shipment_reported": noop("Shipment reported to the marketplace with {carrier} {tracking}; its answer is awaited."),
    "shipment_confirmed": noop("The marketplace confirmed the shipment with {carrier} {tracking}."),
    "cancelled_in_shop": noop("Cancelled or refunded in the shop; the marketplace is told."),
    "cancelled_in_shop_by_us": noop("Shop order {number} was cancelled."),
    "cancellation_confirmed": noop("The marketplace cancelled {quantity} x {sku}."),
    "refunded_in_shop": noop("Refunded in the shop: {amount} {currency}."),
    "return_registered": noop("The buyer returns {quantity} x {title}: {reason}"),
    "return_decided": noop("Decided on the return of {quantity} x {title}: {decision}. The marketplace is told."),
    "return_answered": noop("The marketplace took the answer to the return of {title}: {decision}."),
    "return_problem": noop("The marketplace did not take the answer to the return of {title}. {remote}"),
    "test_cancelled": noop("The test is over: the shop is told to cancel the order."),
    "address_corrected": noop("The address was corrected by hand."),
    "tracking_added": noop("Tracking code {tracking} was entered by hand."),
    "carrier_chosen": noop("{carrier} was chosen by hand for {tracking}."),
    "cancelled_by_hand": noop("Cancelled by hand; marketplace and shop are told."),
    "resumed": noop("Tried again by hand."),
    "handled_manually": noop("Marked as handled by hand; nothing more is sent."),
}

PROBLEMS: Mapping[str, tuple[str, str, str]] = {
    "unknown_product": (
        noop("Unknown product"),
        noop("The shop has no product for {skus}."),
        noop("Give the product this id in the shop, or correct it at the marketplace. The order goes on by itself once the product is found."),
    ),
    "no_delivery_address": (
        noop("No delivery address"),
        noop("The marketplace sent the order without a usable delivery address."),
        noop("Look the order up at the marketplace. When the address appears there, the order goes on by itself; otherwise handle it by hand."),
    ),
    "unknown_country": (
        noop("Unknown country"),
        noop("The address names the country “{country}”, which is no ISO country code."),
        noop("Ask the buyer through the marketplace, put the order into the shop by hand and mark it as handled."),
    ),
    "unknown_currency": (
        noop("Unknown currency"),
        noop("The order is in “{currency}”, which is no ISO currency code."),
        noop("Put the order into the shop by hand and mark it as handled."),
    ),
    "other_currency": (
        noop("Another currency"),
        noop("The order is in {currency}, the shop works in {shop_currency}."),
        noop("Connect this marketplace to a shop in {currency}, or put the order into the shop by hand."),
    ),
    "total_does_not_add_up": (
        noop("The total does not add up"),
        noop("The marketplace says {total}, its lines and shipping add up to {sum}."),
        noop("Compare the order at the marketplace. Try again when it is right there, or handle it by hand."),
    ),
    "shop_total_differs": (
        noop("The shop made another total"),
        noop("Draft {number} in the shop comes to {shop}, the marketplace says {marketplace}."),
        noop("Check tax rates, rounding and fees in the shop, then try again. The draft takes no stock and is replaced."),
    ),
    "shop_currency_differs": (
        noop("The shop used another currency"),
        noop("The shop made the order in {shop}, the marketplace says {marketplace}."),
        noop("Set the shop's currency for this connection, then try again."),
    ),
    "shop_product_missing": (
        noop("The shop left a product out"),
        noop("The shop did not recognise {skus}."),
        noop("Check that the product still exists and can be bought in the shop, then try again."),
    ),
    "shop_lines_differ": (
        noop("The shop made other lines"),
        noop("Asked for {asked} pieces, the shop's order has {shop}."),
        noop("Look for an extension in the shop that changes orders, then try again."),
    ),
    "shop_order_gone": (
        noop("Removed in the shop"),
        noop("The order was removed in the shop before it was complete."),
        noop("Try again to have it made anew, or mark it as handled."),
    ),
    "no_carrier": (
        noop("No carrier"),
        noop("No rule and no default gives a carrier for “{carrier}” {tracking}."),
        noop("Choose a default carrier or add a rule, then try again. Until then the marketplace is not told."),
    ),
    "carrier_not_at_marketplace": (
        noop("The marketplace does not know this carrier"),
        noop("{carrier} has no code at this marketplace."),
        noop("Choose another carrier in your rules, then try again."),
    ),
    "credentials_refused": (
        noop("Credentials refused"),
        noop("The other side refuses the credentials."),
        noop("Enter new credentials on the connection's page. Everything waits until then; nothing is lost."),
    ),
    "unavailable": (
        noop("Not reachable"),
        noop("The other side could not be reached. {remote}"),
        noop("Nothing to do: it is tried again, less often the longer it lasts."),
    ),
    "rate_limited": (
        noop("Asked to wait"),
        noop("The other side asked for fewer calls."),
        noop("Nothing to do: it goes on by itself."),
    ),
    "outcome_unknown": (
        noop("Not known whether it arrived"),
        noop("The answer to a call was lost. {message}"),
        noop("Nothing to do: we look before anything is sent again."),
    ),
    "module_missing": (
        noop("Module missing"),
        noop("Your subscription does not include order connections."),
        noop("An owner adds the module under Company > Subscription and prices."),
    ),
    "shop_missing": (
        noop("No shop yet"),
        noop("The project has no shop."),
        noop("Choose the platform and connect it."),
    ),
    "platform_takes_no_orders": (
        noop("Not possible with this platform"),
        noop("{platform} can be read, but takes no orders."),
        noop("Connect the shop another way; its platform's card says which."),
    ),
    "platform_takes_no_shipped": (
        noop("Not possible with this platform"),
        noop("{platform} takes no orders that arrive as shipped."),
        noop("Use this marketplace for orders that you ship yourself."),
    ),
    "shop_has_no_products": (
        noop("No products"),
        noop("The shop was read and has no products."),
        noop("Publish products in the shop; they are read every few minutes."),
    ),
    "products_not_imported": (
        noop("No products yet"),
        noop("The products of the shop are not imported yet."),
        noop("They come by themselves once the shop is connected."),
    ),
    "product_ids_empty": (
        noop("No product IDs"),
        noop("No product has anything in the field that is chosen as unique product ID."),
        noop("Choose another field, or fill it in in the shop."),
    ),
    "product_ids_doubled": (
        noop("Shared product IDs"),
        noop("{count} IDs are shared by several products: {examples}."),
        noop("Give each product its own in the shop, or choose another field."),
    ),
    "default_carrier_missing": (
        noop("No default carrier"),
        noop("Without one, tracking that no rule knows is held."),
        noop("Choose a default carrier."),
    ),
    "test_order_missing": (
        noop("No test order yet"),
        noop("No test order has arrived in the shop."),
        noop("Send one; it never reaches the marketplace."),
    ),
    "answer_return_yourself": (
        noop("Answer it at the marketplace"),
        noop("This marketplace takes no answers to returns from us."),
        noop("Answer it there by hand."),
    ),
    "product_not_imported": (
        noop("Unknown product"),
        noop("No imported product has the ID {product}."),
        noop("Take one from the list of products."),
    ),
    "too_little_stock": (
        noop("Too little stock"),
        noop("{product} has a stock of {stock}; a test order needs {least}."),
        noop("Take another product, or raise the stock in the shop."),
    ),
    "submission_forgotten": (
        noop("Not known what became of it"),
        noop("The marketplace took it and no longer knows what it decided."),
        noop("Nothing to do: we look before anything is sent again."),
    ),
    "submission_timed_out": (
        noop("Not known what became of it"),
        noop("The marketplace took it and gave up on it. {remote}"),
        noop("Nothing to do: we look before anything is sent again."),
    ),
    "still_being_decided": (
        noop("The marketplace is still deciding"),
        noop("It works on an earlier report of the same lines."),
        noop("Nothing to do: we look again shortly."),
    ),
    "not_found_yet": (
        noop("Not seen at the marketplace yet"),
        noop("A report whose answer was lost may still be on its way."),
        noop("Nothing to do: we look once more and then send it again."),
    ),
    "rejected": (
        noop("Refused"),
        noop("The other side refused: {message} {remote}"),
        noop("Mend what it names, then try again."),
    ),
    "not_found": (
        noop("Not found there"),
        noop("The other side does not know it: {message} {remote}"),
        noop("Check that it still exists there, then try again."),
    ),
    "malformed_response": (
        noop("An answer that we cannot read"),
        noop("The other side answered in a form that we do not know: {message}"),
        noop("Try again later; if it stays, tell the support, its interface may have changed."),
    ),
    "internal_error": (
        noop("A mistake of ours"),
        noop("Our own program failed ({message})."),
        noop("It is tried again; if it stays, tell the support."),
    ),
    "cancel_it_yourself": (
        noop("Cancel it in the shop"),
        noop("The shop does not let us cancel order {number}."),
        noop("Cancel it in the shop by hand."),
    ),
    "hold_it_yourself": (
        noop("Hold it in the shop"),
        noop("The shop does not let us hold order {number}."),
        noop("Do not ship it before you have decided on the buyer's request."),
    ),
    "cancel_at_marketplace_yourself": (
        noop("Cancel it at the marketplace"),
        noop("This marketplace does not let us cancel."),
        noop("Cancel it there by hand."),
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
