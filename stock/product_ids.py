"""The one field by which products are known at marketplaces: which products have none, and which share one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Count, Exists, OuterRef, Q

from connections.models import Project
from stock.models import Product, ProductAlias

SHOWN = 200


def count_ids(project: Project) -> tuple[int, int]:
    """Return how many products there are, and how many have no id in the project's field; one statement."""
    found = project.products.listed().aggregate(
        all=Count("pk"), empty=Count("pk", filter=Q(**{project.product_id_field: ""}))
    )
    return found["all"], found["empty"]


def has_products(project: Project) -> tuple[bool, bool]:
    """Return whether there are products, and whether any has an id in the project's field; one statement."""
    listed = Product.objects.listed().filter(project=OuterRef("pk"))
    named = listed.filter(**{f"{project.product_id_field}__gt": ""})
    any_listed, any_named = Project.objects.values_list(Exists(listed), Exists(named)).get(pk=project.pk)
    return any_listed, any_named


def duplicate_ids(project: Project) -> list[str]:
    """Return the ids that several products share, at most `SHOWN` of them; one statement.

    It reads the project's part of an index, and no product: 200,000 of them take about a tenth of a second.
    """
    field = project.product_id_field
    if field == Project.ProductIdField.SHOP_PRODUCT_ID:  # the database lets no two share it
        return []
    rows = project.products.listed().exclude(**{field: ""}).values(field).annotate(times=Count("*")).filter(times__gt=1)
    return [row[field] for row in rows.order_by(field)[:SHOWN]]


def products_by_reference(project: Project, references: Collection[str]) -> Mapping[str, int]:
    """Return the product of each reference that names one, by the project's field or as mapped; two statements.

    A reference that two products share names neither.
    """
    field, wanted = project.product_id_field, sorted(references)
    mapped = ProductAlias.objects.filter(project=project, reference__in=wanted).values_list("reference", "product")
    named = Product.objects.listed().filter(project=project, **{f"{field}__in": wanted})
    found: dict[str, list[int]] = {}
    for reference, pk in named.values_list(field, "pk"):
        found.setdefault(reference, []).append(pk)
    return {**dict(mapped), **{reference: pks[0] for reference, pks in found.items() if len(pks) == 1}}
