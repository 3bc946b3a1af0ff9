"""Facts about WooCommerce's REST API v3; behaviour was observed on WooCommerce 10.0."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import BasicOrOAuth1
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec, creates, reads, replaces
from shops.woocommerce.dialect import WooJson

API = "/wp-json/wc/v3"
LIST_ORDERS = reads(f"{API}/orders")
READ_ORDER = reads(f"{API}/orders/{{order_id}}")
CREATE_ORDER = creates(f"{API}/orders")
UPDATE_ORDER = replaces(f"{API}/orders/{{order_id}}")
DELETE_ORDER = replaces(f"{API}/orders/{{order_id}}", method="DELETE")
ADD_NOTE = creates(f"{API}/orders/{{order_id}}/notes")
LIST_PRODUCTS = reads(f"{API}/products")
READ_CURRENCY = reads(f"{API}/data/currencies/current")
LIST_ZONES = reads(f"{API}/shipping/zones")
LIST_METHODS = reads(f"{API}/shipping/zones/{{zone_id}}/methods")
LIST_VARIATIONS = reads(f"{API}/products/{{product_id}}/variations")

SPEC = ShopSpec(
    code="woocommerce",
    name="WooCommerce",
    settings=(
        Setting("shop_url", noop("Address of the shop"), help=noop("For example https://shop.example")),
        Setting("consumer_key", noop("Consumer key"), secret=True, help=noop("Starts with ck_")),
        Setting(
            "consumer_secret",
            noop("Consumer secret"),
            secret=True,
            help=noop("Starts with cs_; read and write permission"),
        ),
        Setting("webhook_secret", noop("Webhook secret"), secret=True, required=False),
        Setting(
            "order_storage",
            noop("Order storage"),
            required=False,
            choices=(("hpos", noop("High-performance order storage")), ("legacy", noop("WordPress posts (legacy)"))),
            default="hpos",
            help=noop("WooCommerce > Settings > Advanced > Features"),
        ),
    ),
    auth=BasicOrOAuth1(key="consumer_key", secret="consumer_secret"),  # noqa: S106 - the name of a setting
    dialect=WooJson(),
    # WooCommerce has no limits of its own; the engine keeps the number of calls in flight small.
    creation=Creation.INERT_THEN_ACTIVATE,
    shipping_method=noop("The order shows it as the name of its shipping."),
    # What the API forces: look for our reference; create; give it the amounts that come out right, for the shop reckons
    # the tax itself and tells its rates with the order; and activate, which is what makes a double harmless.
    calls_per_order=4,
    remaining_window=noop(
        "None that your buyers or your stock would notice: of each order only one is ever made active. When the shop "
        "was slow to answer, an inactive copy may stand beside it for a while; it takes no stock, sends no mail, and "
        "we remove it as soon as we see it."
    ),
    settling_time=timedelta(0),
    poll_every=timedelta(minutes=5),
    decimals=6,
    notification_secret="webhook_secret",  # noqa: S106 - the name of a setting
)
