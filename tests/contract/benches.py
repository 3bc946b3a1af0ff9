"""The benches of the marketplaces. A new one adds its line to `BENCHES`; the suite refuses to run without.

The bazaar is no part of the product: the suite judges any adapter, those of `tests/foreign/` as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.contract.amazon_bench import AmazonBench
from tests.contract.bazaar_bench import BazaarBench, OldBazaarBench
from tests.contract.bench import URL, Bench
from tests.contract.bol_bench import BolBench

__all__ = ["BENCHES", "URL", "AmazonBench", "Bench", "BolBench"]
BENCHES: Mapping[str, Callable[[], Bench]] = {
    "amazon": AmazonBench,
    "bazaar": BazaarBench,
    "bol": BolBench,
    "old_bazaar": OldBazaarBench,
}
