"""Facts about Amazon. Read from its published models (amzn/selling-partner-api-models, August 2026).

Orders are read with Orders API 2026-01-01; the order reads of v0 end on 27 March 2027. Confirming a shipment is only in
v0. Rates and bursts are those of the models' usage plans.
"""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import RefreshToken
from adapterkit.dialects import BYTES, Bytes
from adapterkit.records import Fulfilment
from adapterkit.sentences import noop
from adapterkit.spec import CarrierCode, Consent, MarketplaceSpec, RateLimit, Setting, creates, reads, replaces
from marketplaces.amazon.dialect import AmazonJson
from marketplaces.amazon.stores import STORES

XML = "text/xml; charset=UTF-8"

SEARCH_ORDERS = reads("/orders/2026-01-01/orders", "search_orders")
READ_ORDER = reads("/orders/2026-01-01/orders/{order_id}", "get_order")
CONFIRM_SHIPMENT = creates("/orders/v0/orders/{order_id}/shipmentConfirmation", "confirm_shipment")
# A cancellation that is sent twice cancels once, so none of its three steps needs to be looked for.
CREATE_DOCUMENT = replaces("/feeds/2021-06-30/documents", "create_feed_document", method="POST")
UPLOAD_DOCUMENT = replaces("feed document", "files", elsewhere=True, dialect=Bytes(content_type=XML))
CREATE_FEED = replaces("/feeds/2021-06-30/feeds", "create_feed", method="POST")
READ_FEED = reads("/feeds/2021-06-30/feeds/{feed_id}", "get_feed")
READ_DOCUMENT = reads("/feeds/2021-06-30/documents/{document_id}", "get_feed_document")
DOWNLOAD_DOCUMENT = reads("processing report", "files", elsewhere=True, dialect=BYTES)
READ_LISTING = reads("/listings/2021-08-01/items/{seller_id}/{sku}", "get_listing")
# Without a size of pages; a place in the list lasts 30 seconds.
READ_INVENTORY = reads("/fba/inventory/v1/summaries", "inventory_summaries")
PATCH_LISTING = replaces("/listings/2021-08-01/items/{seller_id}/{sku}", "patch_listing", method="PATCH")

SPEC = MarketplaceSpec(
    code="amazon",
    name="Amazon",
    base_url="https://sellingpartnerapi-eu.amazon.com",  # `Amazon.base_url` knows the other regions
    settings=(
        Setting(
            "stores", noop("Stores"), help=noop("The countries of your stores in one region, for example NL, DE, FR")
        ),
        Setting(
            "seller_id",
            noop("Merchant token"),
            required=False,
            help=noop("Seller Central > Account info > Merchant token"),
        ),
        Setting("client_id", noop("Client ID"), help=noop("Starts with amzn1.application-oa2-client.")),
        Setting("client_secret", noop("Client secret"), secret=True, help=noop("Starts with amzn1.oa2-cs.")),
        Setting("refresh_token", noop("Refresh token"), secret=True, required=False, help=noop("Starts with Atzr|")),
        Setting(
            "application_id",
            noop("Application ID"),
            required=False,
            help=noop("Only for connecting without a refresh token; starts with amzn1.sp.solution."),
        ),
        Setting(
            "application_state",
            noop("State of the application"),
            required=False,
            choices=(("draft", noop("Draft")), ("published", noop("Published"))),
            default="draft",
        ),
        Setting(
            "environment",
            noop("Environment"),
            required=False,
            choices=(("live", noop("Live")), ("sandbox", noop("Amazon's sandbox"))),
            default="live",
        ),
        Setting("base_url", noop("Address of a test server"), required=False),
        Setting("token_url", noop("Token address of a test server"), required=False),
    ),
    # Login with Amazon: a token lasts an hour. One that ran out is answered 403, as is a missing role.
    identified_by="seller_id",
    auth=RefreshToken(
        token_url="https://api.amazon.com/auth/o2/token",  # noqa: S106 - an address
        token_url_setting="token_url",  # noqa: S106 - the name of a setting
        header="x-amz-access-token",
        prefix="",
        refusals=frozenset({401, 403}),
    ),
    dialect=AmazonJson(),
    consent=Consent(
        needs=("stores", "application_id", "client_id", "client_secret"),
        code="spapi_oauth_code",
        brings={"selling_partner_id": "seller_id"},
    ),
    countries=tuple(store.country for store in STORES),
    fulfilments=(Fulfilment.MERCHANT, Fulfilment.MARKETPLACE),
    # For each pair of seller and application. What answers tell in the header is what holds for this seller.
    rate_limits={
        "default": RateLimit(1, burst=5),
        "token": RateLimit(1, burst=5),
        "search_orders": RateLimit(0.0056, burst=20),
        "get_order": RateLimit(0.5, burst=30),
        "confirm_shipment": RateLimit(2, burst=10),
        "create_feed_document": RateLimit(0.5, burst=15),
        "create_feed": RateLimit(0.0083, burst=15),
        "get_feed": RateLimit(2, burst=15),
        "get_feed_document": RateLimit(0.0222, burst=10),
        "get_listing": RateLimit(5, burst=10),
        "patch_listing": RateLimit(5, burst=5),
        "inventory_summaries": RateLimit(2, burst=2),
        "files": RateLimit(10, burst=20),
    },
    rate_header="x-amzn-RateLimit-Limit",
    poll_every=timedelta(minutes=5),
    poll_shipped_every=timedelta(minutes=20),  # of twenty lists an hour, nearly all are for orders that wait
    # A listed order may come late; Amazon's own "updated before" is where the next walk begins.
    overlap=timedelta(minutes=15),
    # Amazon lists two years. An order that waits for longer than this is not shipped any more, and each page is dear.
    history=timedelta(days=60),
    sweep=timedelta(days=1),
    settling_time=timedelta(minutes=2),
    # As Seller Central spells them (enumeration of the order fulfilment feed, and the list there); Amazon publishes no
    # list for programs, so that merchants may change it.
    carriers=(
        CarrierCode("DHL", "dhl", "DHL"),
        CarrierCode("DHL", "dhl-de", "DHL"),
        CarrierCode("DHL eCommerce", "dhl-ecommerce", "DHL eCommerce"),
        CarrierCode("DHL Express", "dhl-express", "DHL Express"),
        CarrierCode("PostNL", "postnl", "PostNL"),
        CarrierCode("DPD", "dpd", "DPD"),
        CarrierCode("DPD", "dpd-be", "DPD"),
        CarrierCode("GLS", "gls", "GLS"),
        CarrierCode("UPS", "ups", "UPS"),
        CarrierCode("FedEx", "fedex", "FedEx"),
        CarrierCode("TNT", "tnt-express", "TNT"),
        CarrierCode("bpost", "bpost", "bpost"),
        CarrierCode("Deutsche Post", "deutsche-post", "Deutsche Post"),
        CarrierCode("Hermes Logistik Gruppe", "hermes", "Hermes Logistik Gruppe"),
        CarrierCode("Evri", "evri", "Evri"),
        CarrierCode("Royal Mail", "royal-mail", "Royal Mail"),
        CarrierCode("Parcelforce", "parcelforce", "Parcelforce"),
        CarrierCode("Yodel", "yodel", "Yodel"),
        CarrierCode("Colissimo", "colissimo", "Colissimo"),
        CarrierCode("La Poste", "la-poste", "La Poste"),
        CarrierCode("Chronopost", "chronopost", "Chronopost"),
        CarrierCode("Mondial Relay", "mondial-relay", "Mondial Relay"),
        CarrierCode("InPost", "inpost", "InPost"),
        CarrierCode("Correos", "correos", "Correos"),
        CarrierCode("Correos Express", "correos-express", "Correos Express"),
        CarrierCode("SEUR", "seur", "SEUR"),
        CarrierCode("MRW", "mrw", "MRW"),
        CarrierCode("Nacex", "nacex", "Nacex"),
        CarrierCode("Poste Italiane", "poste-italiane", "Poste Italiane"),
        CarrierCode("BRT", "brt", "BRT"),
        CarrierCode("SDA", "sda", "SDA"),
        CarrierCode("Österreichische Post", "austrian-post", "Österreichische Post"),
        CarrierCode("Swiss Post", "swiss-post", "Swiss Post"),
        CarrierCode("PostNord", "postnord", "PostNord"),
        CarrierCode("Other", "other", "Other"),
    ),
    tracking_required=True,
    whole_order_cancellation=True,
    calls_per_order=1,
    # Data Protection Policy: personal data is kept for no more than 30 days after delivery.
    keep_buyer_data=timedelta(days=30),
    evidence="published document",  # tests/marketplaces/amazon/test_document.py
)
