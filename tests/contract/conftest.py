"""The benches of the contract suites."""

from __future__ import annotations

import pytest

from tests.clock import Clock, held  # noqa: F401 - a fixture of these tests
from tests.contract.benches import BENCHES, Bench
from tests.foreign.registered import foreign_marketplaces  # noqa: F401 - a fixture of these tests


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, clock: Clock, foreign_marketplaces: None) -> Bench:
    """A marketplace, each in turn."""
    return BENCHES[request.param](clock)
