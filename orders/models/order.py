"""An order as the marketplace gave it, its place in the shop, and its history."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def money_field() -> models.DecimalField[Any, Any]:
    """An amount in the currency of its order; four decimals, because some currencies have three."""
    return models.DecimalField(max_digits=14, decimal_places=4)


def optional_money_field() -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)


# What waits for a person. A query with this very condition is answered by an index of just these orders.
TROUBLED = Q(place="needs_attention") | ~Q(hold="") | ~Q(problem_code="")
REAL, TEST = Q(is_test=False), Q(is_test=True)
UNFINISHED = Q(status__in=["pending", "open", "partially_shipped"])


class Order(models.Model):
    """One marketplace order in one connection. The pair is unique: however often it is read, it is imported once."""

    class Status(models.TextChoices):
        """What is left to ship; always the result of `orders.status.status_of`, stored for filtering."""

        PENDING = "pending", _("Pending")
        OPEN = "open", _("Open")
        PARTIALLY_SHIPPED = "partially_shipped", _("Partially Shipped")
        SHIPPED = "shipped", _("Shipped")
        CANCELLED = "cancelled", _("Cancelled")

    class Place(models.TextChoices):
        """Where it is on its way into the shop."""

        WAITING = "waiting", _("Waiting")
        IN_SHOP = "in_shop", _("In Shop")
        NEEDS_ATTENTION = "needs_attention", _("Needs Attention")
        NOT_SENT = "not_sent", _("Not Sent")  # closed before it reached the shop, or handled by hand

    class Hold(models.TextChoices):
        NONE = "", _("None")
        CANCELLATION_REQUESTED = "cancellation_requested", _("Cancellation Requested")

    # Foreign keys here and below have no index of their own where another begins with them.
    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="orders", db_index=False)
    connection = models.ForeignKey(
        "connections.OrderConnection", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    marketplace_order_id = models.TextField()
    number = models.TextField()
    reference = models.TextField()  # how the shop's order names it, see `orders.records.reference_of`
    # Into which shop what of it goes, see `orders.records.claim_of`: no two orders bring the same there. None for
    # tests, and for doubles of before there were claims.
    claim = models.TextField(null=True, unique=True, editable=False)
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.OPEN)
    place = models.CharField(max_length=16, choices=Place.choices, default=Place.WAITING)
    hold = models.CharField(max_length=24, choices=Hold.choices, default=Hold.NONE, blank=True)
    pending = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    test_fulfilment = models.CharField(max_length=12, blank=True)  # of a test: instead of the connection's
    is_half = models.BooleanField(default=False, editable=False)  # the other goes by another connection, or by none
    handled_manually = models.BooleanField(default=False)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)

    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    ship_by = models.DateTimeField(null=True, blank=True)
    deliver_by = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    sales_channel = models.TextField(blank=True)  # the marketplace's id of the store it was bought in
    currency = models.CharField(max_length=16)
    total = money_field()
    shipping_cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    shipping_tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    shipping_method = models.TextField(blank=True)
    discounts = models.JSONField(default=list, blank=True)
    business = models.BooleanField(default=False)
    customer_reference = models.TextField(blank=True)
    remark = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    pickup_point = models.JSONField(default=dict, blank=True)

    shop_order_id = models.TextField(blank=True)
    shop_order_number = models.TextField(blank=True)
    shop_order_state = models.CharField(max_length=16, blank=True)
    shop_order_total = optional_money_field()
    shop_order_url = models.TextField(blank=True)
    # The try that made the shop's order: some shops know it by that number alone; see `records.Order.attempt`.
    made_in_attempt = models.BigIntegerField(null=True, blank=True)
    shop_fingerprint = models.CharField(max_length=64, blank=True)
    shop_read_at = models.DateTimeField(null=True, blank=True)  # when the shop last told us all of its order

    # Number of its latest event, see `orders.chores.number_changes`; what programs read on from.
    change_number = models.BigIntegerField(default=0)
    modified_at = models.DateTimeField(null=True, blank=True)  # when that event was
    imported_at = models.DateTimeField()
    read_at = models.DateTimeField()  # when the marketplace last told us all of it
    buyer_blanked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "marketplace_order_id"], name="order_once_per_connection"),
            # One shop order belongs to one marketplace order.
            models.UniqueConstraint(
                fields=["connection", "shop_order_id"],
                name="shop_order_once_per_connection",
                condition=~Q(shop_order_id=""),
            ),
            models.CheckConstraint(
                condition=~Q(place="in_shop") | ~Q(shop_order_id=""), name="order_in_shop_has_shop_order_id"
            ),
        ]
        indexes: ClassVar = [
            # Each list of the pages has an index in its own order; a short one where it shows few among many.
            # With `is_test`, so that the list is counted without a look at the orders themselves.
            models.Index(fields=["company", "-placed_at", "-id", "is_test"], name="order_of_company"),
            models.Index(fields=["company", "status", "-placed_at", "-id"], name="order_of_status", condition=REAL),
            models.Index(
                fields=["company", "connection", "-placed_at", "-id"], name="order_of_connection", condition=REAL
            ),
            models.Index(fields=["company", "-placed_at", "-id"], name="order_of_tests", condition=TEST),
            models.Index(fields=["company", "-placed_at", "-id"], name="order_of_trouble", condition=TROUBLED),
            models.Index(fields=["company", "connection", "place"], name="order_to_ship", condition=UNFINISHED),
            models.Index(fields=["company", "-id"], name="order_by_hand", condition=Q(handled_manually=True)),
            models.Index(fields=["company", "-id"], name="order_imported"),
            models.Index(fields=["company", "imported_at"], name="order_imported_at"),
            models.Index(fields=["company", "change_number"], name="order_change"),
            models.Index(fields=["company", "modified_at"], name="order_modified"),
            models.Index(fields=["reference"], name="order_reference"),
            models.Index(fields=["marketplace_order_id"], name="order_marketplace_id"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        """What the engine's messages and exchanges about this order are filed under."""
        return f"order:{self.pk}"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    marketplace_line_id = models.TextField()
    sku = models.TextField(blank=True)
    ean = models.TextField(blank=True)
    marketplace_product_id = models.TextField(blank=True)
    offer_id = models.TextField(blank=True)
    title = models.TextField(blank=True)
    product = models.ForeignKey(
        "stock.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="order_lines"
    )
    quantity = models.PositiveIntegerField()
    quantity_shipped = models.PositiveIntegerField(default=0)
    quantity_cancelled = models.PositiveIntegerField(default=0)
    quantity_returned = models.PositiveIntegerField(default=0)
    unit_price = money_field()
    total = money_field()
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    tax = optional_money_field()
    commission = optional_money_field()
    discounts = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=list, blank=True)
    cancellation_requested = models.BooleanField(default=False)
    cancellation_reason = models.TextField(blank=True)
    to_accept = models.BooleanField(default=False, editable=False)  # the marketplace waits for that
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)  # when it took our word
    shop_line_id = models.TextField(blank=True)
    called_off = (
        False  # whether we, or the merchant, cancel what is open; no column, see `orders.loading.with_called_off`
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "marketplace_line_id"], name="line_once_per_order"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_shipped") + F("quantity_cancelled")),
                name="line_closes_no_more_than_ordered",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_returned")), name="line_returns_no_more_than_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku or self.title}"

    @property
    def quantity_open(self) -> int:
        return self.quantity - self.quantity_cancelled - self.quantity_shipped


class OrderAddress(models.Model):
    """A buyer's address. The retention job blanks these columns and nothing else."""

    class Role(models.TextChoices):
        DELIVERY = "delivery", _("Delivery")
        BILLING = "billing", _("Billing")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    role = models.CharField(max_length=8, choices=Role.choices)
    salutation = models.TextField(blank=True)
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    company = models.TextField(blank=True)
    lines = models.JSONField(default=list, blank=True)
    street = models.TextField(blank=True)
    house_number = models.TextField(blank=True)
    house_number_addition = models.TextField(blank=True)
    supplement = models.TextField(blank=True)
    postcode = models.TextField(blank=True)
    city = models.TextField(blank=True)
    region = models.TextField(blank=True)
    country = models.TextField(blank=True)
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    vat_number = models.TextField(blank=True)
    chamber_of_commerce_number = models.TextField(blank=True)
    language = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "role"], name="address_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of order {self.order_id}"


class OrderPayload(models.Model):
    """The order exactly as the marketplace last sent it, so that a mistake in our reading can be mended."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="raw", primary_key=True)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"payload of order {self.order_id}"


class OrderEvent(models.Model):
    """One thing that happened to an order. Never changed afterwards; `orders.words` puts it in words."""

    class Level(models.TextChoices):
        NOTE = "note", _("Note")
        GOOD = "good", _("Good")
        WARNING = "warning", _("Warning")
        PROBLEM = "problem", _("Problem")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    code = models.CharField(max_length=40)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.NOTE)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Its place among all events of the company, given after it was committed.
    number = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order", "id"], name="event_of_order"),
            models.Index(fields=["id"], name="event_without_number", condition=Q(number=None)),
            models.Index(fields=["number"], name="event_number", condition=Q(number__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code


class ChangeCounter(models.Model):
    """How many events of a company have a number. Its row is locked while some are given theirs."""

    company = models.OneToOneField("accounts.Company", on_delete=models.CASCADE, related_name="+", primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.company_id}: {self.last}"
