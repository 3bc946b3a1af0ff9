"""What a proof against a real WooCommerce needs beyond the adapter; see `adapterkit.proving`."""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.errors import AuthenticationFailed, Rejected
from adapterkit.shop import Shop
from adapterkit.spec import reads
from shops.woocommerce.mapper import ITEMS
from shops.woocommerce.spec import API, UPDATE_ORDER

SYSTEM_STATUS = reads(f"{API}/system_status")
NAMES = {"version": "WooCommerce", "wp_version": "WordPress", "php_version": "PHP"}


def ship(shop: Shop, shop_order_id: str, *, carrier: str, tracking_code: str) -> None:
    """Complete the order with a parcel, as the common shipment extensions write it down."""
    parcel = {
        "tracking_provider": carrier,
        "custom_tracking_provider": "",
        "custom_tracking_link": "",
        "tracking_number": tracking_code,
        "date_shipped": "",
        "tracking_id": tracking_code,
    }
    body = {"status": "completed", "meta_data": [{"key": ITEMS, "value": [parcel]}]}
    shop.transport.call(UPDATE_ORDER, body=body, path={"order_id": shop_order_id})


def versions(shop: Shop) -> Mapping[str, str]:
    """Only the keys of an administrator may ask."""
    try:
        told = shop.transport.call(SYSTEM_STATUS, query={"_fields": "environment"}).body["environment"]
    except (AuthenticationFailed, Rejected):
        return {}
    return {name: str(told[key]) for key, name in NAMES.items() if told.get(key)}
