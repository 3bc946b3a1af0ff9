"""Which shop platforms there are. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from adapterkit.shop import Shop
from adapterkit.simulator import Simulator

SHOPS: Mapping[str, tuple[str, str, str]] = {
    "custom": ("shops.custom", "CustomShop", ""),
    "magento2": ("shops.magento2", "Magento2", "Magento2Simulator"),
    "prestashop": ("shops.prestashop", "PrestaShop", "PrestaShopSimulator"),
    "woocommerce": ("shops.woocommerce", "WooCommerce", "WooCommerceSimulator"),
    "magento2_module": ("shops.channable_module.magento2", "Magento2Module", "Magento2ModuleSimulator"),
    "magento1_module": ("shops.channable_module.magento1", "Magento1Module", "Magento1ModuleSimulator"),
    "magento1": ("shops.magento1", "Magento1", "Magento1Simulator"),
    "prestashop_module": ("shops.channable_module.prestashop", "PrestaShopModule", "PrestaShopModuleSimulator"),
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


def proving(code: str) -> Any:
    """Return the platform's module for proofs against a real shop (`adapterkit.proving`), None where it has none."""
    name = f"{SHOPS[code][0]}.proving"
    return import_module(name) if find_spec(name) else None
