"""What the bazaar means by its answers, all of which come with 200."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit import errors
from adapterkit.records import Fulfilment, StockLevel
from tests.clock import Clock, held  # noqa: F401 - a fixture of these tests
from tests.contract.bazaar_bench import BazaarBench
from tests.foreign.bazaar.simulator import error
from tests.foreign.registered import foreign_marketplaces  # noqa: F401 - a fixture of these tests


@pytest.fixture
def bench(clock: Clock, foreign_marketplaces: None) -> BazaarBench:
    return BazaarBench(clock)


def refuse(bench: BazaarBench, verb: str, code: str, *, times: int = 99, **more: str) -> None:
    said = error(code, "So it is.", **more).body
    bench.bazaar.fail_next(status=200, body=said, times=times, path=f"/xml/{verb}")


def walk(bench: BazaarBench) -> list[str]:
    adapter = bench.open()
    return [one.order_id for page in adapter.fetch_orders(bench.clock(), Fulfilment.MERCHANT) for one in page.items]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unknown_seller", errors.AuthenticationFailed),
        ("wrong_signature", errors.AuthenticationFailed),
        ("unknown_order", errors.NotFound),
        ("parcel_known", errors.AlreadyExists),
        ("broken", errors.OutcomeUnknown),
        ("closed", errors.Rejected),
        ("never_heard_of", errors.Rejected),
    ],
)
def test_a_report_that_is_refused_is_sent_once_and_told_for_what_it_is(
    bench: BazaarBench, code: str, kind: type[errors.AdapterError]
) -> None:
    adapter: Any = bench.open()
    refuse(bench, "shipParcel", code)

    with pytest.raises(errors.AdapterError) as refused:
        adapter.confirm_shipment(bench.shipment(bench.place()))

    assert (type(refused.value), refused.value.remote) == (kind, "So it is.")
    assert bench.shipment_calls() == 1


def test_a_parcel_that_is_reported_again_is_there_already(bench: BazaarBench) -> None:
    adapter: Any = bench.open()
    order_id = bench.place(quantity=2)
    adapter.confirm_shipment(bench.shipment(order_id))

    with pytest.raises(errors.AlreadyExists, match="OS-1-1"):
        adapter.confirm_shipment(bench.shipment(order_id))

    assert len(bench.shipments(order_id)) == 1


def test_a_read_is_repeated_when_it_failed_there(bench: BazaarBench) -> None:
    order_id = bench.place()
    refuse(bench, "listOrders", "broken", times=2)

    assert walk(bench) == [order_id]


def test_a_short_wait_is_waited_and_a_long_one_handed_back(bench: BazaarBench) -> None:
    order_id = bench.place()
    refuse(bench, "listOrders", "slow_down", times=1, wait="2")
    assert (walk(bench), bench.waits) == ([order_id], [2.0])

    bench.limit(1, 600)
    assert walk(bench) == [order_id]
    with pytest.raises(errors.RateLimited) as limited:
        walk(bench)
    assert (limited.value.retry_after, bench.waits) == (601, [2.0])


def test_a_walk_goes_on_after_orders_that_changed_in_one_moment(bench: BazaarBench) -> None:
    placed = [bench.place() for _ in range(45)]

    assert walk(bench) == placed
    assert len(bench.bazaar.requests_to("POST", "/xml/listOrders")) == 3


def test_an_order_of_somebody_with_one_name_and_a_company_keep_every_word(bench: BazaarBench) -> None:
    order_id = bench.place()
    for name, parts in {"Madonna": ("", "Madonna", ""), "De Boer B.V.": ("", "", "De Boer B.V.")}.items():
        bench.corrupt(order_id, "buyer.name", name)
        address = bench.open().fetch_order(order_id).delivery
        assert address is not None
        assert (address.first_name, address.last_name, address.company) == parts
        assert address.lines == ("Kerkstraat 1 b",)


def test_a_feed_that_is_too_long_is_refused_whole(bench: BazaarBench) -> None:
    adapter: Any = bench.open()

    with pytest.raises(errors.Rejected, match="1 to 1000"):
        adapter.update_stock([StockLevel(sku=f"S{number}", quantity=1) for number in range(1001)])


def test_a_report_that_says_what_nobody_knows_is_malformed(bench: BazaarBench) -> None:
    adapter: Any = bench.open()
    [sent] = adapter.update_stock([StockLevel(sku="TST-001", quantity=1)])
    bench.settle()
    bench.bazaar.feeds[sent.reference]["offers"][0]["result"] = "perhaps"

    with pytest.raises(errors.MalformedResponse, match="result is 'perhaps'"):
        adapter.check_submission(sent.reference)
