"""Facts about the Channable module of Magento 2; observed on Magento 2.4.7 with module 1.24.2."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import AllOf, AuthBySetting, PathKey
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
from shops.magento2.dialect import MAGENTO
from shops.magento2.spec import OAUTH

HOOK = "/channable/order/hook/store/{store}/code/{token}"
ENDPOINTS = MagentoEndpoints(
    create=creates(HOOK, dialect=CREATE),
    check=reads(HOOK, method="POST", dialect=CHECK),
    status=reads("/channable/order/status/code/{token}"),
    shipments=reads("/channable/order/shipments/code/{token}/timespan/{hours}"),
    create_return=creates("/channable/returns/hook/store/{store}/code/{token}", dialect=RETURNS),
    return_status=reads("/channable/returns/status/code/{token}", dialect=RETURNS),
    feed=reads("/channable/feed/json/id/{store}/token/{token}", dialect=DATA),
    stock_address=replaces("/channable/item/webhook/store/{store}/code/{token}", method="POST", dialect=STOCK_ADDRESS),
)
ADD_MEMO = creates("/channable/order/memo/code/{token}", method="PUT")

# Magento's own API, where the merchant lets us read it; every store view.
LIST_ORDERS = reads("/rest/all/V1/orders", dialect=MAGENTO)
LIST_SHIPMENTS = reads("/rest/all/V1/shipments", dialect=MAGENTO)
LIST_CREDIT_MEMOS = reads("/rest/all/V1/creditmemos", dialect=MAGENTO)
TOKEN = PathKey(setting="token", name="token")

SPEC = ShopSpec(
    code="magento2_module",
    name="Magento 2 with the Channable module",
    settings=(
        SHOP_URL,
        Setting(
            "token", noop("Token of the module"), secret=True, help=noop("What follows /token/ in a feed's address")
        ),
        STORE_ID,
        NUMBER_PREFIX,
        Setting(
            "alphanumeric",
            noop("Alphanumeric Order ID"),
            required=False,
            choices=(("no", noop("No")), ("yes", noop("Yes"))),
            default="no",
            help=noop("As it is set in the module"),
        ),
        TIME_ZONE,
        FALLBACK_EMAIL,
        Setting(
            "api",
            noop("Compare orders through Magento's own API"),
            required=False,
            choices=(("no", noop("No")), ("yes", noop("Yes"))),
            default="no",
            help=noop("With the four keys of an integration each order's lines and total are compared"),
        ),
        Setting("consumer_key", noop("Consumer key"), secret=True, required=False),
        Setting("consumer_secret", noop("Consumer secret"), secret=True, required=False),
        Setting("access_token", noop("Access token"), secret=True, required=False),
        Setting("access_token_secret", noop("Access token secret"), secret=True, required=False),
    ),
    dialect=MODULE,
    auth=AuthBySetting(setting="api", choices={"no": TOKEN, "yes": AllOf(auths=(TOKEN, OAUTH))}),
    creation=Creation.SEARCH,
    shipping_method=SHIPPING_METHOD,
    calls_per_order=2,  # look for its number, create; with the API a third one reads it back
    remaining_window=noop(
        "The module does not look for an order before it makes one. When its answer does not arrive, we wait five "
        "minutes and look for the order before we send it again; a shop that needs longer makes it a second time. The "
        "number of the second one ends in -1, and you are told at once, or when we look again an hour and a day "
        "later. The module tells neither lines nor total nor currency; we compare them only with the API."
    ),
    caution=noop(
        "The module does not tell what an order came to in Magento. Let OrderSync read Magento's own API, as the guide "
        "says, and each order's total is compared; without it, nobody notices what Magento changes in the shipping "
        "costs of orders that go abroad."
    ),
    settling_time=timedelta(minutes=5),
    reread_at_once=20,  # a call each
    notification_secret="token",  # noqa: S106 - the name of a setting
)
