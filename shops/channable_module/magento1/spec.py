"""Facts about the Channable module of Magento 1; observed on OpenMage 20.10.2 with module 1.4.2."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapterkit.auth import AllOf, PathKey
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec, creates, reads, replaces
from shops.channable_module.dialect import CHECK, CREATE, DATA, MODULE, RETURNS, STOCK_ADDRESS
from shops.channable_module.protocol import (
    FALLBACK_EMAIL,
    NUMBER_PREFIX,
    SHIPPING_METHOD,
    SHOP_URL,
    STORE_ID,
    TIME_ZONE,
    MagentoEndpoints,
)
from shops.magento1.api import SESSION
from shops.magento1.spec import API_KEY, API_USER

HOOK = "/channableapi/order/index/code/{token}/store/{store}"
ENDPOINTS = MagentoEndpoints(
    create=creates(HOOK, dialect=CREATE),
    check=reads(HOOK, method="POST", dialect=CHECK),
    status=reads("/channableapi/order/get/code/{token}"),
    shipments=reads("/channableapi/order/shipments/code/{token}/timespan/{hours}"),
    create_return=creates("/channableapi/returns/index/code/{token}/store/{store}", dialect=RETURNS),
    return_status=reads("/channableapi/returns/get/code/{token}", dialect=RETURNS),
    feed=reads("/channable/feed/get/code/{token}/store/{store}", dialect=DATA),
    stock_address=replaces(
        "/channableapi/order/webhook/code/{token}/store/{store}", method="POST", dialect=STOCK_ADDRESS
    ),
)

SPEC = ShopSpec(
    code="magento1_module",
    name="Magento 1 with the Channable module",
    settings=(
        SHOP_URL,
        Setting(
            "token",
            noop("Token of the module"),
            secret=True,
            help=noop("Connect Token, under Magmodules > Channable Feed"),
        ),
        STORE_ID,
        NUMBER_PREFIX,
        TIME_ZONE,
        FALLBACK_EMAIL,
        replace(API_USER, required=False, help="Optional; with it each order's lines and total are compared"),
        replace(API_KEY, required=False),
    ),
    dialect=MODULE,
    auth=AllOf(auths=(PathKey(setting="token", name="token"), SESSION)),
    creation=Creation.SEARCH,
    shipping_method=SHIPPING_METHOD,
    calls_per_order=2,  # look for its number, create; with the API user a third one reads it back
    remaining_window=noop(
        "The module does not look for an order before it makes one, and gives it its number a moment after it was "
        "made. When its answer does not arrive, we wait five minutes and look for the order before we send it again; "
        "a shop that needs longer makes it a second time. The number of the second one ends in -1, and you are told "
        "at once, or when we look again an hour and a day later. The module tells neither lines nor total nor "
        "currency; we compare them only with the API user."
    ),
    caution=noop(
        "The module does not tell what an order came to in Magento. Enter an API user, as the guide says, and each "
        "order's total is compared; without one, nobody notices what Magento changes in the prices of orders that "
        "go abroad."
    ),
    settling_time=timedelta(minutes=5),
    reread_at_once=20,  # a call each
    notification_secret="token",  # noqa: S106 - the name of a setting
)
