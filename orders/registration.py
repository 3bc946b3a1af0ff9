"""Tells the engine which messages and feeds there are about orders."""

from __future__ import annotations

from engine.registry import register_chore, register_feed, register_handler
from orders.flows.answer_return import AnswerReturn
from orders.flows.create_shop_return import CreateShopReturn
from orders.flows.forget_buyers import forget_buyers
from orders.flows.import_named_orders import NamedOrdersFeed
from orders.flows.import_orders import ConnectionOrdersFeed, OrdersFeed
from orders.flows.import_returns import ReturnsFeed
from orders.flows.import_shop_returns import ShopReturnsFeed
from orders.flows.import_shop_updates import UpdatesFeed
from orders.flows.look_for_doubles import LookForDoubles
from orders.flows.number_changes import number_all_changes
from orders.linking import link_later
from orders.sides.acceptance import AcceptanceSide
from orders.sides.cancellations import CancellationSide
from orders.sides.shipments import ShipmentSide
from orders.sides.shop import ShopOrderSide
from stock.flows.import_products import when_products_arrive


def register() -> None:
    """Called once, when the program starts."""
    for handler in (
        AcceptanceSide(),
        ShopOrderSide(),
        ShipmentSide(),
        CancellationSide(),
        AnswerReturn(),
        CreateShopReturn(),
        LookForDoubles(),
    ):
        register_handler(handler)
    from_marketplace = (OrdersFeed(), ConnectionOrdersFeed(), NamedOrdersFeed(), ReturnsFeed())
    for feed in (*from_marketplace, UpdatesFeed(), ShopReturnsFeed()):
        register_feed(feed)
    register_chore(forget_buyers)
    register_chore(number_all_changes)
    when_products_arrive(link_later)
