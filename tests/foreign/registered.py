"""One line for each adapter, as the registries have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplaces import registry
from shops.registry import SHOPS

CORNERS = {
    "corner_unique": "Corner",
    "corner_keyed": "KeyedCorner",
    "corner_own_id": "OwnIdCorner",
    "corner_searched": "SearchedCorner",
}

BAZAARS = {"bazaar": "Bazaar", "old_bazaar": "OldBazaar"}


@pytest.fixture
def foreign_shops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the product know the corner shops."""
    for code, name in CORNERS.items():
        monkeypatch.setitem(SHOPS, code, ("tests.foreign.corner", name, "CornerSimulator"))  # type: ignore[arg-type]


@pytest.fixture
def foreign_marketplaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the product know the bazaar, in both of its versions."""
    for code, name in BAZAARS.items():
        line = ("tests.foreign.bazaar", name, "BazaarSimulator")
        monkeypatch.setitem(registry.MARKETPLACES, code, line)  # type: ignore[arg-type]
    yield
    registry.marketplace.cache_clear()
