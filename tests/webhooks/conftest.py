from __future__ import annotations

from typing import Any

import pytest

from tests.webhooks.receiver import listening, receiver

__all__ = ["listening", "receiver"]


@pytest.fixture(autouse=True)
def own_address(settings: Any) -> None:
    """Links lead to the same address on each database, whose settings differ in theirs."""
    settings.ORDERSYNC_URL = "http://localhost:8000"
