"""What each marketplace and shop platform can do, from its adapter's class; never a list kept by hand."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from adapterkit import marketplace as selling
from adapterkit import shop as shops_contract
from adapterkit.capabilities import has
from adapterkit.records import Fulfilment
from marketplaces.registry import all_marketplaces
from shops.registry import all_shops


@dataclass(frozen=True, slots=True)
class Card:
    """`can` are the things it supports, `cannot` those it does not; both in words."""

    code: str
    name: str
    can: list[str]
    cannot: list[str]
    evidence: str


def _card(code: str, name: str, evidence: str, abilities: dict[str, bool]) -> Card:
    can = [text for text, able in abilities.items() if able]
    return Card(code, name, can, [text for text, able in abilities.items() if not able], evidence)


def marketplace_cards() -> list[Card]:
    return [
        _card(
            code,
            adapter.spec.name,
            adapter.spec.evidence,
            {
                _("Orders that you ship"): Fulfilment.MERCHANT in adapter.spec.fulfilments,
                _("Orders that the marketplace ships"): Fulfilment.MARKETPLACE in adapter.spec.fulfilments,
                _("Shipments with track and trace"): has(adapter, selling.ConfirmsShipments),
                _("Cancellations"): has(adapter, selling.CancelsLines),
                _("Returns"): has(adapter, selling.FetchesReturns),
                _("Answers to returns"): has(adapter, selling.AnswersReturns),
                _("Stock"): has(adapter, selling.UpdatesStock),
            },
        )
        for code, adapter in all_marketplaces().items()
    ]


def shop_cards() -> list[Card]:
    return [
        _card(
            code,
            adapter.spec.name,
            adapter.spec.evidence,
            {
                _("Products and stock"): True,
                _("Orders, paid, at the marketplace's prices"): has(adapter, shops_contract.CreatesInertOrders)
                or has(adapter, shops_contract.CreatesOrders),
                _("Orders that the marketplace ships"): adapter.spec.ships_marketplace_orders,
                _("Cancelling orders"): has(adapter, shops_contract.CancelsOrders),
                _("Holding orders whose buyer asks to cancel"): has(adapter, shops_contract.HoldsOrders),
                _("Notes on orders"): has(adapter, shops_contract.AddsNotes),
                _("Changes noticed within seconds"): has(adapter, shops_contract.SendsNotifications),
            },
        )
        for code, adapter in all_shops().items()
    ]
