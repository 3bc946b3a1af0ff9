"""What each marketplace and shop platform can do, from its adapter's class; never a list kept by hand."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from adapterkit import creation
from adapterkit import marketplace as selling
from adapterkit import shop as shops_contract
from adapterkit.capabilities import has
from adapterkit.notifications import SendsNotifications
from adapterkit.records import Fulfilment
from adapterkit.shop import Shop
from adapterkit.spec import Creation
from marketplaces.registry import all_marketplaces
from shops.registry import all_shops


@dataclass(frozen=True, slots=True)
class Card:
    """`can` are the things it supports, `cannot` those it does not; `caution` is to be known first. All in words."""

    code: str
    name: str
    can: list[str]
    cannot: list[str]
    caution: str = ""


def _card(code: str, name: str, abilities: dict[str, bool], caution: str = "") -> Card:
    can = [text for text, able in abilities.items() if able]
    cannot = [text for text, able in abilities.items() if not able]
    return Card(code, name, can, cannot, _(caution) if caution else "")


def marketplace_cards() -> list[Card]:
    return [
        _card(
            code,
            adapter.spec.name,
            {
                _("Orders that you ship"): Fulfilment.MERCHANT in adapter.spec.fulfilments,
                _("Orders that the marketplace ships"): Fulfilment.MARKETPLACE in adapter.spec.fulfilments,
                _("Shipments with track and trace"): has(adapter, selling.ConfirmsShipments),
                _("Orders that are to be accepted"): has(adapter, selling.AcceptsLines),
                _("Tracking codes that are corrected later"): has(adapter, selling.CorrectsTracking),
                _("Cancellations"): has(adapter, selling.CancelsLines),
                _("Returns"): has(adapter, selling.FetchesReturns),
                _("Answers to returns"): has(adapter, selling.AnswersReturns),
                _("Stock"): has(adapter, selling.UpdatesStock),
                _("Stock in the marketplace's own warehouse"): has(adapter, selling.FetchesHeldStock),
                _("Changes noticed within seconds"): has(adapter, SendsNotifications),
            },
        )
        for code, adapter in all_marketplaces().items()
    ]


def _told(adapter: type[Shop]) -> bool:
    """Whether the platform's program is told by our API, and tells us."""
    return adapter.spec.creation == Creation.PULLED


def shop_cards() -> list[Card]:
    return [
        _card(
            code,
            _(adapter.spec.name),
            {
                _("Products and stock"): True,
                _("Orders, paid, at the marketplace's prices"): creation.holds(adapter),
                _("Orders that the marketplace ships"): adapter.spec.ships_marketplace_orders,
                _("Cancelling orders"): _told(adapter) or has(adapter, shops_contract.CancelsOrders),
                _("Holding orders whose buyer asks to cancel"): _told(adapter)
                or has(adapter, shops_contract.HoldsOrders),
                _("Notes on orders"): has(adapter, shops_contract.AddsNotes),
                _("Returns"): _told(adapter) or has(adapter, shops_contract.CreatesReturns),
                _("Changes noticed within seconds"): _told(adapter) or has(adapter, SendsNotifications),
            },
            adapter.spec.caution,
        )
        for code, adapter in all_shops().items()
    ]
