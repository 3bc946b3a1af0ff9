"""What an order can be found by."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from orders.models.order import Order


class SearchKey(models.Model):
    """One word or number of an order, in the form that `engine.words.fold` gives it.

    Bytes, because their order is the same in every database and whatever its language: a beginning is a range.
    """

    pk = models.CompositePrimaryKey("order", "key")
    # Neither is checked by the database, which would cost a quarter of the writing: a key without its order finds none.
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="search_keys", db_index=False, db_constraint=False
    )
    key = models.BinaryField(max_length=64)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "key", "order"], name="key_of_company")]

    def __str__(self) -> str:
        return bytes(self.key).decode(errors="replace")
