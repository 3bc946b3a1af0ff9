"""Finds the shop's product of an order line by the project's unique product id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from connections.models import Project
from stock.models import Product, ProductAlias

LONGEST_NAME = 190  # of what a person maps to a product


class Named(Protocol):
    """An order's line, as a record or as a row."""

    @property
    def sku(self) -> str: ...
    @property
    def ean(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """Products by the value of the project's id field, a value that two share finds neither; and by mapped names."""

    by_value: Mapping[str, int]
    by_name: Mapping[str, int]
    by_ean: bool

    @classmethod
    def of(cls, project: Project, lines: Iterable[Named]) -> ProductIndex:
        """Read the products that these lines name; one statement, another where some are unknown."""
        lines = list(lines)
        by_ean = project.product_id_field == Project.ProductIdField.EAN
        values = {value_of(line, by_ean=by_ean) for line in lines} - {""}
        found: dict[str, list[int]] = {}
        unlisted: dict[str, int] = {}
        known = Product.objects.filter(project=project, **{f"{project.product_id_field}__in": sorted(values)})
        for pk, value, missed_at in known.values_list("pk", project.product_id_field, "missed_at"):
            if missed_at:
                unlisted[value] = pk
            else:
                found.setdefault(value, []).append(pk)
        # What a single reading of the shop missed may be there all the same.
        index = {**unlisted, **{value: pks[0] for value, pks in found.items()}}
        index = {value: pk for value, pk in index.items() if len(found.get(value, ())) <= 1}
        unknown = {name_of(line) for line in lines if value_of(line, by_ean=by_ean) not in index} - {""}
        mapped: dict[str, int] = {}
        if unknown:  # what the merchant mapped by hand
            aliases = ProductAlias.objects.filter(project=project, reference__in=sorted(unknown))
            mapped.update(aliases.values_list("reference", "product"))
        return cls(index, mapped, by_ean)

    def product_id(self, line: Named) -> int | None:
        return self.by_value.get(value_of(line, by_ean=self.by_ean)) or self.by_name.get(name_of(line))


def value_of(line: Named, *, by_ean: bool) -> str:
    """Return what names the product of a line: its EAN, or the merchant's own reference on the offer."""
    return (line.ean if by_ean else line.sku).strip()


def name_of(line: Named) -> str:
    """Return how a person is shown the product of a line, and what they map; the first that the marketplace gives."""
    return (line.sku.strip() or line.ean.strip() or line.title.strip())[:LONGEST_NAME]
