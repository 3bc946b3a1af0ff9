"""Finds the shop's product of an order line by the project's unique product id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adapterkit.records import OrderLine
from connections.models import Project
from stock.models import Product, ProductAlias


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """Products by the value of the project's id field. A value that two products share finds neither."""

    by_value: Mapping[str, int]
    by_ean: bool

    @classmethod
    def of(cls, project: Project, lines: Iterable[OrderLine]) -> ProductIndex:
        """Read the products that these lines name; one statement, another where some are unknown."""
        by_ean = project.product_id_field == Project.ProductIdField.EAN
        values = {value_of(line, by_ean=by_ean) for line in lines} - {""}
        found: dict[str, int] = {}
        shared: set[str] = set()
        named = Product.objects.filter(project=project, **{f"{project.product_id_field}__in": sorted(values)})
        for pk, value in named.values_list("pk", project.product_id_field):
            shared |= {value} & found.keys()
            found[value] = pk
        index = {value: pk for value, pk in found.items() if value not in shared}
        unknown = values - index.keys()
        if unknown:  # what the merchant mapped by hand
            aliases = ProductAlias.objects.filter(project=project, reference__in=sorted(unknown))
            index.update(aliases.values_list("reference", "product"))
        return cls(index, by_ean)

    def product_id(self, line: OrderLine) -> int | None:
        return self.by_value.get(value_of(line, by_ean=self.by_ean))


def value_of(line: OrderLine, *, by_ean: bool) -> str:
    """Return what names the product of a line: its EAN, or the merchant's own reference on the offer."""
    return (line.ean if by_ean else line.sku).strip()
