"""Facts about Magento 1 and OpenMage as their own API shows them; observed on OpenMage 20.10.2."""

from __future__ import annotations

from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec
from shops.magento1.api import SESSION

API_USER = Setting(
    "api_user", noop("Name of the API user"), help=noop("Under System > Web Services > SOAP/XML-RPC - Users")
)
API_KEY = Setting("api_key", noop("API key of that user"), secret=True)
COLUMN = Setting(
    "reference_column",
    noop("Where our number stands in an order"),
    choices=(("ext_order_id", noop("External order number")), ("channel_id", noop("Number of the Channable module"))),
    default="ext_order_id",
)

SPEC = ShopSpec(
    code="magento1",
    name="Magento 1 without the Channable module (reading only)",
    settings=(
        Setting("shop_url", noop("Address of the shop"), help=noop("For example https://shop.example")),
        API_USER,
        API_KEY,
        COLUMN,
    ),
    auth=SESSION,
    creation=Creation.NONE,
    shipping_method=noop("No order is created in this shop, so nothing is done with it."),
    calls_per_order=0,
    remaining_window=(
        "nothing. Magento 1's own API takes no prices, so that an order made by it would have the prices of the "
        "catalogue in place of the marketplace's; creating orders needs the Channable module."
    ),
    ships_marketplace_orders=False,
    caution=noop(
        "Magento 1's own API takes no prices. Without the Channable module products and stock are read, and no order "
        "is created: choose “Magento 1 with the Channable module” for orders."
    ),
)
