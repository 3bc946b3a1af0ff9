"""What the modules have in common: what they are asked, and what a merchant has to tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from adapterkit.sentences import noop
from adapterkit.spec import Endpoint, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """`check` is the order hook with nothing in it: it says whether it would take an order."""

    create: Endpoint
    check: Endpoint
    status: Endpoint
    feed: Endpoint
    stock_address: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class MagentoEndpoints(Endpoints):
    shipments: Endpoint
    create_return: Endpoint
    return_status: Endpoint


SHOP_URL = Setting("shop_url", noop("Address of the shop"), help=noop("For example https://shop.example"))
STORE_ID = Setting("store_id", noop("Number of the store view"), default="1", help=noop("The orders come in there"))
NUMBER_PREFIX = Setting(
    "number_prefix", noop("Prefix of order numbers"), default="M-", help=noop("Exactly as it is set in the module")
)
SHIPPING_METHOD = (
    "The module gets the name with each order; which of the shop's methods or carriers the order gets is set in the "
    "module. Its list cannot be read from here."
)
TIME_ZONE = Setting("time_zone", noop("Time zone of the shop"), default="Europe/Amsterdam")
FALLBACK_EMAIL = Setting(
    "fallback_email",
    noop("E-mail address for orders without one"),
    required=False,
    help=noop("The shop refuses an order without an address"),
)
