"""Tells the engine which messages and feeds there are about stock."""

from __future__ import annotations

from engine.registry import register_feed, register_handler
from stock.flows.import_held_stock import HeldStockFeed
from stock.flows.import_hinted_stock import HintedStockFeed
from stock.flows.import_products import ProductsFeed
from stock.flows.update_offer_stock import UpdateOfferStock


def register() -> None:
    """Called once, when the program starts."""
    register_handler(UpdateOfferStock())
    register_feed(ProductsFeed())
    register_feed(HeldStockFeed())
    register_feed(HintedStockFeed())
