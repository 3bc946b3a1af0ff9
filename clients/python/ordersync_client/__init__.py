"""A client of OrderSync's REST API: typed, with pages and repeats seen to."""

from ordersync_client.client import OrderSync
from ordersync_client.errors import OrderSyncError, Refused, Unavailable

__all__ = ["OrderSync", "OrderSyncError", "Refused", "Unavailable"]
