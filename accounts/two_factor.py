"""The second factor: support staff open the admin only with it.

A session counts when a code was given in it: at the sign-in, when the app was set up, or when it was asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User

SESSION_KEY = "second_factor_of"


@receiver(authenticator_added)
@receiver(authenticator_used)
def remember(request: HttpRequest, user: User, **_: Any) -> None:
    request.session[SESSION_KEY] = user.pk


class StaffTwoFactor:
    """Leads staff without a second factor to its set-up, and those whose session has not shown it to the question."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._missing(request) or self.get_response(request)

    def _missing(self, request: HttpRequest) -> HttpResponse | None:
        if not settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR or not _in_admin(request.path):
            return None
        if not (request.user.is_authenticated and request.user.is_staff):
            return None  # the admin sends them away itself
        if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return redirect("mfa_activate_totp")
        if request.session.get(SESSION_KEY) != request.user.pk:
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        return None


def _in_admin(path: str) -> bool:
    return path.startswith(reverse("admin:index")) and path not in {reverse("admin:login"), reverse("admin:logout")}
