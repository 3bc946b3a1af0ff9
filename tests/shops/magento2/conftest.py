"""A simulated Magento with the adapter in front of it."""

from __future__ import annotations

import pytest

from tests.contract.magento2_bench import Magento2Bench


@pytest.fixture
def bench() -> Magento2Bench:
    return Magento2Bench()
