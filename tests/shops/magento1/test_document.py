"""OpenMage's WSDL as the judge: of the methods that are called, and of the fields that the simulator answers with.

The documents are not part of the repository; without them these tests are skipped, visibly. XML-RPC has no document of
its own: it reaches the same methods, and shows every column of a record where SOAP's types leave some out.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import parse

from shops.magento1 import world
from shops.magento1.reader import HARMLESS
from tests.shops.magento1.shop import NOW, adapter, simulated

WHERE = Path("shared", "specs", "shops", "magento1")
SPECS = next((found for parent in Path(__file__).parents if (found := parent / WHERE).exists()), None)
pytestmark = pytest.mark.skipif(SPECS is None, reason="OpenMage's WSDL files are not beside the repository")
# Columns of the tables that SOAP's types do not name, as XML-RPC shows them all.
COLUMNS = {"ext_order_id", "parent_item_id", "hidden_tax_amount", "track_number", "payment", "base_currency_code"}


@cache
def fields(kind: str) -> set[str]:
    for tree in _trees():
        for found in tree.iter():
            if found.tag.endswith("complexType") and found.get("name") == kind:
                return {str(one.get("name")) for one in found.iter() if one.tag.endswith("element")}
    raise KeyError(kind)


@cache
def operations() -> set[str]:
    return {str(one.get("name")) for tree in _trees() for one in tree.iter() if one.tag.endswith("operation")}


@cache
def _trees() -> list[Any]:
    assert SPECS is not None
    return [parse(path) for path in sorted(SPECS.glob("*_wsdl_v2.xml"))]


def shop() -> Any:
    side = simulated()
    shirt = side.world.add_product("SHIRT")
    order = side.world.add_order(NOW, [(shirt, 2, Decimal("12.10"))], shipping=Decimal("3.95"), columns={})
    order["columns"]["ext_order_id"] = "bol-A1"
    side.world.ship(order["number"], NOW, tracking_code="3S1")
    side.world.refund(order["number"], NOW, Decimal("1.00"))
    return side


def test_every_method_that_is_called_is_published() -> None:
    side = shop()
    reading = adapter(side)
    reading.verify_credentials()
    [number] = side.world.orders
    reading.fetch_order(number)
    list(reading.fetch_products())
    called = {*side.calls, *(path for path, _ in HARMLESS)}

    assert len(called) == 8
    for path in called:
        resource, method = path.split(".")
        name = re.sub(r"_(\w)", lambda letter: letter[1].upper(), resource).replace("inventoryS", "InventoryS")
        assert name.replace("cataloginventory", "catalogInventory") + method.capitalize() in operations(), path
    assert {"login", "call", "multiCall"} <= operations()


def test_the_simulator_answers_with_published_fields_alone() -> None:
    side = shop()
    [order] = side.shown_orders()
    info, sent = world.order_info(order, side.rate), world.shipment_info(order, order["shipments"][0])
    memo = world.memo_info(order, order["memos"][0])
    told = {
        "salesOrderListEntity": [world.order_row(order, side.rate)],
        "salesOrderEntity": [info],
        "salesOrderAddressEntity": [info["shipping_address"], info["billing_address"]],
        "salesOrderItemEntity": info["items"],
        "salesOrderShipmentEntity": [sent, *side._call("sales_order_shipment.list", [{}])],
        "salesOrderShipmentItemEntity": sent["items"],
        "salesOrderShipmentTrackEntity": sent["tracks"],
        "salesOrderCreditmemoEntity": [memo, *side._call("sales_order_creditmemo.list", [{}])],
        "salesOrderCreditmemoItemEntity": memo["items"],
        "catalogProductEntity": side._call("catalog_product.list", [{}]),
        "catalogInventoryStockItemEntity": side._call("cataloginventory_stock_item.list", [["SHIRT"]]),
    }
    for kind, records in told.items():
        for record in records:
            assert set(record) - fields(kind) - COLUMNS == set(), kind
