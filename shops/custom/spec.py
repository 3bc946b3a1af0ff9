"""Facts about platforms that fetch their orders themselves."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import HeaderKey
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec

SPEC = ShopSpec(
    code="custom",
    name="Any other platform (REST API)",
    settings=(
        Setting("shop_url", noop("Address of the shop"), required=False, help=noop("For example https://shop.example")),
    ),
    auth=HeaderKey(setting=""),
    creation=Creation.PULLED,
    shipping_method=noop("Your program reads it with each order; what the shop offers cannot be read from here."),
    calls_per_order=0,
    remaining_window=noop(
        "None on our side: an order is told until it is acknowledged, and acknowledged once. The platform keeps our id "
        "with its own order, and makes none for an id that it has."
    ),
    settling_time=timedelta(0),
    evidence="simulated",
)
