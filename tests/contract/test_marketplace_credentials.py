"""The contract of every marketplace adapter: credentials and tokens, and that nobody ever sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapterkit import errors
from adapterkit.capabilities import has
from adapterkit.marketplace import UpdatesStock
from adapterkit.records import Fulfilment
from adapterkit.simulator import Request
from tests.contract.benches import Bench

MERCHANT = Fulfilment.MERCHANT


class TestCredentials:
    def test_accepted(self, bench: Bench) -> None:
        bench.open().verify_credentials()

        assert {seen.status for seen in bench.simulator.requests if seen.status} <= {200, 201, 204}

    def test_verifying_changes_nothing(self, bench: Bench) -> None:
        order_id = bench.place()
        before = bench.open().fetch_order(order_id)
        offered = has(bench.adapter_class, UpdatesStock)
        if offered:
            bench.add_offer("TST-001", 3)

        bench.open().verify_credentials()
        bench.settle()

        assert bench.open().fetch_order(order_id) == before
        assert not offered or bench.stock("TST-001") == 3
        assert bench.cancelled() == []

    def test_refused_at_once_without_repeats(self, bench: Bench) -> None:
        bench.revoke()

        with pytest.raises(errors.AuthenticationFailed):
            bench.open().verify_credentials()

        asked = [(seen.method, seen.path) for seen in bench.simulator.requests]
        assert len(asked) == len(set(asked))
        assert bench.waits == []

    def test_renewed_in_the_midst_of_a_walk(self, bench: Bench) -> None:
        if not bench.token_path:
            pytest.skip(f"{bench.code} gives no tokens")
        placed = [bench.place() for _ in range(3)]
        bench.clock.forward(bench.lag)
        walk = bench.open().fetch_orders(bench.clock() - timedelta(minutes=15), MERCHANT)
        first = next(walk)
        bench.expire()

        rest = list(walk)

        assert sorted(order.order_id for page in (first, *rest) for order in page.items) == sorted(placed)

    def test_not_blamed_when_the_token_server_is_down(self, bench: Bench) -> None:
        if not bench.token_path:
            pytest.skip(f"{bench.code} gives no tokens")
        bench.simulator.fail_next(status=503, times=99, path=bench.token_path)

        with pytest.raises(errors.TemporarilyUnavailable):
            bench.open().verify_credentials()

    def test_one_token_serves_many_calls(self, bench: Bench) -> None:
        if not bench.token_path:
            pytest.skip(f"{bench.code} gives no tokens")
        for _ in range(5):
            bench.place()

        list(bench.open().fetch_orders(bench.clock(), MERCHANT))

        assert len(bench.simulator.requests_to(bench.token_method, bench.token_path)) == 1

    def test_never_recorded(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        bench.place()
        adapter = bench.open()
        list(adapter.fetch_orders(bench.clock(), MERCHANT))
        secrets = bench.secrets()
        bench.simulator.fail_next(status=400, body=bench.saying("You sent " + " and ".join(secrets)))
        with pytest.raises(errors.Rejected) as refused:
            adapter.verify_credentials()
        bench.simulator.fail_next(status=200, body=bench.saying(f"You sent {secrets}"), path=bench.list_path)
        with pytest.raises(errors.AdapterError) as misread:
            list(adapter.fetch_orders(bench.clock(), MERCHANT))
        bench.revoke()
        with pytest.raises(errors.AuthenticationFailed) as revoked:
            bench.open().verify_credentials()

        told = [repr(bench.exchanges.kept), caplog.text, str(refused.value), repr(vars(refused.value))]
        told += [
            str(misread.value),
            repr(vars(misread.value)),
            str(revoked.value),
            repr(vars(revoked.value)),
            repr(adapter.transport),
        ]
        assert secrets != []
        assert [secret for secret in secrets for text in told if secret in text] == []
        assert len(bench.exchanges.kept) == len(bench.simulator.requests)

    def test_a_token_is_never_recorded_from_its_first_use_on(self, bench: Bench) -> None:
        if not bench.token_path:
            pytest.skip(f"{bench.code} gives no tokens")

        def echo(request: Request, when: str) -> None:
            if (request.path, when) == (bench.token_path, "after"):
                bench.simulator.fail_next(status=400, body=bench.saying(" ".join(bench.secrets())))

        bench.simulator.on_request = echo

        with pytest.raises(errors.Rejected) as refused:
            bench.open().verify_credentials()

        told = repr(bench.exchanges.kept) + repr(vars(refused.value))
        assert len(bench.secrets()) > 1
        assert [secret for secret in bench.secrets() if secret in told] == []
