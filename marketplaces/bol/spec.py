"""Facts about bol. Read from bol's published documents (Retailer API v10 and Offers API v11, July 2026)."""

from __future__ import annotations

from datetime import timedelta

from adapterkit.auth import ClientCredentials
from adapterkit.records import Fulfilment
from adapterkit.sentences import noop
from adapterkit.spec import CarrierCode, MarketplaceSpec, RateLimit, Setting, creates, reads, replaces
from marketplaces.bol.dialect import V10, V11

# `{retailer}` and `{shared}` are these words, or the same with "-demo" for bol's demo environment.
LIST_ORDERS = reads("/{retailer}/orders", "list_orders")
READ_ORDER = reads("/{retailer}/orders/{order_id}", "orders")
CANCEL_ITEM = replaces("/{retailer}/orders/cancellation", "orders")
CREATE_SHIPMENT = creates("/{retailer}/shipments", "shipments")
LIST_SHIPMENTS = reads("/{retailer}/shipments", "shipments")
CHANGE_TRANSPORT = replaces("/{retailer}/transports/{transport_id}", "shipments")
READ_PROCESS = reads("/{shared}/process-status/{process_id}", "process_status")
FIND_PROCESSES = reads("/{shared}/process-status", "process_status")
LIST_RETURNS = reads("/{retailer}/returns", "returns")
HANDLE_RETURN = replaces("/{retailer}/returns/{rma_id}", "returns")
FIND_OFFERS = reads("/{retailer}/offers", "offers", dialect=V11)
PATCH_OFFER = replaces("/{retailer}/offers/{offer_id}", "offers", method="PATCH", dialect=V11)

SPEC = MarketplaceSpec(
    code="bol",
    name="bol",
    base_url="https://api.bol.com",
    settings=(
        Setting("client_id", noop("Client ID")),
        Setting("client_secret", noop("Client secret"), secret=True),
        Setting(
            "environment",
            noop("Environment"),
            required=False,
            choices=(("live", noop("Live")), ("demo", noop("bol's demo environment"))),
            default="live",
        ),
        Setting("base_url", noop("Address of a test server"), required=False),
        Setting("token_url", noop("Token address of a test server"), required=False),
    ),
    auth=ClientCredentials(
        token_url="https://login.bol.com/token",  # noqa: S106 - an address
        token_url_setting="token_url",  # noqa: S106 - the name of a setting
    ),
    identified_by="client_id",
    dialect=V10,
    countries=("NL", "BE"),
    fulfilments=(Fulfilment.MERCHANT, Fulfilment.MARKETPLACE),
    currency="EUR",
    # bol sets a limit for each operation, changes it without notice and asks to be guided by its answers (page "Rate
    # Limits", read November 2026; its complete table could not be obtained, the conventions page shows 7 calls in 3
    # minutes for the list of orders and 8 a minute for one order as samples). So these only keep calls from coming in
    # bursts; a 429 pauses the bucket for its Retry-After, and each operation with a limit of its own has a bucket.
    rate_limits={"default": RateLimit(25), "token": RateLimit(2)},
    poll_every=timedelta(minutes=5),
    history=timedelta(days=90),
    lists_open=True,
    settling_time=timedelta(minutes=2),
    # The last list that bol published (January 2024); the field itself takes any text. TNT means PostNL.
    carriers=(
        CarrierCode("TNT", "postnl", "PostNL"),
        CarrierCode("DHLFORYOU", "dhl", "DHL Parcel"),
        CarrierCode("DHLFORYOU", "dhl-ecommerce", "DHL Parcel"),
        CarrierCode("DHL_DE", "dhl-de", "DHL Germany"),
        CarrierCode("DHL", "dhl-express", "DHL"),
        CarrierCode("DPD-NL", "dpd", "DPD Netherlands"),
        CarrierCode("DPD-BE", "dpd-be", "DPD Belgium"),
        CarrierCode("GLS", "gls", "GLS"),
        CarrierCode("UPS", "ups", "UPS"),
        CarrierCode("FEDEX_NL", "fedex", "FedEx"),
        CarrierCode("TNT-EXPRESS", "tnt-express", "TNT Express"),
        CarrierCode("BPOST_BE", "bpost", "bpost"),
        CarrierCode("BRIEFPOST", "briefpost", "Letter post"),
        CarrierCode("BUDBEE", "budbee", "Budbee"),
        CarrierCode("CYCLOON", "cycloon", "Cycloon"),
        CarrierCode("DYL", "dynalogic", "Dynalogic"),
        CarrierCode("PACKS", "packs", "Packs"),
        CarrierCode("TRANSMISSION", "transmission", "TransMission"),
        CarrierCode("TRUNKRS", "trunkrs", "Trunkrs"),
        CarrierCode("COURIER", "own-transport", "Courier"),
        CarrierCode("OTHER", "other", "Other"),
    ),
    tracking_required=False,
    partial_cancellation=False,
    calls_per_order=3,
    evidence="published document",  # tests/contract/test_bol_document.py
)
