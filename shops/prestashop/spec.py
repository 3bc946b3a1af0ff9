"""Facts about PrestaShop's web service; behaviour was observed on PrestaShop 8.2, source read of 1.7 to 9.0."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import Basic
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec, creates, reads, replaces
from shops.prestashop.answers import PrestaShopWords

RECORDS, RECORD = "/api/{resource}", "/api/{resource}/{record_id}"
RIGHTS = reads("/api/")
LIST = reads(RECORDS)
FACTS = reads(RECORDS, kept=60)  # what a merchant sets up once: read for many orders
READ = reads(RECORD)
CREATE = creates(RECORDS)
CHANGE = replaces(RECORD, method="PATCH")
REPLACE = replaces(RECORD)
DELETE = replaces(RECORD, method="DELETE")

# What one record is called where it is written.
NODES = {
    "addresses": "address",
    "carts": "cart",
    "customers": "customer",
    "order_carriers": "order_carrier",
    "order_histories": "order_history",
    "orders": "order",
    "specific_prices": "specific_price",
}
# What the key must be allowed. Before PrestaShop 8 a record is changed by PUT, since then by PATCH.
NEEDED_RIGHTS = {
    "addresses": "get post",
    "carriers": "get",
    "carts": "get post delete",
    "combinations": "get",
    "configurations": "get",
    "countries": "get",
    "currencies": "get",
    "customers": "get post",
    "order_carriers": "get",
    "order_histories": "post",
    "order_slip": "get",
    "order_states": "get",
    "orders": "get post patch",
    "product_option_values": "get",
    "products": "get",
    "specific_prices": "get post",
    "states": "get",
    "stock_availables": "get",
}

SPEC = ShopSpec(
    code="prestashop",
    name="PrestaShop",
    settings=(
        Setting("shop_url", noop("Address of the shop"), help=noop("For example https://shop.example")),
        Setting(
            "api_key", noop("Webservice key"), secret=True, help=noop("Advanced Parameters > Webservice; 32 characters")
        ),
        Setting(
            "carrier_id",
            noop("ID of the carrier"),
            required=False,
            help=noop("Shipping > Carriers; one for marketplace orders only. By default the first free one"),
        ),
        Setting(
            "customer_group",
            noop("ID of the customer group"),
            required=False,
            help=noop("Shop Parameters > Customer Settings > Groups; the group that the carrier is kept for"),
        ),
        Setting(
            "payment_module",
            noop("Technical name of the payment module"),
            default="ps_wirepayment",
            help=noop("An installed payment module, for example ps_wirepayment"),
        ),
        Setting(
            "shipping_product",
            noop("ID of the product for shipping costs"),
            required=False,
            help=noop("Only where a marketplace charges the customer for shipping"),
        ),
        Setting("shop_id", noop("ID of the shop"), required=False, help=noop("Only with multistore")),
    ),
    auth=Basic(username="api_key", password=""),
    dialect=PrestaShopWords(),
    # PrestaShop has no limits of its own; the engine keeps the number of calls in flight small.
    creation=Creation.INERT_THEN_ACTIVATE,
    shipping_method=noop(
        "The carriers in use are offered, free ones first: the others charge what the shop says. The order gets the "
        "carrier of that name; with any other text, which stands in its note, that of the shop's settings."
    ),
    # What the API forces: two to look, for a cart and an order are each found by a text of their own; the taxes of the
    # products, for a cart takes net prices; the buyer looked for, as an address cannot be registered twice, and made;
    # an address and a cart; a price for each product, one at a time; the cart read, whose ids an order must repeat; the
    # order; the order read back, for the answer only repeats what was sent; and our reference written on it, which no
    # order takes when it is made. One more is our own: look whether the cart is an order already before ordering it.
    calls_per_order=14,
    calls_beforehand=4,  # configuration, currencies, carriers and the order's country
    remaining_window=noop(
        "A small one: where PrestaShop takes more than five minutes for an order and we get no answer, it may make "
        "that order twice. Both carry the same reference; we find the second when we next read the shop's changes, "
        "and tell you."
    ),
    settling_time=timedelta(minutes=5),
    poll_every=timedelta(minutes=5),
    # The stock of what the marketplace has in its own warehouse would be taken in the shop; nothing prevents it there.
    ships_marketplace_orders=False,
    caution=noop(
        "PrestaShop sends the buyer its own confirmation of each order, and takes no orders that the marketplace "
        "ships. The Channable module leaves both to you."
    ),
    decimals=6,
)
