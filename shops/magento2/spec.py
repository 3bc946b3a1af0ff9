"""Facts about Magento 2's REST V1; behaviour was observed on Magento Open Source 2.4.7 with its inventory modules."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import AuthBySetting, HeaderKey, OAuth1
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec, creates, reads, replaces
from shops.magento2.dialect import MAGENTO, SALABLE

LIST_ORDERS = reads("/orders")
READ_ORDER = reads("/orders/{order_id}")
CREATE_ORDER = creates("/orders")
CANCEL_ORDER = replaces("/orders/{order_id}/cancel", method="POST")
HOLD_ORDER = replaces("/orders/{order_id}/hold", method="POST")
RELEASE_ORDER = replaces("/orders/{order_id}/unhold", method="POST")
ADD_COMMENT = creates("/orders/{order_id}/comments")
INVOICE_ORDER = creates("/order/{order_id}/invoice")
REFUND_ORDER = creates("/order/{order_id}/refund")
LIST_SHIPMENTS = reads("/shipments")
LIST_CREDIT_MEMOS = reads("/creditmemos")
LIST_PRODUCTS = reads("/products")
RESOLVE_STOCK = reads("/inventory/stock-resolver/website/{website}")
LIST_LINKS = reads("/inventory/stock-source-links")
LIST_SOURCES = reads("/inventory/sources")
LIST_SOURCE_ITEMS = reads("/inventory/source-items")
LIST_SALABLE = reads("/inventory/export-stock-salable-qty/website/{website}")
READ_SALABLE = reads("/inventory/get-product-salable-quantity/{sku}/{stock_id}", dialect=SALABLE)
LIST_STORES = reads("/store/storeConfigs")
# What a merchant sets up once: read for many orders.
KEPT = 60  # seconds
LIST_TAX_RULES = reads("/taxRules/search", kept=KEPT)
LIST_TAX_RATES = reads("/taxRates/search", kept=KEPT)
LIST_LATEST = reads("/orders", kept=KEPT)
READ_COUNTRY = reads("/directory/countries/{country}", kept=KEPT)
READ_CURRENCY = reads("/directory/currency", kept=KEPT)
# Each needs a permission of its own, which connecting looks at.
READ_LATER = (LIST_SHIPMENTS, LIST_CREDIT_MEMOS, LIST_PRODUCTS, LIST_TAX_RULES, LIST_SOURCE_ITEMS, LIST_LINKS)

OAUTH = OAuth1(
    consumer_key="consumer_key",
    consumer_secret="consumer_secret",  # noqa: S106 - the name of a setting
    token="access_token",  # noqa: S106 - the name of a setting
    token_secret="access_token_secret",  # noqa: S106 - the name of a setting
    signature="HMAC-SHA256",  # since 2.4.4 Magento takes no other
    place="header",
)

SPEC = ShopSpec(
    code="magento2",
    name="Magento 2",
    settings=(
        Setting("shop_url", noop("Address of the shop"), help=noop("For example https://shop.example")),
        Setting(
            "auth",
            noop("How requests are signed"),
            required=False,
            choices=(
                ("oauth", noop("With all four keys (OAuth 1.0a)")),
                ("bearer", noop("With the access token alone")),
            ),
            default="oauth",
            help=noop("The access token alone works only after it was allowed on the server; see the guide"),
        ),
        Setting("consumer_key", noop("Consumer key"), secret=True, required=False),
        Setting("consumer_secret", noop("Consumer secret"), secret=True, required=False),
        Setting("access_token", noop("Access token"), secret=True),
        Setting("access_token_secret", noop("Access token secret"), secret=True, required=False),
        Setting(
            "store_view",
            noop("Store view"),
            default="default",
            help=noop("The code that stands under Stores > All Stores"),
        ),
        Setting(
            "store_id", noop("ID of the store view"), default="1", help=noop("The number that ends its page's address")
        ),
        Setting("website", noop("Website"), default="base", help=noop("The website's code; its stock is offered")),
        Setting(
            "base_currency",
            noop("Base currency of the shop"),
            required=False,
            help=noop("Only where it is not the currency of the orders, for example USD"),
        ),
        Setting(
            "payment_method", noop("Payment method of the orders"), default="checkmo", help=noop("Its code in Magento")
        ),
        Setting(
            "shipping_code",
            noop("Shipping method of the orders"),
            default="flatrate_flatrate",
            help=noop("Its code in Magento"),
        ),
        Setting(
            "ean_attribute",
            noop("Attribute with the EAN"),
            required=False,
            help=noop("The attribute's code, for example ean"),
        ),
    ),
    auth=AuthBySetting(
        setting="auth",
        choices={
            "oauth": OAUTH,
            "bearer": HeaderKey(setting="access_token", prefix="Bearer "),
        },
    ),
    dialect=MAGENTO,
    # Magento has no limits of its own; the engine keeps the number of calls in flight small.
    creation=Creation.UNIQUE_REFERENCE,
    shipping_method=noop(
        "The methods in the shop's latest orders are offered, for Magento's API lists none. The order gets that name "
        "and its code; any other text stands on it with the code of the shop's settings."
    ),
    # What the API forces: look for the number; read the products, for it takes SKUs that it does not know, and wants
    # names, weights and tax of the others; create; invoice, for only that pays an order; read back what became of it.
    calls_per_order=5,
    # Tax rules and rates, for no tax is computed. A region costs one more, another base currency too, and so does a
    # shipping method to find its code by.
    calls_beforehand=2,
    remaining_window=noop(
        "None: the order's number is made from our reference, and Magento takes each number once. An order whose "
        "invoice did not come through is found, and finished."
    ),
    settling_time=timedelta(0),
    poll_every=timedelta(minutes=5),
    decimals=4,
    evidence="published document",
    caution=noop(
        "Orders made through Magento's API reserve no stock inside Magento, so its own salable quantity ends too high "
        "and the web shop may oversell. What OrderSync offers on marketplaces is right all the same: the quantity on "
        "hand less all open orders. Let Magento correct itself every few minutes, as the guide says."
    ),
)
