"""The products of a project."""

from __future__ import annotations

from connections.models import Project, Shop
from engine.models import SyncCursor
from stock.product_ids import count_ids, duplicate_ids


def products_of(project: Project, shop: Shop) -> dict[str, object]:
    """How far the import is, and which ids are missing or shared."""
    count, empty = count_ids(project)
    cursor = SyncCursor.objects.filter(feed="products", owner_id=shop.pk).first()
    share = min(100, 100 * count // cursor.expected) if cursor and cursor.expected else 0
    nameless = project.products.listed().filter(**{project.product_id_field: ""}).order_by("title", "pk")
    return {
        "count": count,
        "cursor": cursor,
        "importing": cursor is not None and cursor.last_success_at is None and not cursor.problem_code,
        "share": share,
        "empty": empty,
        "nameless": nameless[:10],
        "duplicates": duplicate_ids(project),
    }
