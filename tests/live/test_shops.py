"""The walk through real shops, as `verify_adapter` does it; each is skipped until the environment names its address.

A platform's variables are ORDERSYNC_LIVE_, its code and each of its settings: ORDERSYNC_LIVE_MAGENTO2_SHOP_URL,
ORDERSYNC_LIVE_MAGENTO2_ACCESS_TOKEN, and so on. ORDERSYNC_LIVE_MAGENTO2_SKU names the product to order.
"""

from __future__ import annotations

import os

import pytest

from adapterkit.evidence import NEEDED, Result
from ordersync.proving import PREFIX, Walk, Witness, is_sent_orders, opened, values_from
from shops.registry import all_shops, proving

CODES = sorted(code for code, adapter in all_shops().items() if is_sent_orders(adapter))


@pytest.mark.live
@pytest.mark.parametrize("code", CODES)
def test_an_order_walks_through_a_real_shop(code: str) -> None:
    adapter, name = all_shops()[code], f"{PREFIX}_{code}".upper()
    values = values_from(adapter.spec, {}, os.environ)
    if "shop_url" not in values:
        pytest.skip(f"{name}_SHOP_URL names no {adapter.spec.name} shop")
    walk = Walk(shop=opened(adapter, values, Witness()), port=proving(code), sku=os.environ.get(f"{name}_SKU", ""))

    steps = walk.run()

    assert [(step.name, step.said) for step in steps if step.result is Result.FAILED] == []
    assert {step.name for step in steps if step.result is Result.OK} >= NEEDED
