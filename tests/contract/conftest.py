"""The benches of the contract suites."""

from __future__ import annotations

import pytest

from marketplaces.registry import MARKETPLACES
from tests.contract.benches import BENCHES, Bench


@pytest.fixture(params=sorted(MARKETPLACES))
def bench(request: pytest.FixtureRequest) -> Bench:
    """A marketplace, each in turn."""
    return BENCHES[request.param]()
