"""A merchant chooses another field as the unique product id."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from connections.models import Project
from engine.cursors import wake
from stock.models import HeldStock, Offer


def change_product_id(*, project: Project, field: str, now: datetime, by: User | None) -> bool:
    """Compare with this field from now on; False when it is so already.

    What the marketplaces' offers are called follows from it: they are made anew when the products are read next,
    which happens at once; so is what marketplaces hold, whose products are found by it.
    """
    with transaction.atomic():
        changed = Project.objects.filter(pk=project.pk).exclude(product_id_field=field).update(product_id_field=field)
        if not changed:
            return False
        Offer.objects.filter(product__project=project).delete()
        HeldStock.objects.filter(connection__project=project).update(product=None)
        for connection in project.order_connections.all():
            wake(feed="held_stock", owner_id=connection.pk, now=now)
        shop = getattr(project, "shop", None)
        if shop is not None:
            wake(feed="products", owner_id=shop.pk, now=now)
        about = {"name": project.name, "fields": field}
        write_audit(project.company, by, "project_changed", f"project:{project.pk}", now, **about)
    project.product_id_field = field
    return True
