"""The cards say what an adapter's class can do; a capability that nobody shows is listed here on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from adapterkit import marketplace as selling
from adapterkit import shop as shops_contract
from adapterkit.spec import Creation
from marketplaces.bol.spec import SPEC as BOL
from shops.woocommerce.spec import SPEC as WOOCOMMERCE
from web.shared import cards

# How we work, not what a merchant gets.
INNER = {
    selling.AsksConsent,
    selling.FindsShipments,
    selling.ChecksSubmissions,
    shops_contract.FetchesStock,
    shops_contract.FinishesOrders,
    shops_contract.DiscardsInertOrders,
    shops_contract.RereadsOrders,
    shops_contract.TakesStockAddress,
    shops_contract.ReceivesStock,
    shops_contract.ListsShippingMethods,
    shops_contract.TellsCurrency,
    shops_contract.PreviewsOrders,
}


def adapter(spec: Any, *capabilities: type) -> type:
    methods = {name: lambda self: None for one in capabilities for name in vars(one) if not name.startswith("_")}
    return type("Adapter", (), {"spec": spec, **methods})


def shown(kind: str, spec: Any, *capabilities: type) -> cards.Card:
    with patch.object(cards, f"all_{kind}s", return_value={"x": adapter(spec, *capabilities)}):
        [card] = cards.marketplace_cards() if kind == "marketplace" else cards.shop_cards()
    return card


@pytest.mark.parametrize(
    ("kind", "spec", "capabilities"),
    [
        ("marketplace", BOL, selling.CAPABILITIES),
        ("shop", WOOCOMMERCE, [one for one in shops_contract.CAPABILITIES if one is not shops_contract.CreatesOrders]),
        ("shop", replace(WOOCOMMERCE, creation=Creation.SEARCH), [shops_contract.CreatesOrders]),
    ],
)
def test_every_capability_turns_one_line_of_the_card(kind: str, spec: Any, capabilities: Sequence[type]) -> None:
    without = shown(kind, spec)
    for capability in capabilities:
        card = shown(kind, spec, capability)
        gained = set(card.can) - set(without.can)
        assert len(gained) == (0 if capability in INNER else 1), capability
        assert set(without.cannot) - set(card.cannot) == gained
