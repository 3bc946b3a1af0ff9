"""What a proof against a real PrestaShop needs beyond the adapter; its key must be allowed to PATCH order_carriers."""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.shop import Shop
from shops.prestashop import mapper
from shops.prestashop.service import WebService
from shops.prestashop.shop_facts import ShopFacts


def ship(shop: Shop, shop_order_id: str, *, carrier: str, tracking_code: str) -> None:  # noqa: ARG001 - every platform's gets one
    """Write the code on the order's parcel and set the order to shipped; the carrier stays the order's own."""
    service = WebService(shop.transport, shop.settings)
    where = {"id_order": f"[{shop_order_id}]"}
    for parcel in service.rows("order_carriers", display="[id]", where=where):
        service.change("order_carriers", mapper.identity(parcel["id"]), {"tracking_number": tracking_code})
    shipped = ShopFacts(service, shop.settings).configuration["PS_OS_SHIPPING"]
    service.create("order_histories", {"id_order": shop_order_id, "id_order_state": shipped})


def versions(shop: Shop) -> Mapping[str, str]:
    service = WebService(shop.transport, shop.settings)
    service.rights()
    return {"PrestaShop": ".".join(map(str, service.version))} if service.version else {}
