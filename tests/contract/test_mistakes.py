"""The mistakes that the contract suite catches in any adapter, each with the tests that fail on it.

Each is made on purpose in an adapter that is right, in front of its simulator: the tests that are named pass with the
honest adapter and fail with the mistaken one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest

from adapterkit.errors import AdapterError, AlreadyExists, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.records import (
    Address,
    Fulfilment,
    LineQuantity,
    Order,
    Page,
    ShopOrder,
    ShopOrderState,
    ShopShipment,
    ShopUpdate,
    StockLevel,
    Submission,
    SubmissionState,
    nothing_known,
)
from adapterkit.spec import Effect
from shops.woocommerce.spec import DELETE_ORDER
from tests.clock import START, Clock
from tests.contract import benches, shop_benches
from tests.contract import test_marketplace_credentials as credentials
from tests.contract import test_marketplace_writes as writes
from tests.contract import test_marketplaces as reads
from tests.contract import test_shops as shops
from tests.contract.effects import declaring
from tests.contract.mistakes import (
    FAILURES,
    Mistake,
    all_but_the_last,
    asking,
    instead,
    marked,
    mistake,
    remarked,
    talkative,
    telling,
)
from tests.foreign.registered import foreign_marketplaces, foreign_shops  # noqa: F401 - fixtures of these tests

CENT, SECOND, HOUR = Decimal("0.01"), timedelta(seconds=1), timedelta(hours=1)
TIMES = count()


def of_lines(order: Order, **fields: Any) -> Order:
    return replace(order, lines=tuple(replace(line, **fields) for line in order.lines))


def undiscounted(order: Order) -> Order:
    lines = tuple(replace(line, total=line.unit_price * line.quantity, discounts=()) for line in order.lines)
    return replace(order, lines=lines, total=sum((line.total for line in lines), Decimal(0)))


def of_pieces(record: Any, line_id: str) -> Any:
    """Name another line for all that is in a parcel."""
    return replace(record, lines=tuple(replace(line, line_id=line_id) for line in record.lines))


def of_moments(record: ShopOrder, change: Callable[[Any], Any]) -> ShopOrder:
    moments = {"created_at": record.created_at, "changed_at": record.changed_at}
    return replace(record, **{name: change(at) for name, at in moments.items() if at})


# What is done wrong in a shop, verb by verb.


def active_at_once(self: Any, honest: Any, order: Order, *args: Any) -> ShopOrder:
    made: ShopOrder = honest(order, *args)
    self.activate_order(made.shop_order_id, order)
    return made


def made_again(self: Any, honest: Any, shop_order_id: str, order: Order) -> ShopOrder:
    """Activate the order, and a second one like it."""
    made: ShopOrder = honest(shop_order_id, order)
    products = {line.marketplace_line_id: line.product_id for line in made.lines}
    honest(self.create_inert_order(order, made.reference, products).shop_order_id, order)
    return made


def by_prefix(self: Any, _: Any, reference: str, placed_at: Any) -> list[ShopOrder]:
    found = [update.order for page in self.fetch_updates(placed_at) for update in page.items]
    return [order for order in found if order.reference.startswith(reference)]


def none_where(error: type[AdapterError]) -> Callable[..., list[ShopOrder]]:
    def find(_: Any, honest: Any, *args: Any) -> list[ShopOrder]:
        try:
            return honest(*args)  # type: ignore[no-any-return]
        except error:
            return []

    return find


def only_open(_: Any, honest: Any, *args: Any) -> list[ShopOrder]:
    return [order for order in honest(*args) if order.state is ShopOrderState.OPEN]


def refusal_ignored(_: Any, honest: Any, *args: Any) -> Any:
    try:
        return honest(*args)
    except Rejected:
        return None


def gone_is_malformed(_: Any, honest: Any, *args: Any) -> Any:
    try:
        return honest(*args)
    except NotFound:
        raise MalformedResponse("The shop answered without the order") from None


def quoting(_: Any, honest: Any, *args: Any, **named: Any) -> Any:
    """Say in an error what came, as it came."""
    answer = honest(*args, **named)
    if isinstance(answer.body, dict) and "message" in answer.body:
        raise MalformedResponse(f"That is no list: {answer.body}")
    return answer


def tried_on_an_order(self: Any, honest: Any) -> None:
    honest()
    for page in self.fetch_updates(START):
        for update in page.items:
            self.hold_order(update.order.shop_order_id, "to see whether it may be written")


def without_return(self: Any, _: Any, shop_order_id: str, reason: str) -> None:
    """Call an order cancelled that is only put aside: nothing is given back."""
    self.hold_order(shop_order_id, reason)


def cancelled_without_return(honest: type) -> type:
    put_aside = instead(cancel_order=without_return)(honest)
    return telling(
        ShopOrder,
        lambda one: replace(one, state=ShopOrderState.CANCELLED) if one.state is ShopOrderState.ON_HOLD else one,
    )(put_aside)


def key_of_its_own(_: Any, honest: Any, *args: Any, headers: Any = None, **named: Any) -> Any:
    """Send another key each time."""
    fresh = {name: f"{value}-{next(TIMES)}" for name, value in (headers or {}).items()}
    return honest(*args, headers=fresh, **named)


def removed_unseen(self: Any, _: Any, shop_order_id: str) -> None:
    self.transport.call(DELETE_ORDER, query={"force": "true"}, path={"order_id": shop_order_id})


def one_change(count: int = 1) -> Callable[..., None]:
    return partial(shops.test_every_changed_order_is_read_once_and_known_ones_are_left_out, count=count, at_once=7)


OF_SHOPS = (
    mistake(
        "an inert order that is active",
        "woocommerce",
        instead(create_inert_order=active_at_once),
        shops.test_an_inert_order_takes_no_stock_an_active_one_takes_it_once,
    ),
    mistake(
        "quantity always 1",
        "corner_unique",
        asking(lambda order: of_lines(order, quantity=1)),
        shops.test_an_order_is_read_back_as_it_was_made,
        shops.test_an_active_order_takes_its_stock,
    ),
    mistake(
        "address dropped",
        "corner_unique",
        asking(lambda order: replace(order, delivery=Address())),
        shops.test_the_delivery_address_arrives_word_for_word,
    ),
    mistake(
        "supplement of the address dropped",
        "prestashop",
        asking(lambda order: replace(order, delivery=replace(order.delivery, supplement=""))),  # type: ignore[type-var]
        shops.test_the_delivery_address_arrives_word_for_word,
    ),
    mistake(
        "billing address taken for the delivery address",
        "magento2",
        asking(lambda order: replace(order, delivery=order.billing)),
        shops.test_the_delivery_address_arrives_word_for_word,
    ),
    mistake(
        "activation that makes a second order",
        "woocommerce",
        instead(activate_order=made_again),
        shops.test_an_inert_order_takes_no_stock_an_active_one_takes_it_once,
    ),
    mistake(
        "fingerprint that never changes",
        "corner_unique",
        telling(ShopUpdate, lambda one: remarked(one, lambda _: "same")),
        shops.test_a_fingerprint_changes_with_its_order_alone,
    ),
    mistake(
        "fingerprint that always changes",
        "magento1",
        telling(ShopUpdate, lambda one: remarked(one, lambda mark: f"{mark}-{next(TIMES)}")),
        shops.test_a_fingerprint_changes_with_its_order_alone,
    ),
    mistake(
        "`known` ignored",
        "corner_unique",
        instead(fetch_updates=lambda _, honest, since, known=None, resume="": honest(since, resume=resume)),
        one_change(),
    ),
    mistake(
        "`known` ignored where orders are read again",
        "prestashop_module",
        instead(reread_orders=lambda _, honest, ids, known=None: honest(ids)),
        shops.test_orders_are_read_again_as_they_are_and_what_is_gone_or_known_left_out,
    ),
    mistake(
        "wrong shipment line ids",
        "corner_unique",
        telling(ShopShipment, lambda one: of_pieces(one, "999")),
        shops.test_a_parcel_has_the_pieces_that_were_sent,
    ),
    mistake(
        "total read off by a cent",
        "woocommerce",
        telling(ShopOrder, lambda one: replace(one, total=one.total + CENT)),
        shops.test_an_order_is_read_back_as_it_was_made,
    ),
    mistake(
        "total made off by a cent",
        "corner_unique",
        asking(lambda order: replace(order, total=order.total + CENT)),
        shops.test_an_order_is_read_back_as_it_was_made,
    ),
    mistake(
        "second parcel dropped",
        "magento2",
        telling(ShopUpdate, lambda one: replace(one, shipments=one.shipments[:1])),
        shops.test_parcels_keep_their_ids_and_bring_carrier_and_code,
    ),
    mistake(
        "wrong currency of the shop",
        "woocommerce",
        instead(fetch_currency=lambda *_: "USD"),
        shops.test_the_currency_is_the_shops_own,
    ),
    mistake(
        "wrong currency of an order",
        "corner_unique",
        asking(lambda order: replace(order, currency="USD")),
        shops.test_an_order_is_read_back_as_it_was_made,
    ),
    mistake(
        "paging that skips the last page of products",
        "corner_unique",
        instead(fetch_products=all_but_the_last),
        shops.test_products_and_variations_are_read_with_their_stock,
    ),
    mistake(
        "paging that skips the last page of changes",
        "corner_unique",
        instead(fetch_updates=all_but_the_last),
        one_change(120),
    ),
    mistake(
        "a token in an exchange",
        "magento1",
        talkative,
        shops.test_no_secret_is_kept_of_any_exchange_nor_told_in_an_error,
    ),
    mistake(
        "a secret in an error message",
        "woocommerce",
        instead(_call=quoting),
        shops.test_no_secret_is_kept_of_any_exchange_nor_told_in_an_error,
    ),
    mistake(
        "time zone dropped",
        "corner_unique",
        telling(ShopOrder, lambda one: of_moments(one, lambda at: at.replace(tzinfo=None))),
        shops.test_moments_have_their_zone_and_are_those_of_the_shop,
    ),
    mistake(
        "local time taken for UTC",
        "woocommerce",
        telling(ShopOrder, lambda one: of_moments(one, lambda at: at + HOUR)),
        shops.test_moments_have_their_zone_and_are_those_of_the_shop,
    ),
    mistake(
        "cancelled order told as open",
        "woocommerce",
        telling(
            ShopOrder,
            lambda one: replace(one, state=ShopOrderState.OPEN) if one.state is ShopOrderState.CANCELLED else one,
        ),
        shops.test_cancelling_twice_is_harmless_and_gives_the_stock_back,
    ),
    mistake(
        "cancelled order not found",
        "corner_unique",
        instead(find_orders=only_open),
        shops.test_cancelling_twice_is_harmless_and_gives_the_stock_back,
    ),
    mistake(
        "tracking code swapped with the carrier",
        "prestashop",
        telling(ShopShipment, lambda one: replace(one, carrier_name=one.tracking_code, tracking_code=one.carrier_name)),
        shops.test_parcels_keep_their_ids_and_bring_carrier_and_code,
    ),
    mistake(
        "order found whose reference only begins like ours",
        "corner_searched",
        instead(find_orders=by_prefix),
        shops.test_an_order_whose_answer_was_lost_is_found_by_our_reference_alone,
    ),
    mistake(
        "stock of an unknown product told as 0",
        "corner_unique",
        instead(fetch_stock=lambda _, honest, ids: dict.fromkeys(ids, 0) | honest(ids)),
        shops.test_stock_is_read_now_and_an_unknown_product_left_out,
    ),
    mistake(
        "second line dropped",
        "corner_unique",
        asking(lambda order: replace(order, lines=order.lines[:1])),
        shops.test_an_order_is_read_back_as_it_was_made,
        shops.test_an_active_order_takes_its_stock,
    ),
    mistake(
        "discount ignored",
        "woocommerce",
        asking(undiscounted),
        shops.test_what_the_buyer_pays_is_kept_where_a_line_has_a_discount,
    ),
    mistake(
        "a change in the very moment of `changed_since` left out",
        "corner_unique",
        instead(fetch_updates=lambda _, honest, since, *args, **named: honest(since + SECOND, *args, **named)),
        one_change(),
    ),
    mistake(
        "not found taken for an empty list",
        "woocommerce",
        instead(find_orders=none_where(NotFound)),
        partial(shops.test_other_words_are_not_taken_for_no_order, status=404),
    ),
    mistake(
        "an answer of another kind taken for an empty list",
        "corner_unique",
        instead(find_orders=none_where(MalformedResponse)),
        partial(shops.test_other_words_are_not_taken_for_no_order, status=200),
    ),
    mistake(
        "an order that is gone told as a malformed answer",
        "magento2",
        instead(fetch_order=gone_is_malformed),
        shops.test_an_order_is_read_back_as_it_was_made,
    ),
    mistake(
        "`resume` ignored",
        "corner_unique",
        instead(fetch_products=lambda _, honest, resume="": honest()),
        shops.test_products_and_variations_are_read_with_their_stock,
    ),
    mistake(
        "written while only verifying",
        "corner_unique",
        instead(verify_credentials=tried_on_an_order),
        shops.test_verifying_the_credentials_changes_nothing,
    ),
    mistake(
        "a hold that cancels",
        "woocommerce",
        instead(hold_order=lambda self, _, *args: self.cancel_order(*args)),
        shops.test_holding_and_releasing_twice_are_harmless,
    ),
    mistake(
        "a cancellation that gives no stock back",
        "corner_unique",
        cancelled_without_return,
        shops.test_cancelling_twice_is_harmless_and_gives_the_stock_back,
    ),
    mistake(
        "a refusal to cancel what is shipped ignored",
        "corner_unique",
        instead(cancel_order=refusal_ignored),
        shops.test_what_is_shipped_is_not_cancelled_and_gives_nothing_back,
    ),
    mistake(
        "another idempotency key for a repeat",
        "corner_keyed",
        instead(_call=key_of_its_own),
        shops.test_a_repeat_is_what_the_rung_says,
    ),
    mistake(
        "what the marketplace ships taken from the shop's stock",
        "corner_unique",
        asking(lambda order: replace(order, fulfilment=Fulfilment.MERCHANT)),
        shops.test_what_the_marketplace_ships_arrives_as_shipped_and_takes_no_stock,
    ),
    mistake(
        "a list declared to create",
        "corner_unique",
        declaring(Effect.CREATES, lambda endpoint: endpoint.path == "/v1/stock"),
        shops.test_what_only_reads_is_declared_so,
    ),
    mistake(
        "a search that is posted declared to replace",
        "magento1",
        declaring(Effect.REPLACES, lambda _: True),
        shops.test_what_only_reads_is_declared_so,
    ),
    mistake(
        "a creation declared to replace",
        "corner_searched",
        declaring(Effect.REPLACES, lambda endpoint: endpoint.effect is Effect.CREATES),
        shops.test_what_is_declared_to_replace_is_repeated_without_harm,
        shops.test_an_order_whose_answer_was_lost_is_found_by_our_reference_alone,
    ),
    mistake(
        "an order under an id of ours declared to create",
        "corner_own_id",
        declaring(Effect.CREATES, lambda endpoint: endpoint.method == "PUT"),
        shops.test_an_order_whose_answer_was_lost_is_found_by_our_reference_alone,
    ),
    mistake(
        "an order in use removed",
        "woocommerce",
        instead(discard_inert_order=removed_unseen),
        shops.test_an_inert_order_takes_no_stock_an_active_one_takes_it_once,
    ),
)


# What is done wrong on a marketplace.


def after(_: Any, honest: Any, since: Any, *args: Any, **named: Any) -> Iterator[Page[Order]]:
    """Give only what changed after `since`, not at it."""
    for page in honest(since, *args, **named):
        yield replace(page, items=tuple(order for order in page.items if order.changed_at > since))


def empty_where(error: type[AdapterError]) -> Callable[..., Any]:
    def walk(_: Any, honest: Any, *args: Any, **named: Any) -> Iterator[Page[Order]]:
        try:
            yield from honest(*args, **named)
        except error:
            yield Page(items=(), as_of=START)

    return walk


def unreadable_dropped(_: Any, honest: Any, *args: Any, **named: Any) -> Iterator[Page[Order]]:
    for page in honest(*args, **named):
        yield replace(page, unreadable=())


def stopped_by_the_unreadable(_: Any, honest: Any, *args: Any, **named: Any) -> Iterator[Page[Order]]:
    for page in honest(*args, **named):
        if page.unreadable:
            raise MalformedResponse(page.unreadable[0].reason)
        yield page


def sent_again(_: Any, honest: Any, *args: Any) -> Submission:
    try:
        return honest(*args)  # type: ignore[no-any-return]
    except OutcomeUnknown:
        return honest(*args)  # type: ignore[no-any-return]


def all_lines_accepted(self: Any, honest: Any, order_id: str, _: Any) -> Submission:
    return honest(order_id, [line.line_id for line in self.fetch_order(order_id).lines])  # type: ignore[no-any-return]


def another_reference(_: Any, honest: Any, shipment: Any) -> Submission:
    return honest(replace(shipment, reference=f"{shipment.reference}-{next(TIMES)}"))  # type: ignore[no-any-return]


def known_is_refused(_: Any, honest: Any, *args: Any) -> Submission:
    try:
        return honest(*args)  # type: ignore[no-any-return]
    except AlreadyExists as error:
        raise Rejected(error.message) from None


def first_line_alone(_: Any, honest: Any, shipment: Any) -> Submission:
    return honest(of_pieces(shipment, shipment.lines[0].line_id))  # type: ignore[no-any-return]


def first_parcel_alone(_: Any, honest: Any, shipment: Any) -> Submission:
    return honest(shipment) if shipment.number == 1 else Submission(state=SubmissionState.DONE)


def swapped(_: Any, honest: Any, shipment: Any) -> Submission:
    return honest(  # type: ignore[no-any-return]
        replace(shipment, carrier_code=shipment.tracking_code, tracking_code=shipment.carrier_code)
    )


def all_lines_cancelled(self: Any, honest: Any, cancellation: Any) -> list[Submission]:
    lines = self.fetch_order(cancellation.order_id).lines
    every = tuple(LineQuantity(line_id=line.line_id, quantity=line.quantity) for line in lines)
    return honest(replace(cancellation, lines=every))  # type: ignore[no-any-return]


def sold_out(self: Any, honest: Any) -> None:
    honest()
    self.update_stock([StockLevel(sku="TST-001", quantity=0)])


def always_done(_: Any, honest: Any, reference: str) -> Submission:
    return replace(honest(reference), state=SubmissionState.DONE)


def unknown_offer_done(_: Any, honest: Any, levels: Any) -> list[Submission]:
    try:
        return honest(levels)  # type: ignore[no-any-return]
    except NotFound:
        return [Submission(state=SubmissionState.DONE) for _ in levels]


def never_nothing(_: Any, honest: Any, levels: Any) -> list[Submission]:
    return honest([replace(level, quantity=max(1, level.quantity)) for level in levels])  # type: ignore[no-any-return]


def known_ignored(_: Any, honest: Any, since: Any, fulfilment: Any, known: Any = None, resume: str = "") -> Any:
    return honest(since, fulfilment, nothing_known, resume)


def resume_ignored(
    _: Any, honest: Any, since: Any, fulfilment: Any, known: Any = nothing_known, resume: str = ""
) -> Any:
    return honest(since, fulfilment, known)


def any_fulfilment(_: Any, honest: Any, since: Any, fulfilment: Any, *args: Any, **named: Any) -> Any:
    return honest(since, None, *args, **named)


ORDERS, TROUBLE = reads.TestFetchOrders(), reads.TestTrouble()
ACCEPTING = writes.TestAcceptLines()
SHIPPING, CANCELLING, STOCK = writes.TestConfirmShipment(), writes.TestCancelLines(), writes.TestUpdateStock()
RETURNS, CREDENTIALS = writes.TestReturns(), credentials.TestCredentials()
MANY_PAGES = partial(ORDERS.test_gives_each_order_once, share=2.5)

OF_MARKETPLACES = (
    mistake(
        "quantity always 1",
        "bol",
        telling(Order, lambda order: of_lines(order, quantity=1)),
        ORDERS.test_gives_exact_money_moments_with_zone_and_iso_codes,
        ORDERS.test_gives_every_line,
    ),
    mistake(
        "address dropped",
        "bol",
        telling(Order, lambda order: replace(order, delivery=Address(country="NL"))),
        ORDERS.test_gives_every_word_of_the_delivery_address,
    ),
    mistake(
        "house number dropped",
        "bol",
        telling(Order, lambda order: replace(order, delivery=replace(order.delivery, house_number=""))),
        ORDERS.test_gives_every_word_of_the_delivery_address,
    ),
    mistake(
        "fingerprint that never changes",
        "bol",
        marked(lambda _: "same"),
        ORDERS.test_asks_no_details_of_known_orders,
    ),
    mistake(
        "fingerprint that always changes",
        "amazon",
        marked(lambda mark: f"{mark}-{next(TIMES)}"),
        ORDERS.test_asks_no_details_of_known_orders,
    ),
    mistake("`known` ignored", "bol", instead(fetch_orders=known_ignored), ORDERS.test_asks_no_details_of_known_orders),
    mistake(
        "`known` ignored of returns",
        "bol",
        instead(fetch_returns=known_ignored),
        RETURNS.test_known_ones_are_left_out,
    ),
    mistake(
        "wrong shipment line ids",
        "bol",
        instead(confirm_shipment=first_line_alone),
        SHIPPING.test_arrives_with_carrier_tracking_and_lines,
    ),
    mistake(
        "wrong line ids of a shipment that is found",
        "bol",
        instead(find_shipments=lambda _, honest, *args: [of_pieces(one, "999") for one in honest(*args)]),
        SHIPPING.test_every_parcel_is_found_with_its_lines,
        partial(SHIPPING.test_is_never_sent_twice_when_nobody_knows_what_happened, kind="cut"),
    ),
    mistake(
        "total off by a cent",
        "amazon",
        telling(Order, lambda order: replace(order, total=order.total + CENT)),
        ORDERS.test_gives_exact_money_moments_with_zone_and_iso_codes,
    ),
    mistake(
        "second parcel dropped",
        "bol",
        instead(confirm_shipment=first_parcel_alone),
        SHIPPING.test_ships_a_part_and_later_the_rest,
    ),
    mistake(
        "second parcel not found",
        "bol",
        instead(find_shipments=lambda _, honest, *args: honest(*args)[:1]),
        SHIPPING.test_every_parcel_is_found_with_its_lines,
    ),
    mistake(
        "wrong currency",
        "bol",
        telling(Order, lambda order: replace(order, currency="USD")),
        ORDERS.test_gives_exact_money_moments_with_zone_and_iso_codes,
    ),
    mistake("paging that skips the last page", "bol", instead(fetch_orders=all_but_the_last), MANY_PAGES),
    mistake(
        "paging that skips the last page of returns",
        "bol",
        instead(fetch_returns=all_but_the_last),
        RETURNS.test_are_given_once_each_over_the_pages,
    ),
    mistake("a token in an exchange", "bol", talkative, CREDENTIALS.test_never_recorded),
    mistake("a secret in an error message", "bol", instead(_call=quoting), CREDENTIALS.test_never_recorded),
    mistake(
        "time zone dropped",
        "bol",
        telling(Order, lambda order: replace(order, placed_at=order.placed_at.replace(tzinfo=None))),
        ORDERS.test_gives_exact_money_moments_with_zone_and_iso_codes,
    ),
    mistake(
        "local time taken for UTC",
        "amazon",
        telling(Order, lambda order: replace(order, placed_at=order.placed_at + HOUR)),
        ORDERS.test_gives_exact_money_moments_with_zone_and_iso_codes,
    ),
    mistake(
        "cancelled order told as open",
        "bol",
        telling(Order, lambda order: of_lines(order, quantity_cancelled=0)),
        ORDERS.test_gives_a_cancelled_order_with_nothing_open,
    ),
    mistake(
        "tracking code swapped with the carrier",
        "bol",
        instead(confirm_shipment=swapped),
        SHIPPING.test_arrives_with_carrier_tracking_and_lines,
    ),
    mistake(
        "second line dropped",
        "amazon",
        telling(Order, lambda order: replace(order, lines=order.lines[:1])),
        ORDERS.test_gives_every_line,
    ),
    mistake(
        "discount ignored",
        "bol",
        telling(Order, undiscounted),
        ORDERS.test_gives_what_the_customer_pays_after_a_discount,
    ),
    mistake(
        "a change in the very moment of `changed_since` left out",
        "bol",
        instead(fetch_orders=after),
        ORDERS.test_includes_an_order_that_changed_exactly_at_the_cursor,
    ),
    mistake(
        "not found taken for an empty list",
        "bol",
        instead(fetch_orders=empty_where(NotFound)),
        TROUBLE.test_a_list_that_is_not_found_is_not_taken_for_an_empty_one,
    ),
    mistake(
        "an answer of another kind taken for an empty list",
        "amazon",
        instead(fetch_orders=empty_where(MalformedResponse)),
        TROUBLE.test_other_words_than_a_list_are_not_taken_for_an_empty_one,
    ),
    mistake("`resume` ignored", "bol", instead(fetch_orders=resume_ignored), MANY_PAGES),
    mistake(
        "written while only verifying",
        "bol",
        instead(verify_credentials=sold_out),
        CREDENTIALS.test_verifying_changes_nothing,
    ),
    mistake(
        "orders of both fulfilments mixed",
        "bol",
        instead(fetch_orders=any_fulfilment),
        ORDERS.test_keeps_the_fulfilments_apart,
    ),
    mistake(
        "what cannot be read left out in silence",
        "bol",
        instead(fetch_orders=unreadable_dropped),
        ORDERS.test_names_the_unreadable_and_reads_the_others,
    ),
    mistake(
        "a walk stopped by what cannot be read",
        "amazon",
        instead(fetch_orders=stopped_by_the_unreadable),
        ORDERS.test_names_the_unreadable_and_reads_the_others,
    ),
    mistake(
        "a shipment sent again when nobody knows what happened",
        "bol",
        instead(confirm_shipment=sent_again),
        partial(SHIPPING.test_is_never_sent_twice_when_nobody_knows_what_happened, kind="cut"),
        partial(SHIPPING.test_a_failure_there_leaves_open_what_happened, status=502),
    ),
    mistake(
        "a search declared to create",
        "bazaar",
        declaring(Effect.CREATES, lambda endpoint: endpoint.path == "/xml/listParcels"),
        writes.test_what_only_reads_is_declared_so,
    ),
    mistake(
        "a parcel's report declared to replace",
        "bol",
        declaring(Effect.REPLACES, lambda endpoint: endpoint.effect is Effect.CREATES),
        writes.test_what_is_declared_to_replace_is_repeated_without_harm,
        partial(SHIPPING.test_a_failure_there_leaves_open_what_happened, status=502),
    ),
    mistake(
        "a whole order accepted for one of its lines",
        "old_bazaar",
        instead(accept_lines=all_lines_accepted),
        ACCEPTING.test_of_a_part_is_refused_where_only_whole_orders_are_accepted,
    ),
    mistake(
        "one line accepted of many",
        "bazaar",
        instead(accept_lines=lambda _, honest, order_id, ids: honest(order_id, ids[:1])),
        ACCEPTING.test_an_order_waits_until_every_line_is_accepted_and_twice_is_once,
    ),
    mistake(
        "another reference for a repeated parcel",
        "old_bazaar",
        instead(confirm_shipment=another_reference),
        partial(SHIPPING.test_a_repeat_is_refused_as_one_where_the_spec_says_so, open_pieces=1),
    ),
    mistake(
        "a repeated parcel told as any refusal",
        "old_bazaar",
        instead(confirm_shipment=known_is_refused),
        partial(SHIPPING.test_a_repeat_is_refused_as_one_where_the_spec_says_so, open_pieces=0),
    ),
    mistake(
        "a whole order cancelled for one of its lines",
        "bol",
        instead(cancel_lines=all_lines_cancelled),
        CANCELLING.test_closes_these_lines_and_no_other,
    ),
    mistake(
        "a buyer's wish to cancel dropped",
        "bol",
        telling(Order, lambda order: of_lines(order, cancellation_requested=False)),
        ORDERS.test_marks_the_line_that_the_buyer_wants_cancelled,
    ),
    mistake(
        "a refusal that comes later taken for done",
        "bol",
        instead(check_submission=always_done),
        SHIPPING.test_of_an_unknown_order_is_rejected,
        SHIPPING.test_of_what_is_shipped_already_is_rejected,
    ),
    mistake(
        "an unknown offer told as written",
        "bol",
        instead(update_stock=unknown_offer_done),
        STOCK.test_of_an_unknown_offer_is_not_found,
    ),
    mistake(
        "stock never written as nothing",
        "amazon",
        instead(update_stock=never_nothing),
        STOCK.test_twice_is_the_same_as_once,
    ),
)


def tried(test: Callable[..., None], **fixtures: Any) -> None:
    """Run a test of the suite with those of the fixtures that it asks for."""
    wanted = inspect.signature(test).parameters
    test(**{name: value for name, value in fixtures.items() if name in wanted})


@pytest.mark.usefixtures("foreign_shops")
@pytest.mark.parametrize("wrong", OF_SHOPS, ids=lambda one: one.name)
def test_a_mistake_in_a_shop_s_adapter_is_caught(wrong: Mistake, clock: Clock) -> None:
    for test in wrong.caught_by:
        clock.move_to(START)
        tried(test, bench=shop_benches.BENCHES[wrong.bench](), clock=clock)
        clock.move_to(START)
        bench = shop_benches.BENCHES[wrong.bench]()
        bench.adapter_class = wrong.made(bench.adapter_class)
        with pytest.raises(FAILURES):
            tried(test, bench=bench, clock=clock)


@pytest.mark.usefixtures("foreign_marketplaces")
@pytest.mark.parametrize("wrong", OF_MARKETPLACES, ids=lambda one: one.name)
def test_a_mistake_in_a_marketplace_s_adapter_is_caught(
    wrong: Mistake, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for test in wrong.caught_by:
        clock.move_to(START)
        tried(test, bench=benches.BENCHES[wrong.bench](clock), caplog=caplog)
        clock.move_to(START)
        bench = benches.BENCHES[wrong.bench](clock)
        bench.adapter_class = wrong.made(bench.adapter_class)
        with pytest.raises(FAILURES):
            tried(test, bench=bench, caplog=caplog)
