"""The products of a project: all, those found, or those whose id is missing or shared."""

from __future__ import annotations

from django.db.models import QuerySet

from connections.models import Project
from stock.models import Product
from stock.product_ids import duplicate_ids
from stock.search import matching


def products_of(project: Project, ids: str, text: str) -> QuerySet[Product]:
    products: QuerySet[Product] = project.products.listed()
    if text:
        products = matching(products, text, project=project)
    if not ids:
        return products.order_by("sku", "pk")
    field = project.product_id_field
    wanted = [""] if ids == "missing" else duplicate_ids(project)
    return products.filter(**{f"{field}__in": wanted}).order_by(field, "title", "pk")
