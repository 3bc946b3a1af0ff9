"""Products, and how many pieces may be sold: right over an order's whole life, though Magento's own number is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from adapterkit.errors import AuthenticationFailed, Rejected
from adapterkit.records import Product
from shops.magento2.inventory import DEFAULT
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.test_shops import order

D = Decimal
V1 = "/rest/default/V1"


def products(bench: Magento2Bench) -> dict[str, Product]:
    return {item.sku: item for page in bench.adapter.fetch_products() for item in page.items}


def stock(bench: Magento2Bench, sku: str = "MUG") -> int | None:
    """The stock by both ways to read it, which always agree."""
    found = products(bench)[sku]
    adapter: Any = bench.adapter
    assert adapter.fetch_stock([found.product_id]) == {found.product_id: found.stock}
    return found.stock


def sell(bench: Magento2Bench, product_id: int, reference: str, quantity: int = 2) -> int:
    wanted = order("12.10", quantity=quantity, order_id=reference)
    return int(bench.create(wanted, f"bol-{reference}", {"L0": str(product_id)}).shop_order_id)


@pytest.mark.parametrize("repaired", [False, True])
def test_stock_is_right_over_create_ship_and_cancel_whether_or_not_magento_mends_its_own(
    bench: Magento2Bench, repaired: bool
) -> None:
    mug = bench.simulator.add_product("MUG", stock=10)
    inventory = bench.simulator.world.inventory

    def told() -> tuple[int | None, int]:
        before = inventory.salable("MUG")
        if repaired:
            bench.simulator.repair_reservations()
            assert inventory.salable("MUG") == bench.simulator.stock_of("MUG")
        assert stock(bench) == bench.simulator.stock_of("MUG")
        return stock(bench), before

    assert told() == (10, 10)
    shipped = sell(bench, mug, "A1")
    assert told() == (8, 10)  # Magento reserved nothing
    bench.simulator.place_web_order("MUG", 3)
    assert told()[0] == 5
    bench.simulator.ship(shipped, complete=False)
    assert told()[0] == 5
    bench.simulator.ship(shipped)
    assert told()[0] == 5
    cancelled = sell(bench, mug, "A2", 4)
    assert told()[0] == 1
    adapter: Any = bench.adapter
    adapter.cancel_order(str(cancelled), "bol-A2")
    assert told()[0] == 5
    if not repaired:
        assert inventory.salable("MUG") == 11  # ten on hand less three reserved, six freed that never were


def test_the_last_piece_is_sold_once(bench: Magento2Bench) -> None:
    mug = bench.simulator.add_product("MUG", stock=1)

    sell(bench, mug, "A1", 1)

    assert stock(bench) == 0


def test_web_orders_of_variations_count_once(bench: Magento2Bench) -> None:
    bench.simulator.add_product("SHIRT", variations=["SHIRT-M", "SHIRT-L"], stock=4)
    bench.simulator.place_web_order("SHIRT-M", 3)

    found = products(bench)

    assert {sku: item.stock for sku, item in found.items()} == {"SHIRT-M": 1, "SHIRT-L": 4}
    assert found["SHIRT-M"].parent_id == found["SHIRT-L"].parent_id != ""


def test_a_variation_is_sold_as_the_simple_product_that_it_is(bench: Magento2Bench) -> None:
    bench.simulator.add_product("SHIRT", variations=["SHIRT-M"], stock=4)
    found = products(bench)["SHIRT-M"]

    order_id = sell(bench, int(found.product_id), "A1")

    [row] = bench.simulator.world.orders[order_id]["items"]
    assert (row["sku"], row["product_type"], row["product_id"]) == ("SHIRT-M", "simple", int(found.product_id))
    bench.simulator.ship(order_id)
    assert bench.simulator.world.inventory.lying("SHIRT-M") == 2


def test_only_the_website_s_enabled_sources_count(bench: Magento2Bench) -> None:
    bench.simulator.add_product("MUG", stock=5)
    bench.simulator.add_product("ELSEWHERE", stock=0)
    inventory = bench.simulator.world.inventory
    inventory.sources |= {"north": True, "closed": False, "other": True}
    inventory.linked += ["north", "closed"]
    inventory.on_hand |= {("north", "MUG"): 3, ("closed", "MUG"): 50, ("other", "MUG"): 70, ("other", "ELSEWHERE"): 9}
    del inventory.on_hand[DEFAULT, "ELSEWHERE"]

    assert (stock(bench), stock(bench, "ELSEWHERE")) == (8, 0)


def test_what_is_not_counted_has_no_stock_and_what_is_sold_out_has_none_left(bench: Magento2Bench) -> None:
    bench.simulator.add_product("GUIDE", stock=None)
    bench.simulator.add_product("GONE", stock=0)

    assert (stock(bench, "GUIDE"), stock(bench, "GONE")) == (None, 0)


@pytest.mark.parametrize("exports", [True, False])
def test_salable_quantities_come_in_bulk_or_one_by_one_where_magento_has_no_export(
    bench: Magento2Bench, exports: bool
) -> None:
    bench.simulator.world.exports_salable = exports
    for number in range(120):
        bench.simulator.add_product(f"P/{number}", stock=number)
    del bench.simulator.world.inventory.on_hand[DEFAULT, "P/7"]  # unknown there: 500, as plain text
    bench.simulator.requests.clear()

    found = products(bench)

    assert {sku: item.stock for sku, item in found.items()} == {f"P/{n}": 0 if n == 7 else n for n in range(120)}
    singles = bench.simulator.requests_to("GET", f"{V1}/inventory/get-product-salable-quantity/")
    assert len(singles) == (0 if exports else 120)
    if exports:
        # Ground: orders, stock, links, sources, parents; each of two pages: products, orders since, export, sources.
        assert len(bench.simulator.requests) == 5 + 2 * 4


def test_the_stock_of_more_products_than_a_page_holds_is_read_whole(bench: Magento2Bench) -> None:
    ids = [str(bench.simulator.add_product(f"P{number}", stock=number)) for number in range(250)]
    adapter: Any = bench.adapter

    assert adapter.fetch_stock(ids) == {one: number for number, one in enumerate(ids)}


def test_skus_with_commas_and_many_long_ones_are_all_found(bench: Magento2Bench) -> None:
    skus = ["A,B", *(f"{number:0>60}" for number in range(90))]
    for sku in skus:
        bench.simulator.add_product(sku, stock=3)

    assert {item.stock for item in products(bench).values()} == {3}
    assert all(len(seen.query) < 20 for seen in bench.simulator.requests)


def test_an_order_that_comes_while_the_catalogue_is_read_counts_on_the_pages_after_it(bench: Magento2Bench) -> None:
    ids = [bench.simulator.add_product(f"P{number}", stock=5) for number in range(150)]
    pages = bench.adapter.fetch_products()
    first = next(pages)
    sell(bench, ids[149], "A1")

    second = next(pages)

    assert {item.stock for item in first.items} == {5}
    assert [item.stock for item in second.items if item.sku == "P149"] == [3]
    assert (first.expected, second.expected) == (150, 150)


def test_the_ean_is_read_from_the_attribute_that_holds_it(bench: Magento2Bench) -> None:
    bench.simulator.add_product("MUG", ean="8710400000013", price="12.50", name="Mug, blue")

    found = products(bench)["MUG"]
    assert (found.ean, found.title, found.price) == ("8710400000013", "Mug, blue", D("12.5"))
    bench.extra = {"ean_attribute": ""}
    bench.simulator.requests.clear()
    assert products(bench)["MUG"].ean == ""
    fields = [seen.query["fields"][0] for seen in bench.simulator.requests_to("GET", f"{V1}/products")]
    assert all("custom_attributes" not in one for one in fields)


def test_a_product_that_cannot_be_read_stops_no_other(bench: Magento2Bench) -> None:
    bad = bench.simulator.add_product("BAD")
    bench.simulator.add_product("MUG")
    bench.simulator.world.products[bad]["price"] = "ask"

    [page] = bench.adapter.fetch_products()

    assert [item.sku for item in page.items] == ["MUG"]
    assert [one.record_id for one in page.unreadable] == [str(bad)]


def test_a_shop_without_the_inventory_modules_or_with_another_website_is_named(bench: Magento2Bench) -> None:
    bench.simulator.add_product("MUG")
    bench.extra = {"website": "other"}
    with pytest.raises(Rejected, match="No linked stock found"):
        products(bench)
    bench.extra = {"store_view": "a/b"}

    with pytest.raises(Rejected, match="its inventory switched on"):
        products(bench)


def test_a_missing_permission_is_named(bench: Magento2Bench) -> None:
    bench.simulator.add_product("MUG")
    bench.simulator.world.may = {"Magento_Sales::actions_view", "Magento_InventorySalesApi::stock"}

    with pytest.raises(AuthenticationFailed, match="may not use Magento_InventoryApi::stock_source_link"):
        products(bench)
