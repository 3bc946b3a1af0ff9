"""Facts about the Channable module of PrestaShop, read in its code (3.0.2 and later); not run by us."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import PathKey
from adapterkit.sentences import noop
from adapterkit.spec import Creation, Setting, ShopSpec, creates, reads, replaces
from shops.channable_module.dialect import CHECK, CREATE, DATA, MODULE, UNJUDGED
from shops.channable_module.protocol import FALLBACK_EMAIL, SHIPPING_METHOD, SHOP_URL, Endpoints

# This form of address works with and without friendly URLs.
FRONT = "/index.php?fc=module&module=channable&key={key}&controller="
ENDPOINTS = Endpoints(
    create=creates(f"{FRONT}order", dialect=CREATE),
    check=reads(f"{FRONT}order", method="POST", dialect=CHECK),
    status=reads(f"{FRONT}order", dialect=DATA),
    feed=reads(f"{FRONT}feed", dialect=DATA),
    stock_address=replaces(f"{FRONT}webhooks", method="POST", dialect=UNJUDGED),
)

SPEC = ShopSpec(
    code="prestashop_module",
    name="PrestaShop with the Channable module",
    settings=(
        SHOP_URL,
        Setting(
            "key",
            noop("Key of the module"),
            secret=True,
            help=noop("The module's page shows it; it starts with CHANNABLE"),
        ),
        FALLBACK_EMAIL,
    ),
    dialect=MODULE,
    auth=PathKey(setting="key", name="key"),
    creation=Creation.SEARCH,
    shipping_method=SHIPPING_METHOD,
    calls_per_order=2,  # look for its reference, create
    remaining_window=noop(
        "The module refuses a second order of the same reference, but looks for it well before it makes one: two that "
        "arrive at the same instant could both be made. When its answer does not arrive, we wait five minutes and "
        "look for the order before we send it again. The module tells neither lines nor total nor currency, so we do "
        "not compare them; it stores the total as we send it."
    ),
    caution=noop(
        "The module does not tell what an order came to in PrestaShop, so its total cannot be compared: look at the "
        "test order there. It tells one tracking code of an order, and takes no orders that a marketplace ships."
    ),
    settling_time=timedelta(minutes=5),
    ships_marketplace_orders=False,  # the module does not read whether an order was shipped
    decimals=6,
    reread_at_once=50,  # a call each; there is no list of what changed
)
