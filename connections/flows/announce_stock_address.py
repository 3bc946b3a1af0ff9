"""A merchant has the shop post its stock to our address."""

from __future__ import annotations

from datetime import datetime

from accounts.audit import write_audit
from accounts.models import User
from adapterkit.shop import TakesStockAddress
from connections.adapters import open_shop
from connections.models import Shop


def announce_stock_address(*, shop: Shop, url: str, now: datetime, by: User | None) -> bool:
    """Tell the shop the address; False when its platform cannot be told. Raises the adapter's error when it refuses.

    May be repeated. The address is a secret and stands in no audit entry.
    """
    adapter = open_shop(shop)
    if not isinstance(adapter, TakesStockAddress):
        return False
    adapter.set_stock_address(url)
    write_audit(shop.project.company, by, "stock_address_told", f"shop:{shop.pk}", now, name=shop.project.name)
    return True
