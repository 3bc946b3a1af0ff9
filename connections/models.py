"""Projects, shops, marketplace accounts and order connections."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.credentials import EncryptedJSONField
from adapterkit.spec import Creation
from marketplaces.registry import marketplace
from shops.registry import shop

SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read for another


def new_address() -> str:
    """Return an unguessable part of the address that somebody sends notifications to."""
    return secrets.token_urlsafe(24)


class Project(models.Model):
    """One shop of a company, with its products and its carrier plan."""

    class ProductIdField(models.TextChoices):
        SKU = "sku", _("SKU")
        EAN = "ean", _("EAN")
        SHOP_PRODUCT_ID = "shop_product_id", _("Product id of the shop")

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=120)
    product_id_field = models.CharField(
        max_length=16, choices=ProductIdField.choices, default=ProductIdField.SKU
    )  # what a marketplace's reference is compared with
    carrier_plan = models.ForeignKey(
        "carriers.CarrierPlan", null=True, blank=True, on_delete=models.SET_NULL, related_name="projects"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name"], name="project_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class Shop(models.Model):
    """The web shop of a project."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="shop")
    platform = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    settings = models.JSONField(default=dict, blank=True)
    credentials = EncryptedJSONField(default=dict, blank=True)
    credentials_version = models.PositiveIntegerField(default=1)
    notification_token = models.CharField(max_length=64, unique=True, default=new_address)

    def __str__(self) -> str:
        return self.name

    @property
    def lane(self) -> str:
        return f"shop:{self.pk}"

    @property
    def is_pulled(self) -> bool:
        """Whether the platform's own program fetches orders from us, and nothing is called there."""
        return shop(self.platform).spec.creation == Creation.PULLED


class MarketplaceAccount(models.Model):
    """A company's seller account at one marketplace."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="marketplace_accounts")
    marketplace = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict, blank=True)
    credentials = EncryptedJSONField(default=dict, blank=True)
    credentials_version = models.PositiveIntegerField(default=1)
    notification_token = models.CharField(max_length=64, unique=True, default=new_address)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "marketplace", "name"], name="account_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lane(self) -> str:
        return f"account:{self.pk}"

    @property
    def same_seller(self) -> Q:
        """Which accounts are this one at the marketplace, whichever company entered it, and however often."""
        told_by = marketplace(self.marketplace).spec.identified_by
        seller = str(self.settings.get(told_by) or "")
        same = Q(pk=self.pk)
        return same | Q(marketplace=self.marketplace, **{f"settings__{told_by}": seller}) if seller else same

    def lock_seller(self) -> None:
        """Lock all accounts of this seller: nobody else connects or activates for any of them in the meantime."""
        accounts = MarketplaceAccount.objects.filter(self.same_seller).order_by("pk")
        list(accounts.select_for_update(no_key=True).values_list("pk", flat=True))

    @property
    def authorised(self) -> bool:
        """Whether there is the secret that a consent brings; where no consent is asked for there always is one."""
        consent = marketplace(self.marketplace).spec.consent
        return consent is None or bool(self.credentials.get(consent.secret))


class Direction(models.TextChoices):
    """What flows through a connection, and may be paused on its own."""

    FETCH = "fetch", _("Fetching orders and returns from the marketplace")
    PUSH = "push", _("Placing orders in the shop")
    REPORT = "report", _("Reporting shipments, cancellations and return answers to the marketplace")
    STOCK = "stock", _("Telling stock to the marketplace")

    @property
    def column(self) -> str:
        return f"{self.value}_paused"


def new_token() -> str:
    """Return what tells a connection's orders from another's in one shop: no primary key, which a database that is
    restored gives out again. Five signs: with them an order of Amazon fits into the 32 that Magento has room for.
    """
    return get_random_string(5, SIGNS)


class OrderConnection(models.Model):
    """One marketplace account, one fulfilment, one shop. Fetches nothing until it is active."""

    class State(models.TextChoices):
        INACTIVE = "inactive", _("Inactive")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="order_connections")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="order_connections")
    account = models.ForeignKey(MarketplaceAccount, on_delete=models.PROTECT, related_name="order_connections")
    name = models.CharField(max_length=120)
    # In the references of its orders. A connection of before there were tokens has its own since that moment.
    token = models.CharField(max_length=8, unique=True, default=new_token, editable=False)
    token_since = models.DateTimeField(null=True, editable=False)
    fulfilment = models.CharField(
        max_length=12, choices=[("merchant", _("Merchant")), ("marketplace", _("Marketplace"))]
    )
    country = models.CharField(max_length=2, blank=True)
    shipping_method = models.CharField(max_length=120, blank=True)  # as the shop should name it
    carrier_plan = models.ForeignKey(
        "carriers.CarrierPlan", null=True, blank=True, on_delete=models.SET_NULL, related_name="order_connections"
    )  # instead of the project's
    state = models.CharField(max_length=8, choices=State.choices, default=State.INACTIVE)
    activated_from = models.DateTimeField(null=True, blank=True)  # orders placed before it stay out
    active_since = models.DateTimeField(null=True, blank=True)  # when it was first activated
    test_order_passed_at = models.DateTimeField(null=True, blank=True)
    tracking_wait_hours = models.PositiveIntegerField(default=3)  # for a code, before a shipment is reported without
    unread_since = models.DateTimeField(null=True, blank=True, editable=False)  # its pause: orders are read up to then
    leaves_out = models.BooleanField(default=False)  # some orders since that date, see `orders.models.Exclusion`
    fetch_paused = models.BooleanField(default=False)
    push_paused = models.BooleanField(default=False)
    report_paused = models.BooleanField(default=False)
    stock_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "account", "fulfilment", "country"],
                name="connection_once_per_project_account_fulfilment",
                condition=~Q(state="archived"),
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(activated_from__isnull=False), name="connection_active_since_a_date"
            ),
        ]
        permissions: ClassVar = [("set_activation_date", "Can set the activation date back")]

    def __str__(self) -> str:
        return self.name

    def overlapping(self) -> models.QuerySet[OrderConnection]:
        """Return the others, but for archived ones, that bring some of the same orders to a shop, the oldest first.

        An order that two connections fetch would be in two shops, or twice in one. Those of other companies count where
        seller and shop are the same; they are never named.
        """
        sellers = MarketplaceAccount.objects.filter(self.account.same_seller)
        same = OrderConnection.objects.filter(account__in=sellers, fulfilment=self.fulfilment)
        same = same.filter(Q(company=self.account.company_id) | self._same_shop())
        others = same.exclude(pk=self.pk).exclude(state=self.State.ARCHIVED).order_by("pk")
        return others.filter(country__in=["", self.country]) if self.country else others

    def outranking(self) -> models.QuerySet[OrderConnection]:
        """Return the active ones that bring what both would: all of them, or the older ones once this is active too."""
        rivals = self.overlapping().filter(state=self.State.ACTIVE)
        return rivals.filter(pk__lt=self.pk) if self.state == self.State.ACTIVE else rivals

    def _same_shop(self) -> Q:
        shop = getattr(self.project, "shop", None)
        address = str(shop.settings.get("shop_url") or "").rstrip("/") if shop else ""
        if not address:
            return Q(pk=None)
        return Q(project__shop__settings__shop_url__iexact=address) | Q(
            project__shop__settings__shop_url__iexact=f"{address}/"
        )

    @property
    def lacks_default_carrier(self) -> bool:
        """Whether tracking that no rule knows would be held: nothing says who brings it."""
        plan = self.carrier_plan or self.project.carrier_plan
        ships = self.fulfilment == "merchant"
        return ships and not (plan and plan.default_carrier) and self.state != self.State.ARCHIVED

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes of both sides; a project may have no shop yet."""
        shop = getattr(self.project, "shop", None)
        return (self.account.lane, shop.lane) if shop else (self.account.lane,)
