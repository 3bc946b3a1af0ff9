"""What every shop adapter does, tried against its simulator. A shop is added to `BENCHES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapterkit.capabilities import capabilities
from adapterkit.errors import AuthenticationFailed, OutcomeUnknown, Rejected
from adapterkit.opening import open_adapter
from adapterkit.records import Address, Fulfilment, Order, OrderLine, ShopOrderState
from adapterkit.transport import Exchange
from shops.registry import all_shops
from shops.woocommerce.adapter import WooCommerce
from shops.woocommerce.simulator import WooCommerceSimulator

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class Bench:
    simulator: Any
    adapter: Any
    exchanges: list[Exchange]
    secrets: tuple[str, ...]

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


def woocommerce(scheme: str = "https", storage: str = "hpos") -> Bench:
    simulator = WooCommerceSimulator(now=lambda: NOW)
    simulator.world.hpos = storage == "hpos"
    bench = Bench(simulator, None, [], ("ck_demo", "cs_demo"))
    bench.adapter = open_adapter(
        WooCommerce,
        settings={"shop_url": f"{scheme}://shop.test", "order_storage": storage},
        credentials={"consumer_key": "ck_demo", "consumer_secret": "cs_demo"},
        recorder=bench,
        mounts={f"{scheme}://shop.test": simulator.mount()},
        wait=lambda _: None,
    )
    return bench


BENCHES: dict[str, Callable[[], Bench]] = {
    "woocommerce": woocommerce,
    "woocommerce over http": lambda: woocommerce("http"),
    "woocommerce with legacy storage": lambda: woocommerce(storage="legacy"),
}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Bench:
    return BENCHES[request.param]()


def order(*prices: str, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, country: str = "NL") -> Order:
    address = Address(
        first_name="Anouk",
        last_name="de Vries",
        street="Keizersgracht",
        house_number="12",
        postcode="1015CJ",
        city="Amsterdam",
        country=country,
        email="relay@verkopen.test",
    )
    lines = tuple(
        OrderLine(
            line_id=f"L{n}", sku=f"S{n}", quantity=quantity, unit_price=Decimal(price), total=Decimal(price) * quantity
        )
        for n, price in enumerate(prices)
    )
    total = sum((line.total for line in lines), Decimal(0))
    return Order(
        order_id="A1",
        number="A1",
        placed_at=NOW,
        fulfilment=fulfilment,
        currency="EUR",
        lines=lines,
        total=total,
        delivery=address,
        billing=address,
        fingerprint="f",
        payload={},
    )


def stocked(bench: Bench, wanted: Order, tax_classes: tuple[str, ...] = ("standard",)) -> dict[str, str]:
    return {
        line.line_id: str(
            bench.simulator.add_product(line.sku, price="9.99", stock=100, tax_class=tax_classes[n % len(tax_classes)])
        )
        for n, line in enumerate(wanted.lines)
    }


def test_every_shop_has_a_bench() -> None:
    assert {name.split()[0] for name in BENCHES} == set(all_shops())


def test_capabilities_are_read_from_the_class(bench: Bench) -> None:
    assert {"CreatesInertOrders", "CancelsOrders", "HoldsOrders", "FetchesStock"} <= set(
        capabilities(type(bench.adapter))
    )


def test_good_credentials_are_taken_bad_ones_and_read_only_ones_refused_at_once(bench: Bench) -> None:
    bench.adapter.verify_credentials()
    bench.simulator.world.write_permission = False
    with pytest.raises(AuthenticationFailed):
        bench.adapter.verify_credentials()
    bench.simulator.revoke_keys()
    before = len(bench.simulator.requests)
    with pytest.raises(AuthenticationFailed) as caught:
        bench.adapter.verify_credentials()

    assert len(bench.simulator.requests) == before + 1
    told = f"{caught.value} {bench.exchanges}"
    assert not any(secret in told for secret in bench.secrets)


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.decimals("0.01", "9999.99", places=2), min_size=1, max_size=6),
    quantity=st.integers(1, 9),
    country=st.sampled_from(["NL", "BE", "FR"]),
)
def test_the_shop_s_total_is_the_marketplace_s_to_the_cent(prices: list[Decimal], quantity: int, country: str) -> None:
    bench = woocommerce()
    wanted = order(*map(str, prices), quantity=quantity, country=country)
    products = stocked(bench, wanted, ("standard", "reduced-rate"))

    made = bench.adapter.create_inert_order(wanted, "bol-A1", products)

    assert (made.total, made.state) == (wanted.total, ShopOrderState.INERT)
    assert {line.marketplace_line_id: line.product_id for line in made.lines} == products


def test_an_inert_order_takes_no_stock_an_active_one_takes_it_once(bench: Bench) -> None:
    wanted = order("12.10", quantity=3)
    products = stocked(bench, wanted)
    made = bench.adapter.create_inert_order(wanted, "bol-A1", products)
    assert bench.simulator.stock_of("S0") == 100

    for _ in range(2):
        assert bench.adapter.activate_order(made.shop_order_id, wanted).state is ShopOrderState.OPEN

    assert bench.simulator.stock_of("S0") == 97
    with pytest.raises(Rejected):
        bench.adapter.discard_inert_order(made.shop_order_id)
    bench.simulator.complete(int(made.shop_order_id))
    assert bench.adapter.activate_order(made.shop_order_id, wanted).state is ShopOrderState.COMPLETED


def test_what_the_marketplace_ships_arrives_as_shipped_and_takes_no_stock(bench: Bench) -> None:
    wanted = order("12.10", fulfilment=Fulfilment.MARKETPLACE)
    made = bench.adapter.create_inert_order(wanted, "bol-A1", stocked(bench, wanted))

    assert bench.adapter.activate_order(made.shop_order_id, wanted).state is ShopOrderState.COMPLETED
    assert bench.simulator.stock_of("S0") == 100


def test_an_order_whose_answer_was_lost_is_found_by_our_reference_alone(bench: Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.adapter.create_inert_order(wanted, "bol-A10", products)
    bench.simulator.fail_next("cut", after_handling=True, method="POST")
    with pytest.raises(OutcomeUnknown):
        bench.adapter.create_inert_order(wanted, "bol-A1", products)

    assert [found.reference for found in bench.adapter.find_orders("bol-A1", NOW)] == ["bol-A1"]
    assert bench.adapter.find_orders("bol-A2", NOW) == []


def test_cancelling_and_discarding_twice_is_harmless(bench: Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    active = bench.adapter.create_inert_order(wanted, "bol-A1", products)
    bench.adapter.activate_order(active.shop_order_id, wanted)
    inert = bench.adapter.create_inert_order(wanted, "bol-A2", products)

    for _ in range(2):
        bench.adapter.cancel_order(active.shop_order_id, "bol-A1")
        bench.adapter.discard_inert_order(inert.shop_order_id)

    assert bench.simulator.stock_of("S0") == 100
    assert [made.state for made in bench.adapter.find_orders("bol-A1", NOW)] == [ShopOrderState.CANCELLED]


@pytest.mark.parametrize("count", [0, 1, 250])
def test_every_changed_order_is_read_once_and_known_ones_are_left_out(bench: Bench, count: int) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    for number in range(count):
        bench.simulator.now = lambda number=number: NOW + timedelta(seconds=number // 7)
        bench.adapter.create_inert_order(wanted, f"bol-A{number}", products)

    pages = list(bench.adapter.fetch_updates(NOW))
    again = list(bench.adapter.fetch_updates(NOW, set))

    found = [update.order.reference for page in pages for update in page.items]
    assert sorted(found) == sorted(f"bol-A{number}" for number in range(count))
    assert sum(len(page.items) for page in again) == 0


def test_products_and_variations_are_read_with_their_stock(bench: Bench) -> None:
    for number in range(120):
        bench.simulator.add_product(f"P{number}", stock=number)
    bench.simulator.add_product("SHIRT", variations=["SHIRT-M", "SHIRT-L"], stock=4)

    products = {product.sku: product for page in bench.adapter.fetch_products() for product in page.items}

    assert len(products) == 122
    assert (products["P7"].stock, products["SHIRT-M"].stock) == (7, 4)
    assert ":" in products["SHIRT-L"].product_id


def test_parcels_keep_their_ids_and_bring_carrier_and_code(bench: Bench) -> None:
    wanted = order("12.10")
    made = bench.adapter.create_inert_order(wanted, "bol-A1", stocked(bench, wanted))
    bench.adapter.activate_order(made.shop_order_id, wanted)
    bench.simulator.ship(int(made.shop_order_id), carrier="PostNL", tracking_code="3S1", complete=False)
    first = bench.adapter.fetch_order(made.shop_order_id).shipments
    bench.simulator.ship(int(made.shop_order_id), carrier="DPD", tracking_code="0512")

    second = bench.adapter.fetch_order(made.shop_order_id).shipments

    assert [(parcel.carrier_name, parcel.tracking_code) for parcel in second] == [("PostNL", "3S1"), ("DPD", "0512")]
    assert first[0].shipment_id == second[0].shipment_id
