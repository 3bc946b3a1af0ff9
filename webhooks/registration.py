"""Tells the engine which messages there are for programs, and from where they come."""

from __future__ import annotations

from engine.registry import register_chore, register_handler, register_pump
from orders.chores.number_changes import when_changes_are_numbered
from stock.ledger import when_stock_moves
from webhooks.flows.deliver_webhook import DeliverWebhook
from webhooks.flows.forget_messages import forget_messages
from webhooks.flows.tell_changes import pump_changes, tell_changes
from webhooks.flows.tell_owners import tell_owners
from webhooks.flows.tell_stock import note_stock, pump_stock

AT_ONCE = 4  # messages of one endpoint in flight


def register() -> None:
    """Called once, when the program starts."""
    register_handler(DeliverWebhook(), lane_room=AT_ONCE)
    when_changes_are_numbered(tell_changes)
    when_stock_moves(note_stock)
    register_pump(pump_changes)
    register_pump(pump_stock)
    register_chore(tell_owners)
    register_chore(forget_messages)
