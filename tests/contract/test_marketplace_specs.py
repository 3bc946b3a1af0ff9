"""The contract of every marketplace adapter: the facts it states."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from carriers.catalogue import CARRIERS
from marketplaces.registry import MARKETPLACES, marketplace
from tests.contract.benches import BENCHES


def test_every_marketplace_has_a_bench() -> None:
    assert MARKETPLACES.keys() - BENCHES.keys() == set()


@pytest.mark.parametrize("code", sorted(BENCHES))
@pytest.mark.usefixtures("foreign_marketplaces")
class TestSpec:
    def test_is_complete(self, code: str) -> None:
        spec = marketplace(code).spec

        assert spec.code == code
        assert spec.name
        assert spec.base_url.startswith("https://")
        assert [country for country in spec.countries if len(country) == 2] == list(spec.countries) != []
        assert len(spec.currency) in {0, 3}
        assert spec.rate_limits["default"].calls > 0
        assert any(setting.secret for setting in spec.settings)
        assert spec.settling_time > timedelta(0) < spec.keep_buyer_data
        assert spec.overlap > spec.poll_every > timedelta(0)

    def test_maps_carriers_of_the_catalogue_only(self, code: str) -> None:
        catalogue = {carrier.code for carrier in CARRIERS}

        carriers = marketplace(code).spec.carriers

        assert {carrier.carrier for carrier in carriers} - catalogue == set()
        assert max(Counter(carrier.carrier for carrier in carriers).values()) == 1
