"""Which shop platforms there are. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from adapterkit.shop import Shop
from adapterkit.simulator import Simulator

SHOPS: Mapping[str, tuple[str, str, str]] = {
    "woocommerce": ("shops.woocommerce", "WooCommerce", "WooCommerceSimulator"),
}


@cache
def shop(code: str) -> type[Shop]:
    """Return the adapter's class; raises KeyError for a platform we do not know."""
    package, name, _ = SHOPS[code]
    adapter: Any = getattr(import_module(f"{package}.adapter"), name)
    return adapter  # type: ignore[no-any-return]


def all_shops() -> dict[str, type[Shop]]:
    return {code: shop(code) for code in SHOPS}


def simulator_for(code: str) -> type[Simulator]:
    """Return the class of the simulated shop."""
    package, _, name = SHOPS[code]
    simulator: Any = getattr(import_module(f"{package}.simulator"), name)
    return simulator  # type: ignore[no-any-return]
