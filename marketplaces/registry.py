"""Which marketplaces there are. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from adapterkit.marketplace import Marketplace
from adapterkit.simulator import Simulator

MARKETPLACES: Mapping[str, tuple[str, str, str]] = {
    "amazon": ("marketplaces.amazon", "Amazon", "AmazonSimulator"),
    "bol": ("marketplaces.bol", "Bol", "BolSimulator"),
}


@cache
def marketplace(code: str) -> type[Marketplace]:
    """Return the adapter's class; raises KeyError for a marketplace we do not know."""
    package, name, _ = MARKETPLACES[code]
    adapter: Any = getattr(import_module(f"{package}.adapter"), name)
    return adapter  # type: ignore[no-any-return]


def all_marketplaces() -> dict[str, type[Marketplace]]:
    return {code: marketplace(code) for code in MARKETPLACES}


def simulator_for(code: str) -> type[Simulator]:
    """Return the class of the simulated marketplace."""
    package, _, name = MARKETPLACES[code]
    simulator: Any = getattr(import_module(f"{package}.simulator"), name)
    return simulator  # type: ignore[no-any-return]
