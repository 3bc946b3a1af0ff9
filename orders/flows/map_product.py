"""A merchant says which product a marketplace's reference means; every order that waited for it goes on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from orders.reading.linking import link_products
from stock.models import Product, ProductAlias


def map_product(*, product: Product, reference: str, now: datetime, by: User | None) -> int:
    """Remember the reference for this product of the project, from now on; return how many orders go on."""
    project = product.project
    with transaction.atomic():
        ProductAlias.objects.update_or_create(project=project, reference=reference, defaults={"product": product})
        about = {"name": reference, "product": str(product)}
        write_audit(project.company, by, "product_mapped", f"project:{project.pk}", now, **about)
        return link_products(project=project, now=now)
