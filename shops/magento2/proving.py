"""What a proof against a real Magento needs beyond the adapter; its API tells no version. See `adapterkit.proving`."""

from __future__ import annotations

from adapterkit.shop import Shop
from adapterkit.spec import creates

SHIP_ORDER = creates("/order/{order_id}/ship")


def ship(shop: Shop, shop_order_id: str, *, carrier: str, tracking_code: str) -> None:
    track = {"track_number": tracking_code, "title": carrier, "carrier_code": "custom"}
    shop.transport.call(SHIP_ORDER, body={"notify": False, "tracks": [track]}, path={"order_id": shop_order_id})
