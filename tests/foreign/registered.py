"""One line for each adapter, as the registries have them."""

from __future__ import annotations

import pytest

from shops.registry import SHOPS

CORNERS = {
    "corner_unique": "Corner",
    "corner_keyed": "KeyedCorner",
    "corner_own_id": "OwnIdCorner",
    "corner_searched": "SearchedCorner",
}


@pytest.fixture
def foreign_shops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the product know the corner shops."""
    for code, name in CORNERS.items():
        monkeypatch.setitem(SHOPS, code, ("tests.foreign.corner", name, "CornerSimulator"))  # type: ignore[arg-type]
