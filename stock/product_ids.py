"""The one field by which products are known at marketplaces: which products have none, and which share one."""

from __future__ import annotations

from django.db.models import Count, Q

from connections.models import Project

SHOWN = 200


def count_ids(project: Project) -> tuple[int, int]:
    """Return how many products there are, and how many have no id in the project's field; one statement."""
    found = project.products.aggregate(all=Count("pk"), empty=Count("pk", filter=Q(**{project.product_id_field: ""})))
    return found["all"], found["empty"]


def duplicate_ids(project: Project) -> list[str]:
    """Return the ids that several products share, at most `SHOWN` of them; one statement."""
    field = project.product_id_field
    rows = project.products.exclude(**{field: ""}).values(field).annotate(times=Count("pk")).filter(times__gt=1)
    return [row[field] for row in rows.order_by(field)[:SHOWN]]
