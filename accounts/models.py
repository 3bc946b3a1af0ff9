"""Who may do what: users, companies, roles, what a company has subscribed to, keys, and who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).strip(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address, whatever its capitals."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    address_is_proven = True  # set to False while a person of a public sign-up has not followed the link

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_case")]

    def __str__(self) -> str:
        return self.email


class Company(models.Model):
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="Europe/Amsterdam")  # of its pages and its days
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en-gb")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        VIEWER = "viewer", _("Viewer")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "company"], name="member_once_per_company")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def may_change(self) -> bool:
        return self.role in {self.Role.OWNER, self.Role.MANAGER}

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER


class Invitation(models.Model):
    """A seat offered to an e-mail address. Only the hash of its token is stored; the token itself is mailed."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Membership.Role.choices)
    hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "company", Lower("email"), name="invited_once_at_a_time", condition=models.Q(accepted_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class Subscription(models.Model):
    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="subscription")
    plan = models.CharField(max_length=40, default="standard")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.company}: {self.plan}"


class ModuleSubscription(models.Model):
    class Module(models.TextChoices):
        MARKETPLACES = "marketplaces", _("Marketplaces")
        ORDER_CONNECTIONS = "order_connections", _("Order connections")

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="modules")
    module = models.CharField(max_length=24, choices=Module.choices)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "module"], name="module_once_per_subscription")
        ]

    def __str__(self) -> str:
        return self.module


class ModulePrice(models.Model):
    """The operator's price list. A module without a price is free."""

    module = models.CharField(max_length=24, choices=ModuleSubscription.Module.choices, unique=True)
    monthly = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")

    def __str__(self) -> str:
        return f"{self.get_module_display()}: {self.monthly} {self.currency}"


class ApiKey(models.Model):
    """A program's key: `prefix` names it, and only the hash of its secret is stored; the whole is shown once.

    Several may be valid at once, so that one can be put in another's place without a gap.
    """

    class Scope(models.TextChoices):
        READ = "read", _("Read everything")
        ORDERS = "orders", _("Change orders, shipments, cancellations and returns")
        STOCK = "stock", _("Change products and stock")
        ADMIN = "admin", _("Change connections and webhooks")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_keys")
    # A key may be for one project of the company alone.
    project = models.ForeignKey(
        "connections.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class AccessEntry(models.Model):
    """A look of support staff at records that hold buyers' data. Never changed afterwards."""

    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="access_entries")
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "access entries"
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="access_of_company")]

    def __str__(self) -> str:
        return f"{self.user} {self.subject}"


class AuditEntry(models.Model):
    """Who changed what. Never changed afterwards."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="audit_of_company")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
