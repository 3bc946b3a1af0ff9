"""The one field by which products are known at marketplaces: which products have none, and which share one."""

from __future__ import annotations

from django.db.models import Count

from connections.models import Project

SHOWN = 200


def empty_ids(project: Project) -> int:
    """Return how many products have no id in the project's field; one statement."""
    return project.products.filter(**{project.product_id_field: ""}).count()


def duplicate_ids(project: Project) -> list[str]:
    """Return the ids that several products share, at most `SHOWN` of them; one statement."""
    field = project.product_id_field
    rows = project.products.exclude(**{field: ""}).values(field).annotate(times=Count("pk")).filter(times__gt=1)
    return [row[field] for row in rows.order_by(field)[:SHOWN]]
