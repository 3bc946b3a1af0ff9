"""A simulated Magento 1 with the adapter in front of it."""

from __future__ import annotations

from typing import Any

from adapterkit.auth import MemoryTokens
from adapterkit.opening import open_adapter
from shops.magento1.adapter import Magento1
from shops.magento1.simulator import Magento1Simulator
from tests.clock import START

URL = "https://shop.test"
NOW = START
KEY = "api-key-of-ordersync"


def simulated() -> Magento1Simulator:
    return Magento1Simulator()


def adapter(
    side: Magento1Simulator, *, tokens: MemoryTokens | None = None, key: str = KEY, **settings: str
) -> Magento1:
    return open_adapter(
        Magento1,
        settings={"shop_url": URL, "api_user": "ordersync", "reference_column": "ext_order_id", **settings},
        credentials={"api_key": key},
        tokens=tokens or MemoryTokens(),
        mounts={URL: side.mount()},
        wait=lambda _: None,
    )


def methods(side: Magento1Simulator) -> list[Any]:
    """Return what was called, batch by batch: the names of the remote methods."""
    return [seen.body.split(b"<methodName>")[1].split(b"<")[0].decode() for seen in side.requests]
