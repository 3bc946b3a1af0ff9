"""Which tax rate a shop's own rules give for a product and a destination; pure.

Magento computes nothing for an order that is made through its API, and few marketplaces say which VAT is in a price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = Mapping[str, Any]
RETAIL_CUSTOMERS = 3  # the tax class of guests in a shop as it is installed
ANYWHERE = ("", "*", "0")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes. `region_id` is Magento's own; 0 where it is not known."""

    country: str
    region_id: int = 0
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class TaxTable:
    """A shop's tax rules with the rates of one country."""

    rules: Sequence[Json] = ()
    rates: Sequence[Json] = ()

    def rate(self, tax_class: int, destination: Destination) -> Decimal:
        """Return the rate in per cent, 0 where no rule fits. Rules of one priority add up, the next compounds."""
        by_priority: dict[int, Decimal] = {}
        for rule in self._rules_for(tax_class):
            found = self._rate_of(rule, destination)
            if found is not None:
                priority = int(rule.get("priority") or 0)
                by_priority[priority] = by_priority.get(priority, Decimal(0)) + found
        factor = Decimal(1)
        for _, percent in sorted(by_priority.items()):
            factor *= 1 + percent / 100
        return (factor - 1) * 100

    def _rules_for(self, tax_class: int) -> Sequence[Json]:
        """The rules of a product's class for guests; for any customers where guests were given another class."""
        rules = [rule for rule in self.rules if tax_class in rule.get("product_tax_class_ids", ())]
        return [rule for rule in rules if RETAIL_CUSTOMERS in rule.get("customer_tax_class_ids", ())] or rules

    def _rate_of(self, rule: Json, destination: Destination) -> Decimal | None:
        """The rate of a rule that fits closest: a region before the whole country, a postcode before the region."""
        ids = set(rule.get("tax_rate_ids", ()))
        fitting = [rate for rate in self.rates if rate.get("id") in ids and _fits(rate, destination)]
        if not fitting:
            return None
        return Decimal(str(max(fitting, key=_closeness)["rate"]))


def _closeness(rate: Json) -> tuple[bool, bool, Decimal]:
    return int(rate.get("tax_region_id") or 0) != 0, not _everywhere(rate), Decimal(str(rate["rate"]))


def _fits(rate: Json, destination: Destination) -> bool:
    region = int(rate.get("tax_region_id") or 0)
    return (
        rate.get("tax_country_id") == destination.country
        and region in {0, destination.region_id}
        and (_everywhere(rate) or _holds(rate, destination.postcode))
    )


def _everywhere(rate: Json) -> bool:
    return not rate.get("zip_is_range") and str(rate.get("tax_postcode") or "") in ANYWHERE


def _holds(rate: Json, postcode: str) -> bool:
    if rate.get("zip_is_range"):
        start = postcode[:5]
        return start.isdecimal() and int(rate["zip_from"]) <= int(start) <= int(rate["zip_to"])
    pattern = str(rate["tax_postcode"])
    return postcode.startswith(pattern[:-1]) if pattern.endswith("*") else postcode == pattern
