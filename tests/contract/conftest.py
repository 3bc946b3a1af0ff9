"""The benches of the contract suites."""

from __future__ import annotations

import pytest

from marketplaces.registry import MARKETPLACES
from tests.clock import Clock, held  # noqa: F401 - a fixture of these tests
from tests.contract.benches import BENCHES, Bench


@pytest.fixture(params=sorted(MARKETPLACES))
def bench(request: pytest.FixtureRequest, clock: Clock) -> Bench:
    """A marketplace, each in turn."""
    return BENCHES[request.param](clock)
