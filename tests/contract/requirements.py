"""The skip that names what an adapter has not, and a recorder of exchanges; shared by the contract suites."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from adapterkit.capabilities import capabilities
from adapterkit.marketplace import Marketplace
from adapterkit.shop import Shop
from adapterkit.transport import Exchange


@dataclass
class Exchanges:
    """Keeps every exchange that a transport records."""

    kept: list[Exchange] = field(default_factory=list)

    def record(self, exchange: Exchange) -> None:
        self.kept.append(exchange)


def require(adapter: type[Marketplace] | type[Shop], capability: type) -> None:
    """Skip the test, with the capability's name in the list of skips, when an adapter does not have it."""
    if capability.__name__ not in capabilities(adapter):
        pytest.skip(f"{adapter.spec.code} has no {capability.__name__}")
