"""Every code of a problem, in words for the merchant: what keeps an order, and how to mend it.

The one place for these texts; pages, the admin and the API read them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as noop

from orders.words.telling import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`title` in a few words, `what` happened, and how to `mend` it (may be empty)."""

    title: str
    what: str
    mend: str


PROBLEMS: Mapping[str, tuple[str, str, str]] = {
    "unknown_product": (
        noop("Unknown product"),
        noop("The shop has no product for {skus}."),
        noop("Give the product this id in the shop, or correct it at the marketplace. The order goes on by itself once the product is found."),
    ),
    "no_delivery_address": (
        noop("No delivery address"),
        noop("The marketplace sent the order without a usable delivery address."),
        noop("Look the order up at the marketplace. When the address appears there, the order goes on by itself; otherwise enter it on the order's page."),
    ),
    "unknown_country": (
        noop("Unknown country"),
        noop("The address names the country “{country}”, which is no ISO country code."),
        noop("Correct the address on the order's page; ask the buyer through the marketplace where you are not sure."),
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
    "shop_reference_missing": (
        noop("The shop gave it a number of its own"),
        noop("The shop's order {number} does not carry our reference, so it could not be found again after a failure."),
        noop("Set the shop up as its connect guide says, and compare the prefix of the order numbers. This order you can accept as it is."),
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
    "made_total_differs": (
        noop("The shop made another total"),
        noop("Shop order {number} comes to {shop}, the marketplace says {marketplace}."),
        noop("Mend order {number} in the shop and try again, or accept it as the shop has it. It is not made a second time."),
    ),
    "made_currency_differs": (
        noop("The shop used another currency"),
        noop("Shop order {number} is in {shop}, the marketplace says {marketplace}."),
        noop("Mend order {number} in the shop and try again, or accept it as the shop has it. It is not made a second time."),
    ),
    "made_product_missing": (
        noop("The shop left a product out"),
        noop("Shop order {number} does not have {skus}."),
        noop("Mend order {number} in the shop and try again, or accept it as the shop has it. It is not made a second time."),
    ),
    "made_lines_differ": (
        noop("The shop made other lines"),
        noop("Asked for {asked} pieces, shop order {number} has {shop}."),
        noop("Mend order {number} in the shop and try again, or accept it as the shop has it. It is not made a second time."),
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
        noop("The other side could not be reached. {message} {remote}"),
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
    "settling": (
        noop("Waiting for the shop"),
        noop("An earlier try may still be finished by the shop."),
        noop("Nothing to do: we look again in a moment, before anything is sent again."),
    ),
    "creation_unknown": (
        noop("Not known whether it arrived"),
        noop("The shop did not answer while the order {reference} was being created, and it cannot be searched."),
        noop("Look in the shop: if it is there, handle this order manually; if not, try again."),
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
    "orders_go_elsewhere": (
        noop("These orders go to a shop already"),
        noop("The connection “{name}” is active for the same account, and brings the same orders to a shop."),
        noop("Pause or archive it first: an order may come into one shop only."),
    ),
    "orders_go_to_another_company": (
        noop("These orders go to this shop already"),
        noop("The same seller account is connected to the same shop from elsewhere in OrderSync."),
        noop("Have that connection ended first, or ask support: an order may come into a shop once only."),
    ),
    "orders_come_through_another": (
        noop("Another connection brings these orders"),
        noop("“{name}” is older and active for the same account: what both would bring comes through it alone."),
        noop("Archive the one that you do not need."),
    ),
    "orders_come_from_elsewhere": (
        noop("These orders come from elsewhere"),
        noop(
            "The same seller account was connected to the same shop before, from elsewhere in OrderSync: what both would"
            " bring comes from there alone."
        ),
        noop("Archive this connection, or ask support to have the other one ended."),
    ),
    "no_connection_ships_so": (
        noop("No connection for it"),
        noop("No active connection of this account takes orders that are shipped so."),
        noop("Make one, or activate it."),
    ),
    "no_connection_for_country": (
        noop("Another country"),
        noop("The connections of this account are for other countries."),
        noop("Make a connection for this country, or one for all."),
    ),
    "placed_before_activation": (
        noop("From before the activation"),
        noop("It was placed before the date from which the connection takes orders."),
        noop("Our support can set that date back; you choose which orders come in."),
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
    "order_not_in_shop": (
        noop("The order is not in the shop yet"),
        noop("The shop is told of the return once it has the order."),
        noop("See what keeps the order from the shop; the return you can answer here at any time."),
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
    "product_id_shared": (
        noop("Shared product ID"),
        noop("Several imported products have the ID {product}."),
        noop("Give each product its own in the shop, or choose another field."),
    ),
    "discount_too_large": (
        noop("Too large a discount"),
        noop("Products and shipping come to {total}, the discount is {discount}."),
        noop("Choose a smaller discount."),
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
        noop("Try it again; if it comes back, tell the support, with the trace."),
    ),
    "told_with_its_order": (
        noop("Told with its order"),
        noop("This marketplace cancels whole orders; another line of the order speaks for this one."),
        noop("Nothing to do: it follows by itself."),
    ),
    "account_not_authorised": (
        noop("Not authorised yet"),
        noop("The marketplace account has not let us in yet."),
        noop("Open the account, and choose to connect with the marketplace or paste the secret."),
    ),
    "accept_it_yourself": (
        noop("Accept it at the marketplace"),
        noop("This marketplace waits for you to accept the order, and does not let us."),
        noop("Accept it there by hand."),
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
    "push_paused": (
        noop("Paused"),
        noop("Placing orders in the shop is paused for this connection."),
        noop("Let it go on in the connection's settings."),
    ),
    "report_paused": (
        noop("Paused"),
        noop("Reporting to the marketplace is paused for this connection."),
        noop("Let it go on in the connection's settings."),
    ),
    "stock_paused": (
        noop("Paused"),
        noop("Telling stock to the marketplace is paused for this connection."),
        noop("Let it go on in the connection's settings."),
    ),
    "cancellation_requested": (
        noop("On hold"),
        noop("The buyer asks to cancel."),
        noop("Cancel the order, or release it."),
    ),
    "to_be_acknowledged": (
        noop("Waits for your platform"),
        noop("Its program has not said yet that it has the order."),
        noop("It fetches new orders through the API."),
    ),
    "no_longer_wanted": (
        noop("Not sent"),
        noop("It is not wanted any more: the order was cancelled, or is handled by hand."),
        "",
    ),
    "discarded_by_person": (
        noop("Given up"),
        noop("Our support gave this step up. The reason stands under Company > Who changed what."),
        "",
    ),
    "to_be_read_again": (
        noop("Looked up at the marketplace first"),
        noop("Nothing was heard of the order for a while; whether it changed is seen to before it goes into the shop."),
        noop("Nothing to do: it goes on by itself."),
    ),
    "lines_to_take_out": (
        noop("Pieces are cancelled"),
        noop("Shop order {number} still has what was cancelled of it: {lines}."),
        noop("Take it out of the order in the shop, or accept the order as the shop has it. Until then it is on hold there, where the shop can do that."),
    ),
    "address_to_correct": (
        noop("The shop has an earlier address"),
        noop("The address was corrected while shop order {number} was being made."),
        noop("Correct it in the shop, then accept the order as the shop has it. Until then it is on hold there, where the shop can do that."),
    ),
    "changed_meanwhile": (
        noop("Changed meanwhile"),
        noop("Something else is wanted of the order by now."),
        noop("Nothing to do: it goes on by itself."),
    ),
    "started_too_late": (
        noop("Not sent yet"),
        noop("It waited too long for its turn."),
        noop("Nothing to do: it goes on by itself."),
    ),
    "cannot_look_first": (
        noop("Not known whether it arrived"),
        noop("The marketplace cannot tell what was reported to it."),
        noop("Look it up there, and try again only if the shipment is missing."),
    ),
    "no_stock_known": (
        noop("Not sent"),
        noop("The shop keeps no count of this product."),
        "",
    ),
    "stock_not_supported": (
        noop("Keep the stock at the marketplace"),
        noop("This marketplace takes no stock from us."),
        noop("Set it there by hand."),
    ),
    "offer_not_found": (
        noop("Not offered there"),
        noop("The marketplace has no offer with this product's ID."),
        noop("Offer the product there under the same ID."),
    ),
    "order_gone": (
        noop("Not sent"),
        noop("What it was about is gone."),
        "",
    ),
    "shipment_gone": (
        noop("Not sent"),
        noop("What it was about is gone."),
        "",
    ),
    "return_gone": (
        noop("Not sent"),
        noop("What it was about is gone."),
        "",
    ),
    "cancellation_gone": (
        noop("Not sent"),
        noop("What it was about is gone."),
        "",
    ),
    "offer_gone": (
        noop("Not sent"),
        noop("What it was about is gone."),
        "",
    ),
}  # fmt: skip


def explain(code: str, params: Mapping[str, Any]) -> Explanation:
    """Return a problem in words, in the active language; an unknown code keeps its name as the title."""
    title, what, mend = PROBLEMS.get(code, (code.replace("_", " ").capitalize(), "{message} {remote}", ""))
    return Explanation(title=fill(title, params), what=fill(what, params), mend=fill(mend, params))
