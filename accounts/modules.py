"""What a company has subscribed to, and which module needs which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Company, ModulePrice, ModuleSubscription

Module = ModuleSubscription.Module
NEEDS: Mapping[str, str] = {Module.ORDER_CONNECTIONS: Module.MARKETPLACES}


class ModuleNeeded(Exception):
    """Another module has to be active first; `needed` is its code."""

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Offered:
    """A module as a company sees it. `needs` is the module that has to be active before, empty when it is."""

    module: Module
    active: bool
    needs: str
    price: ModulePrice | None


def active_modules(company: Company) -> set[str]:
    """Return the codes of the modules that are active; one statement."""
    rows = ModuleSubscription.objects.filter(
        subscription__company=company, subscription__active=True, active=True
    ).values_list("module", flat=True)
    return set(rows)


def offered(company: Company) -> list[Offered]:
    """Return every module with its price and state; two statements."""
    active, prices = active_modules(company), {price.module: price for price in ModulePrice.objects.all()}
    return [
        Offered(
            module,
            module in active,
            "" if NEEDS.get(module, module) in active | {module} else NEEDS[module],
            prices.get(module),
        )
        for module in Module
    ]


def ended_with(module: str) -> list[str]:
    """Return the modules that end with this one, itself included."""
    return [module, *(other for other, needed in NEEDS.items() if needed == module)]
