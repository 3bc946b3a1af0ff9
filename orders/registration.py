"""Tells the engine which messages and feeds there are about orders."""

from __future__ import annotations

from engine.registry import register_chore, register_feed, register_handler
from orders.chores.forget_buyers import forget_buyers
from orders.chores.number_changes import number_all_changes
from orders.reading.linking import link_later
from orders.reading.marketplace_orders import ConnectionOrdersFeed, OrdersFeed
from orders.reading.marketplace_returns import ReturnsFeed
from orders.reading.named_orders import NamedOrdersFeed
from orders.reading.shop_returns import ShopReturnsFeed
from orders.reading.shop_updates import UpdatesFeed
from orders.sides.acceptance import AcceptanceSide
from orders.sides.cancellations import CancellationSide
from orders.sides.doubles import LookForDoubles
from orders.sides.returns import AnswerReturn
from orders.sides.shipments import ShipmentSide
from orders.sides.shop import ShopOrderSide
from orders.sides.shop_returns import CreateShopReturn
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
