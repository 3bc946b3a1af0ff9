"""Facts about the bazaar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapterkit.auth import AllOf, HeaderKey, Hmac
from adapterkit.records import Fulfilment
from adapterkit.spec import CarrierCode, MarketplaceSpec, RateLimit, Setting, creates, reads, replaces
from tests.foreign.bazaar.dialect import BazaarXml

WHO_AM_I = reads("/xml/whoAmI", method="POST")
LIST_ORDERS = reads("/xml/listOrders", "orders", method="POST")
GET_ORDER = reads("/xml/getOrder", method="POST")
ACCEPT_LINES = replaces("/xml/acceptLines", method="POST")
SHIP_PARCEL = creates("/xml/shipParcel")
LIST_PARCELS = reads("/xml/listParcels", method="POST")
CANCEL_LINES = replaces("/xml/cancelLines", method="POST")
UPDATE_STOCK = replaces("/xml/updateStock", "feeds", method="POST")
GET_FEED = reads("/xml/getFeed", method="POST")

SPEC = MarketplaceSpec(
    code="bazaar",
    name="Bazaar",
    base_url="https://api.bazaar.test",
    settings=(
        Setting("seller", "Seller"),
        Setting("secret", "Secret", secret=True),
        Setting("base_url", "Address of a test server", required=False),
    ),
    auth=AllOf(
        auths=(
            HeaderKey(setting="seller", header="X-Bazaar-Seller"),
            Hmac(setting="secret", header="X-Bazaar-Signature", moment_header="X-Bazaar-Time"),
        )
    ),
    identified_by="seller",
    dialect=BazaarXml(),
    countries=("NL", "BE"),
    fulfilments=(Fulfilment.MERCHANT,),
    currency="EUR",
    rate_limits={"default": RateLimit(5), "orders": RateLimit(2), "feeds": RateLimit(1, per=10)},
    carriers=(
        CarrierCode("PNL", "postnl", "PostNL"),
        CarrierCode("DHL", "dhl", "DHL"),
        CarrierCode("XXX", "other", "Other"),
    ),
    stock_at_once=1000,
    settling_time=timedelta(minutes=2),
    refuses_repeats=True,
    calls_per_order=1,
)

# Its older version lists no parcels, and takes whole orders.
OLD = replace(SPEC, code="old_bazaar", name="Bazaar 2", whole_order_acceptance=True)
