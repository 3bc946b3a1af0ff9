"""What the simulated bol refuses, as the real one does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapterkit.simulator import Request, Response
from marketplaces.bol.simulator import V10, BolSimulator
from tests.clock import Clock
from tests.contract.benches import BolBench


@pytest.fixture
def bench(clock: Clock) -> BolBench:
    return BolBench(clock)


@pytest.fixture
def bol(bench: BolBench) -> BolSimulator:
    return bench.bol


class TestGate:
    def ask(self, bol: BolSimulator, method: str, path: str, **headers: str) -> Response:
        bol.tokens["token"] = bol.now() + timedelta(seconds=299)
        sent = {"Authorization": "Bearer token", "Accept": V10, **headers}
        answer = bol.answer(Request(method, path, {}, sent, b"{}" if method == "POST" else b""))
        assert isinstance(answer, Response)
        return answer

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status"),
        [
            ("GET", "/retailer/orders", {}, 200),
            ("GET", "/retailer/orders", {"Accept": "application/json"}, 406),
            ("GET", "/retailer/orders", {"Authorization": "Bearer other"}, 401),
            ("GET", "/retailer/orders", {"Authorization": ""}, 401),
            ("GET", "/retailer/offers", {}, 406),
            ("POST", "/retailer/shipments", {"Content-Type": "application/json"}, 415),
            ("POST", "/retailer/shipments", {"Content-Type": V10}, 400),
            ("GET", "/retailer/orders/none", {}, 404),
            ("GET", "/retailer/nothing", {}, 404),
        ],
    )
    def test_refuses(self, bol: BolSimulator, method: str, path: str, headers: dict[str, str], status: int) -> None:
        answer = self.ask(bol, method, path, **headers)

        assert answer.status == status
        if status != 200:
            assert set(answer.body) >= {"type", "title", "status", "detail", "violations"}

    def test_a_token_runs_out(self, bench: BolBench, bol: BolSimulator) -> None:
        assert self.ask(bol, "GET", "/retailer/orders").status == 200
        expires = bol.tokens["token"]
        bench.clock.forward(seconds=299)
        bol_now = {"Authorization": "Bearer token", "Accept": V10}

        answer = bol.answer(Request("GET", "/retailer/orders", {}, bol_now, b""))

        assert isinstance(answer, Response)
        assert (expires <= bench.clock(), answer.status) == (True, 401)


class TestWorld:
    def test_a_limit_of_calls_answers_429_until_the_time_is_over(self, bench: BolBench, bol: BolSimulator) -> None:
        bench.limit(2, 60)
        gate = TestGate()

        statuses = [gate.ask(bol, "GET", "/retailer/orders").status for _ in range(3)]
        refused = gate.ask(bol, "GET", "/retailer/orders")
        bench.clock.forward(seconds=60)

        assert statuses == [200, 200, 429]
        assert (refused.headers["Retry-After"], refused.media_type) == ("60", "application/problem+json")
        assert gate.ask(bol, "GET", "/retailer/orders").status == 200

    def test_handled_items_leave_the_open_list_and_join_the_shipped_one(self, bench: BolBench) -> None:
        order_id, other = bench.place(), bench.place()
        bench.close(order_id)
        gate = TestGate()

        def listed(status: str) -> list[str]:
            gate.ask(bench.bol, "GET", "/retailer/orders")
            query = {"status": [status]}
            sent = {"Authorization": "Bearer token", "Accept": V10}
            answer = bench.bol.answer(Request("GET", "/retailer/orders", query, sent, b""))
            assert isinstance(answer, Response)
            return [row["orderId"] for row in answer.body.get("orders", [])]

        assert {status: listed(status) for status in ("OPEN", "SHIPPED", "ALL")} == {
            "OPEN": [other],
            "SHIPPED": [order_id],
            "ALL": [other, order_id],
        }
