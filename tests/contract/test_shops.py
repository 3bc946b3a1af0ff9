"""What every shop adapter does, tried against its simulator. A shop's bench is added to `shop_benches.BENCHES`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapterkit.auth import MemoryTokens
from adapterkit.capabilities import has
from adapterkit.creation import REPEATABLE, holds
from adapterkit.errors import (
    AdapterError,
    AlreadyExists,
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.records import Address, Discount, Fulfilment, Order, OrderLine, ShopOrder, ShopOrderState
from adapterkit.shop import (
    CancelsOrders,
    CreatesInertOrders,
    CreatesOrders,
    DiscardsInertOrders,
    FetchesStock,
    FinishesOrders,
    HoldsOrders,
    ListsShippingMethods,
    RereadsOrders,
    TellsCurrency,
)
from adapterkit.spec import Creation, Effect, Endpoint
from orders.verification import mismatch_of
from shops.registry import all_shops
from tests.clock import Clock
from tests.contract.effects import forgetful, patiently, watched
from tests.contract.parts import in_parts
from tests.contract.requirements import require
from tests.contract.shop_benches import BENCHES, NOW, ShopBench
from tests.foreign.registered import foreign_shops  # noqa: F401 - a fixture of these tests

pytestmark = pytest.mark.usefixtures("foreign_shops")


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> ShopBench:
    return BENCHES[request.param]()


def order(
    *prices: str,
    fulfilment: Fulfilment = Fulfilment.MERCHANT,
    quantity: int = 1,
    country: str = "NL",
    order_id: str = "A1",
    email: str = "relay@verkopen.test",
) -> Order:
    address = Address(
        first_name="Anouk",
        last_name="de Vries",
        street="Keizersgracht",
        house_number="12",
        postcode="1015CJ",
        city="Amsterdam",
        country=country,
        email=email,
        phone="+31201234567",
    )
    lines = tuple(
        OrderLine(
            line_id=f"L{n}", sku=f"S{n}", quantity=quantity, unit_price=Decimal(price), total=Decimal(price) * quantity
        )
        for n, price in enumerate(prices)
    )
    total = sum((line.total for line in lines), Decimal(0))
    return Order(
        order_id=order_id,
        number=order_id,
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


def stocked(bench: ShopBench, wanted: Order, *, stock: int = 100) -> dict[str, str]:
    return {line.line_id: bench.add_product(line.sku, price=Decimal("9.99"), stock=stock) for line in wanted.lines}


def created(bench: ShopBench, *, reference: str = "bol-A1", quantity: int = 1) -> tuple[Order, ShopOrder]:
    wanted = order("12.10", quantity=quantity)
    return wanted, bench.place(wanted, reference, stocked(bench, wanted))


def require_creation(bench: ShopBench) -> None:
    if not bench.creates:
        pytest.skip(f"{bench.code} creates no orders")


def test_every_shop_has_a_bench() -> None:
    called = {code for code, adapter in all_shops().items() if adapter.spec.creation != Creation.PULLED}
    assert {name.split()[0] for name in BENCHES} == called


def test_what_a_spec_says_of_creating_is_what_the_class_can(bench: ShopBench) -> None:
    adapter = type(bench.adapter)

    assert not (has(adapter, CreatesInertOrders) and has(adapter, CreatesOrders))
    assert holds(adapter) or (adapter.spec.creation == Creation.NONE and adapter.spec.caution)
    assert adapter.spec.remaining_window


def test_good_credentials_are_taken_and_bad_ones_refused_at_once(bench: ShopBench) -> None:
    bench.adapter.verify_credentials()
    bench.revoke()
    before = len(bench.simulator.requests)
    with pytest.raises(AuthenticationFailed) as caught:
        bench.adapter.verify_credentials()

    assert len(bench.simulator.requests) == before + 1
    told = f"{caught.value} {bench.exchanges}"
    assert not any(secret in told for secret in bench.credentials.values())


def failure_of(act: Callable[[], object]) -> AdapterError | None:
    try:
        act()
    except AdapterError as error:
        return error
    return None


def test_no_secret_is_kept_of_any_exchange_nor_told_in_an_error(bench: ShopBench) -> None:
    """Not even where the shop says it back."""
    bench.tokens = bench.tokens or MemoryTokens()  # one session: a secret is known to who was given it
    adapter = bench.adapter
    adapter.verify_credentials()
    products = stocked(bench, order("12.10"))
    made = bench.place(order("12.10"), "bol-A1", products)
    list(adapter.fetch_products())
    bench.simulator.fail_next(status=400, body=bench.saying(f"You sent {bench.secrets()}"))
    with pytest.raises(AdapterError) as refused:
        adapter.verify_credentials()
    bench.simulator.fail_next(status=200, body=bench.saying(f"You sent {bench.secrets()}"), times=99)
    with pytest.raises(AdapterError) as misread:
        list(adapter.fetch_products())
    others = [
        error
        for act in (
            lambda: adapter.fetch_order(made.shop_order_id),
            lambda: adapter.find_orders("bol-A1", NOW),
            lambda: list(adapter.fetch_updates(NOW)),
            lambda: bench.creates and bench.place(order("12.10", order_id="A2"), "bol-A2", products),
        )
        if (error := failure_of(act))
    ]

    errors = [f"{error} {vars(error)}" for error in (refused.value, misread.value, *others)]
    told = f"{bench.exchanges.kept!r} {errors} {adapter.transport!r}"
    assert bench.secrets()
    assert [secret for secret in bench.secrets() if secret in told] == []
    assert len(bench.exchanges.kept) == len(bench.simulator.requests)


def test_verifying_the_credentials_changes_nothing(bench: ShopBench) -> None:
    _, made = created(bench, quantity=2)
    before, stock = bench.adapter.fetch_order(made.shop_order_id), bench.stock_of("S0")

    bench.adapter.verify_credentials()

    assert (bench.adapter.fetch_order(made.shop_order_id), bench.stock_of("S0")) == (before, stock)


def test_credentials_that_may_only_read_are_refused(bench: ShopBench) -> None:
    if not bench.forbid_writing():
        pytest.skip(f"{bench.code} has no credentials that may only read")
    with pytest.raises(AuthenticationFailed):
        bench.adapter.verify_credentials()


@pytest.mark.parametrize("code", sorted(BENCHES))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.decimals("0.01", "9999.99", places=2), min_size=1, max_size=6),
    quantity=st.integers(1, 9),
    country=st.sampled_from(["NL", "BE", "FR"]),
)
def test_the_shop_s_total_is_the_marketplace_s_to_the_cent_or_told_apart(
    code: str, prices: list[Decimal], quantity: int, country: str
) -> None:
    bench = BENCHES[code]()
    require_creation(bench)
    wanted = order(*map(str, prices), quantity=quantity, country=country)
    products = stocked(bench, wanted)

    made = bench.place(wanted, "bol-A1", products)

    if not made.priced:
        # The shop tells no total: its simulator's own tests look at what it stored.
        assert mismatch_of(made, wanted, products) is None
    elif bench.exact:
        assert made.total == wanted.total
        assert mismatch_of(made, wanted, products) is None
    else:
        assert (made.total == wanted.total) == (mismatch_of(made, wanted, products) is None)


def test_an_order_is_read_back_as_it_was_made(bench: ShopBench) -> None:
    wanted = order("12.10", "3.95", quantity=2)
    products = stocked(bench, wanted)

    made = bench.place(wanted, "bol-A1", products)

    assert mismatch_of(made, wanted, products) is None
    again = bench.adapter.fetch_order(made.shop_order_id).order
    assert (again.priced, again.state) == (made.priced, ShopOrderState.OPEN)
    assert again.total == wanted.total or not again.priced
    assert again.reference == "bol-A1" or (again.reference and not bench.keeps_reference)
    assert mismatch_of(again, wanted, products) is None
    with pytest.raises(NotFound):
        bench.adapter.fetch_order("987654321")


def test_what_the_buyer_pays_is_kept_where_a_line_has_a_discount(bench: ShopBench) -> None:
    require_creation(bench)
    wanted = order("12.10", "3.95", quantity=2)
    first, second = wanted.lines
    discount = Discount(title="Promotion", amount=Decimal("4.20"))
    cheaper = replace(first, total=first.total - discount.amount, discounts=(discount,))
    wanted = replace(wanted, lines=(cheaper, second), total=wanted.total - discount.amount)

    made = bench.place(wanted, "bol-A1", stocked(bench, wanted))

    assert made.total == wanted.total or not made.priced


def test_the_delivery_address_arrives_word_for_word(bench: ShopBench) -> None:
    require_creation(bench)
    wanted = order("12.10")
    assert wanted.delivery is not None
    delivery = replace(wanted.delivery, house_number_addition="bis", supplement="Achterhuis")
    billing = replace(wanted.delivery, last_name="Jansen", street="Vismarkt", postcode="9712CA", city="Groningen")
    wanted = replace(wanted, delivery=delivery, billing=billing)

    made = bench.place(wanted, "bol-A1", stocked(bench, wanted))

    kept = bench.address_of(made.shop_order_id).replace("1015 CJ", "1015CJ")
    asked = ("Anouk", "de Vries", "Keizersgracht", "12", "bis", "Achterhuis", "1015CJ", "Amsterdam")
    assert [word for word in asked if word not in kept] == []
    assert "Vismarkt" not in kept


def test_creating_costs_as_many_requests_as_the_spec_says(bench: ShopBench) -> None:
    require_creation(bench)
    spec = bench.adapter.spec
    products = stocked(bench, order("12.10", "3.95"))

    costs = []
    for order_id in ("A1", "A2", "A3"):
        email = f"{order_id}@verkopen.test"
        wanted = order("12.10", "3.95", quantity=2, order_id=order_id, email=email)
        before = len(bench.simulator.requests)
        assert bench.adapter.find_orders(f"bol-{order_id}", NOW) == []
        bench.place(wanted, f"bol-{order_id}", products)
        costs.append(len(bench.simulator.requests) - before)

    each = spec.calls_per_order + bench.more_calls
    assert costs == [each + spec.calls_beforehand, each, each]


def test_a_repeat_is_what_the_rung_says(bench: ShopBench) -> None:
    require_creation(bench)
    rung = bench.adapter.spec.creation
    if rung not in REPEATABLE:
        pytest.skip(f"{bench.code} takes a repeat for another order")
    wanted, first = created(bench)
    products = {line.line_id: row.product_id for line, row in zip(wanted.lines, first.lines, strict=True)}

    if rung is Creation.UNIQUE_REFERENCE:
        with pytest.raises(AlreadyExists):
            bench.create(wanted, "bol-A1", products)
    else:
        assert bench.create(wanted, "bol-A1", products).shop_order_id == first.shop_order_id

    assert [one.shop_order_id for one in bench.adapter.find_orders("bol-A1", NOW)] == [first.shop_order_id]


def test_an_inert_order_takes_no_stock_an_active_one_takes_it_once(bench: ShopBench) -> None:
    require(type(bench.adapter), CreatesInertOrders)
    adapter = bench.adapter
    assert isinstance(adapter, CreatesInertOrders)
    wanted = order("12.10", quantity=3)
    made = bench.create(wanted, "bol-A1", stocked(bench, wanted))
    assert (made.state, bench.stock_of("S0")) == (ShopOrderState.INERT, 100)

    active = [adapter.activate_order(made.shop_order_id, wanted) for _ in range(2)]

    assert [one.state for one in active] == [ShopOrderState.OPEN] * 2
    assert len({one.shop_order_id for one in active}) == 1
    assert bench.stock_of("S0") == 97
    found = [one for one in adapter.find_orders("bol-A1", NOW) if one.state is not ShopOrderState.INERT]
    assert [one.shop_order_id for one in found] == [active[0].shop_order_id]
    if isinstance(adapter, DiscardsInertOrders):
        with pytest.raises(Rejected):
            adapter.discard_inert_order(active[0].shop_order_id)
    bench.ship(active[0].shop_order_id, carrier="PostNL", tracking_code="3S1", complete=True)
    for shop_order_id in {made.shop_order_id, active[0].shop_order_id}:
        assert adapter.activate_order(shop_order_id, wanted).state is ShopOrderState.COMPLETED


def test_an_active_order_takes_its_stock(bench: ShopBench) -> None:
    wanted = order("12.10", "3.95", quantity=3)

    bench.place(wanted, "bol-A1", stocked(bench, wanted))

    assert [bench.stock_of(sku) for sku in ("S0", "S1")] == [97 if bench.takes_stock else 100] * 2


def test_what_the_marketplace_ships_arrives_as_shipped_and_takes_no_stock(bench: ShopBench) -> None:
    if not bench.adapter.spec.ships_marketplace_orders:
        pytest.skip(f"{bench.code} takes no orders that arrive as shipped")
    wanted = order("12.10", fulfilment=Fulfilment.MARKETPLACE)

    assert bench.place(wanted, "bol-A1", stocked(bench, wanted)).state is ShopOrderState.COMPLETED
    assert bench.stock_of("S0") == 100


def test_an_order_whose_answer_was_lost_is_found_by_our_reference_alone(bench: ShopBench) -> None:
    require_creation(bench)
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.place(order("12.10", order_id="A10"), "bol-A10", products)
    bench.simulator.fail_next("cut", after_handling=True, method=bench.creating_method, path=bench.creating_path)
    # Where the id is ours, the request may simply be made again.
    repeatable = bench.adapter.spec.creation is Creation.CLIENT_ID
    with pytest.raises(TemporarilyUnavailable if repeatable else OutcomeUnknown):
        bench.place(wanted, "bol-A1", products)

    found = bench.adapter.find_orders("bol-A1", NOW)

    assert [one.reference for one in found] == ["bol-A1"]
    assert bench.adapter.find_orders("bol-A2", NOW) == []


@pytest.mark.parametrize("status", [200, 404, 500])
def test_other_words_are_not_taken_for_no_order(bench: ShopBench, status: int) -> None:
    """Who believes that there is none makes it again."""
    _, made = created(bench)
    adapter = bench.adapter
    bench.simulator.fail_next(status=status, body=bench.saying("Hello"), times=99)

    with pytest.raises(AdapterError):
        adapter.find_orders("bol-A1", NOW)
    with pytest.raises(AdapterError):
        adapter.fetch_order(made.shop_order_id)


def test_what_only_reads_is_declared_so(bench: ShopBench) -> None:
    """A read that is said to create is given up at once, and leaves a doubt that nobody has."""
    _, made = created(bench)
    [product] = [one for page in bench.adapter.fetch_products() for one in page.items]
    seen: list[Endpoint] = []
    bench.adapter_class = watched(bench.adapter_class, seen)
    adapter = bench.adapter
    adapter.find_orders("bol-A1", NOW)
    adapter.fetch_order(made.shop_order_id)
    list(adapter.fetch_products())
    list(adapter.fetch_updates(NOW))
    if isinstance(adapter, RereadsOrders):
        list(adapter.reread_orders([made.shop_order_id]))
    if isinstance(adapter, FetchesStock):
        adapter.fetch_stock([product.product_id])
    if isinstance(adapter, TellsCurrency):
        adapter.fetch_currency()
    if isinstance(adapter, ListsShippingMethods):
        adapter.fetch_shipping_methods()

    assert seen != []
    assert {endpoint.effect for endpoint in seen} == {Effect.READS}


def test_what_is_declared_to_replace_is_repeated_without_harm(bench: ShopBench) -> None:
    """Whose answer is lost is made again without a look; of orders that are inert, more than one does none."""
    require_creation(bench)
    wanted = order("12.10", quantity=3)
    products = stocked(bench, wanted)
    bench.adapter_class = forgetful(bench.adapter_class, [])
    adapter = bench.adapter

    made = patiently(lambda: bench.create(wanted, "bol-A1", products))
    if isinstance(adapter, CreatesInertOrders):
        inert = made.shop_order_id
        made = patiently(lambda: adapter.activate_order(inert, wanted))

    def there() -> list[tuple[str, ShopOrderState]]:
        found = [one for one in adapter.find_orders("bol-A1", NOW) if one.state is not ShopOrderState.INERT]
        return [(one.shop_order_id, one.state) for one in found]

    assert there() == [(made.shop_order_id, ShopOrderState.OPEN)]
    assert bench.stock_of("S0") == (97 if bench.takes_stock else 100)
    if isinstance(adapter, HoldsOrders):
        patiently(lambda: adapter.hold_order(made.shop_order_id, "bol-A1"))
        patiently(lambda: adapter.release_order(made.shop_order_id, "bol-A1"))
        assert there() == [(made.shop_order_id, ShopOrderState.OPEN)]
    if isinstance(adapter, CancelsOrders):
        patiently(lambda: adapter.cancel_order(made.shop_order_id, "bol-A1"))
        assert there() == [(made.shop_order_id, ShopOrderState.CANCELLED)]
        assert bench.stock_of("S0") == 100


def test_cancelling_twice_is_harmless_and_gives_the_stock_back(bench: ShopBench) -> None:
    require(type(bench.adapter), CancelsOrders)
    adapter = bench.adapter
    assert isinstance(adapter, CancelsOrders)
    _, made = created(bench)

    for _ in range(2):
        adapter.cancel_order(made.shop_order_id, "bol-A1")

    assert bench.stock_of("S0") == 100
    assert [one.state for one in adapter.find_orders("bol-A1", NOW)] == [ShopOrderState.CANCELLED]


def test_what_is_shipped_is_not_cancelled_and_gives_nothing_back(bench: ShopBench) -> None:
    require(type(bench.adapter), CancelsOrders)
    adapter = bench.adapter
    assert isinstance(adapter, CancelsOrders)
    _, made = created(bench, quantity=2)
    bench.ship(made.shop_order_id, carrier="PostNL", tracking_code="3S1", complete=True)
    before = bench.stock_of("S0")
    shipped = [adapter.fetch_order(made.shop_order_id).order.shop_order_id]
    if bench.adapter.spec.ships_marketplace_orders:
        theirs = order("12.10", fulfilment=Fulfilment.MARKETPLACE, order_id="A2")
        shipped.append(bench.place(theirs, "bol-A2", stocked(bench, theirs)).shop_order_id)
        before = bench.stock_of("S0")

    for shop_order_id in shipped:
        with pytest.raises(Rejected):
            adapter.cancel_order(shop_order_id, "bol-A1")

    assert bench.stock_of("S0") == before
    assert {adapter.fetch_order(one).order.state for one in shipped} == {ShopOrderState.COMPLETED}


def test_holding_and_releasing_twice_are_harmless(bench: ShopBench) -> None:
    require(type(bench.adapter), HoldsOrders)
    adapter = bench.adapter
    assert isinstance(adapter, HoldsOrders)
    _, made = created(bench)
    before = bench.stock_of("S0")

    for act, state in ((adapter.hold_order, ShopOrderState.ON_HOLD), (adapter.release_order, ShopOrderState.OPEN)):
        for _ in range(2):
            act(made.shop_order_id, "bol-A1")
        assert adapter.fetch_order(made.shop_order_id).order.state is state
        assert bench.stock_of("S0") == before


def test_discarding_twice_is_harmless(bench: ShopBench) -> None:
    require(type(bench.adapter), DiscardsInertOrders)
    adapter = bench.adapter
    assert isinstance(adapter, DiscardsInertOrders)
    wanted = order("12.10")
    inert = bench.create(wanted, "bol-A2", stocked(bench, wanted))

    for _ in range(2):
        adapter.discard_inert_order(inert.shop_order_id)

    assert adapter.find_orders("bol-A2", NOW) == []


# Of these another bench has the same list of what changed.
SAME_LIST = {"magento2 with the token alone", "prestashop 1.7.6", "prestashop 1.7.8", "woocommerce over http"}
COUNTS = [
    pytest.param(
        name, count, at_once, marks=pytest.mark.long if count > 120 or (count > 1 and name in SAME_LIST) else ()
    )
    for name in sorted(BENCHES)
    for count, at_once in ((0, 1), (1, 1), (120, 7), (250, 7), (130, 130))  # a page has a hundred at most
]


@pytest.mark.parametrize(("bench", "count", "at_once"), COUNTS, indirect=["bench"])
def test_every_changed_order_is_read_once_and_known_ones_are_left_out(
    bench: ShopBench, clock: Clock, count: int, at_once: int
) -> None:
    """However many changed in one second, and however often the walk is broken off and taken up."""
    if not bench.lists_changes:
        pytest.skip(f"{bench.code} has no list of what changed; open orders are read again by turns")
    wanted = order("12.10")
    products, placed = stocked(bench, wanted, stock=1000), []
    for number in range(count):
        clock.move_to(NOW + timedelta(seconds=number // at_once))
        made = bench.place(order("12.10", order_id=f"A{number}"), f"bol-A{number}", products)
        placed.append(made.shop_order_id)
        if not bench.lists_unchanged:
            bench.ship(made.shop_order_id, carrier="PostNL", tracking_code=f"3S{number}", complete=True)

    pages = list(bench.adapter.fetch_updates(NOW))
    again = list(bench.adapter.fetch_updates(NOW, set))

    broken_off = in_parts(lambda resume: bench.adapter.fetch_updates(NOW, resume=resume))
    found = [update.order.shop_order_id for page in pages for update in page.items]
    assert sorted(found) == sorted(placed)
    assert sum(len(page.items) for page in again) == 0
    assert {update.order.shop_order_id for page in broken_off for update in page.items} == set(placed)


def test_orders_are_read_again_as_they_are_and_what_is_gone_or_known_left_out(bench: ShopBench) -> None:
    require(type(bench.adapter), RereadsOrders)
    adapter = bench.adapter
    assert isinstance(adapter, RereadsOrders)
    wanted = order("12.10", quantity=2)
    products = stocked(bench, wanted)
    ids = [bench.place(wanted, f"bol-A{number}", products).shop_order_id for number in range(3)]
    bench.ship(ids[1], carrier="PostNL", tracking_code="3S1", complete=False)

    found = [item for page in adapter.reread_orders([*ids, "987654321"]) for item in page.items]
    unknown = [item for page in adapter.reread_orders(ids, lambda marks: set(marks) - {ids[2]}) for item in page.items]

    assert {item.order.shop_order_id: item for item in found} == {one: adapter.fetch_order(one) for one in ids}
    assert [item.order.shop_order_id for item in unknown] == [ids[2]]
    assert [item for page in adapter.reread_orders([]) for item in page.items] == []


def test_a_finished_order_is_finished_again_without_harm(bench: ShopBench) -> None:
    require(type(bench.adapter), FinishesOrders)
    adapter = bench.adapter
    assert isinstance(adapter, FinishesOrders)
    wanted, made = created(bench, quantity=2)

    again = adapter.finish_order(made.shop_order_id, wanted)

    assert (again.shop_order_id, again.state, again.total) == (made.shop_order_id, ShopOrderState.OPEN, wanted.total)
    assert bench.stock_of("S0") == (98 if bench.takes_stock else 100)
    with pytest.raises(NotFound):
        adapter.finish_order("987654321", wanted)


def test_products_and_variations_are_read_with_their_stock(bench: ShopBench) -> None:
    for number in range(120):
        bench.add_product(f"P{number}", price=Decimal("9.99"), stock=number)
    bench.add_variations("SHIRT", ["SHIRT-M", "SHIRT-L"], stock=4)

    products = {product.sku: product for page in bench.adapter.fetch_products() for product in page.items}
    parts = in_parts(bench.adapter.fetch_products)

    assert {*(f"P{number}" for number in range(120)), "SHIRT-M", "SHIRT-L"} <= products.keys()
    assert {product.sku: product for page in parts for product in page.items} == products
    assert sum(bool(page.resume) for page in parts) >= 1
    assert (products["P7"].stock, products["SHIRT-M"].stock) == (7, 4)
    assert products["SHIRT-L"].parent_id or not bench.tells_parents
    assert len({product.product_id for product in products.values()}) == len(products)


@pytest.mark.parametrize("resume", ["page two", "[]", '"x"', '{"page": 2}', "2.5"])
def test_a_place_that_no_walk_has_is_refused(bench: ShopBench, resume: str) -> None:
    with pytest.raises(Rejected):
        list(bench.adapter.fetch_products(resume))


def test_stock_is_read_now_and_an_unknown_product_left_out(bench: ShopBench) -> None:
    require(type(bench.adapter), FetchesStock)
    adapter = bench.adapter
    assert isinstance(adapter, FetchesStock)
    ids = [bench.add_product(f"P{number}", price=Decimal("9.99"), stock=number) for number in (3, 0)]

    assert adapter.fetch_stock([*ids, "987654"]) == {ids[0]: 3, ids[1]: 0}


def test_the_currency_is_the_shops_own(bench: ShopBench) -> None:
    require(type(bench.adapter), TellsCurrency)
    adapter = bench.adapter
    assert isinstance(adapter, TellsCurrency)

    assert adapter.fetch_currency() == "EUR"


def test_shipping_methods_are_named_as_the_shop_names_them(bench: ShopBench) -> None:
    require(type(bench.adapter), ListsShippingMethods)
    adapter = bench.adapter
    assert isinstance(adapter, ListsShippingMethods)
    shown = bench.show_methods()

    assert shown
    assert adapter.fetch_shipping_methods() == list(shown)


def test_parcels_keep_their_ids_and_bring_carrier_and_code(bench: ShopBench) -> None:
    if not bench.tells_every_parcel:
        pytest.skip(f"{bench.code} tells one code of an order, without its carrier")
    _, made = created(bench, quantity=2)
    bench.ship(made.shop_order_id, carrier="PostNL", tracking_code="3S1", complete=False)
    first = bench.adapter.fetch_order(made.shop_order_id).shipments
    bench.ship(made.shop_order_id, carrier="DPD", tracking_code="0512", complete=True)

    second = bench.adapter.fetch_order(made.shop_order_id).shipments

    assert [(parcel.carrier_name, parcel.tracking_code) for parcel in second] == [("PostNL", "3S1"), ("DPD", "0512")]
    assert first[0].shipment_id == second[0].shipment_id


def test_a_parcel_has_the_pieces_that_were_sent(bench: ShopBench) -> None:
    wanted = order("12.10", "3.95", quantity=2)
    products = stocked(bench, wanted)
    made = bench.place(wanted, "bol-A1", products)
    if not (made.itemised and bench.tells_pieces):
        pytest.skip(f"{bench.code} does not tell what is in a parcel")
    bench.ship(made.shop_order_id, carrier="PostNL", tracking_code="3S1", complete=False)
    bench.ship(made.shop_order_id, carrier="DPD", tracking_code="0512", complete=True)

    update = bench.adapter.fetch_order(made.shop_order_id)

    ordered = Counter({line.line_id: line.quantity for line in update.order.lines})
    first = next(line.line_id for line in update.order.lines if line.product_id == products["L0"])
    told = [Counter({line.line_id: line.quantity for line in parcel.lines}) for parcel in update.shipments]
    assert told == [Counter({first: 1}), ordered - Counter({first: 1})]


def test_a_fingerprint_changes_with_its_order_alone(bench: ShopBench, clock: Clock) -> None:
    """One that never does hides every change; one that always does has all orders read again and again."""
    _, made = created(bench, quantity=2)
    first = bench.adapter.fetch_order(made.shop_order_id)
    clock.forward(minutes=5)
    again = bench.adapter.fetch_order(made.shop_order_id)

    bench.ship(made.shop_order_id, carrier="PostNL", tracking_code="3S1", complete=False)
    marks = [bench.adapter.fetch_order(made.shop_order_id).fingerprint]
    bench.ship(made.shop_order_id, carrier="DPD", tracking_code="0512", complete=True)
    marks.append(bench.adapter.fetch_order(made.shop_order_id).fingerprint)

    assert again.fingerprint == first.fingerprint
    assert len({first.fingerprint, *marks}) == 3


def test_moments_have_their_zone_and_are_those_of_the_shop(bench: ShopBench) -> None:
    _, made = created(bench)
    bench.ship(made.shop_order_id, carrier="PostNL", tracking_code="3S1", complete=True)

    update = bench.adapter.fetch_order(made.shop_order_id)

    told = [update.order.created_at, update.order.changed_at, *(parcel.shipped_at for parcel in update.shipments)]
    assert {at.utcoffset() is not None and abs(at - NOW) < timedelta(minutes=1) for at in told if at} <= {True}
