"""The shop's shipping methods, read from the orders of its own customers, and what becomes of the chosen one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapterkit.errors import Rejected
from adapterkit.keeping import MemoryAnswers
from adapterkit.records import Order
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.test_shops import order, stocked

PICK_UP = ("PostNL - Pick-up", "postnl_pickup")
ORDERS = "/rest/default/V1/orders"


def shipping_of(bench: Magento2Bench, wanted: Order, reference: str = "bol-A1") -> tuple[str, str]:
    made = bench.create(wanted, reference, stocked(bench, wanted))
    stored: dict[str, Any] = bench.simulator.world.orders[int(made.shop_order_id)]
    method = stored["extension_attributes"]["shipping_assignments"][0]["shipping"]["method"]
    return stored["shipping_description"], method


def test_orders_of_ours_and_of_other_store_views_name_no_method(bench: Magento2Bench) -> None:
    bench.add_product("MUG", price=order("12.50").total, stock=9)
    shipping_of(bench, replace(order("12.10"), shipping_method="By bicycle"))
    french = bench.simulator.place_web_order("MUG", method=("Point relais", "relais_relais"))
    bench.simulator.world.orders[french]["store_id"] = 2
    nameless = bench.simulator.place_web_order("MUG")
    bench.simulator.world.orders[nameless]["extension_attributes"] = None
    bench.answers = MemoryAnswers()

    assert bench.adapter.fetch_shipping_methods() == []  # type: ignore[attr-defined]


def test_the_chosen_method_gives_name_and_code_any_other_the_code_of_the_settings(bench: Magento2Bench) -> None:
    bench.add_product("MUG", price=order("12.50").total, stock=9)
    bench.simulator.place_web_order("MUG", method=PICK_UP)

    assert shipping_of(bench, replace(order("12.10"), shipping_method=PICK_UP[0])) == PICK_UP
    other = replace(order("12.10", order_id="A2"), shipping_method="PRIME STANDARD")
    assert shipping_of(bench, other, "bol-A2") == ("PRIME STANDARD", "flatrate_flatrate")
    assert shipping_of(bench, order("12.10", order_id="A3"), "bol-A3") == ("Shipping", "flatrate_flatrate")
    asked = [seen for seen in bench.simulator.requests_to("GET", ORDERS) if "DESC" in str(seen.query)]
    assert len(asked) == 1


def test_a_rate_of_exchange_entered_after_a_refusal_counts_at_once(bench: Magento2Bench) -> None:
    bench.extra = {"base_currency": "USD"}
    bench.simulator.world.exchange_rates = {}
    wanted = order("10.00")
    products = stocked(bench, wanted)
    with pytest.raises(Rejected, match="no rate from USD to EUR"):
        bench.create(wanted, "bol-A1", products)
    bench.simulator.world.exchange_rates = {"EUR": "0.8"}

    assert bench.create(wanted, "bol-A1", products).total == wanted.total
    assert len(bench.simulator.world.orders) == 1
