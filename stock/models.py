"""Products as imported from the shop, offers at the marketplaces, and the ledger between them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProductQuerySet(models.QuerySet["Product"]):
    def listed(self) -> ProductQuerySet:
        """Return those that the shop had when it was last read whole."""
        return self.filter(missed_at=None)


class Product(models.Model):
    """A sellable product of a project's shop."""

    project = models.ForeignKey("connections.Project", on_delete=models.CASCADE, related_name="products")
    shop_product_id = models.TextField()
    sku = models.TextField(blank=True, db_index=True)
    ean = models.TextField(blank=True)
    title = models.TextField(blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    stock = models.IntegerField(null=True, blank=True)  # None: the shop keeps no count
    stock_at = models.DateTimeField(null=True, blank=True)  # what was asked of the shop before says less
    hinted_at = models.DateTimeField(null=True, blank=True, editable=False)  # the shop told that it moves; to be read
    reserved = models.PositiveIntegerField(default=0)  # pieces of orders that the shop does not have yet
    lent = models.PositiveIntegerField(default=0)  # pieces that test orders took out of the shop's count
    awaited = models.PositiveIntegerField(default=0)  # pieces that they are about to take, or gave back for now
    awaited_until = models.DateTimeField(null=True, blank=True)  # None: what takes them is not in the shop yet
    seen_at = models.DateTimeField()
    missed_at = models.DateTimeField(null=True, blank=True)  # since when the shop does not list it any more

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "shop_product_id"], name="product_once_per_project"),
        ]
        indexes: ClassVar = [
            # With `missed_at`, so that ids which several share are found without a look at the products themselves.
            models.Index(fields=["project", "sku", "missed_at"], name="product_sku"),
            models.Index(fields=["project", "ean", "missed_at"], name="product_ean"),
            models.Index(fields=["project", "hinted_at"], name="product_hinted", condition=Q(hinted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.sku or self.shop_product_id


class ProductKey(models.Model):
    """One word or number of a product, in the form that `engine.words.fold` gives it."""

    pk = models.CompositePrimaryKey("product", "key")
    # Neither is checked by the database, which would cost much of the writing: a key without its product finds none.
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="keys", db_index=False, db_constraint=False
    )
    key = models.BinaryField(max_length=64)
    project = models.ForeignKey(
        "connections.Project", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "key", "product"], name="key_of_project")]

    def __str__(self) -> str:
        return bytes(self.key).decode(errors="replace")


class ProductAlias(models.Model):
    """What a merchant mapped by hand: a marketplace's reference, and the product it means."""

    project = models.ForeignKey("connections.Project", on_delete=models.CASCADE, related_name="product_aliases")
    reference = models.TextField()
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "reference"], name="alias_once_per_project"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} → {self.product}"


class Offer(models.Model):
    """What one marketplace account may sell of a product: the quantity we want shown, and the one it acknowledged."""

    account = models.ForeignKey("connections.MarketplaceAccount", on_delete=models.CASCADE, related_name="offers")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="offers")
    reference = models.TextField()
    ean = models.TextField(blank=True)
    offer_id = models.TextField(blank=True)
    desired_quantity = models.PositiveIntegerField(null=True, blank=True)
    desired_version = models.PositiveIntegerField(default=0)
    acknowledged_quantity = models.PositiveIntegerField(null=True, blank=True)
    acknowledged_version = models.PositiveIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "reference"], name="offer_once_per_account"),
            models.CheckConstraint(
                condition=Q(acknowledged_version__lte=models.F("desired_version")), name="offer_acknowledged_not_ahead"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class HeldStock(models.Model):
    """What a marketplace holds of a SKU in its own warehouses. Only shown: it is no part of what can be sold here."""

    connection = models.ForeignKey(
        "connections.OrderConnection", on_delete=models.CASCADE, related_name="held_stock", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="held")
    reference = models.TextField()
    place = models.CharField(max_length=2)  # the country to whose buyers it can be shipped
    available = models.PositiveIntegerField()
    reserved = models.PositiveIntegerField()
    coming = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "reference", "place"], name="held_once_per_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.place}"


class StockMovement(models.Model):
    """One change of what can be sold, why, and by which order. Never changed afterwards."""

    class Cause(models.TextChoices):
        SHOP = "shop", _("Shop")  # the shop's own number changed
        RESERVED = "reserved", _("Reserved")  # an order came in that the shop does not have yet
        RELEASED = "released", _("Released")  # the shop has it now, or it was cancelled

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="movements")
    cause = models.CharField(max_length=8, choices=Cause.choices)
    change = models.IntegerField()
    stock = models.IntegerField(null=True, blank=True)  # the shop's number after a change of cause "shop"
    order_reference = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["product", "-at"], name="movement_of_product")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.change:+d}"
