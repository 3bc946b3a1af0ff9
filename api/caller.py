"""Who calls: a key, or a token that was given out for one. Every query of the API starts from here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api_keys import key_of, note_use
from accounts.models import ApiKey, Company, User
from connections.models import OrderConnection, Project
from orders.models import Order
from webhooks.models import WebhookEndpoint

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module in its turn, by the settings

TOKEN_SALT = "api.token"  # noqa: S105 - what keeps these signatures apart from others
TOKEN_LASTS = 3600  # seconds
Scope = ApiKey.Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """A program. `scopes` may be fewer than its key's. What it may see is its company's, or its one project's."""

    key: ApiKey
    scopes: frozenset[str]

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True

    @property
    def company(self) -> Company:
        return self.key.company

    @property
    def projects(self) -> QuerySet[Project]:
        mine = self.company.projects.all()
        return mine.filter(pk=self.key.project_id) if self.key.project_id else mine

    @property
    def connections(self) -> QuerySet[OrderConnection]:
        return self.company.order_connections.filter(project__in=self.projects)

    @property
    def orders(self) -> QuerySet[Order]:
        mine = self.company.orders.all()
        return mine.filter(connection__project=self.key.project_id) if self.key.project_id else mine

    @property
    def webhooks(self) -> QuerySet[WebhookEndpoint]:
        mine = self.company.webhook_endpoints.filter(removed_at=None)
        return mine.filter(project=self.key.project_id) if self.key.project_id else mine

    @property
    def user(self) -> User | None:
        """The person who answers for what the program does: whoever made its key."""
        return self.key.created_by


def caller_of(request: Request) -> Caller:
    """Return who calls; the permission classes have seen to it that somebody does."""
    caller: Caller = request.user  # type: ignore[assignment]
    return caller


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key or token>`."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        scheme, _space, presented = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        presented = presented.strip()
        caller = _of_key(presented) if presented.startswith("osk_") else _of_token(presented)
        if caller is None:
            raise AuthenticationFailed(
                _("This key or token is not valid: it is mistyped, has expired or was revoked."), code="invalid_key"
            )
        return caller, caller.key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="OrderSync"'


def _of_key(presented: str) -> Caller | None:
    key = key_of(presented, timezone.now())
    return Caller(key, frozenset(key.scopes)) if key else None


def token_for(key: ApiKey, scopes: Collection[str]) -> str:
    """Return a token that stands for the key, with these scopes, for an hour or until the key ends."""
    return signing.dumps({"key": key.pk, "scopes": sorted(scopes)}, salt=TOKEN_SALT, compress=True)


def _of_token(presented: str) -> Caller | None:
    try:
        held: dict[str, Any] = signing.loads(presented, salt=TOKEN_SALT, max_age=TOKEN_LASTS)
    except signing.BadSignature:
        return None
    now = timezone.now()
    key = ApiKey.objects.select_related("company", "project", "created_by").filter(pk=held["key"]).first()
    if key is None or not key.is_valid(now):
        return None
    note_use(key, now)
    return Caller(key, frozenset(held["scopes"]) & frozenset(key.scopes))


class HasScope(BasePermission):
    """A view names in `reads` and `writes` the scopes that these need. A scope never implies another."""

    lacks = _("This key may not do that: it lacks the scope “%(scope)s”. Make a key that has it.")
    message = ""
    code = "scope_missing"

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed = needed_scope(request.method or "", view)
        self.message = self.lacks % {"scope": needed}
        return isinstance(request.user, Caller) and needed in request.user.scopes


def needed_scope(method: str, view: Any) -> str:
    """Return the scope that a method of a view needs."""
    reads: str = getattr(view, "reads", Scope.READ)
    writes: str = getattr(view, "writes", Scope.ORDERS)
    return reads if method in {"GET", "HEAD", "OPTIONS"} else writes
